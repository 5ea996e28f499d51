/* Canonical: whether a block is what every encoder of its codec would write for the same data.
 *
 *     dag-pb     links before Data, sorted by the bytes of their names, no padded varints
 *     dag-cbor   definite, shortest, floats of 64 bits that are finite; keys are text, shorter ones first, then by bytes
 *     dag-json   no blanks, keys by bytes; how numbers and escapes are written is not looked at
 *     raw        any bytes      json   one JSON value      cbor   any bytes
 *
 * A put without conversion asks: another node would take the same data apart and write it again, and a block that is not canonical
 * would get another CID there. Memory: an arena for dag-json and json (links.h). No recursion. Threads: pure functions.
 * Source: IPLD dag-pb, dag-cbor and dag-json specifications. */
#ifndef P2P_CONTENT_CANONICAL_H
#define P2P_CONTENT_CANONICAL_H

#include "p2p/content/block.h"

enum canonical_verdict {
    CANONICAL_OK = 0,
    CANONICAL_MALFORMED, /* not of its codec at all */
    CANONICAL_OTHERWISE, /* of its codec, and written in another way */
    CANONICAL_UNKNOWN,   /* a codec that is not looked into here */
    CANONICAL_NO_MEMORY,
};

/* Never NULL. */
const char *canonical_verdict_text(enum canonical_verdict verdict);
MM_MUST_USE enum canonical_verdict content_canonical(uint64_t codec, mm_bytes block);

#endif
