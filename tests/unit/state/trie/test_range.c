/* Ranges: what an honest node proves is believed, whatever the bounds; and each way to cheat has its verdict. */
#include "state/trie/range.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#include "state/crypto/keccak.h"
#include "tests/lib/node_table.h"
#include "tests/lib/random.h"

enum { KEYS_MAX = 200, KEY_BYTES = 32, NODES_MAX = 140 };

struct fixture {
    struct node_table table;
    struct trie_reader reader;
    struct mm_arena arena;
    struct mm_arena leaves; /* of an answer */
    mm_hash32 root;
    uint8_t keys[KEYS_MAX][KEY_BYTES];
    uint8_t values[KEYS_MAX][40];
    struct trie_update updates[KEYS_MAX]; /* ascending */
    size_t count;
};

static int by_key(const void *a, const void *b)
{
    return mm_bytes_compare(((const struct trie_update *)a)->key,
                            ((const struct trie_update *)b)->key);
}

/* Keys that share beginnings of many lengths; values short enough to stand inside their parents, and long ones. */
static struct fixture *set_up(uint64_t seed, size_t count)
{
    struct test_random random = { seed };
    struct fixture *fixture = calloc(1, sizeof *fixture);
    mm_arena_init(&fixture->arena, 64 << 20);
    mm_arena_init(&fixture->leaves, 1 << 20);
    for (size_t i = 0; i < count; i++) {
        test_random_fill(&random, fixture->keys[i], KEY_BYTES);
        test_random_fill(&random, fixture->values[i], sizeof fixture->values[i]);
        if (i > 0 && i % 3 == 0) /* so near to another that the leaf is short */
            memcpy(fixture->keys[i], fixture->keys[i - 1],
                   1 + test_random_below(&random, KEY_BYTES - 1));
        else
            fixture->keys[i][0] &= 0x31;
        fixture->updates[i] =
            (struct trie_update){ MM_BYTES_OF(fixture->keys[i]),
                                  mm_bytes_from(fixture->values[i],
                                                1 + test_random_below(&random, i % 2 ? 3 : 40)) };
    }
    qsort(fixture->updates, count, sizeof *fixture->updates, by_key);
    for (size_t i = 0; i < count; i++) {
        if (fixture->count == 0 ||
            !mm_bytes_equal(fixture->updates[fixture->count - 1].key, fixture->updates[i].key))
            fixture->updates[fixture->count++] = fixture->updates[i];
    }
    fixture->root =
        node_table_update(&fixture->table, &KECCAK_EMPTY_TRIE, fixture->updates, fixture->count);
    fixture->reader = node_table_reader(&fixture->table);
    return fixture;
}

static void tear_down(struct fixture *fixture)
{
    node_table_fini(&fixture->table);
    mm_arena_fini(&fixture->arena);
    mm_arena_fini(&fixture->leaves);
    free(fixture);
}

struct answer {
    struct mm_arena *arena;
    struct trie_leaf leaves[KEYS_MAX + 1];
    size_t count;
    size_t wanted;
    mm_bytes nodes[NODES_MAX];
    struct trie_range_proof proof;
};

static bool take_leaf(void *ctx, mm_bytes key, mm_bytes value)
{
    struct answer *answer = ctx;
    struct trie_leaf *leaf = &answer->leaves[answer->count++];
    cr_assert_eq(mm_arena_copy(answer->arena, &leaf->key, key), MM_OK);
    cr_assert_eq(mm_arena_copy(answer->arena, &leaf->value, value), MM_OK);
    return answer->count < answer->wanted;
}

/* What an honest node answers: so many leaves at most, and the bounds narrowed to what it gave. */
static void ask(struct fixture *fixture, struct answer *answer, struct trie_bounds *bounds,
                size_t wanted)
{
    *answer = (struct answer){ .arena = &fixture->leaves, .wanted = wanted };
    const struct trie_leaf_sink sink = { answer, take_leaf };
    cr_assert_eq(trie_range_walk(&fixture->arena, &fixture->reader, &fixture->root, bounds, &sink),
                 MM_OK);
    if (answer->count == wanted)
        bounds->to = answer->leaves[wanted - 1].key;
    cr_assert_eq(
        trie_range_prove(&fixture->arena, &answer->proof, &fixture->reader, &fixture->root, bounds),
        MM_OK);
    cr_assert_leq(answer->proof.count, NODES_MAX);
    if (answer->proof.count > 0)
        memcpy(answer->nodes, answer->proof.nodes, answer->proof.count * sizeof *answer->nodes);
    answer->proof.nodes = answer->nodes;
}

