#include "rpc/client/url.h"

#include <stdio.h>

#include "state/base/assert.h"
#include "state/base/buf.h"

const char *url_verdict_text(enum url_verdict verdict)
{
    switch (verdict) {
    case URL_OK:
        return "ok";
    case URL_NOT_HTTP:
        return "it does not begin with http://";
    case URL_HTTPS:
        return "https is not spoken by a node's doors; put a proxy in front";
    case URL_BAD_HOST:
        return "its host is none";
    case URL_BAD_PORT:
        return "its port is not 1 to 65535";
    case URL_BAD_PATH:
        return "its path is too long or has a query, a fragment or a blank";
    }
    MM_UNREACHABLE();
}

static bool is_host_character(uint8_t c, bool is_ipv6)
{
    const bool alnum = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return alnum || c == '.' || (is_ipv6 ? c == ':' || c == '%' : c == '-' || c == '_');
}

static bool take_host(struct url *url, mm_bytes *rest)
{
    url->is_ipv6 = rest->len > 0 && rest->ptr[0] == '[';
    const size_t from = url->is_ipv6 ? 1 : 0;
    size_t to = from;
    while (to < rest->len && is_host_character(rest->ptr[to], url->is_ipv6))
        to++;
    const size_t len = to - from;
    if (len == 0 || len > URL_HOST_MAX ||
        (url->is_ipv6 && (to == rest->len || rest->ptr[to] != ']')))
        return false;
    memcpy(url->host, rest->ptr + from, len);
    url->host[len] = '\0';
    to += url->is_ipv6;
    *rest = mm_bytes_from(rest->ptr + to, rest->len - to);
    return rest->len == 0 || rest->ptr[0] == ':' || rest->ptr[0] == '/';
}

static bool take_port(struct url *url, mm_bytes *rest)
{
    url->port = 80;
    if (rest->len == 0 || rest->ptr[0] != ':')
        return true;
    uint32_t port = 0;
    size_t at = 1;
    for (; at < rest->len && at < 7 && rest->ptr[at] >= '0' && rest->ptr[at] <= '9'; at++)
        port = port * 10 + (uint32_t)(rest->ptr[at] - '0');
    if (port == 0 || port > UINT16_MAX || (at < rest->len && rest->ptr[at] != '/'))
        return false;
    url->port = (uint16_t)port;
    *rest = mm_bytes_from(rest->ptr + at, rest->len - at);
    return true;
}

static bool take_path(struct url *url, mm_bytes rest)
{
    while (rest.len > 0 && rest.ptr[rest.len - 1] == '/')
        rest.len--;
    if (rest.len > URL_PATH_MAX)
        return false;
    for (size_t i = 0; i < rest.len; i++)
        if (rest.ptr[i] <= ' ' || rest.ptr[i] >= 0x7f || rest.ptr[i] == '?' || rest.ptr[i] == '#')
            return false;
    if (rest.len > 0)
        memcpy(url->path, rest.ptr, rest.len);
    url->path[rest.len] = '\0';
    return true;
}

enum url_verdict url_parse(struct url *url, mm_bytes text)
{
    static const mm_bytes scheme = { (const uint8_t *)"http://", 7 };
    static const mm_bytes tls = { (const uint8_t *)"https://", 8 };
    enum url_verdict verdict = URL_OK;
    *url = (struct url){ .host = "" };
    if (text.len >= tls.len && memcmp(text.ptr, tls.ptr, tls.len) == 0)
        return URL_HTTPS;
    if (text.len < scheme.len || memcmp(text.ptr, scheme.ptr, scheme.len) != 0)
        return URL_NOT_HTTP;
    mm_bytes rest = mm_bytes_from(text.ptr + scheme.len, text.len - scheme.len);
    if (!take_host(url, &rest))
        verdict = URL_BAD_HOST;
    else if (!take_port(url, &rest))
        verdict = URL_BAD_PORT;
    else if (!take_path(url, rest))
        verdict = URL_BAD_PATH;
    if (verdict != URL_OK)
        *url = (struct url){ .host = "" };
    return verdict;
}

void url_origin(char out[URL_ORIGIN_MAX + 1], const struct url *url)
{
    const int len = snprintf(out, URL_ORIGIN_MAX + 1, "http://%s%s%s:%u", url->is_ipv6 ? "[" : "",
                             url->host, url->is_ipv6 ? "]" : "", url->port);
    MM_ASSERT(len > 0 && len <= URL_ORIGIN_MAX);
}

void url_add_escaped(struct mm_buf *buf, mm_bytes text, bool keep_slashes)
{
    for (size_t i = 0; i < text.len; i++) {
        const uint8_t c = text.ptr[i];
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
            c == '.' || c == '_' || c == '~' || c == '-' || (c == '/' && keep_slashes))
            mm_buf_add_byte(buf, c);
        else
            mm_buf_printf(buf, "%%%02X", c);
    }
}
