/* Which origins the page may load from and speak to. */
#include <stdio.h>

#include "rpc/http/authority.h"
#include "rpc/web/web.h"

enum { ORIGIN_BYTES_MAX = 300 };

/* "http://localhost:8080", or nothing when the door is closed. A host-source of CSP cannot name an IPv6 address: there the page has
 * this door alone, and says so. */
static void origin_at(char out[ORIGIN_BYTES_MAX], const char *scheme,
                      const struct http_authority *authority, uint16_t port)
{
    out[0] = '\0';
    if (port != 0 && authority->host.len > 0 && authority->kind != HTTP_HOST_IPV6)
        (void)snprintf(out, ORIGIN_BYTES_MAX, " %s://%.*s:%u", scheme, (int)authority->host.len,
                       (const char *)authority->host.ptr, (unsigned)port);
}

/* 'self' does not mean the WebSocket of the same host in every browser. */
static void socket_of(char out[ORIGIN_BYTES_MAX], const struct http_authority *authority)
{
    out[0] = '\0';
    if (authority->host.len == 0 || authority->kind == HTTP_HOST_IPV6)
        return;
    (void)snprintf(out, ORIGIN_BYTES_MAX, " ws://%.*s%s%.*s", (int)authority->host.len,
                   (const char *)authority->host.ptr, authority->port.len > 0 ? ":" : "",
                   (int)authority->port.len,
                   authority->port.len > 0 ? (const char *)authority->port.ptr : "");
}

/* With --gateway-subdomains a picture at localhost is answered with the origin of its root. */
static void roots_of(char out[ORIGIN_BYTES_MAX], const struct http_authority *authority,
                     uint16_t port)
{
    out[0] = '\0';
    if (port != 0 && http_equal_no_case(authority->host, MM_BYTES_LIT("localhost")))
        (void)snprintf(out, ORIGIN_BYTES_MAX, " http://*.ipfs.localhost:%u", (unsigned)port);
}

size_t web_policy(char out[WEB_POLICY_BYTES_MAX], mm_bytes text, uint16_t gateway_port,
                  uint16_t api_port)
{
    struct http_authority authority = { 0 };
    char gateway[ORIGIN_BYTES_MAX];
    char api[ORIGIN_BYTES_MAX];
    char roots[ORIGIN_BYTES_MAX];
    char socket[ORIGIN_BYTES_MAX];
    if (!http_authority_parse(&authority, text))
        authority = (struct http_authority){ 0 };
    origin_at(gateway, "http", &authority, gateway_port);
    origin_at(api, "http", &authority, api_port);
    roots_of(roots, &authority, gateway_port);
    socket_of(socket, &authority);
    const int len = snprintf(
        out, WEB_POLICY_BYTES_MAX,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:%s%s; "
        "connect-src 'self'%s%s%s%s; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'",
        gateway, roots, socket, gateway, roots, api);
    return len < 0 ? 0 : (size_t)len;
}
