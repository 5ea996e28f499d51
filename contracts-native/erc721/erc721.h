/* What every collection of tokens here has, as OpenZeppelin's ERC721URIStorage with ERC2981 has it: tokens and who may move them,
 * their URIs, royalties.
 *
 *      nft/collection ──┐
 *                       ├──► erc721: slots 0 to 8 of the account that runs, ERC-6093 errors, events
 *      ainft ───────────┘
 *
 * A collection takes the functions it wants into its own table, and puts its own around those that it guards: who may mint, who
 * sets royalties, what else happens when a token moves. The slot where it counts its tokens is its own too.
 * A zero caller (an eth_call without `from`) means "do not check" in OpenZeppelin's code, and so it does here.
 *
 * Memory: nothing outlives a call. Threads: erc721_init once, before any call.
 * Source: ERC-721, 2981, 4906, 6093, 7572; OpenZeppelin Contracts 5.7.0. */
#ifndef CONTRACTS_NATIVE_ERC721_ERC721_H
#define CONTRACTS_NATIVE_ERC721_ERC721_H

#include "contracts-native/storage/storage.h"

enum erc721_error {
    ERC721_INVALID_DEFAULT_ROYALTY,
    ERC721_INVALID_DEFAULT_ROYALTY_RECEIVER,
    ERC721_INVALID_TOKEN_ROYALTY,
    ERC721_INVALID_TOKEN_ROYALTY_RECEIVER,
    ERC721_INCORRECT_OWNER,
    ERC721_INSUFFICIENT_APPROVAL,
    ERC721_INVALID_APPROVER,
    ERC721_INVALID_OPERATOR,
    ERC721_INVALID_OWNER,
    ERC721_INVALID_RECEIVER,
    ERC721_INVALID_SENDER,
    ERC721_NONEXISTENT_TOKEN,
    ERC721_ERRORS, /* how many */
};

/* BatchMetadataUpdate (ERC-4906) is never emitted. */
enum erc721_event {
    ERC721_APPROVAL,
    ERC721_APPROVAL_FOR_ALL,
    ERC721_CONTRACT_URI_UPDATED,
    ERC721_METADATA_UPDATE,
    ERC721_TRANSFER,
    ERC721_EVENTS, /* how many */
};

extern struct abi_signature erc721_errors[ERC721_ERRORS];
extern struct abi_signature erc721_events[ERC721_EVENTS];

void erc721_init(void);
void erc721_receiver_init(void);

/* Slots as solc numbers the variables, in the order in which the inherited contracts declare them. */
extern const mm_u256 ERC721_NAME;
extern const mm_u256 ERC721_SYMBOL;
extern const mm_u256 ERC721_OWNERS;             /* uint256 => address */
extern const mm_u256 ERC721_BALANCES;           /* address => uint256 */
extern const mm_u256 ERC721_TOKEN_APPROVALS;    /* uint256 => address */
extern const mm_u256 ERC721_OPERATOR_APPROVALS; /* address => address => bool */
extern const mm_u256 ERC721_TOKEN_URIS;         /* uint256 => string */
extern const mm_u256 ERC721_DEFAULT_ROYALTY;
extern const mm_u256 ERC721_TOKEN_ROYALTIES; /* uint256 => royalty */

/* Ends the call with an error of one address. */
MM_MUST_USE enum exec_status erc721_refuse_addr(struct abi_call *call, enum erc721_error error,
                                                const mm_addr *addr);
/* ERC721NonexistentToken, or the owner of the token. */
MM_MUST_USE enum exec_status erc721_owner_of(struct abi_call *call, mm_addr *owner,
                                             const mm_u256 *id);
MM_MUST_USE enum exec_status erc721_is_operator(struct abi_call *call, bool *approved,
                                                const mm_addr *owner, const mm_addr *operator_addr);
/* ERC721InsufficientApproval unless the caller is the owner, an operator of his, or approved for the token. */
MM_MUST_USE enum exec_status erc721_check_authorized(struct abi_call *call, const mm_addr *owner,
                                                     const mm_u256 *id);

struct erc721_mint {
    mm_addr to;
    mm_u256 id;
    mm_bytes uri;
    const mm_u256 *supply_slot;
    /* What else happens as the token moves, before its URI is set; NULL: nothing. */
    enum exec_status (*moved)(struct abi_call *call, const mm_addr *from, const mm_addr *to);
};
/* _mint and _setTokenURI, and one more token counted. */
MM_MUST_USE enum exec_status erc721_mint(struct abi_call *call, const struct erc721_mint *mint);
/* ERC721Burnable's burn, and one token less. The URI stays, as there. Out: *from, who had it. */
MM_MUST_USE enum exec_status erc721_burn(struct abi_call *call, mm_addr *from, const mm_u256 *id,
                                         const mm_u256 *supply_slot);

/* A token on its way to a recipient that may be a contract. */
struct erc721_delivery {
    mm_addr from;
    mm_addr to;
    mm_u256 id;
    mm_bytes data;
};
/* ERC-721: onERC721Received of a recipient that has code must give its own selector. */
MM_MUST_USE enum exec_status erc721_check_received(struct abi_call *call,
                                                   const struct erc721_delivery *delivery);
/* The same, of a transfer whose arguments are from, to, id. */
MM_MUST_USE enum exec_status erc721_transfer_received(struct abi_call *call, mm_bytes data);

/* ---- functions, for a table; arguments as their signatures say ---- */

enum exec_status erc721_transfer_from(struct abi_call *call);
enum exec_status erc721_safe_transfer_from(struct abi_call *call);
enum exec_status erc721_safe_transfer_from_with_data(struct abi_call *call);
enum exec_status erc721_balance(struct abi_call *call);
enum exec_status erc721_token_owner(struct abi_call *call);
enum exec_status erc721_approve(struct abi_call *call);
enum exec_status erc721_get_approved(struct abi_call *call);
enum exec_status erc721_set_approval_for_all(struct abi_call *call);
enum exec_status erc721_is_approved_for_all(struct abi_call *call);
enum exec_status erc721_name(struct abi_call *call);
enum exec_status erc721_symbol(struct abi_call *call);
enum exec_status erc721_token_uri(struct abi_call *call);
enum exec_status erc721_royalty_info(struct abi_call *call);
/* Both write what their arguments say, once the caller was found to be allowed to. */
enum exec_status erc721_put_default_royalty(struct abi_call *call); /* receiver, fraction */
enum exec_status erc721_put_token_royalty(struct abi_call *call);   /* id, receiver, fraction */

#endif
