/* The hexary Merkle Patricia trie (yellow paper, appendix D), as a function from a stored trie and a batch of updates to a new
 * root and the nodes that changed.
 *
 *      root  ""            branch ─┬─ 3 ─► leaf  "3"          …rest of the key, value
 *                                  ├─ 7 ─► extension "7" ── a1f ─► branch "7a1f" ─┬─ 0 ─► leaf …
 *                                  └─ d ─► …                                      └─ 9 ─► leaf …
 *
 * Keyed by path: a node is stored under the nibbles that lead to it, so that an update overwrites the node it replaces, and
 * nothing needs reference counts or garbage collection. A node whose RLP is shorter than 32 bytes stands inside its parent and
 * is not stored; a leaf stands behind its branch in the branch's record (two of three nodes are leaves); the root always is.
 *
 * How an update goes: the batch, sorted by key, walks down once. Each node on the way is loaded once, however many keys pass
 * through it. Then the changed nodes are encoded and hashed level by level from the deepest up, over all tries of the block at
 * once, so that keccak256_many sees many inputs side by side. Last, the list of changes says for each path the old and the
 * new node: the new ones are written, the old ones are kept as long as proofs at old blocks are promised.
 *
 * Keys are any bytes up to TRIE_KEY_MAX, and one key may be the beginning of another; the state uses 32-byte hashes.
 * Values are not empty: an empty value removes the key. The walk recurses once a nibble, so at most 2 * TRIE_KEY_MAX deep.
 * Memory: everything lives in the caller's arena, for one block. Node bytes from the reader are borrowed and must live as long.
 * Threads: a trie belongs to one; independent tries may be updated by several threads with an arena each. */
#ifndef STATE_TRIE_TRIE_H
#define STATE_TRIE_TRIE_H

#include "state/base/arena.h"
#include "state/base/bytes.h"
#include "state/base/err.h"

enum {
    TRIE_KEY_MAX = 64, /* bytes of a key; also the longest text key of the published vectors */
    TRIE_PATH_MAX = 2 * TRIE_KEY_MAX, /* nibbles */
};

/* A node as it is stored, and what the reader knows that version of it by: the trie does not look at `since`. */
struct trie_stored {
    mm_bytes node;
    uint64_t since;
};

/* Where stored nodes come from. path: one nibble a byte. stored->node lives as long as the trie that asked.
 * MM_ERR_NOT_FOUND is reported as MM_ERR_CORRUPT: a parent names the node. */
struct trie_reader {
    void *ctx;
    mm_err (*node)(void *ctx, struct mm_arena *arena, struct trie_stored *stored, mm_bytes path);
};

struct trie_update {
    mm_bytes key;
    mm_bytes value; /* empty: the key goes */
};

/* What happened at a path. old_node is empty when there was none, new_node when there is none any more. */
struct trie_change {
    mm_bytes path;
    mm_bytes old_node;
    uint64_t old_since; /* as the reader gave it */
    mm_bytes new_node;
};

struct trie;

/* A trie over what the reader has under this root. NULL when the arena is full. reader may be NULL for an empty trie. */
struct trie *trie_new(struct mm_arena *arena, const struct trie_reader *reader,
                      const mm_hash32 *root);

/* Applies the batch: keys strictly ascending, values borrowed until trie_hash_all. May be called several times before hashing.
 * After an error the trie is not to be used. */
MM_MUST_USE mm_err trie_apply(struct trie *trie, const struct trie_update *updates, size_t count);

/* Encodes and hashes what changed in all these tries together. */
MM_MUST_USE mm_err trie_hash_all(struct trie *const *tries, size_t count);
/* After trie_hash_all. */
mm_hash32 trie_root(const struct trie *trie);
/* After trie_hash_all: ascending by path, in the arena; only paths whose node is another than before. */
MM_MUST_USE mm_err trie_changes(const struct trie *trie, const struct trie_change **changes,
                                size_t *count);

/* Whether what stands in a store as one node agrees with itself: it decodes, and each leaf behind a branch hashes to what the
 * branch says. Whether it is the right node, only its parent can say. */
bool trie_stored_is_sound(struct mm_arena *arena, mm_bytes stored);

#endif
