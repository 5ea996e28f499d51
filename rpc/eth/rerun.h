/* A block executed again on the state before it: for what its receipts do not say, such as what a call gave back. It must use the
 * gas that the block says it used; anything else is damage. */
#ifndef RPC_ETH_RERUN_H
#define RPC_ETH_RERUN_H

#include "rpc/eth/eth_internal.h"

struct rerun {
    struct header header;
    mm_hash32 hash;
    const struct ledger_tx *txs; /* in the request's arena */
    size_t count;
};

/* The block's first `count` transactions; the block is above genesis and at most the head. */
bool rerun_load(struct eth_request *r, struct rerun *rerun, uint64_t block_num, size_t count);

/* After a transaction. Anything but MM_OK ends the run and is an error of the world's, but for MM_ERR_EXISTS: it was enough. */
typedef mm_err rerun_fn(void *ctx, struct exec *exec, size_t index,
                        const struct exec_outcome *outcome);
bool rerun_all(struct eth_request *r, const struct rerun *rerun, rerun_fn *told, void *ctx);

/* Why a call failed, in go-ethereum's words; NULL when it did not. */
const char *eth_trace_error(enum exec_status status);

#endif
