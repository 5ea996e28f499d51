/* Writing: mints and transfers as fast as the node takes them, and one mint at a time. */
#include <stdio.h>

#include "node/bench/bench_internal.h"
#include "state/base/assert.h"
#include "state/base/heap.h"
#include "state/codec/hex.h"

enum { POLL_MS = 2, LATENCY_MINTS = 300, LATENCY_S = 10 };

/* ---- a slice ---- */

/* Transactions that are sent together, each sender's in order and on one connection. */
struct slice {
    struct tx *txs;
    size_t *accounts;
    size_t count;
    uint64_t ns; /* from the first byte sent to the last receipt seen */
    uint64_t blocks;
    uint64_t gas_used; /* of the receipts that were looked at */
    uint64_t looked_at;
};

static mm_err new_slice(struct bench *bench, struct slice *slice, size_t count,
                        struct mm_reason *reason)
{
    mm_arena_reset(&bench->arena);
    *slice = (struct slice){ .txs = MM_ARENA_ARRAY(&bench->arena, struct tx, count),
                             .accounts = MM_ARENA_ARRAY(&bench->arena, size_t, count) };
    return slice->txs == NULL || slice->accounts == NULL
               ? mm_fail(reason, MM_ERR_NO_MEMORY, "out of memory")
               : MM_OK;
}

/* [{"jsonrpc":"2.0","id":0,"method":"eth_sendRawTransaction","params":["0x…"]}, …] */
static mm_err make_request(struct bench *bench, mm_bytes *request, struct mm_buf *json,
                           const struct slice *slice, const size_t *chosen, size_t count)
{
    mm_buf_reset(json);
    for (size_t i = 0; i < count; i++) {
        mm_buf_printf(json,
                      "%c{\"jsonrpc\":\"2.0\",\"id\":%zu,\"method\":\"eth_sendRawTransaction\","
                      "\"params\":[\"",
                      i == 0 ? '[' : ',', i);
        hex_add_data(json, slice->txs[chosen[i]].raw);
        mm_buf_add_text(json, "\"]}");
    }
    mm_buf_add_text(json, "]");
    MM_TRY(mm_buf_err(json));
    return flow_request(&bench->arena, request, &bench->options.url, mm_buf_bytes(json));
}

/* A batch of each sender in turn; senders share out the lanes. */
static mm_err plan_lanes(struct bench *bench, struct flow_lane *lanes, const struct slice *slice)
{
    const size_t lane_count = bench->options.connections;
    const size_t batch = bench->options.batch;
    size_t at[KEYRING_ACCOUNTS] = { 0 };
    mm_bytes *requests[BENCH_CONNECTIONS_MAX];
    struct mm_buf json;
    for (size_t i = 0; i < lane_count; i++) {
        requests[i] =
            MM_ARENA_ARRAY(&bench->arena, mm_bytes, slice->count / batch + KEYRING_ACCOUNTS);
        if (requests[i] == NULL)
            return MM_ERR_NO_MEMORY;
        lanes[i] = (struct flow_lane){ requests[i], 0 };
    }
    mm_buf_init(&json, SIZE_MAX);
    mm_err err = MM_OK;
    for (bool is_busy = true; is_busy && err == MM_OK;) {
        is_busy = false;
        for (size_t account = 0; account < KEYRING_ACCOUNTS && err == MM_OK; account++) {
            size_t chosen[BENCH_BATCH_MAX];
            size_t count = 0;
            for (; at[account] < slice->count && count < batch; at[account]++) {
                if (slice->accounts[at[account]] == account)
                    chosen[count++] = at[account];
            }
            if (count == 0)
                continue;
            is_busy = true;
            struct flow_lane *lane = &lanes[account % lane_count];
            err = make_request(bench, &requests[account % lane_count][lane->count++], &json, slice,
                               chosen, count);
        }
    }
    mm_buf_fini(&json);
    return err;
}

