/* Nodes as RLP.
 *
 *     leaf       [compact(suffix, leaf), value]
 *     extension  [compact(suffix), child]                    suffix and child are never empty
 *     branch     [child × 16, value]                         value is the empty string when there is none
 *     child      the RLP of a node below 32 bytes as it stands, else the string of its hash, else the empty string */
#include "state/base/assert.h"
#include "state/codec/rlp.h"
#include "state/crypto/keccak.h"
#include "state/trie/trie_internal.h"

enum { BRANCH_ITEMS = 17 };

struct trie_node *trie_node_new(struct mm_arena *arena, enum trie_kind kind)
{
    struct trie_node *node = MM_ARENA_NEW(arena, struct trie_node);
    if (node == NULL)
        return NULL;
    node->kind = kind;
    if (kind == TRIE_BRANCH) {
        node->children = MM_ARENA_ARRAY(arena, struct trie_ref, 16);
        if (node->children == NULL)
            return NULL;
    }
    return node;
}

/* A child: nothing, a hash, or a short node as it stands. */
static bool read_ref(struct rlp *r, struct trie_ref *ref)
{
    mm_bytes bytes;
    if (rlp_next_is_list(r)) {
        bytes = rlp_read_raw(r);
        if (bytes.len == 0 || bytes.len >= 32)
            return false;
    } else {
        bytes = rlp_read_string(r, 32);
        if (bytes.len != 0 && bytes.len != 32)
            return false;
    }
    ref->len = (uint8_t)bytes.len;
    if (bytes.len > 0)
        memcpy(ref->bytes, bytes.ptr, bytes.len);
    return true;
}

static mm_err decode_branch(struct mm_arena *arena, struct trie_node **out, struct rlp *items)
{
    struct trie_node *node = trie_node_new(arena, TRIE_BRANCH);
    if (node == NULL)
        return MM_ERR_NO_MEMORY;
    for (size_t i = 0; i < 16; i++) {
        if (!read_ref(items, &node->children[i]))
            return MM_ERR_CORRUPT;
    }
    node->value = rlp_read_string(items, SIZE_MAX);
    *out = node;
    return MM_OK;
}

static mm_err decode_short(struct mm_arena *arena, struct trie_node **out, struct rlp *items)
{
    bool is_leaf = false;
    mm_bytes suffix;
    MM_TRY(nibbles_from_compact(arena, &suffix, &is_leaf, rlp_read_string(items, SIZE_MAX)));
    struct trie_node *node = trie_node_new(arena, is_leaf ? TRIE_LEAF : TRIE_EXTENSION);
    if (node == NULL)
        return MM_ERR_NO_MEMORY;
    node->suffix = suffix;
    if (is_leaf) {
        node->value = rlp_read_string(items, SIZE_MAX);
        if (node->value.len == 0)
            return MM_ERR_CORRUPT;
    } else if (!read_ref(items, &node->child) || node->child.len == 0 || suffix.len == 0) {
        return MM_ERR_CORRUPT;
    }
    *out = node;
    return MM_OK;
}

mm_err trie_node_decode(struct mm_arena *arena, struct trie_node **node, mm_bytes blob)
{
    *node = NULL;
    struct rlp outer = rlp_over(blob);
    struct rlp items = rlp_read_list(&outer);
    struct trie_node *read = NULL;
    const size_t count = rlp_count(items);
    if (count == BRANCH_ITEMS)
        MM_TRY(decode_branch(arena, &read, &items));
    else if (count == 2)
        MM_TRY(decode_short(arena, &read, &items));
    else
        return MM_ERR_CORRUPT;
    if (!rlp_join(&outer, &items) || rlp_finish(&items) != RLP_OK || rlp_finish(&outer) != RLP_OK)
        return MM_ERR_CORRUPT;
    *node = read;
    return MM_OK;
}

/* ---- as stored ---- */

/* What stands behind a branch. */
static mm_err read_leaves(struct trie_node *branch, mm_bytes behind)
{
    if (behind.len < 2)
        return MM_ERR_CORRUPT;
    const unsigned mask = (unsigned)behind.ptr[0] << 8 | behind.ptr[1];
    struct rlp r = rlp_over(mm_bytes_from(behind.ptr + 2, behind.len - 2));
    if (mask == 0)
        return MM_ERR_CORRUPT;
    for (size_t i = 0; i < 16; i++) {
        if ((mask >> i & 1) == 0)
            continue;
        struct trie_ref *child = &branch->children[i];
        child->leaf = rlp_read_raw(&r);
        if (child->len != 32 || child->leaf.len < 32)
            return MM_ERR_CORRUPT;
    }
    return rlp_finish(&r) == RLP_OK ? MM_OK : MM_ERR_CORRUPT;
}

mm_err trie_stored_decode(struct mm_arena *arena, struct trie_node **node, mm_bytes *rlp,
                          mm_bytes stored)
{
    *node = NULL;
    struct rlp r = rlp_over(stored);
    struct trie_node *read = NULL;
    *rlp = rlp_read_raw(&r);
    MM_TRY(trie_node_decode(arena, &read, *rlp));
    if (stored.len > rlp->len) {
        if (read->kind != TRIE_BRANCH)
            return MM_ERR_CORRUPT;
        MM_TRY(read_leaves(read, mm_bytes_from(stored.ptr + rlp->len, stored.len - rlp->len)));
    }
    *node = read;
    return MM_OK;
}

