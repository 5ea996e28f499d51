/* Who gets in, who is ready, who replaces whom. */
#include <stdlib.h>

#include "tests/unit/node/pool/given.h"

static struct given g;

Test(pool, takes_a_sequence_and_has_it_ready)
{
    given_init(&g);
    for (uint64_t nonce = 0; nonce < 5; nonce++) {
        cr_assert_eq(pool_nonce(g.pool, &g.dev.addrs[0], 0), nonce);
        cr_assert(given_taken(&g, 0, nonce, 2000, 100));
        cr_assert_eq(pool_ready_count(g.pool), nonce + 1);
    }
    cr_assert_eq(pool_nonce(g.pool, &g.dev.addrs[1], 7), 7,
                 "nothing of this one: as the state says");
    given_fini(&g);
}

Test(pool, queues_what_stands_behind_a_gap_until_it_is_filled)
{
    given_init(&g);
    cr_assert_not(given_taken(&g, 0, 2, 2000, 100));
    cr_assert_not(given_taken(&g, 0, 3, 2000, 100));
    cr_assert(given_taken(&g, 0, 0, 2000, 100));
    cr_assert_eq(pool_ready_count(g.pool), 1);
    cr_assert_eq(pool_nonce(g.pool, &g.dev.addrs[0], 0), 1);
    cr_assert(given_taken(&g, 0, 1, 2000, 100));
    cr_assert_eq(pool_ready_count(g.pool), 4);
    cr_assert_eq(pool_nonce(g.pool, &g.dev.addrs[0], 0), 4);
    given_fini(&g);
}

Test(pool, refuses_a_nonce_more_than_64_above_the_missing_one)
{
    given_init(&g);
    cr_assert_not(given_taken(&g, 0, POOL_GAP_MAX, 2000, 100));
    cr_assert_eq(given_refused(&g, 0, POOL_GAP_MAX + 1, 2000, 100), SUBMIT_GAP);
    cr_assert(given_taken(&g, 0, 0, 2000, 100));
    cr_assert_not(given_taken(&g, 0, POOL_GAP_MAX + 1, 2000, 100));
    bool is_ready;
    const struct tx tx = given_tx(&g, 0, POOL_GAP_MAX + 2, 2000, 100);
    const struct submit_outcome outcome = given_add(&g, &tx, &is_ready);
    cr_assert_eq(outcome.verdict, SUBMIT_GAP);
    cr_assert_eq(outcome.have.limb[0], POOL_GAP_MAX + 2);
    cr_assert_eq(outcome.want.limb[0], 1);
    given_fini(&g);
}

Test(pool, refuses_by_the_state_of_the_head)
{
    given_init(&g);
    dev_chain_pay(&g.dev, 0, 1, 1);
    (void)dev_chain_block(&g.dev);
    bool is_ready;
    struct tx tx = given_tx(&g, 0, 0, 2000, 100);
    struct submit_outcome outcome = given_add(&g, &tx, &is_ready);
    cr_assert_eq(outcome.verdict, SUBMIT_TX);
    cr_assert_eq(outcome.tx, TX_NONCE_TOO_LOW);
    cr_assert_eq(outcome.want.limb[0], 1);
    tx = given_tx(&g, 0, 1, 2000, 100);
    tx.sender = DEV_COLLECTION;
    cr_assert_eq(given_add(&g, &tx, &is_ready).tx, TX_SENDER_HAS_CODE);
    tx.sender = (mm_addr){ { 9 } };
    outcome = given_add(&g, &tx, &is_ready);
    cr_assert_eq(outcome.tx, TX_NO_FUNDS);
    cr_assert_eq(outcome.want.limb[0], 0);
    tx.nonce = UINT64_MAX;
    cr_assert_eq(given_add(&g, &tx, &is_ready).tx, TX_NONCE_MAX);
    cr_assert_eq(pool_ready_count(g.pool), 0);
    given_fini(&g);
}

Test(pool, knows_what_it_has)
{
    given_init(&g);
    cr_assert(given_taken(&g, 0, 0, 2000, 100));
    cr_assert_eq(given_refused(&g, 0, 0, 2000, 100), SUBMIT_KNOWN);
    cr_assert_eq(pool_ready_count(g.pool), 1);
    given_fini(&g);
}

