/* What names a file: a CID with a path, in the ways that people write it. */
#include "node/cli/fetch_internal.h"

static int digit_of(uint8_t c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* Percent escapes, once. False when one is malformed or there is no memory. */
static bool decode_path(struct mm_arena *arena, mm_bytes *out, mm_bytes path)
{
    uint8_t *bytes = mm_arena_alloc(arena, path.len + 1);
    size_t len = 0;
    if (bytes == NULL)
        return false;
    for (size_t i = 0; i < path.len; i++) {
        if (path.ptr[i] != '%') {
            bytes[len++] = path.ptr[i];
            continue;
        }
        const int high = i + 2 < path.len ? digit_of(path.ptr[i + 1]) : -1;
        const int low = high < 0 ? -1 : digit_of(path.ptr[i + 2]);
        if (low < 0)
            return false;
        bytes[len++] = (uint8_t)(high << 4 | low);
        i += 2;
    }
    *out = mm_bytes_from(bytes, len);
    return true;
}

static bool cut(mm_bytes *text, const char *prefix)
{
    const size_t len = strlen(prefix);
    if (text->len < len || memcmp(text->ptr, prefix, len) != 0)
        return false;
    *text = mm_bytes_from(text->ptr + len, text->len - len);
    return true;
}

bool fetch_parse(struct mm_arena *arena, struct cid *root, mm_bytes *path, mm_bytes text)
{
    const bool is_uri = cut(&text, "ipfs://");
    if (is_uri)
        (void)cut(&text, "ipfs/"); /* an old mistake that is everywhere */
    else
        (void)cut(&text, "/ipfs/");
    const uint8_t *slash = text.len == 0 ? NULL : memchr(text.ptr, '/', text.len);
    const size_t len = slash == NULL ? text.len : (size_t)(slash - text.ptr);
    if (cid_parse(root, mm_bytes_from(text.ptr, len)) != CID_OK)
        return false;
    *path = mm_bytes_from(text.ptr + len, text.len - len);
    return !is_uri || decode_path(arena, path, *path);
}

mm_bytes fetch_name_of(struct mm_arena *arena, const char *argument)
{
    struct cid root;
    mm_bytes path;
    mm_bytes text = mm_bytes_str(argument);
    if (fetch_parse(arena, &root, &path, text) && path.len > 1)
        text = path;
    while (text.len > 0 && text.ptr[text.len - 1] == '/')
        text.len--;
    if (text.len == 0)
        return text;
    size_t start = text.len;
    while (start > 0 && text.ptr[start - 1] != '/')
        start--;
    return mm_bytes_from(text.ptr + start, text.len - start);
}
