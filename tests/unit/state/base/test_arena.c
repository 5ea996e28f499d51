#include "state/base/arena.h"

#include <criterion/criterion.h>
#include <stdint.h>

#include "state/base/heap.h"

Test(arena, allocations_do_not_overlap_and_are_aligned)
{
    struct mm_arena arena;
    mm_arena_init(&arena, 1 << 20);
    uint8_t *previous = NULL;
    for (size_t size = 0; size < 3000; size += 7) {
        uint8_t *ptr = mm_arena_alloc(&arena, size);
        cr_assert_not_null(ptr);
        cr_assert_eq((uintptr_t)ptr % 16, 0);
        memset(ptr, (int)size, size);
        if (previous != NULL && size > 7)
            cr_assert_eq(previous[0], (uint8_t)(size - 7));
        previous = ptr;
    }
    mm_arena_fini(&arena);
}

Test(arena, refuses_to_pass_its_maximum_and_works_after_reset)
{
    struct mm_arena arena;
    mm_arena_init(&arena, 10000);
    cr_assert_not_null(mm_arena_alloc(&arena, 9000));
    cr_assert_null(mm_arena_alloc(&arena, 2000));
    cr_assert_null(mm_arena_alloc(&arena, SIZE_MAX));
    cr_assert_null(mm_arena_zeroed(&arena, SIZE_MAX / 2, 4));
    mm_arena_reset(&arena);
    cr_assert_not_null(mm_arena_alloc(&arena, 9000));
    mm_arena_fini(&arena);
}

Test(arena, rewind_gives_back_what_came_after_the_mark)
{
    struct mm_arena arena;
    mm_arena_init(&arena, 1 << 20);
    uint8_t *first = mm_arena_alloc(&arena, 100);
    memset(first, 7, 100);
    const struct mm_arena_mark mark = mm_arena_mark(&arena);
    const size_t before = arena.total_bytes;
    for (int i = 0; i < 100; i++)
        cr_assert_not_null(mm_arena_alloc(&arena, 5000));
    mm_arena_rewind(&arena, mark);
    cr_assert_eq(arena.total_bytes, before);
    cr_assert_eq(first[99], 7);
    mm_arena_fini(&arena);
}

Test(arena, grow_keeps_the_content_and_moves_only_when_it_must)
{
    struct mm_arena arena;
    mm_arena_init(&arena, 1 << 20);
    uint8_t *array = mm_arena_alloc(&arena, 32);
    memset(array, 1, 32);
    cr_assert_eq(mm_arena_grow(&arena, array, 32, 64), array);
    cr_assert_not_null(mm_arena_alloc(&arena, 1));
    uint8_t *moved = mm_arena_grow(&arena, array, 64, 128);
    cr_assert_neq(moved, array);
    cr_assert_eq(moved[31], 1);
    mm_arena_fini(&arena);
}

Test(arena, heap_failure_gives_null_and_leaves_the_arena_usable)
{
    struct mm_arena arena;
    mm_arena_init(&arena, 1 << 20);
    mm_heap_fail_after(0);
    void *refused = mm_arena_alloc(&arena, 10);
    mm_heap_fail_after(SIZE_MAX);
#ifdef MINTMARK_CHECKED
    cr_assert_null(refused);
#else
    (void)refused;
#endif
    cr_assert_not_null(mm_arena_alloc(&arena, 10));
    mm_arena_fini(&arena);
}
