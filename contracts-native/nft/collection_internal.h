/* What the files of the collection share: its storage layout, its checks, its functions. */
#ifndef CONTRACTS_NATIVE_NFT_COLLECTION_INTERNAL_H
#define CONTRACTS_NATIVE_NFT_COLLECTION_INTERNAL_H

#include "contracts-native/nft/errors.h"
#include "contracts-native/nft/events.h"
#include "contracts-native/storage/storage.h"

/* Slots as solc numbers the variables of the Solidity contract, in the order in which it declares them, inherited ones first. */
extern const mm_u256 COLLECTION_NAME;
extern const mm_u256 COLLECTION_SYMBOL;
extern const mm_u256 COLLECTION_OWNERS;             /* uint256 => address */
extern const mm_u256 COLLECTION_BALANCES;           /* address => uint256 */
extern const mm_u256 COLLECTION_TOKEN_APPROVALS;    /* uint256 => address */
extern const mm_u256 COLLECTION_OPERATOR_APPROVALS; /* address => address => bool */
extern const mm_u256 COLLECTION_TOKEN_URIS;         /* uint256 => string */
extern const mm_u256 COLLECTION_DEFAULT_ROYALTY;
extern const mm_u256 COLLECTION_TOKEN_ROYALTIES; /* uint256 => royalty */
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
/* ERC721NonexistentToken, or the owner of the token. */
MM_MUST_USE enum exec_status collection_owner_of(struct abi_call *call, mm_addr *owner,
                                                 const mm_u256 *id);
MM_MUST_USE enum exec_status collection_is_operator(struct abi_call *call, bool *approved,
                                                    const mm_addr *owner,
                                                    const mm_addr *operator_addr);
/* Ends the call with an error of one address. */
MM_MUST_USE enum exec_status collection_refuse_addr(struct abi_call *call, enum nft_error error,
                                                    const mm_addr *addr);

/* A token on its way to a recipient that may be a contract. */
struct collection_delivery {
    mm_addr from;
    mm_addr to;
    mm_u256 id;
    mm_bytes data;
};
/* ERC-721: onERC721Received of a recipient that has code must give its own selector. */
MM_MUST_USE enum exec_status collection_check_received(struct abi_call *call,
                                                       const struct collection_delivery *delivery);
void collection_receiver_init(void);

/* The functions, as the table in collection.c names them. */
enum exec_status collection_mint(struct abi_call *call);
enum exec_status collection_safe_mint(struct abi_call *call);
enum exec_status collection_transfer_from(struct abi_call *call);
enum exec_status collection_safe_transfer_from(struct abi_call *call);
enum exec_status collection_safe_transfer_from_with_data(struct abi_call *call);
enum exec_status collection_burn(struct abi_call *call);
enum exec_status collection_balance(struct abi_call *call);
enum exec_status collection_token_owner(struct abi_call *call);
enum exec_status collection_total_supply(struct abi_call *call);
enum exec_status collection_next_token_id(struct abi_call *call);
enum exec_status collection_open_mint(struct abi_call *call);
enum exec_status collection_set_open_mint(struct abi_call *call);

enum exec_status collection_approve(struct abi_call *call);
enum exec_status collection_get_approved(struct abi_call *call);
enum exec_status collection_set_approval_for_all(struct abi_call *call);
enum exec_status collection_is_approved_for_all(struct abi_call *call);

enum exec_status collection_owner(struct abi_call *call);
enum exec_status collection_transfer_ownership(struct abi_call *call);
enum exec_status collection_renounce_ownership(struct abi_call *call);

enum exec_status collection_royalty_info(struct abi_call *call);
enum exec_status collection_set_default_royalty(struct abi_call *call);
enum exec_status collection_set_token_royalty(struct abi_call *call);

enum exec_status collection_name(struct abi_call *call);
enum exec_status collection_symbol(struct abi_call *call);
enum exec_status collection_token_uri(struct abi_call *call);
enum exec_status collection_contract_uri(struct abi_call *call);
enum exec_status collection_set_contract_uri(struct abi_call *call);
enum exec_status collection_supports_interface(struct abi_call *call);

#endif
