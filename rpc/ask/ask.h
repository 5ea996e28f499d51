/* Ask: what a contract says as of a view's head, without a request of JSON-RPC around it.
 *
 *     { collection, "ownerOf(uint256)", "address", {7} }  ──►  has, and the address;  or has not: it reverted, or gave something else
 *
 * The call is one of eth_call's at the last committed block: from nobody, with a block's gas, leaving nothing behind.
 * Memory: the caller's arena, answers too. Threads: any; a view is its reader's. */
#ifndef RPC_ASK_ASK_H
#define RPC_ASK_ASK_H

#include "contracts-native/abi/abi.h"
#include "state/exec/host.h"
#include "state/ledger/ledger.h"

/* Who answers. */
struct ask_chain {
    struct ledger_view *view;
    const struct exec_natives *natives;
};

struct ask_question {
    mm_addr contract;
    const char *signature; /* a literal of ours, as are the results */
    const char *results;
    const struct abi_value *args; /* as many as the signature has */
};

/* Out: values, one for each of the results, when *has. */
MM_MUST_USE mm_err ask_contract(struct mm_arena *arena, bool *has, struct abi_value *values,
                                const struct ask_chain *chain, const struct ask_question *question);

#endif
