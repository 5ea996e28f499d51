/* The gas table: what each state access of a native contract costs. Gas is consensus; docs/GAS.md shows this table to people.
 *
 * Native code pays what an EVM contract would pay for the same accesses at Cancun, plus GAS_DISPATCH a call; its computation
 * is covered by what calldata costs by the byte. */
#ifndef STATE_EXEC_GAS_H
#define STATE_EXEC_GAS_H

#include <stdbool.h>
#include <stdint.h>

#include "state/codec/u256.h"

enum {
    GAS_DISPATCH = 700,             /* a call that enters native code */
    GAS_WARM_ACCESS = 100,          /* EIP-2929 */
    GAS_COLD_ACCOUNT = 2600,        /* EIP-2929 */
    GAS_COLD_SLOT = 2100,           /* EIP-2929 */
    GAS_SSTORE_SET = 20000,         /* EIP-2200: zero to non-zero */
    GAS_SSTORE_RESET = 2900,        /* EIP-2929: 5 000 less the cold slot */
    GAS_SSTORE_SENTRY = 2300,       /* EIP-2200: no store with this much gas or less */
    GAS_SSTORE_CLEAR_REFUND = 4800, /* EIP-3529 */
    GAS_REFUND_QUOTIENT = 5,        /* EIP-3529: at most a fifth of what was used is refunded */
    GAS_LOG = 375,
    GAS_LOG_TOPIC = 375,
    GAS_LOG_BYTE = 8,
    GAS_CALL_VALUE = 9000,
    GAS_CALL_STIPEND = 2300,
    GAS_CALL_NEW_ACCOUNT = 25000, /* EIP-161: value to an account that does not exist */
    GAS_RECOVER = 3000,           /* a signature that native code checks: the EVM's ecrecover */
    GAS_CREATE = 32000,
    GAS_CREATE_BYTE = 200, /* of the code that stays */
};

/* What a store costs beyond a cold slot, and what it does to the refund counter (EIP-2200, EIP-3529).
 * original: the value before the transaction; current: now; next: to be. */
struct gas_sstore {
    uint64_t cost;
    int64_t refund;
};
struct gas_sstore gas_sstore(const mm_u256 *original, const mm_u256 *current, const mm_u256 *next);

/* EIP-150: all but one 64th. */
static inline uint64_t gas_for_child(uint64_t left)
{
    return left - left / 64;
}

#endif
