/* The picture of an address that has none. */
#include <criterion/criterion.h>
#include <string.h>

#include "rpc/avatar/identicon.h"

/* Terminated; good until the next but one. */
static const char *identicon_of(uint8_t number)
{
    static char texts[2][IDENTICON_BYTES_MAX + 1];
    static size_t at;
    struct mm_buf svg = mm_buf_over(texts[at = 1 - at], IDENTICON_BYTES_MAX);
    const mm_addr addr = { { number } };
    identicon_write(&svg, &addr);
    cr_assert_eq(mm_buf_err(&svg), MM_OK);
    texts[at][svg.len] = '\0';
    return texts[at];
}

Test(identicon, is_the_addresss_own_and_always_the_same)
{
    cr_assert_str_eq(identicon_of(1), identicon_of(1));
    cr_assert_str_neq(identicon_of(1), identicon_of(2));
}

Test(identicon, is_a_picture_without_anything_that_runs_or_is_fetched)
{
    for (unsigned i = 0; i < 256; i++) {
        const char *svg = identicon_of((uint8_t)i);
        cr_assert_eq(strncmp(svg, "<svg xmlns=\"http://www.w3.org/2000/svg\" ", 40), 0);
        cr_assert_null(strstr(svg, "script"));
        cr_assert_null(strstr(svg, "href"));
        cr_assert_null(strstr(svg, "url("));
        cr_assert_null(strstr(svg, " on"));
    }
}
