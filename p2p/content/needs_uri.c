#include "p2p/content/needs.h"
#include "state/codec/hex.h"

static mm_bytes without(mm_bytes text, const char *front)
{
    const size_t len = strlen(front);
    if (text.len < len || memcmp(text.ptr, front, len) != 0)
        return text;
    return mm_bytes_from(text.ptr + len, text.len - len);
}

/* Up to the first of these characters. */
static mm_bytes until(mm_bytes text, const char *ends)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] != '\0' && strchr(ends, text.ptr[i]) != NULL)
            return mm_bytes_from(text.ptr, i);
    return text;
}

/* False: a bad escape. out has room for text.len bytes. */
static bool decode_escapes(mm_bytes *out, uint8_t *memory, mm_bytes text)
{
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++, len++) {
        memory[len] = text.ptr[i];
        if (text.ptr[i] != '%')
            continue;
        if (text.len - i < 3 || !hex_decode(&memory[len], mm_bytes_from(text.ptr + i + 1, 2)))
            return false;
        i += 2;
    }
    *out = mm_bytes_from(memory, len);
    return true;
}

bool needs_parse_uri(struct cid *root, mm_bytes *path, uint8_t *memory, mm_bytes uri)
{
    *path = mm_bytes_from(NULL, 0);
    const mm_bytes named = without(uri, "ipfs://");
    if (uri.len > CONTENT_URI_MAX || named.len == uri.len)
        return false;
    const mm_bytes whole = until(without(named, "ipfs/"), "?#");
    const mm_bytes front = until(whole, "/");
    return cid_parse(root, front) == CID_OK &&
           decode_escapes(path, memory,
                          mm_bytes_from(whole.ptr + front.len, whole.len - front.len));
}
