/* Reading: how many answers a second, and how large they are. */
#include <stdio.h>
#include <string.h>

#include "contracts-native/abi/dispatch.h"
#include "node/bench/bench_internal.h"
#include "state/base/assert.h"
#include "state/codec/hex.h"
#include "state/crypto/keccak.h"

/* ---- tokens to ask for ---- */

/* Spread over all ids up to the newest where the contract counts them, so that not the newest alone are read. */
struct sample {
    mm_u256 ids[BENCH_SAMPLE];
    size_t count;
};

static mm_err call_params(struct mm_arena *arena, mm_bytes *params, const mm_addr *to,
                          const char *signature, const mm_u256 *id)
{
    struct mm_buf json;
    mm_bytes data;
    MM_TRY(bench_calldata(arena, &data, signature, ABI_VALUES(abi_word(id))));
    mm_buf_init(&json, SIZE_MAX);
    mm_buf_add_text(&json, "[{\"to\":\"");
    hex_add_data(&json, mm_bytes_addr(to));
    mm_buf_add_text(&json, "\",\"data\":\"");
    hex_add_data(&json, data);
    mm_buf_add_text(&json, "\"},\"latest\"]");
    mm_err err = mm_buf_err(&json);
    if (err == MM_OK)
        err = mm_arena_copy(arena, params, mm_buf_bytes(&json));
    mm_buf_fini(&json);
    return err;
}

/* Keeps those of the candidates that have an owner. */
static mm_err keep_owned(struct bench *bench, struct sample *sample, const mm_u256 *candidates,
                         size_t count, struct mm_reason *reason)
{
    enum { AT_ONCE = 100 };
    struct jsonrpc_request requests[AT_ONCE];
    struct jsonrpc_reply replies[AT_ONCE];
    for (size_t from = 0; from < count; from += AT_ONCE) {
        const size_t many = count - from < AT_ONCE ? count - from : AT_ONCE;
        mm_arena_reset(&bench->replies);
        for (size_t i = 0; i < many; i++) {
            requests[i].method = "eth_call";
            MM_TRY(call_params(&bench->replies, &requests[i].params, &bench->options.collection,
                               "ownerOf(uint256)", &candidates[from + i]));
        }
        if (jsonrpc_batch(bench->client, &bench->replies, replies, requests, many, reason) !=
            CLIENT_OK)
            return MM_ERR_IO;
        for (size_t i = 0; i < many && sample->count < BENCH_SAMPLE; i++) {
            if (!replies[i].is_error)
                sample->ids[sample->count++] = candidates[from + i];
        }
    }
    return MM_OK;
}

static mm_err choose_tokens(struct bench *bench, struct sample *sample, struct mm_reason *reason)
{
    mm_u256 candidates[BENCH_SAMPLE];
    size_t count = 0;
    sample->count = 0;
    if (bench->token_count == 0)
        return mm_fail(reason, MM_ERR_INVALID, "there are no tokens: mint first");
    const mm_u256 newest = bench->tokens[bench->token_count - 1].id;
    uint64_t draw = 1;
    if (u256_fits_u64(&newest) && newest.limb[0] > 0) {
        for (; count < BENCH_SAMPLE; count++) { /* the same ids in each run */
            draw = draw * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            candidates[count] = u256_from_u64(1 + (draw >> 20) % newest.limb[0]);
        }
        MM_TRY(keep_owned(bench, sample, candidates, count, reason));
    }
    if (sample->count > 0)
        return MM_OK;
    for (size_t i = 0; i < bench->token_count && i < BENCH_SAMPLE; i++)
        sample->ids[sample->count++] = bench->tokens[bench->token_count - 1 - i].id;
    return MM_OK;
}

/* ---- requests ---- */

struct requests {
    mm_bytes *items;
    size_t count;
};

static void add_call(struct mm_buf *json, size_t id, const char *method, mm_bytes params)
{
    mm_buf_printf(json, "{\"jsonrpc\":\"2.0\",\"id\":%zu,\"method\":\"%s\",\"params\":%.*s}", id,
                  method, (int)params.len, (const char *)params.ptr);
}

/* So many requests of `batch` calls each, a call of each params in turn; batch 1: no array. */
static mm_err make_requests(struct bench *bench, struct requests *requests, const char *method,
                            const mm_bytes *params, size_t count, size_t batch)
{
    struct mm_buf json;
    size_t next = 0;
    requests->count = 0;
    requests->items = MM_ARENA_ARRAY(&bench->arena, mm_bytes, count);
    if (requests->items == NULL)
        return MM_ERR_NO_MEMORY;
    mm_buf_init(&json, SIZE_MAX);
    mm_err err = MM_OK;
    while (requests->count < count && err == MM_OK) {
        mm_buf_reset(&json);
        for (size_t i = 0; i < batch; i++) {
            if (batch > 1)
                mm_buf_add_text(&json, i == 0 ? "[" : ",");
            add_call(&json, i, method, params[next++ % count]);
        }
        if (batch > 1)
            mm_buf_add_text(&json, "]");
        err = mm_buf_err(&json);
        if (err == MM_OK)
            err = flow_request(&bench->arena, &requests->items[requests->count++],
                               &bench->options.url, mm_buf_bytes(&json));
    }
    mm_buf_fini(&json);
    return err;
}

