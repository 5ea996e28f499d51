/* Entity tags: whether what a client has is what it would get (RFC 9110 sections 8.8.3 and 13.1).
 *
 *     If-None-Match: "bafy…"                 the client has this one: 304
 *     If-None-Match: W/"a", "b" ,W/"c"       or one of these; weakly compared, so W/ does not matter
 *     If-None-Match: *                       or anything at all
 *     If-Range: "bafy…"                      the range is wanted of this one only; strongly compared, so W/ never matches
 *
 * A list that stops making sense is believed as far as it made sense. Pure functions. */
#ifndef RPC_HTTP_CONDITIONAL_H
#define RPC_HTTP_CONDITIONAL_H

#include "state/base/bytes.h"

/* Whether If-None-Match lists the tag. etag is quoted, as in the ETag header, and may begin with W/. An empty header: false. */
bool http_etag_is_listed(mm_bytes if_none_match, mm_bytes etag);
/* Whether a Range counts: no If-Range at all, or one with exactly this strong tag. Dates do not match. */
bool http_if_range_holds(mm_bytes if_range, mm_bytes etag);

#endif
