#include "state/base/buf.h"

#include <criterion/criterion.h>

#include "state/base/heap.h"

Test(buf, holds_what_was_appended)
{
    struct mm_buf buf;
    mm_buf_init(&buf, 100000);
    for (int i = 0; i < 1000; i++)
        mm_buf_printf(&buf, "%d,", i);
    mm_buf_add_byte(&buf, '!');
    mm_buf_add_zeros(&buf, 3);
    cr_assert_eq(mm_buf_err(&buf), MM_OK);
    const mm_bytes bytes = mm_buf_bytes(&buf);
    cr_assert_eq(bytes.len, 10 * 2 + 90 * 3 + 900 * 4 + 4);
    cr_assert_eq(memcmp(bytes.ptr, "0,1,2,3,", 8), 0);
    mm_buf_fini(&buf);
}

Test(buf, past_its_maximum_it_is_empty_and_says_limit)
{
    struct mm_buf buf;
    mm_buf_init(&buf, 10);
    mm_buf_add_text(&buf, "0123456789");
    cr_assert_eq(mm_buf_err(&buf), MM_OK);
    mm_buf_add_byte(&buf, 'x');
    cr_assert_eq(mm_buf_err(&buf), MM_ERR_LIMIT);
    mm_buf_add_text(&buf, "y");
    cr_assert_eq(mm_buf_bytes(&buf).len, 0);
    mm_buf_reset(&buf);
    mm_buf_add_text(&buf, "again");
    cr_assert_eq(mm_buf_bytes(&buf).len, 5);
    mm_buf_fini(&buf);
}

Test(buf, insert_moves_what_follows)
{
    struct mm_buf buf;
    mm_buf_init(&buf, 1000);
    mm_buf_add_text(&buf, "headtail");
    uint8_t *gap = mm_buf_insert(&buf, 4, 2);
    cr_assert_not_null(gap);
    memcpy(gap, "--", 2);
    cr_assert(mm_bytes_equal(mm_buf_bytes(&buf), MM_BYTES_LIT("head--tail")));
    mm_buf_fini(&buf);
}

Test(buf, take_hands_the_memory_over)
{
    struct mm_buf buf;
    mm_buf_init(&buf, 1000);
    mm_buf_add_text(&buf, "mine");
    size_t len;
    uint8_t *memory = mm_buf_take(&buf, &len);
    cr_assert_eq(len, 4);
    cr_assert_eq(mm_buf_bytes(&buf).len, 0);
    mm_heap_free(memory);
    mm_buf_fini(&buf);
}