/* Each lane begins elsewhere. */
static mm_err time_requests(struct bench *bench, const char *phase, const struct requests *requests,
                            size_t batch, struct mm_reason *reason)
{
    struct flow_lane lanes[BENCH_READ_CONNECTIONS];
    struct flow_result result;
    for (size_t i = 0; i < BENCH_READ_CONNECTIONS; i++) {
        const size_t from = requests->count * i / BENCH_READ_CONNECTIONS;
        mm_bytes *turned = MM_ARENA_ARRAY(&bench->arena, mm_bytes, requests->count);
        if (turned == NULL)
            return mm_fail(reason, MM_ERR_NO_MEMORY, "out of memory");
        for (size_t j = 0; j < requests->count; j++)
            turned[j] = requests->items[(from + j) % requests->count];
        lanes[i] = (struct flow_lane){ turned, requests->count };
    }
    const struct flow_options options = { .url = &bench->options.url,
                                          .lanes = lanes,
                                          .lane_count = BENCH_READ_CONNECTIONS,
                                          .for_ms = bench->options.read_ms,
                                          .timeout_ms = bench->options.patience_ms };
    if (flow_run(&result, &options, reason) != CLIENT_OK)
        return MM_ERR_IO;
    if (result.bad > 0)
        return mm_fail(reason, MM_ERR_IO, "%s: the node answers %.200s", phase, result.first_bad);
    bench_figure(bench, phase, "per_s",
                 (double)(result.answers * batch) / ((double)result.ns / 1e9));
    bench_figure(bench, phase, "p50_ms", (double)result.p50_ns / 1e6);
    bench_figure(bench, phase, "p99_ms", (double)result.p99_ns / 1e6);
    bench_figure(bench, phase, "bytes",
                 result.answers == 0 ? 0 : (double)(result.bytes / result.answers));
    return MM_OK;
}

static mm_err time_calls(struct bench *bench, const char *phase, const char *method,
                         const mm_bytes *params, size_t count, size_t batch,
                         struct mm_reason *reason)
{
    struct requests requests;
    if (make_requests(bench, &requests, method, params, count, batch) != MM_OK)
        return mm_fail(reason, MM_ERR_NO_MEMORY, "out of memory");
    return time_requests(bench, phase, &requests, batch, reason);
}

/* ---- reads ---- */

static mm_err view_params(struct bench *bench, mm_bytes *params, const struct sample *sample,
                          const char *signature)
{
    for (size_t i = 0; i < sample->count; i++)
        MM_TRY(call_params(&bench->arena, &params[i], &bench->options.collection, signature,
                           &sample->ids[i]));
    return MM_OK;
}

static mm_err time_views(struct bench *bench, const struct sample *sample, struct mm_reason *reason)
{
    static const struct {
        const char *signature;
        const char *phase;
        const char *in_batches;
    } views[] = { { "ownerOf(uint256)", "ownerOf", "ownerOf_in_batches" },
                  { "tokenURI(uint256)", "tokenURI", "tokenURI_in_batches" } };
    mm_bytes params[BENCH_SAMPLE];
    for (size_t i = 0; i < MM_COUNT_OF(views); i++) {
        if (view_params(bench, params, sample, views[i].signature) != MM_OK)
            return mm_fail(reason, MM_ERR_NO_MEMORY, "out of memory");
        MM_TRY(time_calls(bench, views[i].phase, "eth_call", params, sample->count, 1, reason));
        MM_TRY(time_calls(bench, views[i].in_batches, "eth_call", params, sample->count,
                          BENCH_READ_BATCH, reason));
    }
    return MM_OK;
}

/* ["0x…"] or ["0x…","latest"] */
static mm_err hex_params(struct mm_arena *arena, mm_bytes *params, mm_bytes bytes,
                         const char *behind)
{
    struct mm_buf json;
    mm_buf_init(&json, 1024);
    mm_buf_add_text(&json, "[\"");
    hex_add_data(&json, bytes);
    mm_buf_add_text(&json, "\"");
    mm_buf_add_text(&json, behind);
    mm_buf_add_text(&json, "]");
    mm_err err = mm_buf_err(&json);
    if (err == MM_OK)
        err = mm_arena_copy(arena, params, mm_buf_bytes(&json));
    mm_buf_fini(&json);
    return err;
}

