/* ethereum/tests, ABITests/basic_abi_tests.json: each case encodes to its bytes, and they decode to its values. */
#include <stdio.h>

#include <criterion/criterion.h>

#include "contracts-native/abi/abi.h"
#include "state/codec/hex.h"
#include "tests/vectors/abi/vector_json.h"

static mm_u256 number_of(const struct json *json)
{
    mm_u256 number;
    cr_assert_eq(json->kind, JSON_NUMBER);
    cr_assert(u256_from_decimal(&number, json->text));
    return number;
}

static struct abi_value array_of(struct mm_arena *arena, const struct json *json)
{
    cr_assert_eq(json->kind, JSON_ARRAY);
    uint8_t *words = mm_arena_alloc(arena, json->count * ABI_WORD);
    cr_assert(words != NULL);
    for (size_t i = 0; i < json->count; i++) {
        const mm_u256 element = number_of(&json->items[i]);
        u256_to_be32(words + i * ABI_WORD, &element);
    }
    return abi_bytes(mm_bytes_from(words, json->count * ABI_WORD));
}

/* Numbers are JSON numbers, addresses 0x text, bytes of all kinds plain text. */
static struct abi_value value_of(struct mm_arena *arena, const struct abi_type *type,
                                 const struct json *json)
{
    uint8_t word[ABI_WORD] = { 0 };
    mm_addr addr;
    struct abi_value value = { 0 };
    if (type->is_array)
        return array_of(arena, json);
    switch ((enum abi_kind)type->kind) {
    case ABI_UINT:
    case ABI_INT:
        value.word = number_of(json);
        return value;
    case ABI_ADDRESS:
        cr_assert(hex_read_addr(&addr, json->text));
        return abi_addr(&addr);
    case ABI_BYTES_FIXED:
        cr_assert_eq(json->text.len, type->bytes);
        memcpy(word, json->text.ptr, json->text.len);
        value.word = u256_from_be32(word);
        return value;
    case ABI_BYTES:
    case ABI_STRING:
        return abi_bytes(json->text);
    case ABI_BOOL:
    case ABI_TUPLE:
        break;
    }
    cr_assert(false, "a type that no case has");
    return value;
}

static void join_types(char *out, size_t size, const struct json *types)
{
    size_t len = 0;
    for (size_t i = 0; i < types->count; i++)
        len +=
            (size_t)snprintf(out + len, size - len, "%s%.*s", i == 0 ? "" : ",",
                             (int)types->items[i].text.len, (const char *)types->items[i].text.ptr);
    cr_assert(len < size);
}

static void run_case(struct mm_arena *arena, const struct json *test)
{
    struct abi_signature signature;
    struct abi_value values[ABI_ARGS_MAX];
    struct abi_value decoded[ABI_ARGS_MAX];
    char types[ABI_TEXT_MAX];
    mm_bytes encoded;
    const struct json *args = json_find(test, "args");
    const mm_bytes result = json_find(test, "result")->text;
    join_types(types, sizeof types, json_find(test, "types"));
    cr_assert(abi_signature_parse(&signature, types), "%s", types);
    cr_assert_eq(signature.count, args->count);
    for (size_t i = 0; i < args->count; i++)
        values[i] = value_of(arena, &signature.types[i], &args->items[i]);

    uint8_t *expected = mm_arena_alloc(arena, result.len / 2);
    cr_assert(expected != NULL && hex_decode(expected, result));
    cr_assert_eq(
        abi_encode(arena, &encoded, (mm_bytes){ 0 }, signature.types, signature.count, values),
        MM_OK);
    cr_assert(mm_bytes_equal(encoded, mm_bytes_from(expected, result.len / 2)), "%s", types);
    cr_assert_eq(abi_decode(decoded, encoded, signature.types, signature.count, ABI_CALLDATA),
                 ABI_OK);
    for (size_t i = 0; i < args->count; i++) {
        cr_assert(u256_equal(&decoded[i].word, &values[i].word));
        cr_assert(mm_bytes_equal(decoded[i].bytes, values[i].bytes));
    }
}

Test(abi_vectors, basic_cases_encode_and_decode)
{
    struct mm_arena arena;
    mm_arena_init(&arena, 8 << 20);
    const struct json file = vector_json(&arena, "fixtures/ethereum/abi/basic_abi_tests.json");
    cr_assert_eq(file.kind, JSON_OBJECT);
    cr_assert(file.count > 0);
    for (size_t i = 0; i < file.count; i++)
        run_case(&arena, &file.members[i].value);
    printf("%zu cases\n", file.count);
    mm_arena_fini(&arena);
}
