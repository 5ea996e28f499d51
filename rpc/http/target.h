/* The request target and its percent encoding (RFC 3986).
 *
 *     GET /ipfs/bafy…/a%20b?format=raw&x=1 HTTP/1.1          origin-form, what clients send
 *     GET http://127.0.0.1:8080/ipfs/… HTTP/1.1              absolute-form, what clients of a proxy send: RFC 9112 3.2.2
 *
 * Everything is decoded exactly once: "%2541" is the text "%41". A bad escape is an error and never passed through as it
 * stands, and an escaped NUL is refused in paths, where names end up in C strings and keys. Pure functions. */
#ifndef RPC_HTTP_TARGET_H
#define RPC_HTTP_TARGET_H

#include "state/base/bytes.h"

struct http_target_parts {
    mm_bytes authority; /* of the absolute form, else empty */
    mm_bytes path;      /* raw, begins with '/', or is "*" */
    mm_bytes query;     /* raw, without '?' */
};

/* False when the target has neither form. A fragment, which no client sends, is refused too. */
bool http_target_split(struct http_target_parts *parts, mm_bytes target);

#define HTTP_BAD_ESCAPE SIZE_MAX
/* Decodes into out, which has room for text.len bytes and may be text.ptr itself: the length, or HTTP_BAD_ESCAPE. */
size_t http_percent_decode(uint8_t *out, mm_bytes text, bool plus_is_blank);
/* Whether every % has two hexadecimal digits behind it. */
bool http_percent_is_valid(mm_bytes text);

/* Cuts the next name=value off the query; both still encoded. false at the end. Empty pairs are passed over. */
bool http_query_cut(mm_bytes *query, mm_bytes *name, mm_bytes *value);

#endif
