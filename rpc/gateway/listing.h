/* The page that lists a directory: its path, a link up, and a row for each entry with its size as the directory claims it.
 *
 * Names may be any bytes; they are escaped for the place where they stand (escape.h). No script, one inline style, so that the
 * gateway's sandbox does it no harm. */
#ifndef RPC_GATEWAY_LISTING_H
#define RPC_GATEWAY_LISTING_H

#include "p2p/content/reader.h"
#include "state/base/buf.h"

/* In the Etag of listings: raise it when the page changes. */
#define LISTING_VERSION "1"

/* Appends the page. path: the decoded one of the request, "/ipfs/{cid}/…/". READ_OK, or why an entry could not be read; READ_FAILED also
 * when the page outgrew the buffer. */
MM_MUST_USE enum read_verdict listing_write(struct mm_buf *out, struct content_reader *reader,
                                            const struct cid *directory, mm_bytes path);

#endif