mm_err bench_reads(struct bench *bench, struct mm_reason *reason)
{
    const mm_bytes none = MM_BYTES_LIT("[]");
    static struct sample sample;
    mm_bytes params[BENCH_SAMPLE];
    size_t count = 0;
    MM_TRY(choose_tokens(bench, &sample, reason));
    MM_TRY(time_views(bench, &sample, reason));
    for (; count < KEYRING_ACCOUNTS; count++)
        MM_TRY(hex_params(&bench->arena, &params[count],
                          mm_bytes_addr(&bench->keyring.accounts[count].addr), ",\"latest\""));
    MM_TRY(time_calls(bench, "getBalance", "eth_getBalance", params, count, 1, reason));
    MM_TRY(time_calls(bench, "blockNumber", "eth_blockNumber", &none, 1, 1, reason));
    count = 0;
    for (size_t i = 0; i < bench->token_count && count < BENCH_SAMPLE;
         i += bench->token_count / BENCH_SAMPLE + 1)
        MM_TRY(hex_params(&bench->arena, &params[count++], mm_bytes_hash(&bench->tokens[i].tx_hash),
                          ""));
    return time_calls(bench, "receipt", "eth_getTransactionReceipt", params, count, 1, reason);
}

/* ---- logs ---- */

static mm_err ask_logs(struct bench *bench, size_t *count, double *ms, const char *token,
                       struct mm_reason *reason)
{
    struct mm_buf json;
    struct json logs = { .kind = JSON_NULL };
    const mm_hash32 event = keccak256(MM_BYTES_LIT("Transfer(address,address,uint256)"));
    mm_buf_init(&json, 4096);
    mm_buf_add_text(&json, "[{\"fromBlock\":\"0x0\",\"toBlock\":\"latest\",\"address\":\"");
    hex_add_data(&json, mm_bytes_addr(&bench->options.collection));
    mm_buf_add_text(&json, "\",\"topics\":[\"");
    hex_add_data(&json, mm_bytes_hash(&event));
    mm_buf_printf(&json, "\"%s]}]", token);
    const uint64_t start = bench_now_ns();
    const mm_err err = bench_ask(bench, &logs, "eth_getLogs", mm_buf_bytes(&json), reason);
    *ms = (double)(bench_now_ns() - start) / 1e6;
    *count = logs.count;
    mm_buf_fini(&json);
    return err;
}

mm_err bench_logs(struct bench *bench, struct mm_reason *reason)
{
    enum { RUNS = 20, ALL_MAX = 100000 };
    static struct sample sample;
    char token[128];
    char digits[2 * sizeof(mm_hash32) + 1] = "";
    size_t count = 0;
    double sum = 0;
    double ms;
    MM_TRY(choose_tokens(bench, &sample, reason));
    for (size_t i = 0; i < RUNS; i++) {
        const mm_hash32 id = u256_to_hash(&sample.ids[i % sample.count]);
        hex_encode(digits, mm_bytes_hash(&id));
        (void)snprintf(token, sizeof token, ",null,null,\"0x%s\"", digits);
        MM_TRY(ask_logs(bench, &count, &ms, token, reason));
        if (count == 0)
            return mm_fail(reason, MM_ERR_IO, "a token has no Transfer log");
        sum += ms;
    }
    bench_figure(bench, "logs", "one_token_ms", sum / RUNS);
    if (bench->tokens[bench->token_count - 1].id.limb[0] > ALL_MAX)
        return MM_OK; /* more than an answer should hold */
    MM_TRY(ask_logs(bench, &count, &ms, "", reason));
    bench_figure(bench, "logs", "all_ms", ms);
    bench_figure(bench, "logs", "all", (double)count);
    return MM_OK;
}

/* ---- proof ---- */

/* Where OpenZeppelin's ERC721 has the owner of a token. */
static mm_hash32 owner_slot(const mm_u256 *id)
{
    enum { OWNERS_SLOT = 2 };
    const mm_u256 base = u256_from_u64(OWNERS_SLOT);
    uint8_t key[64];
    const mm_hash32 words[2] = { u256_to_hash(id), u256_to_hash(&base) };
    memcpy(key, words[0].b, 32);
    memcpy(key + 32, words[1].b, 32);
    return keccak256(MM_BYTES_OF(key));
}

mm_err bench_proof(struct bench *bench, struct mm_reason *reason)
{
    static struct sample sample;
    mm_bytes params[BENCH_SAMPLE];
    char behind[2 * sizeof(mm_hash32) + 32];
    char digits[2 * sizeof(mm_hash32) + 1] = "";
    MM_TRY(choose_tokens(bench, &sample, reason));
    for (size_t i = 0; i < sample.count; i++) {
        const mm_hash32 slot = owner_slot(&sample.ids[i]);
        hex_encode(digits, mm_bytes_hash(&slot));
        (void)snprintf(behind, sizeof behind, ",[\"0x%s\"],\"latest\"", digits);
        if (hex_params(&bench->arena, &params[i], mm_bytes_addr(&bench->options.collection),
                       behind) != MM_OK)
            return mm_fail(reason, MM_ERR_NO_MEMORY, "out of memory");
    }
    return time_calls(bench, "proof", "eth_getProof", params, sample.count, 1, reason);
}
