#include "contracts-native/abi/abi.h"
#include "state/base/assert.h"
#include "state/base/endian.h"

/* Memory of solc's code begins here: two words of scratch, the free pointer, the zero word. */
enum { EVM_MEMORY_START = 0x80 };

struct reader {
    mm_bytes in;
    enum abi_location location;
    uint64_t memory_end; /* of what the memory arguments so far take */
};

mm_u256 abi_array_at(const struct abi_value *array, size_t index)
{
    MM_ASSERT(index < array->bytes.len / ABI_WORD);
    return u256_from_be32(array->bytes.ptr + index * ABI_WORD);
}

static bool all_are(const uint8_t *bytes, size_t len, uint8_t expected)
{
    uint8_t differences = 0;
    for (size_t i = 0; i < len; i++)
        differences |= (uint8_t)(bytes[i] ^ expected);
    return differences == 0;
}

/* Whether the word is one that a value of the type has. */
static bool word_is_clean(const uint8_t *word, const struct abi_type *type)
{
    const size_t unused = (size_t)ABI_WORD - type->bytes;
    switch ((enum abi_kind)type->kind) {
    case ABI_UINT:
    case ABI_ADDRESS:
        return all_are(word, unused, 0);
    case ABI_BOOL:
        return all_are(word, unused, 0) && word[ABI_WORD - 1] <= 1;
    case ABI_INT:
        return unused == 0 || all_are(word, unused, (word[unused] & 0x80) != 0 ? 0xff : 0);
    case ABI_BYTES_FIXED:
        return all_are(word + type->bytes, unused, 0);
    case ABI_BYTES:
    case ABI_STRING:
        break;
    }
    MM_UNREACHABLE();
}

/* The word as a number of 64 bits; false when it is larger. */
static bool word_u64(uint64_t *out, const uint8_t *word)
{
    *out = mm_get_be64(word + ABI_WORD - 8);
    return all_are(word, ABI_WORD - 8, 0);
}

/* Takes length and content out of EVM memory as solc's allocator does. False: they would end above 2^64 - 1.
 * Bytes are rounded up to words; elements are words. */
static bool take_memory(struct reader *r, uint64_t length, bool is_array)
{
    const uint64_t left = UINT64_MAX - r->memory_end - ABI_WORD;
    if (is_array ? length > left / ABI_WORD : length > left - left % ABI_WORD)
        return false;
    const uint64_t content =
        is_array ? length * ABI_WORD : (length + ABI_WORD - 1) / ABI_WORD * ABI_WORD;
    r->memory_end += ABI_WORD + content;
    return true;
}

static enum abi_verdict read_tail(struct reader *r, struct abi_value *value,
                                  const struct abi_type *type, const uint8_t *head)
{
    uint64_t offset;
    uint64_t length;
    if (!word_u64(&offset, head))
        return ABI_OFFSET_TOO_LARGE;
    if (r->in.len < ABI_WORD || offset > r->in.len - ABI_WORD)
        return ABI_LENGTH_OUTSIDE;
    const uint8_t *tail = r->in.ptr + offset;
    const bool fits = word_u64(&length, tail);
    if (r->location == ABI_CALLDATA && !fits)
        return ABI_LENGTH_TOO_LARGE;
    if (r->location == ABI_MEMORY && (!fits || !take_memory(r, length, type->is_array)))
        return ABI_MEMORY_END;
    const uint64_t left = r->in.len - ABI_WORD - offset;
    if (length > (type->is_array ? left / ABI_WORD : left))
        return ABI_TAIL_SHORT;
    value->bytes = mm_bytes_from(tail + ABI_WORD, type->is_array ? length * ABI_WORD : length);
    if (type->is_array) {
        for (size_t at = 0; at < value->bytes.len; at += ABI_WORD) {
            if (!word_is_clean(value->bytes.ptr + at, type))
                return ABI_DIRTY_WORD;
        }
    }
    return ABI_OK;
}

enum abi_verdict abi_decode(struct abi_value *values, mm_bytes args, const struct abi_type *types,
                            size_t count, enum abi_location location)
{
    MM_ASSERT(count <= ABI_ARGS_MAX);
    if (args.len < count * ABI_WORD)
        return ABI_HEAD_SHORT;
    struct reader r = { .in = args, .location = location, .memory_end = EVM_MEMORY_START };
    for (size_t i = 0; i < count; i++) {
        const uint8_t *head = args.ptr + i * ABI_WORD;
        values[i] = (struct abi_value){ 0 };
        if (abi_type_is_dynamic(&types[i])) {
            const enum abi_verdict verdict = read_tail(&r, &values[i], &types[i], head);
            if (verdict != ABI_OK)
                return verdict;
        } else {
            if (!word_is_clean(head, &types[i]))
                return ABI_DIRTY_WORD;
            values[i].word = u256_from_be32(head);
        }
    }
    return ABI_OK;
}
