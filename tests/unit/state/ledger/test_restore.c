/* A ledger made of another's state: the same from there on, honest about what was before, and never half there. */
#include "node/import/chain_internal.h"
#include "state/crypto/keccak.h"
#include "state/ledger/restore.h"
#include "tests/unit/state/ledger/look.h"

enum { BLOCKS = 60, BEGINS = 40 };

static struct dev_chain dev, late;
static struct look looks[BLOCKS + 1];

/* A chain with changes of all kinds; what each block left behind is remembered. */
static void make_chain(void)
{
    struct test_random random = { 17 };
    dev_chain_init(&dev, DEV_MEMORY, 256);
    for (uint64_t i = 1; i <= BLOCKS; i++) {
        (void)dev_chain_random_block(&dev, &random);
        struct ledger_view *view = ledger_acquire(chain_ledger(dev.chain));
        look_at(&dev, view, &looks[i], i);
        ledger_release(view);
    }
    dev_chain_flush(&dev);
}

/* An empty folder with the genesis of the chain, and no chain yet. */
static void make_late(void)
{
    dev_chain_init(&late, DEV_ROCKSDB, 256);
    dev_chain_close(&late);
    folder_remove(late.path);
}

static struct ledger *open_empty(void)
{
    struct ledger *ledger;
    late.kv = dev_chain_open_store(&late);
    cr_assert_eq(
        ledger_open(&ledger, late.kv, &(struct ledger_options){ .proof_window = 256 }, NULL),
        MM_OK);
    cr_assert(ledger_is_empty(ledger));
    return ledger;
}

static void hand_over_headers(struct ledger_restore *restore, uint64_t first, uint64_t last)
{
    struct mm_arena arena;
    struct validator_set before = { .count = 0 };
    struct ledger_view *view = ledger_acquire(chain_ledger(dev.chain));
    mm_arena_init(&arena, 1 << 20);
    for (uint64_t i = first; i <= last; i++)
        cr_assert_eq(chain_restore_header_of(restore, &arena, view, &before, i), MM_OK);
    mm_arena_fini(&arena);
    ledger_release(view);
}

static void hand_over_state(struct ledger_restore *restore, uint64_t block_num)
{
    struct ledger_view *view = ledger_acquire(chain_ledger(dev.chain));
    cr_assert_eq(ledger_restore_state_of(restore, view, block_num), MM_OK);
    ledger_release(view);
}

static void restore_at(uint64_t block_num)
{
    struct ledger_restore *restore;
    struct ledger *ledger = open_empty();
    struct mm_reason reason = { "" };
    cr_assert_eq(ledger_restore_new(&restore, ledger), MM_OK);
    hand_over_headers(restore, 0, block_num);
    hand_over_state(restore, block_num);
    cr_assert_eq(ledger_restore_finish(restore, 31337, &reason), MM_OK, "%s", reason.text);
    ledger_restore_free(restore);
    cr_assert_eq(ledger_begins(ledger), block_num);
    cr_assert_eq(ledger_flushed(ledger), block_num);
    ledger_close(ledger);
    cr_assert_eq(dev_chain_open(&late, &reason), MM_OK, "%s", reason.text);
}

/* The blocks after the head, executed. */
static void go_on(uint64_t to)
{
    struct mm_arena arena;
    mm_arena_init(&arena, SIZE_MAX);
    for (uint64_t i = ledger_stored(chain_ledger(late.chain)) + 1; i <= to; i++) {
        struct block block;
        struct certificate certificate;
        mm_bytes edits;
        struct mm_reason reason = { "" };
        mm_arena_reset(&arena);
        cr_assert_eq(
            ledger_stored_block(chain_ledger(dev.chain), &arena, &block, &certificate, &edits, i),
            MM_OK);
        cr_assert_eq(chain_replay_block(chain_ledger(late.chain), chain_natives(late.chain), &arena,
                                        &block, &certificate, edits, &reason),
                     MM_OK, "%s", reason.text);
    }
    mm_arena_fini(&arena);
}

