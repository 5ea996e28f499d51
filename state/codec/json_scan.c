#include "state/codec/json_internal.h"
#include "state/codec/utf8.h"

/* The value of the four digits behind \u, or -1: then it is not an escape at all, and yajl says so. */
static int hex4(const uint8_t *ptr, size_t len)
{
    if (len < 4)
        return -1;
    int value = 0;
    for (size_t i = 0; i < 4; i++) {
        const int c = ptr[i] | 0x20; /* letters in lower case; digits have that bit already */
        if (ptr[i] >= '0' && ptr[i] <= '9')
            value = value * 16 + (ptr[i] - '0');
        else if (c >= 'a' && c <= 'f')
            value = value * 16 + (c - 'a' + 10);
        else
            return -1;
    }
    return value;
}

static bool is_high_surrogate(int value)
{
    return value >= 0xd800 && value <= 0xdbff;
}

static bool is_low_surrogate(int value)
{
    return value >= 0xdc00 && value <= 0xdfff;
}

/* The length of the escape that ptr begins with, as far as it needs no second look; 0 for a lone surrogate.
 * It does not matter whether it stands in a string: a backslash elsewhere is refused by yajl. */
static size_t escape_len(const uint8_t *ptr, size_t len)
{
    if (len < 2)
        return len;
    if (ptr[1] != 'u')
        return 2;
    const int value = hex4(ptr + 2, len - 2);
    if (is_low_surrogate(value))
        return 0;
    if (!is_high_surrogate(value))
        return 2;
    /* RFC 8259, section 7: a character outside the BMP is a pair of escapes. */
    const bool pair = len >= 12 && ptr[6] == '\\' && ptr[7] == 'u';
    return pair && is_low_surrogate(hex4(ptr + 8, len - 8)) ? 12 : 0;
}

enum json_verdict json_scan(size_t *offset, mm_bytes text)
{
    size_t at = 0;
    while (at < text.len) {
        const uint8_t *ptr = text.ptr + at;
        const size_t left = text.len - at;
        const uint8_t byte = *ptr;
        size_t step;
        *offset = at;
        if (byte >= 0x80) {
            step = utf8_char_len(mm_bytes_from(ptr, left));
            if (step == 0)
                return JSON_BAD_UTF8;
        } else if (byte == '\\') {
            step = escape_len(ptr, left);
            if (step == 0)
                return JSON_BAD_UTF8;
        } else if (byte < 0x20) {
            /* RFC 8259, section 2: white space is space, tab, line feed, carriage return. yajl takes \v and \f too. */
            if (byte != '\t' && byte != '\n' && byte != '\r')
                return JSON_SYNTAX;
            step = 1;
        } else {
            step = byte == '"' ? 1 : json_plain_run(ptr, left);
        }
        at += step;
    }
    *offset = at;
    return JSON_OK;
}
