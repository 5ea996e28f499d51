#include "state/trie/trie.h"

#include "state/base/assert.h"
#include "state/crypto/keccak.h"
#include "state/trie/trie_internal.h"

/* One walk over a trie with a sorted batch. */
struct walk {
    struct trie *trie;
    const struct trie_entry *entries; /* all of the batch; an empty value removes */
};

/* A range of the batch whose keys share the path walked so far. */
struct range {
    size_t from;
    size_t to;
};

struct trie *trie_new(struct mm_arena *arena, const struct trie_reader *reader,
                      const mm_hash32 *root)
{
    struct trie *trie = MM_ARENA_NEW(arena, struct trie);
    if (trie == NULL)
        return NULL;
    trie->arena = arena;
    if (reader != NULL)
        trie->reader = *reader;
    if (!mm_hash_equal(root, &KECCAK_EMPTY_TRIE)) {
        trie->root.len = 32;
        memcpy(trie->root.bytes, root->b, 32);
    }
    return trie;
}

static mm_err apply(struct walk *walk, struct trie_ref *ref, size_t depth, struct range range);

static void become(struct trie_ref *ref, struct trie_node *node)
{
    *ref = (struct trie_ref){ .node = node };
    if (node != NULL)
        node->dirty = true;
}

/* The entries of the range that set a value, and the old leaf where the batch does not speak of its key: a fresh subtrie. */
static mm_err rebuild(struct walk *walk, struct trie_ref *ref, size_t depth, struct range range,
                      const struct trie_entry *old)
{
    struct trie_entry *merged =
        MM_ARENA_ARRAY(walk->trie->arena, struct trie_entry, range.to - range.from + 1);
    if (merged == NULL)
        return MM_ERR_NO_MEMORY;
    size_t count = 0;
    bool is_old_placed = old == NULL;
    for (size_t i = range.from; i < range.to; i++) {
        const struct trie_entry *entry = &walk->entries[i];
        const int order = is_old_placed ? -1 : mm_bytes_compare(entry->nibbles, old->nibbles);
        if (order > 0)
            merged[count++] = *old;
        if (order >= 0)
            is_old_placed = true;
        if (entry->value.len > 0)
            merged[count++] = *entry;
    }
    if (!is_old_placed)
        merged[count++] = *old;
    return trie_build(walk->trie->arena, ref, merged, count, depth);
}

static mm_err apply_leaf(struct walk *walk, struct trie_ref *ref, size_t depth, struct range range)
{
    struct trie *trie = walk->trie;
    const struct trie_node *leaf = ref->node;
    const struct trie_entry *first = &walk->entries[range.from];
    if (range.to - range.from == 1 &&
        mm_bytes_equal(nibbles_tail(first->nibbles, depth), leaf->suffix)) {
        /* The common case: one key, this leaf. */
        if (mm_bytes_equal(first->value, leaf->value))
            return MM_OK;
        if (first->value.len == 0) {
            become(ref, NULL);
            return MM_OK;
        }
        struct trie_node *changed = trie_node_new(trie->arena, TRIE_LEAF);
        if (changed == NULL)
            return MM_ERR_NO_MEMORY;
        changed->suffix = leaf->suffix;
        changed->value = first->value;
        become(ref, changed);
        return MM_OK;
    }
    uint8_t *nibbles = mm_arena_alloc(trie->arena, depth + leaf->suffix.len);
    if (nibbles == NULL)
        return MM_ERR_NO_MEMORY;
    if (depth > 0)
        memcpy(nibbles, first->nibbles.ptr, depth);
    if (leaf->suffix.len > 0)
        memcpy(nibbles + depth, leaf->suffix.ptr, leaf->suffix.len);
    const struct trie_entry old = { mm_bytes_from(nibbles, depth + leaf->suffix.len), leaf->value };
    return rebuild(walk, ref, depth, range, &old);
}