static enum range_verdict verify(struct fixture *fixture, const struct answer *answer,
                                 const struct trie_bounds *bounds)
{
    enum range_verdict verdict;
    cr_assert_eq(trie_range_verify(&fixture->arena, &verdict, &fixture->root, bounds,
                                   answer->leaves, answer->count, &answer->proof),
                 MM_OK);
    return verdict;
}

static const uint8_t lowest[KEY_BYTES];
static const uint8_t highest[KEY_BYTES] = {
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
};
static const struct trie_bounds all = { MM_BYTES_OF(lowest), MM_BYTES_OF(highest) };

/* Between two of the keys, or beside them, or where none is near. */
static void draw_bounds(struct fixture *fixture, struct test_random *random,
                        uint8_t bounds[2][KEY_BYTES])
{
    for (size_t i = 0; i < 2; i++) {
        test_random_fill(random, bounds[i], KEY_BYTES);
        if (test_random_below(random, 3) > 0 && fixture->count > 0) {
            const mm_bytes key = fixture->updates[test_random_below(random, fixture->count)].key;
            const size_t kept = test_random_below(random, KEY_BYTES + 1);
            memcpy(bounds[i], key.ptr, kept);
        }
        if (test_random_below(random, 4) == 0)
            memset(bounds[i] + 1, i == 0 ? 0x00 : 0xff, KEY_BYTES - 1);
    }
    if (memcmp(bounds[0], bounds[1], KEY_BYTES) > 0) {
        uint8_t kept[KEY_BYTES];
        memcpy(kept, bounds[0], KEY_BYTES);
        memcpy(bounds[0], bounds[1], KEY_BYTES);
        memcpy(bounds[1], kept, KEY_BYTES);
    }
}

Test(range, what_an_honest_node_answers_is_believed)
{
    struct test_random random = { 3 };
    for (size_t round = 0; round < 24; round++) {
        struct fixture *fixture = set_up(round, round < 8 ? round : KEYS_MAX);
        for (size_t i = 0; i < 200; i++) {
            uint8_t drawn[2][KEY_BYTES];
            struct answer answer;
            mm_arena_reset(&fixture->arena);
            mm_arena_reset(&fixture->leaves);
            draw_bounds(fixture, &random, drawn);
            struct trie_bounds bounds = { MM_BYTES_OF(drawn[0]), MM_BYTES_OF(drawn[1]) };
            size_t expected = 0;
            for (size_t j = 0; j < fixture->count; j++)
                expected += mm_bytes_compare(fixture->updates[j].key, bounds.from) >= 0 &&
                            mm_bytes_compare(fixture->updates[j].key, bounds.to) <= 0;
            const size_t wanted = 1 + test_random_below(&random, KEYS_MAX);
            ask(fixture, &answer, &bounds, wanted);
            cr_assert_eq(answer.count, expected < wanted ? expected : wanted);
            cr_assert_eq(verify(fixture, &answer, &bounds), RANGE_OK);
        }
        tear_down(fixture);
    }
}

Test(range, the_whole_trie_needs_no_nodes)
{
    struct fixture *fixture = set_up(5, KEYS_MAX);
    struct answer answer;
    struct trie_bounds bounds = all;
    ask(fixture, &answer, &bounds, KEYS_MAX + 1);
    cr_assert_eq(answer.count, fixture->count);
    cr_assert_eq(answer.proof.count, 0);
    cr_assert_eq(verify(fixture, &answer, &bounds), RANGE_OK);
    tear_down(fixture);
}

