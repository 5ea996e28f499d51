/* State as of a block, wherever it is: in the tail, on its way to the disk, or behind a history record. */
#include "tests/unit/state/ledger/look.h"

enum { BLOCKS = 160 };

static struct look looks[BLOCKS + 1];

static struct ledger_view *view_of(const struct dev_chain *dev)
{
    return ledger_acquire(chain_ledger(dev->chain));
}

static void remember(const struct dev_chain *dev, uint64_t block_num)
{
    struct ledger_view *view = view_of(dev);
    cr_assert_eq(ledger_head(view), block_num);
    look_at(dev, view, &looks[block_num], block_num);
    ledger_release(view);
}

static void expect_remembered(const struct dev_chain *dev, struct ledger_view *view, uint64_t to)
{
    for (uint64_t block_num = 0; block_num <= to; block_num++) {
        struct look look;
        look_at(dev, view, &look, block_num);
        const char *differs = look_differs(&look, &looks[block_num]);
        cr_assert_null(differs, "block %llu of %llu: %s", (unsigned long long)block_num,
                       (unsigned long long)ledger_head(view), differs);
    }
}

static void run(enum dev_store store, uint64_t seed)
{
    static struct dev_chain dev;
    struct test_random random = { seed };
    dev_chain_init(&dev, store, 16);
    remember(&dev, 0);
    for (uint64_t i = 1; i <= BLOCKS; i++) {
        cr_assert_eq(dev_chain_random_block(&dev, &random), i);
        remember(&dev, i);
        struct ledger *ledger = chain_ledger(dev.chain);
        switch (test_random_below(&random, 8)) {
        case 0:
            (void)ledger_rotate(ledger); /* two tails for a while */
            break;
        case 1:
            cr_assert_eq(ledger_flush(ledger), MM_OK); /* the older of them, if there are two */
            break;
        case 2:
            dev_chain_flush(&dev);
            break;
        default:
            break;
        }
        if (i % 40 == 0) {
            struct ledger_view *view = view_of(&dev);
            expect_remembered(&dev, view, i);
            ledger_release(view);
        }
    }
    dev_chain_flush(&dev);
    struct ledger_view *view = view_of(&dev);
    expect_remembered(&dev, view, BLOCKS);
    ledger_release(view);
    dev_chain_fini(&dev);
}

Test(ledger_state, an_old_block_reads_as_it_did_when_it_was_the_head)
{
    run(DEV_MEMORY, 1);
}

Test(ledger_state, an_old_block_reads_the_same_from_disk)
{
    run(DEV_ROCKSDB, 2);
}

Test(ledger_state, a_view_does_not_change_while_blocks_and_flushes_go_on)
{
    enum { HELD = 24 };
    static struct dev_chain dev;
    struct ledger_view *held[HELD];
    struct test_random random = { 3 };
    dev_chain_init(&dev, DEV_ROCKSDB, 16);
    remember(&dev, 0);
    for (uint64_t i = 1; i <= HELD * 3; i++) {
        (void)dev_chain_random_block(&dev, &random);
        remember(&dev, i);
        if (i % 3 == 0)
            held[i / 3 - 1] = view_of(&dev);
        if (test_random_below(&random, 3) == 0)
            (void)ledger_rotate(chain_ledger(dev.chain));
        if (test_random_below(&random, 3) == 0)
            cr_assert_eq(ledger_flush(chain_ledger(dev.chain)), MM_OK);
    }
    for (size_t i = 0; i < HELD; i++) {
        cr_assert_eq(ledger_head(held[i]), 3 * (i + 1));
        expect_remembered(&dev, held[i], 3 * (i + 1));
        look_prove(&dev, held[i], 3 * (i + 1));
        look_prove(&dev, held[i], 3 * (i + 1) > 16 ? 3 * (i + 1) - 16 : 0);
        ledger_release(held[i]);
    }
    dev_chain_fini(&dev);
}

Test(ledger_state, a_rotated_tail_waits_for_the_one_before)
{
    static struct dev_chain dev;
    dev_chain_init(&dev, DEV_MEMORY, 16);
    struct ledger *ledger = chain_ledger(dev.chain);
    cr_assert_not(ledger_rotate(ledger), "nothing to flush");
    (void)dev_chain_block(&dev);
    cr_assert(ledger_rotate(ledger));
    cr_assert_not(ledger_rotate(ledger), "the new one is empty");
    (void)dev_chain_block(&dev);
    cr_assert_not(ledger_rotate(ledger), "the one before is not flushed");
    cr_assert_eq(ledger_flushed(ledger), 0);
    cr_assert_eq(ledger_flush(ledger), MM_OK);
    cr_assert_eq(ledger_flushed(ledger), 1);
    cr_assert(ledger_rotate(ledger));
    cr_assert_eq(ledger_flush(ledger), MM_OK);
    cr_assert_eq(ledger_flushed(ledger), 2);
    cr_assert_eq(ledger_flush(ledger), MM_OK, "nothing to do is not an error");
    dev_chain_fini(&dev);
}
