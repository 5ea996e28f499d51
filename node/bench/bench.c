#include "node/bench/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "node/bench/bench_internal.h"
#include "state/base/assert.h"
#include "state/base/heap.h"
#include "state/codec/hex.h"

/* ---- asking ---- */

void bench_figure(const struct bench *bench, const char *phase, const char *name, double value)
{
    bench->sink.figure(bench->sink.ctx, phase, name, value);
}

uint64_t bench_now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

void bench_pause_ms(unsigned ms)
{
    const struct timespec time = { .tv_nsec = (long)ms * 1000000 };
    (void)nanosleep(&time, NULL);
}

static int by_size(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a;
    const uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

struct bench_waits bench_waits(uint64_t *ns, size_t count)
{
    MM_ASSERT(count > 0);
    qsort(ns, count, sizeof *ns, by_size);
    return (struct bench_waits){ .p50_ms = (double)ns[count / 2] / 1e6,
                                 .p99_ms = (double)ns[count * 99 / 100] / 1e6,
                                 .max_ms = (double)ns[count - 1] / 1e6 };
}

mm_err bench_ask(struct bench *bench, struct json *result, const char *method, mm_bytes params,
                 struct mm_reason *reason)
{
    const struct jsonrpc_request request = { method, params };
    struct jsonrpc_reply reply;
    mm_arena_reset(&bench->replies);
    if (jsonrpc_call(bench->client, &bench->replies, &reply, &request, reason) != CLIENT_OK)
        return MM_ERR_IO;
    if (reply.is_error)
        return mm_fail(reason, MM_ERR_IO, "%s: %.*s", method, (int)reply.message.len,
                       (const char *)reply.message.ptr);
    *result = reply.result;
    return MM_OK;
}

mm_err bench_ask_u64(struct bench *bench, uint64_t *value, const char *method, mm_bytes params,
                     struct mm_reason *reason)
{
    struct json result;
    MM_TRY(bench_ask(bench, &result, method, params, reason));
    if (result.kind != JSON_STRING || !hex_read_u64(value, result.text))
        return mm_fail(reason, MM_ERR_IO, "%s: the answer is no number", method);
    return MM_OK;
}

mm_err bench_receipts(struct bench *bench, struct jsonrpc_reply *receipts, const mm_hash32 *hashes,
                      size_t count, struct mm_reason *reason)
{
    MM_ASSERT(count <= JSONRPC_BATCH_MAX);
    mm_arena_reset(&bench->replies);
    struct jsonrpc_request *requests =
        MM_ARENA_ARRAY(&bench->replies, struct jsonrpc_request, count);
    enum { PARAMS = 4 + 2 + 64 };
    char *params = mm_arena_alloc(&bench->replies, count * PARAMS + 1);
    if (requests == NULL || params == NULL)
        return mm_fail(reason, MM_ERR_NO_MEMORY, "out of memory");
    for (size_t i = 0; i < count; i++) {
        char *at = params + i * PARAMS;
        memcpy(at, "[\"0x", 4);
        hex_encode(at + 4, mm_bytes_hash(&hashes[i]));
        memcpy(at + 4 + 64, "\"]", 2);
        requests[i] =
            (struct jsonrpc_request){ "eth_getTransactionReceipt", mm_bytes_from(at, PARAMS) };
    }
    return jsonrpc_batch(bench->client, &bench->replies, receipts, requests, count, reason) ==
                   CLIENT_OK
               ? MM_OK
               : MM_ERR_IO;
}

/* ---- life ---- */

static mm_err read_nonces(struct bench *bench, struct mm_reason *reason)
{
    for (size_t i = 0; i < KEYRING_ACCOUNTS; i++) {
        char digits[2 * sizeof(mm_addr) + 1] = "";
        char params[80];
        hex_encode(digits, mm_bytes_addr(&bench->keyring.accounts[i].addr));
        (void)snprintf(params, sizeof params, "[\"0x%s\",\"pending\"]", digits);
        MM_TRY(bench_ask_u64(bench, &bench->nonces[i], "eth_getTransactionCount",
                             mm_bytes_str(params), reason));
    }
    return MM_OK;
}

static mm_err begin(struct bench *bench, struct mm_reason *reason)
{
    const struct client_options options = { .idle_timeout_ms = bench->options.patience_ms };
    if (keyring_init(&bench->keyring) != MM_OK)
        return mm_fail(reason, MM_ERR_CRYPTO, "the development keys cannot be derived");
    bench->client = client_new(&bench->options.url, &options);
    if (bench->client == NULL)
        return mm_fail(reason, MM_ERR_NO_MEMORY, "out of memory");
    MM_TRY(bench_ask_u64(bench, &bench->chain_id, "eth_chainId", MM_BYTES_LIT("[]"), reason));
    return read_nonces(bench, reason);
}

mm_err bench_new(struct bench **out, const struct bench_options *options,
                 const struct bench_sink *sink, struct mm_reason *reason)
{
    *out = NULL;
    MM_ASSERT(options->connections > 0 && options->connections <= BENCH_CONNECTIONS_MAX);
    MM_ASSERT(options->batch > 0 && options->batch <= BENCH_BATCH_MAX);
    MM_ASSERT(options->mints <= BENCH_TRANSACTIONS_MAX);
    struct bench *bench = mm_heap_zeroed(1, sizeof *bench);
    if (bench == NULL)
        return mm_fail(reason, MM_ERR_NO_MEMORY, "out of memory");
    bench->options = *options;
    bench->sink = *sink;
    mm_arena_init(&bench->arena, SIZE_MAX);
    mm_arena_init(&bench->replies, SIZE_MAX);
    const mm_err err = begin(bench, reason);
    if (err != MM_OK) {
        bench_free(bench);
        return err;
    }
    *out = bench;
    return MM_OK;
}

void bench_free(struct bench *bench)
{
    if (bench == NULL)
        return;
    client_free(bench->client);
    keyring_fini(&bench->keyring);
    mm_arena_fini(&bench->arena);
    mm_arena_fini(&bench->replies);
    mm_heap_free(bench->tokens);
    mm_heap_free(bench);
}

/* ---- phases ---- */

const char *const BENCH_PHASE_NAMES[BENCH_PHASES] = { "latency", "mint",  "transfer", "reads",
                                                      "logs",    "proof", "steady" };

mm_err bench_phase(struct bench *bench, const char *phase, struct mm_reason *reason)
{
    static mm_err (*const run[BENCH_PHASES])(struct bench *, struct mm_reason *) = {
        bench_latency, bench_mint,  bench_transfer, bench_reads,
        bench_logs,    bench_proof, bench_steady
    };
    for (size_t i = 0; i < BENCH_PHASES; i++) {
        if (strcmp(phase, BENCH_PHASE_NAMES[i]) == 0) {
            mm_arena_reset(&bench->arena);
            return run[i](bench, reason);
        }
    }
    return mm_fail(reason, MM_ERR_INVALID, "there is no phase '%s'", phase);
}
