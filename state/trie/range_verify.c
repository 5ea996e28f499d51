#include "state/base/assert.h"
#include "state/crypto/keccak.h"
#include "state/trie/range_internal.h"

struct check {
    struct mm_arena *arena;
    struct range_bounds bounds;
    const struct trie_entry *entries; /* the leaves, ascending, all between the bounds */
    const struct trie_range_proof *proof;
    size_t used;
    enum range_verdict verdict;
};

/* Leaves whose keys have the path of a place. */
struct part {
    size_t from;
    size_t to;
};

static mm_err visit(struct check *check, const struct trie_ref *ref, struct range_place place,
                    struct part part);

static mm_err refuse(struct check *check, enum range_verdict verdict)
{
    check->verdict = verdict;
    return MM_OK;
}

/* ---- between the bounds: built again ---- */

static bool is_named_so(const struct trie_ref *ref, const struct trie_ref *built, bool is_root)
{
    const mm_bytes rlp = built->node->rlp;
    if (rlp.len < 32 && !is_root)
        return ref->len == rlp.len && memcmp(ref->bytes, rlp.ptr, rlp.len) == 0;
    return ref->len == 32 && memcmp(ref->bytes, built->bytes, 32) == 0;
}

static mm_err check_inside(struct check *check, const struct trie_ref *ref, size_t depth,
                           struct part part)
{
    struct trie subtrie = { .arena = check->arena };
    struct trie *const tries[] = { &subtrie };
    const struct mm_arena_mark mark = mm_arena_mark(check->arena);
    if (part.from == part.to)
        return ref->len == 0 ? MM_OK : refuse(check, RANGE_LEAVES);
    MM_TRY(trie_build(check->arena, &subtrie.root, check->entries + part.from, part.to - part.from,
                      depth));
    MM_TRY(trie_hash_all(tries, 1));
    if (!is_named_so(ref, &subtrie.root, depth == 0))
        check->verdict = RANGE_LEAVES;
    mm_arena_rewind(check->arena, mark);
    return MM_OK;
}

/* ---- where a bound passes through ---- */

/* The leaf is between the bounds: it alone is there. Else none is. */
static mm_err visit_leaf(struct check *check, const struct trie_node *node,
                         struct range_place place, struct part part)
{
    const size_t depth = place.depth;
    if (!range_has_room(&check->bounds, &place, node->suffix.len) ||
        depth + node->suffix.len != check->bounds.from.len)
        return refuse(check, RANGE_NODE);
    const bool is_in = range_down(&check->bounds, &place, node->suffix);
    if (part.to - part.from != (is_in ? 1 : 0))
        return refuse(check, RANGE_LEAVES);
    if (!is_in)
        return MM_OK;
    const struct trie_entry *entry = &check->entries[part.from];
    const mm_bytes rest = mm_bytes_from(entry->nibbles.ptr + depth, entry->nibbles.len - depth);
    return mm_bytes_equal(rest, node->suffix) && mm_bytes_equal(entry->value, node->value)
               ? MM_OK
               : refuse(check, RANGE_LEAVES);
}

static mm_err visit_extension(struct check *check, const struct trie_node *node,
                              struct range_place place, struct part part)
{
    const size_t depth = place.depth;
    if (!range_has_room(&check->bounds, &place, node->suffix.len))
        return refuse(check, RANGE_NODE);
    for (size_t i = part.from; i < part.to; i++) {
        const mm_bytes at = mm_bytes_from(check->entries[i].nibbles.ptr + depth, node->suffix.len);
        if (!mm_bytes_equal(at, node->suffix))
            return refuse(check, RANGE_LEAVES);
    }
    /* Outside there are no leaves to look at: all of them are between the bounds. */
    return range_down(&check->bounds, &place, node->suffix)
               ? visit(check, &node->child, place, part)
               : MM_OK;
}

static mm_err visit_branch(struct check *check, const struct trie_node *node,
                           struct range_place place, struct part part)
{
    if (!range_has_room(&check->bounds, &place, 1) || node->value.len > 0)
        return refuse(check, RANGE_NODE);
    for (uint8_t i = 0; i < 16 && check->verdict == RANGE_OK; i++) {
        struct range_place below = place;
        struct part child = { part.from, part.from };
        while (child.to < part.to && check->entries[child.to].nibbles.ptr[place.depth] == i)
            child.to++;
        part.from = child.to;
        if (range_down(&check->bounds, &below, mm_bytes_from(&i, 1)))
            MM_TRY(visit(check, &node->children[i], below, child));
    }
    return MM_OK;
}