bool trie_stored_is_sound(struct mm_arena *arena, mm_bytes stored)
{
    struct trie_node *node = NULL;
    mm_bytes rlp;
    if (trie_stored_decode(arena, &node, &rlp, stored) != MM_OK)
        return false;
    for (size_t i = 0; node->kind == TRIE_BRANCH && i < 16; i++) {
        const struct trie_ref *child = &node->children[i];
        struct trie_node *leaf = NULL;
        if (child->leaf.len == 0)
            continue;
        const mm_hash32 hash = keccak256(child->leaf);
        if (memcmp(hash.b, child->bytes, 32) != 0 ||
            trie_node_decode(arena, &leaf, child->leaf) != MM_OK || leaf->kind != TRIE_LEAF)
            return false;
    }
    return true;
}

mm_bytes trie_stored_encode(struct mm_arena *arena, const struct trie_node *node, mm_bytes rlp)
{
    unsigned mask = 0;
    size_t len = rlp.len + 2;
    for (unsigned i = 0; node->kind == TRIE_BRANCH && i < 16; i++) {
        len += node->children[i].leaf.len;
        mask |= (node->children[i].leaf.len > 0 ? 1u : 0u) << i;
    }
    if (mask == 0)
        return rlp;
    uint8_t *start = mm_arena_alloc(arena, len);
    if (start == NULL)
        return (mm_bytes){ NULL, 0 };
    uint8_t *out = start;
    memcpy(out, rlp.ptr, rlp.len);
    out += rlp.len;
    *out++ = (uint8_t)(mask >> 8);
    *out++ = (uint8_t)mask;
    for (size_t i = 0; i < 16; i++) {
        const mm_bytes leaf = node->children[i].leaf;
        if (leaf.len > 0)
            memcpy(out, leaf.ptr, leaf.len);
        out += leaf.len;
    }
    MM_ASSERT((size_t)(out - start) == len);
    return mm_bytes_from(start, len);
}

/* ---- as RLP ---- */

static size_t ref_size(const struct trie_ref *ref)
{
    return ref->len == 32 ? 33 : ref->len == 0 ? 1 : ref->len;
}

static uint8_t *put_ref(uint8_t *out, const struct trie_ref *ref)
{
    if (ref->len == 0) {
        *out = 0x80;
        return out + 1;
    }
    if (ref->len == 32)
        *out++ = 0x80 + 32;
    memcpy(out, ref->bytes, ref->len);
    return out + ref->len;
}

/* The header of a string or list; nodes are written straight into their place, of a size known before. */
static uint8_t *put_header(uint8_t *out, uint8_t base, size_t len)
{
    if (len < 56) {
        *out++ = (uint8_t)(base + len);
        return out;
    }
    unsigned bytes = 0;
    for (size_t rest = len; rest > 0; rest >>= 8)
        bytes++;
    *out++ = (uint8_t)(base + 55 + bytes);
    for (unsigned i = bytes; i-- > 0;)
        *out++ = (uint8_t)(len >> (8 * i));
    return out;
}

static uint8_t *put_string(uint8_t *out, mm_bytes string)
{
    if (string.len == 1 && string.ptr[0] < 0x80) {
        *out = string.ptr[0];
        return out + 1;
    }
    out = put_header(out, 0x80, string.len);
    if (string.len > 0)
        memcpy(out, string.ptr, string.len);
    return out + string.len;
}

static size_t payload_size(const struct trie_node *node, mm_bytes compact)
{
    size_t size = 0;
    switch (node->kind) {
    case TRIE_LEAF:
        return rlp_size_string(compact) + rlp_size_string(node->value);
    case TRIE_EXTENSION:
        return rlp_size_string(compact) + ref_size(&node->child);
    case TRIE_BRANCH:
        for (size_t i = 0; i < 16; i++)
            size += ref_size(&node->children[i]);
        return size + rlp_size_string(node->value);
    }
    MM_UNREACHABLE();
}

mm_bytes trie_node_encode(struct mm_arena *arena, const struct trie_node *node)
{
    uint8_t compact_bytes[TRIE_KEY_MAX + 1];
    mm_bytes compact = { compact_bytes, 0 };
    if (node->kind != TRIE_BRANCH) {
        MM_ASSERT(node->suffix.len <= TRIE_PATH_MAX);
        compact.len = nibbles_compact_len(node->suffix.len);
        nibbles_to_compact(compact_bytes, node->suffix, node->kind == TRIE_LEAF);
    }
    const size_t payload = payload_size(node, compact);
    uint8_t *start = mm_arena_alloc(arena, rlp_size_list(payload));
    if (start == NULL)
        return (mm_bytes){ NULL, 0 };
    uint8_t *out = put_header(start, 0xc0, payload);
    switch (node->kind) {
    case TRIE_LEAF:
        out = put_string(put_string(out, compact), node->value);
        break;
    case TRIE_EXTENSION:
        out = put_ref(put_string(out, compact), &node->child);
        break;
    case TRIE_BRANCH:
        for (size_t i = 0; i < 16; i++)
            out = put_ref(out, &node->children[i]);
        out = put_string(out, node->value);
        break;
    }
    MM_ASSERT((size_t)(out - start) == rlp_size_list(payload));
    return mm_bytes_from(start, (size_t)(out - start));
}
