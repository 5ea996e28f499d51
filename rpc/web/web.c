#include "rpc/web/web.h"

#include <stdio.h>

#include "rpc/http/authority.h"
#include "rpc/http/parameter.h"
#include "rpc/web/files.h"
#include "state/base/assert.h"

enum { PATH_BYTES_MAX = 200 };

/* One range of an Accept header ("text/html;q=0.9"): whether it is this one, with a weight. */
static bool is_html(mm_bytes range)
{
    uint8_t weight[HTTP_PARAMETER_BYTES_MAX];
    size_t len;
    mm_bytes rest;
    const mm_bytes type = http_trim(http_value_front(range, &rest));
    if (!http_equal_no_case(type, MM_BYTES_LIT("text/html")))
        return false;
    if (http_parameter_find(weight, &len, rest, "q") != HTTP_PARAMETER_OK)
        return true;
    for (size_t i = 0; i < len; i++) {
        if (weight[i] != '0' && weight[i] != '.')
            return true;
    }
    return false;
}

bool web_takes_page(mm_bytes accept)
{
    mm_bytes left = accept;
    while (left.len > 0) {
        const uint8_t *comma = memchr(left.ptr, ',', left.len);
        const size_t len = comma == NULL ? left.len : (size_t)(comma - left.ptr);
        if (is_html(mm_bytes_from(left.ptr, len)))
            return true;
        const size_t taken = comma == NULL ? len : len + 1;
        left = mm_bytes_from(left.ptr + taken, left.len - taken);
    }
    return false;
}

bool web_is_wanted(struct http_request *request)
{
    return web_takes_page(http_header(request, "Accept"));
}

/* A file of the folder page/. */
static const struct http_file *find(mm_bytes name)
{
    char path[PATH_BYTES_MAX];
    const int len =
        snprintf(path, sizeof path, "/page/%.*s", (int)name.len, (const char *)name.ptr);
    return len < 0 || (size_t)len >= sizeof path
               ? NULL
               : http_file_find(web_files, web_files_count, mm_bytes_from(path, (size_t)len));
}

static void send(const struct web *web, struct http_request *request, const struct http_file *file,
                 const char *vary)
{
    char policy[WEB_POLICY_BYTES_MAX];
    (void)web_policy(policy, http_host(request), *web->gateway_port, *web->api_port);
    const struct http_file_header headers[] = {
        { "Content-Security-Policy", policy },
        { "Referrer-Policy", "no-referrer" },
        { "X-Frame-Options", "DENY" },
        { "Cross-Origin-Opener-Policy", "same-origin" },
        { "Cross-Origin-Resource-Policy", "same-origin" },
        { "Vary", vary },
    };
    http_answer_file(request, file, headers, MM_COUNT_OF(headers) - (vary == NULL ? 1 : 0));
}

void web_answer_page(const struct web *web, struct http_request *request)
{
    const struct http_file *index = find(MM_BYTES_LIT("index.html"));
    MM_ASSERT(index != NULL);
    send(web, request, index, "Accept");
}

static void answer_file(void *context, struct http_request *request)
{
    const struct web *web = context;
    const mm_bytes name = http_path_rest(request);
    const struct http_file *file = name.len > PATH_BYTES_MAX ? NULL : find(name);
    if (file == NULL)
        http_answer_text(request, 404, "the page has no such file");
    else
        send(web, request, file, NULL);
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
