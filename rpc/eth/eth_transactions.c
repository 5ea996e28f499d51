/* Transactions: sending raw ones, finding them and their receipts. */
#include "rpc/eth/handlers.h"
#include "rpc/eth/late.h"

bool eth_submit(struct eth_request *r, struct tx *tx)
{
    struct submit_outcome outcome = { 0 };
    r->backend->submit(r->backend->ctx, r->arena, &outcome, tx);
    if (outcome.verdict != SUBMIT_OK)
        return eth_fail_submit(r, &outcome);
    if (outcome.ticket > r->ticket)
        r->ticket = outcome.ticket;
    json_add_data(&r->w, mm_bytes_hash(&outcome.hash));
    return true;
}

static bool decode(struct eth_request *r, struct tx *tx)
{
    enum rlp_verdict why = RLP_OK;
    const enum tx_verdict verdict = tx_decode(r->arena, tx, r->args[0].bytes, &why);
    return verdict == TX_OK || eth_fail_decode(r, verdict, why);
}

bool handle_eth_send_raw_transaction(struct eth_request *r)
{
    struct tx tx;
    return decode(r, &tx) && eth_submit(r, &tx);
}

/* EIP-7966. Its ticket is not waited for: the receipt is, and no longer than was asked for. */
bool handle_eth_send_raw_transaction_sync(struct eth_request *r)
{
    struct tx tx;
    struct submit_outcome outcome = { 0 };
    uint64_t timeout_ms = r->args[1].is_given ? r->args[1].count : LATE_DEFAULT_MS;
    if (timeout_ms == 0)
        return eth_fail_arg(r, 1, "the timeout is not positive");
    if (timeout_ms > LATE_MAX_MS)
        timeout_ms = LATE_MAX_MS;
    if (!decode(r, &tx))
        return false;
    r->backend->submit(r->backend->ctx, r->arena, &outcome, &tx);
    if (outcome.verdict != SUBMIT_OK)
        return eth_fail_submit(r, &outcome);
    r->late = eth_late_new(&outcome.hash, timeout_ms);
    return r->late != NULL || eth_fail_world(r, MM_ERR_NO_MEMORY);
}

/* ---- finding ---- */

/* hash NULL: it is not known. */
static bool load(struct eth_request *r, const struct ledger_tx **tx, struct eth_place *place,
                 uint64_t block_num, size_t index, const mm_hash32 *hash)
{
    *tx = NULL;
    const mm_err err = hash == NULL
                           ? ledger_txs(r->view, r->arena, tx, block_num, index, 1)
                           : ledger_named_tx(r->view, r->arena, tx, block_num, index, hash);
    if (err == MM_ERR_NOT_FOUND)
        return true;
    ETH_TRY(r, err);
    ETH_TRY(r, ledger_stamp(r->view, &place->block_hash, &place->timestamp, block_num));
    place->block_num = block_num;
    place->index = index;
    return true;
}

bool eth_load_tx(struct eth_request *r, const struct ledger_tx **tx, struct eth_place *place,
                 uint64_t block_num, size_t index)
{
    return load(r, tx, place, block_num, index, NULL);
}

bool eth_find_tx(struct eth_request *r, const struct ledger_tx **tx, struct eth_place *place,
                 const mm_hash32 *hash)
{
    uint64_t block_num;
    size_t index;
    *tx = NULL;
    const mm_err err = ledger_find_tx(r->view, &block_num, &index, hash);
    if (err == MM_ERR_NOT_FOUND)
        return true;
    ETH_TRY(r, err);
    return load(r, tx, place, block_num, index, hash);
}

/* A transaction that is mined, or pooled: then *mined is NULL. *found: either. It may go from the pool into a block between the
 * two looks, so a miss is looked at again in the last block. */
static bool find_anywhere(struct eth_request *r, struct tx *tx, const struct ledger_tx **mined,
                          struct eth_place *place, bool *found, const mm_hash32 *hash)
{
    if (!eth_find_tx(r, mined, place, hash))
        return false;
    *found = *mined != NULL;
    if (!*found)
        *found = r->backend->pool_find(r->backend->ctx, r->arena, tx, hash);
    if (!*found) {
        const uint64_t head = ledger_head(r->view);
        eth_renew_view(r);
        if (ledger_head(r->view) != head && !eth_find_tx(r, mined, place, hash))
            return false;
        *found = *mined != NULL;
    }
    if (*mined != NULL)
        *tx = (*mined)->tx;
    return true;
}

bool handle_eth_get_tx_by_hash(struct eth_request *r)
{
    struct tx tx;
    const struct ledger_tx *mined;
    struct eth_place place;
    bool found;
    if (!find_anywhere(r, &tx, &mined, &place, &found, &r->args[0].hash))
        return false;
    if (!found)
        json_add_null(&r->w);
    else if (mined != NULL)
        eth_add_tx(&r->w, &tx, &place, &mined->gas_price);
    else
        eth_add_tx(&r->w, &tx, NULL, &tx.max_fee);
    return true;
}

static bool answer_raw(struct eth_request *r)
{
    struct tx tx;
    const struct ledger_tx *mined;
    struct eth_place place;
    bool found;
    if (!find_anywhere(r, &tx, &mined, &place, &found, &r->args[0].hash))
        return false;
    if (found)
        json_add_data(&r->w, tx.raw);
    else
        json_add_text(&r->w, "0x");
    return true;
}

bool handle_eth_get_raw_tx_by_hash(struct eth_request *r)
{
    return answer_raw(r);
}

bool handle_debug_raw_transaction(struct eth_request *r)
{
    return answer_raw(r);
}

static bool answer_pending_by_index(struct eth_request *r, uint64_t index)
{
    const struct tx *txs;
    size_t count;
    if (!eth_pending_txs(r, &txs, &count))
        return false;
    if (index < count)
        eth_add_tx(&r->w, &txs[index], NULL, &txs[index].max_fee);
    else
        json_add_null(&r->w);
    return true;
}

static bool answer_by_index(struct eth_request *r, const struct eth_block_ref *ref, uint64_t index)
{
    const struct ledger_tx *tx = NULL;
    struct eth_place place;
    uint64_t block_num;
    bool found;
    if (ref->kind == ETH_BLOCK_PENDING)
        return answer_pending_by_index(r, index);
    if (!eth_find_block(r, &block_num, &found, ref))
        return false;
    if (found && index <= UINT32_MAX && !eth_load_tx(r, &tx, &place, block_num, index))
        return false;
    if (tx == NULL)
        json_add_null(&r->w);
    else
        eth_add_tx(&r->w, &tx->tx, &place, &tx->gas_price);
    return true;
}

bool handle_eth_get_tx_by_block_hash(struct eth_request *r)
{
    const struct eth_block_ref ref = { .kind = ETH_BLOCK_HASH, .hash = r->args[0].hash };
    return answer_by_index(r, &ref, r->args[1].count);
}

bool handle_eth_get_tx_by_block_number(struct eth_request *r)
{
    return answer_by_index(r, &r->args[0].block, r->args[1].count);
}

bool handle_eth_get_tx_receipt(struct eth_request *r)
{
    const struct ledger_tx *tx;
    struct eth_place place;
    if (!eth_find_tx(r, &tx, &place, &r->args[0].hash))
        return false;
    if (tx == NULL)
        json_add_null(&r->w);
    else
        eth_add_receipt(r, tx, &place);
    return true;
}
