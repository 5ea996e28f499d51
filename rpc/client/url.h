/* http://host[:port][/path]: where a client connects and what it asks for.
 *
 * A host is a name, an IPv4 address or an IPv6 address in brackets. https, user names and fragments are refused by name:
 * a node's doors have none of them. Pure functions; nothing allocates. Source: RFC 3986, RFC 9110 section 4.2.1. */
#ifndef RPC_CLIENT_URL_H
#define RPC_CLIENT_URL_H

#include "state/base/bytes.h"
#include "state/base/err.h"

enum { URL_HOST_MAX = 253, URL_PATH_MAX = 1024 };

struct url {
    char host[URL_HOST_MAX + 1]; /* without brackets */
    bool is_ipv6;
    uint16_t port;
    char path[URL_PATH_MAX + 1]; /* without a final slash: "" or "/node" */
};

enum url_verdict {
    URL_OK = 0,
    URL_NOT_HTTP, /* does not begin with http:// */
    URL_HTTPS,    /* TLS is not spoken here */
    URL_BAD_HOST, /* empty, too long, user name, or characters that no host has */
    URL_BAD_PORT, /* not 1 to 65535 */
    URL_BAD_PATH, /* too long, or with a query, fragment, blank or control character */
};

/* Never NULL. */
const char *url_verdict_text(enum url_verdict verdict);
/* Out: *url, empty on refusal. */
MM_MUST_USE enum url_verdict url_parse(struct url *url, mm_bytes text);
/* "http://[::1]:8545", terminated. */
enum { URL_ORIGIN_MAX = 7 + URL_HOST_MAX + 2 + 6 };
void url_origin(char out[URL_ORIGIN_MAX + 1], const struct url *url);

/* Appends text with everything but [A-Za-z0-9._~-] (and '/', where keep_slashes) as %XX. */
struct mm_buf;
void url_add_escaped(struct mm_buf *buf, mm_bytes text, bool keep_slashes);

#endif
