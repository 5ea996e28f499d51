/* What goes into a block and in which order, and what becomes of it. */
#include "tests/unit/node/pool/given.h"

static struct given g;

static void expect_order(struct pool_batch *batch, const size_t *from, const uint64_t *nonces,
                         size_t count)
{
    cr_assert_eq(batch->count, count);
    for (size_t i = 0; i < count; i++) {
        const struct tx *tx = pool_batch_tx(batch, i);
        cr_assert(mm_addr_equal(&tx->sender, &g.dev.addrs[from[i]]), "place %zu", i);
        cr_assert_eq(tx->nonce, nonces[i], "place %zu", i);
        cr_assert_eq(batch->verdicts[i], TX_BLOCK_GAS);
    }
}

#define EXPECT_ORDER(batch, ...)                                                                   \
    do {                                                                                           \
        const struct {                                                                             \
            size_t from;                                                                           \
            uint64_t nonce;                                                                        \
        } places_[] = { __VA_ARGS__ };                                                             \
        size_t from_[MM_COUNT_OF(places_)];                                                        \
        uint64_t nonces_[MM_COUNT_OF(places_)];                                                    \
        for (size_t i_ = 0; i_ < MM_COUNT_OF(places_); i_++) {                                     \
            from_[i_] = places_[i_].from;                                                          \
            nonces_[i_] = places_[i_].nonce;                                                       \
        }                                                                                          \
        expect_order(batch, from_, nonces_, MM_COUNT_OF(places_));                                 \
    } while (0)

static void finish_all(struct pool_batch *batch, enum tx_verdict verdict)
{
    for (size_t i = 0; i < batch->count; i++)
        batch->verdicts[i] = verdict;
    pool_finish(g.pool, batch);
}

Test(pool_blocks, take_the_best_tip_first_and_each_sender_in_order)
{
    given_init(&g);
    (void)given_taken(&g, 0, 0, 5000, 100);
    (void)given_taken(&g, 0, 1, 5000, 900); /* waits for its own first */
    (void)given_taken(&g, 1, 0, 5000, 300);
    (void)given_taken(&g, 2, 0, 5000, 300); /* the same tip, but later */
    (void)given_taken(&g, 3, 1, 5000, 999); /* behind a gap */
    struct pool_batch batch = given_batch(&g, 1000);
    EXPECT_ORDER(&batch, { 1, 0 }, { 2, 0 }, { 0, 0 }, { 0, 1 });
    finish_all(&batch, TX_OK);
    cr_assert_eq(pool_ready_count(g.pool), 0);
    given_fini(&g);
}

Test(pool_blocks, reckon_the_tip_by_the_base_fee)
{
    given_init(&g);
    (void)given_taken(&g, 0, 0, 1100, 500); /* 100 are left of it */
    (void)given_taken(&g, 1, 0, 5000, 200);
    struct pool_batch batch = given_batch(&g, 1000);
    EXPECT_ORDER(&batch, { 1, 0 }, { 0, 0 });
    finish_all(&batch, TX_BLOCK_GAS);
    batch = given_batch(&g, 500);
    EXPECT_ORDER(&batch, { 0, 0 }, { 1, 0 });
    finish_all(&batch, TX_BLOCK_GAS);
    given_fini(&g);
}

Test(pool_blocks, leave_out_who_does_not_pay_the_base_fee_and_all_behind)
{
    given_init(&g);
    (void)given_taken(&g, 0, 0, 2000, 1);
    (void)given_taken(&g, 0, 1, 999, 1);
    (void)given_taken(&g, 0, 2, 2000, 1);
    (void)given_taken(&g, 1, 0, 999, 1);
    cr_assert_eq(pool_ready_count(g.pool), 4, "ready they are: the base fee may fall");
    struct pool_batch batch = given_batch(&g, 1000);
    EXPECT_ORDER(&batch, { 0, 0 });
    finish_all(&batch, TX_OK);
    cr_assert_eq(pool_ready_count(g.pool), 3);
    given_fini(&g);
}

Test(pool_blocks, keep_what_did_not_fit_and_drop_what_never_will)
{
    given_init(&g);
    for (uint64_t nonce = 0; nonce < 4; nonce++)
        (void)given_taken(&g, 0, nonce, 2000, 100);
    (void)given_taken(&g, 1, 0, 2000, 50);
    struct pool_batch batch = given_batch(&g, 1000);
    batch.verdicts[0] = TX_OK;
    batch.verdicts[1] = TX_NO_FUNDS;
    batch.verdicts[2] = TX_NONCE_TOO_HIGH; /* because of that */
    batch.verdicts[3] = TX_NONCE_TOO_HIGH;
    batch.verdicts[4] = TX_BLOCK_GAS;
    pool_finish(g.pool, &batch);
    cr_assert_eq(pool_nonce(g.pool, &g.dev.addrs[0], 0), 1);
    cr_assert_eq(pool_ready_count(g.pool), 1, "the other sender's; two wait behind the gap");
    uint64_t ready = 0;
    uint64_t queued = 0;
    pool_counts(g.pool, &ready, &queued);
    cr_assert_eq(ready, 1);
    cr_assert_eq(queued, 2);
    (void)given_taken(&g, 0, 1, 2000, 100);
    cr_assert_eq(pool_ready_count(g.pool), 4);
    given_fini(&g);
}

