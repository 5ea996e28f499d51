#include "state/codec/hex.h"

#include <criterion/criterion.h>
#include <stdio.h>

#include "state/base/heap.h"

static bool holds(struct mm_buf *buf, const char *text)
{
    return mm_buf_err(buf) == MM_OK && mm_bytes_equal(mm_buf_bytes(buf), mm_bytes_str(text));
}

Test(hex, every_byte_makes_the_round_trip_in_lower_case)
{
    uint8_t bytes[256];
    char text[2 * sizeof bytes + 1];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)i;
        (void)snprintf(text + 2 * i, 3, "%02x", (unsigned)i);
    }
    char encoded[2 * sizeof bytes];
    hex_encode(encoded, MM_BYTES_OF(bytes));
    cr_assert_arr_eq(encoded, text, sizeof encoded);
    uint8_t back[sizeof bytes];
    cr_assert(hex_decode(back, MM_BYTES_OF(encoded)));
    cr_assert_arr_eq(back, bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof encoded; i++)
        encoded[i] = (char)(encoded[i] >= 'a' ? encoded[i] - 'a' + 'A' : encoded[i]);
    cr_assert(hex_decode(back, MM_BYTES_OF(encoded)));
    cr_assert_arr_eq(back, bytes, sizeof bytes);
}

Test(hex, only_the_22_digits_are_digits)
{
    for (unsigned c = 0; c < 256; c++) {
        const bool digit = c != 0 && strchr("0123456789abcdefABCDEF", (int)c) != NULL;
        uint8_t out[2];
        const uint8_t first[] = { (uint8_t)c, '0', '0', '0' };
        const uint8_t last[] = { '0', '0', '0', (uint8_t)c };
        cr_assert_eq(hex_decode(out, MM_BYTES_OF(first)), digit, "%u", c);
        cr_assert_eq(hex_decode(out, MM_BYTES_OF(last)), digit, "%u", c);
    }
    uint8_t out[2];
    cr_assert_not(hex_decode(out, MM_BYTES_LIT("abc")));
    cr_assert(hex_decode(out, MM_BYTES_LIT("")));
}

Test(hex, quantities_have_no_leading_zeros)
{
    struct mm_buf buf;
    mm_buf_init(&buf, 1000);
    hex_add_u64(&buf, 0);
    hex_add_u64(&buf, 0x400);
    hex_add_u64(&buf, UINT64_MAX);
    cr_assert(holds(&buf, "0x00x4000xffffffffffffffff"));
    mm_buf_reset(&buf);
    const mm_u256 zero = u256_from_u64(0);
    const mm_u256 wide = { { 0, 0, 0, 0xabc } };
    hex_add_u256(&buf, &zero);
    hex_add_u256(&buf, &wide);
    cr_assert(holds(&buf, "0x00xabc000000000000000000000000000000000000000000000000"));
    mm_buf_fini(&buf);
}

Test(hex, data_is_even_and_empty_data_is_only_the_prefix)
{
    struct mm_buf buf;
    mm_buf_init(&buf, 1000);
    hex_add_data(&buf, MM_BYTES_LIT(""));
    hex_add_data(&buf, MM_BYTES_LIT("\x00\x0f"));
    cr_assert(holds(&buf, "0x0x000f"));
    mm_buf_fini(&buf);
    size_t len;
    cr_assert(hex_data_len(&len, MM_BYTES_LIT("0x")));
    cr_assert_eq(len, 0);
    cr_assert(hex_data_len(&len, MM_BYTES_LIT("0x0102")));
    cr_assert_eq(len, 2);
    static const char *const bad[] = { "", "0", "x", "0X00", "00", "0x0", "0x012", "1x00" };
    for (size_t i = 0; i < MM_COUNT_OF(bad); i++)
        cr_assert_not(hex_data_len(&len, mm_bytes_str(bad[i])), "%s", bad[i]);
}

