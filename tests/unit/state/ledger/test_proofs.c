/* Proofs at the head and at old blocks, as far as the window goes. */
#include "state/base/endian.h"
#include "state/ledger/ledger_internal.h"
#include "tests/unit/state/ledger/look.h"

static mm_err try_proof(const struct dev_chain *dev, uint64_t block_num)
{
    struct ledger_view *view = ledger_acquire(chain_ledger(dev->chain));
    struct mm_arena arena;
    struct ledger_state state;
    struct trie_proof proof;
    struct header header;
    mm_hash32 hash;
    const mm_hash32 key = look_account_key(dev, 0);
    mm_arena_init(&arena, SIZE_MAX);
    cr_assert_eq(ledger_header(view, &header, &hash, block_num), MM_OK);
    ledger_state_init(&state, view, block_num);
    const mm_err err = ledger_prove_account(&state, &arena, &proof, &header.state_root, &key);
    ledger_state_fini(&state);
    mm_arena_fini(&arena);
    ledger_release(view);
    return err;
}

static void expect_proofs(const struct dev_chain *dev, uint64_t from, uint64_t to)
{
    struct ledger_view *view = ledger_acquire(chain_ledger(dev->chain));
    for (uint64_t block_num = from; block_num <= to; block_num++)
        look_prove(dev, view, block_num);
    ledger_release(view);
}

static void run(enum dev_store store, uint64_t seed)
{
    enum { WINDOW = 8 };
    static struct dev_chain dev;
    struct test_random random = { seed };
    dev_chain_init(&dev, store, WINDOW);
    expect_proofs(&dev, 0, 0);
    for (uint64_t i = 1; i <= 60; i++) {
        (void)dev_chain_random_block(&dev, &random);
        const uint64_t first = i > WINDOW ? i - WINDOW : 0;
        const uint64_t kind = test_random_below(&random, 6);
        if (kind == 0)
            (void)ledger_rotate(chain_ledger(dev.chain));
        if (kind == 1)
            cr_assert_eq(ledger_flush(chain_ledger(dev.chain)), MM_OK);
        if (kind == 2)
            dev_chain_flush(&dev);
        if (i % 4 == 0)
            expect_proofs(&dev, first, i);
        if (first > 0)
            cr_assert_eq(try_proof(&dev, first - 1), MM_ERR_LIMIT);
    }
    dev_chain_flush(&dev);
    expect_proofs(&dev, 60 - WINDOW, 60);
    dev_chain_fini(&dev);
}

Test(ledger_proofs, verify_within_the_window_and_stop_before_it)
{
    run(DEV_MEMORY, 11);
    run(DEV_ROCKSDB, 12);
}

Test(ledger_proofs, a_window_of_zero_proves_the_head_alone)
{
    static struct dev_chain dev;
    struct test_random random = { 13 };
    dev_chain_init(&dev, DEV_MEMORY, 0);
    for (uint64_t i = 1; i <= 12; i++) {
        (void)dev_chain_random_block(&dev, &random);
        if (i % 3 == 0)
            dev_chain_flush(&dev);
        expect_proofs(&dev, i, i);
        cr_assert_eq(try_proof(&dev, i - 1), MM_ERR_LIMIT);
    }
    dev_chain_fini(&dev);
}

Test(ledger_proofs, an_endless_window_proves_every_block)
{
    static struct dev_chain dev;
    struct test_random random = { 14 };
    dev_chain_init(&dev, DEV_MEMORY, UINT64_MAX);
    for (uint64_t i = 1; i <= 40; i++) {
        (void)dev_chain_random_block(&dev, &random);
        if (i % 5 == 0)
            dev_chain_flush(&dev);
    }
    expect_proofs(&dev, 0, 40);
    dev_chain_fini(&dev);
}

/* The epoch of the first row of trie history; UINT64_MAX when there is none. */
static uint64_t first_epoch(struct dev_chain *dev)
{
    struct kv_iter *iter = kv_iter_new(dev->kv, NULL, LEDGER_HISTORY);
    kv_iter_seek(iter, MM_BYTES_LIT("e"));
    uint64_t epoch = UINT64_MAX;
    if (kv_iter_valid(iter) && kv_iter_key(iter).ptr[0] == 'e')
        epoch = mm_get_be64(kv_iter_key(iter).ptr + 1);
    kv_iter_free(iter);
    return epoch;
}

