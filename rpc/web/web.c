#include "rpc/web/web.h"

#include "rpc/http/authority.h"
#include "rpc/http/conditional.h"
#include "rpc/http/parameter.h"
#include "rpc/web/files.h"
#include "state/base/assert.h"

/* Whether a list of a header ("text/html,application/xml;q=0.9") has this item, other than with a weight of nothing. */
static bool lists(mm_bytes list, const char *item)
{
    while (list.len > 0) {
        const uint8_t *comma = memchr(list.ptr, ',', list.len);
        const size_t len = comma == NULL ? list.len : (size_t)(comma - list.ptr);
        mm_bytes rest;
        const mm_bytes front = http_value_front(mm_bytes_from(list.ptr, len), &rest);
        if (http_equal_no_case(http_trim(front), mm_bytes_str(item))) {
            uint8_t weight[HTTP_PARAMETER_BYTES_MAX];
            size_t weight_len;
            return http_parameter_find(weight, &weight_len, rest, "q") != HTTP_PARAMETER_OK ||
                   !(weight_len > 0 && weight[0] == '0' &&
                     (weight_len == 1 || strspn((const char *)weight + 1, ".0") >= weight_len - 1));
        }
        list = comma == NULL ? mm_bytes_from(NULL, 0)
                             : mm_bytes_from(comma + 1, list.len - len - 1);
    }
    return false;
}

bool web_is_wanted(struct http_request *request)
{
    return lists(http_header(request, "Accept"), "text/html");
}

static void add_policy(const struct web *web, struct http_request *request,
                       struct http_response *response)
{
    char policy[WEB_POLICY_BYTES_MAX];
    const size_t len =
        web_policy(policy, http_host(request), *web->gateway_port, *web->api_port);
    http_response_header(response, "Content-Security-Policy", mm_bytes_from(policy, len));
    http_response_header(response, "Referrer-Policy", MM_BYTES_LIT("no-referrer"));
    http_response_header(response, "X-Frame-Options", MM_BYTES_LIT("DENY"));
    http_response_header(response, "Cross-Origin-Opener-Policy", MM_BYTES_LIT("same-origin"));
}

/* A 304 has the headers that the answer would have (RFC 9110 section 15.4.5). */
static void send(const struct web *web, struct http_request *request,
                 const struct embedded_file *file, const char *vary)
{
    const bool is_known =
        http_etag_is_listed(http_header(request, "If-None-Match"), mm_bytes_str(file->etag));
    const bool is_packed = lists(http_header(request, "Accept-Encoding"), "gzip");
    struct http_response response;
    http_response_init(&response, is_known ? 304 : 200, is_known ? NULL : file->type, 0);
    if (!is_known)
        response.fixed = is_packed ? file->packed : file->plain;
    if (!is_known && is_packed)
        http_response_header(&response, "Content-Encoding", MM_BYTES_LIT("gzip"));
    http_response_header(&response, "ETag", mm_bytes_str(file->etag));
    http_response_header(&response, "Cache-Control", MM_BYTES_LIT("no-cache"));
    http_response_header(&response, "Vary", mm_bytes_str(vary));
    http_response_header(&response, "X-Content-Type-Options", MM_BYTES_LIT("nosniff"));
    http_response_header(&response, "Cross-Origin-Resource-Policy", MM_BYTES_LIT("same-origin"));
    add_policy(web, request, &response);
    http_answer(request, &response);
}

void web_answer_page(const struct web *web, struct http_request *request)
{
    const struct embedded_file *index = web_file_find(MM_BYTES_LIT("index.html"));
    MM_ASSERT(index != NULL);
    send(web, request, index, "Accept, Accept-Encoding");
}

static void answer_file(void *context, struct http_request *request)
{
    const struct web *web = context;
    const struct embedded_file *file = web_file_find(http_path_rest(request));
    if (file == NULL)
        http_answer_text(request, 404, "the page has no such file");
    else
        send(web, request, file, "Accept-Encoding");
}

struct http_route web_route(struct web *web)
{
    return (struct http_route){ .path = "/web/",
                                .prefix = true,
                                .methods = HTTP_GET,
                                .cors = HTTP_CORS_NONE,
                                .respond = answer_file,
                                .context = web };
}
