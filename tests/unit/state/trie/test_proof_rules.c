/* Each verdict on a proof, over tries whose keys begin each other and whose nodes stand inside their parents. */
#include <criterion/criterion.h>

#include "state/codec/rlp.h"
#include "state/crypto/keccak.h"
#include "state/trie/proof.h"
#include "tests/lib/node_table.h"
#include "tests/lib/random.h"

enum { NODES_MAX = 140, KEYS = 60 };

static const uint8_t long_key[TRIE_KEY_MAX] = { 0x12, 0x34 };

static struct trie_update entries[] = {
    { MM_BYTES_LIT(""), MM_BYTES_LIT("at the root") },
    { MM_BYTES_LIT("\x12"), MM_BYTES_LIT("a value in a branch, long enough to make it a node") },
    { { long_key, sizeof long_key }, MM_BYTES_LIT("the longest key there is, and its value") },
    { MM_BYTES_LIT("\x12\x35"), MM_BYTES_LIT("v") },
    { MM_BYTES_LIT("\x12\x35\x01"), MM_BYTES_LIT("w") },
    { MM_BYTES_LIT("\x12\x36"), MM_BYTES_LIT("x") },
};
enum { ENTRIES = 6 };

struct fixture {
    struct node_table table;
    struct trie_reader reader;
    struct mm_arena arena;
    mm_hash32 root;
};

static void set_up(struct fixture *fixture)
{
    *fixture = (struct fixture){ 0 };
    mm_arena_init(&fixture->arena, 16 << 20);
    fixture->root = node_table_update(&fixture->table, &KECCAK_EMPTY_TRIE, entries, ENTRIES);
    fixture->reader = node_table_reader(&fixture->table);
}

static void tear_down(struct fixture *fixture)
{
    node_table_fini(&fixture->table);
    mm_arena_fini(&fixture->arena);
}

static void check(struct fixture *fixture, mm_bytes key, mm_bytes expected)
{
    struct trie_proof proof;
    mm_bytes value;
    cr_assert_eq(trie_prove(&fixture->arena, &proof, &fixture->reader, &fixture->root, key), MM_OK);
    cr_assert(mm_bytes_equal(proof.value, expected));
    cr_assert_geq(proof.count, 1);
    for (size_t i = 1; i < proof.count; i++)
        cr_assert_geq(proof.nodes[i].len, 32, "shorter nodes stand inside their parents");
    const enum proof_verdict verdict = expected.len > 0 ? PROOF_PRESENT : PROOF_ABSENT;
    cr_assert_eq(
        trie_verify(&fixture->arena, &value, &fixture->root, key, proof.nodes, proof.count),
        verdict);
    cr_assert(mm_bytes_equal(value, expected));
    for (size_t i = 0; i < proof.count; i++)
        cr_assert_eq(trie_verify(&fixture->arena, &value, &fixture->root, key, proof.nodes, i),
                     PROOF_SHORT);
    mm_bytes more[NODES_MAX];
    memcpy(more, proof.nodes, proof.count * sizeof *more);
    more[proof.count] = proof.nodes[0];
    cr_assert_eq(trie_verify(&fixture->arena, &value, &fixture->root, key, more, proof.count + 1),
                 PROOF_EXTRA);
    cr_assert_eq(value.len, 0);
}

Test(proof_rules, keys_that_begin_each_other_have_their_own_proofs)
{
    struct fixture fixture;
    set_up(&fixture);
    for (size_t i = 0; i < ENTRIES; i++)
        check(&fixture, entries[i].key, entries[i].value);
    static const mm_bytes absent[] = {
        MM_BYTES_LIT("\x11"),
        MM_BYTES_LIT("\x12\x34"),
        MM_BYTES_LIT("\x12\x35\x02"),
        MM_BYTES_LIT("\x12\x36\x01"),
        MM_BYTES_LIT("\x12\x35\x01\x01"),
        MM_BYTES_LIT("\x02"),
        MM_BYTES_LIT("\x12\x37"),
    };
    for (size_t i = 0; i < MM_COUNT_OF(absent); i++)
        check(&fixture, absent[i], (mm_bytes){ NULL, 0 });
    uint8_t near[TRIE_KEY_MAX];
    for (size_t i = 2; i < sizeof near; i++) {
        memcpy(near, long_key, sizeof near);
        near[i] ^= 0x10;
        check(&fixture, MM_BYTES_OF(near), (mm_bytes){ NULL, 0 });
        check(&fixture, mm_bytes_from(long_key, i), (mm_bytes){ NULL, 0 });
    }
    tear_down(&fixture);
}

