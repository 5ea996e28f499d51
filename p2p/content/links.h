/* Links: which blocks a block points to, whatever its codec. What a walk over a whole DAG is made of:
 * pinning, CAR export, fetching, garbage collection.
 *
 *     dag-pb     the Hash of each link
 *     dag-cbor   tag 42 over a byte string 00 | CID, anywhere in the value
 *     dag-json   {"/": "CID"}, anywhere in the value; {"/": {"bytes": …}} is no link
 *     raw, json, cbor and codecs that are not known here: none
 *
 * Nothing is trusted: dag-cbor must be one well-formed item of definite lengths, dag-json one JSON value.
 * Memory: an arena for dag-json, at most LINKS_ARENA_BYTES_MAX for a block; the others allocate nothing. No
 * recursion.
 * Threads: pure functions.
 * Source: IPLD dag-pb, dag-cbor and dag-json specifications. */
#ifndef P2P_CONTENT_LINKS_H
#define P2P_CONTENT_LINKS_H

#include "p2p/content/block.h"

enum { LINKS_ARENA_BYTES_MAX = 64 << 20 };

enum links_verdict {
    LINKS_OK = 0,
    LINKS_MALFORMED, /* the block is not of its codec, or a link in it is no CID */
    LINKS_STOPPED,   /* the listener wanted no more */
    LINKS_NO_MEMORY,
};

/* Told each link in the order of the block, repeats included; false ends it. The hash function may be one
 * that is not computed here. */
struct links_listener {
    void *context;
    bool (*link)(void *context, const struct cid *cid);
};

/* cid: the block's own, for its codec. What was told before a failure stays told. */
MM_MUST_USE enum links_verdict content_links(const struct cid *cid, mm_bytes block,
                                             const struct links_listener *listener);

#endif
