#include <criterion/criterion.h>
#include <malloc.h>
#include <stdint.h>

#include "state/base/heap.h"
#include "tests/lib/garbage.h"

Test(heap, an_array_grows_from_its_first_length_by_doubling_and_keeps_what_is_in_it)
{
    size_t capacity = 0;
    uint32_t *items = NULL;
    for (uint32_t i = 0; i < 100; i++) {
        if (i == capacity)
            items = mm_heap_grow(items, &capacity, 3, sizeof *items);
        cr_assert_not_null(items);
        items[i] = i;
    }
    cr_assert_eq(capacity, 192);
    for (uint32_t i = 0; i < 100; i++)
        cr_assert_eq(items[i], i);
    mm_heap_free(items);
}

Test(heap, a_length_that_no_memory_has_is_refused)
{
    size_t capacity = SIZE_MAX / 2 + 1;
    cr_assert_null(mm_heap_grow(NULL, &capacity, 1, 1));
    cr_assert_eq(capacity, SIZE_MAX / 2 + 1);
    capacity = SIZE_MAX / 16;
    cr_assert_null(mm_heap_grow(NULL, &capacity, 1, 16));
    cr_assert_eq(capacity, SIZE_MAX / 16);
    capacity = 0;
    cr_assert_null(mm_heap_grow(NULL, &capacity, SIZE_MAX / 2, 3));
    cr_assert_eq(capacity, 0);
}

Test(heap, an_array_that_cannot_grow_still_stands)
{
#ifndef MINTMARK_CHECKED
    cr_skip_test("allocations are made to fail in checked builds alone");
#endif
    size_t capacity = 0;
    uint8_t *items = mm_heap_grow(NULL, &capacity, 1, 1);
    cr_assert_not_null(items);
    *items = 7;
    mm_heap_fail_after(0);
    cr_assert_null(mm_heap_grow(items, &capacity, 1, 1));
    mm_heap_fail_after(SIZE_MAX);
    cr_assert_eq(capacity, 1);
    cr_assert_eq(*items, 7);
    mm_heap_free(items);
}

/* What the heap does by itself: once a larger block was freed, blocks of this size come from the heap and stay in it. */
Test(heap, a_large_block_stands_apart_after_a_larger_one_was_freed)
{
    enum { APART = 2 << 20 };
    if (!GARBAGE_IS_LEFT)
        cr_skip_test("another allocator than glibc's");
    mm_heap_set_apart(APART);
    mm_heap_free(mm_heap_alloc(4 * (size_t)APART));
    const struct mallinfo2 before = mallinfo2();
    void *small = mm_heap_alloc(APART / 2);
    cr_assert_eq(mallinfo2().hblks, before.hblks);
    void *large = mm_heap_alloc(APART);
    cr_assert_eq(mallinfo2().hblks, before.hblks + 1);
    mm_heap_free(large);
    cr_assert_eq(mallinfo2().hblks, before.hblks);
    mm_heap_free(small);
}

Test(heap, what_is_free_goes_back_once_enough_was_touched)
{
    enum { BYTES = 1 << 20 };
    if (!GARBAGE_IS_LEFT)
        cr_skip_test("another allocator than glibc's");
    mm_heap_set_apart(4 * (size_t)BYTES);
    for (int round = 0; round < 2; round++) {
        mm_heap_trim();
        const struct garbage garbage = garbage_leave(BYTES);
        mm_heap_trim_touched(2 * (size_t)BYTES);
        cr_assert(garbage_is_resident(&garbage));
        mm_heap_trim_touched(BYTES / 2);
        cr_assert_not(garbage_is_resident(&garbage));
    }
}