Test(range, an_empty_trie_has_nothing_anywhere)
{
    struct fixture *fixture = set_up(5, 0);
    struct answer answer;
    struct trie_bounds bounds = all;
    ask(fixture, &answer, &bounds, 1);
    cr_assert_eq(verify(fixture, &answer, &bounds), RANGE_OK);
    answer.leaves[answer.count++] = (struct trie_leaf){ MM_BYTES_OF(lowest), MM_BYTES_LIT("v") };
    cr_assert_eq(verify(fixture, &answer, &bounds), RANGE_LEAVES);
    answer.count = 0;
    answer.nodes[answer.proof.count++] = MM_BYTES_LIT("\x80");
    cr_assert_eq(verify(fixture, &answer, &bounds), RANGE_EXTRA);
    tear_down(fixture);
}

/* ---- cheating ---- */

enum { CHEATED = 100 };

/* Ranges of every kind of one trie; `cheat` bends a copy of each answer and says whether there was something to bend. */
static size_t cheat_everywhere(uint64_t seed,
                               bool (*cheat)(struct fixture *fixture, struct answer *answer,
                                             struct trie_bounds *bounds,
                                             struct test_random *random))
{
    struct fixture *fixture = set_up(seed, KEYS_MAX);
    struct test_random random = { seed };
    size_t cheated = 0;
    while (cheated < CHEATED) {
        uint8_t drawn[2][KEY_BYTES];
        struct answer answer;
        mm_arena_reset(&fixture->arena);
        mm_arena_reset(&fixture->leaves);
        draw_bounds(fixture, &random, drawn);
        struct trie_bounds bounds = { MM_BYTES_OF(drawn[0]), MM_BYTES_OF(drawn[1]) };
        ask(fixture, &answer, &bounds, 1 + test_random_below(&random, 30));
        cr_assert_eq(verify(fixture, &answer, &bounds), RANGE_OK);
        if (!cheat(fixture, &answer, &bounds, &random))
            continue;
        cr_assert_neq(verify(fixture, &answer, &bounds), RANGE_OK);
        cheated++;
    }
    tear_down(fixture);
    return cheated;
}

static bool leave_out(struct fixture *fixture, struct answer *answer, struct trie_bounds *bounds,
                      struct test_random *random)
{
    (void)fixture, (void)bounds;
    if (answer->count == 0)
        return false;
    const size_t which = test_random_below(random, answer->count);
    memmove(answer->leaves + which, answer->leaves + which + 1,
            (answer->count - which - 1) * sizeof *answer->leaves);
    answer->count--;
    return true;
}

Test(range, refuses_a_leaf_left_out)
{
    cr_assert_eq(cheat_everywhere(21, leave_out), CHEATED);
}

static bool leave_out_all(struct fixture *fixture, struct answer *answer,
                          struct trie_bounds *bounds, struct test_random *random)
{
    (void)fixture, (void)bounds, (void)random;
    const bool had = answer->count > 0;
    answer->count = 0;
    return had;
}

Test(range, refuses_an_answer_of_nothing_where_there_is_something)
{
    cr_assert_eq(cheat_everywhere(22, leave_out_all), CHEATED);
}

static bool change_value(struct fixture *fixture, struct answer *answer, struct trie_bounds *bounds,
                         struct test_random *random)
{
    (void)bounds;
    if (answer->count == 0)
        return false;
    struct trie_leaf *leaf = &answer->leaves[test_random_below(random, answer->count)];
    uint8_t *copy = mm_arena_alloc(&fixture->arena, leaf->value.len);
    memcpy(copy, leaf->value.ptr, leaf->value.len);
    copy[test_random_below(random, leaf->value.len)] ^= 0x01;
    leaf->value.ptr = copy;
    return true;
}

Test(range, refuses_a_leaf_with_another_value)
{
    cr_assert_eq(cheat_everywhere(23, change_value), CHEATED);
}

