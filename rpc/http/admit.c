#include "rpc/http/http_internal.h"

#include <openssl/crypto.h>

#include "rpc/http/authority.h"
#include "rpc/http/parameter.h"

/* RFC 9112 section 5.1: a blank before the colon makes another name of "Content-Length", but not for every reader. */
static bool is_field_name(mm_bytes name)
{
    return name.len > 0 && memchr(name.ptr, ' ', name.len) == NULL &&
           memchr(name.ptr, '\t', name.len) == NULL;
}

/* MHD's names of headers are C strings with their length. */
static enum MHD_Result look_at(void *context, enum MHD_ValueKind kind, const char *name,
                               size_t name_len, const char *value, size_t value_len)
{
    (void)kind;
    struct head *head = context;
    const mm_bytes key = mm_bytes_from(name, name_len);
    const mm_bytes text =
        value == NULL ? MM_BYTES_LIT("") : http_trim(mm_bytes_from(value, value_len));
    head->is_malformed |= !is_field_name(key);
    switch (name_len) {
    case 4:
        if (http_equal_no_case(key, MM_BYTES_LIT("Host"))) {
            head->host = text;
            head->hosts++;
        }
        break;
    case 6:
        if (http_equal_no_case(key, MM_BYTES_LIT("Origin")))
            head->origin = text;
        else if (http_equal_no_case(key, MM_BYTES_LIT("Expect")))
            head->expect = text;
        break;
    case 7:
        if (http_equal_no_case(key, MM_BYTES_LIT("Upgrade")))
            head->upgrade = text;
        break;
    case 14:
        if (http_equal_no_case(key, MM_BYTES_LIT("Content-Length"))) {
            head->content_length = text;
            head->content_lengths++;
        }
        break;
    case 17:
        if (http_equal_no_case(key, MM_BYTES_LIT("Transfer-Encoding"))) {
            /* As it came: MHD sees no chunks behind a blank at its end. */
            head->transfer_encoding = mm_bytes_from(value, value == NULL ? 0 : value_len);
            head->transfer_encodings++;
        }
        break;
    default:
        break;
    }
    return MHD_YES;
}

static bool parse_length(uint64_t *length, mm_bytes digits)
{
    *length = 0;
    for (size_t i = 0; i < digits.len; i++) {
        const uint8_t c = digits.ptr[i];
        if (c < '0' || c > '9' || *length > (UINT64_MAX - 9) / 10)
            return false;
        *length = *length * 10 + (c - '0');
    }
    return digits.len > 0;
}

static void refuse(struct http_request *request, unsigned status, const char *text)
{
    http_answer_text(request, status, text);
}

/* Two readers of one connection must never disagree where a request ends (RFC 9112 section 6.3): what can be read in two ways
 * is refused, and the connection is closed. */
static bool frame(struct http_request *request)
{
    const struct head *head = &request->head;
    request->close_after = true;
    if (head->is_malformed) {
        refuse(request, 400, "the name of a header has a blank in it");
        return false;
    }
    if (head->content_lengths + head->transfer_encodings > 1) {
        refuse(request, 400, "the length of the body is given twice");
        return false;
    }
    if (head->transfer_encodings == 1) {
        request->length = HTTP_LENGTH_UNKNOWN;
        if (!http_equal_no_case(head->transfer_encoding, MM_BYTES_LIT("chunked"))) {
            refuse(request, 501, "the only transfer encoding is chunked");
            return false;
        }
    }
    if (head->content_lengths == 1 && !parse_length(&request->length, head->content_length)) {
        refuse(request, 400, "bad Content-Length");
        return false;
    }
    request->close_after = false;
    return true;
}

static bool locate(struct http_request *request)
{
    const mm_bytes target = mm_buf_bytes(&request->target);
    if (!http_target_split(&request->parts, target)) {
        refuse(request, 400, "bad request target");
        return false;
    }
    const mm_bytes raw = request->parts.path;
    uint8_t *out = mm_buf_reserve(&request->path, raw.len);
    if (out == NULL) {
        refuse(request, 503, "no memory");
        return false;
    }
    const size_t len = http_percent_decode(out, raw, false);
    if (len == HTTP_BAD_ESCAPE || memchr(out, 0, len) != NULL ||
        !http_percent_is_valid(request->parts.query)) {
        refuse(request, 400, "bad percent escape");
        return false;
    }
    mm_buf_advance(&request->path, len);
    return true;
}

static bool is_listed(const struct http_options *options, mm_bytes host)
{
    for (size_t i = 0; i < options->host_names_count; i++) {
        const mm_bytes listed = mm_bytes_str(options->host_names[i]);
        if (mm_bytes_equal(listed, MM_BYTES_LIT("*")) || http_equal_no_case(listed, host))
            return true;
    }
    return false;
}

static bool is_ours(const struct http_server *server, mm_bytes text)
{
    struct http_authority authority;
    if (!http_authority_parse(&authority, text))
        return false;
    return http_authority_is_loopback(&authority) ||
           (server->any_address && authority.kind != HTTP_HOST_NAME) ||
           is_listed(&server->options, authority.host);
}

/* A connection names the same host each time: what was ours before is ours. */
static bool is_ours_still(struct http_request *request, mm_bytes host)
{
    if (host.len > 0 && mm_bytes_equal(mm_buf_bytes(&request->known_host), host))
        return true;
    if (!is_ours(request->server, host))
        return false;
    mm_buf_reset(&request->known_host);
    mm_buf_add(&request->known_host, host); /* no memory: it is looked at each time */
    return true;
}

