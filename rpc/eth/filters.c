/* eth_newFilter and its relatives: what is new since the last poll. */
#include <stdlib.h>

#include "rpc/eth/filter_table.h"
#include "rpc/eth/handlers.h"
#include "state/base/heap.h"

enum { BLOCKS_A_POLL_MAX = 100000 };

/* ---- making them ---- */

/* Takes the filter over. */
static bool install(struct eth_request *r, struct filter *filter)
{
    if (!filters_install(r->eth->filters, filter)) {
        filter_free(filter);
        return eth_fail(r, ETH_SERVER_ERROR, "too many filters");
    }
    json_add_quantity(&r->w, filter->id);
    return true;
}

bool handle_eth_new_filter(struct eth_request *r)
{
    struct filter *filter = filter_new(FILTER_LOGS, r->view);
    if (filter == NULL)
        return eth_fail_world(r, MM_ERR_NO_MEMORY);
    bool ok =
        eth_read_log_filter(r, &filter->arena, &filter->logs, &filter->range, r->args[0].json);
    if (ok && filter->range.has_hash)
        ok = eth_fail_arg(r, 0, "a filter is not about one block; eth_getLogs is");
    if (!ok) {
        filter_free(filter);
        return false;
    }
    return install(r, filter);
}

bool handle_eth_new_block_filter(struct eth_request *r)
{
    struct filter *filter = filter_new(FILTER_BLOCKS, r->view);
    return filter == NULL ? eth_fail_world(r, MM_ERR_NO_MEMORY) : install(r, filter);
}

/* ---- pending transactions ----
 *
 * The pool tells nobody what comes in, so a poll looks: new are those in the blocks since the last poll and those in the pool now,
 * but for the ones that were in the pool then. Blocks are told first: what is in one came before what waits still. The pool is
 * looked at before the chain: what leaves it meanwhile is in a block that is seen then, and is not told a second time. */

static int by_hash(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(mm_hash32));
}

static bool told_has(const struct filter_told *told, const mm_hash32 *hash)
{
    return told->count > 0 &&
           bsearch(hash, told->hashes, told->count, sizeof *told->hashes, by_hash) != NULL;
}

/* False: no memory. */
static bool told_make(struct filter_told *told, const struct tx *txs, size_t count)
{
    *told = (struct filter_told){ .hashes = mm_heap_zeroed(count, sizeof *told->hashes) };
    if (told->hashes == NULL)
        return false;
    for (size_t i = 0; i < count; i++)
        told->hashes[i] = txs[i].hash;
    if (count > 0)
        qsort(told->hashes, count, sizeof *told->hashes, by_hash);
    told->count = count;
    return true;
}

static void add_tx(struct eth_request *r, const struct filter *filter, const struct tx *tx,
                   const struct eth_place *place, const mm_u256 *gas_price)
{
    if (filter->is_hydrated)
        eth_add_tx(&r->w, tx, place, gas_price);
    else
        json_add_data(&r->w, mm_bytes_hash(&tx->hash));
}

static bool tell_mined(struct eth_request *r, const struct filter *filter, uint64_t block_num)
{
    const struct mm_arena_mark mark = mm_arena_mark(r->arena);
    struct eth_place place = { .block_num = block_num };
    struct header header;
    const struct ledger_tx *txs;
    size_t count;
    ETH_TRY(r, ledger_header(r->view, &header, &place.block_hash, block_num));
    ETH_TRY(r, ledger_tx_count(r->view, &count, block_num));
    ETH_TRY(r, ledger_txs(r->view, r->arena, &txs, block_num, 0, count));
    place.timestamp = header.timestamp;
    for (size_t i = 0; i < count; i++) {
        const struct tx *tx = &txs[i].tx;
        place.index = i;
        if (!told_has(&filter->told, &tx->hash))
            add_tx(r, filter, tx, &place, &txs[i].gas_price);
    }
    mm_arena_rewind(r->arena, mark);
    return true;
}

/* What is in a block by now is not pooled, also when the pool was looked at too early to know. */
static bool tell_pooled(struct eth_request *r, const struct filter *filter, const struct tx *txs,
                        size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t block_num;
        size_t index;
        if (told_has(&filter->told, &txs[i].hash))
            continue;
        const mm_err err = ledger_find_tx(r->view, &block_num, &index, &txs[i].hash);
        if (err == MM_ERR_NOT_FOUND)
            add_tx(r, filter, &txs[i], NULL, &txs[i].max_fee);
        else
            ETH_TRY(r, err);
    }
    return true;
}

static bool tell_pending(struct eth_request *r, struct filter *filter)
{
    const struct tx *txs;
    const bool *is_queued;
    size_t count;
    struct filter_told now;
    ETH_TRY(r, r->backend->pool_list(r->backend->ctx, r->arena, &txs, &is_queued, &count));
    eth_renew_view(r);
    if (!told_make(&now, txs, count))
        return eth_fail_world(r, MM_ERR_NO_MEMORY);
    bool ok = true;
    const uint64_t head = ledger_head(r->view);
    for (uint64_t i = filter->next_block; ok && i <= head && mm_buf_err(r->w.buf) == MM_OK; i++)
        ok = tell_mined(r, filter, i);
    ok = ok && tell_pooled(r, filter, txs, count);
    if (!ok || mm_buf_err(r->w.buf) != MM_OK) { /* not told: the next poll is to find it again */
        mm_heap_free(now.hashes);
        return ok;
    }
    mm_heap_free(filter->told.hashes);
    filter->told = now;
    filter->next_block = head + 1;
    return true;
}

