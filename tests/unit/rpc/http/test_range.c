#include <criterion/criterion.h>

#include "rpc/http/conditional.h"
#include "rpc/http/range.h"

static void expect(const char *header, uint64_t total, enum http_range_verdict want,
                   uint64_t offset, uint64_t length)
{
    struct http_range range;
    const enum http_range_verdict verdict = http_range_parse(&range, mm_bytes_str(header), total);
    cr_expect_eq(verdict, want, "%s: %d", header, verdict);
    cr_expect_eq(range.offset, offset, "%s", header);
    cr_expect_eq(range.length, length, "%s", header);
}

Test(range, takes_one_range_in_three_forms)
{
    expect("bytes=0-99", 1000, HTTP_RANGE_PART, 0, 100);
    expect("bytes=900-", 1000, HTTP_RANGE_PART, 900, 100);
    expect("bytes=-100", 1000, HTTP_RANGE_PART, 900, 100);
    expect("Bytes= 5 - 5 ", 1000, HTTP_RANGE_PART, 5, 1);
    expect("bytes=999-", 1000, HTTP_RANGE_PART, 999, 1);
    expect("bytes=0-99999", 1000, HTTP_RANGE_PART, 0, 1000);
    expect("bytes=-99999", 1000, HTTP_RANGE_PART, 0, 1000);
    expect("bytes=1-99999999999999999999999999", 1000, HTTP_RANGE_PART, 1, 999);
    expect("bytes=0-18446744073709551615", 1000, HTTP_RANGE_PART, 0, 1000);
    expect("bytes=0-0", UINT64_MAX, HTTP_RANGE_PART, 0, 1);
    expect("bytes=0-", UINT64_MAX, HTTP_RANGE_PART, 0, UINT64_MAX);
}

Test(range, takes_the_first_of_several_that_exists)
{
    expect("bytes=6-16,0-4", 31, HTTP_RANGE_PART, 6, 11);
    expect("bytes=31-, 5-6", 31, HTTP_RANGE_PART, 5, 2);
    expect("bytes=31-,32-", 31, HTTP_RANGE_OUTSIDE, 0, 31);
    expect("bytes=31-,x", 31, HTTP_RANGE_WHOLE, 0, 31);
    expect("bytes=31-,", 31, HTTP_RANGE_WHOLE, 0, 31);
}

Test(range, knows_what_is_outside)
{
    expect("bytes=1000-", 1000, HTTP_RANGE_OUTSIDE, 0, 1000);
    expect("bytes=1000-1001", 1000, HTTP_RANGE_OUTSIDE, 0, 1000);
    expect("bytes=99999999999999999999999-", 1000, HTTP_RANGE_OUTSIDE, 0, 1000);
    expect("bytes=-0", 1000, HTTP_RANGE_OUTSIDE, 0, 1000);
}

Test(range, is_the_whole_when_it_makes_no_sense)
{
    static const char *const texts[] = { "",           "bytes=",      "bytes=-",
                                         "bytes=a-b",  "bytes=5-4",   "items=0-1",
                                         "bytes 0-1",  "bytes=1",     "bytes=0-1-2",
                                         "bytes=+1-2", "bytes=0x1-2", "bytes=--1" };
    for (size_t i = 0; i < MM_COUNT_OF(texts); i++)
        expect(texts[i], 1000, HTTP_RANGE_WHOLE, 0, 1000);
    expect("bytes=0-0", 0, HTTP_RANGE_WHOLE, 0, 0);
}

Test(range, writes_content_range)
{
    char text[HTTP_RANGE_TEXT_BYTES];
    http_range_text(text, &(struct http_range){ 900, 100 }, 1000);
    cr_assert_str_eq(text, "bytes 900-999/1000");
    http_range_text(text, NULL, 1000);
    cr_assert_str_eq(text, "bytes */1000");
    http_range_text(text, &(struct http_range){ 0, UINT64_MAX }, UINT64_MAX);
    cr_assert_str_eq(text, "bytes 0-18446744073709551614/18446744073709551615");
}

Test(conditional, finds_a_tag_in_a_list)
{
    const mm_bytes tag = MM_BYTES_LIT("\"abc\"");
    static const char *const yes[] = { "\"abc\"",        "W/\"abc\"",       "*",
                                       "\"x\", \"abc\"", "\"x\",W/\"abc\"", " , \"abc\",",
                                       "\"a,b\" \"abc\"" };
    static const char *const no[] = {
        "", "\"ab\"", "abc", "\"abcd\"", "\"abc", "w/\"abc\"", "\"x\" junk \"abc\"", ",", "W/", "\""
    };
    for (size_t i = 0; i < MM_COUNT_OF(yes); i++)
        cr_expect(http_etag_is_listed(mm_bytes_str(yes[i]), tag), "%s", yes[i]);
    for (size_t i = 0; i < MM_COUNT_OF(no); i++)
        cr_expect_not(http_etag_is_listed(mm_bytes_str(no[i]), tag), "%s", no[i]);
    cr_expect(http_etag_is_listed(MM_BYTES_LIT("\"abc\""), MM_BYTES_LIT("W/\"abc\"")));
}

Test(conditional, if_range_needs_the_strong_tag)
{
    cr_expect(http_if_range_holds(MM_BYTES_LIT(""), MM_BYTES_LIT("\"a\"")));
    cr_expect(http_if_range_holds(MM_BYTES_LIT("\"a\""), MM_BYTES_LIT("\"a\"")));
    cr_expect_not(http_if_range_holds(MM_BYTES_LIT("\"b\""), MM_BYTES_LIT("\"a\"")));
    cr_expect_not(http_if_range_holds(MM_BYTES_LIT("W/\"a\""), MM_BYTES_LIT("W/\"a\"")));
    cr_expect_not(
        http_if_range_holds(MM_BYTES_LIT("Wed, 21 Oct 2015 07:28:00 GMT"), MM_BYTES_LIT("\"a\"")));
}