static bool add_leaf(struct fixture *fixture, struct answer *answer, struct trie_bounds *bounds,
                     struct test_random *random)
{
    uint8_t *key = mm_arena_alloc(&fixture->arena, KEY_BYTES);
    size_t at = 0;
    memcpy(key, answer->count > 0 ? answer->leaves[0].key.ptr : bounds->from.ptr, KEY_BYTES);
    key[KEY_BYTES - 1 - test_random_below(random, 4)] ^=
        (uint8_t)(1 + test_random_below(random, 255));
    const mm_bytes added = mm_bytes_from(key, KEY_BYTES);
    if (mm_bytes_compare(added, bounds->from) < 0 || mm_bytes_compare(added, bounds->to) > 0)
        return false;
    while (at < answer->count && mm_bytes_compare(answer->leaves[at].key, added) < 0)
        at++;
    if (at < answer->count && mm_bytes_equal(answer->leaves[at].key, added))
        return false;
    memmove(answer->leaves + at + 1, answer->leaves + at,
            (answer->count - at) * sizeof *answer->leaves);
    answer->leaves[at] = (struct trie_leaf){ added, MM_BYTES_LIT("of nobody") };
    answer->count++;
    return true;
}

Test(range, refuses_a_leaf_more)
{
    cr_assert_eq(cheat_everywhere(24, add_leaf), CHEATED);
}

/* The proof is of the range up to the last leaf given; the claim is that there are none behind it. */
static bool claim_more(struct fixture *fixture, struct answer *answer, struct trie_bounds *bounds,
                       struct test_random *random)
{
    (void)answer, (void)random;
    const mm_bytes last = fixture->updates[fixture->count - 1].key;
    if (mm_bytes_compare(bounds->to, last) >= 0)
        return false;
    bounds->to = all.to;
    return true;
}

Test(range, refuses_a_wider_upper_bound_than_was_proven)
{
    cr_assert_eq(cheat_everywhere(25, claim_more), CHEATED);
}

static bool claim_less(struct fixture *fixture, struct answer *answer, struct trie_bounds *bounds,
                       struct test_random *random)
{
    (void)answer, (void)random;
    const mm_bytes first = fixture->updates[0].key;
    if (mm_bytes_compare(bounds->from, first) <= 0)
        return false;
    bounds->from = all.from;
    return true;
}

Test(range, refuses_a_wider_lower_bound_than_was_proven)
{
    cr_assert_eq(cheat_everywhere(26, claim_less), CHEATED);
}

static bool bend_node(struct fixture *fixture, struct answer *answer, struct trie_bounds *bounds,
                      struct test_random *random)
{
    (void)bounds;
    if (answer->proof.count == 0)
        return false;
    mm_bytes *node = &answer->nodes[test_random_below(random, answer->proof.count)];
    uint8_t *copy = mm_arena_alloc(&fixture->arena, node->len);
    memcpy(copy, node->ptr, node->len);
    copy[test_random_below(random, node->len)] ^= (uint8_t)(1 << test_random_below(random, 8));
    node->ptr = copy;
    return true;
}

Test(range, refuses_a_bent_node)
{
    cr_assert_eq(cheat_everywhere(27, bend_node), CHEATED);
}

static bool drop_node(struct fixture *fixture, struct answer *answer, struct trie_bounds *bounds,
                      struct test_random *random)
{
    (void)fixture, (void)bounds;
    if (answer->proof.count == 0)
        return false;
    const size_t which = test_random_below(random, answer->proof.count);
    memmove(answer->nodes + which, answer->nodes + which + 1,
            (answer->proof.count - which - 1) * sizeof *answer->nodes);
    answer->proof.count--;
    return true;
}

Test(range, refuses_a_node_left_out)
{
    cr_assert_eq(cheat_everywhere(28, drop_node), CHEATED);
}

static bool double_node(struct fixture *fixture, struct answer *answer, struct trie_bounds *bounds,
                        struct test_random *random)
{
    (void)fixture, (void)bounds, (void)random;
    if (answer->proof.count == 0)
        return false;
    answer->nodes[answer->proof.count] = answer->nodes[answer->proof.count - 1];
    answer->proof.count++;
    return true;
}

Test(range, refuses_nodes_behind_the_last_one)
{
    cr_assert_eq(cheat_everywhere(29, double_node), CHEATED);
}

/* ---- verdicts ---- */

