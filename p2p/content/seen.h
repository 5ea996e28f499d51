/* A set of blocks that were met: what a walk over a DAG asks before it reads or hands out a block again. Private to p2p/content.
 *
 * A member is a multihash and a tag of the caller's, so that one set answers two questions ("was it handed out", "was what lies
 * below it walked as dag-pb"). 32 bytes of the digest stand for it: enough that nobody finds two of the same. Identity content is
 * not for this set: its first 32 bytes are not its name.
 * Memory: 36 bytes a slot, at most half of the slots full, twice as many when it grows. Threads: one. */
#ifndef P2P_CONTENT_SEEN_H
#define P2P_CONTENT_SEEN_H

#include "p2p/content/cid.h"

struct seen_entry {
    uint8_t digest[32];
    uint32_t what; /* hash function and tag; 0: an empty slot */
};

struct seen {
    struct seen_entry *slots; /* owned */
    size_t slot_count;        /* a power of two, or 0 */
    size_t count;
};

void seen_init(struct seen *seen);
void seen_fini(struct seen *seen);
/* Empties it; memory is kept unless it is much. */
void seen_reset(struct seen *seen);

bool seen_has(const struct seen *seen, const struct multihash *hash, uint16_t tag);
/* Out: *is_new. MM_ERR_NO_MEMORY. */
MM_MUST_USE mm_err seen_add(struct seen *seen, bool *is_new, const struct multihash *hash,
                            uint16_t tag);

#endif
