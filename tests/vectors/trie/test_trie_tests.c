/* The published trie tests: lists of writes and the root they must give, whichever way the writes come.
 *
 * trietestnextprev.json is left out: it asks for the key before and after a given one, and this trie has no such question (the
 * ordered walks of the node are over the flat state, state/store). */
#include <criterion/criterion.h>

#include "state/crypto/keccak.h"
#include "tests/lib/node_table.h"
#include "tests/lib/random.h"
#include "tests/vectors/trie/trie_case.h"

enum { WRITES_MAX = 64, ALL_ORDERS_MAX = 6, RANDOM_ORDERS = 200, RANDOM_HISTORIES = 60 };

static struct mm_arena arena;

static void open_arena(void)
{
    mm_arena_init(&arena, 64 << 20);
}

static void close_arena(void)
{
    mm_arena_fini(&arena);
}

TestSuite(trie_tests, .init = open_arena, .fini = close_arena);

struct trie_file {
    const char *path;
    bool hashed;
    bool any_order; /* keys come once, and no order is better than another */
};

static const struct trie_file files[] = {
    { "trie/trietest.json", false, false },
    { "trie/trietest_secureTrie.json", true, false },
    { "trie/hex_encoded_securetrie_test.json", true, true },
    { "trie/trieanyorder.json", false, true },
    { "trie/trieanyorder_secureTrie.json", true, true },
};

static void check_root(const struct trie_case *c, const mm_hash32 *root, const char *way)
{
    cr_assert(mm_hash_equal(root, &c->root), "%.*s, %s", (int)c->name.len,
              (const char *)c->name.ptr, way);
}

static void check_one_by_one(const struct trie_case *c, const struct trie_update *writes)
{
    mm_hash32 root = trie_case_root_stored(writes, c->count);
    check_root(c, &root, "a block for each write");
    root = trie_case_root_in_memory(writes, c->count);
    check_root(c, &root, "each write by itself, in memory");
}

static void check_settled(const struct trie_case *c)
{
    mm_hash32 root = trie_case_root_at_once(c->writes, c->count);
    check_root(c, &root, "all writes as one batch");
    if (trie_case_has_one_length(c->writes, c->count)) {
        root = trie_case_root_streamed(c->writes, c->count);
        check_root(c, &root, "streamed");
    }
}

/* Every order of the first `left` writes, by Heap's exchanges, without recursion. */
static size_t check_all_orders(const struct trie_case *c)
{
    struct trie_update writes[ALL_ORDERS_MAX];
    size_t turns[ALL_ORDERS_MAX] = { 0 };
    memcpy(writes, c->writes, c->count * sizeof *writes);
    size_t orders = 1;
    check_one_by_one(c, writes);
    for (size_t i = 1; i < c->count;) {
        if (turns[i] == i) {
            turns[i++] = 0;
            continue;
        }
        const size_t other = i % 2 == 0 ? 0 : turns[i];
        const struct trie_update moved = writes[other];
        writes[other] = writes[i];
        writes[i] = moved;
        turns[i]++;
        i = 1;
        check_one_by_one(c, writes);
        orders++;
    }
    return orders;
}

static void shuffle(struct trie_update *writes, size_t count, struct test_random *random)
{
    for (size_t i = count; i > 1; i--) {
        const size_t other = test_random_below(random, i);
        const struct trie_update moved = writes[other];
        writes[other] = writes[i - 1];
        writes[i - 1] = moved;
    }
}

Test(trie_tests, every_file_gives_its_root_in_each_way_to_make_a_trie)
{
    size_t cases_run = 0;
    size_t streamed = 0;
    for (size_t i = 0; i < MM_COUNT_OF(files); i++) {
        const struct trie_cases cases = trie_cases_read(&arena, files[i].path, files[i].hashed);
        for (size_t j = 0; j < cases.count; j++) {
            const struct trie_case *c = &cases.items[j];
            check_one_by_one(c, c->writes);
            check_settled(c);
            cases_run++;
            streamed += trie_case_has_one_length(c->writes, c->count);
        }
    }
    cr_assert_eq(cases_run, 25);
    cr_assert_eq(streamed, 17);
}