Test(hex, fixed_data_of_another_size_is_refused_and_leaves_zeros)
{
    mm_addr addr;
    cr_assert(hex_read_addr(&addr, MM_BYTES_LIT("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266")));
    cr_assert_eq(addr.b[0], 0xf3);
    cr_assert_eq(addr.b[19], 0x66);
    static const char *const bad[] = {
        "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb922",  "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb9226600",
        "f39Fd6e51aad88F6F4ce6aB8827279cffFb92266",  "0xg39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
        "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb9226",
    };
    for (size_t i = 0; i < MM_COUNT_OF(bad); i++) {
        memset(&addr, 0xee, sizeof addr);
        cr_assert_not(hex_read_addr(&addr, mm_bytes_str(bad[i])), "%s", bad[i]);
        cr_assert(mm_addr_is_zero(&addr));
    }
    mm_hash32 hash;
    cr_assert(hex_read_hash(&hash, MM_BYTES_LIT("0x0000000000000000000000000000000000000000000000"
                                                "0000000000000000ff")));
    cr_assert_eq(hash.b[31], 0xff);
}

Test(hex, reads_quantities_that_fit)
{
    uint64_t value;
    cr_assert(hex_read_u64(&value, MM_BYTES_LIT("0x0")));
    cr_assert_eq(value, 0);
    cr_assert(hex_read_u64(&value, MM_BYTES_LIT("0xfFfFfFfFfFfFfFfF")));
    cr_assert_eq(value, UINT64_MAX);
    mm_u256 wide;
    cr_assert(hex_read_u256(&wide, MM_BYTES_LIT("0x123456789abcdef0123456789abcdef01")));
    cr_assert_eq(wide.limb[0], UINT64_C(0x23456789abcdef01));
    cr_assert_eq(wide.limb[1], UINT64_C(0x23456789abcdef01));
    cr_assert_eq(wide.limb[2], 1);
    cr_assert(hex_read_u256(&wide, MM_BYTES_LIT("0xffffffffffffffffffffffffffffffff"
                                                "ffffffffffffffffffffffffffffffff")));
    cr_assert_eq(wide.limb[3], UINT64_MAX);
}

Test(hex, refuses_quantities_with_leading_zeros_or_too_many_digits)
{
    static const char *const bad[] = {
        "",
        "0",
        "0x",
        "0x00",
        "0x01",
        "x1",
        "0X1",
        "1",
        "0xg",
        "0x-1",
        "0x 1",
        "0x1 ",
        "-0x1",
        "0x10000000000000000000000000000000000000"
        "0000000000000000000000000000",
    };
    for (size_t i = 0; i < MM_COUNT_OF(bad); i++) {
        uint64_t value = 7;
        mm_u256 wide = u256_from_u64(7);
        cr_assert_not(hex_read_u64(&value, mm_bytes_str(bad[i])), "%s", bad[i]);
        cr_assert_eq(value, 0);
        cr_assert_not(hex_read_u256(&wide, mm_bytes_str(bad[i])), "%s", bad[i]);
        cr_assert(u256_is_zero(&wide));
    }
    uint64_t value;
    cr_assert_not(hex_read_u64(&value, MM_BYTES_LIT("0x10000000000000000")));
}

Test(hex, a_buffer_that_cannot_grow_says_so)
{
    struct mm_buf buf;
    mm_buf_init(&buf, 9);
    hex_add_data(&buf, MM_BYTES_LIT("1234"));
    cr_assert_eq(mm_buf_err(&buf), MM_ERR_LIMIT);
    mm_buf_fini(&buf);
    mm_buf_init(&buf, 10);
    hex_add_data(&buf, MM_BYTES_LIT("1234"));
    cr_assert_eq(mm_buf_err(&buf), MM_OK);
    mm_buf_fini(&buf);
#ifdef MINTMARK_CHECKED
    mm_heap_fail_after(0);
    hex_add_u64(&buf, 1);
    mm_heap_fail_after(SIZE_MAX);
    cr_assert_eq(mm_buf_err(&buf), MM_ERR_NO_MEMORY);
    mm_buf_fini(&buf);
#endif
}
