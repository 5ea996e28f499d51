/* Range requests: one range of bytes of a body whose length is known (RFC 9110 section 14).
 *
 *     Range: bytes=0-99      the first hundred                 206   Content-Range: bytes 0-99/1000
 *     Range: bytes=900-      from 900 to the end               206   Content-Range: bytes 900-999/1000
 *     Range: bytes=-100      the last hundred, or all there is 206   Content-Range: bytes 900-999/1000
 *     Range: bytes=1000-     nothing there                     416   Content-Range: bytes, a star, and /1000
 *     Range: bytes=6-9,0-1   several: the first that exists   206   Content-Range: bytes 6-9/1000
 *     Range: items=0-1, …    other units, nonsense             200   the whole body, as the RFC allows
 *
 * The RFC lets a server send a subset of several ranges; clients that need them all ask again (section 15.3.7).
 * Of an empty body there is no range to take, and the whole is what was asked for: 200. Pure functions. */
#ifndef RPC_HTTP_RANGE_H
#define RPC_HTTP_RANGE_H

#include "state/base/bytes.h"

enum http_range_verdict {
    HTTP_RANGE_WHOLE,   /* answer 200 as if nothing was asked */
    HTTP_RANGE_PART,    /* 206 */
    HTTP_RANGE_OUTSIDE, /* 416 */
};

struct http_range {
    uint64_t offset;
    uint64_t length; /* never 0 for a part */
};

/* An empty header is HTTP_RANGE_WHOLE. For that and OUTSIDE, *range is the whole body. */
enum http_range_verdict http_range_parse(struct http_range *range, mm_bytes header, uint64_t total);

enum { HTTP_RANGE_TEXT_BYTES = 72 };
/* The value of Content-Range for a part or, when range is NULL, for a 416. Terminated. */
void http_range_text(char out[HTTP_RANGE_TEXT_BYTES], const struct http_range *range,
                     uint64_t total);

#endif
