/* Hashing: the changed nodes of all tries, gathered by depth, encoded and hashed from the deepest level up. */
#include <stdlib.h>

#include "state/base/assert.h"
#include "state/crypto/keccak.h"
#include "state/trie/trie_internal.h"

/* A dirty node and the reference that names it. */
struct job {
    struct job *next;
    struct trie_ref *ref;
};

struct gather {
    struct mm_arena *arena;
    struct job *levels[TRIE_PATH_MAX + 1]; /* by depth, counted in nodes from the root */
    size_t counts[TRIE_PATH_MAX + 1];
    uint8_t path[TRIE_PATH_MAX];
};

static mm_err visit(struct gather *gather, struct trie_ref *ref, size_t path_len, size_t level);

static mm_err visit_children(struct gather *gather, struct trie_node *node, size_t path_len,
                             size_t level)
{
    switch (node->kind) {
    case TRIE_LEAF:
        return MM_OK;
    case TRIE_EXTENSION:
        memcpy(gather->path + path_len, node->suffix.ptr, node->suffix.len);
        return visit(gather, &node->child, path_len + node->suffix.len, level + 1);
    case TRIE_BRANCH:
        for (uint8_t i = 0; i < 16; i++) {
            gather->path[path_len] = i;
            MM_TRY(visit(gather, &node->children[i], path_len + 1, level + 1));
        }
        return MM_OK;
    }
    MM_UNREACHABLE();
}

/* Nothing below a clean node changed, but nodes that were only looked at stand there: they are kept. */
static mm_err visit(struct gather *gather, struct trie_ref *ref, size_t path_len, size_t level)
{
    struct trie_node *node = ref->node;
    if (node == NULL)
        return MM_OK;
    if (!node->dirty) {
        if (node->record != NULL)
            node->record->kept = true;
        return visit_children(gather, node, path_len, level);
    }
    MM_TRY(mm_arena_copy(gather->arena, &node->path, mm_bytes_from(gather->path, path_len)));
    struct job *job = MM_ARENA_NEW(gather->arena, struct job);
    if (job == NULL)
        return MM_ERR_NO_MEMORY;
    *job = (struct job){ gather->levels[level], ref };
    gather->levels[level] = job;
    gather->counts[level]++;
    return visit_children(gather, node, path_len, level);
}

/* Encodes the nodes of one level, and hashes together those that are stored. */
static mm_err hash_level(struct gather *gather, size_t level)
{
    const size_t count = gather->counts[level];
    if (count == 0)
        return MM_OK;
    mm_bytes *inputs = MM_ARENA_ARRAY(gather->arena, mm_bytes, count);
    mm_hash32 *hashes = MM_ARENA_ARRAY(gather->arena, mm_hash32, count);
    struct trie_ref **refs = MM_ARENA_ARRAY(gather->arena, struct trie_ref *, count);
    if (inputs == NULL || hashes == NULL || refs == NULL)
        return MM_ERR_NO_MEMORY;
    size_t hashed = 0;
    for (struct job *job = gather->levels[level]; job != NULL; job = job->next) {
        struct trie_node *node = job->ref->node;
        node->rlp = trie_node_encode(gather->arena, node);
        if (node->rlp.len == 0)
            return MM_ERR_NO_MEMORY;
        if (node->rlp.len < 32 && level > 0) {
            job->ref->len = (uint8_t)node->rlp.len;
            memcpy(job->ref->bytes, node->rlp.ptr, node->rlp.len);
            continue;
        }
        inputs[hashed] = node->rlp;
        refs[hashed] = job->ref;
        job->ref->leaf = node->kind == TRIE_LEAF ? node->rlp : (mm_bytes){ NULL, 0 };
        hashed++;
    }
    keccak256_many(hashes, inputs, hashed);
    for (size_t i = 0; i < hashed; i++) {
        refs[i]->len = 32;
        memcpy(refs[i]->bytes, hashes[i].b, 32);
    }
    return MM_OK;
}

