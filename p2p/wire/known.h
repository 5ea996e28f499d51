/* The last hashes that a peer is known to have: what need not be told to it again.
 *
 *     ring    [ h7 | h8 | h3 | h4 | h5 | h6 ]      the next hash takes the place of the oldest, h3
 *     slots   a table by hash of places in the ring, half full at most, with linear probing
 *
 * A fixed number, the oldest replaced, each operation in constant time, no allocation after creation. Peers choose the hashes that
 * they announce, so the table's order comes from a keyed hash: without the key nobody can fill one run of slots. A table of hashes
 * that are keyed themselves, which nobody can choose, needs no other.
 * Memory: 40 bytes a hash, 1.25 MiB at the default. Threads: one at a time. */
#ifndef P2P_WIRE_KNOWN_H
#define P2P_WIRE_KNOWN_H

#include "state/base/bytes.h"
#include "state/base/err.h"

enum {
    KNOWN_HASHES = 32768, /* of a peer: some seconds of transactions at full speed */
    KNOWN_KEY_BYTES = 16,
};

struct known;

/* The key is to be random; capacity is not 0. */
MM_MUST_USE mm_err known_new(struct known **known, size_t capacity,
                             const uint8_t key[KNOWN_KEY_BYTES]);
/* Of hashes that are keyed themselves: their first eight bytes are as good as random, and unknown to whoever sends. */
MM_MUST_USE mm_err known_new_of_keyed(struct known **known, size_t capacity);
void known_free(struct known *known);

bool known_has(const struct known *known, const mm_hash32 *hash);
/* False: it was there already, and keeps its age. */
bool known_add(struct known *known, const mm_hash32 *hash);
size_t known_count(const struct known *known);
/* Nothing is known any more. */
void known_clear(struct known *known);

#endif
