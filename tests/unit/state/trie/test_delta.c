/* Deltas between versions of a stored node: whatever a batch does to a trie, each old node comes back from the new one. */
#include <criterion/criterion.h>

#include "state/codec/rlp.h"
#include "state/crypto/keccak.h"
#include "state/trie/node_delta.h"
#include "state/trie/trie.h"
#include "tests/lib/node_table.h"
#include "tests/lib/random.h"

enum { KEYS = 200, KEY_BYTES = 32, NODE_BYTES_MAX = 1 << 16 };

static struct mm_buf delta;
static struct mm_buf older;

static void open_bufs(void)
{
    mm_buf_init(&delta, NODE_BYTES_MAX);
    mm_buf_init(&older, NODE_BYTES_MAX);
}

static void close_bufs(void)
{
    mm_buf_fini(&delta);
    mm_buf_fini(&older);
}

TestSuite(delta, .init = open_bufs, .fini = close_bufs);

static mm_bytes encode(mm_bytes was, mm_bytes is)
{
    mm_buf_reset(&delta);
    trie_delta_encode(&delta, was, is);
    cr_assert_eq(mm_buf_err(&delta), MM_OK);
    return mm_buf_bytes(&delta);
}

/* ---- whole tries ---- */

struct sums {
    size_t changes;
    size_t whole;
    size_t listed;
    size_t node_bytes;
    size_t delta_bytes;
};

static void check_change(const struct trie_change *change, struct sums *sums)
{
    const mm_bytes made = encode(change->old_node, change->new_node);
    cr_assert_eq(trie_delta_undo(&older, change->new_node, made), MM_OK);
    cr_assert(mm_bytes_equal(mm_buf_bytes(&older), change->old_node));
    cr_assert_leq(made.len, 1 + change->old_node.len);
    cr_assert_eq(trie_delta_is_first(made), change->old_node.len == 0);
    sums->changes++;
    sums->whole += trie_delta_is_whole(made);
    sums->listed += !trie_delta_is_whole(made) && !trie_delta_is_first(made);
    sums->node_bytes += change->old_node.len;
    sums->delta_bytes += made.len;
}

static mm_hash32 check_batch(struct node_table *table, const mm_hash32 *root,
                             const struct trie_update *updates, size_t count, struct sums *sums)
{
    struct mm_arena arena;
    const struct trie_change *changes;
    size_t change_count;
    mm_arena_init(&arena, SIZE_MAX);
    const struct trie_reader reader = node_table_reader(table);
    struct trie *trie = trie_new(&arena, &reader, root);
    cr_assert_eq(trie_apply(trie, updates, count), MM_OK);
    cr_assert_eq(trie_hash_all(&trie, 1), MM_OK);
    cr_assert_eq(trie_changes(trie, &changes, &change_count), MM_OK);
    for (size_t i = 0; i < change_count; i++)
        check_change(&changes[i], sums);
    node_table_apply(table, changes, change_count);
    const mm_hash32 after = trie_root(trie);
    mm_arena_fini(&arena);
    return after;
}

/* Keys of the state's length, or short and crowded ones that split and join at every depth; values on both sides of what makes a
 * leaf stand inside its parent. */
static void check_history(uint64_t seed, bool is_crowded, size_t batch_max, struct sums *sums)
{
    static uint8_t keys[KEYS][KEY_BYTES];
    static uint8_t values[KEYS][40];
    struct test_random random = { seed };
    struct node_table table = { 0 };
    mm_hash32 root = KECCAK_EMPTY_TRIE;
    const size_t key_len = is_crowded ? 2 : KEY_BYTES;
    for (size_t i = 0; i < KEYS; i++) { /* ascending, distinct */
        test_random_fill(&random, keys[i], KEY_BYTES);
        keys[i][0] = (uint8_t)(i >> (is_crowded ? 4 : 0));
        keys[i][1] = is_crowded ? (uint8_t)((i & 15) << 4) : keys[i][1];
    }
    for (size_t batch = 0; batch < 60; batch++) {
        struct trie_update updates[KEYS];
        size_t count = 0;
        for (size_t i = 0; i < KEYS; i++) {
            if (test_random_below(&random, KEYS) >= batch_max)
                continue;
            const size_t len =
                test_random_below(&random, 4) == 0 ? 0 : 1 + test_random_below(&random, 39);
            test_random_fill(&random, values[i], len);
            updates[count++] = (struct trie_update){ mm_bytes_from(keys[i], key_len),
                                                     mm_bytes_from(values[i], len) };
        }
        root = check_batch(&table, &root, updates, count, sums);
    }
    node_table_fini(&table);
}

