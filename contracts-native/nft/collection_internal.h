/* What the files of the collection share: its storage layout, its checks, its functions. */
#ifndef CONTRACTS_NATIVE_NFT_COLLECTION_INTERNAL_H
#define CONTRACTS_NATIVE_NFT_COLLECTION_INTERNAL_H

#include "contracts-native/erc721/erc721.h"
#include "contracts-native/nft/errors.h"
#include "contracts-native/nft/events.h"

/* Slots as solc numbers the variables of the Solidity contract, in the order in which it declares them, behind those of erc721. */
extern const mm_u256 COLLECTION_OWNER;
extern const mm_u256 COLLECTION_NEXT_TOKEN_ID;
extern const mm_u256 COLLECTION_TOTAL_SUPPLY;
extern const mm_u256 COLLECTION_OPEN_MINT;
extern const mm_u256 COLLECTION_CONTRACT_URI;

/* Arguments of the constructor. */
struct collection_params {
    mm_bytes name;
    mm_bytes symbol;
    mm_addr owner;
    bool open_mint;
};

enum exec_status collection_construct(struct abi_call *call,
                                      const struct collection_params *params);

/* OwnableUnauthorizedAccount unless the caller owns the collection. */
MM_MUST_USE enum exec_status collection_check_owner(struct abi_call *call);
/* Writes the owner and says so. */
MM_MUST_USE enum exec_status collection_hand_over(struct abi_call *call, const mm_addr *owner);

/* The functions, as the table in collection.c names them. */
enum exec_status collection_mint(struct abi_call *call);
enum exec_status collection_safe_mint(struct abi_call *call);
enum exec_status collection_burn(struct abi_call *call);
enum exec_status collection_total_supply(struct abi_call *call);
enum exec_status collection_next_token_id(struct abi_call *call);
enum exec_status collection_open_mint(struct abi_call *call);
enum exec_status collection_set_open_mint(struct abi_call *call);

enum exec_status collection_owner(struct abi_call *call);
enum exec_status collection_transfer_ownership(struct abi_call *call);
enum exec_status collection_renounce_ownership(struct abi_call *call);

enum exec_status collection_set_default_royalty(struct abi_call *call);
enum exec_status collection_set_token_royalty(struct abi_call *call);

enum exec_status collection_contract_uri(struct abi_call *call);
enum exec_status collection_set_contract_uri(struct abi_call *call);
enum exec_status collection_supports_interface(struct abi_call *call);

#endif
