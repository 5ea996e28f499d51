/* A mint by the executor alone: from a transaction whose sender is known to a receipt's worth of outcome, over a state in memory.
 * Blocks of 100; the net changes of each are made as well. */
#include "contracts-native/natives/natives.h"
#include "state/base/assert.h"
#include "tests/bench/lib/mint.h"
#include "tests/bench/micro/micro.h"
#include "tests/bench/micro/micro_tx.h"
#include "tests/lib/test_chain.h"

enum { A_BLOCK = 100 };

struct exec_bench {
    struct test_chain chain;
    struct mm_arena arena; /* of the transactions */
    struct mm_arena work;  /* of a block */
    struct tx *txs;
};

static void run_block(struct exec_bench *bench)
{
    static const struct exec_block block = { .number = 1,
                                             .timestamp = 1800000000,
                                             .gas_limit = TEST_CHAIN_BLOCK_GAS,
                                             .base_fee = { { 1000000000 } },
                                             .coinbase = { { 0xc0 } },
                                             .chain_id = MICRO_CHAIN_ID };
    struct exec *exec;
    struct exec_outcome outcome;
    struct exec_changes changes;
    mm_arena_reset(&bench->work);
    MM_ASSERT(exec_new(&bench->work, &exec, &bench->chain.view, bench->chain.natives, &block) ==
              MM_OK);
    for (size_t i = 0; i < A_BLOCK; i++) {
        MM_ASSERT(exec_transact(exec, &outcome, &bench->txs[i], block.gas_limit) == MM_OK);
        MM_ASSERT(outcome.verdict == TX_OK && outcome.status == EXEC_OK && outcome.log_count == 2);
    }
    MM_ASSERT(exec_changes(exec, &changes) == MM_OK);
}

static void run_mints(void *ctx, size_t ops)
{
    for (size_t i = 0; i < ops; i += A_BLOCK)
        run_block(ctx);
}

static void open_chain(struct exec_bench *bench)
{
    struct json native;
    struct mm_reason reason = { "" };
    MM_ASSERT(json_parse(&bench->arena, &native,
                         MM_BYTES_LIT("{\"contract\":\"collection\",\"name\":\"Cats\",\"symbol\":"
                                      "\"CAT\",\"owner\":"
                                      "\"0x1100000000000000000000000000000000000001\","
                                      "\"openMint\":true}"),
                         NULL, NULL) == JSON_OK);
    const struct genesis_account accounts[] = {
        { .addr = bench->txs[0].sender, .balance = TEST_CHAIN_FUNDS },
        { .addr = MINT_COLLECTION, .native = &native },
    };
    MM_ASSERT(test_chain_init(&bench->chain, natives_all(), accounts, MM_COUNT_OF(accounts),
                              &reason) == MM_OK);
}

void micro_exec(struct figures *figures)
{
    static struct exec_bench bench;
    if (!figures_want(figures, "exec"))
        return;
    mm_arena_init(&bench.arena, SIZE_MAX);
    mm_arena_init(&bench.work, SIZE_MAX);
    bench.txs = micro_sign(&bench.arena, A_BLOCK);
    open_chain(&bench);
    struct tx signed_tx = bench.txs[0];
    figures_add(figures, &(struct figure){ .name = "exec-mint",
                                           .step = A_BLOCK,
                                           .counted_steps = 10,
                                           .work = { run_mints, &bench },
                                           .limit = "one recovery",
                                           .limit_work = { micro_run_recover, &signed_tx } });
    test_chain_fini(&bench.chain);
    mm_arena_fini(&bench.work);
    mm_arena_fini(&bench.arena);
}
