/* Arguments of every shape that contracts have, from arbitrary calldata.
 *
 * First byte: which shape, and whether strings go to memory. The rest: arguments.
 * Properties: what was read lies within the input; encode(decode(x)) decodes to the same values and encodes to the same bytes; what
 * memory arguments take, calldata arguments take too. Of a list the elements are read one by one, and written anew before it is
 * encoded: what was decoded of it is only where they are. */
#include <stdint.h>
#include <stdlib.h>

#include "contracts-native/abi/abi.h"
#include "state/base/assert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const shapes[] = {
    "",
    "bool",
    "bytes4",
    "uint256",
    "string",
    "address,bool",
    "address,uint96",
    "address,string",
    "uint256,address,uint96",
    "address,address,uint256",
    "address,string,bytes",
    "string,string,bool",
    "address,address,uint256,bytes",
    "uint256,bytes32,uint256[],uint256",
    "address[],bytes32[],int24,int8[]",
    "uint256,bytes32,uint8,uint32,bytes,address,bytes32,uint256,bytes",
    "uint256,(uint8,bytes32,string),bytes",
    ("(string,string,string,address,string,string,uint256,uint48,uint32,uint256,uint8,uint48,"
     "address,uint64)"),
    "address[],uint256[],bytes[],string",
};

static bool is_within(mm_bytes inner, mm_bytes outer)
{
    return inner.len == 0 || (inner.ptr >= outer.ptr && inner.len <= outer.len &&
                              (size_t)(inner.ptr - outer.ptr) <= outer.len - inner.len);
}

/* The values with their lists written anew. False: an element is none. */
static bool renew(struct mm_arena *arena, struct abi_value *out, const struct abi_signature *shape,
                  const struct abi_value *values, mm_bytes within)
{
    memcpy(out, values, shape->count * sizeof *out);
    for (size_t i = 0; i < shape->count; i++) {
        if (!abi_type_has_offsets(&shape->types[i]))
            continue;
        const size_t count = values[i].word.limb[0];
        mm_bytes *elements = MM_ARENA_ARRAY(arena, mm_bytes, count + 1);
        MM_ASSERT(elements != NULL);
        for (size_t k = 0; k < count; k++) {
            if (abi_list_at(&elements[k], &values[i], k) != ABI_OK)
                return false;
            MM_ASSERT(is_within(elements[k], within));
        }
        const mm_err err = abi_encode_list(arena, &out[i], elements, count);
        MM_ASSERT(err == MM_OK || err == MM_ERR_LIMIT);
        if (err != MM_OK)
            return false; /* many elements may be one place of the input */
    }
    return true;
}

static void round_trip(struct mm_arena *arena, const struct abi_signature *shape,
                       const struct abi_value *read, mm_bytes args, enum abi_location location)
{
    struct abi_value values[ABI_ARGS_MAX];
    struct abi_value again[ABI_ARGS_MAX];
    struct abi_value renewed[ABI_ARGS_MAX];
    mm_bytes first;
    mm_bytes second;
    if (!renew(arena, values, shape, read, args))
        return;
    const mm_err err =
        abi_encode(arena, &first, (mm_bytes){ 0 }, shape->types, shape->count, values);
    MM_ASSERT(err == MM_OK || err == MM_ERR_LIMIT);
    if (err != MM_OK)
        return;
    MM_ASSERT(abi_decode(again, first, shape->types, shape->count, location) == ABI_OK);
    for (size_t i = 0; i < shape->count; i++) {
        MM_ASSERT(u256_equal(&values[i].word, &again[i].word));
        MM_ASSERT(is_within(again[i].bytes, first));
        MM_ASSERT(abi_type_has_offsets(&shape->types[i]) ||
                  mm_bytes_equal(values[i].bytes, again[i].bytes));
    }
    const bool is_whole = renew(arena, renewed, shape, again, first);
    if (!is_whole)
        return; /* no memory for a third copy */
    for (size_t i = 0; i < shape->count; i++)
        MM_ASSERT(mm_bytes_equal(values[i].bytes, renewed[i].bytes));
    if (abi_encode(arena, &second, (mm_bytes){ 0 }, shape->types, shape->count, renewed) == MM_OK)
        MM_ASSERT(mm_bytes_equal(first, second));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct abi_signature shape;
    struct abi_value values[ABI_ARGS_MAX];
    struct mm_arena arena;
    if (size == 0)
        return 0;
    MM_ASSERT(abi_signature_parse(&shape, shapes[data[0] % MM_COUNT_OF(shapes)]));
    const enum abi_location location = (data[0] & 0x80) != 0 ? ABI_MEMORY : ABI_CALLDATA;
    const mm_bytes args = mm_bytes_from(data + 1, size - 1);
    mm_arena_init(&arena, (size_t)64 << 20);
    if (abi_decode(values, args, shape.types, shape.count, location) == ABI_OK) {
        for (size_t i = 0; i < shape.count; i++)
            MM_ASSERT(is_within(values[i].bytes, args));
        round_trip(&arena, &shape, values, args, location);
        MM_ASSERT(abi_decode(values, args, shape.types, shape.count, ABI_CALLDATA) == ABI_OK);
    }
    mm_arena_fini(&arena);
    return 0;
}
