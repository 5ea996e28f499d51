/* The stored nodes of a trie are a function of what is in it: whatever the batches before, they are those of the trie built at once. */
#include <criterion/criterion.h>

#include "state/crypto/keccak.h"
#include "state/trie/trie.h"
#include "tests/lib/node_table.h"
#include "tests/lib/random.h"

/* A small world, to be gone through entirely: keys that begin each other, split after the first nibble, and share a byte. */
static const mm_bytes small_keys[] = {
    MM_BYTES_LIT(""),         MM_BYTES_LIT("\x12"),         MM_BYTES_LIT("\x12\x34"),
    MM_BYTES_LIT("\x12\x35"), MM_BYTES_LIT("\x12\x34\x56"), MM_BYTES_LIT("\x72"),
};
enum { SMALL_KEYS = 6, SMALL_STATES = 1 << SMALL_KEYS };

/* Lengths on both sides of where a leaf stands inside its parent, one row a world. */
static const uint8_t small_lens[][SMALL_KEYS] = {
    { 1, 1, 1, 1, 1, 1 },       { 40, 40, 40, 40, 40, 40 }, { 40, 1, 40, 1, 1, 40 },
    { 29, 28, 27, 28, 27, 28 }, { 28, 29, 28, 29, 28, 29 },
};

