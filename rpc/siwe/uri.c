/* RFC 3986, appendix A: the rules below have its names. */
#include "rpc/siwe/siwe_internal.h"

enum { IPV6_GROUPS = 8, GROUP_DIGITS_MAX = 4, OCTET_MAX = 255 };

bool siwe_is_alpha(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool siwe_is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex(uint8_t c)
{
    return siwe_is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool are_digits(mm_bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!siwe_is_digit(text.ptr[i]))
            return false;
    }
    return true;
}

bool siwe_is_number(mm_bytes text)
{
    return text.len > 0 && are_digits(text);
}

static bool is_one_of(uint8_t c, const char *set)
{
    return c != '\0' && strchr(set, c) != NULL;
}

bool siwe_is_run(mm_bytes text, const char *more, enum siwe_escapes escapes)
{
    for (size_t i = 0; i < text.len; i++) {
        const uint8_t c = text.ptr[i];
        if (siwe_is_alpha(c) || siwe_is_digit(c) || is_one_of(c, "-._~") /* unreserved */ ||
            is_one_of(c, "!$&'()*+,;=") /* sub-delims */ || is_one_of(c, more))
            continue;
        if (c != '%' || escapes == SIWE_NO_ESCAPES || text.len - i < 3 ||
            !is_hex(text.ptr[i + 1]) || !is_hex(text.ptr[i + 2]))
            return false;
        i += 2;
    }
    return true;
}

/* Cuts off what stands before the first `c`, and `c` itself. False, and nothing is cut: there is none. */
static bool cut(mm_bytes *front, mm_bytes *text, uint8_t c)
{
    const uint8_t *at = text->len == 0 ? NULL : memchr(text->ptr, c, text->len);
    if (at == NULL)
        return false;
    *front = mm_bytes_from(text->ptr, (size_t)(at - text->ptr));
    *text = mm_bytes_from(at + 1, text->len - front->len - 1);
    return true;
}

/* ---- authority ---- */

/* dec-octet: 0 to 255 without leading zeros. */
static bool is_octet(mm_bytes text)
{
    unsigned value = 0;
    if (text.len > 3 || !siwe_is_number(text) || (text.len > 1 && text.ptr[0] == '0'))
        return false;
    for (size_t i = 0; i < text.len; i++)
        value = value * 10 + (unsigned)(text.ptr[i] - '0');
    return value <= OCTET_MAX;
}

static bool is_ipv4(mm_bytes text)
{
    mm_bytes octet;
    for (size_t i = 0; i < 3; i++) {
        if (!cut(&octet, &text, '.') || !is_octet(octet))
            return false;
    }
    return is_octet(text);
}

/* Groups of one to four digits with colons between them, eight; or fewer with "::" once. An IPv4 address may be the last two. */
static bool is_ipv6(mm_bytes text)
{
    size_t groups = 0;
    bool has_gap = text.len >= 2 && text.ptr[0] == ':' && text.ptr[1] == ':';
    size_t at = has_gap ? 2 : 0;
    while (at < text.len) {
        size_t digits = 0;
        while (digits < GROUP_DIGITS_MAX && at + digits < text.len && is_hex(text.ptr[at + digits]))
            digits++;
        if (at + digits < text.len && text.ptr[at + digits] == '.') {
            groups += 2;
            if (!is_ipv4(mm_bytes_from(text.ptr + at, text.len - at)))
                return false;
            break;
        }
        if (digits == 0)
            return false;
        groups++;
        at += digits;
        if (at == text.len)
            break;
        if (text.ptr[at] != ':' || at + 1 == text.len)
            return false;
        at++;
        if (text.ptr[at] == ':') {
            if (has_gap)
                return false;
            has_gap = true;
            at++;
        }
    }
    return has_gap ? groups < IPV6_GROUPS : groups == IPV6_GROUPS;
}

/* IPvFuture: v, digits, a point, and something. */
static bool is_ip_future(mm_bytes text)
{
    mm_bytes version;
    if (text.len == 0 || (text.ptr[0] != 'v' && text.ptr[0] != 'V'))
        return false;
    text = mm_bytes_from(text.ptr + 1, text.len - 1);
    if (!cut(&version, &text, '.') || version.len == 0)
        return false;
    for (size_t i = 0; i < version.len; i++) {
        if (!is_hex(version.ptr[i]))
            return false;
    }
    return text.len > 0 && siwe_is_run(text, ":", SIWE_NO_ESCAPES);
}

/* What stands behind a bracketed address: nothing, or a port. */
static bool is_port_part(mm_bytes text)
{
    return text.len == 0 ||
           (text.ptr[0] == ':' && are_digits(mm_bytes_from(text.ptr + 1, text.len - 1)));
}

bool siwe_is_authority(mm_bytes text)
{
    mm_bytes userinfo;
    mm_bytes host;
    if (cut(&userinfo, &text, '@') && !siwe_is_run(userinfo, ":", SIWE_ESCAPES))
        return false;
    if (text.len > 0 && text.ptr[0] == '[') {
        text = mm_bytes_from(text.ptr + 1, text.len - 1);
        return cut(&host, &text, ']') && (is_ipv6(host) || is_ip_future(host)) &&
               is_port_part(text);
    }
    if (cut(&host, &text, ':'))
        return siwe_is_run(host, "", SIWE_ESCAPES) && are_digits(text);
    return siwe_is_run(text, "", SIWE_ESCAPES); /* an IPv4 address is a name as well */
}

/* ---- URI ---- */

bool siwe_is_scheme(mm_bytes text)
{
    if (text.len == 0 || !siwe_is_alpha(text.ptr[0]))
        return false;
    for (size_t i = 1; i < text.len; i++) {
        const uint8_t c = text.ptr[i];
        if (!siwe_is_alpha(c) && !siwe_is_digit(c) && !is_one_of(c, "+-."))
            return false;
    }
    return true;
}

/* The text without what follows the first `c`, which is checked. */
static bool cut_tail(mm_bytes *text, uint8_t c)
{
    mm_bytes front;
    if (!cut(&front, text, c))
        return true;
    const bool is_good = siwe_is_run(*text, SIWE_PCHAR "/?", SIWE_ESCAPES);
    *text = front;
    return is_good;
}

/* hier-part. A path without an authority does not begin with two slashes: they would begin one. */
static bool parse_hierarchy(struct siwe_uri *uri, mm_bytes text)
{
    uri->has_authority = text.len >= 2 && text.ptr[0] == '/' && text.ptr[1] == '/';
    if (uri->has_authority) {
        text = mm_bytes_from(text.ptr + 2, text.len - 2);
        const uint8_t *slash = text.len == 0 ? NULL : memchr(text.ptr, '/', text.len);
        uri->authority =
            mm_bytes_from(text.ptr, slash == NULL ? text.len : (size_t)(slash - text.ptr));
        if (!siwe_is_authority(uri->authority))
            return false;
        text = mm_bytes_from(text.ptr + uri->authority.len, text.len - uri->authority.len);
    }
    return siwe_is_run(text, SIWE_PCHAR "/", SIWE_ESCAPES);
}

bool siwe_parse_uri(struct siwe_uri *uri, mm_bytes text)
{
    *uri = (struct siwe_uri){ .has_authority = false };
    return cut(&uri->scheme, &text, ':') && siwe_is_scheme(uri->scheme) && cut_tail(&text, '#') &&
           cut_tail(&text, '?') && parse_hierarchy(uri, text);
}
