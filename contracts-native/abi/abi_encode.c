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

/* Length word, content, zeros. Returns how many bytes that is. */
static size_t put_tail(uint8_t *at, const struct abi_type *type, mm_bytes content)
{
    const size_t len = padded(content.len);
    MM_ASSERT(!type->is_array || len == content.len);
    put_length(at, type->is_array ? content.len / ABI_WORD : content.len);
    if (content.len > 0)
        memcpy(at + ABI_WORD, content.ptr, content.len);
    memset(at + ABI_WORD + content.len, 0, len - content.len);
    return ABI_WORD + len;
}

mm_err abi_encode(struct mm_arena *arena, mm_bytes *out, mm_bytes prefix,
                  const struct abi_type *types, size_t count, const struct abi_value *values)
{
    MM_ASSERT(count <= ABI_ARGS_MAX);
    size_t len = prefix.len + count * ABI_WORD;
    for (size_t i = 0; i < count; i++) {
        if (abi_type_is_dynamic(&types[i]))
            len += ABI_WORD + padded(values[i].bytes.len);
    }
    *out = (mm_bytes){ 0 };
    uint8_t *encoded = mm_arena_alloc(arena, len);
    if (encoded == NULL)
        return MM_ERR_LIMIT;
    if (prefix.len > 0)
        memcpy(encoded, prefix.ptr, prefix.len);
    uint8_t *head = encoded + prefix.len;
    size_t tail_at = count * ABI_WORD; /* offsets count from the first byte of the head */
    for (size_t i = 0; i < count; i++) {
        uint8_t *word = head + i * ABI_WORD;
        if (abi_type_is_dynamic(&types[i])) {
            put_length(word, tail_at);
            tail_at += put_tail(head + tail_at, &types[i], values[i].bytes);
        } else {
            u256_to_be32(word, &values[i].word);
        }
    }
    MM_ASSERT(prefix.len + tail_at == len);
    *out = mm_bytes_from(encoded, len);
    return MM_OK;
}
