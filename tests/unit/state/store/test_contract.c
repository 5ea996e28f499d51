/* What kv.h promises, asked of both stores. CONTRACT(name) is a test for each. */
#include "tests/unit/state/store/fixture.h"

#define CONTRACT(name)                                                                             \
    static void name(struct fixture *f);                                                           \
    Test(kv_memory, name)                                                                          \
    {                                                                                              \
        struct fixture fixture;                                                                    \
        fixture_init(&fixture, FIXTURE_MEMORY);                                                    \
        name(&fixture);                                                                            \
        fixture_fini(&fixture);                                                                    \
    }                                                                                              \
    Test(kv_rocksdb, name)                                                                         \
    {                                                                                              \
        struct fixture fixture;                                                                    \
        fixture_init(&fixture, FIXTURE_ROCKSDB);                                                   \
        name(&fixture);                                                                            \
        fixture_fini(&fixture);                                                                    \
    }                                                                                              \
    static void name(struct fixture *f)

CONTRACT(gives_back_what_was_put)
{
    cr_assert_null(get(f, NULL, POINT, "a"));
    put(f, POINT, "a", "1");
    CR_TEXT_EQ(get(f, NULL, POINT, "a"), "1");
    put(f, POINT, "a", "22");
    CR_TEXT_EQ(get(f, NULL, POINT, "a"), "22");
    del(f, POINT, "a");
    cr_assert_null(get(f, NULL, POINT, "a"));
    put(f, POINT, "a", "333");
    CR_TEXT_EQ(get(f, NULL, POINT, "a"), "333");
}

CONTRACT(a_bulk_batch_is_seen_like_any_other)
{
    put(f, LARGE, "a", "1");
    kv_batch_put(f->batch, LARGE, MM_BYTES_LIT("a"), MM_BYTES_LIT("2"));
    kv_batch_put(f->batch, LARGE, MM_BYTES_LIT("b"), MM_BYTES_LIT("2"));
    cr_assert_eq(kv_write(f->kv, f->batch, KV_BULK), MM_OK);
    CR_TEXT_EQ(list(f, NULL, LARGE), "a=2 b=2 ");
    kv_batch_reset(f->batch);
    put(f, LARGE, "a", "3");
    put(f, RANGE, "a", "3");
    CR_TEXT_EQ(list(f, NULL, LARGE), "a=3 b=2 ");
}

CONTRACT(families_are_apart)
{
    put(f, POINT, "a", "1");
    put(f, RANGE, "a", "2");
    cr_assert_null(get(f, NULL, LARGE, "a"));
    del(f, POINT, "a");
    CR_TEXT_EQ(get(f, NULL, RANGE, "a"), "2");
}

CONTRACT(empty_keys_and_values_are_keys_and_values)
{
    put(f, RANGE, "", "of the empty key");
    put(f, RANGE, "empty", "");
    CR_TEXT_EQ(get(f, NULL, RANGE, ""), "of the empty key");
    CR_TEXT_EQ(get(f, NULL, RANGE, "empty"), "");
    CR_TEXT_EQ(list(f, NULL, RANGE), "=of the empty key empty= ");
}

CONTRACT(a_null_pointer_of_no_length_is_an_empty_key)
{
    const mm_bytes none = { NULL, 0 };
    kv_batch_put(f->batch, RANGE, none, none);
    write_batch(f);
    CR_TEXT_EQ(get(f, NULL, RANGE, ""), "");
    struct kv_iter *iter = kv_iter_new(f->kv, NULL, RANGE);
    kv_iter_seek(iter, none);
    cr_assert(kv_iter_valid(iter));
    kv_iter_seek_back(iter, none);
    cr_assert(kv_iter_valid(iter));
    kv_iter_free(iter);
    kv_batch_del(f->batch, RANGE, none);
    write_batch(f);
    cr_assert_null(get(f, NULL, RANGE, ""));
}

CONTRACT(a_value_that_passes_the_buffers_maximum_is_an_error_and_leaves_it_empty)
{
    put(f, POINT, "a", "0123456789");
    struct mm_buf value;
    mm_buf_init(&value, 9);
    cr_assert_eq(kv_get(f->kv, NULL, POINT, MM_BYTES_LIT("a"), &value), MM_ERR_LIMIT);
    cr_assert_eq(value.len, 0);
    mm_buf_fini(&value);
}

static mm_err refuse_value(void *ctx, mm_bytes value)
{
    *(bool *)ctx = mm_bytes_equal(value, MM_BYTES_LIT("0123456789"));
    return MM_ERR_LIMIT;
}

