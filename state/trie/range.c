#include "state/trie/range.h"

#include "state/base/assert.h"
#include "state/crypto/keccak.h"
#include "state/trie/range_internal.h"

/* ---- places ---- */

mm_err range_bounds_init(struct mm_arena *arena, struct range_bounds *bounds,
                         const struct trie_bounds *keys)
{
    MM_ASSERT(keys->from.len == keys->to.len && keys->from.len > 0 &&
              keys->from.len <= TRIE_KEY_MAX);
    MM_ASSERT(mm_bytes_compare(keys->from, keys->to) <= 0);
    const size_t len = 2 * keys->from.len;
    const uint8_t *from = nibbles_of_key(arena, keys->from);
    const uint8_t *to = nibbles_of_key(arena, keys->to);
    *bounds = (struct range_bounds){ { NULL, 0 }, { NULL, 0 } };
    if (from == NULL || to == NULL)
        return MM_ERR_NO_MEMORY;
    *bounds = (struct range_bounds){ mm_bytes_from(from, len), mm_bytes_from(to, len) };
    return MM_OK;
}

struct range_place range_top(void)
{
    return (struct range_place){ 0, true, true };
}

static bool is_all(mm_bytes nibbles, size_t from, uint8_t nibble)
{
    for (size_t i = from; i < nibbles.len; i++) {
        if (nibbles.ptr[i] != nibble)
            return false;
    }
    return true;
}

bool range_is_inside(const struct range_bounds *bounds, const struct range_place *place)
{
    return (!place->is_on_from || is_all(bounds->from, place->depth, 0x0)) &&
           (!place->is_on_to || is_all(bounds->to, place->depth, 0xf));
}

bool range_has_room(const struct range_bounds *bounds, const struct range_place *place,
                    size_t nibble_count)
{
    return nibble_count <= bounds->from.len - place->depth;
}

bool range_down(const struct range_bounds *bounds, struct range_place *place, mm_bytes nibbles)
{
    for (size_t i = 0; i < nibbles.len; i++, place->depth++) {
        const uint8_t nibble = nibbles.ptr[i];
        if ((place->is_on_from && nibble < bounds->from.ptr[place->depth]) ||
            (place->is_on_to && nibble > bounds->to.ptr[place->depth]))
            return false;
        place->is_on_from = place->is_on_from && nibble == bounds->from.ptr[place->depth];
        place->is_on_to = place->is_on_to && nibble == bounds->to.ptr[place->depth];
    }
    return true;
}

/* ---- walking over stored nodes ---- */

/* One walk for both: leaves are handed out, or the nodes that a bound passes through are gathered. */
struct walk {
    struct mm_arena *arena;
    const struct trie_reader *reader;
    struct range_bounds bounds;
    const struct trie_leaf_sink *sink; /* NULL: nodes are gathered */
    mm_bytes *nodes;                   /* room for all that there can be */
    size_t node_count;
    bool is_over;                /* no more leaves are wanted */
    uint8_t path[TRIE_PATH_MAX]; /* nibbles */
};

/* rlp: the node's own, where it is named by a hash. */
static mm_err load(struct walk *walk, struct trie_node **node, mm_bytes *rlp,
                   const struct trie_ref *ref, size_t depth)
{
    *rlp = ref->leaf.len > 0 ? ref->leaf : mm_bytes_from(ref->bytes, ref->len);
    if (ref->len < 32 || ref->leaf.len > 0)
        return trie_node_decode(walk->arena, node, *rlp);
    struct trie_stored stored = { .since = 0 };
    const mm_err err = walk->reader->node(walk->reader->ctx, walk->arena, &stored,
                                          mm_bytes_from(walk->path, depth));
    if (err != MM_OK)
        return err == MM_ERR_NOT_FOUND ? MM_ERR_CORRUPT : err;
    return trie_stored_decode(walk->arena, node, rlp, stored.node);
}

static mm_err visit(struct walk *walk, const struct trie_ref *ref, struct range_place place);