Test(delta, any_history_goes_back_node_by_node)
{
    struct sums sums = { 0 };
    for (uint64_t seed = 1; seed <= 8; seed++)
        check_history(seed, seed % 2 == 0, seed < 5 ? 4 : 60, &sums);
    cr_assert_gt(sums.whole, 100);
    cr_assert_gt(sums.listed, 1000);
    cr_assert_lt(sums.delta_bytes * 2, sums.node_bytes, "%zu of %zu", sums.delta_bytes,
                 sums.node_bytes);
}

/* ---- single branches ---- */

static const uint8_t leaf_bytes[40] = { 0xe7, 0x20, 0xa5 }; /* a list of 39 bytes */

/* A branch with so many hashes from child `first` on, and behind it a leaf as its last child where asked for. */
static mm_bytes make_branch(struct mm_buf *buf, size_t first, size_t hashes, uint8_t fill,
                            bool has_leaf)
{
    const mm_hash32 name = keccak256(MM_BYTES_OF(leaf_bytes));
    mm_hash32 hash;
    memset(hash.b, fill, sizeof hash.b);
    mm_buf_reset(buf);
    const size_t list = rlp_open_list(buf);
    for (size_t i = 0; i < 16; i++) {
        if (i == 15 && has_leaf)
            rlp_add_hash(buf, &name);
        else if (i >= first && i < first + hashes)
            rlp_add_hash(buf, &hash);
        else
            rlp_add_string(buf, (mm_bytes){ NULL, 0 });
    }
    rlp_add_string(buf, (mm_bytes){ NULL, 0 });
    rlp_close_list(buf, list);
    if (has_leaf) {
        mm_buf_add(buf, MM_BYTES_LIT("\x80\x00"));
        mm_buf_add(buf, MM_BYTES_OF(leaf_bytes));
    }
    return mm_buf_bytes(buf);
}

Test(delta, says_what_a_branch_had_and_nothing_else)
{
    struct mm_buf a;
    struct mm_buf b;
    mm_buf_init(&a, NODE_BYTES_MAX);
    mm_buf_init(&b, NODE_BYTES_MAX);
    const mm_bytes was = make_branch(&a, 2, 3, 7, true);
    mm_bytes is = make_branch(&b, 2, 4, 7, true);
    cr_assert(mm_bytes_equal(encode(was, is), MM_BYTES_LIT("\x02\x00\x20\x80")), "a child more");
    is = make_branch(&b, 2, 3, 7, false);
    cr_assert_eq(encode(was, is).len, 3 + sizeof leaf_bytes, "a leaf less: without its hash");
    is = make_branch(&b, 3, 2, 7, true);
    cr_assert_eq(encode(was, is).len, 3 + 33, "a hash less");
    cr_assert(trie_delta_is_whole(encode(MM_BYTES_OF(leaf_bytes), is)), "another kind");
    cr_assert(trie_delta_is_whole(encode(is, (mm_bytes){ NULL, 0 })), "it went");
    cr_assert(mm_bytes_equal(encode((mm_bytes){ NULL, 0 }, is), MM_BYTES_LIT("\x00")), "it came");
    mm_buf_fini(&a);
    mm_buf_fini(&b);
}

/* ---- strictness ---- */

static void expect_corrupt(mm_bytes newer, mm_bytes bent, const char *what)
{
    mm_buf_add(&older, MM_BYTES_LIT("before"));
    cr_assert_eq(trie_delta_undo(&older, newer, bent), MM_ERR_CORRUPT, "%s", what);
    cr_assert_eq(mm_buf_bytes(&older).len, 0, "%s", what);
}

