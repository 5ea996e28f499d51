/* A transaction by its sender and nonce.
 *
 * An account's nonce grows by one with each of its transactions, and every old state can be read: so the block is where the
 * nonce passes the one that is asked for, and halving finds it in as many reads as the head's number has bits. */
#include "rpc/eth/handlers.h"

/* In this block, which need not have it. */
static bool find_in_block(struct eth_request *r, uint64_t block_num, size_t *index, bool *found,
                          const mm_addr *sender, uint64_t nonce)
{
    const struct ledger_tx *txs;
    size_t count;
    const struct mm_arena_mark mark = mm_arena_mark(r->arena);
    ETH_TRY(r, ledger_tx_count(r->view, &count, block_num));
    ETH_TRY(r, ledger_txs(r->view, r->arena, &txs, block_num, 0, count));
    for (size_t i = 0; i < count && !*found; i++) {
        *found = txs[i].tx.nonce == nonce && mm_addr_equal(&txs[i].tx.sender, sender);
        *index = i;
    }
    mm_arena_rewind(r->arena, mark);
    return true;
}

bool eth_find_sent(struct eth_request *r, uint64_t *block_num, size_t *index, bool *found,
                   const mm_addr *sender, uint64_t nonce)
{
    struct account account;
    uint64_t below =
        ledger_begins(r->backend->ledger); /* not passed there; genesis has no transactions */
    uint64_t above = ledger_head(r->view);
    *found = false;
    if (!eth_read_account(r, &account, above, sender))
        return false;
    if (account.nonce <= nonce || above == 0)
        return true;
    if (below > 0 && !eth_read_account(r, &account, below, sender))
        return false;
    if (below > 0 && account.nonce > nonce)
        return eth_fail_world(r, MM_ERR_PRUNED);
    while (above - below > 1) {
        const uint64_t middle = below + (above - below) / 2;
        if (!eth_read_account(r, &account, middle, sender))
            return false;
        if (account.nonce > nonce)
            above = middle;
        else
            below = middle;
    }
    *block_num = above;
    return find_in_block(r, above, index, found, sender, nonce);
}

/* The pool's, in the request's arena; NULL when there is none. */
static bool find_pooled(struct eth_request *r, const struct tx **tx, const mm_addr *sender,
                        uint64_t nonce)
{
    const struct tx *txs;
    const bool *is_queued;
    size_t count;
    *tx = NULL;
    ETH_TRY(r, r->backend->pool_list(r->backend->ctx, r->arena, &txs, &is_queued, &count));
    for (size_t i = 0; i < count && *tx == NULL; i++) {
        if (txs[i].nonce == nonce && mm_addr_equal(&txs[i].sender, sender))
            *tx = &txs[i];
    }
    return true;
}

/* Mined first, then the pool, then mined once more: it may have gone from there into a block between the two looks. */
bool handle_eth_get_tx_by_sender_and_nonce(struct eth_request *r)
{
    const mm_addr *sender = &r->args[0].addr;
    const uint64_t nonce = r->args[1].count;
    const struct tx *pooled = NULL;
    uint64_t block_num;
    size_t index;
    bool found;
    if (!eth_find_sent(r, &block_num, &index, &found, sender, nonce))
        return false;
    if (!found && !find_pooled(r, &pooled, sender, nonce))
        return false;
    if (!found && pooled == NULL) {
        eth_renew_view(r);
        if (!eth_find_sent(r, &block_num, &index, &found, sender, nonce))
            return false;
    }
    if (found) {
        const struct ledger_tx *tx;
        struct eth_place place;
        if (!eth_load_tx(r, &tx, &place, block_num, index))
            return false;
        eth_add_tx(&r->w, &tx->tx, &place, &tx->gas_price);
    } else if (pooled != NULL) {
        eth_add_tx(&r->w, pooled, NULL, &pooled->max_fee);
    } else {
        json_add_null(&r->w);
    }
    return true;
}

/* Otterscan wants the hash alone, of a mined one. */
bool handle_ots_get_tx_by_sender_and_nonce(struct eth_request *r)
{
    const struct ledger_tx *tx;
    struct eth_place place;
    uint64_t block_num;
    size_t index;
    bool found;
    if (!eth_find_sent(r, &block_num, &index, &found, &r->args[0].addr, r->args[1].count))
        return false;
    if (!found) {
        json_add_null(&r->w);
        return true;
    }
    if (!eth_load_tx(r, &tx, &place, block_num, index))
        return false;
    json_add_data(&r->w, mm_bytes_hash(&tx->tx.hash));
    return true;
}
