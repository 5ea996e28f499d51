#include "tests/vectors/chain/fixture.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "state/codec/hex.h"

mm_bytes fixture_read(struct mm_arena *arena, const char *path)
{
    char full[4096];
    (void)snprintf(full, sizeof full, "%s/fixtures/ethereum/%s", MINTMARK_SHARED, path);
    FILE *file = fopen(full, "rb");
    if (file == NULL) {
        if (getenv("CI") != NULL)
            cr_assert_fail("%s is absent", full);
        (void)fprintf(stderr, "SKIPPED: %s is absent\n", full);
        cr_skip_test("%s is absent", full);
    }
    cr_assert_eq(fseek(file, 0, SEEK_END), 0);
    const long size = ftell(file);
    cr_assert_gt(size, 0);
    rewind(file);
    uint8_t *bytes = mm_arena_alloc(arena, (size_t)size);
    cr_assert_not_null(bytes);
    cr_assert_eq(fread(bytes, 1, (size_t)size, file), (size_t)size);
    (void)fclose(file);
    return mm_bytes_from(bytes, (size_t)size);
}

const struct json *fixture_json(struct mm_arena *arena, const char *path)
{
    const struct json_options options = { .unique_keys = true };
    struct json *value = MM_ARENA_NEW(arena, struct json);
    struct mm_reason reason;
    cr_assert_not_null(value);
    cr_assert_eq(json_parse(arena, value, fixture_read(arena, path), &options, &reason), JSON_OK,
                 "%s: %s", path, reason.text);
    return value;
}

const struct json *fixture_get(const struct json *object, const char *key)
{
    const struct json *value = json_find(object, key);
    cr_assert_not_null(value, "no %s", key);
    return value;
}

mm_bytes fixture_data(struct mm_arena *arena, const struct json *text)
{
    cr_assert_eq(text->kind, JSON_STRING);
    mm_bytes digits = text->text;
    if (digits.len >= 2 && digits.ptr[1] == 'x')
        digits = mm_bytes_from(digits.ptr + 2, digits.len - 2);
    uint8_t *bytes = mm_arena_alloc(arena, digits.len / 2);
    cr_assert_not_null(bytes);
    cr_assert(hex_decode(bytes, digits));
    return mm_bytes_from(bytes, digits.len / 2);
}

mm_u256 fixture_u256(struct mm_arena *arena, const struct json *text)
{
    mm_u256 value;
    cr_assert(u256_from_be(&value, fixture_data(arena, text)));
    return value;
}

uint64_t fixture_u64(struct mm_arena *arena, const struct json *text)
{
    const mm_u256 value = fixture_u256(arena, text);
    cr_assert(u256_fits_u64(&value));
    return value.limb[0];
}

const struct fixture_chain *fixture_chain(struct mm_arena *arena)
{
    struct rlp file = rlp_over(fixture_read(arena, "rpc-compat/chain.rlp"));
    struct fixture_chain *chain = MM_ARENA_NEW(arena, struct fixture_chain);
    cr_assert_not_null(chain);
    for (size_t i = 0; i < FIXTURE_CHAIN_BLOCKS; i++) {
        struct block_problem problem;
        chain->raws[i] = rlp_read_raw(&file);
        cr_assert(block_decode(arena, &chain->blocks[i], chain->raws[i], &problem),
                  "block %zu: %s, transaction %zu: %s", i + 1, rlp_verdict_text(problem.rlp),
                  problem.tx_index, tx_verdict_text(problem.tx));
    }
    cr_assert_eq(rlp_finish(&file), RLP_OK);
    return chain;
}