static void check_same(uint64_t from, uint64_t to)
{
    struct ledger_view *view = ledger_acquire(chain_ledger(late.chain));
    cr_assert_eq(ledger_head(view), to);
    for (uint64_t i = from; i <= to; i++) {
        struct look look;
        look_at(&late, view, &look, i);
        cr_assert_null(look_differs(&look, &looks[i]), "block %llu", (unsigned long long)i);
        look_prove(&late, view, i);
    }
    ledger_release(view);
}

static void end(void)
{
    dev_chain_fini(&late);
    dev_chain_fini(&dev);
}

Test(ledger_restore, goes_on_as_if_it_had_executed_all_of_it)
{
    make_chain();
    make_late();
    restore_at(BEGINS);
    check_same(BEGINS, BEGINS);
    go_on(BLOCKS);
    check_same(BEGINS, BLOCKS);
    dev_chain_come_back(&late); /* what was not flushed is executed again */
    cr_assert_eq(late.opened.replayed, BLOCKS - BEGINS);
    check_same(BEGINS, BLOCKS);
    dev_chain_close(&late);
    struct mm_reason reason;
    cr_assert_eq(dev_chain_open(&late, &reason), MM_OK);
    check_same(BEGINS, BLOCKS);
    cr_assert_eq(dev_chain_check(&late, CHAIN_CHECK_REPLAY), 0);
    end();
}

Test(ledger_restore, says_what_is_not_there)
{
    make_chain();
    make_late();
    restore_at(BEGINS);
    go_on(BLOCKS);
    struct ledger_view *view = ledger_acquire(chain_ledger(late.chain));
    struct ledger_view *whole = ledger_acquire(chain_ledger(dev.chain));
    struct mm_arena arena;
    size_t pruned = 0;
    mm_arena_init(&arena, SIZE_MAX);
    for (uint64_t i = 1; i <= BLOCKS; i++) {
        struct header header, theirs;
        mm_hash32 hash, their_hash;
        struct block block;
        struct certificate certificate;
        struct validator_set set, their_set;
        const struct ledger_tx *txs;
        mm_bytes edits;
        size_t count;
        uint64_t found;
        cr_assert_eq(ledger_header(view, &header, &hash, i), MM_OK);
        cr_assert_eq(ledger_header(whole, &theirs, &their_hash, i), MM_OK);
        cr_assert(mm_hash_equal(&hash, &their_hash));
        cr_assert_eq(ledger_certificate(view, &certificate, i), MM_OK);
        cr_assert_eq(ledger_find_block(view, &found, &hash), MM_OK);
        cr_assert_eq(found, i);
        cr_assert_eq(chain_validators_at(view, &set, i), MM_OK);
        cr_assert_eq(chain_validators_at(whole, &their_set, i), MM_OK);
        cr_assert_eq(set.count, their_set.count);
        const bool is_pruned = ledger_is_pruned(chain_ledger(late.chain), &header);
        cr_assert(!is_pruned || i <= BEGINS);
        pruned += is_pruned;
        const mm_err expected = is_pruned ? MM_ERR_PRUNED : MM_OK;
        cr_assert_eq(ledger_tx_count(view, &count, i), expected);
        cr_assert_eq(ledger_txs(view, &arena, &txs, i, 0, 0), expected);
        cr_assert_eq(
            ledger_stored_block(chain_ledger(late.chain), &arena, &block, &certificate, &edits, i),
            expected);
    }
    cr_assert_gt(pruned, BEGINS / 2);
    struct ledger_state state;
    struct account account;
    ledger_state_init(&state, view, BEGINS - 1);
    const struct exec_view exec_view = ledger_exec_view(&state);
    const mm_hash32 key = look_account_key(&late, 0);
    cr_assert_eq(exec_view.account(exec_view.ctx, &account, &key), MM_ERR_PRUNED);
    ledger_state_fini(&state);
    mm_arena_fini(&arena);
    ledger_release(view);
    ledger_release(whole);
    end();
}

