/* HAMT: a directory that does not fit one block, spread over many by the hash of the names.
 *
 *     name "cat.png"  ->  murmur3-x64, first 64 bits   7f 03 a9 …     (fanout 256 takes a byte a level, from the front)
 *
 *     root shard      [7F -> shard]  [A0"dog.png"]          a link's name is the slot in upper-case hexadecimal,
 *       shard 7F        [03"cat.png"]  [41"owl.png"]        then the entry's name, or nothing: a deeper shard
 *
 * A slot holds one entry or a deeper shard with at least two under it, so the tree, and its CID, depends on
 * the set of names alone. Each shard's UnixFS Data is a bitfield of its slots: a big-endian number without
 * leading zero bytes, bit i set for slot i; links stand in the order of slots.
 *
 * A shard from outside is believed only so far as it is consistent: fanout a power of two from 8 to 1024,
 * this hash function, one link a set bit, slots ascending, every link's prefix the slot of its bit. The
 * reader also holds each entry's name against the slots on the way to it, so that listing and looking up
 * agree. The hash has 64 bits, which bounds the depth.
 * Memory: nothing allocates. Threads: pure functions.
 * Source: IPFS UnixFS specification, "HAMT Sharded Directories". */
#ifndef P2P_CONTENT_HAMT_H
#define P2P_CONTENT_HAMT_H

#include "p2p/content/dagpb.h"
#include "p2p/content/unixfs.h"

enum {
    HAMT_FANOUT_MIN = 8,
    HAMT_FANOUT_MAX = 1024,
    HAMT_FANOUT_WRITTEN = 256,
    HAMT_PREFIX_MAX = 3, /* digits of a slot below 1024 */
};

/* The first 64 bits of MurmurHash3_x64_128 with seed 0. */
uint64_t hamt_hash(mm_bytes name);

/* How a name's hash is cut into slots. */
struct hamt_shape {
    unsigned fanout;
    unsigned bits;   /* of a slot */
    unsigned digits; /* of a slot in a link's name */
};

/* False when the fanout is none that is read here. */
MM_MUST_USE bool hamt_shape(struct hamt_shape *out, uint64_t fanout);
/* Levels that the hash is good for. */
unsigned hamt_levels(const struct hamt_shape *shape);
/* The slot at a level, which is below hamt_levels. */
unsigned hamt_slot(const struct hamt_shape *shape, uint64_t hash, unsigned level);
/* The slot as a link's name begins with it: shape.digits characters, no terminator. */
void hamt_prefix(char out[HAMT_PREFIX_MAX], const struct hamt_shape *shape, unsigned slot);

enum hamt_verdict {
    HAMT_OK = 0,
    HAMT_BAD_HASH_FUNCTION,
    HAMT_BAD_FANOUT,
    HAMT_BAD_BITFIELD, /* bits beyond the fanout, or not one link a bit */
    HAMT_BAD_PREFIX,   /* a link's name does not begin with the slot of its bit */
};

/* Checks a decoded shard: everything but the entries' own hashes. */
MM_MUST_USE enum hamt_verdict hamt_check(struct hamt_shape *shape, const struct dagpb_node *node,
                                         const struct unixfs *data);
/* The slot that a link of a checked shard stands in, and the entry's name behind the prefix (empty: a
 * deeper shard). */
unsigned hamt_link_slot(mm_bytes *name, const struct hamt_shape *shape,
                        const struct dagpb_link *link);

/* Writing a shard's bitfield: bit i of bits[] is slot i. Returns a view into out, without leading zero bytes. */
mm_bytes hamt_bitfield(uint8_t out[HAMT_FANOUT_MAX / 8], const struct hamt_shape *shape,
                       const bool *slots);

#endif
