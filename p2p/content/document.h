/* Documents: paths through dag-cbor and dag-json blocks. Private to p2p/content; content_resolve (reader.h) follows them.
 *
 *     {"foo": {"list": [1, {"link": CID}]}}        foo/list/1/link/rest   ->   CID, and "rest" is left
 *                                                  foo/list               ->   inside
 *                                                  foo/bar                ->   no such name
 *
 * A segment is a key of a map or the index of a list in decimal. Nothing is converted: what a path finds inside a document is not given
 * out, only whether it is there.
 * Memory: an arena for dag-json (links.h); dag-cbor allocates nothing. No recursion. Threads: pure functions.
 * Source: IPLD path resolution; dag-cbor and dag-json specifications. */
#ifndef P2P_CONTENT_DOCUMENT_H
#define P2P_CONTENT_DOCUMENT_H

#include "p2p/content/block.h"

enum document_verdict {
    DOCUMENT_LINK,    /* *link, and *path is what stands behind it */
    DOCUMENT_INSIDE,  /* the path ends within the document, at something else than a link */
    DOCUMENT_NO_NAME, /* *path begins with the segment that is not there */
    DOCUMENT_MALFORMED,
    DOCUMENT_NO_MEMORY,
};

/* cid: the block's own, of one of the two codecs. path: segments with slashes between them, not empty. */
MM_MUST_USE enum document_verdict document_follow(struct cid *link, mm_bytes *path,
                                                  const struct cid *cid, mm_bytes block);

#endif
