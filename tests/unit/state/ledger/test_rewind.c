/* Going back: the chain is then what it was at that block, for everyone but those who hold a view of the old one. */
#include "state/crypto/keccak.h"
#include "state/ledger/ledger_internal.h"
#include "state/store/kv_internal.h"
#include "tests/unit/state/ledger/look.h"

enum { BLOCKS = 120, WINDOW = 16 };

static struct dev_chain dev;
static struct look looks[BLOCKS + 1]; /* of the chain as it is */
static mm_hash32 hashes[BLOCKS + 1];

static struct ledger_view *view_now(void)
{
    return ledger_acquire(chain_ledger(dev.chain));
}

static void given(enum dev_store store)
{
    dev_chain_init(&dev, store, WINDOW);
    struct ledger_view *view = view_now();
    look_at(&dev, view, &looks[0], 0);
    hashes[0] = *ledger_head_hash(view);
    ledger_release(view);
}

static uint64_t add_block(struct test_random *random)
{
    const uint64_t block_num = dev_chain_random_block(&dev, random);
    struct ledger_view *view = view_now();
    look_at(&dev, view, &looks[block_num], block_num);
    hashes[block_num] = *ledger_head_hash(view);
    ledger_release(view);
    return block_num;
}

static void expect_chain(struct ledger_view *view, const struct look *expected,
                         const mm_hash32 *names, uint64_t head)
{
    cr_assert_eq(ledger_head(view), head);
    for (uint64_t i = 0; i <= head; i++) {
        struct look look;
        struct header header;
        mm_hash32 hash;
        uint64_t found;
        look_at(&dev, view, &look, i);
        cr_assert_null(look_differs(&look, &expected[i]), "block %llu: %s", (unsigned long long)i,
                       look_differs(&look, &expected[i]));
        cr_assert_eq(ledger_header(view, &header, &hash, i), MM_OK);
        cr_assert(mm_hash_equal(&hash, &names[i]), "block %llu", (unsigned long long)i);
        mm_hash32 stamped;
        uint64_t timestamp;
        cr_assert_eq(ledger_stamp(view, &stamped, &timestamp, i), MM_OK);
        cr_assert(mm_hash_equal(&stamped, &hash) && timestamp == header.timestamp);
        cr_assert_eq(ledger_find_block(view, &found, &names[i]), MM_OK);
        cr_assert_eq(found, i);
    }
    /* What an earlier, higher head let go does not come back. */
    uint64_t from = head < WINDOW ? 0 : head - WINDOW;
    if (from < view->pin->proofs_from)
        from = view->pin->proofs_from;
    cr_assert_leq(from, head);
    for (uint64_t i = from; i <= head; i++)
        look_prove(&dev, view, i);
}

static void expect_now(uint64_t head)
{
    struct ledger_view *view = view_now();
    expect_chain(view, looks, hashes, head);
    ledger_release(view);
}

static void wander(enum dev_store store, uint64_t seed, size_t bytes_max)
{
    struct test_random random = { seed };
    uint64_t head = 0;
    size_t rewinds = 0;
    given(store);
    while (head < BLOCKS) {
        chain_ledger(dev.chain)->rewind_bytes_max = bytes_max;
        head = add_block(&random);
        switch (test_random_below(&random, 16)) {
        case 0:
        case 1: {
            const uint64_t reach = head - chain_ledger(dev.chain)->proofs_from;
            head -= test_random_below(&random, reach < WINDOW ? reach + 1 : WINDOW);
            cr_assert_eq(dev_chain_rewind_ledger(&dev, head), MM_OK);
            expect_now(head);
            rewinds++;
            break;
        }
        case 2:
            (void)ledger_rotate(chain_ledger(dev.chain));
            break;
        case 3:
            cr_assert_eq(ledger_flush(chain_ledger(dev.chain)), MM_OK);
            break;
        case 4:
            dev_chain_flush(&dev);
            break;
        case 5:
            if (store == DEV_ROCKSDB)
                dev_chain_come_back(&dev);
            break;
        default:
            break;
        }
    }
    cr_assert_gt(rewinds, 5);
    expect_now(head);
    cr_assert_eq(dev_chain_check(&dev, CHAIN_CHECK_REPLAY), 0);
    dev_chain_fini(&dev);
}

