/* The writer over a store whose disk fails: what waits for a block that there is not must not be told that it is there. */
#include <criterion/criterion.h>
#include <stdatomic.h>
#include <time.h>

#include "node/log/log.h"
#include "node/writer/writer.h"
#include "state/store/kv_internal.h"
#include "tests/lib/dev_chain.h"
#include "tests/lib/garbage.h"

static struct dev_chain dev;
static struct kv_ops broken;
static atomic_int failed;
static atomic_int called;

static mm_err no_space(struct kv *kv, const struct kv_batch *batch, enum kv_durability durability)
{
    (void)kv, (void)batch, (void)durability;
    return MM_ERR_NO_SPACE;
}

static void note_failure(void *ctx, mm_err err)
{
    (void)ctx;
    atomic_store(&failed, (int)err);
}

static void note_call(void *arg)
{
    (void)arg;
    atomic_fetch_add(&called, 1);
}

static struct writer *start(struct pool **pool)
{
    struct writer *writer = NULL;
    log_init(NODE_LOG_TEXT, true);
    *pool = pool_new(chain_ledger(dev.chain));
    cr_assert_not_null(*pool);
    const struct writer_options options = { .chain = dev.chain,
                                            .pool = *pool,
                                            .failed = note_failure };
    cr_assert_eq(writer_start(&writer, &options), MM_OK);
    return writer;
}

static uint64_t mine_one(struct writer *writer)
{
    const struct control mine = { .kind = CONTROL_MINE, .count = 1 };
    struct mm_reason reason = { "" };
    uint64_t ticket = 0;
    cr_assert_eq(writer_control(writer, &mine, &ticket, &reason), MM_OK);
    cr_assert_neq(ticket, 0);
    return ticket;
}

static void wait_for(atomic_int *what)
{
    for (int i = 0; i < 10000 && atomic_load(what) == 0; i++)
        (void)nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
    cr_assert_neq(atomic_load(what), 0);
}

Test(writer, settles_a_ticket_whose_turn_is_over)
{
    struct pool *pool = NULL;
    dev_chain_init(&dev, DEV_MEMORY, 16);
    struct writer *writer = start(&pool);
    const uint64_t ticket = mine_one(writer);
    if (!writer_settle(writer, ticket, note_call, NULL))
        wait_for(&called);
    cr_assert(writer_settle(writer, ticket, note_call, NULL));
    cr_assert(writer_settle(writer, 0, note_call, NULL));
    writer_stop(writer);
    cr_assert_eq(atomic_load(&failed), MM_OK);
    cr_assert_leq(atomic_load(&called), 1);
    pool_free(pool);
    dev_chain_fini(&dev);
}

Test(writer, settles_nothing_after_its_disk_failed)
{
    struct pool *pool = NULL;
    dev_chain_init(&dev, DEV_MEMORY, 16);
    broken = *dev.kv->ops;
    broken.write = no_space;
    dev.kv->ops = &broken;
    struct writer *writer = start(&pool);
    const uint64_t ticket = mine_one(writer);
    wait_for(&failed);
    cr_assert_eq(atomic_load(&failed), MM_ERR_NO_SPACE);
    /* The turn never ended, and one that comes later never begins. */
    cr_assert_not(writer_settle(writer, ticket, note_call, NULL));
    cr_assert_not(writer_settle(writer, writer_wake(writer), note_call, NULL));
    cr_assert_eq(atomic_load(&called), 0);
    writer_stop(writer);
    cr_assert_eq(atomic_load(&called), 2);
    pool_free(pool);
    dev_chain_fini(&dev);
}

/* The set is no longer the node's own validator alone: it goes on answering, and makes no block. */
Test(writer, makes_no_block_that_others_would_have_to_seal)
{
    struct pool *pool = NULL;
    dev_chain_init_council(&dev, DEV_MEMORY, 2, 0);
    struct writer *writer = start(&pool);
    if (!writer_settle(writer, mine_one(writer), note_call, NULL))
        wait_for(&called);
    writer_stop(writer);
    cr_assert_eq(atomic_load(&failed), MM_OK);
    struct ledger_view *view = ledger_acquire(chain_ledger(dev.chain));
    cr_assert_eq(ledger_head(view), 0);
    ledger_release(view);
    pool_free(pool);
    dev_chain_fini(&dev);
}

/* The set that seals stands there: with another one the folder could not be opened again. */
Test(writer, refuses_edits_of_the_validators_storage)
{
    static const mm_addr addr = { { 0x6d, 0x69, 0x6e, 0x74, 0x6d, 0x61, 0x72, 0x6b, 0,    0,
                                    0,    0,    0,    0,    0,    0,    0,    0,    0x0b, 0xf7 } };
    struct pool *pool = NULL;
    dev_chain_init(&dev, DEV_ROCKSDB, 16);
    struct writer *writer = start(&pool);
    const struct edit edits[] = {
        { .kind = EDIT_BALANCE, .addr = addr, .value = u256_from_u64(1) },
        { .kind = EDIT_SLOT, .addr = addr },
    };
    struct control edit = { .kind = CONTROL_EDIT, .edits = edits, .edit_count = 2 };
    struct mm_reason reason = { "" };
    uint64_t ticket = 0;
    const mm_err err = writer_control(writer, &edit, &ticket, &reason);
    cr_expect_eq(err, MM_ERR_INVALID);
    cr_expect_not_null(strstr(reason.text, "validators"));
    cr_expect_eq(ticket, 0);
    edit.edit_count = 1;
    cr_expect_eq(writer_control(writer, &edit, &ticket, &reason), MM_OK);
    (void)mine_one(writer);
    writer_stop(writer);
    pool_free(pool);
    dev_chain_come_back(&dev);
    dev_chain_fini(&dev);
}

/* Readers leave it behind while nothing is written, so one quiet moment after a block is not enough. */
Test(writer, gives_free_memory_back_as_often_as_it_is_quiet)
{
    enum { BYTES = 8 << 20, WAIT_MS = 20000 };
    struct pool *pool = NULL;
    if (!GARBAGE_IS_LEFT)
        cr_skip_test("another allocator than glibc's");
    mm_heap_set_apart(2 * (size_t)BYTES);
    dev_chain_init(&dev, DEV_MEMORY, 16);
    struct writer *writer = start(&pool);
    for (int round = 0; round < 2; round++) {
        const struct garbage garbage = garbage_leave(BYTES);
        for (int ms = 0; ms < WAIT_MS && garbage_is_resident(&garbage); ms += 10)
            (void)nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
        cr_assert_not(garbage_is_resident(&garbage));
    }
    writer_stop(writer);
    pool_free(pool);
    dev_chain_fini(&dev);
}