Test(pool_blocks, in_work_keep_their_transactions_alive)
{
    given_init(&g);
    (void)given_taken(&g, 0, 0, 2000, 100);
    (void)given_taken(&g, 1, 0, 2000, 100);
    struct pool_batch batch = given_batch(&g, 1000);
    const mm_hash32 first = pool_batch_tx(&batch, 0)->hash;
    (void)given_taken(&g, 0, 0, 4000, 200); /* replaced while the block is made */
    cr_assert(mm_hash_equal(&pool_batch_tx(&batch, 0)->hash, &first));
    struct mm_buf again;
    mm_buf_init(&again, 1 << 16);
    tx_encode(&again, pool_batch_tx(&batch, 0));
    cr_assert(mm_bytes_equal(mm_buf_bytes(&again), pool_batch_tx(&batch, 0)->raw));
    mm_buf_fini(&again);
    /* The old one is in the block: its nonce is used, the new one can never be. */
    batch.verdicts[0] = TX_OK;
    batch.verdicts[1] = TX_OK;
    pool_finish(g.pool, &batch);
    cr_assert_eq(pool_ready_count(g.pool), 0);
    given_fini(&g);
}

Test(pool_blocks, that_refuse_a_replaced_one_do_not_drop_its_successor)
{
    given_init(&g);
    (void)given_taken(&g, 0, 0, 2000, 100);
    struct pool_batch batch = given_batch(&g, 1000);
    (void)given_taken(&g, 0, 0, 4000, 200);
    batch.verdicts[0] = TX_NO_FUNDS;
    pool_finish(g.pool, &batch);
    cr_assert_eq(pool_ready_count(g.pool), 1);
    batch = given_batch(&g, 1000);
    EXPECT_ORDER(&batch, { 0, 0 });
    finish_all(&batch, TX_OK);
    given_fini(&g);
}

Test(pool_blocks, that_took_the_last_one_forget_the_sender)
{
    given_init(&g);
    (void)given_taken(&g, 0, 0, 2000, 100);
    struct pool_batch batch = given_batch(&g, 1000);
    finish_all(&batch, TX_OK);
    /* The state still says 0 here, because no block was made: with nothing pooled that is what counts. */
    cr_assert_eq(pool_nonce(g.pool, &g.dev.addrs[0], 0), 0);
    (void)given_taken(&g, 0, 0, 2000, 100);
    given_fini(&g);
}

/* ---- nonces from outside ---- */

Test(pool_blocks, a_nonce_that_was_set_drops_what_is_below_it)
{
    given_init(&g);
    for (uint64_t nonce = 0; nonce < 5; nonce++)
        (void)given_taken(&g, 0, nonce, 2000, 100);
    pool_reset_nonce(g.pool, &g.dev.addrs[0], 3);
    cr_assert_eq(pool_ready_count(g.pool), 2);
    cr_assert_eq(pool_nonce(g.pool, &g.dev.addrs[0], 3), 5);
    pool_reset_nonce(g.pool, &g.dev.addrs[0], 9);
    cr_assert_eq(pool_ready_count(g.pool), 0);
    pool_reset_nonce(g.pool, &g.dev.addrs[1], 9); /* of nobody */
    given_fini(&g);
}

Test(pool_blocks, a_nonce_that_was_set_back_makes_a_gap)
{
    given_init(&g);
    pool_reset_nonce(g.pool, &g.dev.addrs[0], 0);
    dev_chain_edit(&g.dev, EDIT_NONCE, &g.dev.addrs[0], 0, 10);
    cr_assert(given_taken(&g, 0, 10, 2000, 100), "the pool reads what was set");
    dev_chain_edit(&g.dev, EDIT_NONCE, &g.dev.addrs[0], 0, 8);
    pool_reset_nonce(g.pool, &g.dev.addrs[0], 8);
    cr_assert_eq(pool_ready_count(g.pool), 0);
    (void)given_taken(&g, 0, 8, 2000, 100);
    (void)given_taken(&g, 0, 9, 2000, 100);
    cr_assert_eq(pool_ready_count(g.pool), 3);
    given_fini(&g);
}
