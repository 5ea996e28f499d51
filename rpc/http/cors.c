#include "http_internal.h"

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

void cors_preflight(struct http_request *request, unsigned methods)
{
    struct http_response response;
    char text[64];
    route_methods_text(text, sizeof text, methods | HTTP_OPTIONS);
    http_response_init(&response, 204, NULL, 0);
    http_response_header(&response, "Allow", mm_bytes_str(text));
    if (is_granted(request) && http_header(request, "Access-Control-Request-Method").ptr != NULL) {
        mm_bytes names = http_header(request, "Access-Control-Request-Headers");
        if (!is_name_list(names))
            names = MM_BYTES_LIT("Content-Type");
        http_response_header(&response, "Access-Control-Allow-Methods", mm_bytes_str(text));
        http_response_header(&response, "Access-Control-Allow-Headers", names);
        http_response_header(&response, "Access-Control-Max-Age", mm_bytes_str(MAX_AGE_S));
        if (http_equal_no_case(http_header(request, "Access-Control-Request-Private-Network"),
                               MM_BYTES_LIT("true")))
            http_response_header(&response, "Access-Control-Allow-Private-Network",
                                 MM_BYTES_LIT("true"));
    }
    http_answer(request, &response);
}
