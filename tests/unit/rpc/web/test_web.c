/* The page's files: what is sent, how it is packed, what a browser may do with it. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "rpc/web/files.h"
#include "rpc/web/web.h"
#include "tests/lib/http_client.h"

#define H "Host: localhost:8545\r\n"

static const uint16_t gateway_port = 8080;
static const uint16_t api_port = 5001;
static struct web web;
static struct http_route routes[2];
static struct http_server *server;

static void answer_root(void *context, struct http_request *request)
{
    if (web_is_wanted(request))
        web_answer_page(context, request);
    else
        http_answer_text(request, 200, "a node");
}

static void open_all(void)
{
    web = (struct web){ &gateway_port, &api_port };
    routes[0] = (struct http_route){
        .path = "/", .methods = HTTP_GET, .respond = answer_root, .context = &web
    };
    routes[1] = web_route(&web);
    const struct http_options http = { .routes = routes, .routes_count = 2 };
    cr_assert_eq(http_server_start(&server, &http, NULL), MM_OK);
}

static void close_all(void)
{
    http_server_stop(server);
}

TestSuite(web, .init = open_all, .fini = close_all, .timeout = 60);

static struct reply get(const char *path, const char *headers)
{
    char text[1024];
    (void)snprintf(text, sizeof text, "GET %s HTTP/1.1\r\n" H "%s\r\n", path, headers);
    return client_ask(http_server_port(server), text);
}

/* ---- who gets the page ---- */

Test(web, a_browser_gets_the_page_and_a_script_the_line)
{
    struct reply page =
        get("/", "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n");
    struct reply line = get("/", "Accept: */*\r\n");
    struct reply refused = get("/", "Accept: text/html;q=0, text/plain\r\n");
    cr_assert_eq(page.status, 200);
    cr_assert(reply_has(&page, "Content-Type: text/html; charset=utf-8"));
    cr_assert(reply_has(&page, "Vary: Accept"));
    cr_assert_not_null(strstr((const char *)page.body, "<!doctype html>"));
    cr_assert(reply_body_is(&line, "a node\n"));
    cr_assert(reply_body_is(&refused, "a node\n"));
    reply_free(&page);
    reply_free(&line);
    reply_free(&refused);
}

Test(web, no_script_and_no_style_stands_in_the_document)
{
    const struct http_file *index =
        http_file_find(web_files, web_files_count, MM_BYTES_LIT("/page/index.html"));
    char text[16384];
    cr_assert_not_null(index);
    cr_assert_lt(index->bytes.len, sizeof text);
    memcpy(text, index->bytes.ptr, index->bytes.len);
    text[index->bytes.len] = '\0';
    cr_assert_null(strstr(text, "<style"));
    cr_assert_null(strstr(text, "style="));
    cr_assert_null(strstr(text, "onclick"));
    cr_assert_null(strstr(text, "://"), "nothing is loaded from elsewhere");
    for (const char *at = text; (at = strstr(at, "<script")) != NULL; at++)
        cr_assert_not_null(strstr(at, "src=\"/web/"));
}

/* ---- files ---- */

Test(web, each_file_is_there_with_its_type_and_tag)
{
    const size_t folder = sizeof "/page/" - 1;
    cr_assert_geq(web_files_count, 4u);
    for (size_t i = 0; i < web_files_count; i++) {
        const struct http_file *file = &web_files[i];
        char path[300];
        char type[100];
        char tag[100];
        (void)snprintf(path, sizeof path, "/web/%s", file->path + folder);
        (void)snprintf(type, sizeof type, "Content-Type: %s", file->media_type);
        (void)snprintf(tag, sizeof tag, "ETag: %s", file->etag);
        struct reply reply = get(path, "");
        cr_assert_eq(reply.status, 200, "%s", path);
        cr_assert(reply_has(&reply, type), "%s", path);
        cr_assert(reply_has(&reply, tag), "%s", path);
        cr_assert(reply_has(&reply, "X-Content-Type-Options: nosniff"));
        cr_assert_eq(reply.body_len, file->bytes.len);
        cr_assert_eq(memcmp(reply.body, file->bytes.ptr, reply.body_len), 0);
        reply_free(&reply);
    }
}

static bool has(const struct http_file *file, const char *text)
{
    return memmem(file->bytes.ptr, file->bytes.len, text, strlen(text)) != NULL;
}

