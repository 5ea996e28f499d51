#include "state/trie/trie.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "state/base/heap.h"
#include "state/codec/hex.h"
#include "state/crypto/keccak.h"
#include "tests/lib/node_table.h"
#include "tests/lib/random.h"

enum { KEYS = 200, KEY_LEN = 3 };

/* A model: what a set of keys has, and the trie of exactly that, built in one go. */
struct model {
    uint8_t keys[KEYS][KEY_LEN];
    uint8_t values[KEYS][40];
    size_t value_lens[KEYS]; /* 0: absent */
};

static int by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, KEY_LEN);
}

static void model_init(struct model *model, struct test_random *random)
{
    memset(model, 0, sizeof *model);
    for (size_t i = 0; i < KEYS; i++) {
        /* Few distinct bytes, so that keys share long beginnings. */
        for (size_t j = 0; j < KEY_LEN; j++)
            model->keys[i][j] =
                (uint8_t)(test_random_below(random, 5) * 0x33 + test_random_below(random, 2));
    }
    qsort(model->keys, KEYS, KEY_LEN, by_bytes);
}

static bool is_repeated(const struct model *model, size_t i)
{
    return i > 0 && memcmp(model->keys[i], model->keys[i - 1], KEY_LEN) == 0;
}

static mm_hash32 model_root(const struct model *model)
{
    struct node_table table = { 0 };
    struct trie_update updates[KEYS];
    size_t count = 0;
    for (size_t i = 0; i < KEYS; i++) {
        if (!is_repeated(model, i) && model->value_lens[i] > 0)
            updates[count++] =
                (struct trie_update){ MM_BYTES_OF(model->keys[i]),
                                      mm_bytes_from(model->values[i], model->value_lens[i]) };
    }
    const mm_hash32 root = node_table_update(&table, &KECCAK_EMPTY_TRIE, updates, count);
    node_table_fini(&table);
    return root;
}

/* Draws a batch, changes the model by it, and fills the updates. */
static size_t draw_batch(struct model *model, struct test_random *random,
                         struct trie_update *updates)
{
    size_t count = 0;
    const uint64_t density = 1 + test_random_below(random, 60);
    const bool is_purge = test_random_below(random, 4) == 0;
    for (size_t i = 0; i < KEYS; i++) {
        if (is_repeated(model, i) || test_random_below(random, 60) >= density)
            continue;
        model->value_lens[i] =
            is_purge || test_random_below(random, 3) == 0 ? 0 : 1 + test_random_below(random, 40);
        test_random_fill(random, model->values[i], model->value_lens[i]);
        if (model->value_lens[i] > 0 && model->values[i][0] == 0)
            model->values[i][0] = 1;
        updates[count++] =
            (struct trie_update){ MM_BYTES_OF(model->keys[i]),
                                  mm_bytes_from(model->values[i], model->value_lens[i]) };
    }
    return count;
}

Test(trie, batches_over_a_stored_trie_give_the_root_of_building_it_at_once)
{
    struct test_random random = { 1 };
    for (int round = 0; round < 40; round++) {
        struct model model;
        struct node_table table = { 0 };
        model_init(&model, &random);
        mm_hash32 root = KECCAK_EMPTY_TRIE;
        for (int batch = 0; batch < 25; batch++) {
            struct trie_update updates[KEYS];
            const size_t count = draw_batch(&model, &random, updates);
            root = node_table_update(&table, &root, updates, count);
            const mm_hash32 expected = model_root(&model);
            cr_assert(mm_hash_equal(&root, &expected), "round %d batch %d", round, batch);
        }
        /* All keys away: nothing is left behind, neither a root nor a stored node. */
        struct trie_update updates[KEYS];
        size_t count = 0;
        for (size_t i = 0; i < KEYS; i++) {
            if (!is_repeated(&model, i))
                updates[count++] = (struct trie_update){ MM_BYTES_OF(model.keys[i]), { NULL, 0 } };
        }
        root = node_table_update(&table, &root, updates, count);
        cr_assert(mm_hash_equal(&root, &KECCAK_EMPTY_TRIE));
        cr_assert_eq(table.count, 0);
        node_table_fini(&table);
    }
}

