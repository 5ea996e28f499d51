/* The root of a list against a trie that gets rlp(index) → item one by one. */
#include "state/trie/ordered.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#include "state/codec/rlp.h"
#include "state/crypto/keccak.h"
#include "tests/lib/node_table.h"
#include "tests/lib/random.h"

enum { COUNT_MAX = 300, MANY = 65536 + 40 };

/* rlp(index), by the codec: not by the code under test. */
static mm_bytes key_of(struct mm_arena *arena, size_t index)
{
    struct mm_buf buf;
    mm_bytes key;
    mm_buf_init(&buf, 16);
    rlp_add_u64(&buf, index);
    cr_assert_eq(mm_arena_copy(arena, &key, mm_buf_bytes(&buf)), MM_OK);
    mm_buf_fini(&buf);
    return key;
}

Test(ordered, each_count_to_300_gives_the_root_of_the_trie_built_key_by_key)
{
    struct test_random random = { 41 };
    struct node_table table = { 0 };
    struct mm_arena arena;
    mm_arena_init(&arena, 64 << 20);
    mm_bytes items[COUNT_MAX];
    uint8_t bytes[COUNT_MAX][60];
    mm_hash32 expected = KECCAK_EMPTY_TRIE;
    for (size_t count = 0; count <= COUNT_MAX; count++) {
        mm_hash32 root;
        cr_assert_eq(trie_ordered_root(&arena, &root, items, count), MM_OK);
        cr_assert(mm_hash_equal(&root, &expected), "%zu items", count);
        if (count == COUNT_MAX)
            break;
        const size_t len = 1 + test_random_below(&random, sizeof bytes[0]);
        test_random_fill(&random, bytes[count], len);
        items[count] = mm_bytes_from(bytes[count], len);
        const struct trie_update update = { key_of(&arena, count), items[count] };
        expected = node_table_update(&table, &expected, &update, 1);
    }
    node_table_fini(&table);
    mm_arena_fini(&arena);
}

static int by_key(const void *a, const void *b)
{
    return mm_bytes_compare(((const struct trie_update *)a)->key,
                            ((const struct trie_update *)b)->key);
}

Test(ordered, indexes_of_three_bytes_follow_those_of_two)
{
    struct mm_arena arena;
    mm_arena_init(&arena, 512 << 20);
    mm_bytes *items = calloc(MANY, sizeof *items);
    struct trie_update *updates = calloc(MANY, sizeof *updates);
    for (size_t i = 0; i < MANY; i++) {
        updates[i].key = key_of(&arena, i);
        items[i] = updates[i].key;
        updates[i].value = items[i];
    }
    qsort(updates, MANY, sizeof *updates, by_key);
    struct trie *trie = trie_new(&arena, NULL, &KECCAK_EMPTY_TRIE);
    cr_assert_eq(trie_apply(trie, updates, MANY), MM_OK);
    cr_assert_eq(trie_hash_all(&trie, 1), MM_OK);
    const mm_hash32 expected = trie_root(trie);
    mm_hash32 root;
    cr_assert_eq(trie_ordered_root(&arena, &root, items, MANY), MM_OK);
    cr_assert(mm_hash_equal(&root, &expected));
    mm_arena_fini(&arena);
    free(items);
    free(updates);
}

Test(ordered, gives_its_memory_back_and_says_when_there_is_none)
{
    struct mm_arena arena;
    const mm_bytes items[] = { MM_BYTES_LIT("one"), MM_BYTES_LIT("two"), MM_BYTES_LIT("three") };
    mm_hash32 expected;
    mm_hash32 root;
    mm_arena_init(&arena, 1 << 20);
    cr_assert_not_null(mm_arena_alloc(&arena, 10));
    const struct mm_arena_mark before = mm_arena_mark(&arena);
    cr_assert_eq(trie_ordered_root(&arena, &expected, items, 3), MM_OK);
    const struct mm_arena_mark after = mm_arena_mark(&arena);
    cr_assert(before.newest == after.newest && before.at == after.at);
    mm_arena_fini(&arena);

    size_t failures = 0;
    for (size_t bytes = 0; bytes < 16384; bytes += 64) {
        mm_arena_init(&arena, bytes);
        const mm_err err = trie_ordered_root(&arena, &root, items, 3);
        cr_assert(err == MM_ERR_NO_MEMORY || mm_hash_equal(&root, &expected));
        failures += err != MM_OK;
        mm_arena_fini(&arena);
    }
    cr_assert_gt(failures, 10);
}
