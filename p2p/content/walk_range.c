#include "p2p/content/walk.h"

/* Digits, perhaps behind a minus, up to the end or a colon. */
static bool take_end(int64_t *out, mm_bytes *text)
{
    const bool is_negative = text->len > 0 && text->ptr[0] == '-';
    size_t at = is_negative;
    int64_t value = 0;
    for (; at < text->len && text->ptr[at] != ':'; at++) {
        const uint8_t c = text->ptr[at];
        if (c < '0' || c > '9' || value > (INT64_MAX - 9) / 10)
            return false;
        value = value * 10 + (c - '0');
    }
    if (at == (size_t)is_negative)
        return false;
    *text = (mm_bytes){ text->ptr + at, text->len - at };
    *out = is_negative ? -value : value;
    return true;
}

bool walk_range_parse(struct walk_range *range, mm_bytes text)
{
    *range = WALK_WHOLE_FILE;
    struct walk_range parsed = WALK_WHOLE_FILE;
    if (!take_end(&parsed.from, &text) || text.len < 2)
        return false;
    text = (mm_bytes){ text.ptr + 1, text.len - 1 }; /* the colon */
    if (!mm_bytes_equal(text, MM_BYTES_LIT("*"))) {
        if (!take_end(&parsed.to, &text) || text.len > 0)
            return false;
        /* Ends that count from different sides can be compared only when the length is known. */
        if ((parsed.from < 0) == (parsed.to < 0) && parsed.from > parsed.to)
            return false;
    }
    *range = parsed;
    return true;
}

/* An end as an offset; what lies before the first byte is the first. */
static uint64_t offset_of(int64_t end, uint64_t file_bytes)
{
    if (end >= 0)
        return (uint64_t)end;
    const uint64_t back = (uint64_t)-end;
    return back > file_bytes ? 0 : file_bytes - back;
}

void walk_range_resolve(uint64_t *start, uint64_t *end, const struct walk_range *range,
                        uint64_t file_bytes)
{
    *start = offset_of(range->from, file_bytes);
    if (*start > file_bytes)
        *start = file_bytes;
    *end = offset_of(range->to, file_bytes);
    const bool ends_before_the_file = range->to < 0 && (uint64_t)-range->to > file_bytes;
    *end = ends_before_the_file ? 0 : *end < file_bytes ? *end + 1 : file_bytes;
    if (*end < *start)
        *end = *start;
}
