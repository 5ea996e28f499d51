/* The selectors and topics that solc gave the reference contracts, from their texts. */
#include <stdio.h>

#include <criterion/criterion.h>

#include "contracts-native/abi/abi.h"
#include "state/codec/hex.h"
#include "tests/vectors/abi/vector_json.h"

static size_t run_group(const struct json *file, const char *group, size_t bytes)
{
    const struct json *rows = json_find(file, group);
    if (rows == NULL)
        return 0;
    for (size_t i = 0; i < rows->count; i++) {
        struct abi_signature signature;
        char text[ABI_TEXT_MAX + 1];
        uint8_t expected[32];
        const mm_bytes key = rows->members[i].key;
        cr_assert(key.len < sizeof text);
        memcpy(text, key.ptr, key.len);
        text[key.len] = '\0';
        cr_assert(abi_signature_parse(&signature, text), "%s", text);
        cr_assert(hex_read_fixed(expected, bytes, rows->members[i].value.text), "%s", text);
        cr_assert_arr_eq(signature.hash.b, expected, bytes, "%s", text);
    }
    return rows->count;
}

static void run_file(const char *path)
{
    struct mm_arena arena;
    mm_arena_init(&arena, 8 << 20);
    const struct json file = vector_json(&arena, path);
    const size_t functions = run_group(&file, "functions", ABI_SELECTOR);
    const size_t errors = run_group(&file, "errors", ABI_SELECTOR);
    const size_t events = run_group(&file, "events", 32);
    cr_assert(functions > 0);
    printf("%zu functions, %zu errors, %zu events\n", functions, errors, events);
    mm_arena_fini(&arena);
}

Test(abi_vectors, the_collection_has_the_selectors_that_solc_gave_it)
{
    run_file("reference/build/Collection.selectors.json");
}

Test(abi_vectors, the_factory_has_the_selectors_that_solc_gave_it)
{
    run_file("reference/build/CollectionFactory.selectors.json");
}