Test(ledger_rewind, goes_back_to_any_block_and_on_from_there)
{
    wander(DEV_MEMORY, 41, 8 << 20);
    wander(DEV_ROCKSDB, 42, 8 << 20);
}

Test(ledger_rewind, does_so_in_many_batches_as_well)
{
    wander(DEV_MEMORY, 43, 500);
    wander(DEV_ROCKSDB, 44, 500);
}

/* The transactions of a block with their logs, as one hash. */
static mm_hash32 digest_of_block(struct ledger_view *view, uint64_t block_num)
{
    struct mm_arena arena;
    struct mm_buf buf;
    size_t count;
    const struct ledger_tx *txs;
    mm_arena_init(&arena, SIZE_MAX);
    mm_buf_init(&buf, SIZE_MAX);
    cr_assert_eq(ledger_tx_count(view, &count, block_num), MM_OK);
    cr_assert_eq(ledger_txs(view, &arena, &txs, block_num, 0, count), MM_OK);
    for (size_t i = 0; i < count; i++) {
        mm_buf_add(&buf, mm_bytes_hash(&txs[i].tx.hash));
        for (size_t j = 0; j < txs[i].log_count; j++)
            mm_buf_add(&buf, txs[i].logs[j].data);
    }
    const mm_hash32 digest = keccak256(mm_buf_bytes(&buf));
    mm_buf_fini(&buf);
    mm_arena_fini(&arena);
    return digest;
}

static mm_err count_hit(void *ctx, const struct log_hit *hit)
{
    (void)hit;
    ++*(size_t *)ctx;
    return MM_OK;
}

static size_t count_logs(struct ledger_view *view)
{
    size_t count = 0;
    const struct log_filter filter = { .to_block = ledger_head(view),
                                       .addrs = &DEV_COLLECTION,
                                       .addr_count = 1 };
    cr_assert_eq(ledger_logs(view, &filter, count_hit, &count), MM_OK);
    return count;
}

static void keeps_a_view(enum dev_store store, bool flushes)
{
    enum { OLD = 40, BACK = 28 };
    static struct look old_looks[OLD + 1];
    static mm_hash32 old_hashes[OLD + 1];
    static mm_hash32 digests[OLD + 1];
    struct test_random random = { 45 };
    given(store);
    for (uint64_t i = 1; i <= OLD; i++)
        (void)add_block(&random);
    memcpy(old_looks, looks, sizeof old_looks);
    memcpy(old_hashes, hashes, sizeof old_hashes);
    struct ledger_view *old = view_now();
    const size_t old_logs = count_logs(old);
    for (uint64_t i = 1; i <= OLD; i++)
        digests[i] = digest_of_block(old, i);
    if (flushes)
        dev_chain_flush(&dev);
    cr_assert_eq(dev_chain_rewind_ledger(&dev, BACK), MM_OK);
    while (ledger_stored(chain_ledger(dev.chain)) < OLD + 5)
        (void)add_block(&random);
    dev_chain_flush(&dev);
    cr_assert_not(mm_hash_equal(&hashes[OLD], &old_hashes[OLD]), "the chains went apart");
    expect_chain(old, old_looks, old_hashes, OLD);
    cr_assert_eq(count_logs(old), old_logs);
    for (uint64_t i = 1; i <= OLD; i++) {
        const mm_hash32 digest = digest_of_block(old, i);
        cr_assert(mm_hash_equal(&digest, &digests[i]), "block %llu", (unsigned long long)i);
    }
    struct ledger_view *now = view_now();
    cr_assert_eq(ledger_common(old, ledger_era(old)), UINT64_MAX);
    cr_assert_eq(ledger_common(now, ledger_era(now)), UINT64_MAX);
    cr_assert_eq(ledger_common(now, ledger_era(old)), BACK);
    ledger_release(now);
    expect_now(OLD + 5);
    ledger_release(old);
    cr_assert_eq(dev_chain_check(&dev, CHAIN_CHECK_REPLAY), 0);
    dev_chain_fini(&dev);
}

Test(ledger_rewind, leaves_the_old_chain_to_the_views_that_have_it)
{
    keeps_a_view(DEV_MEMORY, false);
    keeps_a_view(DEV_ROCKSDB, false);
    keeps_a_view(DEV_MEMORY, true);
    keeps_a_view(DEV_ROCKSDB, true);
}

