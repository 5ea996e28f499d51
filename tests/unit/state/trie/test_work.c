/* What a batch costs: which stored nodes it reads, and which it writes. */
#include <criterion/criterion.h>

#include "state/crypto/keccak.h"
#include "state/trie/trie_internal.h"
#include "tests/lib/node_table.h"
#include "tests/lib/random.h"

enum { KEYS = 500, READS_MAX = 2000 };

struct read {
    uint8_t path[TRIE_PATH_MAX];
    size_t len;
};

/* A stored trie whose reader writes down what it was asked for. */
struct counted {
    struct node_table table;
    mm_hash32 root;
    mm_hash32 keys[KEYS];
    struct read reads[READS_MAX];
    size_t read_count;
    bool hashed; /* the last batch hashed something */
};

static mm_err read_counted(void *ctx, struct mm_arena *arena, struct trie_stored *stored,
                           mm_bytes path)
{
    struct counted *counted = ctx;
    cr_assert_lt(counted->read_count, (size_t)READS_MAX);
    struct read *read = &counted->reads[counted->read_count++];
    read->len = path.len;
    memcpy(read->path, path.ptr, path.len);
    const struct trie_reader reader = node_table_reader(&counted->table);
    return reader.node(reader.ctx, arena, stored, path);
}

static mm_bytes read_path(const struct counted *counted, size_t i)
{
    return mm_bytes_from(counted->reads[i].path, counted->reads[i].len);
}

static int by_hash(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(mm_hash32));
}

static int by_path(const void *a, const void *b)
{
    const struct read *first = a;
    const struct read *second = b;
    return mm_bytes_compare(mm_bytes_from(first->path, first->len),
                            mm_bytes_from(second->path, second->len));
}

static const uint8_t first_values[2][40] = { { 1 }, { 2 } };

static void set_up(struct counted *counted)
{
    struct test_random random = { 51 };
    struct trie_update updates[KEYS];
    *counted = (struct counted){ 0 };
    for (size_t i = 0; i < KEYS; i++)
        test_random_fill(&random, counted->keys[i].b, 32);
    /* A pair that shares nearly all: an extension with a branch below it, deep down. */
    counted->keys[1] = counted->keys[0];
    counted->keys[1].b[20] ^= 1;
    qsort(counted->keys, KEYS, sizeof *counted->keys, by_hash);
    for (size_t i = 0; i < KEYS; i++)
        updates[i] = (struct trie_update){ mm_bytes_hash(&counted->keys[i]),
                                           MM_BYTES_OF(first_values[i % 2]) };
    counted->root = node_table_update(&counted->table, &KECCAK_EMPTY_TRIE, updates, KEYS);
}

/* Stored nodes on the way to any of these keys: each prefix of their nibbles that is a path of the table, once. */
static size_t nodes_on_the_way(const struct counted *counted, const struct trie_update *updates,
                               size_t count)
{
    size_t nodes = 0;
    for (size_t i = 0; i < count; i++) {
        uint8_t nibbles[2][64];
        for (size_t j = 0; j < 64; j++) {
            nibbles[0][j] = updates[i].key.ptr[j / 2] >> (j % 2 == 0 ? 4 : 0) & 0x0f;
            nibbles[1][j] =
                i == 0 ? 0xff : updates[i - 1].key.ptr[j / 2] >> (j % 2 == 0 ? 4 : 0) & 0x0f;
        }
        size_t shared = 0; /* with the key before: counted already */
        while (i > 0 && shared < 64 && nibbles[0][shared] == nibbles[1][shared])
            shared++;
        for (size_t len = i == 0 ? 0 : shared + 1; len <= 64; len++)
            nodes += node_table_find(&counted->table, mm_bytes_from(nibbles[0], len)).len > 0;
    }
    return nodes;
}

