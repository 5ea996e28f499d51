/* Hex-prefix encoding (yellow paper, appendix C), by basic/hexencodetest.json. */
#include <criterion/criterion.h>

#include "state/trie/trie_internal.h"
#include "tests/vectors/chain/fixture.h"

static void check(struct mm_arena *arena, const struct json_member *member)
{
    const struct json *seq = fixture_get(&member->value, "seq");
    const bool is_leaf = fixture_get(&member->value, "term")->kind == JSON_TRUE;
    const mm_bytes expected = fixture_data(arena, fixture_get(&member->value, "out"));
    uint8_t nibbles[TRIE_PATH_MAX];
    uint8_t encoded[TRIE_KEY_MAX + 1];
    for (size_t i = 0; i < seq->count; i++) {
        uint64_t nibble;
        cr_assert(json_u64(&nibble, &seq->items[i]));
        nibbles[i] = (uint8_t)nibble;
    }
    const mm_bytes sequence = mm_bytes_from(nibbles, seq->count);
    cr_assert_eq(nibbles_compact_len(seq->count), expected.len);
    nibbles_to_compact(encoded, sequence, is_leaf);
    cr_assert(mm_bytes_equal(mm_bytes_from(encoded, expected.len), expected), "%.*s",
              (int)member->key.len, (const char *)member->key.ptr);

    mm_bytes decoded;
    bool decoded_leaf = !is_leaf;
    cr_assert_eq(nibbles_from_compact(arena, &decoded, &decoded_leaf, expected), MM_OK);
    cr_assert(mm_bytes_equal(decoded, sequence));
    cr_assert_eq(decoded_leaf, is_leaf);
}

Test(hex_prefix, every_published_sequence_encodes_and_decodes)
{
    struct mm_arena arena;
    mm_arena_init(&arena, 1 << 20);
    const struct json *file = fixture_json(&arena, "basic/hexencodetest.json");
    cr_assert_eq(file->count, 12);
    for (size_t i = 0; i < file->count; i++)
        check(&arena, &file->members[i]);
    mm_arena_fini(&arena);
}
