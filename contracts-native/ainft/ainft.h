/* The native AINFT contracts: collections whose tokens have a specification, a history and traits, all under rules
 * (docs/AINFT.md).
 *
 *      AinftFactory ── createCollection ──► collection, governor, credit: three accounts, by its nonce in this order
 *
 *      caller ──► function ──► rule of its target ──► write, event
 *                               │  text from storage, compiled and run here (contracts-native/rules)
 *                               ▼
 *                 allowed · RuleDenied · RuleFailed · RuleMissing
 *
 * What is ERC-721, 721URIStorage and 2981 of it is contracts-native/erc721, slots 0 to 8. All else stands at namespaced roots
 * (layout.h). Rules, kinds of entries, traits, actions, royalties and the collection's URI are the governor's to change: its
 * creator's, until he hands over to the governor contract (contracts-native/governor). Transfers are never asked about. A token is
 * a vote (ERC-5805), counted for whom its owner names.
 *
 * A rule's text is loaded like any other string, and what it costs to run is charged as gas, one unit for one (docs/RULES.md).
 * Compiled forms are kept (rule_cache.h), which neither results nor gas can tell: both follow from the state alone.
 *
 * Memory: nothing but compiled rules outlives a call. Threads: ainft_init once, before any call. Limits: AINFT_…_MAX below.
 * Source: ERC-165, 721, 2981, 4906, 5805, 6372, 7496, 7572, 8004 (agent wallet), EIP-712, EIP-5267, ERC-7201. */
#ifndef CONTRACTS_NATIVE_AINFT_AINFT_H
#define CONTRACTS_NATIVE_AINFT_AINFT_H

#include "contracts-native/abi/abi.h"
#include "state/exec/host.h"

/* Bytes of the code marker. Credit and governor have their own (contracts-native/credit, governor). */
enum {
    AINFT_COLLECTION_MODULE = 0x04,
    AINFT_FACTORY_MODULE = 0x05,
    AINFT_VERSION = 1,
};

enum {
    AINFT_NAME_BYTES_MAX = 64, /* of a kind, trait or action: letters, digits, '_', '-', '.' */
    AINFT_RULES_MAX = 64,
    AINFT_ACTIONS_MAX = 64,
    AINFT_EFFECTS_MAX = 8, /* of an action */
    AINFT_TRAITS_MAX = 64,
    AINFT_KINDS_MAX = 32,
    AINFT_INLINE_BYTES_MAX = 1024, /* content that stands in the log itself */
    AINFT_CID_BYTES_MAX = 64,
    AINFT_COMMITMENT_BYTES = 32,
};

/* Forms of an entry's content, and of KindDef.forms by bit. */
enum ainft_form { AINFT_INLINE = 0, AINFT_CID = 1, AINFT_COMMITMENT = 2 };

enum ainft_trait_kind {
    AINFT_TRAIT_UINT = 1,
    AINFT_TRAIT_BOOL = 2,
    AINFT_TRAIT_BYTES32 = 3,
    AINFT_TRAIT_STRING = 4, /* at most 31 bytes of UTF-8, none of them zero, left-aligned */
};

enum ainft_effect_op {
    AINFT_SET_TRAIT = 1,
    AINFT_MINT_CREDITS = 2,
    AINFT_ADD_TOKEN_CREDIT = 3,
    AINFT_TAKE_TOKEN_CREDIT = 4,
    AINFT_APPEND_HISTORY = 5,
};

enum ainft_error {
    AINFT_RULE_DENIED,
    AINFT_RULE_FAILED,
    AINFT_RULE_MISSING,
    AINFT_RULE_INVALID,
    AINFT_RULE_COST_EXCEEDED,
    AINFT_NOT_GOVERNANCE,
    AINFT_UNKNOWN_HISTORY_KIND,
    AINFT_HISTORY_CONTENT_INVALID,
    AINFT_HISTORY_INDEX_OUT_OF_BOUNDS,
    AINFT_HISTORY_ALREADY_REDACTED,
    AINFT_AUTHOR_SIGNATURE_INVALID,
    AINFT_SIGNATURE_EXPIRED,
    AINFT_UNKNOWN_ACTION,
    AINFT_PRICE_EXCEEDED,
    AINFT_INSUFFICIENT_TOKEN_CREDIT,
    AINFT_TRAIT_VALUE_UNCHANGED,
    AINFT_TRAIT_VALUE_INVALID,
    AINFT_TRAIT_DOES_NOT_EXIST,
    AINFT_LIMIT_REACHED,
    AINFT_FUTURE_LOOKUP, /* from here on OpenZeppelin's, of votes */
    AINFT_VOTES_EXPIRED_SIGNATURE,
    AINFT_INVALID_ACCOUNT_NONCE,
    AINFT_ECDSA_INVALID_SIGNATURE,
    AINFT_ECDSA_INVALID_SIGNATURE_S,
    AINFT_CAST_OVERFLOWED,
    AINFT_ERRORS, /* how many */
};

/* By the text that gives their selector. */
extern struct abi_signature ainft_errors[AINFT_ERRORS];

void ainft_init(void);

extern const struct exec_native ainft_collection;
extern const struct exec_native ainft_factory;

#endif