/* Runs the batch, checks that nothing is read twice and that each change is one, stores it. Returns the number of changes. */
static size_t run(struct counted *counted, const struct trie_update *updates, size_t count,
                  bool one_by_one)
{
    struct mm_arena arena;
    mm_arena_init(&arena, 64 << 20);
    counted->read_count = 0;
    const struct trie_reader reader = { counted, read_counted };
    struct trie *trie = trie_new(&arena, &reader, &counted->root);
    for (size_t i = 0; one_by_one && i < count; i++)
        cr_assert_eq(trie_apply(trie, &updates[i], 1), MM_OK);
    if (!one_by_one)
        cr_assert_eq(trie_apply(trie, updates, count), MM_OK);
    cr_assert_eq(trie_hash_all(&trie, 1), MM_OK);
    counted->hashed = trie->root.node != NULL && trie->root.node->dirty;
    const struct trie_change *changes;
    size_t change_count;
    cr_assert_eq(trie_changes(trie, &changes, &change_count), MM_OK);
    qsort(counted->reads, counted->read_count, sizeof *counted->reads, by_path);
    for (size_t i = 1; i < counted->read_count; i++)
        cr_assert(!mm_bytes_equal(read_path(counted, i - 1), read_path(counted, i)),
                  "a node was read twice");
    for (size_t i = 0; i < change_count; i++)
        cr_assert(!mm_bytes_equal(changes[i].old_node, changes[i].new_node),
                  "a node that did not change was written");
    node_table_apply(&counted->table, changes, change_count);
    counted->root = trie_root(trie);
    mm_arena_fini(&arena);
    return change_count;
}

static size_t draw(struct counted *counted, struct test_random *random, struct trie_update *updates,
                   size_t one_in)
{
    size_t count = 0;
    for (size_t i = 0; i < KEYS; i++) {
        if (test_random_below(random, one_in) == 0)
            updates[count++].key = mm_bytes_hash(&counted->keys[i]);
    }
    return count;
}

Test(work, setting_keys_reads_each_node_on_the_way_once_and_writes_those_alone)
{
    struct counted counted;
    struct test_random random = { 52 };
    struct trie_update updates[KEYS];
    static const uint8_t values[4][40] = { { 9 }, { 8 }, { 7 }, { 6 } };
    set_up(&counted);
    for (size_t round = 0; round < 40; round++) {
        const size_t count = draw(&counted, &random, updates, 1 + round * 3);
        for (size_t i = 0; i < count; i++)
            updates[i].value = mm_bytes_from(values[round % 4], 35 + round % 5);
        const size_t expected = nodes_on_the_way(&counted, updates, count);
        const size_t changes = run(&counted, updates, count, round % 2 == 1);
        cr_assert_eq(counted.read_count, count == 0 ? 0 : expected);
        /* A value that another round gave already changes nothing. */
        cr_assert_leq(changes, expected);
        if (round < 4)
            cr_assert_eq(changes, expected);
    }
    node_table_fini(&counted.table);
}

Test(work, setting_what_is_there_reads_the_way_and_writes_nothing)
{
    struct counted counted;
    struct test_random random = { 53 };
    struct trie_update updates[KEYS];
    set_up(&counted);
    for (size_t round = 0; round < 30; round++) {
        size_t count = 0;
        for (size_t i = 0; i < KEYS; i++) {
            if (test_random_below(&random, 1 + round) == 0)
                updates[count++] = (struct trie_update){ mm_bytes_hash(&counted.keys[i]),
                                                         MM_BYTES_OF(first_values[i % 2]) };
        }
        const size_t expected = nodes_on_the_way(&counted, updates, count);
        cr_assert_eq(run(&counted, updates, count, round % 2 == 1), 0);
        cr_assert_eq(counted.read_count, count == 0 ? 0 : expected);
        cr_assert(!counted.hashed);
    }
    node_table_fini(&counted.table);
}

Test(work, removing_what_is_not_there_writes_nothing)
{
    struct counted counted;
    struct test_random random = { 54 };
    set_up(&counted);
    for (size_t round = 0; round < 100; round++) {
        /* Several strangers near one key: they meet its leaf, its extension or an empty place together. */
        mm_hash32 strangers[4];
        struct trie_update updates[4];
        for (size_t i = 0; i < 4; i++) {
            strangers[i] = counted.keys[(round * 5) % KEYS];
            strangers[i].b[test_random_below(&random, 32)] ^=
                (uint8_t)(1u << test_random_below(&random, 8));
            if (bsearch(&strangers[i], counted.keys, KEYS, sizeof strangers[i], by_hash) != NULL)
                strangers[i].b[31] ^= 0x55;
        }
        qsort(strangers, 4, sizeof *strangers, by_hash);
        size_t count = 0;
        for (size_t i = 0; i < 4; i++) {
            if (i == 0 || !mm_hash_equal(&strangers[i - 1], &strangers[i]))
                updates[count++] =
                    (struct trie_update){ mm_bytes_hash(&strangers[i]), { NULL, 0 } };
        }
        cr_assert_eq(run(&counted, updates, count, round % 2 == 1), 0);
    }
    node_table_fini(&counted.table);
}