Test(ledger_rewind, knows_how_far_each_era_has_a_chain_in_common_with_the_last)
{
    struct test_random random = { 46 };
    given(DEV_MEMORY);
    for (int i = 0; i < 12; i++)
        (void)add_block(&random);
    static const uint64_t targets[] = { 10, 8, 9, 4, 7, 5 };
    static const uint64_t common[] = { 4, 4, 4, 4, 5, 5 }; /* since era 0, 1, … */
    for (size_t i = 0; i < MM_COUNT_OF(targets); i++) {
        cr_assert_eq(dev_chain_rewind_ledger(&dev, targets[i]), MM_OK);
        while (ledger_stored(chain_ledger(dev.chain)) < 12)
            (void)add_block(&random);
    }
    struct ledger_view *view = view_now();
    cr_assert_eq(ledger_era(view), MM_COUNT_OF(targets));
    for (uint64_t i = 0; i < MM_COUNT_OF(common); i++)
        cr_assert_eq(ledger_common(view, i), common[i], "era %llu", (unsigned long long)i);
    ledger_release(view);
    dev_chain_fini(&dev);
}

/* ---- the disk fails, or the process ends, after so many writes ---- */

static struct kv_ops failing;
static mm_err (*real_write)(struct kv *, const struct kv_batch *, enum kv_durability);
static size_t writes_left;

static mm_err write_or_fail(struct kv *kv, const struct kv_batch *batch,
                            enum kv_durability durability)
{
    if (writes_left == 0)
        return MM_ERR_IO;
    writes_left--;
    return real_write(kv, batch, durability);
}

/* True: it was not interrupted any more. */
static bool interrupt_after(size_t writes, bool flushes, uint64_t *head)
{
    enum { OLD = 30, BACK = 17 };
    static struct look old_looks[OLD + 1];
    static mm_hash32 old_hashes[OLD + 1];
    struct test_random random = { 47 };
    given(DEV_ROCKSDB);
    for (uint64_t i = 1; i <= OLD; i++)
        (void)add_block(&random);
    memcpy(old_looks, looks, sizeof old_looks);
    memcpy(old_hashes, hashes, sizeof old_hashes);
    if (flushes)
        dev_chain_flush(&dev);
    chain_ledger(dev.chain)->rewind_bytes_max = 2000;
    failing = *dev.kv->ops;
    real_write = failing.write;
    failing.write = write_or_fail;
    dev.kv->ops = &failing;
    writes_left = writes;
    const mm_err err = dev_chain_rewind_ledger(&dev, BACK);
    cr_assert(err == MM_OK || err == MM_ERR_IO);
    writes_left = SIZE_MAX;
    dev_chain_come_back(&dev);
    *head = ledger_stored(chain_ledger(dev.chain));
    cr_assert(*head == BACK || (*head == OLD && err != MM_OK), "head %llu",
              (unsigned long long)*head);
    struct ledger_view *view = view_now();
    expect_chain(view, old_looks, old_hashes, *head);
    ledger_release(view);
    cr_assert_eq(dev_chain_check(&dev, CHAIN_CHECK_REPLAY), 0);
    (void)add_block(&random);
    expect_now(*head + 1);
    dev_chain_fini(&dev);
    return err == MM_OK;
}

static size_t interrupt_each(bool flushes)
{
    size_t before = 0;
    size_t after = 0;
    uint64_t head;
    for (size_t writes = 0; !interrupt_after(writes, flushes, &head); writes++) {
        before += head == 30;
        after += head == 17;
        cr_assert(after == 0 || head == 17, "once it is the new chain it stays that");
    }
    cr_assert_gt(before, 0);
    return after;
}

Test(ledger_rewind, interrupted_anywhere_it_leaves_one_chain_or_the_other_whole)
{
    cr_assert_gt(interrupt_each(true), 5, "many batches");
    (void)interrupt_each(false);
}

/* ---- a flush with blocks on both sides of the target, where an epoch ends ---- */

static void look_now(struct look *look, uint64_t block_num)
{
    struct ledger_view *view = view_now();
    look_at(&dev, view, look, block_num);
    ledger_release(view);
}

