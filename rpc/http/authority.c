#include "rpc/http/authority.h"

#include <arpa/inet.h>
#include <string.h>

enum { HOST_BYTES_MAX = 253, PORT_DIGITS_MAX = 5 };

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

bool http_equal_no_case(mm_bytes a, mm_bytes b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++) {
        if (lower(a.ptr[i]) != lower(b.ptr[i]))
            return false;
    }
    return true;
}

static bool is_port(mm_bytes text)
{
    if (text.len > PORT_DIGITS_MAX)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
    }
    return true;
}

/* Labels with dots between them, none empty: `127.0.0.1..` is no other way to write an address. */
static bool is_name(mm_bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '.' && (i == 0 || i + 1 == text.len || text.ptr[i - 1] == '.'))
            return false;
        const uint8_t c = lower(text.ptr[i]);
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-' && c != '.' && c != '_')
            return false;
    }
    return text.len > 0 && text.len <= HOST_BYTES_MAX;
}

/* The address in binary: 4 or 16 bytes, or 0. */
static size_t address_of(uint8_t out[16], mm_bytes host, int family)
{
    char text[HOST_BYTES_MAX + 1];
    if (host.len > HOST_BYTES_MAX || host.len == 0 || memchr(host.ptr, 0, host.len) != NULL)
        return 0;
    memcpy(text, host.ptr, host.len);
    text[host.len] = '\0';
    if (inet_pton(family, text, out) != 1)
        return 0;
    return family == AF_INET ? 4 : 16;
}

static bool parse_bracketed(struct http_authority *authority, mm_bytes text)
{
    const uint8_t *end = memchr(text.ptr, ']', text.len);
    if (end == NULL)
        return false;
    const mm_bytes host = mm_bytes_from(text.ptr + 1, (size_t)(end - text.ptr) - 1);
    mm_bytes rest = mm_bytes_from(end + 1, text.len - host.len - 2);
    if (rest.len > 0) {
        if (rest.ptr[0] != ':')
            return false;
        rest = mm_bytes_from(rest.ptr + 1, rest.len - 1);
    }
    uint8_t address[16];
    if (!is_port(rest) || address_of(address, host, AF_INET6) == 0)
        return false;
    *authority = (struct http_authority){ HTTP_HOST_IPV6, host, rest };
    return true;
}

bool http_authority_parse(struct http_authority *authority, mm_bytes text)
{
    *authority = (struct http_authority){ 0 };
    if (text.len == 0)
        return false;
    if (text.ptr[0] == '[')
        return parse_bracketed(authority, text);
    const uint8_t *colon = memchr(text.ptr, ':', text.len);
    mm_bytes host = text;
    mm_bytes port = mm_bytes_from(NULL, 0);
    if (colon != NULL) {
        host.len = (size_t)(colon - text.ptr);
        port = mm_bytes_from(colon + 1, text.len - host.len - 1);
    }
    if (host.len > 1 && host.ptr[host.len - 1] == '.')
        host.len--;
    if (!is_port(port) || !is_name(host))
        return false;
    uint8_t address[16];
    const enum http_host_kind kind =
        address_of(address, host, AF_INET) == 4 ? HTTP_HOST_IPV4 : HTTP_HOST_NAME;
    *authority = (struct http_authority){ kind, host, port };
    return true;
}

bool http_host_is_under(mm_bytes host, mm_bytes suffix)
{
    return host.len > suffix.len &&
           http_equal_no_case(mm_bytes_from(host.ptr + host.len - suffix.len, suffix.len), suffix);
}

bool http_authority_is_loopback(const struct http_authority *authority)
{
    uint8_t address[16];
    switch (authority->kind) {
    case HTTP_HOST_NAME:
        return http_equal_no_case(authority->host, MM_BYTES_LIT("localhost")) ||
               http_host_is_under(authority->host, MM_BYTES_LIT(".localhost"));
    case HTTP_HOST_IPV4:
        return address_of(address, authority->host, AF_INET) == 4 && address[0] == 127;
    case HTTP_HOST_IPV6: {
        static const uint8_t one[16] = { [15] = 1 };
        static const uint8_t mapped[13] = { [10] = 0xff, [11] = 0xff, [12] = 127 };
        return address_of(address, authority->host, AF_INET6) == 16 &&
               (memcmp(address, one, 16) == 0 || memcmp(address, mapped, 13) == 0);
    }
    }
    return false;
}

/* What stands behind http:// or https://. Out: *port, the one that is meant where none is written. */
static bool parse_origin(struct http_authority *authority, mm_bytes *port, mm_bytes origin)
{
    static const struct {
        const char *scheme;
        const char *port;
    } known[] = { { "http://", "80" }, { "https://", "443" } };
    for (size_t i = 0; i < MM_COUNT_OF(known); i++) {
        const mm_bytes scheme = mm_bytes_str(known[i].scheme);
        *port = mm_bytes_str(known[i].port);
        if (origin.len > scheme.len &&
            http_equal_no_case(mm_bytes_from(origin.ptr, scheme.len), scheme))
            return http_authority_parse(
                authority, mm_bytes_from(origin.ptr + scheme.len, origin.len - scheme.len));
    }
    return false;
}

bool http_origin_is_loopback(mm_bytes origin)
{
    struct http_authority authority;
    mm_bytes port;
    return parse_origin(&authority, &port, origin) && http_authority_is_loopback(&authority) &&
           !http_host_is_under(authority.host, MM_BYTES_LIT(".ipfs.localhost"));
}

bool http_origin_is_of(mm_bytes origin, mm_bytes authority)
{
    struct http_authority page;
    struct http_authority own;
    mm_bytes port;
    return parse_origin(&page, &port, origin) && http_authority_parse(&own, authority) &&
           page.kind == own.kind && http_equal_no_case(page.host, own.host) &&
           mm_bytes_equal(page.port.len > 0 ? page.port : port, own.port.len > 0 ? own.port : port);
}