/* Until the last transaction of each sender has its receipt. */
static mm_err await(struct bench *bench, const struct slice *slice, struct mm_reason *reason)
{
    mm_hash32 last[KEYRING_ACCOUNTS];
    struct jsonrpc_reply replies[KEYRING_ACCOUNTS];
    bool is_seen[KEYRING_ACCOUNTS] = { false };
    size_t count = 0;
    const uint64_t until = bench_now_ns() + bench->options.patience_ms * 1000000;
    for (size_t i = slice->count; i-- > 0 && count < KEYRING_ACCOUNTS;) {
        if (is_seen[slice->accounts[i]])
            continue;
        is_seen[slice->accounts[i]] = true;
        last[count++] = slice->txs[i].hash;
    }
    while (count > 0) {
        size_t left = 0;
        MM_TRY(bench_receipts(bench, replies, last, count, reason));
        for (size_t i = 0; i < count; i++) {
            if (replies[i].is_error)
                return mm_fail(reason, MM_ERR_IO, "the node refuses receipts: %.*s",
                               (int)replies[i].message.len, (const char *)replies[i].message.ptr);
            if (replies[i].result.kind == JSON_NULL)
                last[left++] = last[i];
        }
        count = left;
        if (count > 0 && bench_now_ns() > until)
            return mm_fail(reason, MM_ERR_IO, "transactions of %zu senders are still not mined",
                           count);
        if (count > 0)
            bench_pause_ms(POLL_MS);
    }
    return MM_OK;
}

static mm_err send_slice(struct bench *bench, struct slice *slice, struct mm_reason *reason)
{
    struct flow_lane plan[BENCH_CONNECTIONS_MAX];
    struct flow_lane lanes[BENCH_CONNECTIONS_MAX];
    struct flow_result result;
    uint64_t before;
    uint64_t after;
    size_t count = 0;
    if (plan_lanes(bench, plan, slice) != MM_OK)
        return mm_fail(reason, MM_ERR_NO_MEMORY, "out of memory");
    for (size_t i = 0; i < bench->options.connections; i++) {
        if (plan[i].count > 0)
            lanes[count++] = plan[i];
    }
    const struct flow_options flow = { .url = &bench->options.url,
                                       .lanes = lanes,
                                       .lane_count = count,
                                       .timeout_ms = bench->options.patience_ms };
    MM_TRY(bench_ask_u64(bench, &before, "eth_blockNumber", MM_BYTES_LIT("[]"), reason));
    const uint64_t start = bench_now_ns();
    if (flow_run(&result, &flow, reason) != CLIENT_OK)
        return MM_ERR_IO;
    if (result.bad > 0)
        return mm_fail(reason, MM_ERR_IO, "the node refuses transactions: %.200s",
                       result.first_bad);
    MM_TRY(await(bench, slice, reason));
    slice->ns = bench_now_ns() - start;
    MM_TRY(bench_ask_u64(bench, &after, "eth_blockNumber", MM_BYTES_LIT("[]"), reason));
    slice->blocks = after - before;
    return MM_OK;
}

/* ---- what became of them ---- */

bool bench_is_done(const struct json *receipt, uint64_t *gas_used, mm_u256 *token)
{
    const struct json *status = json_find(receipt, "status");
    const struct json *gas = json_find(receipt, "gasUsed");
    const struct json *logs = json_find(receipt, "logs");
    uint64_t used;
    if (status == NULL || !json_is_text(status, "0x1") || gas == NULL ||
        !hex_read_u64(&used, gas->text) || logs == NULL || logs->kind != JSON_ARRAY)
        return false;
    *gas_used += used;
    for (size_t i = 0; i < logs->count; i++) {
        const struct json *topics = json_find(&logs->items[i], "topics");
        mm_hash32 id;
        if (topics == NULL || topics->count != 4 || !hex_read_hash(&id, topics->items[3].text))
            continue;
        *token = u256_from_hash(&id);
        return true;
    }
    return false;
}

