#include "contracts-native/abi/abi.h"
#include "state/base/assert.h"
#include "state/base/endian.h"

static size_t padded(size_t len)
{
    return (len + ABI_WORD - 1) / ABI_WORD * ABI_WORD;
}

static void put_length(uint8_t *word, uint64_t length)
{
    memset(word, 0, ABI_WORD - 8);
    mm_put_be64(word + ABI_WORD - 8, length);
}

/* ---- how long it gets ---- */

static size_t tail_len(const struct abi_type *type, const struct abi_value *value);

static size_t values_len(const struct abi_type *types, size_t count, const struct abi_value *values)
{
    size_t len = 0;
    for (size_t i = 0; i < count; i += abi_type_span(&types[i])) {
        len += ABI_WORD;
        if (abi_type_is_dynamic(&types[i]))
            len += tail_len(&types[i], &values[i]);
    }
    return len;
}

static size_t tail_len(const struct abi_type *type, const struct abi_value *value)
{
    if (type->kind == ABI_TUPLE && !type->is_array)
        return values_len(type + 1, type->bytes, value + 1);
    return ABI_WORD + padded(value->bytes.len);
}

/* ---- writing ---- */

static size_t put_values(uint8_t *head, const struct abi_type *types, size_t count,
                         const struct abi_value *values);

static uint64_t length_of(const struct abi_type *type, const struct abi_value *value)
{
    if (abi_type_has_offsets(type))
        return value->word.limb[0];
    return type->is_array ? value->bytes.len / ABI_WORD : value->bytes.len;
}

/* Length word, content, zeros; of a tuple its members. Returns how many bytes that is. */
static size_t put_tail(uint8_t *at, const struct abi_type *type, const struct abi_value *value)
{
    const mm_bytes content = value->bytes;
    const size_t len = padded(content.len);
    if (type->kind == ABI_TUPLE && !type->is_array)
        return put_values(at, type + 1, type->bytes, value + 1);
    MM_ASSERT(!type->is_array || len == content.len);
    put_length(at, length_of(type, value));
    if (content.len > 0)
        memcpy(at + ABI_WORD, content.ptr, content.len);
    memset(at + ABI_WORD + content.len, 0, len - content.len);
    return ABI_WORD + len;
}

static size_t put_values(uint8_t *head, const struct abi_type *types, size_t count,
                         const struct abi_value *values)
{
    size_t tail_at = 0; /* offsets count from the first byte of the head */
    uint8_t *word = head;
    for (size_t i = 0; i < count; i += abi_type_span(&types[i]))
        tail_at += ABI_WORD;
    for (size_t i = 0; i < count; i += abi_type_span(&types[i])) {
        if (abi_type_is_dynamic(&types[i])) {
            put_length(word, tail_at);
            tail_at += put_tail(head + tail_at, &types[i], &values[i]);
        } else {
            u256_to_be32(word, &values[i].word);
        }
        word += ABI_WORD;
    }
    return tail_at;
}

mm_err abi_encode(struct mm_arena *arena, mm_bytes *out, mm_bytes prefix,
                  const struct abi_type *types, size_t count, const struct abi_value *values)
{
    MM_ASSERT(count <= ABI_ARGS_MAX);
    const size_t len = prefix.len + values_len(types, count, values);
    *out = (mm_bytes){ 0 };
    uint8_t *encoded = mm_arena_alloc(arena, len);
    if (encoded == NULL)
        return MM_ERR_LIMIT;
    if (prefix.len > 0)
        memcpy(encoded, prefix.ptr, prefix.len);
    const size_t written = put_values(encoded + prefix.len, types, count, values);
    MM_ASSERT(prefix.len + written == len);
    *out = mm_bytes_from(encoded, len);
    return MM_OK;
}

mm_err abi_encode_tuples(struct mm_arena *arena, struct abi_value *array,
                         const struct abi_type *type, size_t count, const struct abi_value *members)
{
    MM_ASSERT(type->kind == ABI_TUPLE && type->is_array);
    *array = (struct abi_value){ 0 };
    size_t len = count * ABI_WORD;
    for (size_t i = 0; i < count; i++)
        len += values_len(type + 1, type->bytes, members + i * type->bytes);
    uint8_t *encoded = mm_arena_alloc(arena, len);
    if (encoded == NULL)
        return MM_ERR_LIMIT;
    size_t at = count * ABI_WORD; /* offsets count from behind the length */
    for (size_t i = 0; i < count; i++) {
        put_length(encoded + i * ABI_WORD, at);
        at += put_values(encoded + at, type + 1, type->bytes, members + i * type->bytes);
    }
    MM_ASSERT(at == len);
    array->word = u256_from_u64(count);
    array->bytes = mm_bytes_from(encoded, len);
    return MM_OK;
}

mm_err abi_encode_list(struct mm_arena *arena, struct abi_value *list, const mm_bytes *elements,
                       size_t count)
{
    static const struct abi_type type = { .kind = ABI_BYTES };
    size_t len = 2 * count * ABI_WORD; /* an offset and a length each */
    *list = (struct abi_value){ 0 };
    for (size_t i = 0; i < count; i++)
        len += padded(elements[i].len);
    uint8_t *encoded = mm_arena_alloc(arena, len);
    if (encoded == NULL)
        return MM_ERR_LIMIT;
    size_t at = count * ABI_WORD;
    for (size_t i = 0; i < count; i++) {
        const struct abi_value value = abi_bytes(elements[i]);
        put_length(encoded + i * ABI_WORD, at);
        at += put_tail(encoded + at, &type, &value);
    }
    MM_ASSERT(at == len);
    list->word = u256_from_u64(count);
    list->bytes = mm_bytes_from(encoded, len);
    return MM_OK;
}
