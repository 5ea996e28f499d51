#include "rpc/http/range.h"

#include <inttypes.h>
#include <stdio.h>

#include "rpc/http/authority.h"
#include "rpc/http/parameter.h"

/* Digits only. What does not fit is UINT64_MAX: beyond any body. */
static bool parse_number(uint64_t *number, mm_bytes text)
{
    *number = 0;
    for (size_t i = 0; i < text.len; i++) {
        const uint8_t c = text.ptr[i];
        if (c < '0' || c > '9')
            return false;
        const uint64_t digit = (uint64_t)(c - '0');
        *number = *number > (UINT64_MAX - digit) / 10 ? UINT64_MAX : *number * 10 + digit;
    }
    return text.len > 0;
}

static enum http_range_verdict cut_suffix(struct http_range *range, uint64_t last, uint64_t total)
{
    if (last == 0)
        return HTTP_RANGE_OUTSIDE;
    const uint64_t length = last < total ? last : total;
    *range = (struct http_range){ total - length, length };
    return HTTP_RANGE_PART;
}

static enum http_range_verdict parse_one(struct http_range *range, mm_bytes spec, uint64_t total)
{
    spec = http_trim(spec);
    const uint8_t *dash = spec.len == 0 ? NULL : memchr(spec.ptr, '-', spec.len);
    if (dash == NULL)
        return HTTP_RANGE_WHOLE;
    const mm_bytes left = http_trim(mm_bytes_from(spec.ptr, (size_t)(dash - spec.ptr)));
    const mm_bytes right =
        http_trim(mm_bytes_from(dash + 1, spec.len - (size_t)(dash - spec.ptr) - 1));
    uint64_t first = 0;
    uint64_t last = UINT64_MAX;
    if ((left.len > 0 && !parse_number(&first, left)) ||
        (right.len > 0 && !parse_number(&last, right)) || (left.len == 0 && right.len == 0))
        return HTTP_RANGE_WHOLE;
    if (left.len == 0)
        return cut_suffix(range, last, total);
    if (first > last)
        return HTTP_RANGE_WHOLE;
    if (first >= total)
        return HTTP_RANGE_OUTSIDE;
    *range = (struct http_range){ first, (last < total ? last + 1 : total) - first };
    return HTTP_RANGE_PART;
}

enum http_range_verdict http_range_parse(struct http_range *range, mm_bytes header, uint64_t total)
{
    *range = (struct http_range){ 0, total };
    static const size_t unit_len = 6;
    header = http_trim(header);
    if (total == 0 || header.len <= unit_len ||
        !http_equal_no_case(mm_bytes_from(header.ptr, unit_len), MM_BYTES_LIT("bytes=")))
        return HTTP_RANGE_WHOLE;
    mm_bytes specs = mm_bytes_from(header.ptr + unit_len, header.len - unit_len);
    for (;;) {
        const uint8_t *comma = memchr(specs.ptr, ',', specs.len);
        const size_t len = comma == NULL ? specs.len : (size_t)(comma - specs.ptr);
        const enum http_range_verdict verdict =
            parse_one(range, mm_bytes_from(specs.ptr, len), total);
        if (verdict != HTTP_RANGE_OUTSIDE || comma == NULL)
            return verdict;
        specs = mm_bytes_from(comma + 1, specs.len - len - 1);
    }
}

void http_range_text(char out[HTTP_RANGE_TEXT_BYTES], const struct http_range *range,
                     uint64_t total)
{
    if (range == NULL)
        (void)snprintf(out, HTTP_RANGE_TEXT_BYTES, "bytes */%" PRIu64, total);
    else
        (void)snprintf(out, HTTP_RANGE_TEXT_BYTES, "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64,
                       range->offset, range->offset + range->length - 1, total);
}