static mm_err visit_open(struct check *check, const struct trie_ref *ref, struct range_place place,
                         struct part part)
{
    mm_bytes rlp = mm_bytes_from(ref->bytes, ref->len);
    struct trie_node *node = NULL;
    if (ref->len == 32) {
        if (check->used == check->proof->count)
            return refuse(check, RANGE_SHORT);
        rlp = check->proof->nodes[check->used++];
        const mm_hash32 hash = keccak256(rlp);
        if (memcmp(hash.b, ref->bytes, 32) != 0)
            return refuse(check, RANGE_HASH);
    }
    const mm_err err = trie_node_decode(check->arena, &node, rlp);
    if (err != MM_OK)
        return err == MM_ERR_CORRUPT ? refuse(check, RANGE_NODE) : err;
    switch (node->kind) {
    case TRIE_LEAF:
        return visit_leaf(check, node, place, part);
    case TRIE_EXTENSION:
        return visit_extension(check, node, place, part);
    case TRIE_BRANCH:
        return visit_branch(check, node, place, part);
    }
    MM_UNREACHABLE();
}

static mm_err visit(struct check *check, const struct trie_ref *ref, struct range_place place,
                    struct part part)
{
    if (range_is_inside(&check->bounds, &place))
        return check_inside(check, ref, place.depth, part);
    if (ref->len == 0)
        return part.from == part.to ? MM_OK : refuse(check, RANGE_LEAVES);
    return visit_open(check, ref, place, part);
}

/* ---- from outside ---- */

/* The leaves as entries to build of, once their order is right. *entries is NULL when it is not. */
static mm_err read_leaves(struct mm_arena *arena, const struct trie_entry **entries,
                          const struct trie_bounds *bounds, const struct trie_leaf *leaves,
                          size_t count)
{
    struct trie_entry *read = MM_ARENA_ARRAY(arena, struct trie_entry, count);
    *entries = NULL;
    if (read == NULL)
        return MM_ERR_NO_MEMORY;
    for (size_t i = 0; i < count; i++) {
        const mm_bytes key = leaves[i].key;
        if (key.len != bounds->from.len || leaves[i].value.len == 0 ||
            (i > 0 && mm_bytes_compare(leaves[i - 1].key, key) >= 0))
            return MM_OK;
        const uint8_t *nibbles = nibbles_of_key(arena, key);
        if (nibbles == NULL)
            return MM_ERR_NO_MEMORY;
        read[i] = (struct trie_entry){ mm_bytes_from(nibbles, 2 * key.len), leaves[i].value };
    }
    if (count > 0 && (mm_bytes_compare(leaves[0].key, bounds->from) < 0 ||
                      mm_bytes_compare(leaves[count - 1].key, bounds->to) > 0))
        return MM_OK;
    *entries = read;
    return MM_OK;
}

mm_err trie_range_verify(struct mm_arena *arena, enum range_verdict *verdict, const mm_hash32 *root,
                         const struct trie_bounds *bounds, const struct trie_leaf *leaves,
                         size_t leaf_count, const struct trie_range_proof *proof)
{
    struct check check = { .arena = arena, .proof = proof };
    struct trie_ref top = { .len = 32 };
    memcpy(top.bytes, root->b, 32);
    *verdict = RANGE_ORDER;
    MM_TRY(range_bounds_init(arena, &check.bounds, bounds));
    MM_TRY(read_leaves(arena, &check.entries, bounds, leaves, leaf_count));
    if (check.entries == NULL)
        return MM_OK;
    if (mm_hash_equal(root, &KECCAK_EMPTY_TRIE))
        check.verdict = leaf_count == 0 ? RANGE_OK : RANGE_LEAVES;
    else
        MM_TRY(visit(&check, &top, range_top(), (struct part){ 0, leaf_count }));
    if (check.verdict == RANGE_OK && check.used != proof->count)
        check.verdict = RANGE_EXTRA;
    *verdict = check.verdict;
    return MM_OK;
}

const char *range_verdict_text(enum range_verdict verdict)
{
    switch (verdict) {
    case RANGE_OK:
        return "ok";
    case RANGE_ORDER:
        return "leaves out of order or out of bounds";
    case RANGE_HASH:
        return "a node does not hash to what its parent says";
    case RANGE_NODE:
        return "a node is malformed";
    case RANGE_LEAVES:
        return "other leaves than those that the root has";
    case RANGE_SHORT:
        return "a node is missing";
    case RANGE_EXTRA:
        return "nodes that are not needed";
    }
    return "unknown";
}