static bool check_host(struct http_request *request)
{
    const struct head *head = &request->head;
    if (head->hosts > 1 || (head->hosts == 0 && !request->is_http10)) {
        request->close_after = true;
        refuse(request, 400, "an HTTP/1.1 request has one Host header");
        return false;
    }
    const mm_bytes absolute = request->parts.authority;
    if ((head->hosts == 1 && !is_ours_still(request, head->host)) ||
        (absolute.len > 0 && !is_ours(request->server, absolute))) {
        request->cors = HTTP_CORS_NONE;
        refuse(request, 403, "this Host is not served here; allow it by name in the configuration");
        return false;
    }
    return true;
}

static void refuse_method(struct http_request *request, unsigned methods)
{
    struct http_response response;
    char text[64];
    route_methods_text(text, sizeof text, methods);
    http_response_init(&response, 405, "text/plain; charset=utf-8", 256);
    mm_buf_printf(&response.body, "this path takes %s\n", text);
    http_response_header(&response, "Allow", mm_bytes_str(text));
    http_answer(request, &response);
}

/* What the route says of origins. false: it refuses this one. */
static bool take_cors(struct http_request *request, const struct http_route *route,
                      unsigned methods)
{
    request->cors = route->cors;
    request->cors_expose = route->cors_expose;
    request->cors_allow = route->cors_allow;
    request->cors_methods = methods;
    if (!route->local_origins_only || http_origin_trusted(request))
        return true;
    request->cors = HTTP_CORS_NONE;
    refuse(request, 403, "this Origin is not allowed");
    return false;
}

static void preflight(struct http_request *request, struct route_match match)
{
    const mm_bytes wanted = http_header(request, "Access-Control-Request-Method");
    if (wanted.ptr != NULL) {
        const struct route_match other =
            route_find(request->server, mm_buf_bytes(&request->path), route_method(wanted));
        if (other.route != NULL)
            match = other;
    }
    const struct http_route *route = match.route != NULL ? match.route : match.any;
    if (take_cors(request, route, match.methods))
        cors_preflight(request, match.methods);
}

/* Whether the request has the server's token, if there is one. How long the look takes says nothing of where they differ. */
static bool check_bearer(struct http_request *request)
{
    static const char SCHEME[] = "Bearer ";
    const mm_bytes expected = mm_bytes_str(
        request->server->options.bearer == NULL ? "" : request->server->options.bearer);
    mm_bytes given = http_header(request, "Authorization");
    if (expected.len == 0)
        return true;
    if (given.len == strlen(SCHEME) + expected.len &&
        http_equal_no_case(mm_bytes_from(given.ptr, strlen(SCHEME)), mm_bytes_str(SCHEME)) &&
        CRYPTO_memcmp(given.ptr + strlen(SCHEME), expected.ptr, expected.len) == 0)
        return true;
    struct http_response response;
    http_response_init(&response, 401, "text/plain; charset=utf-8", 256);
    mm_buf_add_text(&response.body, "this door needs a token: Authorization: Bearer …\n");
    http_response_header(&response, "WWW-Authenticate", MM_BYTES_LIT("Bearer"));
    request->close_after = true;
    http_answer(request, &response);
    return false;
}

static bool choose_route(struct http_request *request)
{
    const mm_bytes path = mm_buf_bytes(&request->path);
    if (request->method == HTTP_OPTIONS && mm_bytes_equal(path, MM_BYTES_LIT("*"))) {
        cors_preflight(request, HTTP_GET | HTTP_HEAD | HTTP_POST);
        return false;
    }
    const struct route_match match = route_find(request->server, path, request->method);
    if (match.any == NULL) {
        refuse(request, 404, "not found");
        return false;
    }
    if (match.route == NULL && request->method == HTTP_OPTIONS) {
        preflight(request, match);
        return false;
    }
    const struct http_route *route = match.route != NULL ? match.route : match.any;
    if (!take_cors(request, route, match.methods) || !check_bearer(request))
        return false;
    if (match.route == NULL) {
        refuse_method(request, match.methods);
        return false;
    }
    request->route = route;
    return true;
}

static void limit_body(struct http_request *request)
{
    const struct http_route *route = request->route;
    request->body_bytes_max = route->body_bytes_max;
    if (route->body_bytes_max == 0)
        request->body_bytes_max =
            route->upload != NULL ? SIZE_MAX : request->server->options.body_bytes_max;
    if (request->length != HTTP_LENGTH_UNKNOWN && request->length > request->body_bytes_max) {
        request->close_after = true;
        refuse(request, 413, "the body is too large");
    }
}

void admit(struct http_request *request)
{
    request->head = (struct head){ 0 };
    request->route = NULL;
    request->cors = request->server->options.cors;
    request->cors_expose = request->cors_allow = NULL;
    request->is_preflight = false;
    request->length = 0;
    request->received = 0;
    (void)MHD_get_connection_values_n(request->mhd, MHD_HEADER_KIND, look_at, &request->head);
    request->expects_continue =
        !request->is_http10 &&
        http_equal_no_case(request->head.expect, MM_BYTES_LIT("100-continue"));
    if (request->target_is_lost) {
        request->close_after = true;
        refuse(request, 503, "no memory");
        return;
    }
    if (frame(request) && locate(request) && check_host(request) && choose_route(request))
        limit_body(request);
}