Test(trie, applying_twice_before_hashing_equals_applying_once)
{
    struct test_random random = { 2 };
    struct model model;
    model_init(&model, &random);
    struct mm_arena arena;
    mm_arena_init(&arena, SIZE_MAX);
    struct trie *trie = trie_new(&arena, NULL, &KECCAK_EMPTY_TRIE);
    for (int batch = 0; batch < 30; batch++) {
        struct trie_update updates[KEYS];
        const size_t count = draw_batch(&model, &random, updates);
        for (size_t i = 0; i < count; i++)
            cr_assert_eq(mm_arena_copy(&arena, &updates[i].value, updates[i].value), MM_OK);
        cr_assert_eq(trie_apply(trie, updates, count), MM_OK);
    }
    cr_assert_eq(trie_hash_all(&trie, 1), MM_OK);
    const mm_hash32 root = trie_root(trie);
    const mm_hash32 expected = model_root(&model);
    cr_assert(mm_hash_equal(&root, &expected));
    mm_arena_fini(&arena);
}

Test(trie, an_update_that_changes_nothing_writes_nothing)
{
    struct test_random random = { 3 };
    struct model model;
    struct node_table table = { 0 };
    model_init(&model, &random);
    struct trie_update updates[KEYS];
    const size_t count = draw_batch(&model, &random, updates);
    const mm_hash32 root = node_table_update(&table, &KECCAK_EMPTY_TRIE, updates, count);

    struct mm_arena arena;
    mm_arena_init(&arena, SIZE_MAX);
    const struct trie_reader reader = node_table_reader(&table);
    struct trie *trie = trie_new(&arena, &reader, &root);
    struct trie_update same[KEYS + 1];
    memcpy(same, updates, count * sizeof *same);
    cr_assert_eq(trie_apply(trie, same, count), MM_OK);
    const struct trie_update absent = { MM_BYTES_LIT("\xff\xff\xfe"), { NULL, 0 } };
    cr_assert_eq(trie_apply(trie, &absent, 1), MM_OK);
    cr_assert_eq(trie_hash_all(&trie, 1), MM_OK);
    const struct trie_change *changes;
    size_t change_count;
    cr_assert_eq(trie_changes(trie, &changes, &change_count), MM_OK);
    cr_assert_eq(change_count, 0);
    mm_arena_fini(&arena);
    node_table_fini(&table);
}

Test(trie, a_missing_node_is_corruption_and_not_an_empty_place)
{
    struct test_random random = { 4 };
    struct model model;
    struct node_table table = { 0 };
    model_init(&model, &random);
    struct trie_update updates[KEYS];
    const size_t count = draw_batch(&model, &random, updates);
    const mm_hash32 root = node_table_update(&table, &KECCAK_EMPTY_TRIE, updates, count);
    node_table_put(&table, (mm_bytes){ NULL, 0 }, (mm_bytes){ NULL, 0 });
    struct mm_arena arena;
    mm_arena_init(&arena, SIZE_MAX);
    const struct trie_reader reader = node_table_reader(&table);
    struct trie *trie = trie_new(&arena, &reader, &root);
    cr_assert_eq(trie_apply(trie, updates, count), MM_ERR_CORRUPT);
    mm_arena_fini(&arena);
    node_table_fini(&table);
}

Test(trie, a_full_arena_is_an_error_at_every_place)
{
    struct test_random random = { 5 };
    struct model model;
    model_init(&model, &random);
    struct trie_update updates[KEYS];
    const size_t count = draw_batch(&model, &random, updates);
    size_t failures = 0;
    for (size_t bytes = 64; bytes < 200000; bytes += 997) {
        struct mm_arena arena;
        mm_arena_init(&arena, bytes);
        struct trie *trie = trie_new(&arena, NULL, &KECCAK_EMPTY_TRIE);
        const mm_err err = trie == NULL                                ? MM_ERR_NO_MEMORY
                           : trie_apply(trie, updates, count) != MM_OK ? MM_ERR_NO_MEMORY
                                                                       : trie_hash_all(&trie, 1);
        failures += err == MM_ERR_NO_MEMORY;
        mm_arena_fini(&arena);
    }
    cr_assert_gt(failures, 10);
}
