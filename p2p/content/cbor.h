/* CBOR heads, as far as CAR headers and the links of dag-cbor blocks need them. Private to p2p/content.
 *
 *     head = major type (3 bits) and argument (5 bits, or the 1, 2, 4 or 8 bytes that follow)
 *
 * DAG-CBOR: definite lengths and shortest arguments only. A link is tag 42 over a byte string: a zero
 * byte, then the CID. */
#ifndef P2P_CONTENT_CBOR_H
#define P2P_CONTENT_CBOR_H

#include "p2p/content/cid.h"
#include "state/base/buf.h"

enum cbor_major {
    CBOR_UINT = 0,
    CBOR_NEGATIVE = 1,
    CBOR_BYTES = 2,
    CBOR_TEXT = 3,
    CBOR_ARRAY = 4,
    CBOR_MAP = 5,
    CBOR_TAG = 6,
    CBOR_SIMPLE = 7, /* false, true, null, floats */
};

enum { CBOR_TAG_LINK = 42 };

struct cbor_item {
    enum cbor_major major;
    uint64_t argument;
    mm_bytes bytes; /* CBOR_BYTES, CBOR_TEXT: borrowed */
};

/* Takes one head (and the bytes of a string) off the front of *in. False, with *in unchanged, when it is
 * truncated, of indefinite length or not shortest. */
MM_MUST_USE bool cbor_take(struct cbor_item *item, mm_bytes *in);
/* A head in its shortest form; the bytes of a string are the caller's to add. */
void cbor_add_head(struct mm_buf *out, enum cbor_major major, uint64_t argument);
/* A link: tag, head, zero byte and CID. */
void cbor_add_link(struct mm_buf *out, const struct cid *cid);
/* The CID of a link's byte string. */
MM_MUST_USE enum cid_verdict cbor_link(struct cid *out, mm_bytes bytes);

#endif
