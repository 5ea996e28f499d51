#include "p2p/content/multibase.h"

#include "state/base/assert.h"

struct alphabet {
    enum multibase prefix;
    const char *digits;
    unsigned radix;
    unsigned bits;   /* of a digit; 0: the text is one big number */
    bool folds_case; /* upper-case letters mean the same */
};

static const struct alphabet ALPHABETS[] = {
    { MULTIBASE_BASE16, "0123456789abcdef", 16, 4, true },
    { MULTIBASE_BASE32, "abcdefghijklmnopqrstuvwxyz234567", 32, 5, true },
    { MULTIBASE_BASE36, "0123456789abcdefghijklmnopqrstuvwxyz", 36, 0, true },
    { MULTIBASE_BASE58BTC, "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz", 58, 0,
      false },
    { MULTIBASE_BASE64URL, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", 64,
      6, false },
};

static const struct alphabet *find_alphabet(uint8_t prefix)
{
    for (size_t i = 0; i < MM_COUNT_OF(ALPHABETS); i++)
        if ((uint8_t)ALPHABETS[i].prefix == prefix)
            return &ALPHABETS[i];
    return NULL;
}

/* The value of a character, or radix. */
static unsigned digit_of(const struct alphabet *a, uint8_t character)
{
    if (a->folds_case && character >= 'A' && character <= 'Z')
        character = (uint8_t)(character - 'A' + 'a');
    const char *at = memchr(a->digits, character, a->radix);
    return at == NULL ? a->radix : (unsigned)(at - a->digits);
}

static size_t encode_bits(char *out, const struct alphabet *a, mm_bytes bytes)
{
    size_t len = 0;
    unsigned held = 0;
    unsigned held_bits = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        held = ((held << 8) | bytes.ptr[i]) & 0xffff;
        for (held_bits += 8; held_bits >= a->bits; held_bits -= a->bits)
            out[len++] = a->digits[(held >> (held_bits - a->bits)) & (a->radix - 1)];
    }
    if (held_bits > 0)
        out[len++] = a->digits[(held << (a->bits - held_bits)) & (a->radix - 1)];
    return len;
}

static enum multibase_verdict decode_bits(uint8_t *out, size_t *len, const struct alphabet *a,
                                          mm_bytes text)
{
    if (text.len * a->bits / 8 > MULTIBASE_BYTES_MAX)
        return MULTIBASE_TOO_LONG;
    size_t at = 0;
    unsigned held = 0;
    unsigned held_bits = 0;
    for (size_t i = 0; i < text.len; i++) {
        const unsigned digit = digit_of(a, text.ptr[i]);
        if (digit == a->radix)
            return MULTIBASE_BAD_CHARACTER;
        held = ((held << a->bits) | digit) & 0xffff;
        held_bits += a->bits;
        if (held_bits >= 8) {
            held_bits -= 8;
            out[at++] = (uint8_t)(held >> held_bits);
        }
    }
    /* What is left is less than a digit, and zero: anything else decodes to the same bytes as another text. */
    if (held_bits >= a->bits || (held & ((1u << held_bits) - 1)) != 0)
        return MULTIBASE_NOT_CANONICAL;
    *len = at;
    return MULTIBASE_OK;
}

/* Each leading zero byte is one leading zero digit; the rest is the number, most significant digit first. */
static size_t encode_number(char *out, const struct alphabet *a, mm_bytes bytes)
{
    size_t zeros = 0;
    while (zeros < bytes.len && bytes.ptr[zeros] == 0)
        zeros++;
    uint8_t digits[2 * MULTIBASE_BYTES_MAX]; /* least significant first */
    size_t count = 0;
    for (size_t i = zeros; i < bytes.len; i++) {
        unsigned carry = bytes.ptr[i];
        for (size_t j = 0; j < count; j++) {
            carry += (unsigned)digits[j] << 8;
            digits[j] = (uint8_t)(carry % a->radix);
            carry /= a->radix;
        }
        for (; carry > 0; carry /= a->radix)
            digits[count++] = (uint8_t)(carry % a->radix);
    }
    MM_ASSERT(zeros + count <= sizeof digits);
    for (size_t i = 0; i < zeros; i++)
        out[i] = a->digits[0];
    for (size_t i = 0; i < count; i++)
        out[zeros + i] = a->digits[digits[count - 1 - i]];
    return zeros + count;
}

static enum multibase_verdict decode_number(uint8_t *out, size_t *len, const struct alphabet *a,
                                            mm_bytes text)
{
    if (text.len > 2 * MULTIBASE_BYTES_MAX)
        return MULTIBASE_TOO_LONG;
    size_t zeros = 0;
    while (zeros < text.len && text.ptr[zeros] == (uint8_t)a->digits[0])
        zeros++;
    uint8_t number[MULTIBASE_BYTES_MAX]; /* least significant byte first */
    size_t count = 0;
    for (size_t i = zeros; i < text.len; i++) {
        unsigned carry = digit_of(a, text.ptr[i]);
        if (carry == a->radix)
            return MULTIBASE_BAD_CHARACTER;
        for (size_t j = 0; j < count; j++) {
            carry += number[j] * a->radix;
            number[j] = (uint8_t)carry;
            carry >>= 8;
        }
        if (carry > 0) { /* below radix, so one byte holds it */
            if (count == sizeof number)
                return MULTIBASE_TOO_LONG;
            number[count++] = (uint8_t)carry;
        }
    }
    if (zeros + count > MULTIBASE_BYTES_MAX)
        return MULTIBASE_TOO_LONG;
    if (zeros > 0)
        memset(out, 0, zeros);
    for (size_t i = 0; i < count; i++)
        out[zeros + i] = number[count - 1 - i];
    *len = zeros + count;
    return MULTIBASE_OK;
}

size_t multibase_encode(char out[MULTIBASE_TEXT_MAX], enum multibase base, mm_bytes bytes)
{
    const struct alphabet *a = find_alphabet((uint8_t)base);
    MM_ASSERT(a != NULL && bytes.len <= MULTIBASE_BYTES_MAX);
    out[0] = (char)base;
    return 1 + (a->bits != 0 ? encode_bits(out + 1, a, bytes) : encode_number(out + 1, a, bytes));
}

enum multibase_verdict multibase_decode(uint8_t out[MULTIBASE_BYTES_MAX], size_t *len,
                                        mm_bytes text)
{
    *len = 0;
    const struct alphabet *a = text.len == 0 ? NULL : find_alphabet(text.ptr[0]);
    if (a == NULL)
        return MULTIBASE_UNKNOWN;
    const mm_bytes digits = { text.ptr + 1, text.len - 1 };
    return a->bits != 0 ? decode_bits(out, len, a, digits) : decode_number(out, len, a, digits);
}

size_t base58btc_encode(char out[MULTIBASE_TEXT_MAX], mm_bytes bytes)
{
    MM_ASSERT(bytes.len <= MULTIBASE_BYTES_MAX);
    return encode_number(out, find_alphabet(MULTIBASE_BASE58BTC), bytes);
}

enum multibase_verdict base58btc_decode(uint8_t out[MULTIBASE_BYTES_MAX], size_t *len,
                                        mm_bytes text)
{
    *len = 0;
    return decode_number(out, len, find_alphabet(MULTIBASE_BASE58BTC), text);
}
