/* The node cache: trie nodes as the store's snapshot has them, for a writer that goes the same upper half of the tries block by block.
 *
 *     view_read_node:  tails ─► node cache ─► store (some 3 us a look-up; nine of them were a third of a mint)
 *                                  ▲  ▲          │
 *                     each flush ──┘  └── add ───┘
 *
 * It is right about what one snapshot has, the one of its turn, as the flat cache is (flat_cache.h), whose turns it takes. A flush
 * does not only forget what it changed: the nodes that it wrote are those that the next blocks begin with, so they are put in.
 *
 * Shape: parts with a lock each, found by a hash of the key. A part is a ring into which entries are written one behind another, each
 * over the oldest ones, and a table of where they begin. An entry is 20 bytes or 2 KiB, and none is allocated or freed by itself.
 * A node that changed is written over itself, if it has the room; each has some for one more leaf. Who is found is not moved: a node
 * that is often found is often changed, and where it went with the oldest it is soon written anew.
 * Memory: bytes_max and a sixteenth (a sixteenth more while it grows), of which only the pages that were used are resident. Threads: any; a lock that somebody holds
 * means "not known". Limits: entries of a quarter of a part. (docs/decisions/0024-node-cache.md) */
#ifndef STATE_LEDGER_NODE_CACHE_H
#define STATE_LEDGER_NODE_CACHE_H

#include "state/base/buf.h"

struct node_cache;

/* NULL: no memory. Turn 0. */
struct node_cache *node_cache_new(size_t bytes_max);
void node_cache_free(struct node_cache *cache);

enum node_known { NODE_UNKNOWN, NODE_ABSENT, NODE_PRESENT };
/* The record is left in the buffer, which is reset before. hash: any of the key, the same for all calls. */
enum node_known node_cache_find(struct node_cache *cache, struct mm_buf *record, uint64_t turn,
                                uint64_t hash, mm_bytes key);
/* What the snapshot of this turn has; what is known already stays. record NULL: it has nothing. */
void node_cache_add(struct node_cache *cache, uint64_t turn, uint64_t hash, mm_bytes key,
                    const mm_bytes *record);

/* ---- for whoever changes the store: one thread at a time, and before anybody has the new turn ---- */

/* What is known stays. */
void node_cache_next(struct node_cache *cache, uint64_t turn);
/* Nothing is known. */
void node_cache_restart(struct node_cache *cache, uint64_t turn);
/* What the snapshot of the new turn has: of every key that it has otherwise than the one before. */
void node_cache_put(struct node_cache *cache, uint64_t hash, mm_bytes key, const mm_bytes *record);
/* In so much memory, with what is known. False: there is none, and parts are left as they were. */
bool node_cache_resize(struct node_cache *cache, size_t bytes_max);

#endif