/* Looks at the receipts of the transactions from `from` on, every `step`-th; tokens may be NULL. */
static mm_err look(struct bench *bench, struct slice *slice, size_t from, size_t step,
                   struct bench_token *tokens, struct mm_reason *reason)
{
    enum { AT_ONCE = 100 };
    mm_hash32 hashes[AT_ONCE];
    struct jsonrpc_reply replies[AT_ONCE];
    while (from < slice->count) {
        size_t count = 0;
        size_t places[AT_ONCE];
        for (; from < slice->count && count < AT_ONCE; from += step) {
            places[count] = from;
            hashes[count++] = slice->txs[from].hash;
        }
        MM_TRY(bench_receipts(bench, replies, hashes, count, reason));
        for (size_t i = 0; i < count; i++) {
            mm_u256 id;
            if (replies[i].is_error || !bench_is_done(&replies[i].result, &slice->gas_used, &id))
                return mm_fail(reason, MM_ERR_IO,
                               "a transaction was mined and did not do what it should");
            if (tokens != NULL)
                *tokens++ = (struct bench_token){ id, slice->accounts[places[i]], hashes[i] };
        }
        slice->looked_at += count;
    }
    return MM_OK;
}

struct sums {
    uint64_t count;
    uint64_t ns;
    uint64_t blocks;
    uint64_t gas_used;
    uint64_t looked_at;
};

static void add_slice(struct sums *sums, const struct slice *slice)
{
    sums->count += slice->count;
    sums->ns += slice->ns;
    sums->blocks += slice->blocks;
    sums->gas_used += slice->gas_used;
    sums->looked_at += slice->looked_at;
}

static void print_sums(const struct bench *bench, const char *phase, const struct sums *sums)
{
    bench_figure(bench, phase, "transactions", (double)sums->count);
    bench_figure(bench, phase, "per_s", (double)sums->count / ((double)sums->ns / 1e9));
    bench_figure(bench, phase, "blocks", (double)sums->blocks);
    if (sums->looked_at > 0)
        bench_figure(bench, phase, "gas", (double)(sums->gas_used / sums->looked_at));
}

/* ---- mint ---- */

/* Keeps the tokens of the slice's last `keep` mints behind those that are kept already. */
static mm_err keep_tokens(struct bench *bench, struct slice *slice, uint64_t keep,
                          struct mm_reason *reason)
{
    const size_t sampled = slice->count / 200 + 1;
    const size_t kept = keep < slice->count ? (size_t)keep : slice->count;
    if (slice->count > kept) /* of those whose tokens nobody wants, a few */
        MM_TRY(look(bench,
                    &(struct slice){ slice->txs, slice->accounts, slice->count - kept, 0, 0, 0, 0 },
                    0, sampled, NULL, reason));
    if (kept == 0)
        return MM_OK;
    struct bench_token *tokens =
        mm_heap_resize(bench->tokens, (bench->token_count + kept) * sizeof *tokens);
    if (tokens == NULL)
        return mm_fail(reason, MM_ERR_NO_MEMORY, "out of memory");
    bench->tokens = tokens;
    MM_TRY(look(bench, slice, slice->count - kept, 1, tokens + bench->token_count, reason));
    bench->token_count += kept;
    return MM_OK;
}

mm_err bench_mint(struct bench *bench, struct mm_reason *reason)
{
    const uint64_t mints = bench->options.mints;
    const uint64_t wanted = bench->options.transfers > 0 ? bench->options.transfers : mints;
    const uint64_t keep = wanted > BENCH_SAMPLE ? wanted : BENCH_SAMPLE;
    struct sums sums = { 0 };
    bench->token_count = 0;
    for (uint64_t left = mints; left > 0;) {
        const size_t count = left < BENCH_SLICE ? (size_t)left : BENCH_SLICE;
        struct slice slice;
        MM_TRY(new_slice(bench, &slice, count, reason));
        for (; slice.count < count; slice.count++) {
            slice.accounts[slice.count] = slice.count % KEYRING_ACCOUNTS;
            if (bench_sign_mint(bench, &bench->arena, &slice.txs[slice.count],
                                bench_next_of(bench, slice.accounts[slice.count])) != MM_OK)
                return mm_fail(reason, MM_ERR_NO_MEMORY, "a transaction cannot be signed");
        }
        left -= count;
        MM_TRY(send_slice(bench, &slice, reason));
        MM_TRY(keep_tokens(bench, &slice, keep > left ? keep - left : 0, reason));
        add_slice(&sums, &slice);
    }
    print_sums(bench, "mint", &sums);
    return MM_OK;
}

