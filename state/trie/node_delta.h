/* What an older version of a stored node had that the next newer one has not: how the versions of a node are kept (state/ledger).
 *
 *     older  ──encode──►  delta   ◄── what differs ──►  newer          undo(newer, delta) gives older again, to the byte
 *
 *     00                                   there was no older one: the newer one is the first
 *     01 older                             all of it: it is no branch, or the newer one is none, or a list would be no shorter
 *     02 mask(2) child …                   a branch that differs from the newer branch in these children, lowest first:
 *                                          as a branch has it (80; a0 hash; a node below 32 bytes), or the RLP of a leaf
 *
 * A child that is a leaf of 32 bytes or more stands behind the branch (trie_internal.h); its hash is left out here, because the leaf
 * gives it. Between two blocks most changed branches of a large trie differ in one child, so that a delta has 36 bytes where the node
 * has some 500.
 *
 * Decoding is strict: each listed child is another than the newer one has, every byte is accounted for, and a list that is longer than
 * the node it stands for is refused. What is undone is a node in its form; whether it is the right one, its parent says. A node that
 * does not agree with itself (trie_stored_is_sound) may come back with the hash that its leaf should have.
 * Memory: the caller's buffers; nothing else is allocated. Threads: no state. */
#ifndef STATE_TRIE_NODE_DELTA_H
#define STATE_TRIE_NODE_DELTA_H

#include "state/base/buf.h"
#include "state/base/bytes.h"
#include "state/base/err.h"

/* Appends the delta; mm_buf_err says whether it fitted. Both are as stored; older empty: there was none; newer empty: there is none any
 * more. Not both. */
void trie_delta_encode(struct mm_buf *out, mm_bytes older, mm_bytes newer);

/* Replaces what is in *older: empty where there was none. `newer` and `delta` are not in that buffer.
 * MM_ERR_CORRUPT: the delta is none, or not one of this node; *older is empty then. */
MM_MUST_USE mm_err trie_delta_undo(struct mm_buf *older, mm_bytes newer, mm_bytes delta);

/* Whether it says that there was no older one, or is all of it: it needs no newer one then. */
bool trie_delta_is_first(mm_bytes delta);
bool trie_delta_is_whole(mm_bytes delta);

#endif