Test(web, scripts_and_styles_are_one_file_each)
{
    const struct http_file *script =
        http_file_find(web_files, web_files_count, MM_BYTES_LIT("/page/main.js"));
    const struct http_file *style =
        http_file_find(web_files, web_files_count, MM_BYTES_LIT("/page/page.css"));
    cr_assert_not_null(script);
    cr_assert_not_null(style);
    cr_assert(has(script, "const lib_dom = (() => {"));
    cr_assert(has(script, "const view_nowhere = (() => {"));
    cr_assert_not(has(script, "\nimport "));
    cr_assert_not(has(script, "\nexport "));
    cr_assert_not(has(style, "@import"));
    cr_assert(has(style, ".plates {"));
}

Test(web, who_takes_gzip_gets_it_packed)
{
    struct reply packed = get("/web/main.js", "Accept-Encoding: br, gzip\r\n");
    cr_assert(reply_has(&packed, "Content-Encoding: gzip"));
    cr_assert(reply_has(&packed, "Vary: Accept-Encoding"));
    cr_assert_eq(memcmp(packed.body, "\x1f\x8b\x08", 3), 0);
    reply_free(&packed);
}

Test(web, what_is_no_file_of_the_page_is_404)
{
    static const char *const paths[] = { "/web/",          "/web/nothing.js", "/web/../main.js",
                                         "/web/lib",       "/web/main.js/",   "/web/%2e%2e/main.js",
                                         "/web/lib/dom.js" };
    for (size_t i = 0; i < MM_COUNT_OF(paths); i++) {
        struct reply reply = get(paths[i], "");
        cr_assert_eq(reply.status, 404, "%s", paths[i]);
        reply_free(&reply);
    }
}

Test(web, pages_of_other_origins_cannot_read_or_frame_it)
{
    struct reply reply = get("/web/main.js", "Origin: http://elsewhere.example\r\n");
    cr_assert_null(strstr(reply.head, "Access-Control-Allow-Origin"));
    cr_assert(reply_has(&reply, "Cross-Origin-Resource-Policy: same-origin"));
    cr_assert(reply_has(&reply, "X-Frame-Options: DENY"));
    cr_assert_not_null(strstr(reply.head, "frame-ancestors 'none'"));
    reply_free(&reply);
}

/* ---- the policy ---- */

static bool allows(const char *authority, uint16_t gateway, uint16_t api, const char *text)
{
    char policy[WEB_POLICY_BYTES_MAX];
    const size_t len = web_policy(policy, mm_bytes_str(authority), gateway, api);
    cr_assert_eq(len, strlen(policy));
    return strstr(policy, text) != NULL;
}

Test(web_policy, names_the_doors_at_the_host_that_was_asked)
{
    cr_assert(allows("127.0.0.1:8545", 8080, 5001,
                     "img-src 'self' blob: http://127.0.0.1:8080; connect-src 'self' "
                     "ws://127.0.0.1:8545 http://127.0.0.1:8080 http://127.0.0.1:5001; "));
    cr_assert(allows("node.example", 8080, 0,
                     "img-src 'self' blob: http://node.example:8080; "
                     "connect-src 'self' ws://node.example "
                     "http://node.example:8080; "));
}

Test(web_policy, at_localhost_pictures_may_come_from_the_origin_of_their_root)
{
    cr_assert(allows("localhost:8545", 8080, 5001,
                     "img-src 'self' blob: http://localhost:8080 http://*.ipfs.localhost:8080; "));
}

Test(web_policy, names_no_door_that_is_closed)
{
    cr_assert(allows("localhost:8545", 0, 0,
                     "img-src 'self' blob:; connect-src 'self' ws://localhost:8545; "));
}

Test(web_policy, never_allows_what_stands_in_a_document)
{
    cr_assert(allows("localhost", 1, 1, "script-src 'self'; style-src 'self'; "));
    cr_assert_not(allows("localhost", 1, 1, "unsafe"));
    cr_assert_not(allows("localhost", 1, 1, "data:"));
    cr_assert(allows("localhost", 1, 1, "require-trusted-types-for 'script'"));
}

Test(web_policy, a_host_that_is_none_gets_this_origin_alone)
{
    static const char *const hosts[] = {
        "", "a b", "a;script-src *", "'none'", "a,b", "[::1]:8545"
    };
    for (size_t i = 0; i < MM_COUNT_OF(hosts); i++)
        cr_assert(allows(hosts[i], 8080, 5001, "img-src 'self' blob:; connect-src 'self'; "), "%s",
                  hosts[i]);
}
