#include "rpc/http/conditional.h"

static bool is_weak(mm_bytes tag)
{
    return tag.len >= 2 && tag.ptr[0] == 'W' && tag.ptr[1] == '/';
}

static mm_bytes opaque(mm_bytes tag)
{
    return is_weak(tag) ? mm_bytes_from(tag.ptr + 2, tag.len - 2) : tag;
}

static void skip_to_tag(mm_bytes *text)
{
    while (text->len > 0 && (*text->ptr == ' ' || *text->ptr == '\t' || *text->ptr == ','))
        *text = mm_bytes_from(text->ptr + 1, text->len - 1);
}

/* Cuts [W/]"…" off the front. false: there is none. */
static bool cut_tag(mm_bytes *text, mm_bytes *tag)
{
    const size_t prefix = is_weak(*text) ? 2 : 0;
    if (text->len < prefix + 2 || text->ptr[prefix] != '"')
        return false;
    const uint8_t *end = memchr(text->ptr + prefix + 1, '"', text->len - prefix - 1);
    if (end == NULL)
        return false;
    const size_t len = (size_t)(end - text->ptr) + 1;
    *tag = mm_bytes_from(text->ptr, len);
    *text = mm_bytes_from(text->ptr + len, text->len - len);
    return true;
}

bool http_etag_is_listed(mm_bytes if_none_match, mm_bytes etag)
{
    mm_bytes text = if_none_match;
    mm_bytes tag;
    for (skip_to_tag(&text); text.len > 0; skip_to_tag(&text)) {
        if (*text.ptr == '*')
            return true;
        if (!cut_tag(&text, &tag))
            return false;
        if (mm_bytes_equal(opaque(tag), opaque(etag)))
            return true;
    }
    return false;
}

bool http_if_range_holds(mm_bytes if_range, mm_bytes etag)
{
    return if_range.len == 0 || (!is_weak(etag) && mm_bytes_equal(if_range, etag));
}
