/* JSON as the busiest requests have it: a batch of 100 raw transactions is read, the receipt of a mint is written (all but its
 * Bloom filter, which is hashing). */
#include "rpc/eth/eth_internal.h"
#include "state/base/assert.h"
#include "state/codec/hex.h"
#include "tests/bench/micro/micro.h"
#include "tests/bench/micro/micro_tx.h"

enum { BATCH = 100, TEXT_BYTES_MAX = 1 << 20 };

struct json_bench {
    struct mm_arena arena; /* of what is there all the time */
    struct mm_arena work;
    struct tx *txs;
    struct mm_buf batch;
    struct mm_buf receipt;
    struct log logs[2];
    uint8_t token[32];
};

static void make_batch(struct json_bench *bench)
{
    struct mm_buf *json = &bench->batch;
    for (size_t i = 0; i < BATCH; i++) {
        mm_buf_printf(json,
                      "%c{\"jsonrpc\":\"2.0\",\"id\":%zu,\"method\":\"eth_sendRawTransaction\","
                      "\"params\":[\"",
                      i == 0 ? '[' : ',', i);
        hex_add_data(json, bench->txs[i].raw);
        mm_buf_add_text(json, "\"]}");
    }
    mm_buf_add_text(json, "]");
    MM_ASSERT(mm_buf_err(json) == MM_OK);
}

static void run_parse(void *ctx, size_t ops)
{
    struct json_bench *bench = ctx;
    struct json value;
    for (size_t i = 0; i < ops; i++) {
        mm_arena_reset(&bench->work);
        MM_ASSERT(json_parse(&bench->work, &value, mm_buf_bytes(&bench->batch), NULL, NULL) ==
                  JSON_OK);
        MM_ASSERT(value.count == BATCH);
    }
}

static void write_receipt(struct json_bench *bench)
{
    const struct eth_place place = { .block_num = 77, .timestamp = 1800000000, .index = 5 };
    const struct ledger_tx tx = { .tx = bench->txs[0],
                                  .gas_used = 160000,
                                  .gas_price = u256_from_u64(1000000000),
                                  .cumulative_gas = 900000,
                                  .ok = true,
                                  .logs = bench->logs,
                                  .log_count = 2 };
    mm_buf_reset(&bench->receipt);
    struct json_writer w = json_writer_over(&bench->receipt);
    json_open_object(&w);
    eth_add_receipt_outline(&w, &tx, &place);
    json_key(&w, "logs");
    json_open_array(&w);
    for (size_t i = 0; i < tx.log_count; i++)
        eth_add_log(&w, &tx.logs[i], &place, &tx.tx.hash, i, false);
    json_close_array(&w);
    json_close_object(&w);
    MM_ASSERT(mm_buf_err(&bench->receipt) == MM_OK);
}

static void run_receipt(void *ctx, size_t ops)
{
    for (size_t i = 0; i < ops; i++)
        write_receipt(ctx);
}

void micro_json(struct figures *figures)
{
    static uint8_t copied[TEXT_BYTES_MAX];
    static struct json_bench bench;
    if (!figures_want(figures, "json"))
        return;
    mm_arena_init(&bench.arena, SIZE_MAX);
    mm_arena_init(&bench.work, SIZE_MAX);
    mm_buf_init(&bench.batch, TEXT_BYTES_MAX);
    mm_buf_init(&bench.receipt, TEXT_BYTES_MAX);
    bench.txs = micro_sign(&bench.arena, BATCH);
    bench.logs[0] = (struct log){ .addr = MINT_COLLECTION, .topic_count = 4 };
    bench.logs[1] =
        (struct log){ .addr = MINT_COLLECTION, .topic_count = 1, .data = MM_BYTES_OF(bench.token) };
    make_batch(&bench);
    struct micro_copy copy = { mm_buf_bytes(&bench.batch), copied };
    figures_add(figures, &(struct figure){ .name = "json-parse-batch-100",
                                           .counted_steps = 50,
                                           .work = { run_parse, &bench },
                                           .limit = "copying it",
                                           .limit_work = { micro_run_copy, &copy } });
    write_receipt(&bench);
    copy.from = mm_buf_bytes(&bench.receipt);
    figures_add(figures, &(struct figure){ .name = "json-write-receipt",
                                           .counted_steps = 1000,
                                           .work = { run_receipt, &bench },
                                           .limit = "copying it",
                                           .limit_work = { micro_run_copy, &copy } });
    mm_buf_fini(&bench.receipt);
    mm_buf_fini(&bench.batch);
    mm_arena_fini(&bench.work);
    mm_arena_fini(&bench.arena);
}
