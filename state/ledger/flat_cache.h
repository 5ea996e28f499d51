/* The flat cache: what the store's snapshot has under keys of the flat state that were asked for lately.
 *
 *     view_read:  edits ─► tails ─► flat cache ─► store (some 3 us a look-up)
 *                                       ▲              │
 *                                       └─── add ──────┘
 *
 * What it holds is never the answer to a request: accounts, slots and codes as one snapshot of the store has them, the one of the
 * *turn*. A pin (ledger_internal.h) has the turn of its snapshot, and who asks with another turn finds nothing and adds nothing.
 * A flush changes the state by what its tail has, and by nothing else. So the flusher begins the next turn, which nobody has yet,
 * forgets the keys of the tail, and only then publishes the pin that has it: what is left is true of both snapshots. Where the state
 * changes in other ways (going back, a restored state), everything is forgotten.
 *
 *     turn 7   ──── readers find and add ────┐  flat_cache_next: 8     flat_cache_forget: each key of the tail     pin 8 published
 *     turn 8                                 └───────────────────────────────────────────────────────────────────► readers find
 *
 * Under keys that no state has, an era and a number, it also holds hash and time of blocks, which do not change within an era.
 *
 * Shape: sets of FLAT_WAYS values, found by a hash of the key; in a full set one that was not found lately goes. Keys are compared
 * whole. Nobody waits for a reader's look-up or is waited for by one: a lock that somebody holds means "not found".
 * Memory: bytes_max, of which only the pages that were used are resident. Threads: any. Limits: values of FLAT_BYTES less the key;
 * an account with a balance near 2^256, or a long code, is not held. (docs/decisions/0022-flat-cache.md) */
#ifndef STATE_LEDGER_FLAT_CACHE_H
#define STATE_LEDGER_FLAT_CACHE_H

#include "state/base/bytes.h"

enum {
    FLAT_WAYS = 8,
    FLAT_BYTES = 120, /* of a key and its value: a slot takes up to 97, an account usually 116 */
};

struct flat_cache;

/* bytes_max is rounded down to a power of two of sets. NULL: no memory. Turn 0. */
struct flat_cache *flat_cache_new(size_t bytes_max);
void flat_cache_free(struct flat_cache *cache);

/* What was found: a value, or that there is none. */
struct flat_value {
    bool is_present;
    uint8_t len;
    uint8_t b[FLAT_BYTES];
};
/* hash: any of the key, the same for both. False: it is not known here. */
bool flat_cache_find(struct flat_cache *cache, struct flat_value *value, uint64_t turn,
                     uint64_t hash, mm_bytes key);
/* What the snapshot of this turn has; value.ptr NULL: that it has nothing. */
void flat_cache_add(struct flat_cache *cache, uint64_t turn, uint64_t hash, mm_bytes key,
                    const mm_bytes *value);

/* ---- for whoever changes the store: one thread at a time ---- */

/* The number of the next turn, from now on. What is known stays. */
uint64_t flat_cache_next(struct flat_cache *cache);
/* Likewise, and nothing is known. */
uint64_t flat_cache_restart(struct flat_cache *cache);
/* Before anybody has the new turn. */
void flat_cache_forget(struct flat_cache *cache, uint64_t hash, mm_bytes key);

#endif