Test(trie_tests, any_order_of_insertion_gives_the_same_root)
{
    size_t orders = 0;
    for (size_t i = 0; i < MM_COUNT_OF(files); i++) {
        if (!files[i].any_order)
            continue;
        const struct trie_cases cases = trie_cases_read(&arena, files[i].path, files[i].hashed);
        for (size_t j = 0; j < cases.count; j++) {
            cr_assert_leq(cases.items[j].count, (size_t)ALL_ORDERS_MAX);
            orders += check_all_orders(&cases.items[j]);
        }
    }
    /* 1! + 3! + 4! + 2! + 3! + 2! + 2! twice, and 5! + 3! + 4! */
    cr_assert_eq(orders, 2 * (1 + 6 + 24 + 2 + 6 + 2 + 2) + 120 + 6 + 24);
}

Test(trie_tests, random_orders_of_what_is_left_give_the_root_of_the_list)
{
    struct test_random random = { 21 };
    for (size_t i = 0; i < MM_COUNT_OF(files); i++) {
        const struct trie_cases cases = trie_cases_read(&arena, files[i].path, files[i].hashed);
        for (size_t j = 0; j < cases.count; j++) {
            struct trie_update writes[WRITES_MAX];
            struct trie_case settled = cases.items[j];
            settled.count = trie_case_settle(writes, settled.writes, settled.count);
            for (size_t k = 0; k < RANDOM_ORDERS / (1 + settled.count / 8); k++) {
                shuffle(writes, settled.count, &random);
                check_one_by_one(&settled, writes);
            }
        }
    }
}

/* A stranger's key: near one of the case, so that it splits and lengthens what is there. */
static mm_bytes stranger(const struct trie_case *c, struct test_random *random)
{
    mm_bytes key = c->writes[test_random_below(random, c->count)].key;
    uint8_t bytes[TRIE_KEY_MAX];
    memcpy(bytes, key.ptr, key.len);
    key.ptr = bytes;
    switch (test_random_below(random, 3)) {
    case 0:
        bytes[test_random_below(random, key.len)] ^= (uint8_t)(1u << test_random_below(random, 8));
        break;
    case 1:
        key.len = test_random_below(random, key.len); /* also the empty key */
        break;
    default:
        if (key.len < TRIE_KEY_MAX)
            bytes[key.len++] = (uint8_t)test_random_u64(random);
        break;
    }
    cr_assert_eq(mm_arena_copy(&arena, &key, key), MM_OK);
    return key;
}

/* Random batches of the case's keys and of strangers, with removals between; at the end the case's own state by one last batch. */
static mm_hash32 run_history(const struct trie_case *c, struct test_random *random)
{
    enum { BATCHES = 8 };
    struct trie_update touched[BATCHES * WRITES_MAX + WRITES_MAX];
    struct trie_update batch[WRITES_MAX];
    struct node_table table = { 0 };
    mm_hash32 root = KECCAK_EMPTY_TRIE;
    size_t touched_count = 0;
    for (size_t i = 0; i < BATCHES; i++) {
        struct trie_update drawn[WRITES_MAX];
        const size_t count = 1 + test_random_below(random, WRITES_MAX - 1);
        for (size_t j = 0; j < count; j++) {
            const struct trie_update *own = &c->writes[test_random_below(random, c->count)];
            drawn[j].key = test_random_below(random, 2) == 0 ? own->key : stranger(c, random);
            drawn[j].value = test_random_below(random, 3) == 0 ? (mm_bytes){ NULL, 0 } : own->value;
            touched[touched_count++] = (struct trie_update){ drawn[j].key, { NULL, 0 } };
        }
        root = node_table_update(&table, &root, batch, trie_case_batch(batch, drawn, count));
    }
    memcpy(touched + touched_count, c->writes, c->count * sizeof *touched);
    touched_count += c->count;
    struct trie_update last[BATCHES * WRITES_MAX + WRITES_MAX];
    root = node_table_update(&table, &root, last, trie_case_batch(last, touched, touched_count));
    node_table_fini(&table);
    return root;
}

Test(trie_tests, the_root_does_not_remember_how_the_trie_came_about)
{
    struct test_random random = { 22 };
    for (size_t i = 0; i < MM_COUNT_OF(files); i++) {
        const struct trie_cases cases = trie_cases_read(&arena, files[i].path, files[i].hashed);
        for (size_t j = 0; j < cases.count; j++) {
            for (size_t k = 0; k < RANDOM_HISTORIES; k++) {
                const mm_hash32 root = run_history(&cases.items[j], &random);
                check_root(&cases.items[j], &root, "after another history");
            }
        }
    }
}