CONTRACT(look_calls_back_with_the_value_and_gives_what_that_gives)
{
    bool is_seen = false;
    put(f, POINT, "a", "0123456789");
    cr_assert_eq(kv_look(f->kv, NULL, POINT, MM_BYTES_LIT("a"), refuse_value, &is_seen),
                 MM_ERR_LIMIT);
    cr_assert(is_seen);
    is_seen = false;
    cr_assert_eq(kv_look(f->kv, NULL, POINT, MM_BYTES_LIT("b"), refuse_value, &is_seen),
                 MM_ERR_NOT_FOUND);
    cr_assert_not(is_seen);
}

CONTRACT(get_replaces_what_was_in_the_buffer)
{
    put(f, POINT, "a", "new");
    struct mm_buf value;
    mm_buf_init(&value, 100);
    mm_buf_add_text(&value, "something old");
    cr_assert_eq(kv_get(f->kv, NULL, POINT, MM_BYTES_LIT("a"), &value), MM_OK);
    cr_assert(mm_bytes_equal(mm_buf_bytes(&value), MM_BYTES_LIT("new")));
    mm_buf_add_text(&value, "something old");
    cr_assert_eq(kv_get(f->kv, NULL, POINT, MM_BYTES_LIT("b"), &value), MM_ERR_NOT_FOUND);
    cr_assert_eq(value.len, 0);
    mm_buf_fini(&value);
}

CONTRACT(keys_are_in_the_order_of_memcmp)
{
    put(f, RANGE, "b", "3");
    put(f, RANGE, "\x80", "4");
    put(f, RANGE, "ab", "2");
    put(f, RANGE, "a", "1");
    put(f, RANGE, "\xff", "5");
    CR_TEXT_EQ(list(f, NULL, RANGE), "a=1 ab=2 b=3 \x80=4 \xff=5 ");
    CR_TEXT_EQ(list_back(f, NULL, RANGE), "\xff=5 \x80=4 b=3 ab=2 a=1 ");
}

static char seek(struct kv_iter *iter, const char *key)
{
    kv_iter_seek(iter, mm_bytes_str(key));
    return kv_iter_valid(iter) ? (char)kv_iter_key(iter).ptr[0] : '-';
}

static char seek_back(struct kv_iter *iter, const char *key)
{
    kv_iter_seek_back(iter, mm_bytes_str(key));
    return kv_iter_valid(iter) ? (char)kv_iter_key(iter).ptr[0] : '-';
}

CONTRACT(seek_finds_the_first_key_at_or_behind_and_seek_back_the_last_at_or_before)
{
    put(f, RANGE, "b", "1");
    put(f, RANGE, "d", "2");
    struct kv_iter *iter = kv_iter_new(f->kv, NULL, RANGE);
    cr_assert_eq(seek(iter, "a"), 'b');
    cr_assert_eq(seek(iter, "b"), 'b');
    cr_assert_eq(seek(iter, "c"), 'd');
    cr_assert_eq(seek(iter, "e"), '-');
    cr_assert_eq(seek_back(iter, "e"), 'd');
    cr_assert_eq(seek_back(iter, "d"), 'd');
    cr_assert_eq(seek_back(iter, "c"), 'b');
    cr_assert_eq(seek_back(iter, "a"), '-');
    cr_assert_eq(kv_iter_err(iter), MM_OK);
    kv_iter_free(iter);
}

CONTRACT(an_iterator_turns_round)
{
    put(f, RANGE, "a", "1");
    put(f, RANGE, "b", "2");
    put(f, RANGE, "c", "3");
    struct kv_iter *iter = kv_iter_new(f->kv, NULL, RANGE);
    cr_assert_eq(seek(iter, "b"), 'b');
    kv_iter_next(iter);
    cr_assert_eq(kv_iter_value(iter).ptr[0], '3');
    kv_iter_prev(iter);
    cr_assert_eq(kv_iter_value(iter).ptr[0], '2');
    kv_iter_prev(iter);
    cr_assert_eq(kv_iter_value(iter).ptr[0], '1');
    kv_iter_prev(iter);
    cr_assert_not(kv_iter_valid(iter));
    kv_iter_free(iter);
}

