/* A node from its record, or out of its parent's. */
#include "state/crypto/keccak.h"
#include "state/trie/trie_internal.h"

/* Costs a hash a node, so only in checked builds; a disk can make it false, so it is an error and no assertion. */
static mm_err check_hash(const struct trie_ref *ref, mm_bytes rlp)
{
#ifdef MINTMARK_CHECKED
    const mm_hash32 hash = keccak256(rlp);
    return memcmp(hash.b, ref->bytes, 32) == 0 ? MM_OK : MM_ERR_CORRUPT;
#else
    (void)ref, (void)rlp;
    return MM_OK;
#endif
}

/* Whatever the disk says, nothing stands below the end of the longest key: paths are kept in arrays of that length. */
static mm_err check_depth(const struct trie_node *node, size_t depth)
{
    const size_t needed = node->kind == TRIE_BRANCH ? 1 : node->suffix.len;
    return depth + needed <= TRIE_PATH_MAX ? MM_OK : MM_ERR_CORRUPT;
}

/* A child that stands inside its parent's record: short, or a leaf. */
static mm_err load_inline(struct trie *trie, struct trie_ref *ref, size_t depth)
{
    mm_bytes rlp = ref->leaf;
    struct trie_node *node = NULL;
    if (rlp.len > 0)
        MM_TRY(check_hash(ref, rlp));
    else /* the ref may be overwritten while the node's values are in use */
        MM_TRY(mm_arena_copy(trie->arena, &rlp, mm_bytes_from(ref->bytes, ref->len)));
    MM_TRY(trie_node_decode(trie->arena, &node, rlp));
    MM_TRY(check_depth(node, depth));
    if (ref->leaf.len > 0 && node->kind != TRIE_LEAF)
        return MM_ERR_CORRUPT;
    ref->node = node;
    return MM_OK;
}

mm_err trie_load(struct trie *trie, struct trie_ref *ref, mm_bytes path)
{
    if (ref->node != NULL || ref->len == 0)
        return MM_OK;
    if (ref->len < 32 || ref->leaf.len > 0)
        return load_inline(trie, ref, path.len);
    struct trie_node *node = NULL;
    struct trie_stored stored = { .since = 0 };
    mm_bytes rlp = { NULL, 0 };
    if (trie->reader.node == NULL)
        return MM_ERR_CORRUPT;
    const mm_err err = trie->reader.node(trie->reader.ctx, trie->arena, &stored, path);
    if (err != MM_OK)
        return err == MM_ERR_NOT_FOUND ? MM_ERR_CORRUPT : err;
    MM_TRY(trie_stored_decode(trie->arena, &node, &rlp, stored.node));
    MM_TRY(check_hash(ref, rlp));
    MM_TRY(check_depth(node, path.len));
    struct trie_record *record = MM_ARENA_NEW(trie->arena, struct trie_record);
    if (record == NULL)
        return MM_ERR_NO_MEMORY;
    record->stored = stored;
    MM_TRY(mm_arena_copy(trie->arena, &record->path, path));
    record->next = trie->records;
    trie->records = record;
    node->record = record;
    ref->node = node;
    return MM_OK;
}
