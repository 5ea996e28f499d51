/* A subtrie of a sorted list. */
#include "state/trie/trie_internal.h"

static mm_err build_branch(struct mm_arena *arena, struct trie_node **out,
                           const struct trie_entry *entries, size_t count, size_t depth)
{
    struct trie_node *branch = trie_node_new(arena, TRIE_BRANCH);
    if (branch == NULL)
        return MM_ERR_NO_MEMORY;
    branch->dirty = true;
    size_t at = 0;
    if (entries[0].nibbles.len == depth)
        branch->value = entries[at++].value;
    while (at < count) {
        const uint8_t nibble = entries[at].nibbles.ptr[depth];
        size_t end = at + 1;
        while (end < count && entries[end].nibbles.ptr[depth] == nibble)
            end++;
        MM_TRY(trie_build(arena, &branch->children[nibble], entries + at, end - at, depth + 1));
        at = end;
    }
    *out = branch;
    return MM_OK;
}

mm_err trie_build(struct mm_arena *arena, struct trie_ref *ref, const struct trie_entry *entries,
                  size_t count, size_t depth)
{
    *ref = (struct trie_ref){ 0 };
    if (count == 0)
        return MM_OK;
    if (count == 1) {
        struct trie_node *leaf = trie_node_new(arena, TRIE_LEAF);
        if (leaf == NULL)
            return MM_ERR_NO_MEMORY;
        leaf->dirty = true;
        leaf->suffix = nibbles_tail(entries[0].nibbles, depth);
        leaf->value = entries[0].value;
        ref->node = leaf;
        return MM_OK;
    }
    /* Sorted: what the first and the last share, all share. */
    const size_t shared = nibbles_shared(nibbles_tail(entries[0].nibbles, depth),
                                         nibbles_tail(entries[count - 1].nibbles, depth));
    struct trie_node *branch = NULL;
    MM_TRY(build_branch(arena, &branch, entries, count, depth + shared));
    ref->node = branch;
    if (shared > 0) {
        struct trie_node *extension = trie_node_new(arena, TRIE_EXTENSION);
        if (extension == NULL)
            return MM_ERR_NO_MEMORY;
        extension->dirty = true;
        extension->suffix = nibbles_cut(entries[0].nibbles, depth, depth + shared);
        extension->child.node = branch;
        ref->node = extension;
    }
    return MM_OK;
}
