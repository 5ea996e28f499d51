/* dag-pb: a block that holds bytes and named links. Files, directories and HAMT shards are all made of it.
 *
 *     PBNode   12 <link> 12 <link> …  0a <Data>         Links (field 2) are written before Data (field 1)
 *     PBLink   0a <Hash: CID>  12 <Name>  18 <Tsize>    in this order; only Hash must be there
 *
 * Tsize is what the writer claims the whole subtree weighs; it is carried, never trusted. Reading takes Data
 * before or after the links, but not between them; a link has its fields once and in order, and its Hash is a
 * well-formed CID (the function behind it may be one that is not computed here). Anything else is refused:
 * unknown fields, wrong wire types, truncated or oversized varints. `canonical` tells whether encoding the
 * node again gives the same bytes. An absent name and an empty one are different bytes and stay so. Links are
 * kept in the order they have; who builds directories sorts them.
 * Memory: nothing allocates, a node and its links borrow from the block. Threads: pure functions.
 * Source: IPLD dag-pb specification. */
#ifndef P2P_CONTENT_DAGPB_H
#define P2P_CONTENT_DAGPB_H

#include "p2p/content/cid.h"
#include "state/base/buf.h"

enum dagpb_verdict {
    DAGPB_OK = 0,
    DAGPB_BAD_RECORD,    /* truncated, oversized varint, group, or field number 0 */
    DAGPB_UNKNOWN_FIELD, /* a field or wire type that dag-pb does not have */
    DAGPB_TWO_DATA,      /* Data twice */
    DAGPB_LINKS_SPLIT,   /* Data between links */
    DAGPB_LINK_ORDER,    /* a link's field twice, or not in the order Hash, Name, Tsize */
    DAGPB_LINK_NO_HASH,  /* a link without Hash */
    DAGPB_LINK_BAD_HASH, /* Hash is not a CID */
};

struct dagpb_link {
    struct cid cid;
    mm_bytes name; /* borrowed */
    uint64_t tsize;
    bool has_name;
    bool has_tsize;
};

struct dagpb_node {
    mm_bytes links; /* borrowed: the run of link records, read with dagpb_links */
    size_t link_count;
    mm_bytes data; /* borrowed */
    bool has_data;
    bool canonical;
};

/* Never NULL. */
const char *dagpb_verdict_text(enum dagpb_verdict verdict);

/* Looks at every byte of the block. */
MM_MUST_USE enum dagpb_verdict dagpb_decode(struct dagpb_node *out, mm_bytes block);

/* A walk over the links of a decoded node; copied freely. */
struct dagpb_links {
    mm_bytes in;
    size_t at;
};
struct dagpb_links dagpb_links(const struct dagpb_node *node);
/* False at the end. Borrowed from the block. */
bool dagpb_next(struct dagpb_links *links, struct dagpb_link *link);

/* Bytes of a link's record as dagpb_add_link writes it. */
size_t dagpb_link_size(const struct dagpb_link *link);
/* Writing: first the links, then Data. */
void dagpb_add_link(struct mm_buf *out, const struct dagpb_link *link);
void dagpb_add_data(struct mm_buf *out, mm_bytes data);
/* A decoded node again, in canonical form. */
void dagpb_encode(struct mm_buf *out, const struct dagpb_node *node);

#endif