static void cut_at(uint64_t target, size_t bytes_max)
{
    enum { BEFORE = EPOCH_BLOCKS - 8, AFTER = EPOCH_BLOCKS + 7 };
    static struct look before[AFTER + 1];
    static struct look again;
    struct test_random random = { 51 + target };
    given(DEV_MEMORY);
    while (ledger_stored(chain_ledger(dev.chain)) < BEFORE)
        (void)dev_chain_block(&dev);
    dev_chain_flush(&dev);
    for (int round = 0; round < 2; round++) {
        for (uint64_t i = ledger_stored(chain_ledger(dev.chain)) + 1; i <= AFTER; i++) {
            (void)dev_chain_random_block(&dev, &random);
            look_now(&before[i], i);
        }
        dev_chain_flush(&dev);
        chain_ledger(dev.chain)->rewind_bytes_max = bytes_max;
        cr_assert_eq(dev_chain_rewind_ledger(&dev, target), MM_OK);
        cr_assert_eq(dev_chain_check(&dev, CHAIN_CHECK_REPLAY), 0, "to block %llu",
                     (unsigned long long)target);
        for (uint64_t i = BEFORE + 1; i <= target; i++) {
            look_now(&again, i);
            cr_assert_null(look_differs(&again, &before[i]), "block %llu", (unsigned long long)i);
        }
        struct ledger_view *view = view_now();
        for (uint64_t i = view->pin->proofs_from; i <= target; i++)
            look_prove(&dev, view, i);
        ledger_release(view);
    }
    dev_chain_fini(&dev);
}

Test(ledger_rewind, cuts_a_flush_in_two_wherever_the_target_is)
{
    for (uint64_t target = EPOCH_BLOCKS - 3; target < EPOCH_BLOCKS + 4; target++)
        cut_at(target, target % 2 == 0 ? 500 : 8 << 20);
}

/* ---- how far back ---- */

static void given_epochs(uint64_t keep_from)
{
    struct test_random random = { 48 };
    given(DEV_MEMORY);
    for (uint64_t i = 0; i < 600; i++) {
        if (i == 20)
            ledger_keep_from(chain_ledger(dev.chain), keep_from);
        (void)dev_chain_random_block(&dev, &random);
        if (i < BLOCKS) {
            struct ledger_view *view = view_now();
            look_at(&dev, view, &looks[i + 1], i + 1);
            hashes[i + 1] = *ledger_head_hash(view);
            ledger_release(view);
        }
        if (i % 50 == 49)
            dev_chain_flush(&dev);
    }
}

Test(ledger_rewind, reaches_before_the_proof_window_only_where_it_was_told_to_keep)
{
    given_epochs(UINT64_MAX);
    cr_assert_eq(dev_chain_rewind_ledger(&dev, 19), MM_ERR_LIMIT);
    cr_assert_eq(ledger_stored(chain_ledger(dev.chain)), 600, "nothing happened");
    cr_assert_eq(dev_chain_rewind_ledger(&dev, 590), MM_OK);
    cr_assert_eq(dev_chain_check(&dev, CHAIN_CHECK_REPLAY), 0);
    dev_chain_fini(&dev);
    given_epochs(19);
    cr_assert_eq(dev_chain_check(&dev, CHAIN_CHECK_REPLAY), 0);
    cr_assert_eq(dev_chain_rewind_ledger(&dev, 18), MM_ERR_LIMIT);
    cr_assert_eq(dev_chain_rewind_ledger(&dev, 19), MM_OK);
    struct ledger_view *view = view_now();
    for (uint64_t i = 0; i <= 19; i++) {
        struct look look;
        look_at(&dev, view, &look, i);
        cr_assert_null(look_differs(&look, &looks[i]), "block %llu", (unsigned long long)i);
    }
    look_prove(&dev, view, 19);
    ledger_release(view);
    ledger_keep_from(chain_ledger(dev.chain), UINT64_MAX);
    struct test_random random = { 49 };
    for (int i = 0; i < 60; i++)
        (void)dev_chain_random_block(&dev, &random);
    dev_chain_flush(&dev);
    cr_assert_eq(dev_chain_check(&dev, CHAIN_CHECK_REPLAY), 0);
    dev_chain_fini(&dev);
}

/* ---- a transaction that two blocks have ---- */