Test(range, has_a_verdict_for_each_way_to_cheat)
{
    struct fixture *fixture = set_up(31, KEYS_MAX);
    struct answer honest;
    struct trie_bounds bounds = { fixture->updates[40].key, fixture->updates[60].key };
    ask(fixture, &honest, &bounds, KEYS_MAX);
    cr_assert_eq(honest.count, 21);
    struct answer bent = honest;
    bent.proof.nodes = bent.nodes;
    cr_assert_eq(verify(fixture, &bent, &bounds), RANGE_OK);
    bent.count--;
    cr_assert_eq(verify(fixture, &bent, &bounds), RANGE_LEAVES);
    bent.count++;
    bent.leaves[3] = honest.leaves[4];
    cr_assert_eq(verify(fixture, &bent, &bounds), RANGE_ORDER, "the same key twice");
    bent.leaves[3] = honest.leaves[3];
    bent.leaves[3].value.len = 0;
    cr_assert_eq(verify(fixture, &bent, &bounds), RANGE_ORDER, "no value");
    bent.leaves[3] = honest.leaves[3];
    bent.leaves[3].key.len = 31;
    cr_assert_eq(verify(fixture, &bent, &bounds), RANGE_ORDER, "a shorter key");
    bent.leaves[3] = honest.leaves[3];
    struct trie_bounds narrow = { fixture->updates[41].key, fixture->updates[60].key };
    cr_assert_eq(verify(fixture, &bent, &narrow), RANGE_ORDER, "a leaf before the first");
    bent.proof.count--;
    cr_assert_eq(verify(fixture, &bent, &bounds), RANGE_SHORT);
    bent.proof.count += 2;
    bent.nodes[honest.proof.count] = honest.nodes[0];
    cr_assert_eq(verify(fixture, &bent, &bounds), RANGE_EXTRA);
    bent.proof.count--;
    bent.nodes[0] = honest.nodes[1];
    cr_assert_eq(verify(fixture, &bent, &bounds), RANGE_HASH);
    bent.nodes[0] = honest.nodes[0];
    cr_assert_eq(verify(fixture, &bent, &bounds), RANGE_OK);
    tear_down(fixture);
}

Test(range, refuses_nodes_of_a_trie_with_longer_keys)
{
    static const uint8_t keys[2][2] = { { 0x12, 0x30 }, { 0x12, 0x31 } };
    static const uint8_t short_bounds[2][1] = { { 0x12 }, { 0x12 } };
    struct node_table table = { 0 };
    struct mm_arena arena;
    struct trie_range_proof proof;
    enum range_verdict verdict;
    struct trie_update updates[2] = { { MM_BYTES_OF(keys[0]), MM_BYTES_LIT("a value") },
                                      { MM_BYTES_OF(keys[1]), MM_BYTES_LIT("another value") } };
    const mm_hash32 root = node_table_update(&table, &KECCAK_EMPTY_TRIE, updates, 2);
    const struct trie_reader reader = node_table_reader(&table);
    const mm_bytes whole = node_table_find(&table, (mm_bytes){ NULL, 0 });
    const struct trie_bounds bounds = { MM_BYTES_OF(short_bounds[0]),
                                        MM_BYTES_OF(short_bounds[1]) };
    mm_arena_init(&arena, 1 << 20);
    cr_assert_eq(trie_range_prove(&arena, &proof, &reader, &root, &bounds), MM_ERR_CORRUPT);
    proof = (struct trie_range_proof){ &whole, 1 };
    cr_assert_eq(trie_range_verify(&arena, &verdict, &root, &bounds, NULL, 0, &proof), MM_OK);
    cr_assert_eq(verdict, RANGE_NODE);
    mm_arena_fini(&arena);
    node_table_fini(&table);
}

Test(range, without_memory_says_so)
{
    struct fixture *fixture = set_up(33, KEYS_MAX);
    struct answer answer;
    struct trie_bounds bounds = all;
    struct mm_arena small;
    enum range_verdict verdict;
    ask(fixture, &answer, &bounds, KEYS_MAX + 1);
    mm_arena_init(&small, 4096);
    cr_assert_eq(trie_range_verify(&small, &verdict, &fixture->root, &bounds, answer.leaves,
                                   answer.count, &answer.proof),
                 MM_ERR_NO_MEMORY);
    mm_arena_fini(&small);
    tear_down(fixture);
}
