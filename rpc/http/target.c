#include "rpc/http/target.h"

#include "rpc/http/authority.h"

static int digit_value(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* The byte that the escape at text[at] stands for, or -1. */
static int escape_value(mm_bytes text, size_t at)
{
    if (text.len - at < 3)
        return -1;
    const int high = digit_value(text.ptr[at + 1]);
    const int low = digit_value(text.ptr[at + 2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

size_t http_percent_decode(uint8_t *out, mm_bytes text, bool plus_is_blank)
{
    size_t len = 0;
    for (size_t at = 0; at < text.len; at++) {
        uint8_t c = text.ptr[at];
        if (c == '%') {
            const int value = escape_value(text, at);
            if (value < 0)
                return HTTP_BAD_ESCAPE;
            c = (uint8_t)value;
            at += 2;
        } else if (c == '+' && plus_is_blank) {
            c = ' ';
        }
        out[len++] = c;
    }
    return len;
}

bool http_percent_is_valid(mm_bytes text)
{
    for (size_t at = 0; at < text.len; at++) {
        if (text.ptr[at] != '%')
            continue;
        if (escape_value(text, at) < 0)
            return false;
        at += 2;
    }
    return true;
}

/* What stands before the byte, and *rest behind it; all of it and an empty rest when the byte is not there. */
static mm_bytes cut_at(mm_bytes text, uint8_t byte, mm_bytes *rest)
{
    const uint8_t *found = text.len == 0 ? NULL : memchr(text.ptr, byte, text.len);
    if (found == NULL) {
        *rest = mm_bytes_from(NULL, 0);
        return text;
    }
    const size_t len = (size_t)(found - text.ptr);
    *rest = mm_bytes_from(found + 1, text.len - len - 1);
    return mm_bytes_from(text.ptr, len);
}

bool http_target_split(struct http_target_parts *parts, mm_bytes target)
{
    *parts = (struct http_target_parts){ 0 };
    if (target.len == 0 || memchr(target.ptr, '#', target.len) != NULL)
        return false;
    if (mm_bytes_equal(target, MM_BYTES_LIT("*"))) {
        parts->path = target;
        return true;
    }
    static const char scheme[] = "http://";
    const size_t scheme_len = sizeof scheme - 1;
    if (target.len > scheme_len &&
        http_equal_no_case(mm_bytes_from(target.ptr, scheme_len), MM_BYTES_LIT("http://"))) {
        const mm_bytes rest = mm_bytes_from(target.ptr + scheme_len, target.len - scheme_len);
        size_t len = 0;
        while (len < rest.len && rest.ptr[len] != '/' && rest.ptr[len] != '?')
            len++;
        if (len == 0)
            return false;
        parts->authority = mm_bytes_from(rest.ptr, len);
        target = mm_bytes_from(rest.ptr + len, rest.len - len);
        if (target.len == 0)
            target = MM_BYTES_LIT("/");
    }
    if (target.ptr[0] != '/')
        return false;
    parts->path = cut_at(target, '?', &parts->query);
    return true;
}

bool http_query_cut(mm_bytes *query, mm_bytes *name, mm_bytes *value)
{
    while (query->len > 0) {
        const mm_bytes pair = cut_at(*query, '&', query);
        if (pair.len == 0)
            continue;
        *name = cut_at(pair, '=', value);
        return true;
    }
    return false;
}
