/* Proofs of ranges from outside.
 *
 *     in   seed, bounds, then how an honest answer is bent: leaves and nodes left out, twice, exchanged, with a bit turned
 *
 * Whatever is done to it, what is believed is what the trie has between the bounds, to the last byte. */
#include <stdlib.h>

#include "state/crypto/keccak.h"
#include "state/trie/range.h"
#include "tests/lib/node_table.h"

#define REQUIRE(condition) ((condition) ? (void)0 : abort())

enum { KEYS = 48, KEY_BYTES = 3, ITEMS_MAX = 96 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct answer {
    struct mm_arena arena;
    struct mm_arena own; /* of the leaves */
    struct trie_leaf leaves[ITEMS_MAX];
    size_t leaf_count;
    mm_bytes nodes[ITEMS_MAX];
    size_t node_count;
};

static size_t take_byte(mm_bytes *in)
{
    if (in->len == 0)
        return 0;
    const size_t byte = in->ptr[0];
    *in = mm_bytes_from(in->ptr + 1, in->len - 1);
    return byte;
}

/* Ascending keys that share beginnings, and values of many lengths. */
static void make(struct trie_update *updates, uint8_t seed)
{
    static uint8_t keys[KEYS][KEY_BYTES];
    static const uint8_t text[64] = "a value that is long enough to be hashed, or cut short of it";
    for (size_t i = 0; i < KEYS; i++) {
        keys[i][0] = (uint8_t)(i / 12 * 0x11);
        keys[i][1] = (uint8_t)(i / 4 % 3 + seed % 16);
        keys[i][2] = (uint8_t)(i % 4 << (seed % 6));
        updates[i] = (struct trie_update){ MM_BYTES_OF(keys[i]),
                                           mm_bytes_from(text, 1 + (i * 7 + seed) % 60) };
    }
}

static bool take_leaf(void *ctx, mm_bytes key, mm_bytes value)
{
    struct answer *answer = ctx;
    struct trie_leaf *leaf = &answer->leaves[answer->leaf_count++];
    REQUIRE(mm_arena_copy(&answer->own, &leaf->key, key) == MM_OK);
    REQUIRE(mm_arena_copy(&answer->own, &leaf->value, value) == MM_OK);
    return true;
}

static mm_bytes bend_bytes(struct answer *answer, mm_bytes bytes, mm_bytes *in)
{
    if (bytes.len == 0)
        return bytes;
    uint8_t *copy = mm_arena_alloc(&answer->arena, bytes.len);
    REQUIRE(copy != NULL);
    memcpy(copy, bytes.ptr, bytes.len);
    copy[take_byte(in) % bytes.len] ^= (uint8_t)(1u << take_byte(in) % 8);
    return mm_bytes_from(copy, bytes.len);
}

static void bend_leaf(struct answer *answer, size_t how, mm_bytes *in)
{
    if (answer->leaf_count == 0 || answer->leaf_count == ITEMS_MAX)
        return;
    struct trie_leaf *leaf = &answer->leaves[take_byte(in) % answer->leaf_count];
    const size_t behind = answer->leaf_count - (size_t)(leaf - answer->leaves);
    if (how == 0) {
        memmove(leaf, leaf + 1, (behind - 1) * sizeof *leaf);
        answer->leaf_count--;
    } else if (how == 1) {
        memmove(leaf + 1, leaf, behind * sizeof *leaf);
        leaf[0].key = bend_bytes(answer, leaf[0].key, in);
        answer->leaf_count++;
    } else if (how == 2) {
        leaf->value = bend_bytes(answer, leaf->value, in);
    } else {
        leaf->key = bend_bytes(answer, leaf->key, in);
    }
}

static void bend_node(struct answer *answer, size_t how, mm_bytes *in)
{
    if (answer->node_count == 0 || answer->node_count == ITEMS_MAX)
        return;
    mm_bytes *node = &answer->nodes[take_byte(in) % answer->node_count];
    const size_t behind = answer->node_count - (size_t)(node - answer->nodes);
    if (how == 0) {
        memmove(node, node + 1, (behind - 1) * sizeof *node);
        answer->node_count--;
    } else if (how == 1) {
        memmove(node + 1, node, behind * sizeof *node);
        answer->node_count++;
    } else if (how == 2) {
        *node = bend_bytes(answer, *node, in);
    } else if (node->len > 0) {
        node->len -= 1;
    }
}

static bool is_what_is_there(const struct answer *answer, const struct trie_update *updates,
                             const struct trie_bounds *bounds)
{
    size_t at = 0;
    for (size_t i = 0; i < KEYS; i++) {
        if (mm_bytes_compare(updates[i].key, bounds->from) < 0 ||
            mm_bytes_compare(updates[i].key, bounds->to) > 0)
            continue;
        if (at == answer->leaf_count || !mm_bytes_equal(answer->leaves[at].key, updates[i].key) ||
            !mm_bytes_equal(answer->leaves[at].value, updates[i].value))
            return false;
        at++;
    }
    return at == answer->leaf_count;
}

static void fuzz(struct answer *answer, mm_bytes in)
{
    struct node_table table = { 0 };
    struct trie_update updates[KEYS];
    uint8_t keys[2][KEY_BYTES];
    struct trie_range_proof proof;
    enum range_verdict verdict;
    make(updates, (uint8_t)take_byte(&in));
    const mm_hash32 root = node_table_update(&table, &KECCAK_EMPTY_TRIE, updates, KEYS);
    const struct trie_reader reader = node_table_reader(&table);
    for (size_t i = 0; i < 2 * KEY_BYTES; i++)
        keys[i / KEY_BYTES][i % KEY_BYTES] = (uint8_t)take_byte(&in);
    const bool is_turned = memcmp(keys[0], keys[1], KEY_BYTES) > 0;
    const struct trie_bounds bounds = { MM_BYTES_OF(keys[is_turned]),
                                        MM_BYTES_OF(keys[!is_turned]) };
    const struct trie_leaf_sink sink = { answer, take_leaf };
    REQUIRE(trie_range_walk(&answer->arena, &reader, &root, &bounds, &sink) == MM_OK);
    REQUIRE(trie_range_prove(&answer->arena, &proof, &reader, &root, &bounds) == MM_OK);
    REQUIRE(proof.count <= ITEMS_MAX);
    if (proof.count > 0)
        memcpy(answer->nodes, proof.nodes, proof.count * sizeof *proof.nodes);
    answer->node_count = proof.count;
    proof.nodes = answer->nodes;
    REQUIRE(trie_range_verify(&answer->arena, &verdict, &root, &bounds, answer->leaves,
                              answer->leaf_count, &proof) == MM_OK);
    REQUIRE(verdict == RANGE_OK && is_what_is_there(answer, updates, &bounds));
    while (in.len > 0) {
        const size_t how = take_byte(&in);
        if (how % 2 == 0)
            bend_leaf(answer, how / 2 % 4, &in);
        else
            bend_node(answer, how / 2 % 4, &in);
    }
    proof.count = answer->node_count;
    REQUIRE(trie_range_verify(&answer->arena, &verdict, &root, &bounds, answer->leaves,
                              answer->leaf_count, &proof) == MM_OK);
    REQUIRE(verdict != RANGE_OK || is_what_is_there(answer, updates, &bounds));
    node_table_fini(&table);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct answer answer;
    answer = (struct answer){ .leaf_count = 0 };
    mm_arena_init(&answer.arena, 64 << 20);
    mm_arena_init(&answer.own, 64 << 20);
    fuzz(&answer, mm_bytes_from(data, size));
    mm_arena_fini(&answer.arena);
    mm_arena_fini(&answer.own);
    return 0;
}
