/* The store in memory: what is freed, and what a failed allocation leaves behind. */
#include "state/base/heap.h"
#include "tests/unit/state/store/fixture.h"

static void put_number(struct fixture *f, uint32_t number)
{
    kv_batch_put(f->batch, POINT, mm_bytes_from(&number, sizeof number), MM_BYTES_LIT("value"));
}

Test(kv_memory, is_as_small_as_before_when_all_is_deleted_and_nobody_looks)
{
    struct fixture f;
    fixture_init(&f, FIXTURE_MEMORY);
    const uint64_t empty = kv_size_bytes(f.kv);
    struct kv_snapshot *snapshot = kv_snapshot_new(f.kv);
    for (uint32_t round = 0; round < 10; round++) {
        for (uint32_t i = 0; i < 1000; i++)
            put_number(&f, i);
        write_batch(&f);
    }
    const uint64_t watched = kv_size_bytes(f.kv);
    kv_snapshot_free(f.kv, snapshot);
    const uint64_t once = kv_size_bytes(f.kv);
    cr_assert_gt(watched, once, "old versions are kept for a snapshot only");
    kv_batch_del_range(f.batch, POINT, MM_BYTES_LIT(""), MM_BYTES_LIT("\xff\xff\xff\xff\xff"));
    write_batch(&f);
    cr_assert_eq(kv_size_bytes(f.kv), empty);
    fixture_fini(&f);
}

#ifdef MINTMARK_CHECKED
Test(kv_memory, a_write_that_runs_out_of_memory_changes_nothing_and_is_the_last)
{
    enum { PUTS = 5 };
    mm_err err = MM_ERR_NO_MEMORY;
    size_t successes = 0;
    for (; err != MM_OK; successes++) {
        cr_assert_lt(successes, 100);
        struct fixture f;
        fixture_init(&f, FIXTURE_MEMORY);
        put(&f, POINT, "before", "1");
        for (uint32_t i = 0; i < PUTS; i++)
            put_number(&f, i);
        kv_batch_del(f.batch, POINT, MM_BYTES_LIT("before"));
        mm_heap_fail_after(successes);
        err = kv_write(f.kv, f.batch, KV_SYNCED);
        mm_heap_fail_after(SIZE_MAX);
        if (err != MM_OK) {
            cr_assert_eq(err, MM_ERR_NO_MEMORY);
            CR_TEXT_EQ(list(&f, NULL, POINT), "before=1 ");
            cr_assert_eq(kv_write(f.kv, f.batch, KV_SYNCED), MM_ERR_NO_MEMORY);
        } else {
            cr_assert_null(get(&f, NULL, POINT, "before"));
        }
        fixture_fini(&f);
    }
    cr_assert_eq(successes, 1 + 2 * PUTS + 1, "an array, then a key and a value for each put");
}

Test(kv_memory, a_batch_that_ran_out_of_memory_is_refused_and_the_store_goes_on)
{
    struct fixture f;
    fixture_init(&f, FIXTURE_MEMORY);
    mm_heap_fail_after(0);
    kv_batch_put(f.batch, POINT, MM_BYTES_LIT("a"), MM_BYTES_LIT("1"));
    mm_heap_fail_after(SIZE_MAX);
    kv_batch_put(f.batch, POINT, MM_BYTES_LIT("b"), MM_BYTES_LIT("1"));
    cr_assert_eq(kv_write(f.kv, f.batch, KV_SYNCED), MM_ERR_NO_MEMORY);
    CR_TEXT_EQ(list(&f, NULL, POINT), "");
    kv_batch_reset(f.batch);
    put(&f, POINT, "a", "2");
    CR_TEXT_EQ(list(&f, NULL, POINT), "a=2 ");
    fixture_fini(&f);
}

Test(kv_memory, opening_without_memory_is_an_error_and_leaks_nothing)
{
    mm_err err = MM_ERR_NO_MEMORY;
    for (size_t successes = 0; err != MM_OK; successes++) {
        cr_assert_lt(successes, 20);
        struct kv *kv;
        mm_heap_fail_after(successes);
        err = kv_open_memory(&kv, &fixture_options);
        mm_heap_fail_after(SIZE_MAX);
        cr_assert_eq(kv == NULL, err != MM_OK);
        kv_close(kv);
    }
}
#endif
