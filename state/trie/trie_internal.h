/* Nodes in memory, shared by the files of this folder. */
#ifndef STATE_TRIE_TRIE_INTERNAL_H
#define STATE_TRIE_TRIE_INTERNAL_H

#include "state/trie/trie.h"

enum trie_kind { TRIE_LEAF, TRIE_EXTENSION, TRIE_BRANCH };

struct trie_node;

/* How a parent names a child. len 0: none; 32: the hash of its RLP; below 32: the RLP itself. `node` is the child when it is
 * loaded; when that one is dirty, len and bytes are stale until it is hashed. */
struct trie_ref {
    struct trie_node *node;
    mm_bytes
        leaf; /* the RLP of a child that is a leaf of 32 bytes or more, when it is clean or hashed; else empty */
    uint8_t len;
    uint8_t bytes[32];
};

/* A stored node that was read: what trie_changes gives as the old one. */
struct trie_record {
    struct trie_record *next;
    mm_bytes path;
    struct trie_stored stored;
    bool kept; /* reachable and unchanged in the new trie */
};

static inline bool trie_is_none(const struct trie_ref *ref)
{
    return ref->node == NULL && ref->len == 0;
}

struct trie_node {
    enum trie_kind kind;
    bool dirty;
    struct trie_record *record; /* NULL: new, or it stood inside its parent */
    mm_bytes suffix;            /* leaf, extension: nibbles, one a byte */
    mm_bytes value;             /* leaf, branch */
    struct trie_ref child;      /* extension */
    struct trie_ref *children;  /* branch: 16 */
    /* Filled by hashing. */
    mm_bytes path;
    mm_bytes rlp;
};

struct trie {
    struct mm_arena *arena;
    struct trie_reader reader;
    struct trie_ref root;
    struct trie_record *records;
    struct trie_node *
        *hashed; /* dirty nodes of the last hashing that are stored: in order of path */
    size_t hashed_count;
};

/* nibbles.c */
/* One nibble a byte, into the arena; NULL when it is full. */
uint8_t *nibbles_of_key(struct mm_arena *arena, mm_bytes key);
size_t nibbles_shared(mm_bytes a, mm_bytes b);
static inline mm_bytes nibbles_tail(mm_bytes nibbles, size_t from)
{
    return mm_bytes_from(nibbles.ptr + from, nibbles.len - from);
}
static inline mm_bytes nibbles_cut(mm_bytes nibbles, size_t from, size_t to)
{
    return mm_bytes_from(nibbles.ptr + from, to - from);
}
/* Hex-prefix encoding (yellow paper, appendix C): its length for so many nibbles, writing it, reading it. */
size_t nibbles_compact_len(size_t nibble_count);
void nibbles_to_compact(uint8_t *out, mm_bytes nibbles, bool is_leaf);
/* MM_ERR_CORRUPT when it encodes no nibbles, or more than TRIE_PATH_MAX. */
MM_MUST_USE mm_err nibbles_from_compact(struct mm_arena *arena, mm_bytes *nibbles, bool *is_leaf,
                                        mm_bytes compact);

/* node.c */
/* MM_ERR_CORRUPT when the bytes are no node; MM_ERR_NO_MEMORY. Values and hashes borrow from rlp. */
MM_MUST_USE mm_err trie_node_decode(struct mm_arena *arena, struct trie_node **node, mm_bytes rlp);
/* The RLP of a node whose children are all hashed, in the arena; empty when it is full. */
mm_bytes trie_node_encode(struct mm_arena *arena, const struct trie_node *node);

/* A stored node is its RLP and, behind a branch that has leaves of 32 bytes or more as children, those leaves:
 *     RLP, mask(2) of the children that follow, RLP of each                 nothing behind the RLP when there are none
 * So leaves have no rows of their own: two of three nodes are leaves, and a branch is read to get at them anyway.
 * Decoding gives the RLP part too. */
MM_MUST_USE mm_err trie_stored_decode(struct mm_arena *arena, struct trie_node **node,
                                      mm_bytes *rlp, mm_bytes stored);
/* rlp is the node's. Empty when the arena is full. */
mm_bytes trie_stored_encode(struct mm_arena *arena, const struct trie_node *node, mm_bytes rlp);
struct trie_node *trie_node_new(struct mm_arena *arena, enum trie_kind kind);

/* trie_build.c */
/* An entry of a sorted list to build a subtrie of. */
struct trie_entry {
    mm_bytes nibbles; /* of the whole key */
    mm_bytes value;
};
/* The subtrie of these entries (strictly ascending, no empty values) below `depth` nibbles that they share; *ref is none for none. */
MM_MUST_USE mm_err trie_build(struct mm_arena *arena, struct trie_ref *ref,
                              const struct trie_entry *entries, size_t count, size_t depth);

/* trie_load.c */
/* What ref names becomes ref->node, if it is not there yet; path is the nibbles above it. */
MM_MUST_USE mm_err trie_load(struct trie *trie, struct trie_ref *ref, mm_bytes path);

#endif
