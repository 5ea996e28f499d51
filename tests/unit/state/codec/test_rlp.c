#include "state/codec/rlp.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#include "state/base/heap.h"
#include "state/codec/hex.h"

/* The bytes that hex text stands for; valid until the next call. */
static mm_bytes hex(const char *text)
{
    static uint8_t bytes[4096];
    const mm_bytes digits = mm_bytes_str(text);
    cr_assert_leq(digits.len, 2 * sizeof bytes);
    cr_assert(hex_decode(bytes, digits), "%s", text);
    return mm_bytes_from(bytes, digits.len / 2);
}

static enum rlp_verdict read_one(const char *text)
{
    struct rlp r = rlp_over(hex(text));
    bool is_list;
    (void)rlp_read_any(&r, &is_list);
    return rlp_finish(&r);
}

static bool holds(struct mm_buf *buf, const char *text)
{
    return mm_buf_err(buf) == MM_OK && mm_bytes_equal(mm_buf_bytes(buf), hex(text));
}

Test(rlp, refuses_every_form_that_is_longer_than_needed)
{
    cr_assert_eq(read_one("8100"), RLP_NOT_CANONICAL);
    cr_assert_eq(read_one("817f"), RLP_NOT_CANONICAL);
    cr_assert_eq(read_one("8180"), RLP_OK);
    cr_assert_eq(read_one("b80100"), RLP_NOT_CANONICAL); /* a length up to 55 fits the tag */
    cr_assert_eq(read_one("b837"
                          "00000000000000000000000000000000000000000000000000000000"
                          "000000000000000000000000000000000000000000000000000000"),
                 RLP_NOT_CANONICAL);
    cr_assert_eq(read_one("b838"
                          "00000000000000000000000000000000000000000000000000000000"
                          "00000000000000000000000000000000000000000000000000000000"),
                 RLP_OK);
    cr_assert_eq(read_one("f800"), RLP_NOT_CANONICAL);
}

Test(rlp, refuses_a_length_with_a_leading_zero)
{
    cr_assert_eq(read_one("b90038"
                          "00000000000000000000000000000000000000000000000000000000"
                          "00000000000000000000000000000000000000000000000000000000"),
                 RLP_NOT_CANONICAL);
    cr_assert_eq(read_one("f90038"), RLP_NOT_CANONICAL);
}

Test(rlp, refuses_input_that_ends_inside_an_item)
{
    static const char *const cut[] = { "81",
                                       "820a",
                                       "b8",
                                       "b9ff",
                                       "b84000",
                                       "bfffffffffffffffff",
                                       "c1",
                                       "c4c0",
                                       "f8",
                                       "f840c0",
                                       "bf0f00000000000002111100",
                                       "ff0f00000000000002111100" };
    for (size_t i = 0; i < MM_COUNT_OF(cut); i++)
        cr_assert_eq(read_one(cut[i]), RLP_SHORT, "%s", cut[i]);
    cr_assert_eq(read_one("b838" /* 55 bytes: with the length byte they would be 56 */
                          "00000000000000000000000000000000000000000000000000000000"
                          "000000000000000000000000000000000000000000000000000000"),
                 RLP_SHORT);
    cr_assert_eq(read_one(""), RLP_MISSING);
    cr_assert_eq(read_one("8000"), RLP_TRAILING);
}

