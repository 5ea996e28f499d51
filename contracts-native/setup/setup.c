#include "contracts-native/setup/setup.h"

#include <stdio.h>

#include "state/codec/hex.h"
#include "state/crypto/address.h"

static bool is_known(mm_bytes key, const char *const *keys, size_t count)
{
    if (mm_bytes_equal(key, MM_BYTES_LIT("contract")))
        return true;
    for (size_t i = 0; i < count; i++) {
        if (mm_bytes_equal(key, mm_bytes_str(keys[i])))
            return true;
    }
    return false;
}

mm_err setup_keys(const struct json *native, const char *const *keys, size_t count,
                  struct mm_reason *reason)
{
    if (native->kind != JSON_OBJECT)
        return mm_fail(reason, MM_ERR_INVALID, "native: must be an object");
    for (size_t i = 0; i < native->count; i++) {
        const mm_bytes key = native->members[i].key;
        if (!is_known(key, keys, count))
            return mm_fail(reason, MM_ERR_INVALID, "%.*s: unknown key",
                           (int)(key.len < 100 ? key.len : 100), (const char *)key.ptr);
    }
    return MM_OK;
}

static mm_err find(const struct json **out, const struct json *native, const char *key,
                   struct mm_reason *reason)
{
    *out = json_find(native, key);
    return *out != NULL ? MM_OK : mm_fail(reason, MM_ERR_INVALID, "%s: missing", key);
}

/* {"hex": "0x…"} */
static mm_err read_hex(struct mm_arena *arena, mm_bytes *out, const struct json *object,
                       const char *key, struct mm_reason *reason)
{
    const struct json *hex = object->count == 1 ? json_find(object, "hex") : NULL;
    size_t len;
    if (hex == NULL || hex->kind != JSON_STRING || !hex_data_len(&len, hex->text))
        return mm_fail(reason, MM_ERR_INVALID, "%s: must be a string or {\"hex\": \"0x…\"}", key);
    uint8_t *bytes = mm_arena_alloc(arena, len);
    if (bytes == NULL)
        return mm_fail(reason, MM_ERR_LIMIT, "%s: too long", key);
    if (!hex_decode(bytes, mm_bytes_from(hex->text.ptr + 2, hex->text.len - 2)))
        return mm_fail(reason, MM_ERR_INVALID, "%s.hex: not hexadecimal", key);
    *out = mm_bytes_from(bytes, len);
    return MM_OK;
}

mm_err setup_text(struct mm_arena *arena, mm_bytes *out, const struct json *native, const char *key,
                  struct mm_reason *reason)
{
    const struct json *value;
    *out = (mm_bytes){ 0 };
    MM_TRY(find(&value, native, key, reason));
    if (value->kind == JSON_OBJECT)
        return read_hex(arena, out, value, key, reason);
    if (value->kind != JSON_STRING)
        return mm_fail(reason, MM_ERR_INVALID, "%s: must be a string or {\"hex\": \"0x…\"}", key);
    *out = value->text;
    return MM_OK;
}

mm_err setup_bool(bool *out, const struct json *native, const char *key, struct mm_reason *reason)
{
    const struct json *value;
    *out = false;
    MM_TRY(find(&value, native, key, reason));
    if (value->kind != JSON_TRUE && value->kind != JSON_FALSE)
        return mm_fail(reason, MM_ERR_INVALID, "%s: must be true or false", key);
    *out = value->kind == JSON_TRUE;
    return MM_OK;
}

static mm_err read_addr(mm_addr *out, const struct json *value, const char *where,
                        struct mm_reason *reason)
{
    *out = (mm_addr){ 0 };
    if (value->kind != JSON_STRING)
        return mm_fail(reason, MM_ERR_INVALID, "%s: must be an address in a string", where);
    switch (address_from_text(out, value->text)) {
    case ADDRESS_OK:
        return MM_OK;
    case ADDRESS_MALFORMED:
        return mm_fail(reason, MM_ERR_INVALID, "%s: must be 0x and 40 hexadecimal digits", where);
    case ADDRESS_BAD_CHECKSUM:
        return mm_fail(reason, MM_ERR_INVALID, "%s: bad checksum", where);
    }
    return MM_ERR_INVALID;
}

mm_err setup_addr(mm_addr *out, const struct json *native, const char *key,
                  struct mm_reason *reason)
{
    const struct json *value;
    *out = (mm_addr){ 0 };
    MM_TRY(find(&value, native, key, reason));
    return read_addr(out, value, key, reason);
}

mm_err setup_addrs(mm_addr *out, size_t *count, size_t max, const struct json *native,
                   const char *key, struct mm_reason *reason)
{
    const struct json *list;
    *count = 0;
    MM_TRY(find(&list, native, key, reason));
    if (list->kind != JSON_ARRAY || list->count == 0 || list->count > max)
        return mm_fail(reason, MM_ERR_INVALID, "%s: must be a list of 1 to %zu addresses", key,
                       max);
    for (size_t i = 0; i < list->count; i++) {
        char where[64];
        (void)snprintf(where, sizeof where, "%s[%zu]", key, i);
        MM_TRY(read_addr(&out[i], &list->items[i], where, reason));
    }
    *count = list->count;
    return MM_OK;
}
