#include "rpc/http/http_internal.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <time.h>

#include "rpc/http/parameter.h"

enum http_method http_method(const struct http_request *request)
{
    return request->method;
}

mm_bytes http_target(const struct http_request *request)
{
    return mm_buf_bytes(&request->target);
}

mm_bytes http_raw_path(const struct http_request *request)
{
    return request->parts.path;
}

mm_bytes http_raw_query(const struct http_request *request)
{
    return request->parts.query;
}

mm_bytes http_path(const struct http_request *request)
{
    return mm_buf_bytes(&request->path);
}

mm_bytes http_path_rest(const struct http_request *request)
{
    const mm_bytes path = http_path(request);
    const size_t own = request->route == NULL ? 0 : strlen(request->route->path);
    return mm_bytes_from(path.ptr + own, path.len - own);
}

mm_bytes http_header(struct http_request *request, const char *name)
{
    const char *value = NULL;
    size_t len = 0;
    if (MHD_lookup_connection_value_n(request->mhd, MHD_HEADER_KIND, name, strlen(name), &value,
                                      &len) != MHD_YES ||
        value == NULL)
        return mm_bytes_from(NULL, 0);
    return http_trim(mm_bytes_from(value, len));
}

mm_bytes http_host(const struct http_request *request)
{
    return request->parts.authority.len > 0 ? request->parts.authority : request->head.host;
}

mm_bytes http_origin(const struct http_request *request)
{
    return request->head.origin;
}

const char *http_remote(struct http_request *request)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(request->mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    if (info == NULL || info->client_addr == NULL || request->remote[0] != '\0')
        return request->remote;
    const struct sockaddr *address = info->client_addr;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    const void *binary;
    if (address->sa_family == AF_INET6) {
        memcpy(&v6, address, sizeof v6);
        binary = &v6.sin6_addr;
    } else {
        memcpy(&v4, address, sizeof v4);
        binary = &v4.sin_addr;
    }
    if (inet_ntop(address->sa_family, binary, request->remote, sizeof request->remote) == NULL)
        request->remote[0] = '\0';
    return request->remote;
}

mm_bytes http_body(const struct http_request *request)
{
    return mm_buf_bytes(&request->body);
}

struct mm_buf http_body_take(struct http_request *request)
{
    const struct mm_buf body = request->body;
    mm_buf_init(&request->body, body.bytes_max);
    return body;
}

struct mm_arena *http_arena(struct http_request *request)
{
    return &request->arena;
}

static bool decoded(struct http_request *request, mm_bytes *out, mm_bytes raw)
{
    uint8_t *copy = mm_arena_alloc(&request->arena, raw.len);
    if (copy == NULL)
        return false;
    const size_t len = http_percent_decode(copy, raw, true); /* admit.c saw that it is valid */
    *out = mm_bytes_from(copy, len == HTTP_BAD_ESCAPE ? 0 : len);
    return true;
}

bool http_query_next(struct http_request *request, size_t *at, struct http_param *param)
{
    *param = (struct http_param){ 0 };
    const mm_bytes query = request->parts.query;
    if (query.len == 0)
        return false;
    mm_bytes rest = mm_bytes_from(query.ptr + *at, query.len - *at);
    mm_bytes name;
    mm_bytes value;
    if (!http_query_cut(&rest, &name, &value))
        return false;
    *at = query.len - rest.len;
    return decoded(request, &param->name, name) && decoded(request, &param->value, value);
}

bool http_query(struct http_request *request, const char *name, mm_bytes *value)
{
    size_t at = 0;
    struct http_param param;
    while (http_query_next(request, &at, &param)) {
        if (mm_bytes_equal(param.name, mm_bytes_str(name))) {
            *value = param.value;
            return true;
        }
    }
    *value = mm_bytes_from(NULL, 0);
    return false;
}

uint64_t http_now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}