Test(pool, replaces_for_ten_percent_more_in_both_fees)
{
    given_init(&g);
    cr_assert(given_taken(&g, 0, 0, 2000, 100));
    cr_assert(given_taken(&g, 0, 1, 2000, 100));
    cr_assert_eq(given_refused(&g, 0, 0, 2199, 110), SUBMIT_UNDERPRICED);
    cr_assert_eq(given_refused(&g, 0, 0, 2200, 109), SUBMIT_UNDERPRICED);
    cr_assert_eq(given_refused(&g, 0, 0, 1000, 500), SUBMIT_UNDERPRICED);
    cr_assert(given_taken(&g, 0, 0, 2200, 110));
    cr_assert_eq(pool_ready_count(g.pool), 2);
    /* A queued one as well. */
    cr_assert_not(given_taken(&g, 0, 9, 2000, 100));
    cr_assert_eq(given_refused(&g, 0, 9, 2000, 110), SUBMIT_UNDERPRICED);
    cr_assert_not(given_taken(&g, 0, 9, 3000, 110));
    given_fini(&g);
}

Test(pool, does_not_replace_a_tip_of_zero_for_nothing)
{
    given_init(&g);
    cr_assert(given_taken(&g, 0, 0, 2000, 0));
    cr_assert_eq(given_refused(&g, 0, 0, 2500, 0), SUBMIT_UNDERPRICED);
    cr_assert(given_taken(&g, 0, 0, 2500, 1));
    given_fini(&g);
}

Test(pool, gives_copies_that_outlive_what_it_had)
{
    given_init(&g);
    struct mm_arena arena;
    struct tx found;
    const mm_hash32 slots[] = { { { 1 } }, { { 2 } } };
    const struct tx_access access[] = { { { { 7 } }, slots, 2 },
                                        { { { 8 } }, NULL, 0 },
                                        { { { 9 } }, slots, 1 } };
    struct tx tx = given_tx(&g, 0, 0, 2000, 100);
    mm_arena_init(&arena, 1 << 20);
    tx.access_list = access;
    tx.access_count = 3;
    cr_assert(tx_sign(&g.dev.arena, &tx, g.dev.people[0]));
    struct tx decoded;
    cr_assert_eq(tx_decode(&g.dev.arena, &decoded, tx.raw, NULL), TX_OK);
    decoded.sender = g.dev.addrs[0];
    bool is_ready;
    cr_assert_eq(given_add(&g, &decoded, &is_ready).verdict, SUBMIT_OK);
    cr_assert(pool_find(g.pool, &arena, &found, &decoded.hash));
    struct pool_batch batch = given_batch(&g, 1);
    batch.verdicts[0] = TX_OK;
    pool_finish(g.pool, &batch); /* the pool's own is gone */
    mm_arena_reset(&g.dev.arena);
    struct mm_buf again;
    mm_buf_init(&again, 1 << 16);
    tx_encode(&again, &found);
    cr_assert(mm_bytes_equal(mm_buf_bytes(&again), found.raw), "all its parts were copied");
    cr_assert(found.data.ptr >= found.raw.ptr && found.data.ptr < found.raw.ptr + found.raw.len);
    cr_assert_not(pool_find(g.pool, &arena, &found, &decoded.hash));
    mm_buf_fini(&again);
    mm_arena_fini(&arena);
    given_fini(&g);
}

Test(pool, is_full_at_its_bytes)
{
    given_init(&g);
    struct submit_outcome outcome = { .verdict = SUBMIT_OK };
    size_t bytes = 0;
    for (uint64_t i = 0; outcome.verdict == SUBMIT_OK && i < 3000; i++) {
        bool is_ready;
        const struct tx tx =
            given_large_tx(&g, i % DEV_PEOPLE, i / DEV_PEOPLE, MM_TX_BYTES_MAX - 200);
        outcome = given_add(&g, &tx, &is_ready);
        if (outcome.verdict == SUBMIT_OK)
            bytes += tx.raw.len;
        mm_arena_reset(&g.dev.arena);
    }
    cr_assert_eq(outcome.verdict, SUBMIT_POOL_FULL);
    cr_assert_leq(bytes, POOL_BYTES_MAX);
    cr_assert_gt(bytes, POOL_BYTES_MAX - (4 << 20), "it counts what a transaction takes in memory");
    /* A block's worth of them, by bytes, and there is room again. */
    struct pool_batch batch = given_batch(&g, 1);
    size_t in_batch = 0;
    for (size_t i = 0; i < batch.count; i++) {
        in_batch += pool_batch_tx(&batch, i)->raw.len;
        batch.verdicts[i] = TX_OK;
    }
    cr_assert_leq(in_batch, MM_BLOCK_BYTES_MAX);
    cr_assert_gt(in_batch, MM_BLOCK_BYTES_MAX - MM_TX_BYTES_MAX);
    pool_finish(g.pool, &batch);
    cr_assert(given_taken(&g, 0, 0 + pool_nonce(g.pool, &g.dev.addrs[0], 0), 2000, 1));
    given_fini(&g);
}