Test(work, removing_reads_the_way_and_at_most_one_neighbour_a_key)
{
    struct counted counted;
    struct test_random random = { 55 };
    struct trie_update updates[KEYS];
    set_up(&counted);
    for (size_t round = 0; round < 6; round++) {
        size_t count = draw(&counted, &random, updates, 6 - round);
        for (size_t i = 0; i < count; i++)
            updates[i].value = (mm_bytes){ NULL, 0 };
        const size_t on_the_way = nodes_on_the_way(&counted, updates, count);
        const size_t nodes_before = counted.table.count;
        const size_t changes = run(&counted, updates, count, false);
        cr_assert_geq(counted.read_count, on_the_way);
        cr_assert_leq(counted.read_count, on_the_way + count);
        cr_assert_leq(changes, counted.read_count);
        cr_assert_leq(counted.table.count, nodes_before);
    }
    cr_assert_eq(counted.table.count, 0);
    cr_assert(mm_hash_equal(&counted.root, &KECCAK_EMPTY_TRIE));
    node_table_fini(&counted.table);
}

Test(work, a_batch_of_nothing_reads_and_writes_nothing)
{
    struct counted counted;
    set_up(&counted);
    const mm_hash32 before = counted.root;
    cr_assert_eq(run(&counted, NULL, 0, false), 0);
    cr_assert_eq(counted.read_count, 0);
    cr_assert(mm_hash_equal(&counted.root, &before));
    node_table_fini(&counted.table);
}

/* A key that is not there goes at an empty place, at another's leaf, at a branch without a value: no node is hashed for it. */
Test(work, removing_one_stranger_at_a_time_hashes_nothing)
{
    struct counted counted;
    set_up(&counted);
    for (size_t i = 0; i < KEYS; i++) {
        mm_hash32 stranger = counted.keys[i];
        /* Not below the one extension: where a path ends inside it, the node is made anew and found to be the same. */
        if (memcmp(stranger.b, counted.keys[(i + 1) % KEYS].b, 8) == 0 ||
            memcmp(stranger.b, counted.keys[(i + KEYS - 1) % KEYS].b, 8) == 0)
            continue;
        stranger.b[i % 2 == 0 ? 31 : 1] ^= 0x11;
        if (bsearch(&stranger, counted.keys, KEYS, sizeof stranger, by_hash) != NULL)
            continue;
        const struct trie_update update = { mm_bytes_hash(&stranger), { NULL, 0 } };
        cr_assert_eq(run(&counted, &update, 1, false), 0);
        cr_assert(i % 2 != 0 || counted.read_count > 0);
    }
    node_table_fini(&counted.table);
}

/* A value that a branch has already, and a key whose place in a branch is empty: nothing is hashed. */
Test(work, what_a_branch_says_already_is_not_hashed_again)
{
    static const struct trie_update there[] = {
        { MM_BYTES_LIT("a"), MM_BYTES_LIT("value of a branch") },
        { MM_BYTES_LIT("aa"), MM_BYTES_LIT("one") },
        { MM_BYTES_LIT("ab"), MM_BYTES_LIT("two") },
    };
    static const struct trie_update updates[] = {
        { MM_BYTES_LIT("a"), MM_BYTES_LIT("value of a branch") },
        { MM_BYTES_LIT("ac"), { NULL, 0 } },
        { MM_BYTES_LIT("aq"), { NULL, 0 } },
    };
    struct counted counted = { .root = KECCAK_EMPTY_TRIE };
    cr_assert_gt(run(&counted, there, 3, false), 0);
    cr_assert(counted.hashed);
    for (size_t i = 0; i < 3; i++) {
        cr_assert_eq(run(&counted, &updates[i], 1, false), 0);
        cr_assert(!counted.hashed, "update %zu", i);
    }
    node_table_fini(&counted.table);
}