/* What is pooled already is not news. */
bool handle_eth_new_pending_filter(struct eth_request *r)
{
    const struct tx *txs;
    const bool *is_queued;
    size_t count;
    struct filter *filter = filter_new(FILTER_PENDING, r->view);
    mm_err err = filter == NULL ? MM_ERR_NO_MEMORY : MM_OK;
    if (err == MM_OK)
        err = r->backend->pool_list(r->backend->ctx, r->arena, &txs, &is_queued, &count);
    if (err == MM_OK && !told_make(&filter->told, txs, count))
        err = MM_ERR_NO_MEMORY;
    if (err != MM_OK) {
        if (filter != NULL)
            filter_free(filter);
        return eth_fail_world(r, err);
    }
    filter->is_hydrated = r->args[0].is_given && r->args[0].flag;
    return install(r, filter);
}

/* ---- polling ---- */

static bool tell_logs(struct eth_request *r, struct filter *filter)
{
    const struct eth_log_range *range = &filter->range;
    const uint64_t head = ledger_head(r->view);
    struct log_filter logs = filter->logs;
    logs.from_block = filter->next_block;
    logs.to_block = head;
    if (range->from.kind == ETH_BLOCK_NUMBER && range->from.number > logs.from_block)
        logs.from_block = range->from.number;
    if (range->to.kind == ETH_BLOCK_NUMBER && range->to.number < logs.to_block)
        logs.to_block = range->to.number;
    if (logs.from_block <= logs.to_block && !eth_add_logs(r, &logs))
        return false;
    filter->next_block = head + 1;
    return true;
}

/* So many at a time; the rest is told by the next poll. */
static bool tell_blocks(struct eth_request *r, struct filter *filter)
{
    const uint64_t head = ledger_head(r->view);
    uint64_t last = head;
    if (last - filter->next_block >= BLOCKS_A_POLL_MAX && filter->next_block <= head)
        last = filter->next_block + BLOCKS_A_POLL_MAX - 1;
    for (uint64_t i = filter->next_block; i <= last; i++) {
        struct header header;
        mm_hash32 hash;
        ETH_TRY(r, ledger_header(r->view, &header, &hash, i));
        json_add_data(&r->w, mm_bytes_hash(&hash));
    }
    filter->next_block = last + 1;
    return true;
}

/* Where the chain was taken back, what was told of the part that is gone is forgotten: its numbers have other blocks now. */
static void follow(struct eth_request *r, struct filter *filter)
{
    const uint64_t common = ledger_common(r->view, filter->era);
    if (common != UINT64_MAX && filter->next_block > common + 1)
        filter->next_block = common + 1;
    filter->era = ledger_era(r->view);
}

/* What was told moves on only when the answer is whole. */
static bool tell(struct eth_request *r, struct filter *filter)
{
    bool ok = false;
    eth_renew_view(r); /* another poll may have seen more than this request's view */
    follow(r, filter);
    const uint64_t next_block = filter->next_block;
    json_open_array(&r->w);
    switch (filter->kind) {
    case FILTER_LOGS:
        ok = tell_logs(r, filter);
        break;
    case FILTER_BLOCKS:
        ok = tell_blocks(r, filter);
        break;
    case FILTER_PENDING:
        ok = tell_pending(r, filter);
        break;
    }
    if (ok)
        json_close_array(&r->w);
    if (!ok || mm_buf_err(r->w.buf) != MM_OK)
        filter->next_block = next_block;
    return ok;
}

/* An id that is none is as unknown as one that is gone: viem makes a new filter on this error. */
static struct filter *take(struct eth_request *r)
{
    uint64_t id;
    struct filter *filter =
        eth_read_u64(&id, r->args[0].json) == NULL ? filters_take(r->eth->filters, id) : NULL;
    if (filter == NULL)
        (void)eth_fail(r, ETH_SERVER_ERROR, "filter not found");
    return filter;
}

bool handle_eth_get_filter_changes(struct eth_request *r)
{
    struct filter *filter = take(r);
    if (filter == NULL)
        return false;
    (void)pthread_mutex_lock(&filter->lock);
    const bool ok = tell(r, filter);
    (void)pthread_mutex_unlock(&filter->lock);
    filters_give(r->eth->filters, filter);
    return ok;
}

/* All of the range, told before or not. */
bool handle_eth_get_filter_logs(struct eth_request *r)
{
    struct filter *filter = take(r);
    if (filter == NULL)
        return false;
    struct log_filter logs = filter->logs;
    const bool ok = filter->kind == FILTER_LOGS ? eth_answer_logs(r, &logs, &filter->range)
                                                : eth_fail(r, ETH_SERVER_ERROR, "filter not found");
    filters_give(r->eth->filters, filter);
    return ok;
}

bool handle_eth_uninstall_filter(struct eth_request *r)
{
    uint64_t id;
    json_add_bool(&r->w, eth_read_u64(&id, r->args[0].json) == NULL &&
                             filters_remove(r->eth->filters, id));
    return true;
}
