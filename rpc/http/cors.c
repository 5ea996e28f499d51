#include "rpc/http/http_internal.h"

#include "rpc/http/authority.h"

/* How long a browser may remember a preflight. */
static const char MAX_AGE_S[] = "600";

bool http_origin_trusted(const struct http_request *request)
{
    const mm_bytes origin = request->head.origin;
    if (origin.ptr == NULL || http_origin_is_loopback(origin))
        return true;
    const struct http_options *options = &request->server->options;
    for (size_t i = 0; i < options->origins_count; i++) {
        const mm_bytes listed = mm_bytes_str(options->origins[i]);
        if (mm_bytes_equal(listed, MM_BYTES_LIT("*")) || http_equal_no_case(listed, origin))
            return true;
    }
    return false;
}

/* Under a root's own name pages of strangers run, on the gateway's port, and may set cookies for it. */
static bool is_of_strangers(mm_bytes host)
{
    struct http_authority authority;
    return http_authority_parse(&authority, host) &&
           http_host_is_under(authority.host, MM_BYTES_LIT(".ipfs.localhost"));
}

bool http_is_own_page(struct http_request *request)
{
    const mm_bytes origin = request->head.origin;
    const mm_bytes site = http_header(request, "Sec-Fetch-Site");
    if (site.ptr != NULL && !mm_bytes_equal(site, MM_BYTES_LIT("same-origin")) &&
        !mm_bytes_equal(site, MM_BYTES_LIT("none")))
        return false;
    if (is_of_strangers(http_host(request)))
        return false;
    return origin.ptr == NULL || http_origin_is_of(origin, http_host(request));
}

/* Whether a page of the request's origin may read the answer. */
static bool is_granted(const struct http_request *request)
{
    switch (request->cors) {
    case HTTP_CORS_NONE:
        return false;
    case HTTP_CORS_ANY:
        return true;
    case HTTP_CORS_LISTED:
        return request->head.origin.ptr != NULL && http_origin_trusted(request);
    }
    return false;
}

static void allow_methods(const struct http_request *request, struct http_response *response)
{
    char text[64];
    route_methods_text(text, sizeof text, request->cors_methods | HTTP_OPTIONS);
    http_response_header(response, "Access-Control-Allow-Methods", mm_bytes_str(text));
}

void cors_headers(const struct http_request *request, struct http_response *response)
{
    const bool any = request->cors == HTTP_CORS_ANY;
    if (request->cors == HTTP_CORS_LISTED)
        http_response_header(response, "Vary", MM_BYTES_LIT("Origin")); /* for caches between */
    if (!is_granted(request))
        return;
    http_response_header(response, "Access-Control-Allow-Origin",
                         any ? MM_BYTES_LIT("*") : request->head.origin);
    if (request->cors_expose != NULL)
        http_response_header(response, "Access-Control-Expose-Headers",
                             mm_bytes_str(request->cors_expose));
    if (request->cors_allow != NULL && !request->is_preflight) {
        allow_methods(request, response);
        http_response_header(response, "Access-Control-Allow-Headers",
                             mm_bytes_str(request->cors_allow));
    }
}

/* A list of header names: nothing else may come back in our answer. */
static bool is_name_list(mm_bytes text)
{
    if (text.len == 0 || text.len > ALLOW_HEADERS_BYTES_MAX)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        const uint8_t c = text.ptr[i];
        if (c <= 0x20 ? c != ' ' && c != '\t' : c > 0x7e || strchr("\"():;<=>?@[\\]{}", c) != NULL)
            return false;
    }
    return true;
}

/* The names a route allows always, and those that were asked for. */
static void allow_headers(struct http_request *request, struct http_response *response)
{
    const mm_bytes asked = http_header(request, "Access-Control-Request-Headers");
    struct mm_buf names;
    mm_buf_init(&names, 4 * ALLOW_HEADERS_BYTES_MAX);
    mm_buf_add_text(&names, request->cors_allow != NULL ? request->cors_allow : "Content-Type");
    if (is_name_list(asked)) {
        if (request->cors_allow == NULL)
            mm_buf_reset(&names);
        else
            mm_buf_add_text(&names, ", ");
        mm_buf_add(&names, asked);
    }
    if (mm_buf_err(&names) == MM_OK)
        http_response_header(response, "Access-Control-Allow-Headers", mm_buf_bytes(&names));
    mm_buf_fini(&names);
}

void cors_preflight(struct http_request *request, unsigned methods)
{
    struct http_response response;
    char text[64];
    route_methods_text(text, sizeof text, methods | HTTP_OPTIONS);
    request->is_preflight = true;
    http_response_init(&response, 204, NULL, 0);
    http_response_header(&response, "Allow", mm_bytes_str(text));
    if (is_granted(request)) {
        allow_methods(request, &response);
        allow_headers(request, &response);
        http_response_header(&response, "Access-Control-Max-Age", mm_bytes_str(MAX_AGE_S));
        if (http_equal_no_case(http_header(request, "Access-Control-Request-Private-Network"),
                               MM_BYTES_LIT("true")))
            http_response_header(&response, "Access-Control-Allow-Private-Network",
                                 MM_BYTES_LIT("true"));
    }
    http_answer(request, &response);
}
