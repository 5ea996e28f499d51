#include "state/trie/proof.h"

#include "state/base/assert.h"
#include "state/crypto/keccak.h"
#include "state/trie/trie_internal.h"

/* One step of a descent: consumes nibbles of the key and names the child to go on with. True: the key is decided, and *value
 * is what it has. */
static bool descend(const struct trie_node *node, mm_bytes key, size_t *at,
                    const struct trie_ref **child, mm_bytes *value)
{
    const mm_bytes rest = mm_bytes_from(key.ptr + *at, key.len - *at);
    *value = (mm_bytes){ NULL, 0 };
    switch (node->kind) {
    case TRIE_LEAF:
        if (mm_bytes_equal(rest, node->suffix))
            *value = node->value;
        return true;
    case TRIE_EXTENSION:
        if (nibbles_shared(rest, node->suffix) < node->suffix.len)
            return true;
        *at += node->suffix.len;
        *child = &node->child;
        return false;
    case TRIE_BRANCH:
        if (rest.len == 0) {
            *value = node->value;
            return true;
        }
        *child = &node->children[rest.ptr[0]];
        *at += 1;
        return (*child)->len == 0;
    }
    MM_UNREACHABLE();
}

mm_err trie_prove(struct mm_arena *arena, struct trie_proof *proof,
                  const struct trie_reader *reader, const mm_hash32 *root, mm_bytes key)
{
    *proof = (struct trie_proof){ 0 };
    if (mm_hash_equal(root, &KECCAK_EMPTY_TRIE))
        return MM_OK;
    MM_ASSERT(key.len <= TRIE_KEY_MAX);
    const uint8_t *nibbles = nibbles_of_key(arena, key);
    mm_bytes *nodes = MM_ARENA_ARRAY(arena, mm_bytes, 2 * key.len + 1);
    if (nibbles == NULL || nodes == NULL)
        return MM_ERR_NO_MEMORY;
    const mm_bytes path = mm_bytes_from(nibbles, 2 * key.len);
    size_t at = 0;
    size_t count = 0;
    mm_bytes value = { NULL, 0 };
    struct trie_ref start = { .len = 32 };
    const struct trie_ref *ref = &start;
    for (;;) {
        struct trie_node *node = NULL;
        mm_bytes rlp = ref->leaf.len > 0 ? ref->leaf : mm_bytes_from(ref->bytes, ref->len);
        if (ref->len == 32 && ref->leaf.len == 0) {
            struct trie_stored stored = { .since = 0 };
            const mm_err err =
                reader->node(reader->ctx, arena, &stored, mm_bytes_from(nibbles, at));
            if (err != MM_OK)
                return err == MM_ERR_NOT_FOUND ? MM_ERR_CORRUPT : err;
            MM_TRY(trie_stored_decode(arena, &node, &rlp, stored.node));
        } else {
            MM_TRY(trie_node_decode(arena, &node, rlp));
        }
        if (ref->len == 32)
            nodes[count++] = rlp;
        if (descend(node, path, &at, &ref, &value))
            break;
    }
    *proof = (struct trie_proof){ nodes, count, value };
    return MM_OK;
}

enum proof_verdict trie_verify(struct mm_arena *arena, mm_bytes *value, const mm_hash32 *root,
                               mm_bytes key, const mm_bytes *nodes, size_t count)
{
    *value = (mm_bytes){ NULL, 0 };
    if (mm_hash_equal(root, &KECCAK_EMPTY_TRIE))
        return count == 0 ? PROOF_ABSENT : PROOF_EXTRA;
    const uint8_t *nibbles = key.len <= TRIE_KEY_MAX ? nibbles_of_key(arena, key) : NULL;
    if (nibbles == NULL)
        return PROOF_NODE;
    const mm_bytes path = mm_bytes_from(nibbles, 2 * key.len);
    struct trie_ref start = { .len = 32 };
    memcpy(start.bytes, root->b, 32);
    const struct trie_ref *ref = &start;
    size_t at = 0;
    size_t used = 0;
    mm_bytes found;
    for (;;) {
        mm_bytes blob = mm_bytes_from(ref->bytes, ref->len);
        if (ref->len == 32) {
            if (used == count)
                return PROOF_SHORT;
            blob = nodes[used++];
            const mm_hash32 hash = keccak256(blob);
            if (memcmp(hash.b, ref->bytes, 32) != 0)
                return PROOF_HASH;
        }
        struct trie_node *node = NULL;
        if (trie_node_decode(arena, &node, blob) != MM_OK)
            return PROOF_NODE;
        if (descend(node, path, &at, &ref, &found))
            break;
    }
    if (used != count)
        return PROOF_EXTRA;
    *value = found;
    return found.len > 0 ? PROOF_PRESENT : PROOF_ABSENT;
}

const char *proof_verdict_text(enum proof_verdict verdict)
{
    switch (verdict) {
    case PROOF_PRESENT:
        return "present";
    case PROOF_ABSENT:
        return "absent";
    case PROOF_HASH:
        return "a node does not hash to what its parent says";
    case PROOF_NODE:
        return "a node is malformed";
    case PROOF_SHORT:
        return "the proof ends too early";
    case PROOF_EXTRA:
        return "the proof has nodes that are not needed";
    }
    return "unknown";
}
