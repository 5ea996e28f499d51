/* What waits for a block, as requests see it.
 *
 * A transaction leaves the pool a moment after its block can be seen, so that it is always in one of the two; in that moment it is in
 * both. An answer about the pool leaves out what its view has mined: nobody is told that a transaction waits whose receipt is there. */
#include "rpc/eth/eth_internal.h"

/* Keeps, of one sender's, what the state has not got past, and says what is behind a gap there. *at: the first of them; moved on. */
static void keep_from(struct eth_pooled *pool, const struct tx *txs, size_t count, size_t *at,
                      uint64_t state_nonce)
{
    const mm_addr *sender = &txs[*at].sender;
    uint64_t next = state_nonce;
    for (; *at < count && mm_addr_equal(&txs[*at].sender, sender); ++*at) {
        const struct tx *tx = &txs[*at];
        if (tx->nonce < state_nonce)
            continue;
        const bool is_queued = tx->nonce != next;
        if (!is_queued)
            next++;
        pool->queued_count += is_queued;
        pool->txs[pool->count++] = (struct eth_pooled_tx){ tx, is_queued };
    }
}

bool eth_load_pooled(struct eth_request *r, struct eth_pooled *pool)
{
    const struct tx *txs;
    const bool *is_queued; /* when it was listed; the view may be a block further */
    size_t count;
    *pool = (struct eth_pooled){ .count = 0 };
    ETH_TRY(r, r->backend->pool_list(r->backend->ctx, r->arena, &txs, &is_queued, &count));
    eth_renew_view(r);
    pool->txs = MM_ARENA_ARRAY(r->arena, struct eth_pooled_tx, count);
    if (pool->txs == NULL)
        return eth_fail_world(r, MM_ERR_NO_MEMORY);
    for (size_t i = 0; i < count;) {
        struct account account;
        if (!eth_read_account(r, &account, ledger_latest(r->view), &txs[i].sender))
            return false;
        keep_from(pool, txs, count, &i, account.nonce);
    }
    return true;
}
