/* Coming back: after an orderly end, after a crash, and over a database that is not what it should be. */
#include "state/base/endian.h"
#include "state/ledger/ledger_internal.h"
#include "tests/unit/state/ledger/look.h"

static struct dev_chain dev;

static mm_hash32 head_hash(void)
{
    struct ledger_view *view = ledger_acquire(chain_ledger(dev.chain));
    const mm_hash32 hash = *ledger_head_hash(view);
    ledger_release(view);
    return hash;
}

Test(ledger_reopen, a_crash_forgets_the_tail_and_executes_it_again)
{
    enum { BLOCKS = 120 };
    static struct look looks[BLOCKS + 1];
    struct test_random random = { 31 };
    dev_chain_init(&dev, DEV_ROCKSDB, 16);
    for (uint64_t i = 1; i <= BLOCKS; i++) {
        (void)dev_chain_random_block(&dev, &random);
        struct ledger_view *view = ledger_acquire(chain_ledger(dev.chain));
        look_at(&dev, view, &looks[i], i);
        ledger_release(view);
        if (test_random_below(&random, 12) == 0)
            dev_chain_flush(&dev);
        if (test_random_below(&random, 12) == 0)
            (void)ledger_rotate(chain_ledger(dev.chain));
        if (test_random_below(&random, 12) != 0)
            continue;
        const uint64_t flushed = ledger_flushed(chain_ledger(dev.chain));
        const mm_hash32 hash = head_hash();
        dev_chain_come_back(&dev);
        cr_assert_eq(dev.opened.replayed, i - flushed);
        const mm_hash32 again = head_hash();
        cr_assert(mm_hash_equal(&hash, &again));
    }
    dev_chain_come_back(&dev);
    struct ledger_view *view = ledger_acquire(chain_ledger(dev.chain));
    for (uint64_t i = 1; i <= BLOCKS; i++) {
        struct look look;
        look_at(&dev, view, &look, i);
        cr_assert_null(look_differs(&look, &looks[i]), "block %llu", (unsigned long long)i);
    }
    for (uint64_t i = BLOCKS - 16; i <= BLOCKS; i++)
        look_prove(&dev, view, i);
    ledger_release(view);
    dev_chain_fini(&dev);
}

Test(ledger_reopen, a_long_replay_flushes_on_the_way)
{
    dev_chain_init(&dev, DEV_ROCKSDB, 16);
    for (int i = 0; i < 40; i++) {
        for (size_t j = 0; j < 20; j++)
            dev_chain_mint(&dev, j % DEV_PEOPLE, j % DEV_PEOPLE);
        (void)dev_chain_block(&dev);
    }
    dev.tail_bytes_max = 1 << 17;
    dev_chain_come_back(&dev);
    cr_assert_eq(dev.opened.replayed, 40);
    cr_assert_eq(ledger_flushed(chain_ledger(dev.chain)), 40);
    dev_chain_fini(&dev);
}

Test(ledger_reopen, after_an_orderly_end_nothing_is_executed_again)
{
    struct mm_reason reason = { "" };
    struct test_random random = { 32 };
    dev_chain_init(&dev, DEV_ROCKSDB, 16);
    for (int i = 0; i < 20; i++)
        (void)dev_chain_random_block(&dev, &random);
    dev_chain_close(&dev);
    cr_assert_eq(dev_chain_open(&dev, &reason), MM_OK, "%s", reason.text);
    cr_assert_eq(dev.opened.replayed, 0);
    cr_assert_not(dev.opened.is_new);
    dev_chain_fini(&dev);
}

/* ---- not what it should be ---- */

static void given_blocks(size_t count)
{
    struct test_random random = { 33 };
    dev_chain_init(&dev, DEV_ROCKSDB, 16);
    for (size_t i = 0; i < count; i++)
        (void)dev_chain_random_block(&dev, &random);
}

static void put_row(enum ledger_family family, const struct ledger_key *key, mm_bytes value)
{
    struct kv *kv = dev_chain_open_store(&dev);
    struct kv_batch *batch = kv_batch_new(kv);
    if (value.ptr != NULL)
        kv_batch_put(batch, family, key_bytes(key), value);
    else
        kv_batch_del(batch, family, key_bytes(key));
    cr_assert_eq(kv_write(kv, batch, KV_BUFFERED), MM_OK);
    kv_batch_free(batch);
    kv_close(kv);
}

static void put_meta(const char *name, uint64_t value)
{
    uint8_t bytes[8];
    const struct ledger_key key = key_meta(name);
    mm_put_be64(bytes, value);
    put_row(LEDGER_META, &key, MM_BYTES_OF(bytes));
}

static void del_meta(const char *name)
{
    const struct ledger_key key = key_meta(name);
    put_row(LEDGER_META, &key, (mm_bytes){ NULL, 0 });
}

static void expect_refused(mm_err expected, const char *words)
{
    struct mm_reason reason = { "" };
    const mm_err err = dev_chain_open(&dev, &reason);
    cr_assert_eq(err, expected, "%s: %s", mm_err_text(err), reason.text);
    cr_assert_not_null(strstr(reason.text, words), "%s", reason.text);
    cr_assert_null(dev.chain);
    dev_chain_fini(&dev);
}

Test(ledger_reopen, refuses_another_genesis)
{
    given_blocks(3);
    dev_chain_close(&dev);
    char *at = strstr((char *)dev.genesis_text.ptr, "0x67748580");
    cr_assert_not_null(at);
    at[9] = '1';
    expect_refused(MM_ERR_INVALID, "another genesis");
}

