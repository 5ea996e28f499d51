/* Snapshots over a real chain: what is there again, what is gone, and that both outlive the process. */
#include <criterion/criterion.h>

#include "node/import/chain_internal.h"
#include "state/crypto/keccak.h"
#include "tests/lib/dev_chain.h"

static struct dev_chain dev;
static const mm_addr STRANGER = { { 0xab } };
static const struct ledger_note NOTE = { "settings", MM_BYTES_LIT("s") };

static void blocks(size_t count)
{
    for (size_t i = 0; i < count; i++) {
        dev_chain_mint(&dev, i % DEV_PEOPLE, (i + 1) % DEV_PEOPLE);
        (void)dev_chain_block(&dev);
    }
}

static uint64_t balance(void)
{
    struct ledger_view *view = ledger_acquire(chain_ledger(dev.chain));
    struct ledger_state state;
    struct account account;
    const mm_hash32 key = keccak256(mm_bytes_addr(&STRANGER));
    ledger_state_init(&state, view, ledger_latest(view));
    const struct exec_view exec_view = ledger_exec_view(&state);
    const mm_err err = exec_view.account(exec_view.ctx, &account, &key);
    ledger_state_fini(&state);
    ledger_release(view);
    cr_assert(err == MM_OK || err == MM_ERR_NOT_FOUND);
    return err == MM_OK ? account.balance.limb[0] : 0;
}

static mm_hash32 head(uint64_t *number)
{
    struct ledger_view *view = ledger_acquire(chain_ledger(dev.chain));
    const mm_hash32 hash = *ledger_head_hash(view);
    *number = ledger_head(view);
    ledger_release(view);
    return hash;
}

static void take(uint64_t id, const char *extra)
{
    cr_assert_eq(chain_take_snapshot(dev.chain, id, mm_bytes_str(extra), &NOTE), MM_OK);
}

static void expect_extra(uint64_t id, const char *expected)
{
    struct mm_arena arena;
    mm_bytes extra;
    mm_arena_init(&arena, SIZE_MAX);
    const mm_err err = chain_read_snapshot(dev.chain, &arena, &extra, id);
    if (expected == NULL)
        cr_assert_eq(err, MM_ERR_NOT_FOUND);
    else
        cr_assert(err == MM_OK && mm_bytes_equal(extra, mm_bytes_str(expected)));
    mm_arena_fini(&arena);
}

static void revert(uint64_t id)
{
    cr_assert_eq(chain_revert(dev.chain, id, &NOTE), MM_OK);
    dev_chain_read_nonces(&dev);
}

static void goes_there_and_back(bool crashes, bool flushes)
{
    uint64_t number;
    dev_chain_init(&dev, DEV_ROCKSDB, 16);
    blocks(3);
    dev_chain_edit(&dev, EDIT_BALANCE, &STRANGER, 0, 5);
    const mm_hash32 first = head(&number);
    take(1, "one"); /* edits wait */
    dev_chain_edit(&dev, EDIT_BALANCE, &STRANGER, 0, 6);
    blocks(2);
    const mm_hash32 second = head(&number);
    take(2, "two");
    take(3, "three");
    blocks(1);
    dev_chain_edit(&dev, EDIT_BALANCE, &STRANGER, 0, 7);
    if (flushes)
        dev_chain_flush(&dev);
    if (crashes)
        dev_chain_come_back(&dev);
    cr_assert_eq(chain_snapshots(dev.chain)->count, 3);
    expect_extra(2, "two");
    revert(2);
    if (crashes)
        dev_chain_come_back(&dev);
    mm_hash32 now = head(&number);
    cr_assert(number == 5 && mm_hash_equal(&now, &second));
    cr_assert_eq(balance(), 6, "what waited above it is gone");
    expect_extra(3, NULL);
    expect_extra(2, NULL);
    expect_extra(1, "one");
    cr_assert_eq(chain_revert(dev.chain, 2, &NOTE), MM_ERR_NOT_FOUND);
    blocks(4);
    revert(1);
    if (crashes)
        dev_chain_come_back(&dev);
    now = head(&number);
    cr_assert(number == 3 && mm_hash_equal(&now, &first));
    cr_assert_eq(balance(), 5, "what waited then waits again");
    cr_assert_eq(chain_snapshots(dev.chain)->count, 0);
    blocks(1);
    cr_assert_eq(balance(), 5);
    cr_assert_eq(dev_chain_check(&dev, CHAIN_CHECK_REPLAY), 0);
    dev_chain_fini(&dev);
}

