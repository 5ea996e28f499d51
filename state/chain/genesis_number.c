/* What a JSON value means as a number, a hash, an address; and how a refusal names its place. */
#include "state/chain/genesis_internal.h"
#include "state/codec/hex.h"
#include "state/crypto/address.h"

enum {
    PLACES_MAX = 8,     /* the file's objects nest less deep */
    KEY_SHOWN_MAX = 66, /* 0x and 64 digits */
    WORD_DIGITS = 64,
};

/* Keys come from the file: what would not print is shown as '?'. */
static size_t add_key(char *text, size_t at, size_t size, mm_bytes key)
{
    const size_t shown = key.len < KEY_SHOWN_MAX ? key.len : KEY_SHOWN_MAX;
    for (size_t i = 0; i < shown && at + 1 < size; i++) {
        const uint8_t byte = key.ptr[i];
        text[at++] = byte < 0x20 || byte == 0x7f ? '?' : (char)byte;
    }
    return at;
}

mm_err genesis_refuse(const struct genesis_reader *reader, const struct genesis_place *at,
                      const char *text)
{
    char path[PLACES_MAX * (KEY_SHOWN_MAX + 1)];
    const struct genesis_place *places[PLACES_MAX];
    size_t depth = 0;
    for (; at != NULL && depth < PLACES_MAX; at = at->parent)
        places[depth++] = at;
    size_t len = 0;
    while (depth > 0) {
        len = add_key(path, len, sizeof path, places[--depth]->key);
        if (depth > 0 && len + 1 < sizeof path)
            path[len++] = '.';
    }
    path[len] = '\0';
    return mm_fail(reader->reason, MM_ERR_INVALID, "%s%s%s", path, len > 0 ? ": " : "", text);
}

mm_err genesis_no_memory(const struct genesis_reader *reader, const struct genesis_place *at)
{
    (void)genesis_refuse(reader, at, "too large");
    return MM_ERR_NO_MEMORY;
}

static bool has_prefix(mm_bytes text)
{
    return text.len >= 2 && text.ptr[0] == '0' && (text.ptr[1] == 'x' || text.ptr[1] == 'X');
}

bool genesis_word(mm_u256 *out, mm_bytes text)
{
    uint8_t digits[WORD_DIGITS];
    uint8_t word[WORD_DIGITS / 2];
    const size_t count = has_prefix(text) ? text.len - 2 : 0;
    *out = u256_from_u64(0);
    if (count == 0 || count > WORD_DIGITS)
        return false;
    memset(digits, '0', sizeof digits);
    memcpy(digits + WORD_DIGITS - count, text.ptr + 2, count);
    if (!hex_decode(word, MM_BYTES_OF(digits)))
        return false;
    *out = u256_from_be32(word);
    return true;
}

mm_err genesis_read_u256(const struct genesis_reader *reader, const struct genesis_place *at,
                         mm_u256 *out, const struct json *value)
{
    *out = u256_from_u64(0);
    if (value->kind != JSON_NUMBER && value->kind != JSON_STRING)
        return genesis_refuse(reader, at, "not a number");
    const bool is_hex = value->kind == JSON_STRING && has_prefix(value->text);
    const bool is_number =
        is_hex ? genesis_word(out, value->text) : u256_from_decimal(out, value->text);
    if (!is_number)
        return genesis_refuse(reader, at, "not a whole number of at most 256 bits");
    return MM_OK;
}

mm_err genesis_read_u64(const struct genesis_reader *reader, const struct genesis_place *at,
                        uint64_t *out, const struct json *value)
{
    mm_u256 number;
    *out = 0;
    MM_TRY(genesis_read_u256(reader, at, &number, value));
    if (!u256_fits_u64(&number))
        return genesis_refuse(reader, at, "more than 64 bits");
    *out = number.limb[0];
    return MM_OK;
}

mm_err genesis_read_zero(struct genesis_reader *reader, const struct genesis_place *at,
                         const struct json *value)
{
    mm_u256 number;
    MM_TRY(genesis_read_u256(reader, at, &number, value));
    return u256_is_zero(&number) ? MM_OK : genesis_refuse(reader, at, "must be zero");
}

mm_err genesis_read_data(const struct genesis_reader *reader, const struct genesis_place *at,
                         mm_bytes *out, const struct json *value)
{
    size_t len;
    *out = mm_bytes_from(NULL, 0);
    if (value->kind != JSON_STRING || !hex_data_len(&len, value->text))
        return genesis_refuse(reader, at, "not 0x data");
    uint8_t *bytes = mm_arena_alloc(reader->arena, len);
    if (bytes == NULL)
        return genesis_no_memory(reader, at);
    if (!hex_decode(bytes, mm_bytes_from(value->text.ptr + 2, value->text.len - 2)))
        return genesis_refuse(reader, at, "not 0x data");
    *out = mm_bytes_from(bytes, len);
    return MM_OK;
}

mm_err genesis_read_hash(const struct genesis_reader *reader, const struct genesis_place *at,
                         mm_hash32 *out, const struct json *value)
{
    *out = (mm_hash32){ { 0 } };
    if (value->kind != JSON_STRING || !hex_read_hash(out, value->text))
        return genesis_refuse(reader, at, "not 0x and 64 digits");
    return MM_OK;
}

mm_err genesis_address(const struct genesis_reader *reader, const struct genesis_place *at,
                       mm_addr *out, mm_bytes text, bool bare_allowed)
{
    uint8_t prefixed[ADDRESS_TEXT] = { '0', 'x' };
    *out = (mm_addr){ { 0 } };
    if (bare_allowed && text.len == ADDRESS_TEXT - 2) {
        memcpy(prefixed + 2, text.ptr, text.len);
        text = MM_BYTES_OF(prefixed);
    }
    switch (address_from_text(out, text)) {
    case ADDRESS_OK:
        return MM_OK;
    case ADDRESS_MALFORMED:
        return genesis_refuse(reader, at, "not an address");
    case ADDRESS_BAD_CHECKSUM:
        return genesis_refuse(reader, at, "bad checksum");
    }
    return MM_ERR_INVALID;
}