Test(pool, lists_all_by_sender_and_nonce_and_says_who_waits)
{
    given_init(&g);
    struct mm_arena arena;
    const struct tx *txs;
    const bool *is_queued;
    size_t count;
    mm_arena_init(&arena, 1 << 24);
    for (size_t from = 0; from < DEV_PEOPLE; from++) {
        (void)given_taken(&g, from, 5, 2000, 100);
        (void)given_taken(&g, from, 0, 2000, 100);
        (void)given_taken(&g, from, 1, 2000, 100);
    }
    cr_assert_eq(pool_list(g.pool, &arena, &txs, &is_queued, &count), MM_OK);
    cr_assert_eq(count, 3 * DEV_PEOPLE);
    for (size_t i = 0; i < count; i++) {
        static const uint64_t nonces[] = { 0, 1, 5 };
        cr_assert_eq(txs[i].nonce, nonces[i % 3]);
        cr_assert_eq(is_queued[i], i % 3 == 2);
        cr_assert(i < 3 || memcmp(txs[i - 3].sender.b, txs[i].sender.b, 20) < 0);
    }
    mm_arena_fini(&arena);
    given_fini(&g);
}

Test(pool, keeps_what_went_into_a_block_that_is_not_decided)
{
    const mm_u256 gwei = u256_from_u64(1000000000);
    given_init(&g);
    cr_assert(given_taken(&g, 0, 0, 2000, 1));
    cr_assert(given_taken(&g, 0, 1, 2000, 1));
    cr_assert(given_taken(&g, 1, 0, 2000, 1));
    struct pool_batch batch;
    cr_assert_eq(pool_take(g.pool, &batch, &gwei), MM_OK);
    cr_assert_eq(batch.count, 3);
    for (size_t i = 0; i < 2; i++)
        batch.verdicts[i] = TX_OK;
    batch.verdicts[2] = TX_NO_FUNDS;
    const mm_hash32 gone = pool_batch_tx(&batch, 2)->hash;
    mm_addr sender;
    pool_put_back(g.pool, &batch);
    cr_assert_eq(pool_ready_count(g.pool), 2);
    cr_assert_not(pool_find_sender(g.pool, &sender, &gone), "it can never be in one");
    cr_assert_eq(pool_take(g.pool, &batch, &gwei), MM_OK);
    cr_assert_eq(batch.count, 2, "the next block has them again");
    pool_put_back(g.pool, &batch);
    given_fini(&g);
}

Test(pool, says_whether_any_pays_the_base_fee)
{
    const mm_u256 one = u256_from_u64(1000000000);
    const mm_u256 three = u256_from_u64(3000000000);
    given_init(&g);
    cr_assert_not(pool_pays(g.pool, &one), "there is none");
    cr_assert_not(given_taken(&g, 0, 5, 9000, 1), "behind a gap");
    cr_assert_not(pool_pays(g.pool, &one));
    cr_assert(given_taken(&g, 1, 0, 2000, 1));
    cr_assert(pool_pays(g.pool, &one));
    cr_assert_not(pool_pays(g.pool, &three));
    given_fini(&g);
}

Test(pool, knows_senders_but_not_of_those_whom_dev_control_spoke_for)
{
    mm_addr sender;
    given_init(&g);
    const struct tx tx = given_tx(&g, 2, 0, 2000, 1);
    cr_assert_not(pool_find_sender(g.pool, &sender, &tx.hash));
    bool is_ready;
    cr_assert_eq(given_add(&g, &tx, &is_ready).verdict, SUBMIT_OK);
    cr_assert(pool_find_sender(g.pool, &sender, &tx.hash));
    cr_assert(mm_addr_equal(&sender, &g.dev.addrs[2]));
    struct tx spoken = given_tx(&g, 3, 0, 2000, 1);
    spoken.is_impersonated = true;
    cr_assert_eq(given_add(&g, &spoken, &is_ready).verdict, SUBMIT_OK);
    cr_assert_not(pool_find_sender(g.pool, &sender, &spoken.hash));
    given_fini(&g);
}