Test(rlp, a_refused_cursor_stays_refused_and_reads_nothing)
{
    struct rlp r = rlp_over(hex("c0820102"));
    cr_assert_eq(rlp_read_u64(&r), 0);
    cr_assert_eq(r.verdict, RLP_NOT_A_STRING);
    bool is_list = true;
    cr_assert_eq(rlp_read_any(&r, &is_list).len, 0);
    cr_assert_not(is_list);
    cr_assert_eq(rlp_read_raw(&r).len, 0);
    cr_assert_eq(rlp_read_string(&r, 100).len, 0);
    mm_hash32 hash;
    memset(&hash, 0xee, sizeof hash);
    rlp_read_fixed(&r, hash.b, sizeof hash.b);
    for (size_t i = 0; i < sizeof hash.b; i++)
        cr_assert_eq(hash.b[i], 0);
    struct rlp list = rlp_read_list(&r);
    cr_assert_eq(list.verdict, RLP_NOT_A_STRING);
    cr_assert_not(rlp_more(&list));
    cr_assert_not(rlp_more(&r));
    cr_assert_not(rlp_next_is_list(&r));
    rlp_refuse(&r, RLP_TOO_LARGE);
    cr_assert_eq(rlp_finish(&r), RLP_NOT_A_STRING);
}

Test(rlp, integers_are_strings_without_leading_zeros_that_fit)
{
    static const struct {
        const char *text;
        uint64_t value;
        enum rlp_verdict verdict;
    } rows[] = {
        { "80", 0, RLP_OK },
        { "01", 1, RLP_OK },
        { "7f", 0x7f, RLP_OK },
        { "8180", 0x80, RLP_OK },
        { "820400", 0x400, RLP_OK },
        { "88ffffffffffffffff", UINT64_MAX, RLP_OK },
        { "00", 0, RLP_LEADING_ZERO },
        { "820001", 0, RLP_LEADING_ZERO },
        { "89010000000000000000", 0, RLP_TOO_LARGE },
        { "c0", 0, RLP_NOT_A_STRING },
    };
    for (size_t i = 0; i < MM_COUNT_OF(rows); i++) {
        struct rlp r = rlp_over(hex(rows[i].text));
        cr_assert_eq(rlp_read_u64(&r), rows[i].value, "%s", rows[i].text);
        cr_assert_eq(rlp_finish(&r), rows[i].verdict, "%s", rows[i].text);
    }
    struct rlp r = rlp_over(hex("a0ff000000000000000000000000000000000000000000000000000000000000"
                                "01"));
    const mm_u256 wide = rlp_read_u256(&r);
    cr_assert_eq(rlp_finish(&r), RLP_OK);
    cr_assert_eq(wide.limb[3], UINT64_C(0xff00000000000000));
    cr_assert_eq(wide.limb[0], 1);
    r = rlp_over(hex("a100ff000000000000000000000000000000000000000000000000000000000000"
                     "01"));
    (void)rlp_read_u256(&r);
    cr_assert_eq(rlp_finish(&r), RLP_TOO_LARGE);
}

Test(rlp, strings_above_what_the_field_takes_are_refused)
{
    struct rlp r = rlp_over(hex("83646f67"));
    cr_assert(mm_bytes_equal(rlp_read_string(&r, 3), MM_BYTES_LIT("dog")));
    r = rlp_over(hex("83646f67"));
    cr_assert_eq(rlp_read_string(&r, 2).len, 0);
    cr_assert_eq(rlp_finish(&r), RLP_TOO_LARGE);
    r = rlp_over(hex("83646f67"));
    (void)rlp_read_addr(&r);
    cr_assert_eq(rlp_finish(&r), RLP_WRONG_SIZE);
    r = rlp_over(hex("83646f67"));
    (void)rlp_read_list(&r);
    cr_assert_eq(rlp_finish(&r), RLP_NOT_A_LIST);
}

Test(rlp, an_item_too_many_in_a_list_shows_when_the_list_is_joined)
{
    struct rlp r = rlp_over(hex("c3010203"));
    struct rlp list = rlp_read_list(&r);
    cr_assert_eq(rlp_count(list), 3);
    cr_assert_eq(rlp_read_u64(&list), 1);
    cr_assert_eq(rlp_read_u64(&list), 2);
    cr_assert_not(rlp_join(&r, &list));
    cr_assert_eq(rlp_finish(&r), RLP_TRAILING);

    r = rlp_over(hex("c3010203"));
    list = rlp_read_list(&r);
    for (unsigned i = 0; i < 4; i++)
        (void)rlp_read_u64(&list);
    cr_assert_not(rlp_join(&r, &list));
    cr_assert_eq(rlp_finish(&r), RLP_MISSING);

    r = rlp_over(hex("c3010203"));
    list = rlp_read_list(&r);
    for (unsigned i = 1; rlp_more(&list); i++)
        cr_assert_eq(rlp_read_u64(&list), i);
    cr_assert(rlp_join(&r, &list));
    cr_assert_eq(rlp_finish(&r), RLP_OK);
}