CONTRACT(a_range_is_deleted_from_its_start_up_to_its_end)
{
    for (const char *key = "abcdef"; *key != '\0'; key++)
        put(f, RANGE, (const char[]){ *key, '\0' }, "1");
    del_range(f, RANGE, "b", "e");
    CR_TEXT_EQ(list(f, NULL, RANGE), "a=1 e=1 f=1 ");
    CR_TEXT_EQ(list_back(f, NULL, RANGE), "f=1 e=1 a=1 ");
    put(f, RANGE, "c", "2");
    CR_TEXT_EQ(list(f, NULL, RANGE), "a=1 c=2 e=1 f=1 ");
}

CONTRACT(an_empty_or_reversed_range_deletes_nothing)
{
    put(f, RANGE, "a", "1");
    put(f, RANGE, "b", "1");
    del_range(f, RANGE, "a", "a");
    del_range(f, RANGE, "c", "a");
    CR_TEXT_EQ(list(f, NULL, RANGE), "a=1 b=1 ");
}

CONTRACT(in_a_batch_the_later_change_wins)
{
    kv_batch_put(f->batch, POINT, MM_BYTES_LIT("a"), MM_BYTES_LIT("1"));
    kv_batch_put(f->batch, POINT, MM_BYTES_LIT("a"), MM_BYTES_LIT("2"));
    kv_batch_put(f->batch, POINT, MM_BYTES_LIT("b"), MM_BYTES_LIT("1"));
    kv_batch_del(f->batch, POINT, MM_BYTES_LIT("b"));
    kv_batch_del(f->batch, POINT, MM_BYTES_LIT("c"));
    kv_batch_put(f->batch, POINT, MM_BYTES_LIT("c"), MM_BYTES_LIT("3"));
    kv_batch_put(f->batch, POINT, MM_BYTES_LIT("x1"), MM_BYTES_LIT("gone"));
    kv_batch_del_range(f->batch, POINT, MM_BYTES_LIT("x"), MM_BYTES_LIT("y"));
    kv_batch_put(f->batch, POINT, MM_BYTES_LIT("x2"), MM_BYTES_LIT("4"));
    write_batch(f);
    CR_TEXT_EQ(list(f, NULL, POINT), "a=2 c=3 x2=4 ");
}

CONTRACT(a_batch_changes_nothing_before_it_is_written)
{
    kv_batch_put(f->batch, POINT, MM_BYTES_LIT("a"), MM_BYTES_LIT("1"));
    cr_assert_null(get(f, NULL, POINT, "a"));
    kv_batch_reset(f->batch);
    kv_batch_put(f->batch, POINT, MM_BYTES_LIT("b"), MM_BYTES_LIT("2"));
    write_batch(f);
    CR_TEXT_EQ(list(f, NULL, POINT), "b=2 ");
}

CONTRACT(a_batch_can_be_written_twice)
{
    kv_batch_put(f->batch, POINT, MM_BYTES_LIT("a"), MM_BYTES_LIT("1"));
    cr_assert_eq(kv_write(f->kv, f->batch, KV_BUFFERED), MM_OK);
    del(f, POINT, "b"); /* resets it, so fill it again */
    kv_batch_put(f->batch, POINT, MM_BYTES_LIT("a"), MM_BYTES_LIT("2"));
    cr_assert_eq(kv_write(f->kv, f->batch, KV_BUFFERED), MM_OK);
    cr_assert_eq(kv_write(f->kv, f->batch, KV_SYNCED), MM_OK);
    CR_TEXT_EQ(get(f, NULL, POINT, "a"), "2");
}

CONTRACT(a_batch_knows_its_size)
{
    const size_t before = kv_batch_bytes(f->batch);
    kv_batch_put(f->batch, POINT, MM_BYTES_LIT("key"), MM_BYTES_LIT("0123456789"));
    cr_assert_geq(kv_batch_bytes(f->batch), before + 13);
    kv_batch_reset(f->batch);
    cr_assert_eq(kv_batch_bytes(f->batch), before);
}

CONTRACT(an_empty_batch_can_be_written)
{
    cr_assert_eq(kv_write(f->kv, f->batch, KV_SYNCED), MM_OK);
    CR_TEXT_EQ(list(f, NULL, POINT), "");
}