static uint64_t block_of(const mm_hash32 *hash)
{
    struct ledger_view *view = view_now();
    uint64_t block_num = 0;
    size_t index;
    const mm_err err = ledger_find_tx(view, &block_num, &index, hash);
    ledger_release(view);
    cr_assert(err == MM_OK || err == MM_ERR_NOT_FOUND);
    return err == MM_OK ? block_num : 0;
}

static mm_hash32 pay_with_nonce_0(void)
{
    dev.pending[dev.pending_count] = dev_chain_tx(&dev, 0, 0, &dev.addrs[1], 5, (mm_bytes){ 0 });
    return dev.pending[dev.pending_count++].hash;
}

Test(ledger_rewind, leads_a_hash_to_the_block_before_where_it_was_in_two)
{
    given(DEV_MEMORY);
    dev_chain_mint(&dev, 1, 1);
    const mm_hash32 hash = pay_with_nonce_0();
    (void)dev_chain_block(&dev);
    (void)dev_chain_block(&dev);
    dev_chain_edit(&dev, EDIT_NONCE, &dev.addrs[0], 0, 0);
    const mm_hash32 again = pay_with_nonce_0();
    cr_assert(mm_hash_equal(&hash, &again));
    (void)dev_chain_block(&dev);
    cr_assert_eq(block_of(&hash), 3);
    dev_chain_flush(&dev);
    cr_assert_eq(dev_chain_rewind_ledger(&dev, 2), MM_OK);
    cr_assert_eq(block_of(&hash), 1);
    cr_assert_eq(dev_chain_check(&dev, CHAIN_CHECK_REPLAY), 0);
    cr_assert_eq(dev_chain_rewind_ledger(&dev, 0), MM_OK);
    cr_assert_eq(block_of(&hash), 0);
    cr_assert_eq(dev_chain_check(&dev, CHAIN_CHECK_REPLAY), 0);
    dev_chain_fini(&dev);
}

/* ---- notes, and edits that wait ---- */

Test(ledger_rewind, writes_notes_and_waiting_edits_with_the_new_head)
{
    struct test_random random = { 50 };
    struct mm_arena arena;
    struct mm_buf edits;
    mm_bytes value;
    const mm_addr stranger = { { 0xab } };
    const struct edit edit = { .addr = stranger, .value = u256_from_u64(7) };
    mm_arena_init(&arena, SIZE_MAX);
    mm_buf_init(&edits, 1 << 16);
    edits_encode(&edits, &edit, 1);
    given(DEV_ROCKSDB);
    for (int i = 0; i < 8; i++)
        (void)add_block(&random);
    const struct ledger_note given_notes[] = { { "one", MM_BYTES_LIT("1") },
                                               { "two", MM_BYTES_LIT("2") } };
    cr_assert_eq(ledger_set_notes(chain_ledger(dev.chain), given_notes, 2), MM_OK);
    cr_assert_eq(dev_chain_check(&dev, CHAIN_CHECK_STATE), 0);
    const struct ledger_note notes[] = { { "one", MM_BYTES_LIT("uno") }, { "two", { NULL, 0 } } };
    const struct ledger_target target = { 5, mm_buf_bytes(&edits), notes, 2 };
    cr_assert_eq(ledger_rewind(chain_ledger(dev.chain), &target), MM_OK);
    dev_chain_come_back(&dev);
    struct ledger *ledger = chain_ledger(dev.chain);
    cr_assert_eq(ledger_note(ledger, &arena, &value, "one"), MM_OK);
    cr_assert(mm_bytes_equal(value, MM_BYTES_LIT("uno")));
    cr_assert_eq(ledger_note(ledger, &arena, &value, "two"), MM_OK);
    cr_assert_eq(value.len, 0);
    struct ledger_view *view = view_now();
    struct ledger_state state;
    struct account account;
    const mm_hash32 key = keccak256(mm_bytes_addr(&stranger));
    cr_assert_eq(ledger_latest(view), 6, "the edits are those of the target");
    ledger_state_init(&state, view, 6);
    const struct exec_view exec_view = ledger_exec_view(&state);
    cr_assert_eq(exec_view.account(exec_view.ctx, &account, &key), MM_OK);
    cr_assert_eq(account.balance.limb[0], 7);
    ledger_state_fini(&state);
    ledger_release(view);
    mm_buf_fini(&edits);
    mm_arena_fini(&arena);
    dev_chain_fini(&dev);
}