Test(rlp, count_enters_no_list_and_stops_at_what_is_wrong)
{
    cr_assert_eq(rlp_count(rlp_over(hex(""))), 0);
    cr_assert_eq(rlp_count(rlp_over(hex("c3010203c001"))), 3);
    cr_assert_eq(rlp_count(rlp_over(hex("01028105"))), 2);
}

Test(rlp, raw_items_keep_their_header)
{
    struct rlp r = rlp_over(hex("c20102820304"));
    cr_assert(rlp_next_is_list(&r));
    cr_assert_eq(rlp_read_raw(&r).len, 3);
    cr_assert_not(rlp_next_is_list(&r));
    const mm_bytes raw = rlp_read_raw(&r);
    cr_assert_eq(raw.len, 3);
    cr_assert_eq(raw.ptr[0], 0x82);
    cr_assert_eq(rlp_finish(&r), RLP_OK);
}

/* Writes a string of len bytes 0x80 and reads it back; the size must be what was promised. */
static void string_round_trip(size_t len)
{
    uint8_t *bytes = malloc(len + 1);
    cr_assert_not_null(bytes);
    memset(bytes, 0x80, len);
    const mm_bytes string = mm_bytes_from(bytes, len);
    struct mm_buf buf;
    mm_buf_init(&buf, rlp_size_string(string)); /* exactly as much as it needs */
    rlp_add_string(&buf, string);
    cr_assert_eq(mm_buf_err(&buf), MM_OK);
    cr_assert_eq(mm_buf_bytes(&buf).len, rlp_size_string(string));
    struct rlp r = rlp_over(mm_buf_bytes(&buf));
    cr_assert(mm_bytes_equal(rlp_read_string(&r, len), string));
    cr_assert_eq(rlp_finish(&r), RLP_OK);

    struct mm_buf list_buf;
    mm_buf_init(&list_buf, rlp_size_list(len));
    const size_t opened = rlp_open_list(&list_buf);
    for (size_t i = 0; i < len; i++)
        rlp_add_string(&list_buf, mm_bytes_from(NULL, 0));
    rlp_close_list(&list_buf, opened);
    cr_assert_eq(mm_buf_err(&list_buf), MM_OK);
    r = rlp_over(mm_buf_bytes(&list_buf));
    struct rlp list = rlp_read_list(&r);
    cr_assert_eq(list.in.len, len);
    cr_assert_eq(rlp_finish(&r), RLP_OK);
    mm_buf_reset(&buf);
    mm_buf_fini(&buf);

    /* The header written first gives the same bytes. */
    mm_buf_init(&buf, rlp_size_list(len));
    rlp_add_list_header(&buf, len);
    mm_buf_add(&buf, string);
    cr_assert(mm_bytes_equal(mm_buf_bytes(&buf), mm_buf_bytes(&list_buf)));
    mm_buf_fini(&buf);
    mm_buf_fini(&list_buf);
    free(bytes);
}

Test(rlp, lengths_around_each_change_of_form_make_the_round_trip)
{
    static const size_t lens[] = { 0, 1, 54, 55, 56, 57, 255, 256, 257, 65535, 65536, 1 << 20 };
    for (size_t i = 0; i < MM_COUNT_OF(lens); i++)
        string_round_trip(lens[i]);
}

