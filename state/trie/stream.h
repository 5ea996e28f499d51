/* A trie built from a sorted stream, in memory that does not grow with it: the root over all flat state, derived again by
 * `db check`, and the nodes of a trie that is to be stored anew.
 *
 * Keys come strictly ascending and all have one length. What a new key can no longer change is closed: encoded, hashed, handed
 * out and forgotten; open stay only the nodes on the path to the newest key.
 * Memory: O(key length) in the stream's own arena. Threads: one. */
#ifndef STATE_TRIE_STREAM_H
#define STATE_TRIE_STREAM_H

#include "state/trie/trie.h"

/* Called for every stored node, children first. path and node are borrowed for the call. */
struct trie_sink {
    void *ctx;
    mm_err (*node)(void *ctx, mm_bytes path, mm_bytes node);
};

struct trie_stream;

/* sink may be NULL: only the root is wanted. NULL when memory is short. */
struct trie_stream *trie_stream_new(const struct trie_sink *sink);
void trie_stream_free(struct trie_stream *stream);
/* MM_ERR_INVALID when the key is not above the last one, of another length, or the value empty. Copies. */
MM_MUST_USE mm_err trie_stream_add(struct trie_stream *stream, mm_bytes key, mm_bytes value);
/* The root of everything added. Afterwards the stream is empty and may be used again. */
MM_MUST_USE mm_err trie_stream_finish(struct trie_stream *stream, mm_hash32 *root);

#endif