Test(ledger_restore, an_end_before_the_end_leaves_an_empty_ledger)
{
    make_chain();
    make_late();
    for (int step = 0; step < 4; step++) {
        struct ledger_restore *restore;
        struct ledger *ledger = open_empty();
        cr_assert_eq(ledger_was_half_restored(ledger), step > 0);
        cr_assert_eq(ledger_restore_new(&restore, ledger), MM_OK);
        if (step > 0)
            hand_over_headers(restore, 0, BEGINS);
        if (step > 1)
            hand_over_state(restore, BEGINS);
        if (step > 2) { /* all but the last write */
            cr_assert_eq(
                ledger_restore_account(restore, &(mm_hash32){ { 1 } }, MM_BYTES_LIT("\xc0")),
                MM_ERR_INVALID);
        }
        ledger_restore_free(restore);
        ledger_close(ledger);
    }
    /* A chain from genesis over it has nothing of it. */
    struct mm_reason reason = { "" };
    cr_assert_eq(dev_chain_open(&late, &reason), MM_OK, "%s", reason.text);
    cr_assert(late.opened.is_new);
    cr_assert_eq(ledger_begins(chain_ledger(late.chain)), 0);
    cr_assert_eq(dev_chain_check(&late, CHAIN_CHECK_REPLAY), 0);
    end();
}

/* Each thing that can be missing or wrong. */
Test(ledger_restore, refuses_a_state_that_is_not_the_headers)
{
    make_chain();
    make_late();
    for (int fault = 0; fault < 5; fault++) {
        struct ledger_restore *restore;
        struct ledger *ledger = open_empty();
        struct mm_reason reason = { "" };
        const mm_hash32 collection = keccak256(mm_bytes_addr(&DEV_COLLECTION));
        const mm_hash32 nobody = { { 0x77 } };
        const struct account empty = account_none();
        struct mm_buf encoded;
        mm_buf_init(&encoded, 256);
        account_encode(&encoded, &empty);
        cr_assert_eq(ledger_restore_new(&restore, ledger), MM_OK);
        hand_over_headers(restore, 0, BEGINS);
        hand_over_state(restore, fault == 0 ? BEGINS - 1 : BEGINS);
        if (fault == 1) /* a slot more */
            cr_assert_eq(ledger_restore_slot(restore, &collection, &nobody, MM_BYTES_LIT("\x07")),
                         MM_OK);
        if (fault == 2) /* a slot of nobody */
            cr_assert_eq(ledger_restore_slot(restore, &nobody, &nobody, MM_BYTES_LIT("\x07")),
                         MM_OK);
        if (fault == 3) /* an account more */
            cr_assert_eq(ledger_restore_account(restore, &nobody, mm_buf_bytes(&encoded)), MM_OK);
        if (fault == 4) { /* nothing at all */
            cr_assert_eq(ledger_restore_drop_state(restore), MM_OK);
        }
        cr_assert_eq(ledger_restore_finish(restore, 31337, &reason), MM_ERR_CORRUPT, "%d", fault);
        cr_assert_neq(reason.text[0], '\0');
        cr_assert(ledger_is_empty(ledger));
        mm_buf_fini(&encoded);
        ledger_restore_free(restore);
        ledger_close(ledger);
    }
    restore_at(BEGINS); /* and after all that, the right one */
    check_same(BEGINS, BEGINS);
    end();
}

Test(ledger_restore, moves_on_to_a_later_block)
{
    make_chain();
    make_late();
    struct ledger_restore *restore;
    struct ledger *ledger = open_empty();
    struct mm_reason reason = { "" };
    cr_assert_eq(ledger_restore_new(&restore, ledger), MM_OK);
    hand_over_headers(restore, 0, BEGINS / 2);
    hand_over_state(restore, BEGINS / 2);
    cr_assert_eq(ledger_restore_drop_state(restore), MM_OK);
    hand_over_headers(restore, BEGINS / 2 + 1, BEGINS);
    hand_over_state(restore, BEGINS);
    cr_assert_eq(ledger_restore_finish(restore, 31337, &reason), MM_OK, "%s", reason.text);
    ledger_restore_free(restore);
    ledger_close(ledger);
    cr_assert_eq(dev_chain_open(&late, &reason), MM_OK, "%s", reason.text);
    go_on(BLOCKS);
    check_same(BEGINS, BLOCKS);
    end();
}