CONTRACT(a_snapshot_sees_nothing_that_comes_later)
{
    put(f, RANGE, "a", "1");
    put(f, RANGE, "b", "1");
    struct kv_snapshot *first = kv_snapshot_new(f->kv);
    put(f, RANGE, "a", "2");
    del(f, RANGE, "b");
    put(f, RANGE, "c", "1");
    struct kv_snapshot *second = kv_snapshot_new(f->kv);
    del_range(f, RANGE, "a", "z");
    CR_TEXT_EQ(list(f, first, RANGE), "a=1 b=1 ");
    CR_TEXT_EQ(list_back(f, first, RANGE), "b=1 a=1 ");
    CR_TEXT_EQ(list(f, second, RANGE), "a=2 c=1 ");
    CR_TEXT_EQ(list(f, NULL, RANGE), "");
    CR_TEXT_EQ(get(f, first, RANGE, "b"), "1");
    cr_assert_null(get(f, second, RANGE, "b"));
    cr_assert_null(get(f, first, RANGE, "c"));
    kv_snapshot_free(f->kv, first);
    CR_TEXT_EQ(list(f, second, RANGE), "a=2 c=1 ");
    put(f, RANGE, "a", "3");
    kv_snapshot_free(f->kv, second);
    CR_TEXT_EQ(list(f, NULL, RANGE), "a=3 ");
}

CONTRACT(an_iterator_sees_the_state_as_of_its_making)
{
    put(f, RANGE, "a", "1");
    put(f, RANGE, "b", "1");
    struct kv_iter *iter = kv_iter_new(f->kv, NULL, RANGE);
    kv_iter_seek(iter, MM_BYTES_LIT("a"));
    const mm_bytes key = kv_iter_key(iter);
    const mm_bytes value = kv_iter_value(iter);
    put(f, RANGE, "aa", "2");
    put(f, RANGE, "b", "2");
    del(f, RANGE, "a");
    cr_assert(mm_bytes_equal(key, MM_BYTES_LIT("a")), "borrowed until the iterator moves");
    cr_assert(mm_bytes_equal(value, MM_BYTES_LIT("1")));
    kv_iter_next(iter);
    cr_assert(mm_bytes_equal(kv_iter_key(iter), MM_BYTES_LIT("b")));
    cr_assert(mm_bytes_equal(kv_iter_value(iter), MM_BYTES_LIT("1")));
    kv_iter_free(iter);
}

CONTRACT(an_iterator_of_an_old_snapshot_outlives_it)
{
    put(f, RANGE, "a", "1");
    struct kv_snapshot *old = kv_snapshot_new(f->kv);
    put(f, RANGE, "a", "2");
    struct kv_snapshot *newer = kv_snapshot_new(f->kv);
    struct kv_iter *iter = kv_iter_new(f->kv, old, RANGE);
    kv_snapshot_free(f->kv, old);
    put(f, RANGE, "a", "3");
    kv_iter_seek(iter, MM_BYTES_LIT("a"));
    cr_assert(mm_bytes_equal(kv_iter_value(iter), MM_BYTES_LIT("1")));
    kv_snapshot_free(f->kv, newer);
    cr_assert(mm_bytes_equal(kv_iter_value(iter), MM_BYTES_LIT("1")));
    kv_iter_free(iter);
    CR_TEXT_EQ(list(f, NULL, RANGE), "a=3 ");
}

CONTRACT(compaction_changes_nothing_that_is_read)
{
    static uint8_t large[20000];
    memset(large, 7, sizeof large);
    kv_batch_put(f->batch, LARGE, MM_BYTES_LIT("picture"), MM_BYTES_OF(large));
    put(f, POINT, "a", "1");
    put(f, POINT, "b", "1");
    del(f, POINT, "a");
    cr_assert_eq(kv_compact(f->kv, 0), MM_OK);
    CR_TEXT_EQ(list(f, NULL, POINT), "b=1 ");
    struct mm_buf value;
    mm_buf_init(&value, sizeof large);
    cr_assert_eq(kv_get(f->kv, NULL, LARGE, MM_BYTES_LIT("picture"), &value), MM_OK);
    cr_assert(mm_bytes_equal(mm_buf_bytes(&value), MM_BYTES_OF(large)));
    mm_buf_fini(&value);
}

CONTRACT(its_size_grows_with_what_is_put)
{
    static uint8_t large[100000];
    const uint64_t before = kv_size_bytes(f->kv);
    kv_batch_put(f->batch, LARGE, MM_BYTES_LIT("picture"), MM_BYTES_OF(large));
    cr_assert_eq(kv_write(f->kv, f->batch, KV_SYNCED), MM_OK);
    cr_assert_geq(kv_size_bytes(f->kv), before + sizeof large);
    cr_assert_leq(kv_size_bytes(f->kv), before + 2 * sizeof large, "no preallocated space");
}