mm_err trie_hash_all(struct trie *const *tries, size_t count)
{
    if (count == 0)
        return MM_OK;
    struct gather *gather = MM_ARENA_NEW(tries[0]->arena, struct gather);
    if (gather == NULL)
        return MM_ERR_NO_MEMORY;
    gather->arena = tries[0]->arena;
    for (size_t i = 0; i < count; i++)
        MM_TRY(visit(gather, &tries[i]->root, 0, 0));
    for (size_t level = TRIE_PATH_MAX + 1; level-- > 0;)
        MM_TRY(hash_level(gather, level));
    return MM_OK;
}

mm_hash32 trie_root(const struct trie *trie)
{
    if (trie->root.len == 0 && trie->root.node == NULL)
        return KECCAK_EMPTY_TRIE;
    MM_ASSERT(trie->root.len == 32);
    mm_hash32 root;
    memcpy(root.b, trie->root.bytes, 32);
    return root;
}

/* ---- changes ---- */

struct change_list {
    struct mm_arena *arena;
    struct trie_change *items;
    size_t count;
    size_t capacity;
};

static mm_err add_change(struct change_list *list, const struct trie_change *change)
{
    if (list->count == list->capacity) {
        const size_t capacity = list->capacity == 0 ? 64 : 2 * list->capacity;
        struct trie_change *items = mm_arena_grow(
            list->arena, list->items, list->capacity * sizeof *items, capacity * sizeof *items);
        if (items == NULL)
            return MM_ERR_NO_MEMORY;
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = *change;
    return MM_OK;
}

/* The root, and what is named by a hash and is no leaf: those stand behind their branches. */
static mm_err add_stored(struct change_list *list, const struct trie_ref *ref, bool is_root)
{
    const struct trie_node *node = ref->node;
    if (node == NULL || !node->dirty)
        return MM_OK; /* a clean node has only clean nodes below */
    if (is_root || (ref->len == 32 && node->kind != TRIE_LEAF)) {
        const mm_bytes stored = trie_stored_encode(list->arena, node, node->rlp);
        if (stored.len == 0)
            return MM_ERR_NO_MEMORY;
        MM_TRY(add_change(list, &(struct trie_change){ .path = node->path, .new_node = stored }));
    }
    if (node->kind == TRIE_EXTENSION)
        return add_stored(list, &node->child, false);
    for (size_t i = 0; node->kind == TRIE_BRANCH && i < 16; i++)
        MM_TRY(add_stored(list, &node->children[i], false));
    return MM_OK;
}

static int by_path(const void *a, const void *b)
{
    return mm_bytes_compare(((const struct trie_change *)a)->path,
                            ((const struct trie_change *)b)->path);
}

mm_err trie_changes(const struct trie *trie, const struct trie_change **changes, size_t *count)
{
    *changes = NULL;
    *count = 0;
    struct change_list list = { .arena = trie->arena };
    MM_TRY(add_stored(&list, &trie->root, true));
    for (const struct trie_record *record = trie->records; record != NULL; record = record->next) {
        if (!record->kept)
            MM_TRY(add_change(&list, &(struct trie_change){ .path = record->path,
                                                            .old_node = record->stored.node,
                                                            .old_since = record->stored.since }));
    }
    if (list.count > 1)
        qsort(list.items, list.count, sizeof *list.items, by_path);
    /* A path that lost one node and got another stands there twice, side by side. */
    size_t kept = 0;
    for (size_t i = 0; i < list.count; i++) {
        struct trie_change merged = list.items[i];
        if (i + 1 < list.count && mm_bytes_equal(merged.path, list.items[i + 1].path)) {
            const struct trie_change *other = &list.items[++i];
            if (other->new_node.len > 0) {
                merged.new_node = other->new_node;
            } else {
                merged.old_node = other->old_node;
                merged.old_since = other->old_since;
            }
        }
        if (!mm_bytes_equal(merged.old_node, merged.new_node))
            list.items[kept++] = merged;
    }
    *changes = list.items;
    *count = kept;
    return MM_OK;
}