Test(ledger_reopen, refuses_another_version_with_both_numbers)
{
    given_blocks(3);
    dev_chain_close(&dev);
    put_meta("version", LEDGER_VERSION + 7);
    expect_refused(MM_ERR_VERSION, "reads and writes version");
}

Test(ledger_reopen, takes_a_store_without_version_but_with_blocks_for_damaged)
{
    given_blocks(3);
    dev_chain_close(&dev);
    del_meta("version");
    expect_refused(MM_ERR_CORRUPT, "version");
}

Test(ledger_reopen, names_the_meta_value_that_is_missing)
{
    given_blocks(1);
    dev_chain_close(&dev);
    del_meta("flushed");
    expect_refused(MM_ERR_CORRUPT, "flushed");
}

Test(ledger_reopen, refuses_a_flushed_point_above_the_head)
{
    given_blocks(3);
    dev_chain_close(&dev);
    put_meta("flushed", 4);
    expect_refused(MM_ERR_CORRUPT, "flushed");
}

Test(ledger_reopen, refuses_a_head_without_its_block)
{
    given_blocks(3);
    dev_chain_close(&dev);
    put_meta("head", 4);
    expect_refused(MM_ERR_CORRUPT, "block 4");
}

Test(ledger_reopen, refuses_to_execute_a_damaged_block)
{
    given_blocks(2);
    dev_chain_mint(&dev, 0, 0);
    (void)dev_chain_block(&dev);
    dev_chain_crash(&dev);
    const struct ledger_key key = key_body(3, 0);
    put_row(LEDGER_BLOCK, &key, MM_BYTES_LIT("\0\0\0\1\0\0\0\1\x7f"));
    expect_refused(MM_ERR_CORRUPT, "block 3");
}

Test(ledger_reopen, refuses_a_block_that_lost_its_transactions)
{
    given_blocks(2);
    dev_chain_mint(&dev, 0, 0);
    (void)dev_chain_block(&dev);
    dev_chain_crash(&dev);
    const struct ledger_key key = key_body(3, 0);
    put_row(LEDGER_BLOCK, &key, (mm_bytes){ NULL, 0 });
    expect_refused(MM_ERR_CORRUPT, "block 3, executed again, gives another");
}

/* Replaying must see that the state below it is not the one the blocks were made on. */
Test(ledger_reopen, refuses_state_that_is_not_that_of_the_flushed_point)
{
    given_blocks(4);
    dev_chain_flush(&dev);
    dev_chain_pay(&dev, 0, 1, 1);
    (void)dev_chain_block(&dev);
    const mm_hash32 account = look_account_key(&dev, 1);
    dev_chain_crash(&dev);
    const struct ledger_key key = key_account(&account);
    struct account rich = account_none();
    struct mm_buf encoded;
    rich.balance = u256_from_u64(77);
    mm_buf_init(&encoded, 256);
    mm_buf_add_zeros(&encoded, SINCE_BYTES);
    account_encode(&encoded, &rich);
    put_row(LEDGER_STATE, &key, mm_buf_bytes(&encoded));
    mm_buf_fini(&encoded);
    expect_refused(MM_ERR_CORRUPT, "executed again");
}

Test(ledger_reopen, a_damaged_row_is_an_error_where_it_is_read)
{
    given_blocks(12);
    dev_chain_mint(&dev, 0, 0);
    (void)dev_chain_block(&dev);
    const mm_hash32 account = look_account_key(&dev, 2);
    dev_chain_close(&dev);
    const struct ledger_key state_key = key_account(&account);
    const struct ledger_key receipts_key = key_receipts(13, 0);
    const struct ledger_key header_key = key_block_part(5, BLOCK_HEADER);
    const struct ledger_key node_key = key_node(NULL, (mm_bytes){ NULL, 0 });
    put_row(LEDGER_STATE, &state_key, MM_BYTES_LIT("\0\0\0\0\0\0\0\x01\xc0"));
    put_row(LEDGER_RECEIPT, &receipts_key, MM_BYTES_LIT("\0\0\0\1"));
    put_row(LEDGER_BLOCK, &header_key, MM_BYTES_LIT("no"));
    put_row(LEDGER_TRIE, &node_key, MM_BYTES_LIT("\0\0\0\0\0\0\0\x01node"));
    struct mm_reason reason = { "" };
    cr_assert_eq(dev_chain_open(&dev, &reason), MM_OK, "%s", reason.text);
    struct ledger_view *view = ledger_acquire(chain_ledger(dev.chain));
    struct mm_arena arena;
    struct ledger_state state;
    struct account read;
    struct header header;
    mm_hash32 hash;
    const struct ledger_tx *txs;
    struct trie_proof proof;
    mm_arena_init(&arena, SIZE_MAX);
    ledger_state_init(&state, view, ledger_head(view));
    const struct exec_view exec_view = ledger_exec_view(&state);
    cr_assert_eq(exec_view.account(exec_view.ctx, &read, &account), MM_ERR_CORRUPT);
    cr_assert_eq(ledger_txs(view, &arena, &txs, 13, 0, 1), MM_ERR_CORRUPT);
    cr_assert_eq(ledger_header(view, &header, &hash, 5), MM_ERR_CORRUPT);
    cr_assert_eq(ledger_prove_account(&state, &arena, &proof, &ledger_head_header(view)->state_root,
                                      &account),
                 MM_ERR_CORRUPT);
    ledger_state_fini(&state);
    mm_arena_fini(&arena);
    ledger_release(view);
    dev_chain_fini(&dev);
}