Test(proof_rules, a_node_that_is_none_is_named_so_even_with_the_right_hash)
{
    static const mm_bytes none[] = {
        MM_BYTES_LIT(""),
        MM_BYTES_LIT("\xc0"),
        MM_BYTES_LIT("\x83"
                     "abc"),
        MM_BYTES_LIT("\xc1"),
        MM_BYTES_LIT("\xc2\x20\x80"),
        MM_BYTES_LIT("\xc3\x20\x01\x01"),
    };
    struct mm_arena arena;
    mm_arena_init(&arena, 1 << 20);
    for (size_t i = 0; i < MM_COUNT_OF(none); i++) {
        mm_bytes value;
        const mm_hash32 root = keccak256(none[i]);
        cr_assert_eq(trie_verify(&arena, &value, &root, MM_BYTES_LIT("k"), &none[i], 1),
                     PROOF_NODE);
    }
    mm_arena_fini(&arena);
}

Test(proof_rules, a_key_longer_than_any_is_refused_and_the_longest_is_not)
{
    static const uint8_t key[TRIE_KEY_MAX + 1] = { 0 };
    struct fixture fixture;
    mm_bytes value;
    set_up(&fixture);
    const mm_bytes node = node_table_find(&fixture.table, (mm_bytes){ NULL, 0 });
    struct rlp r = rlp_over(node);
    const mm_bytes first = rlp_read_raw(&r);
    cr_assert_eq(trie_verify(&fixture.arena, &value, &fixture.root, MM_BYTES_OF(key), &first, 1),
                 PROOF_NODE);
    check(&fixture, mm_bytes_from(key, TRIE_KEY_MAX), (mm_bytes){ NULL, 0 });
    tear_down(&fixture);
}

Test(proof_rules, a_root_is_looked_at_to_the_last_byte)
{
    struct fixture fixture;
    struct trie_proof proof;
    mm_bytes value;
    set_up(&fixture);
    const mm_bytes key = entries[1].key;
    cr_assert_eq(trie_prove(&fixture.arena, &proof, &fixture.reader, &fixture.root, key), MM_OK);
    for (size_t i = 0; i < sizeof fixture.root.b; i++) {
        fixture.root.b[i] ^= 0x40;
        cr_assert_eq(
            trie_verify(&fixture.arena, &value, &fixture.root, key, proof.nodes, proof.count),
            PROOF_HASH);
        fixture.root.b[i] ^= 0x40;
    }
    tear_down(&fixture);
}

Test(proof_rules, an_empty_trie_takes_no_nodes)
{
    struct mm_arena arena;
    mm_arena_init(&arena, 1 << 20);
    mm_bytes value;
    const mm_bytes node = MM_BYTES_LIT("\x80");
    cr_assert_eq(trie_verify(&arena, &value, &KECCAK_EMPTY_TRIE, MM_BYTES_LIT("k"), &node, 1),
                 PROOF_EXTRA);
    mm_arena_fini(&arena);
}

/* A reader's failures: a node that is gone is damage, anything else is passed on. */
static mm_err fail(void *ctx, struct mm_arena *arena, struct trie_stored *stored, mm_bytes path)
{
    (void)arena, (void)path;
    *stored = (struct trie_stored){ .since = 0 };
    return *(const mm_err *)ctx;
}

Test(proof_rules, a_reader_that_fails_is_heard)
{
    static const mm_err errors[][2] = {
        { MM_ERR_NOT_FOUND, MM_ERR_CORRUPT },
        { MM_ERR_IO, MM_ERR_IO },
        { MM_ERR_NO_MEMORY, MM_ERR_NO_MEMORY },
    };
    struct mm_arena arena;
    mm_arena_init(&arena, 1 << 20);
    for (size_t i = 0; i < MM_COUNT_OF(errors); i++) {
        mm_err err = errors[i][0];
        const struct trie_reader reader = { &err, fail };
        const mm_hash32 root = { { 1 } };
        struct trie_proof proof;
        cr_assert_eq(trie_prove(&arena, &proof, &reader, &root, MM_BYTES_LIT("k")), errors[i][1]);
        cr_assert_eq(proof.count, 0);
        struct trie *trie = trie_new(&arena, &reader, &root);
        const struct trie_update update = { MM_BYTES_LIT("k"), MM_BYTES_LIT("v") };
        cr_assert_eq(trie_apply(trie, &update, 1), errors[i][1]);
    }
    struct trie *trie = trie_new(&arena, NULL, &(mm_hash32){ { 1 } });
    const struct trie_update update = { MM_BYTES_LIT("k"), MM_BYTES_LIT("v") };
    cr_assert_eq(trie_apply(trie, &update, 1), MM_ERR_CORRUPT, "a root without a reader");
    mm_arena_fini(&arena);
}

Test(proof_rules, each_verdict_has_words_of_its_own)
{
    const char *texts[PROOF_EXTRA + 1];
    for (int i = 0; i <= PROOF_EXTRA; i++) {
        texts[i] = proof_verdict_text((enum proof_verdict)i);
        cr_assert_not_null(texts[i]);
        for (int j = 0; j < i; j++)
            cr_assert_str_neq(texts[i], texts[j]);
    }
}
