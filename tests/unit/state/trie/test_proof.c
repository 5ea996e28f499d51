#include "state/trie/proof.h"

#include <criterion/criterion.h>

#include "state/crypto/keccak.h"
#include "tests/lib/node_table.h"
#include "tests/lib/random.h"

enum { KEYS = 300 };

struct fixture {
    struct node_table table;
    mm_hash32 keys[KEYS];
    uint8_t values[KEYS][33];
    mm_hash32 root;
};

static int by_key(const void *a, const void *b)
{
    return mm_bytes_compare(((const struct trie_update *)a)->key,
                            ((const struct trie_update *)b)->key);
}

static void set_up(struct fixture *fixture)
{
    struct test_random random = { 7 };
    struct trie_update updates[KEYS];
    *fixture = (struct fixture){ 0 };
    for (size_t i = 0; i < KEYS; i++) {
        test_random_fill(&random, fixture->keys[i].b, 32);
        test_random_fill(&random, fixture->values[i], 33);
        updates[i] = (struct trie_update){ mm_bytes_hash(&fixture->keys[i]),
                                           MM_BYTES_OF(fixture->values[i]) };
    }
    qsort(updates, KEYS, sizeof *updates, by_key);
    fixture->root = node_table_update(&fixture->table, &KECCAK_EMPTY_TRIE, updates, KEYS);
}

Test(proof, proves_presence_and_absence_and_nothing_else)
{
    struct fixture fixture;
    set_up(&fixture);
    const struct trie_reader reader = node_table_reader(&fixture.table);
    struct mm_arena arena;
    mm_arena_init(&arena, SIZE_MAX);
    struct test_random random = { 8 };
    for (size_t i = 0; i < KEYS; i++) {
        struct trie_proof proof;
        mm_bytes value;
        cr_assert_eq(
            trie_prove(&arena, &proof, &reader, &fixture.root, mm_bytes_hash(&fixture.keys[i])),
            MM_OK);
        cr_assert(mm_bytes_equal(proof.value, MM_BYTES_OF(fixture.values[i])));
        cr_assert_eq(trie_verify(&arena, &value, &fixture.root, mm_bytes_hash(&fixture.keys[i]),
                                 proof.nodes, proof.count),
                     PROOF_PRESENT);
        cr_assert(mm_bytes_equal(value, proof.value));

        mm_hash32 absent;
        test_random_fill(&random, absent.b, 32);
        cr_assert_eq(trie_prove(&arena, &proof, &reader, &fixture.root, mm_bytes_hash(&absent)),
                     MM_OK);
        cr_assert_eq(proof.value.len, 0);
        cr_assert_eq(trie_verify(&arena, &value, &fixture.root, mm_bytes_hash(&absent), proof.nodes,
                                 proof.count),
                     PROOF_ABSENT);
        mm_arena_reset(&arena);
    }
    mm_arena_fini(&arena);
    node_table_fini(&fixture.table);
}

Test(proof, any_changed_byte_missing_node_or_extra_node_is_found)
{
    struct fixture fixture;
    set_up(&fixture);
    const struct trie_reader reader = node_table_reader(&fixture.table);
    struct mm_arena arena;
    mm_arena_init(&arena, SIZE_MAX);
    struct trie_proof proof;
    mm_bytes value;
    const mm_bytes key = mm_bytes_hash(&fixture.keys[3]);
    cr_assert_eq(trie_prove(&arena, &proof, &reader, &fixture.root, key), MM_OK);
    cr_assert_geq(proof.count, 2);
    mm_bytes nodes[70];
    memcpy(nodes, proof.nodes, proof.count * sizeof *nodes);
    cr_assert_eq(trie_verify(&arena, &value, &fixture.root, key, nodes, proof.count - 1),
                 PROOF_SHORT);
    nodes[proof.count] = nodes[0];
    cr_assert_eq(trie_verify(&arena, &value, &fixture.root, key, nodes, proof.count + 1),
                 PROOF_EXTRA);
    for (size_t i = 0; i < proof.count; i++) {
        for (size_t j = 0; j < proof.nodes[i].len; j++) {
            uint8_t bent[600];
            memcpy(bent, proof.nodes[i].ptr, proof.nodes[i].len);
            bent[j] ^= 1;
            nodes[i] = mm_bytes_from(bent, proof.nodes[i].len);
            cr_assert_eq(trie_verify(&arena, &value, &fixture.root, key, nodes, proof.count),
                         PROOF_HASH);
            nodes[i] = proof.nodes[i];
        }
    }
    mm_arena_fini(&arena);
    node_table_fini(&fixture.table);
}

Test(proof, an_empty_trie_proves_absence_with_no_nodes)
{
    struct mm_arena arena;
    mm_arena_init(&arena, 1 << 20);
    struct trie_proof proof;
    mm_bytes value;
    const mm_hash32 key = { { 1 } };
    cr_assert_eq(trie_prove(&arena, &proof, NULL, &KECCAK_EMPTY_TRIE, mm_bytes_hash(&key)), MM_OK);
    cr_assert_eq(proof.count, 0);
    cr_assert_eq(trie_verify(&arena, &value, &KECCAK_EMPTY_TRIE, mm_bytes_hash(&key), NULL, 0),
                 PROOF_ABSENT);
    mm_arena_fini(&arena);
}
