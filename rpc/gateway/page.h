/* The pages that the gateway writes itself: what is in a directory, and what a dag-cbor or dag-json document links to.
 *
 * Names and documents may be any bytes; they are escaped for the place where they stand (escape.h). No script, one inline style, so
 * that the gateway's sandbox does it no harm. */
#ifndef RPC_GATEWAY_PAGE_H
#define RPC_GATEWAY_PAGE_H

#include "p2p/content/reader.h"
#include "state/base/buf.h"

/* In the Etag of pages: raise it when they change. */
#define PAGE_VERSION "2"

enum { PAGE_DOCUMENT_BYTES_MAX = 64 << 10 /* of a document that are shown */ };

/* Where a page stands; all decoded. */
struct page_place {
    mm_bytes title;  /* "/ipfs/{cid}/…/" */
    mm_bytes path;   /* the one of the request, which links begin with; ends with a slash */
    size_t top_len;  /* of path: above it there is nothing */
    bool has_origin; /* the host names the root: there is no path to another one */
};

/* A row for each entry, with its size as the directory claims it, and a link up. READ_OK, or why an entry could not be read;
 * READ_FAILED also when the page outgrew the buffer. */
MM_MUST_USE enum read_verdict page_write_directory(struct mm_buf *out,
                                                   struct content_reader *reader,
                                                   const struct cid *directory,
                                                   const struct page_place *place);
/* READ_OK, READ_MALFORMED or READ_FAILED. */
MM_MUST_USE enum read_verdict page_write_document(struct mm_buf *out, const struct cid *cid,
                                                  mm_bytes block, const struct page_place *place);

#endif