static mm_bytes small_value(size_t world, size_t key)
{
    static const uint8_t text[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                                  "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
    return mm_bytes_from(text + key, small_lens[world][key]);
}

/* The batch from one state to another; `all` names also the keys that stay as they are. Keys are in order of bytes. */
static size_t small_batch(struct trie_update *out, size_t world, unsigned from, unsigned to,
                          bool all)
{
    static const size_t order[SMALL_KEYS] = { 0, 1, 2, 4, 3, 5 };
    size_t count = 0;
    for (size_t i = 0; i < SMALL_KEYS; i++) {
        const size_t key = order[i];
        if (!all && ((from ^ to) >> key & 1) == 0)
            continue;
        out[count].key = small_keys[key];
        out[count++].value = (to >> key & 1) != 0 ? small_value(world, key) : (mm_bytes){ NULL, 0 };
    }
    return count;
}

struct small_world {
    size_t index;
    struct node_table tables[SMALL_STATES]; /* of each state, built at once */
    mm_hash32 roots[SMALL_STATES];
    struct node_table now; /* of the walk */
    mm_hash32 root;
};

static void step(struct small_world *world, unsigned from, unsigned to, bool all)
{
    struct trie_update batch[SMALL_KEYS];
    const size_t count = small_batch(batch, world->index, from, to, all);
    world->root = node_table_update(&world->now, &world->root, batch, count);
    cr_assert(mm_hash_equal(&world->root, &world->roots[to]), "world %zu, %u to %u", world->index,
              from, to);
    cr_assert(node_table_equal(&world->now, &world->tables[to]), "world %zu, %u to %u",
              world->index, from, to);
}

/* One walk through all steps there are: from each state to every later one and back, and on to the next. */
Test(records, every_step_of_a_small_world_leaves_the_nodes_of_its_end)
{
    for (size_t index = 0; index < MM_COUNT_OF(small_lens); index++) {
        static struct small_world world;
        world = (struct small_world){ .index = index, .root = KECCAK_EMPTY_TRIE };
        for (unsigned state = 0; state < SMALL_STATES; state++) {
            struct trie_update batch[SMALL_KEYS];
            const size_t count = small_batch(batch, index, 0, state, false);
            world.roots[state] =
                node_table_update(&world.tables[state], &KECCAK_EMPTY_TRIE, batch, count);
        }
        for (unsigned from = 0; from < SMALL_STATES; from++) {
            step(&world, from, from, true);
            for (unsigned to = from + 1; to < SMALL_STATES; to++) {
                step(&world, from, to, index % 2 == 0);
                step(&world, to, from, index % 2 == 1);
            }
            if (from + 1 < SMALL_STATES)
                step(&world, from, from + 1, false);
        }
        for (unsigned state = 0; state < SMALL_STATES; state++)
            node_table_fini(&world.tables[state]);
        node_table_fini(&world.now);
    }
}

/* ---- larger worlds, drawn ---- */

enum { KEYS = 120 };

struct world {
    uint8_t keys[KEYS][8];
    uint8_t values[KEYS][80];
    struct trie_update now[KEYS]; /* ascending; empty values: absent */
    size_t count;
};

static int by_key(const void *a, const void *b)
{
    return mm_bytes_compare(((const struct trie_update *)a)->key,
                            ((const struct trie_update *)b)->key);
}

static void world_init(struct world *world, struct test_random *random)
{
    *world = (struct world){ .count = 0 };
    for (size_t i = 0; i < KEYS; i++) {
        const size_t len = test_random_below(random, 8);
        /* Few nibbles at each place, so that branches stand at every depth. */
        for (size_t j = 0; j < len; j++)
            world->keys[i][j] =
                (uint8_t)(test_random_below(random, 2) * 0xf0 + test_random_below(random, 2));
        world->now[i].key = mm_bytes_from(world->keys[i], len);
    }
    qsort(world->now, KEYS, sizeof *world->now, by_key);
    for (size_t i = 0; i < KEYS; i++) {
        if (world->count == 0 ||
            !mm_bytes_equal(world->now[world->count - 1].key, world->now[i].key))
            world->now[world->count++].key = world->now[i].key;
    }
}

static size_t world_draw(struct world *world, struct test_random *random, struct trie_update *batch)
{
    const uint64_t density = 1 + test_random_below(random, 30);
    const uint64_t removals = test_random_below(random, 4);
    size_t count = 0;
    for (size_t i = 0; i < world->count; i++) {
        if (test_random_below(random, 30) >= density)
            continue;
        const size_t len =
            test_random_below(random, 4) < removals ? 0 : 1 + test_random_below(random, 79);
        test_random_fill(random, world->values[i], len);
        world->now[i].value = mm_bytes_from(world->values[i], len);
        batch[count++] = world->now[i];
    }
    return count;
}

Test(records, any_history_leaves_the_nodes_of_its_end)
{
    struct test_random random = { 31 };
    for (int round = 0; round < 30; round++) {
        struct world world;
        struct node_table table = { 0 };
        mm_hash32 root = KECCAK_EMPTY_TRIE;
        world_init(&world, &random);
        for (int step = 0; step < 20; step++) {
            struct trie_update batch[KEYS];
            struct trie_update all[KEYS];
            struct node_table fresh = { 0 };
            size_t count = world_draw(&world, &random, batch);
            root = node_table_update(&table, &root, batch, count);
            count = 0;
            for (size_t i = 0; i < world.count; i++) {
                if (world.now[i].value.len > 0)
                    all[count++] = world.now[i];
            }
            const mm_hash32 expected = node_table_update(&fresh, &KECCAK_EMPTY_TRIE, all, count);
            cr_assert(mm_hash_equal(&root, &expected), "round %d, step %d", round, step);
            cr_assert(node_table_equal(&table, &fresh), "round %d, step %d", round, step);
            node_table_fini(&fresh);
        }
        node_table_fini(&table);
    }
}

/* A branch at each nibble of the longest key. */
Test(records, the_deepest_trie_there_is)
{
    enum { DEEP = TRIE_PATH_MAX + 1 };
    static uint8_t keys[DEEP][TRIE_KEY_MAX];
    struct trie_update updates[DEEP];
    for (size_t i = 0; i < TRIE_PATH_MAX; i++)
        keys[i][i / 2] = i % 2 == 0 ? 0x10 : 0x01;
    for (size_t i = 0; i < DEEP; i++) /* the last nibble first: ascending */
        updates[i].key = MM_BYTES_OF(keys[i == 0 ? DEEP - 1 : DEEP - 1 - i]);
    for (size_t value_len = 1; value_len < 60; value_len += 50) {
        static const uint8_t value[60] = { 5 };
        struct node_table table = { 0 };
        struct node_table single = { 0 };
        for (size_t i = 0; i < DEEP; i++)
            updates[i].value = mm_bytes_from(value, value_len);
        mm_hash32 root = node_table_update(&table, &KECCAK_EMPTY_TRIE, updates, DEEP);
        mm_hash32 single_root = KECCAK_EMPTY_TRIE;
        for (size_t i = 0; i < DEEP; i++)
            single_root = node_table_update(&single, &single_root, &updates[i], 1);
        cr_assert(mm_hash_equal(&root, &single_root));
        cr_assert(node_table_equal(&table, &single));
        for (size_t i = 0; i < DEEP; i++)
            updates[i].value = (mm_bytes){ NULL, 0 };
        root = node_table_update(&table, &root, updates, DEEP);
        for (size_t i = 0; i < DEEP; i++)
            single_root = node_table_update(&single, &single_root, &updates[(i * 50) % DEEP], 1);
        cr_assert(mm_hash_equal(&root, &KECCAK_EMPTY_TRIE));
        cr_assert(mm_hash_equal(&single_root, &KECCAK_EMPTY_TRIE));
        cr_assert_eq(table.count + single.count, 0);
        node_table_fini(&table);
        node_table_fini(&single);
    }
}

Test(records, a_value_of_many_kilobytes_is_stored_and_found_again)
{
    static const size_t lens[] = { 1, 31, 32, 33, 55, 56, 57, 255, 256, 257, 65535, 65536, 70000 };
    struct node_table table = { 0 };
    static uint8_t bytes[70000];
    struct trie_update updates[2] = { { .key = MM_BYTES_LIT("a") }, { .key = MM_BYTES_LIT("b") } };
    memset(bytes, 0x85, sizeof bytes);
    updates[1].value = MM_BYTES_LIT("x");
    mm_hash32 root = KECCAK_EMPTY_TRIE;
    for (size_t i = 0; i < MM_COUNT_OF(lens); i++) {
        updates[0].value = mm_bytes_from(bytes, lens[i]);
        root = node_table_update(&table, &root, updates, 2);
        struct node_table fresh = { 0 };
        const mm_hash32 expected = node_table_update(&fresh, &KECCAK_EMPTY_TRIE, updates, 2);
        cr_assert(mm_hash_equal(&root, &expected));
        cr_assert(node_table_equal(&table, &fresh));
        node_table_fini(&fresh);
    }
    node_table_fini(&table);
}

Test(records, tries_hashed_together_are_those_hashed_alone)
{
    enum { TRIES = 40 };
    struct test_random random = { 32 };
    struct mm_arena arena;
    struct trie *tries[TRIES];
    mm_hash32 expected[TRIES];
    mm_arena_init(&arena, 64 << 20);
    for (size_t i = 0; i < TRIES; i++) {
        struct node_table table = { 0 };
        struct world *world = MM_ARENA_NEW(&arena, struct world);
        struct trie_update batch[KEYS];
        world_init(world, &random);
        const size_t count = i % 7 == 0 ? 0 : world_draw(world, &random, batch);
        expected[i] = node_table_update(&table, &KECCAK_EMPTY_TRIE, batch, count);
        tries[i] = trie_new(&arena, NULL, &KECCAK_EMPTY_TRIE);
        cr_assert_eq(trie_apply(tries[i], batch, count), MM_OK);
        node_table_fini(&table);
    }
    cr_assert_eq(trie_hash_all(tries, TRIES), MM_OK);
    for (size_t i = 0; i < TRIES; i++) {
        const mm_hash32 root = trie_root(tries[i]);
        cr_assert(mm_hash_equal(&root, &expected[i]), "trie %zu", i);
    }
    cr_assert_eq(trie_hash_all(NULL, 0), MM_OK);
    mm_arena_fini(&arena);
}
