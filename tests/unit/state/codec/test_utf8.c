#include "state/codec/utf8.h"

#include <criterion/criterion.h>

/* The encoding by its definition, for comparison; surrogates and what is above U+10FFFF have none. */
static size_t encode(uint8_t out[4], uint32_t c)
{
    if (c < 0x80) {
        out[0] = (uint8_t)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (uint8_t)(0xc0 | c >> 6);
        out[1] = (uint8_t)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (uint8_t)(0xe0 | c >> 12);
        out[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
        out[2] = (uint8_t)(0x80 | (c & 0x3f));
        return c >= 0xd800 && c <= 0xdfff ? 0 : 3;
    }
    out[0] = (uint8_t)(0xf0 | c >> 18);
    out[1] = (uint8_t)(0x80 | (c >> 12 & 0x3f));
    out[2] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
    out[3] = (uint8_t)(0x80 | (c & 0x3f));
    return c > 0x10ffff ? 0 : 4;
}

Test(utf8, every_character_has_its_length_and_surrogates_have_none)
{
    for (uint32_t c = 0; c < 0x200000; c++) {
        uint8_t bytes[4] = { 0 };
        const size_t len = encode(bytes, c);
        if (utf8_char_len(MM_BYTES_OF(bytes)) != len)
            cr_assert_fail("U+%04X", (unsigned)c);
    }
}

Test(utf8, of_all_two_byte_texts_only_ascii_pairs_and_two_byte_characters_are_valid)
{
    for (unsigned first = 0; first < 256; first++) {
        for (unsigned second = 0; second < 256; second++) {
            const uint8_t bytes[] = { (uint8_t)first, (uint8_t)second };
            const bool pair = first >= 0xc2 && first <= 0xdf && (second & 0xc0) == 0x80;
            const bool valid = (first < 0x80 && second < 0x80) || pair;
            if (utf8_is_valid(MM_BYTES_OF(bytes)) != valid)
                cr_assert_fail("%02x %02x", first, second);
        }
    }
}

Test(utf8, a_character_cut_short_is_none)
{
    static const char *const whole[] = { "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80" };
    for (size_t i = 0; i < MM_COUNT_OF(whole); i++) {
        const mm_bytes text = mm_bytes_str(whole[i]);
        cr_assert_eq(utf8_char_len(text), text.len);
        for (size_t len = 0; len < text.len; len++)
            cr_assert_eq(utf8_char_len(mm_bytes_from(text.ptr, len)), 0);
    }
}

Test(utf8, overlong_forms_are_refused)
{
    static const char *const overlong[] = {
        "\xc0\x80",     "\xc1\xbf",         "\xe0\x80\x80",
        "\xe0\x9f\xbf", "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf"
    };
    for (size_t i = 0; i < MM_COUNT_OF(overlong); i++)
        cr_assert_not(utf8_is_valid(mm_bytes_str(overlong[i])));
}

Test(utf8, a_wrong_byte_is_found_wherever_it_stands)
{
    uint8_t text[64];
    for (size_t at = 0; at < sizeof text; at++) {
        memset(text, 'a', sizeof text);
        cr_assert(utf8_is_valid(MM_BYTES_OF(text)));
        text[at] = 0xff;
        cr_assert_not(utf8_is_valid(MM_BYTES_OF(text)), "%zu", at);
    }
}
