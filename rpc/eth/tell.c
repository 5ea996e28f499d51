#include "rpc/eth/tell.h"

#include "rpc/eth/client.h"
#include "state/base/assert.h"
#include "state/base/heap.h"

/* Results that several subscriptions want. */
enum kept { KEPT_HEAD, KEPT_RECEIPTS, KEPT_HASH, KEPT_TRANSACTION, KEPT_TEXTS };

struct telling {
    struct rpc_eth *eth;
    struct eth_request
        r; /* without a caller: no request of anybody's, but what shows blocks wants one */
    struct mm_arena arena;
    struct bloom_memo blooms;
    struct mm_buf kept[KEPT_TEXTS];
};

struct telling *telling_new(struct rpc_eth *eth)
{
    struct telling *telling = mm_heap_zeroed(1, sizeof *telling);
    if (telling == NULL)
        return NULL;
    telling->eth = eth;
    mm_arena_init(&telling->arena, ETH_MEMBER_BYTES_MAX);
    for (size_t i = 0; i < KEPT_TEXTS; i++)
        mm_buf_init(&telling->kept[i], HUB_TEXT_BYTES_MAX);
    return telling;
}

void telling_free(struct telling *telling)
{
    if (telling == NULL)
        return;
    for (size_t i = 0; i < KEPT_TEXTS; i++)
        mm_buf_fini(&telling->kept[i]);
    mm_arena_fini(&telling->arena);
    mm_heap_free(telling);
}

void telling_begin(struct telling *telling, struct ledger_view *taken_view)
{
    telling->r = (struct eth_request){
        .eth = telling->eth,
        .backend = telling->eth->backend,
        .arena = &telling->arena,
        .blooms = &telling->blooms,
        .view = taken_view,
    };
}

void telling_end(struct telling *telling)
{
    ledger_release(telling->r.view);
    telling->r.view = NULL;
    telling_next(telling);
    if (telling->arena.total_bytes > ETH_KEEP_BYTES_MAX)
        mm_arena_fini(&telling->arena);
    for (size_t i = 0; i < KEPT_TEXTS; i++)
        if (telling->kept[i].capacity > ETH_KEEP_BYTES_MAX)
            mm_buf_fini(&telling->kept[i]);
}

uint64_t telling_head(const struct telling *telling)
{
    return ledger_head(telling->r.view);
}

const struct ledger_view *telling_view(const struct telling *telling)
{
    return telling->r.view;
}

void telling_next(struct telling *telling)
{
    mm_arena_reset(&telling->arena);
    for (size_t i = 0; i < KEPT_TEXTS; i++)
        mm_buf_reset(&telling->kept[i]);
}

/* ---- messages ---- */

static void begin(struct mm_buf *text, const struct subscription *subscription)
{
    mm_buf_init(text, HUB_TEXT_BYTES_MAX);
    mm_buf_printf(text,
                  "{\"jsonrpc\":\"2.0\",\"method\":\"eth_subscription\",\"params\":"
                  "{\"subscription\":\"0x%llx\",\"result\":",
                  (unsigned long long)subscription->id);
}

/* A text that could not be written is sent too: the connection is cut then, so that nobody misses one without knowing. */
static void send(struct mm_buf *text, const struct subscription *subscription)
{
    mm_buf_add_text(text, "}}");
    (void)eth_client_send(subscription->client, text);
}

static void send_result(const struct subscription *subscription, mm_bytes result)
{
    struct mm_buf text;
    begin(&text, subscription);
    mm_buf_add(&text, result);
    send(&text, subscription);
}

/* ---- of a block ---- */

static mm_err write_head(struct telling *telling, struct json_writer *w, uint64_t block_num)
{
    struct header header;
    mm_hash32 hash;
    MM_TRY(ledger_header(telling->r.view, &header, &hash, block_num));
    json_open_object(w);
    eth_add_header(w, &header, &hash);
    json_close_object(w);
    return MM_OK;
}

static void tell_head(struct telling *telling, const struct subscription *subscription,
                      uint64_t block_num)
{
    struct mm_buf *kept = &telling->kept[KEPT_HEAD];
    if (kept->len == 0) {
        struct json_writer w = json_writer_over(kept);
        if (write_head(telling, &w, block_num) != MM_OK)
            mm_buf_reset(kept);
    }
    if (kept->len > 0)
        send_result(subscription, mm_buf_bytes(kept));
}

struct log_telling {
    const struct subscription *subscription;
    bool is_removed;
};

