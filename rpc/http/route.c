#include "rpc/http/http_internal.h"

#include <stdio.h>

static const struct {
    const char *name;
    enum http_method method;
} METHODS[] = {
    { "GET", HTTP_GET }, { "HEAD", HTTP_HEAD },     { "POST", HTTP_POST },
    { "PUT", HTTP_PUT }, { "DELETE", HTTP_DELETE }, { "OPTIONS", HTTP_OPTIONS },
};

enum http_method route_method(mm_bytes name)
{
    for (size_t i = 0; i < MM_COUNT_OF(METHODS); i++) {
        if (mm_bytes_equal(name, mm_bytes_str(METHODS[i].name)))
            return METHODS[i].method;
    }
    return HTTP_OTHER;
}

void route_methods_text(char *out, size_t out_bytes, unsigned methods)
{
    size_t len = 0;
    out[0] = '\0';
    for (size_t i = 0; i < MM_COUNT_OF(METHODS); i++) {
        if ((methods & (unsigned)METHODS[i].method) == 0)
            continue;
        const int added =
            snprintf(out + len, out_bytes - len, "%s%s", len == 0 ? "" : ", ", METHODS[i].name);
        if (added < 0 || (size_t)added >= out_bytes - len)
            return;
        len += (size_t)added;
    }
}

static bool is_on(const struct http_route *route, size_t route_len, mm_bytes path)
{
    if (route->prefix ? path.len < route_len : path.len != route_len)
        return false;
    return memcmp(route->path, path.ptr, route_len) == 0;
}

struct route_match route_find(const struct http_server *server, mm_bytes path,
                              enum http_method method)
{
    struct route_match match = { 0 };
    size_t longest = 0;
    for (size_t i = 0; i < server->options.routes_count; i++) {
        const struct http_route *route = &server->options.routes[i];
        const size_t len = server->path_lens[i];
        if (len < longest || !is_on(route, len, path))
            continue;
        if (len > longest)
            match = (struct route_match){ 0 };
        longest = len;
        unsigned methods = route->methods;
        if ((methods & HTTP_GET) != 0)
            methods |= HTTP_HEAD;
        match.methods |= methods;
        if (match.any == NULL)
            match.any = route;
        if (match.route == NULL && (methods & (unsigned)method) != 0)
            match.route = route;
    }
    return match;
}