/* Puts nibbles in front of a node: a leaf or extension grows, a branch gets an extension. `child` is loaded and not none. */
static mm_err prefix(struct trie *trie, struct trie_ref *ref, mm_bytes nibbles,
                     const struct trie_ref *child)
{
    if (nibbles.len == 0) {
        *ref = *child;
        return MM_OK;
    }
    const struct trie_node *below = child->node;
    MM_ASSERT(below != NULL);
    const size_t len = nibbles.len + (below->kind == TRIE_BRANCH ? 0 : below->suffix.len);
    uint8_t *suffix = mm_arena_alloc(trie->arena, len);
    struct trie_node *node =
        trie_node_new(trie->arena, below->kind == TRIE_LEAF ? TRIE_LEAF : TRIE_EXTENSION);
    if (suffix == NULL || node == NULL)
        return MM_ERR_NO_MEMORY;
    memcpy(suffix, nibbles.ptr, nibbles.len);
    if (below->kind != TRIE_BRANCH && below->suffix.len > 0)
        memcpy(suffix + nibbles.len, below->suffix.ptr, below->suffix.len);
    node->suffix = mm_bytes_from(suffix, len);
    if (below->kind == TRIE_LEAF)
        node->value = below->value;
    else
        node->child = below->kind == TRIE_BRANCH ? *child : below->child;
    become(ref, node);
    return MM_OK;
}

/* The path of a child: the nibbles that the range shares, and one or more of the old node. */
static mm_bytes path_below(const struct walk *walk, uint8_t buffer[TRIE_PATH_MAX],
                           struct range range, size_t depth, mm_bytes more)
{
    if (depth > 0)
        memcpy(buffer, walk->entries[range.from].nibbles.ptr, depth);
    if (more.len > 0)
        memcpy(buffer + depth, more.ptr, more.len);
    return mm_bytes_from(buffer, depth + more.len);
}

/* Splits the range by the nibble at `depth` and applies each part to its child; then brings the branch into its canonical form:
 * nothing left is none, only a value is a leaf, only one child is merged with it. */
static mm_err apply_branch(struct walk *walk, struct trie_ref *ref, size_t depth,
                           struct range range)
{
    struct trie_node *branch = ref->node;
    size_t at = range.from;
    if (walk->entries[at].nibbles.len == depth) {
        if (!mm_bytes_equal(branch->value, walk->entries[at].value)) {
            branch->value = walk->entries[at].value;
            branch->dirty = true;
        }
        at++;
    }
    while (at < range.to) {
        const uint8_t nibble = walk->entries[at].nibbles.ptr[depth];
        size_t end = at + 1;
        while (end < range.to && walk->entries[end].nibbles.ptr[depth] == nibble)
            end++;
        struct trie_ref *child = &branch->children[nibble];
        const bool was_none = trie_is_none(child);
        MM_TRY(apply(walk, child, depth + 1, (struct range){ at, end }));
        if (child->node == NULL ? !was_none && child->len == 0 : child->node->dirty)
            branch->dirty = true;
        at = end;
    }
    if (!branch->dirty)
        return MM_OK;
    size_t children = 0;
    uint8_t only = 0;
    for (uint8_t i = 0; i < 16; i++) {
        if (!trie_is_none(&branch->children[i])) {
            children++;
            only = i;
        }
    }
    if (children + (branch->value.len > 0) >= 2)
        return MM_OK;
    if (children == 1) {
        uint8_t buffer[TRIE_PATH_MAX];
        const mm_bytes nibble = mm_bytes_from(&only, 1);
        struct trie_ref child = branch->children[only];
        MM_TRY(trie_load(walk->trie, &child, path_below(walk, buffer, range, depth, nibble)));
        return prefix(walk->trie, ref, nibble, &child);
    }
    if (branch->value.len == 0) {
        become(ref, NULL);
        return MM_OK;
    }
    struct trie_node *leaf = trie_node_new(walk->trie->arena, TRIE_LEAF);
    if (leaf == NULL)
        return MM_ERR_NO_MEMORY;
    leaf->value = branch->value;
    become(ref, leaf);
    return MM_OK;
}

