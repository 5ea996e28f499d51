#include "state/codec/hex.h"

#include <assert.h>

#include "state/base/endian.h"

/* The two digits of each byte, so that a byte costs one load and one store. */
#define ROW(high)                                                                                  \
    high "0" high "1" high "2" high "3" high "4" high "5" high "6" high "7" high "8" high "9" high \
         "a" high "b" high "c" high "d" high "e" high "f"
static const char PAIRS[] = ROW("0") ROW("1") ROW("2") ROW("3") ROW("4") ROW("5") ROW("6") ROW("7")
    ROW("8") ROW("9") ROW("a") ROW("b") ROW("c") ROW("d") ROW("e") ROW("f");
static_assert(sizeof PAIRS == 513, "two digits a byte and the terminator");
#undef ROW

/* A digit's value with VALID set; zero for every other character. */
enum { VALID = 0x100 };
#define D(value) (VALID | (value))
static const uint16_t VALUES[256] = {
    ['0'] = D(0),  ['1'] = D(1),  ['2'] = D(2),  ['3'] = D(3),  ['4'] = D(4),  ['5'] = D(5),
    ['6'] = D(6),  ['7'] = D(7),  ['8'] = D(8),  ['9'] = D(9),  ['a'] = D(10), ['b'] = D(11),
    ['c'] = D(12), ['d'] = D(13), ['e'] = D(14), ['f'] = D(15), ['A'] = D(10), ['B'] = D(11),
    ['C'] = D(12), ['D'] = D(13), ['E'] = D(14), ['F'] = D(15),
};
#undef D

void hex_encode(char *out, mm_bytes bytes)
{
    for (size_t i = 0; i < bytes.len; i++)
        memcpy(out + 2 * i, PAIRS + 2 * (size_t)bytes.ptr[i], 2);
}

bool hex_decode(uint8_t *out, mm_bytes text)
{
    if (text.len % 2 != 0)
        return false;
    /* One look at the end instead of a branch a byte: a wrong digit costs the rest of the pass, a right one nothing. */
    unsigned all = VALID;
    for (size_t i = 0; i < text.len / 2; i++) {
        const unsigned high = VALUES[text.ptr[2 * i]];
        const unsigned low = VALUES[text.ptr[2 * i + 1]];
        all &= high & low;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return (all & VALID) != 0;
}

void hex_add_data(struct mm_buf *buf, mm_bytes bytes)
{
    uint8_t *out = bytes.len > (SIZE_MAX - 2) / 2 ? NULL : mm_buf_reserve(buf, 2 + 2 * bytes.len);
    if (out == NULL)
        return;
    out[0] = '0';
    out[1] = 'x';
    hex_encode((char *)out + 2, bytes);
    mm_buf_advance(buf, 2 + 2 * bytes.len);
}

/* `0x` and the big-endian bytes' digits without leading zeros. */
static void add_quantity(struct mm_buf *buf, mm_bytes be)
{
    char digits[2 + 64] = "0x";
    hex_encode(digits + 2, be);
    size_t skip = 2;
    while (skip < 2 + 2 * be.len - 1 && digits[skip] == '0')
        skip++;
    mm_buf_add(buf, MM_BYTES_LIT("0x"));
    mm_buf_add(buf, mm_bytes_from(digits + skip, 2 + 2 * be.len - skip));
}

void hex_add_u64(struct mm_buf *buf, uint64_t value)
{
    uint8_t be[8];
    mm_put_be64(be, value);
    add_quantity(buf, MM_BYTES_OF(be));
}

void hex_add_u256(struct mm_buf *buf, const mm_u256 *value)
{
    uint8_t be[32];
    u256_to_be32(be, value);
    add_quantity(buf, MM_BYTES_OF(be));
}

static bool has_prefix(mm_bytes text)
{
    return text.len >= 2 && text.ptr[0] == '0' && text.ptr[1] == 'x';
}

bool hex_data_len(size_t *len, mm_bytes text)
{
    *len = 0;
    if (!has_prefix(text) || text.len % 2 != 0)
        return false;
    *len = text.len / 2 - 1;
    return true;
}

bool hex_read_fixed(uint8_t *out, size_t len, mm_bytes text)
{
    size_t text_len;
    if (hex_data_len(&text_len, text) && text_len == len &&
        hex_decode(out, mm_bytes_from(text.ptr + 2, text.len - 2)))
        return true;
    if (len > 0)
        memset(out, 0, len);
    return false;
}

/* The digits of a quantity: 1 to digits_max of them, no leading zero but in zero itself. */
static bool quantity_digits(mm_bytes *digits, mm_bytes text, size_t digits_max)
{
    if (!has_prefix(text) || text.len < 3 || text.len - 2 > digits_max)
        return false;
    *digits = mm_bytes_from(text.ptr + 2, text.len - 2);
    return digits->ptr[0] != '0' || digits->len == 1;
}

bool hex_read_u64(uint64_t *out, mm_bytes text)
{
    mm_bytes digits;
    *out = 0;
    if (!quantity_digits(&digits, text, 16))
        return false;
    unsigned all = VALID;
    uint64_t value = 0;
    for (size_t i = 0; i < digits.len; i++) {
        const unsigned digit = VALUES[digits.ptr[i]];
        all &= digit;
        value = value << 4 | (digit & 0xf);
    }
    if ((all & VALID) == 0)
        return false;
    *out = value;
    return true;
}

bool hex_read_u256(mm_u256 *out, mm_bytes text)
{
    mm_bytes digits;
    *out = u256_from_u64(0);
    if (!quantity_digits(&digits, text, 64))
        return false;
    unsigned all = VALID;
    mm_u256 value = u256_from_u64(0);
    for (size_t i = 0; i < digits.len; i++) {
        const size_t nibble = digits.len - 1 - i;
        const unsigned digit = VALUES[digits.ptr[i]];
        all &= digit;
        value.limb[nibble / 16] |= (uint64_t)(digit & 0xf) << (nibble % 16 * 4);
    }
    if ((all & VALID) == 0)
        return false;
    *out = value;
    return true;
}