/* ---- transfer ---- */

mm_err bench_transfer(struct bench *bench, struct mm_reason *reason)
{
    const uint64_t wanted =
        bench->options.transfers > 0 ? bench->options.transfers : bench->token_count;
    size_t from =
        bench->token_count - (size_t)(wanted < bench->token_count ? wanted : bench->token_count);
    struct sums sums = { 0 };
    if (from == bench->token_count)
        return mm_fail(reason, MM_ERR_INVALID, "there are no tokens: mint first");
    while (from < bench->token_count) {
        const size_t left = bench->token_count - from;
        const size_t count = left < BENCH_SLICE ? left : BENCH_SLICE;
        struct slice slice;
        MM_TRY(new_slice(bench, &slice, count, reason));
        for (; slice.count < count; slice.count++) {
            struct bench_token *token = &bench->tokens[from + slice.count];
            slice.accounts[slice.count] = token->owner;
            if (bench_sign_transfer(bench, &slice.txs[slice.count], token) != MM_OK)
                return mm_fail(reason, MM_ERR_NO_MEMORY, "a transaction cannot be signed");
            token->owner = (token->owner + 1) % KEYRING_ACCOUNTS;
        }
        MM_TRY(send_slice(bench, &slice, reason));
        MM_TRY(look(bench, &slice, 0, count / 200 + 1, NULL, reason));
        add_slice(&sums, &slice);
        from += count;
    }
    print_sums(bench, "transfer", &sums);
    return MM_OK;
}

/* ---- latency ---- */

static mm_err time_one(struct bench *bench, uint64_t *ns, struct mm_reason *reason)
{
    struct tx tx;
    struct json hash;
    struct jsonrpc_reply receipt = { .result = { .kind = JSON_NULL } };
    struct mm_buf params;
    mm_arena_reset(&bench->arena);
    if (bench_sign_mint(bench, &bench->arena, &tx, bench_next_of(bench, 0)) != MM_OK)
        return mm_fail(reason, MM_ERR_NO_MEMORY, "a transaction cannot be signed");
    mm_buf_init(&params, BENCH_BATCH_MAX * 1000);
    mm_buf_add_text(&params, "[\"");
    hex_add_data(&params, tx.raw);
    mm_buf_add_text(&params, "\"]");
    const uint64_t start = bench_now_ns();
    const uint64_t until = start + bench->options.patience_ms * 1000000;
    mm_err err = bench_ask(bench, &hash, "eth_sendRawTransaction", mm_buf_bytes(&params), reason);
    while (err == MM_OK && receipt.result.kind == JSON_NULL) {
        err = bench_receipts(bench, &receipt, &tx.hash, 1, reason);
        if (err == MM_OK && receipt.result.kind == JSON_NULL && bench_now_ns() > until)
            err = mm_fail(reason, MM_ERR_IO, "a transaction is still not mined");
    }
    *ns = bench_now_ns() - start;
    mm_buf_fini(&params);
    return err;
}

mm_err bench_latency(struct bench *bench, struct mm_reason *reason)
{
    uint64_t waits[LATENCY_MINTS];
    size_t count = 0;
    const uint64_t until = bench_now_ns() + (uint64_t)LATENCY_S * 1000000000;
    while (count < LATENCY_MINTS && (count == 0 || bench_now_ns() < until)) {
        MM_TRY(time_one(bench, &waits[count], reason));
        count++;
    }
    const struct bench_waits sorted = bench_waits(waits, count);
    bench_figure(bench, "latency", "transactions", (double)count);
    bench_figure(bench, "latency", "p50_ms", sorted.p50_ms);
    bench_figure(bench, "latency", "p99_ms", sorted.p99_ms);
    return MM_OK;
}