Test(snapshots, go_there_and_back)
{
    goes_there_and_back(false, false);
    goes_there_and_back(false, true);
    goes_there_and_back(true, false);
    goes_there_and_back(true, true);
}

/* Far outside the proof window, through restarts that execute and flush again. */
Test(snapshots, keep_what_going_back_needs_however_long_it_takes)
{
    uint64_t number;
    dev_chain_init(&dev, DEV_ROCKSDB, 16);
    blocks(10);
    const mm_hash32 then = head(&number);
    take(7, "");
    for (int i = 0; i < 8; i++) {
        blocks(70);
        if (i % 2 == 0)
            dev_chain_flush(&dev);
        dev_chain_come_back(&dev);
    }
    cr_assert_eq(dev_chain_check(&dev, CHAIN_CHECK_STATE), 0);
    revert(7);
    const mm_hash32 now = head(&number);
    cr_assert(number == 10 && mm_hash_equal(&now, &then));
    blocks(30);
    cr_assert_eq(dev_chain_check(&dev, CHAIN_CHECK_REPLAY), 0);
    dev_chain_fini(&dev);
}

Test(snapshots, end_with_a_reset)
{
    uint64_t number;
    mm_bytes value;
    struct mm_arena arena;
    mm_arena_init(&arena, SIZE_MAX);
    dev_chain_init(&dev, DEV_ROCKSDB, 16);
    const mm_hash32 genesis = head(&number);
    blocks(5);
    take(1, "one");
    blocks(3);
    dev_chain_flush(&dev);
    dev_chain_edit(&dev, EDIT_BALANCE, &STRANGER, 0, 7);
    struct ledger_view *old = ledger_acquire(chain_ledger(dev.chain));
    cr_assert_eq(chain_reset(dev.chain, &NOTE), MM_OK);
    dev_chain_read_nonces(&dev);
    struct header header;
    mm_hash32 hash;
    cr_assert_eq(ledger_header(old, &header, &hash, 4), MM_OK, "an old view keeps its chain");
    ledger_release(old);
    for (int i = 0; i < 2; i++) {
        const mm_hash32 now = head(&number);
        cr_assert(number == 0 && mm_hash_equal(&now, &genesis));
        cr_assert_eq(balance(), 0);
        cr_assert_eq(chain_snapshots(dev.chain)->count, 0);
        cr_assert_eq(ledger_note(chain_ledger(dev.chain), &arena, &value, "settings"), MM_OK);
        cr_assert(mm_bytes_equal(value, NOTE.value));
        dev_chain_come_back(&dev);
    }
    blocks(3);
    cr_assert_eq(dev_chain_check(&dev, CHAIN_CHECK_REPLAY), 0);
    mm_arena_fini(&arena);
    dev_chain_fini(&dev);
}

Test(snapshots, that_are_damaged_are_said_to_be)
{
    static const char *const bad[] = { "snapshot/00000000000000000001", "snapshot/x" };
    for (size_t i = 0; i < MM_COUNT_OF(bad); i++) {
        struct mm_reason reason = { "" };
        dev_chain_init(&dev, DEV_ROCKSDB, 16);
        take(1, "one");
        const struct ledger_note note = { bad[i], MM_BYTES_LIT("\xc0") };
        cr_assert_eq(ledger_set_notes(chain_ledger(dev.chain), &note, 1), MM_OK);
        dev_chain_crash(&dev);
        cr_assert_eq(dev_chain_open(&dev, &reason), MM_ERR_CORRUPT);
        cr_assert_not_null(strstr(reason.text, "snapshot"), "%s", reason.text);
        dev_chain_fini(&dev);
    }
}
