/* Host and Origin: who a request was meant for, and whose page sent it.
 *
 *     Host: localhost:8545          Origin: https://app.example:3000       (or the word null)
 *           \_______/ \__/                  \___/   \_________/ \__/
 *             host    port                  scheme     host     port
 *
 * A host is a name, an IPv4 address or an IPv6 address in brackets. Names compare without case and without one final dot.
 * Loopback is 127.0.0.0/8, ::1, its mapped form, localhost and every name under .localhost (RFC 6761: a resolver must not
 * ask the network for them). Pure functions; what they return borrows from the input.
 * Sources: RFC 9110 sections 4.2.3 and 7.2, RFC 6454 section 7. */
#ifndef RPC_HTTP_AUTHORITY_H
#define RPC_HTTP_AUTHORITY_H

#include "state/base/bytes.h"

enum http_host_kind { HTTP_HOST_NAME, HTTP_HOST_IPV4, HTTP_HOST_IPV6 };

struct http_authority {
    enum http_host_kind kind;
    mm_bytes host; /* without brackets and final dot */
    mm_bytes port; /* digits, may be empty */
};

/* False when the text is no host with an optional port. */
bool http_authority_parse(struct http_authority *authority, mm_bytes text);
bool http_authority_is_loopback(const struct http_authority *authority);

/* Whether a page of this origin comes from the same machine and is its owner's. "null" and what is no origin are not; nor are names
 * under ipfs.localhost, where the gateway lets pages of strangers run. */
bool http_origin_is_loopback(mm_bytes origin);
/* Whether a page of this origin, http or https, was served under this authority: the same host, without case, and port, where none is
 * the scheme's own. */
bool http_origin_is_of(mm_bytes origin, mm_bytes authority);
/* Whether a host name lies under a suffix that begins with a dot, without case. */
bool http_host_is_under(mm_bytes host, mm_bytes suffix);

/* A-Z as a-z; no other letters matter in HTTP. */
bool http_equal_no_case(mm_bytes a, mm_bytes b);

#endif
