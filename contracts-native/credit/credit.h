/* Credits: what a collection's actions cost and give, as an ERC-20 token of its own.
 *
 *      holders ── transfer, approve, transferFrom ──► credit ◄── mint, burn, move ── its collection, by its rules
 *
 * Its executable specification is OpenZeppelin's ERC20 with a cap (ERC20Capped): the same checks in the same order, errors, events
 * and storage. What a holder cannot do anyone's collection can: mint up to the cap, burn, and move without an allowance, since
 * the holder's own call of the collection asked for it.
 *
 *     slot 0  mapping(address => uint256) balances      3, 4  string name, symbol
 *     slot 1  mapping(address => mapping(address => uint256)) allowances
 *     slot 2  uint256 totalSupply                       5, 6  address collection; uint256 maxSupply
 *
 * Memory: nothing outlives a call. Threads: credit_init once, before any call. Source: ERC-20, 6093; OpenZeppelin 5.7.0. */
#ifndef CONTRACTS_NATIVE_CREDIT_CREDIT_H
#define CONTRACTS_NATIVE_CREDIT_CREDIT_H

#include "contracts-native/storage/storage.h"

enum {
    CREDIT_MODULE = 0x06,
    CREDIT_VERSION = 1,
    CREDIT_DECIMALS = 18,
};

enum credit_error {
    CREDIT_EXCEEDED_CAP,
    CREDIT_INSUFFICIENT_ALLOWANCE,
    CREDIT_INSUFFICIENT_BALANCE,
    CREDIT_INVALID_APPROVER,
    CREDIT_INVALID_RECEIVER,
    CREDIT_INVALID_SENDER,
    CREDIT_INVALID_SPENDER,
    CREDIT_UNAUTHORIZED,
    CREDIT_ERRORS, /* how many */
};

extern struct abi_signature credit_errors[CREDIT_ERRORS];

void credit_init(void);

/* Arguments of the constructor. */
struct credit_params {
    mm_bytes name;
    mm_bytes symbol;
    mm_addr collection;
    mm_u256 supply_max;
};

MM_MUST_USE enum exec_status credit_construct(struct abi_call *call,
                                              const struct credit_params *params);

/* Where the balance of an account stands. */
mm_u256 credit_balance_slot(const mm_addr *account);

extern const struct exec_native credit_native;

#endif