static mm_err tell_log(void *ctx, const struct log_hit *hit)
{
    const struct log_telling *t = ctx;
    const struct eth_place place = {
        .block_num = hit->block_num,
        .block_hash = hit->block_hash,
        .timestamp = hit->block_timestamp,
        .index = hit->tx_index,
    };
    struct mm_buf text;
    begin(&text, t->subscription);
    struct json_writer w = json_writer_over(&text);
    eth_add_log(&w, &hit->log, &place, &hit->tx_hash, hit->log_index, t->is_removed);
    send(&text, t->subscription);
    return MM_OK;
}

static void tell_logs(struct telling *telling, const struct subscription *subscription,
                      uint64_t block_num, bool is_removed)
{
    struct log_telling t = { subscription, is_removed };
    struct log_filter filter = subscription->logs;
    filter.from_block = filter.to_block = block_num;
    const mm_err err = ledger_logs(telling->r.view, &filter, tell_log, &t);
    if (err != MM_OK)
        (void)eth_fail_world(&telling->r, err); /* a line in the log */
}

static bool is_wanted(const struct subscription *subscription, const mm_hash32 *hash)
{
    for (size_t i = 0; i < subscription->hash_count; i++)
        if (mm_hash_equal(&subscription->hashes[i], hash))
            return true;
    return subscription->hash_count == 0;
}

/* *count: of receipts that are in it. */
static mm_err write_receipts(struct telling *telling, struct mm_buf *text, size_t *count,
                             const struct subscription *subscription, uint64_t block_num)
{
    struct eth_request *r = &telling->r;
    struct eth_place place = { .block_num = block_num };
    struct header header;
    const struct ledger_tx *txs;
    size_t tx_count;
    *count = 0;
    MM_TRY(ledger_header(r->view, &header, &place.block_hash, block_num));
    MM_TRY(ledger_tx_count(r->view, &tx_count, block_num));
    MM_TRY(ledger_txs(r->view, r->arena, &txs, block_num, 0, tx_count));
    place.timestamp = header.timestamp;
    r->w = json_writer_over(text);
    json_open_array(&r->w);
    for (size_t i = 0; i < tx_count; i++) {
        place.index = i;
        if (!is_wanted(subscription, &txs[i].tx.hash))
            continue;
        eth_add_receipt(r, &txs[i], &place);
        ++*count;
    }
    json_close_array(&r->w);
    return MM_OK;
}

static void tell_receipts(struct telling *telling, const struct subscription *subscription,
                          uint64_t block_num)
{
    size_t count = 0;
    struct mm_buf *kept = &telling->kept[KEPT_RECEIPTS];
    const bool is_shared = subscription->hash_count == 0;
    if (is_shared && kept->len > 0) {
        send_result(subscription, mm_buf_bytes(kept));
        return;
    }
    mm_buf_reset(kept);
    if (write_receipts(telling, kept, &count, subscription, block_num) == MM_OK && count > 0)
        send_result(subscription, mm_buf_bytes(kept));
    if (!is_shared)
        mm_buf_reset(kept);
}

void tell_block(struct telling *telling, const struct subscription *subscription,
                uint64_t block_num)
{
    switch (subscription->kind) {
    case SUBSCRIPTION_HEADS:
        tell_head(telling, subscription, block_num);
        return;
    case SUBSCRIPTION_LOGS:
        tell_logs(telling, subscription, block_num, false);
        return;
    case SUBSCRIPTION_RECEIPTS:
        tell_receipts(telling, subscription, block_num);
        return;
    case SUBSCRIPTION_PENDING:
    case SUBSCRIPTION_SYNCING: /* this node is never behind anybody */
        return;
    case SUBSCRIPTION_KINDS:
        break;
    }
    MM_UNREACHABLE();
}

void tell_removed(struct telling *telling, const struct subscription *subscription,
                  uint64_t block_num)
{
    if (subscription->kind == SUBSCRIPTION_LOGS)
        tell_logs(telling, subscription, block_num, true);
}

/* ---- of the pool ---- */

void tell_transaction(struct telling *telling, const struct subscription *subscription,
                      mm_bytes raw, const mm_addr *sender)
{
    struct mm_buf *kept = &telling->kept[subscription->is_hydrated ? KEPT_TRANSACTION : KEPT_HASH];
    if (kept->len == 0) {
        struct json_writer w = json_writer_over(kept);
        struct tx tx;
        if (tx_decode(&telling->arena, &tx, raw, NULL) != TX_OK)
            return; /* no memory: it was decoded before */
        tx.sender = *sender;
        if (subscription->is_hydrated)
            eth_add_tx(&w, &tx, NULL, &tx.max_fee);
        else
            json_add_data(&w, mm_bytes_hash(&tx.hash));
    }
    send_result(subscription, mm_buf_bytes(kept));
}