/* Down by these nibbles, to the child; child NULL: to a leaf's end. *is_in: it is not outside. */
static mm_err go_down(struct walk *walk, struct range_place *place, bool *is_in, mm_bytes nibbles)
{
    if (!range_has_room(&walk->bounds, place, nibbles.len))
        return MM_ERR_CORRUPT;
    memcpy(walk->path + place->depth, nibbles.ptr, nibbles.len);
    *is_in = range_down(&walk->bounds, place, nibbles);
    return MM_OK;
}

static mm_err visit_leaf(struct walk *walk, const struct trie_node *node, struct range_place place)
{
    uint8_t key[TRIE_KEY_MAX];
    bool is_in;
    MM_TRY(go_down(walk, &place, &is_in, node->suffix));
    if (!is_in || walk->sink == NULL)
        return MM_OK;
    if (place.depth != walk->bounds.from.len)
        return MM_ERR_CORRUPT;
    for (size_t i = 0; i < place.depth / 2; i++)
        key[i] = (uint8_t)(walk->path[2 * i] << 4 | walk->path[2 * i + 1]);
    walk->is_over =
        !walk->sink->leaf(walk->sink->ctx, mm_bytes_from(key, place.depth / 2), node->value);
    return MM_OK;
}

static mm_err visit_children(struct walk *walk, const struct trie_node *node,
                             struct range_place place)
{
    bool is_in;
    switch (node->kind) {
    case TRIE_LEAF:
        return visit_leaf(walk, node, place);
    case TRIE_EXTENSION:
        MM_TRY(go_down(walk, &place, &is_in, node->suffix));
        return is_in ? visit(walk, &node->child, place) : MM_OK;
    case TRIE_BRANCH:
        for (uint8_t i = 0; i < 16 && !walk->is_over; i++) {
            struct range_place below = place;
            MM_TRY(go_down(walk, &below, &is_in, mm_bytes_from(&i, 1)));
            if (is_in)
                MM_TRY(visit(walk, &node->children[i], below));
        }
        return MM_OK;
    }
    MM_UNREACHABLE();
}

/* For leaves the memory of a subtrie is given back behind it; the nodes of a proof stay. */
static mm_err visit(struct walk *walk, const struct trie_ref *ref, struct range_place place)
{
    struct trie_node *node = NULL;
    mm_bytes rlp;
    if (ref->len == 0 || (walk->sink == NULL && range_is_inside(&walk->bounds, &place)))
        return MM_OK;
    const struct mm_arena_mark mark = mm_arena_mark(walk->arena);
    MM_TRY(load(walk, &node, &rlp, ref, place.depth));
    if (walk->sink == NULL && ref->len == 32)
        walk->nodes[walk->node_count++] = rlp;
    MM_TRY(visit_children(walk, node, place));
    if (walk->sink != NULL)
        mm_arena_rewind(walk->arena, mark);
    return MM_OK;
}

static mm_err walk_from(struct walk *walk, const mm_hash32 *root, const struct trie_bounds *bounds)
{
    struct trie_ref top = { .len = 32 };
    memcpy(top.bytes, root->b, 32);
    MM_TRY(range_bounds_init(walk->arena, &walk->bounds, bounds));
    return mm_hash_equal(root, &KECCAK_EMPTY_TRIE) ? MM_OK : visit(walk, &top, range_top());
}

mm_err trie_range_walk(struct mm_arena *arena, const struct trie_reader *reader,
                       const mm_hash32 *root, const struct trie_bounds *bounds,
                       const struct trie_leaf_sink *sink)
{
    struct walk walk = { .arena = arena, .reader = reader, .sink = sink };
    return walk_from(&walk, root, bounds);
}

mm_err trie_range_prove(struct mm_arena *arena, struct trie_range_proof *proof,
                        const struct trie_reader *reader, const mm_hash32 *root,
                        const struct trie_bounds *bounds)
{
    struct walk walk = { .arena = arena, .reader = reader };
    *proof = (struct trie_range_proof){ NULL, 0 };
    /* A bound passes through one node a nibble at most, and through a leaf at its end. */
    walk.nodes = MM_ARENA_ARRAY(arena, mm_bytes, 2 * (2 * bounds->from.len + 1));
    if (walk.nodes == NULL)
        return MM_ERR_NO_MEMORY;
    MM_TRY(walk_from(&walk, root, bounds));
    *proof = (struct trie_range_proof){ walk.nodes, walk.node_count };
    return MM_OK;
}