Test(rlp, integers_around_each_byte_make_the_round_trip)
{
    struct mm_buf buf;
    mm_buf_init(&buf, 1000);
    for (unsigned bit = 0; bit < 256; bit++) {
        for (int delta = 0; delta < 2; delta++) { /* 2^bit - 1 and 2^bit */
            mm_u256 value = { { 0 } };
            value.limb[bit / 64] = UINT64_C(1) << bit % 64;
            const mm_u256 less = u256_from_u64(delta == 0);
            value = u256_wrapping_sub(&value, &less);
            mm_buf_reset(&buf);
            rlp_add_u256(&buf, &value);
            cr_assert_eq(mm_buf_bytes(&buf).len, rlp_size_u256(&value));
            if (u256_fits_u64(&value)) {
                rlp_add_u64(&buf, value.limb[0]);
                cr_assert_eq(mm_buf_bytes(&buf).len, 2 * rlp_size_u64(value.limb[0]));
            }
            struct rlp r = rlp_over(mm_buf_bytes(&buf));
            const mm_u256 back = rlp_read_u256(&r);
            cr_assert(u256_equal(&back, &value));
            if (u256_fits_u64(&value))
                cr_assert_eq(rlp_read_u64(&r), value.limb[0]);
            cr_assert_eq(rlp_finish(&r), RLP_OK);
        }
    }
    mm_buf_fini(&buf);
}

Test(rlp, nested_lists_are_closed_from_the_inside)
{
    struct mm_buf buf;
    mm_buf_init(&buf, 1000);
    const size_t outer = rlp_open_list(&buf); /* the set theoretical representation of three */
    const size_t one = rlp_open_list(&buf);
    rlp_close_list(&buf, one);
    const size_t two = rlp_open_list(&buf);
    rlp_add_list_header(&buf, 0);
    rlp_close_list(&buf, two);
    rlp_close_list(&buf, outer);
    cr_assert(holds(&buf, "c3c0c1c0"));
    mm_buf_reset(&buf);
    mm_hash32 hash = { { 1 } };
    mm_addr addr = { { 2 } };
    rlp_add_hash(&buf, &hash);
    rlp_add_addr(&buf, &addr);
    struct rlp r = rlp_over(mm_buf_bytes(&buf));
    const mm_hash32 hash_back = rlp_read_hash(&r);
    const mm_addr addr_back = rlp_read_addr(&r);
    cr_assert_eq(rlp_finish(&r), RLP_OK);
    cr_assert(mm_hash_equal(&hash, &hash_back));
    cr_assert(mm_addr_equal(&addr, &addr_back));
    mm_buf_fini(&buf);
}

Test(rlp, a_buffer_that_cannot_grow_says_so_once_at_the_end)
{
    struct mm_buf buf;
    mm_buf_init(&buf, 3);
    const size_t opened = rlp_open_list(&buf);
    rlp_add_u64(&buf, 1);
    const size_t inner = rlp_open_list(&buf);
    rlp_add_string(&buf, MM_BYTES_LIT("much too long"));
    rlp_close_list(&buf, inner);
    rlp_close_list(&buf, opened);
    cr_assert_eq(mm_buf_err(&buf), MM_ERR_LIMIT);
    cr_assert_eq(mm_buf_bytes(&buf).len, 0);
    mm_buf_fini(&buf);
#ifdef MINTMARK_CHECKED
    mm_buf_init(&buf, 1000);
    mm_heap_fail_after(0);
    rlp_add_u64(&buf, 1);
    mm_heap_fail_after(SIZE_MAX);
    rlp_close_list(&buf, opened);
    cr_assert_eq(mm_buf_err(&buf), MM_ERR_NO_MEMORY);
    mm_buf_fini(&buf);
#endif
}

Test(rlp, each_verdict_has_a_text_that_says_where_it_comes_from)
{
    for (int verdict = RLP_OK; verdict <= RLP_MISSING; verdict++) {
        const char *text = rlp_verdict_text((enum rlp_verdict)verdict);
        cr_assert_eq(strncmp(text, "rlp: ", 5), 0);
        cr_assert_null(strstr(text, "unknown"));
    }
}
