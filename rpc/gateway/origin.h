/* Origins: one for each root, so that pages from strangers cannot read each other's storage or speak in our name.
 *
 *     http://bafybei….ipfs.localhost:8080/images/cat.png
 *            \_____/
 *             label      a CID that survives lower case and fits 63 characters (RFC 1035): base32, or base36 where that is too long
 *
 * Browsers resolve every name under localhost to the machine itself (RFC 6761), so this needs no set-up. A CID that is too long
 * in base36 as well (sha2-512) has no origin.
 * Pure functions. Source: Subdomain Gateway specification. */
#ifndef RPC_GATEWAY_ORIGIN_H
#define RPC_GATEWAY_ORIGIN_H

#include "p2p/content/cid.h"

enum { ORIGIN_LABEL_MAX = 63 };

enum origin_verdict {
    ORIGIN_NONE,  /* not a name under ipfs.localhost */
    ORIGIN_OK,    /* *cid is named, in the one way it is written here */
    ORIGIN_OTHER, /* *cid is named in another way: redirect to its own label */
    ORIGIN_BAD,   /* under ipfs.localhost, and no CID */
};

/* authority: a host with an optional port, as Host has it. */
enum origin_verdict origin_parse(struct cid *cid, mm_bytes authority);
/* Terminated. False: the CID has none. */
bool origin_label(char out[ORIGIN_LABEL_MAX + 1], const struct cid *cid);

#endif