Test(delta, of_another_form_is_corrupt)
{
    struct mm_buf b;
    mm_buf_init(&b, NODE_BYTES_MAX);
    const mm_bytes is = make_branch(&b, 2, 4, 7, true);
    expect_corrupt(is, (mm_bytes){ NULL, 0 }, "nothing");
    expect_corrupt(is, MM_BYTES_LIT("\x00\x00"), "more than 'first'");
    expect_corrupt(is, MM_BYTES_LIT("\x01"), "all of nothing");
    expect_corrupt(is, MM_BYTES_LIT("\x03\x00\x20\x80"), "an unknown kind");
    expect_corrupt(is, MM_BYTES_LIT("\x02"), "no mask");
    expect_corrupt(is, MM_BYTES_LIT("\x02\x00"), "half a mask");
    expect_corrupt(is, MM_BYTES_LIT("\x02\x00\x00"), "no children");
    expect_corrupt(is, MM_BYTES_LIT("\x02\x00\x20"), "a child that is missing");
    expect_corrupt(is, MM_BYTES_LIT("\x02\x00\x20\x80\x80"), "a child too many");
    expect_corrupt(is, MM_BYTES_LIT("\x02\x00\x01\x80"), "a child that is the same");
    expect_corrupt(is, MM_BYTES_LIT("\x02\x00\x20\xc0"), "an empty list as a child");
    expect_corrupt(is, MM_BYTES_LIT("\x02\x00\x20\x7f"), "a byte as a child");
    expect_corrupt(is, MM_BYTES_LIT("\x02\x00\x20\xa0\x07\x07"), "a hash that is cut short");
    expect_corrupt(MM_BYTES_OF(leaf_bytes), MM_BYTES_LIT("\x02\x00\x20\x80"),
                   "a leaf is no branch");
    expect_corrupt((mm_bytes){ NULL, 0 }, MM_BYTES_LIT("\x02\x00\x20\x80"), "nothing newer");
    uint8_t same_leaf[3 + sizeof leaf_bytes] = { 2, 0x80, 0 };
    memcpy(same_leaf + 3, leaf_bytes, sizeof leaf_bytes);
    expect_corrupt(is, MM_BYTES_OF(same_leaf), "the leaf that stands there");
    mm_buf_fini(&b);
}

Test(delta, longer_than_the_node_is_corrupt)
{
    struct mm_buf b;
    mm_buf_init(&b, NODE_BYTES_MAX);
    const mm_bytes is = make_branch(&b, 0, 16, 7, false);
    uint8_t all[3 + 16 * 33];
    memset(all, 9, sizeof all);
    all[0] = 2;
    all[1] = all[2] = 0xff;
    for (size_t i = 0; i < 16; i++)
        all[3 + 33 * i] = 0xa0;
    cr_assert_eq(trie_delta_undo(&older, is, MM_BYTES_OF(all)), MM_OK,
                 "one byte shorter than whole");
    memset(all + 3, 0x80, 16); /* and a branch of nothing */
    expect_corrupt(is, mm_bytes_from(all, 19), "it has 17 bytes itself");
    mm_buf_fini(&b);
}

/* Every bit and every end of a delta: an error, or another node than the one it was made of. */
Test(delta, bent_does_not_give_the_same_node)
{
    struct mm_buf a;
    struct mm_buf b;
    mm_buf_init(&a, NODE_BYTES_MAX);
    mm_buf_init(&b, NODE_BYTES_MAX);
    const mm_bytes was = make_branch(&a, 2, 3, 9, true);
    const mm_bytes is = make_branch(&b, 1, 9, 7, false);
    const mm_bytes whole = encode(was, is);
    uint8_t bent[1024];
    cr_assert(!trie_delta_is_whole(whole));
    for (size_t len = 0; len < whole.len; len++)
        expect_corrupt(is, mm_bytes_from(whole.ptr, len), "cut short");
    for (size_t bit = 0; bit < 8 * whole.len; bit++) {
        memcpy(bent, whole.ptr, whole.len);
        bent[bit / 8] ^= (uint8_t)(1u << bit % 8);
        const mm_err err = trie_delta_undo(&older, is, mm_bytes_from(bent, whole.len));
        cr_assert(err == MM_ERR_CORRUPT || !mm_bytes_equal(mm_buf_bytes(&older), was), "bit %zu",
                  bit);
    }
    mm_buf_fini(&a);
    mm_buf_fini(&b);
}
