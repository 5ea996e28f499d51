/* Nodes from outside. The first byte chooses:
 *
 *     n   a node: what decodes encodes to the same bytes
 *     s   a stored node: the same
 *     v   a proof of nodes that nobody made: any verdict, but a value only with PROOF_PRESENT
 *     u   an update over stored nodes that nobody wrote: an error or a root, nothing worse
 *     p   a real proof with one byte bent, a node left out, twice or exchanged: never a value
 *
 * So that nodes from outside fit each other, 33 bytes 0xee in one are overwritten by the reference to the next (0xa0 and its hash). */
#include <stdlib.h>

#include "state/codec/rlp.h"
#include "state/crypto/keccak.h"
#include "state/trie/proof.h"
#include "state/trie/trie_internal.h"
#include "tests/lib/node_table.h"

#define REQUIRE(condition) ((condition) ? (void)0 : abort())

enum { NODES_MAX = 64, REF_BYTES = 33 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static mm_bytes take(mm_bytes *in, size_t len)
{
    const mm_bytes taken = mm_bytes_from(in->ptr, len < in->len ? len : in->len);
    *in = mm_bytes_from(in->ptr + taken.len, in->len - taken.len);
    return taken;
}

static size_t take_byte(mm_bytes *in)
{
    const mm_bytes byte = take(in, 1);
    return byte.len == 0 ? 0 : byte.ptr[0];
}

static void fuzz_node(struct mm_arena *arena, mm_bytes in)
{
    struct trie_node *node = NULL;
    if (trie_node_decode(arena, &node, in) != MM_OK) {
        REQUIRE(node == NULL);
        return;
    }
    REQUIRE(mm_bytes_equal(trie_node_encode(arena, node), in));
}

static void fuzz_stored(struct mm_arena *arena, mm_bytes in)
{
    struct trie_node *node = NULL;
    mm_bytes rlp;
    if (trie_stored_decode(arena, &node, &rlp, in) != MM_OK) {
        REQUIRE(node == NULL);
        return;
    }
    REQUIRE(mm_bytes_equal(trie_node_encode(arena, node), rlp));
    REQUIRE(mm_bytes_equal(trie_stored_encode(arena, node, rlp), in));
}

/* ---- nodes that nobody made ---- */

struct outside {
    mm_bytes key;
    mm_bytes paths[NODES_MAX]; /* for u: where each is stored */
    mm_bytes nodes[NODES_MAX];
    size_t count;
};

/* Puts the reference to `below` where a node has room for one. */
static mm_bytes link_to(struct mm_arena *arena, mm_bytes node, mm_bytes below)
{
    uint8_t *copy = mm_arena_alloc(arena, node.len);
    struct rlp r = rlp_over(below);
    const mm_hash32 hash = keccak256(rlp_read_raw(&r));
    REQUIRE(copy != NULL);
    if (node.len > 0)
        memcpy(copy, node.ptr, node.len);
    for (size_t at = 0; at + REF_BYTES <= node.len; at++) {
        size_t len = 0;
        while (len < REF_BYTES && copy[at + len] == 0xee)
            len++;
        if (len < REF_BYTES)
            continue;
        copy[at] = 0xa0;
        memcpy(copy + at + 1, hash.b, sizeof hash.b);
    }
    return mm_bytes_from(copy, node.len);
}

static void read_outside(struct mm_arena *arena, struct outside *outside, mm_bytes in)
{
    outside->key = take(&in, take_byte(&in) % (TRIE_KEY_MAX + 1));
    for (outside->count = 0; in.len > 0 && outside->count < NODES_MAX; outside->count++) {
        const size_t path_len = take_byte(&in) % (TRIE_PATH_MAX + 1);
        const size_t high = take_byte(&in);
        const uint8_t *nibbles = nibbles_of_key(arena, outside->key);
        REQUIRE(nibbles != NULL);
        /* The key's own path: only there is it looked for. */
        outside->paths[outside->count] = mm_bytes_from(
            nibbles, path_len < 2 * outside->key.len ? path_len : 2 * outside->key.len);
        outside->nodes[outside->count] = take(&in, high << 8 | take_byte(&in));
    }
    for (size_t i = outside->count; i-- > 1;)
        outside->nodes[i - 1] = link_to(arena, outside->nodes[i - 1], outside->nodes[i]);
}

static mm_hash32 root_of(const struct outside *outside)
{
    struct rlp r = rlp_over(outside->nodes[0]);
    return keccak256(rlp_read_raw(&r));
}

static void fuzz_verify(struct mm_arena *arena, mm_bytes in)
{
    struct outside outside;
    read_outside(arena, &outside, in);
    if (outside.count == 0)
        return;
    mm_bytes value;
    const mm_hash32 root = root_of(&outside);
    const enum proof_verdict verdict =
        trie_verify(arena, &value, &root, outside.key, outside.nodes, outside.count);
    REQUIRE((verdict == PROOF_PRESENT) == (value.len > 0));
}

static void fuzz_update(struct mm_arena *arena, mm_bytes in)
{
    struct outside outside;
    struct node_table table = { 0 };
    read_outside(arena, &outside, in);
    if (outside.count == 0)
        return;
    for (size_t i = outside.count; i-- > 0;)
        node_table_put(&table, i == 0 ? (mm_bytes){ NULL, 0 } : outside.paths[i], outside.nodes[i]);
    const struct trie_reader reader = node_table_reader(&table);
    const mm_hash32 root = root_of(&outside);
    for (size_t removes = 0; removes < 2; removes++) {
        struct trie *trie = trie_new(arena, &reader, &root);
        REQUIRE(trie != NULL);
        const struct trie_update update = { outside.key, removes != 0 ? (mm_bytes){ NULL, 0 }
                                                                      : MM_BYTES_LIT("v") };
        const struct trie_change *changes;
        size_t count;
        if (trie_apply(trie, &update, 1) == MM_OK && trie_hash_all(&trie, 1) == MM_OK)
            REQUIRE(trie_changes(trie, &changes, &count) == MM_OK);
    }
    struct trie_proof proof;
    mm_bytes value;
    if (trie_prove(arena, &proof, &reader, &root, outside.key) == MM_OK && proof.count > 0)
        (void)!trie_verify(arena, &value, &root, outside.key, proof.nodes, proof.count);
    node_table_fini(&table);
}

/* ---- real proofs, bent ---- */

/* A trie of a few keys that share beginnings, and values of many lengths. */
static mm_hash32 make_trie(struct node_table *table, uint8_t seed)
{
    static uint8_t keys[24][3];
    static const uint8_t text[64] = "a value that is long enough to be hashed, or cut short of it";
    struct trie_update updates[24];
    for (size_t i = 0; i < 24; i++) {
        keys[i][0] = (uint8_t)(i / 6 * 0x11);
        keys[i][1] = (uint8_t)(i / 2 % 3);
        keys[i][2] = (uint8_t)(i % 2 << (seed % 8));
        updates[i] = (struct trie_update){ MM_BYTES_OF(keys[i]),
                                           mm_bytes_from(text, 1 + (i * 7 + seed) % 60) };
    }
    return node_table_update(table, &KECCAK_EMPTY_TRIE, updates, 24);
}

static void bend(struct mm_arena *arena, mm_bytes *nodes, size_t *count, mm_bytes *in)
{
    const size_t which = take_byte(in) % *count;
    const size_t how = take_byte(in);
    const size_t at = (take_byte(in) << 8 | take_byte(in)) % nodes[which].len;
    mm_bytes copy;
    switch (how % 4) {
    case 0: /* left out */
        memmove(nodes + which, nodes + which + 1, (*count - which - 1) * sizeof *nodes);
        *count -= 1;
        return;
    case 1: /* twice */
        memmove(nodes + which + 1, nodes + which, (*count - which) * sizeof *nodes);
        *count += 1;
        return;
    case 2: /* cut */
        nodes[which].len = at;
        return;
    default: { /* one bit of a byte */
        REQUIRE(mm_arena_copy(arena, &copy, nodes[which]) == MM_OK);
        uint8_t *bytes = mm_arena_alloc(arena, copy.len);
        REQUIRE(bytes != NULL);
        memcpy(bytes, copy.ptr, copy.len);
        bytes[at] ^= (uint8_t)(1u << how / 4 % 8);
        nodes[which].ptr = bytes;
        return;
    }
    }
}

static void fuzz_bent(struct mm_arena *arena, mm_bytes in)
{
    struct node_table table = { 0 };
    struct trie_proof proof;
    mm_bytes nodes[NODES_MAX];
    mm_bytes value;
    const mm_hash32 root = make_trie(&table, (uint8_t)take_byte(&in));
    uint8_t key[3] = { (uint8_t)(take_byte(&in) % 5 * 0x11), (uint8_t)(take_byte(&in) % 4), 0 };
    key[2] = (uint8_t)take_byte(&in);
    const struct trie_reader reader = node_table_reader(&table);
    REQUIRE(trie_prove(arena, &proof, &reader, &root, MM_BYTES_OF(key)) == MM_OK);
    memcpy(nodes, proof.nodes, proof.count * sizeof *nodes);
    size_t count = proof.count;
    bend(arena, nodes, &count, &in);
    const enum proof_verdict verdict =
        trie_verify(arena, &value, &root, MM_BYTES_OF(key), nodes, count);
    REQUIRE(verdict == PROOF_HASH || verdict == PROOF_SHORT || verdict == PROOF_EXTRA);
    REQUIRE(value.len == 0);
    node_table_fini(&table);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const mm_bytes in = mm_bytes_from(data + 1, size - 1);
    struct mm_arena arena;
    mm_arena_init(&arena, 64 << 20);
    switch (data[0]) {
    case 'n':
        fuzz_node(&arena, in);
        break;
    case 's':
        fuzz_stored(&arena, in);
        break;
    case 'v':
        fuzz_verify(&arena, in);
        break;
    case 'u':
        fuzz_update(&arena, in);
        break;
    case 'p':
        fuzz_bent(&arena, in);
        break;
    default:
        break;
    }
    mm_arena_fini(&arena);
    return 0;
}
