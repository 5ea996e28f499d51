#include "node/cli/metadata.h"

#include <sodium.h>

#include "p2p/content/mint.h"

static bool begins(mm_bytes text, const char *with)
{
    const size_t len = strlen(with);
    return text.len >= len && memcmp(text.ptr, with, len) == 0;
}

static bool ends(mm_bytes text, const char *with)
{
    const size_t len = strlen(with);
    return text.len >= len && memcmp(text.ptr + text.len - len, with, len) == 0;
}

static int digit_of(uint8_t c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* RFC 2397. */
bool metadata_decode_data(struct mm_arena *arena, mm_bytes *out, mm_bytes uri)
{
    *out = (mm_bytes){ NULL, 0 };
    const uint8_t *comma = uri.len == 0 ? NULL : memchr(uri.ptr, ',', uri.len);
    if (!begins(uri, "data:") || comma == NULL)
        return false;
    const mm_bytes type = { uri.ptr, (size_t)(comma - uri.ptr) };
    const mm_bytes body = { comma + 1, uri.len - type.len - 1 };
    uint8_t *bytes = mm_arena_alloc(arena, body.len + 1);
    size_t len = 0;
    if (bytes == NULL)
        return false;
    if (ends(type, ";base64")) {
        if (sodium_base642bin(bytes, body.len, (const char *)body.ptr, body.len, NULL, &len, NULL,
                              sodium_base64_VARIANT_ORIGINAL) != 0)
            return false;
        *out = mm_bytes_from(bytes, len);
        return true;
    }
    for (size_t i = 0; i < body.len; i++) {
        const bool is_escape = body.ptr[i] == '%' && i + 2 < body.len &&
                               digit_of(body.ptr[i + 1]) >= 0 && digit_of(body.ptr[i + 2]) >= 0;
        if (is_escape)
            bytes[len++] = (uint8_t)(digit_of(body.ptr[i + 1]) << 4 | digit_of(body.ptr[i + 2]));
        else
            bytes[len++] = body.ptr[i];
        i += is_escape ? 2 : 0;
    }
    *out = mm_bytes_from(bytes, len);
    return true;
}

static mm_bytes text_member(const struct json *object, const char *key)
{
    const struct json *value = json_find(object, key);
    return value != NULL && value->kind == JSON_STRING ? value->text : (mm_bytes){ NULL, 0 };
}

static bool read_bytes(struct fetch *fetch, mm_bytes *bytes, mm_bytes uri, const char **why)
{
    struct mm_arena *arena = &fetch->remote->run->arena;
    struct cid root;
    mm_bytes path;
    *why = "its URI is malformed";
    if (begins(uri, "data:"))
        return metadata_decode_data(arena, bytes, uri);
    *why = uri.len == 0 ? "it has no URI"
                        : "its URI does not name content by its hash, and is not followed";
    if (!fetch_parse(arena, &root, &path, uri))
        return false;
    const enum fetch_verdict verdict =
        fetch_bytes(fetch, bytes, &root, path, MINT_METADATA_BYTES_MAX);
    *why = fetch_verdict_text(verdict);
    return verdict == FETCH_OK;
}

bool metadata_read(struct fetch *fetch, struct metadata *out, mm_bytes uri, const char **why)
{
    mm_bytes bytes;
    const struct json_options options = { .unique_keys = false };
    *out = (struct metadata){ .json = { .kind = JSON_NULL } };
    if (!read_bytes(fetch, &bytes, uri, why))
        return false;
    *why = "its metadata is no JSON object";
    if (json_parse(&fetch->remote->run->arena, &out->json, bytes, &options, NULL) != JSON_OK ||
        out->json.kind != JSON_OBJECT)
        return false;
    out->name = text_member(&out->json, "name");
    out->description = text_member(&out->json, "description");
    out->image = text_member(&out->json, "image");
    out->attributes = json_find(&out->json, "attributes");
    if (out->attributes != NULL && out->attributes->kind != JSON_ARRAY)
        out->attributes = NULL;
    *why = NULL;
    return true;
}
