/* RLP where it is used most: a transaction from outside, which is hashed as well, and a block body of 200 mints. */
#include "state/base/assert.h"
#include "state/chain/block.h"
#include "state/crypto/keccak.h"
#include "tests/bench/micro/micro.h"
#include "tests/bench/micro/micro_tx.h"

enum { BODY_TXS = 200, BODY_BYTES_MAX = 1 << 20 };

struct rlp_bench {
    struct mm_arena arena; /* of what is there all the time */
    struct mm_arena work;
    struct tx *txs;
    struct mm_buf body;
};

static void run_decode(void *ctx, size_t ops)
{
    struct rlp_bench *bench = ctx;
    struct tx tx;
    for (size_t i = 0; i < ops; i++) {
        mm_arena_reset(&bench->work);
        MM_ASSERT(tx_decode(&bench->work, &tx, bench->txs[0].raw, NULL) == TX_OK);
    }
}

static void run_hash(void *ctx, size_t ops)
{
    const struct rlp_bench *bench = ctx;
    for (size_t i = 0; i < ops; i++) {
        const mm_hash32 hash = keccak256(bench->txs[0].raw);
        micro_keep(&hash);
    }
}

static void run_encode(void *ctx, size_t ops)
{
    static const struct header header = { .field_count = HEADER_FIELDS_CANCUN };
    struct rlp_bench *bench = ctx;
    for (size_t i = 0; i < ops; i++) {
        mm_buf_reset(&bench->body);
        block_encode(&bench->body, &header, bench->txs, BODY_TXS);
        MM_ASSERT(mm_buf_err(&bench->body) == MM_OK);
    }
}

void micro_rlp(struct figures *figures)
{
    static uint8_t copied[BODY_BYTES_MAX];
    static struct rlp_bench bench;
    if (!figures_want(figures, "rlp"))
        return;
    mm_arena_init(&bench.arena, SIZE_MAX);
    mm_arena_init(&bench.work, SIZE_MAX);
    mm_buf_init(&bench.body, BODY_BYTES_MAX);
    bench.txs = micro_sign(&bench.arena, BODY_TXS);
    figures_add(figures, &(struct figure){ .name = "rlp-decode-tx",
                                           .counted_steps = 1000,
                                           .work = { run_decode, &bench },
                                           .limit = "its hash",
                                           .limit_work = { run_hash, &bench } });
    run_encode(&bench, 1);
    struct micro_copy copy = { mm_buf_bytes(&bench.body), copied };
    figures_add(figures, &(struct figure){ .name = "rlp-encode-body-200",
                                           .counted_steps = 200,
                                           .work = { run_encode, &bench },
                                           .limit = "copying it",
                                           .limit_work = { micro_run_copy, &copy } });
    mm_buf_fini(&bench.body);
    mm_arena_fini(&bench.work);
    mm_arena_fini(&bench.arena);
}