static mm_err apply_extension(struct walk *walk, struct trie_ref *ref, size_t depth,
                              struct range range)
{
    struct trie *trie = walk->trie;
    struct trie_node *extension = ref->node;
    const mm_bytes suffix = extension->suffix;
    const size_t first =
        nibbles_shared(nibbles_tail(walk->entries[range.from].nibbles, depth), suffix);
    const size_t last =
        nibbles_shared(nibbles_tail(walk->entries[range.to - 1].nibbles, depth), suffix);
    const size_t shared = first < last ? first : last;
    struct trie_ref below;
    if (shared == suffix.len) {
        below = extension->child;
        MM_TRY(apply(walk, &below, depth + shared, range));
        if (below.node != NULL && !below.node->dirty) {
            extension->child = below; /* loaded, perhaps, but the same */
            return MM_OK;
        }
    } else {
        /* The batch leaves the path of the extension: a branch there, the rest of the extension below it. */
        struct trie_node *branch = trie_node_new(trie->arena, TRIE_BRANCH);
        if (branch == NULL)
            return MM_ERR_NO_MEMORY;
        branch->dirty = true;
        struct trie_ref *rest = &branch->children[suffix.ptr[shared]];
        if (suffix.len - shared == 1) {
            *rest = extension->child;
        } else {
            struct trie_node *shorter = trie_node_new(trie->arena, TRIE_EXTENSION);
            if (shorter == NULL)
                return MM_ERR_NO_MEMORY;
            shorter->suffix = nibbles_tail(suffix, shared + 1);
            shorter->child = extension->child;
            become(rest, shorter);
        }
        below = (struct trie_ref){ .node = branch };
        MM_TRY(apply_branch(walk, &below, depth + shared, range));
    }
    if (trie_is_none(&below)) {
        become(ref, NULL);
        return MM_OK;
    }
    return prefix(trie, ref, nibbles_cut(suffix, 0, shared), &below);
}

static mm_err apply(struct walk *walk, struct trie_ref *ref, size_t depth, struct range range)
{
    MM_ASSERT(range.from < range.to && depth <= TRIE_PATH_MAX);
    const mm_bytes path = mm_bytes_from(walk->entries[range.from].nibbles.ptr, depth);
    MM_TRY(trie_load(walk->trie, ref, path));
    if (ref->node == NULL)
        return rebuild(walk, ref, depth, range, NULL);
    switch (ref->node->kind) {
    case TRIE_LEAF:
        return apply_leaf(walk, ref, depth, range);
    case TRIE_EXTENSION:
        return apply_extension(walk, ref, depth, range);
    case TRIE_BRANCH:
        return apply_branch(walk, ref, depth, range);
    }
    MM_UNREACHABLE();
}

mm_err trie_apply(struct trie *trie, const struct trie_update *updates, size_t count)
{
    if (count == 0)
        return MM_OK;
    struct trie_entry *entries = MM_ARENA_ARRAY(trie->arena, struct trie_entry, count);
    if (entries == NULL)
        return MM_ERR_NO_MEMORY;
    for (size_t i = 0; i < count; i++) {
        MM_ASSERT(updates[i].key.len <= TRIE_KEY_MAX);
        MM_ASSERT(i == 0 || mm_bytes_compare(updates[i - 1].key, updates[i].key) < 0);
        const uint8_t *nibbles = nibbles_of_key(trie->arena, updates[i].key);
        if (nibbles == NULL)
            return MM_ERR_NO_MEMORY;
        entries[i] =
            (struct trie_entry){ mm_bytes_from(nibbles, 2 * updates[i].key.len), updates[i].value };
    }
    struct walk walk = { trie, entries };
    return apply(&walk, &trie->root, 0, (struct range){ 0, count });
}
