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
    case ABI_TUPLE:
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

static enum abi_verdict read_values(struct reader *r, struct abi_value *values,
                                    const struct abi_type *types, size_t count);

/* What an offset of a tuple points at, to the end. */
static enum abi_verdict read_place(mm_bytes *place, mm_bytes in, const uint8_t *head)
{
    uint64_t offset;
    if (!word_u64(&offset, head))
        return ABI_OFFSET_TOO_LARGE;
    if (in.len < ABI_WORD || offset > in.len - ABI_WORD)
        return ABI_LENGTH_OUTSIDE;
    *place = mm_bytes_from(in.ptr + offset, in.len - (size_t)offset);
    return ABI_OK;
}

static enum abi_verdict read_tuple(struct reader *r, struct abi_value *values,
                                   const struct abi_type *type, const uint8_t *head)
{
    struct reader inner = *r;
    const enum abi_verdict verdict = read_place(&inner.in, r->in, head);
    return verdict == ABI_OK ? read_values(&inner, values + 1, type + 1, type->bytes) : verdict;
}

/* Their number and where they are; they themselves are read when they are asked for, as solc reads calldata. */
static enum abi_verdict read_places(struct reader *r, struct abi_value *value, const uint8_t *head)
{
    mm_bytes place;
    uint64_t length;
    const enum abi_verdict verdict = read_place(&place, r->in, head);
    if (verdict != ABI_OK)
        return verdict;
    if (!word_u64(&length, place.ptr))
        return ABI_LENGTH_TOO_LARGE;
    if (length > (place.len - ABI_WORD) / ABI_WORD)
        return ABI_TAIL_SHORT;
    value->word = u256_from_u64(length);
    value->bytes = mm_bytes_from(place.ptr + ABI_WORD, place.len - ABI_WORD);
    return ABI_OK;
}

/* A value whose type is not static. */
static enum abi_verdict read_dynamic(struct reader *r, struct abi_value *values,
                                     const struct abi_type *type, const uint8_t *head)
{
    if (abi_type_has_offsets(type))
        return read_places(r, values, head);
    return type->kind == ABI_TUPLE ? read_tuple(r, values, type, head)
                                   : read_tail(r, values, type, head);
}

static enum abi_verdict read_values(struct reader *r, struct abi_value *values,
                                    const struct abi_type *types, size_t count)
{
    size_t heads = 0;
    for (size_t i = 0; i < count; i += abi_type_span(&types[i]))
        heads++;
    if (r->in.len < heads * ABI_WORD)
        return ABI_HEAD_SHORT;
    const uint8_t *head = r->in.ptr;
    for (size_t i = 0; i < count; i += abi_type_span(&types[i])) {
        values[i] = (struct abi_value){ 0 };
        if (abi_type_is_dynamic(&types[i])) {
            const enum abi_verdict verdict = read_dynamic(r, &values[i], &types[i], head);
            if (verdict != ABI_OK)
                return verdict;
        } else {
            if (!word_is_clean(head, &types[i]))
                return ABI_DIRTY_WORD;
            values[i].word = u256_from_be32(head);
        }
        head += ABI_WORD;
    }
    return ABI_OK;
}

enum abi_verdict abi_decode(struct abi_value *values, mm_bytes args, const struct abi_type *types,
                            size_t count, enum abi_location location)
{
    MM_ASSERT(count <= ABI_ARGS_MAX);
    struct reader r = { .in = args, .location = location, .memory_end = EVM_MEMORY_START };
    return read_values(&r, values, types, count);
}

enum abi_verdict abi_tuple_at(struct abi_value *members, const struct abi_value *array,
                              const struct abi_type *type, size_t index)
{
    struct reader r = { .location = ABI_CALLDATA, .memory_end = EVM_MEMORY_START };
    MM_ASSERT(type->kind == ABI_TUPLE && index < array->word.limb[0]);
    const enum abi_verdict verdict =
        read_place(&r.in, array->bytes, array->bytes.ptr + index * ABI_WORD);
    return verdict == ABI_OK ? read_values(&r, members, type + 1, type->bytes) : verdict;
}

enum abi_verdict abi_list_at(mm_bytes *element, const struct abi_value *list, size_t index)
{
    static const struct abi_type type = { .kind = ABI_BYTES };
    struct reader r = { .in = list->bytes, .location = ABI_CALLDATA };
    struct abi_value value = { 0 };
    MM_ASSERT(index < list->word.limb[0]);
    const enum abi_verdict verdict =
        read_tail(&r, &value, &type, list->bytes.ptr + index * ABI_WORD);
    *element = verdict == ABI_OK ? value.bytes : (mm_bytes){ 0 };
    return verdict;
}
