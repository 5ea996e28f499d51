/* Ranges of a trie, and proofs that a range is whole: what a new node downloads the state in.
 *
 *     from                                    to        nodes: those that the two bounds pass through, root first, from left
 *      │   leaf leaf leaf … leaf leaf leaf     │                to right (a bound of zeros, or of ones, passes through none)
 *      ▼                                       ▼        leaves: every one between the bounds, both included
 *   ───┬───────────────────────────────────────┬───
 *      subtries between the bounds have no node here: each is built from its leaves, and must hash to what its parent says
 *
 * Whoever checks goes down from the root once. A subtrie that a bound passes through needs its node, which must hash to what
 * its parent says; one wholly between the bounds is built from the leaves; of one outside nothing is looked at. So a leaf left
 * out, added or changed changes a hash that the root fixes, and no node is left over.
 *
 * All keys of such a trie have one length, as the state's have (32 bytes). Values are not empty.
 * Memory: walking and proving keep one path in the arena; checking keeps what is built of one subtrie after the other.
 * The recursion goes down once a nibble, at most 2 * TRIE_KEY_MAX deep. Threads: pure functions over the reader. */
#ifndef STATE_TRIE_RANGE_H
#define STATE_TRIE_RANGE_H

#include "state/trie/trie.h"

/* Both included, of one length, from <= to. */
struct trie_bounds {
    mm_bytes from;
    mm_bytes to;
};

/* Called for each leaf, ascending. False: this is the last one that is wanted. Both are borrowed for the call,
 * and what is allocated in the walk's arena meanwhile is given back with the walk's own. */
struct trie_leaf_sink {
    void *ctx;
    bool (*leaf)(void *ctx, mm_bytes key, mm_bytes value);
};

/* The leaves between the bounds. MM_ERR_CORRUPT when a node is missing, none, or of a trie with keys of another length. */
MM_MUST_USE mm_err trie_range_walk(struct mm_arena *arena, const struct trie_reader *reader,
                                   const mm_hash32 *root, const struct trie_bounds *bounds,
                                   const struct trie_leaf_sink *sink);

struct trie_range_proof {
    const mm_bytes *nodes; /* in the arena */
    size_t count;
};
/* The nodes that prove that the leaves between the bounds are all there are. */
MM_MUST_USE mm_err trie_range_prove(struct mm_arena *arena, struct trie_range_proof *proof,
                                    const struct trie_reader *reader, const mm_hash32 *root,
                                    const struct trie_bounds *bounds);

struct trie_leaf {
    mm_bytes key;
    mm_bytes value;
};

enum range_verdict {
    RANGE_OK = 0, /* these leaves, and no others, are between the bounds */
    RANGE_ORDER, /* leaves not ascending, out of bounds, with a key of another length or without a value */
    RANGE_HASH,   /* a node does not hash to what its parent (or the root) says */
    RANGE_NODE,   /* bytes that are no node, or none of a trie with keys of this length */
    RANGE_LEAVES, /* other leaves than those that the root has there */
    RANGE_SHORT,  /* a node is missing */
    RANGE_EXTRA,  /* nodes behind the last one needed */
};
const char *range_verdict_text(enum range_verdict verdict);

/* Trusts nothing but the root. MM_ERR_NO_MEMORY: the arena is full, and nothing is known. */
MM_MUST_USE mm_err trie_range_verify(struct mm_arena *arena, enum range_verdict *verdict,
                                     const mm_hash32 *root, const struct trie_bounds *bounds,
                                     const struct trie_leaf *leaves, size_t leaf_count,
                                     const struct trie_range_proof *proof);

#endif
