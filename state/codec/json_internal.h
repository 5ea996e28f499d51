/* What the parser and the writer of JSON share. */
#ifndef STATE_CODEC_JSON_INTERNAL_H
#define STATE_CODEC_JSON_INTERNAL_H

#include "state/codec/json.h"

/* How many bytes from the start are plain: printable ASCII but `"` and `\`, which a JSON string holds as they are. */
static inline size_t json_plain_run(const uint8_t *ptr, size_t len)
{
    static const uint64_t ONES = UINT64_C(0x0101010101010101);
    static const uint64_t TOPS = UINT64_C(0x8080808080808080);
    size_t at = 0;
    for (; len - at >= sizeof(uint64_t); at += sizeof(uint64_t)) {
        /* In each byte: subtracting borrows into the top bit where the byte is below 0x20, or equal (xor gives zero). A borrow
         * that crosses into the next byte can only come from a byte that is itself found, so the answer for all eight holds. */
        uint64_t eight;
        memcpy(&eight, ptr + at, sizeof eight);
        const uint64_t quote = eight ^ ONES * '"';
        const uint64_t backslash = eight ^ ONES * '\\';
        const uint64_t found = eight | (eight - ONES * 0x20) | ((quote - ONES) & ~quote) |
                               ((backslash - ONES) & ~backslash);
        if ((found & TOPS) != 0)
            break;
    }
    while (at < len && ptr[at] >= 0x20 && ptr[at] < 0x80 && ptr[at] != '"' && ptr[at] != '\\')
        at++;
    return at;
}

/* What yajl does not look at, checked in one pass over the raw text: UTF-8, surrogates behind \u, and control characters that
 * are not JSON's white space. Out: *offset of the first offence, or the length of the text. The verdict is JSON_OK,
 * JSON_BAD_UTF8 or JSON_SYNTAX. */
enum json_verdict json_scan(size_t *offset, mm_bytes text);

/* Whether two members have one key: then which (the later one's), else NULL. *verdict is JSON_NO_MEMORY when it could not be
 * found out. Sorts an index of the keys: n log n for any number of members. */
const struct json_member *json_find_duplicate(enum json_verdict *verdict,
                                              const struct json *object);

#endif