Test(ledger_proofs, epochs_go_when_the_window_has_passed_all_of_them)
{
    enum { WINDOW = 300 };
    static struct dev_chain dev;
    dev_chain_init(&dev, DEV_MEMORY, WINDOW);
    for (uint64_t i = 1; i <= 1100; i++) {
        if (i % 7 == 0)
            dev_chain_mint(&dev, 0, i % DEV_PEOPLE);
        else
            dev_chain_pay(&dev, i % DEV_PEOPLE, (i + 1) % DEV_PEOPLE, i);
        (void)dev_chain_block(&dev);
        /* Now and then right where the window or the head leaves an epoch. */
        const uint64_t oldest = i > WINDOW ? i - WINDOW : 0;
        if (i % 50 != 0 && (i + 2) % EPOCH_BLOCKS > 4 && (oldest + 2) % EPOCH_BLOCKS > 4)
            continue;
        dev_chain_flush(&dev);
        cr_assert_eq(first_epoch(&dev), (oldest + 1) / EPOCH_BLOCKS, "at block %llu",
                     (unsigned long long)i);
        expect_proofs(&dev, oldest, oldest);
        expect_proofs(&dev, i - i % EPOCH_BLOCKS, i - i % EPOCH_BLOCKS);
        if (oldest > 0)
            cr_assert_eq(try_proof(&dev, oldest - 1), MM_ERR_LIMIT);
    }
    dev_chain_fini(&dev);
}

Test(ledger_proofs, a_wider_window_does_not_bring_back_what_a_narrow_one_left_out)
{
    static struct dev_chain dev;
    struct test_random random = { 15 };
    dev_chain_init(&dev, DEV_ROCKSDB, 4);
    for (uint64_t i = 1; i <= 20; i++)
        (void)dev_chain_random_block(&dev, &random);
    dev_chain_close(&dev);
    dev.proof_window = 1000;
    struct mm_reason reason;
    cr_assert_eq(dev_chain_open(&dev, &reason), MM_OK);
    for (uint64_t i = 21; i <= 30; i++)
        (void)dev_chain_random_block(&dev, &random);
    cr_assert_eq(try_proof(&dev, 15), MM_ERR_LIMIT);
    expect_proofs(&dev, 16, 30);
    dev_chain_flush(&dev);
    cr_assert_eq(try_proof(&dev, 15), MM_ERR_LIMIT);
    expect_proofs(&dev, 16, 30);
    dev_chain_fini(&dev);
}

Test(ledger_proofs, a_narrower_window_drops_what_a_wide_one_kept)
{
    static struct dev_chain dev;
    struct test_random random = { 16 };
    dev_chain_init(&dev, DEV_ROCKSDB, 1000);
    for (uint64_t i = 1; i <= 300; i++)
        (void)(i % 10 == 0 ? dev_chain_random_block(&dev, &random) : dev_chain_block(&dev));
    expect_proofs(&dev, 0, 3);
    dev_chain_close(&dev);
    dev.proof_window = 3;
    struct mm_reason reason;
    cr_assert_eq(dev_chain_open(&dev, &reason), MM_OK);
    (void)dev_chain_random_block(&dev, &random);
    dev_chain_flush(&dev);
    cr_assert_eq(try_proof(&dev, 297), MM_ERR_LIMIT);
    expect_proofs(&dev, 298, 301);
    cr_assert_eq(first_epoch(&dev), 1);
    dev_chain_fini(&dev);
}

/* Each flush has several versions of a node, and more nodes than the cache holds: the newest are the first that it loses. */
Test(ledger_proofs, hold_with_a_cache_that_is_smaller_than_a_flush)
{
    enum { BLOCKS = 24, MINTS = 40 };
    static struct dev_chain dev;
    dev_chain_init(&dev, DEV_MEMORY, UINT64_MAX);
    dev.nodes_bytes_max = 64 << 10;
    dev_chain_come_back(&dev);
    for (uint64_t i = 1; i <= BLOCKS; i++) {
        for (size_t j = 0; j < MINTS; j++)
            dev_chain_mint(&dev, j % DEV_PEOPLE, j % DEV_PEOPLE);
        (void)dev_chain_block(&dev);
        if (i % 6 == 0)
            dev_chain_flush(&dev);
    }
    expect_proofs(&dev, 0, BLOCKS);
    dev_chain_fini(&dev);
}
