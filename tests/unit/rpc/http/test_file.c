/* Embedded files: their types, tags, forms and headers. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/http_client.h"
#include "tests/unit/rpc/http/files.h"

#define H "Host: localhost\r\n"
#define LONG "/files/long.js"
#define SHORT "/files/short.css"

static struct http_server *server;
static struct http_route route;

static void respond(void *context, struct http_request *request)
{
    (void)context;
    static const struct http_file_header headers[] = { { "Content-Security-Policy",
                                                         "default-src 'self'" } };
    const struct http_file *file = http_file_find(test_files, test_files_count, http_path(request));
    if (file == NULL)
        http_answer_text(request, 404, "no such file");
    else
        http_answer_file(request, file, headers, MM_COUNT_OF(headers));
}

static void open_server(void)
{
    route = (struct http_route){
        .path = "/files/", .prefix = true, .methods = HTTP_GET, .respond = respond
    };
    const struct http_options options = { .routes = &route, .routes_count = 1 };
    cr_assert_eq(http_server_start(&server, &options, NULL), MM_OK);
}

static void close_server(void)
{
    http_server_stop(server);
}

TestSuite(http_file, .init = open_server, .fini = close_server, .timeout = 60);

static struct reply get(const char *path, const char *headers)
{
    char text[1024];
    (void)snprintf(text, sizeof text, "GET %s HTTP/1.1\r\n" H "%s\r\n", path, headers);
    return client_ask(http_server_port(server), text);
}

/* Whether the answer's body is this file of the folder. */
static bool is_file(const struct reply *reply, const char *path)
{
    char name[512];
    static uint8_t bytes[1 << 16];
    (void)snprintf(name, sizeof name, "%s/tests/unit/rpc/http%s", MINTMARK_SOURCE, path);
    FILE *file = fopen(name, "rb");
    cr_assert_not_null(file);
    const size_t len = fread(bytes, 1, sizeof bytes, file);
    (void)fclose(file);
    return reply->body_len == len && memcmp(reply->body, bytes, len) == 0;
}

/* The tag of an answer; good until the next. */
static const char *etag_of(const struct reply *reply)
{
    static char etag[128];
    const char *at = strstr(reply->head, "ETag: ");
    cr_assert_not_null(at);
    (void)snprintf(etag, sizeof etag, "%.*s", (int)strcspn(at + 6, "\r"), at + 6);
    return etag;
}

Test(http_file, is_sent_with_its_type_and_what_the_door_adds)
{
    struct reply reply = get(LONG, "");
    cr_assert_eq(reply.status, 200);
    cr_assert(is_file(&reply, LONG));
    cr_assert(reply_has(&reply, "Content-Type: text/javascript; charset=utf-8"));
    cr_assert(reply_has(&reply, "Content-Security-Policy: default-src 'self'"));
    cr_assert(reply_has(&reply, "Cache-Control: no-cache"));
    cr_assert(reply_has(&reply, "X-Content-Type-Options: nosniff"));
    cr_assert(reply_has(&reply, "Vary: Accept-Encoding"));
    cr_assert_null(strstr(reply.head, "Content-Encoding"));
    reply_free(&reply);
    reply = get(SHORT, "");
    cr_assert(is_file(&reply, SHORT));
    cr_assert(reply_has(&reply, "Content-Type: text/css; charset=utf-8"));
    reply_free(&reply);
    reply = get("/files/other.js", "");
    cr_assert_eq(reply.status, 404);
    reply_free(&reply);
}

Test(http_file, goes_out_packed_to_whoever_takes_that_where_it_is_shorter)
{
    struct reply plain = get(LONG, "");
    struct reply packed = get(LONG, "Accept-Encoding: br, gzip\r\n");
    cr_assert(reply_has(&packed, "Content-Encoding: gzip"));
    cr_assert_lt(packed.body_len, plain.body_len);
    cr_assert_eq(packed.body[0], 0x1f);
    cr_assert_eq(packed.body[1], 0x8b);
    cr_assert_str_neq(strstr(packed.head, "ETag"), strstr(plain.head, "ETag"));
    reply_free(&plain);
    reply_free(&packed);
    struct reply small = get(SHORT, "Accept-Encoding: gzip\r\n");
    cr_assert_null(strstr(small.head, "Content-Encoding"));
    cr_assert(is_file(&small, SHORT));
    reply_free(&small);
}

Test(http_file, is_not_sent_again_to_whoever_has_either_form)
{
    static const char *const takes[] = { "", "Accept-Encoding: gzip\r\n" };
    for (size_t i = 0; i < 4; i++) {
        struct reply first = get(LONG, takes[i / 2]);
        char headers[256];
        (void)snprintf(headers, sizeof headers, "If-None-Match: %s\r\n%s", etag_of(&first),
                       takes[i % 2]);
        reply_free(&first);
        struct reply second = get(LONG, headers);
        cr_assert_eq(second.status, 304);
        cr_assert_eq(second.body_len, 0);
        reply_free(&second);
    }
    struct reply other = get(LONG, "If-None-Match: \"another\"\r\n");
    cr_assert_eq(other.status, 200);
    reply_free(&other);
}

Test(http_file, is_packed_only_for_lists_that_name_gzip)
{
    static const char *const yes[] = {
        "gzip", "GZIP", "br,gzip", " deflate , gzip ;q=0.1", "*", "gzip;q=1.0", "identity, *;q=0.5"
    };
    static const char *const no[] = { "",       "br",      "gzip;q=0", "gzip;q=0.0", "gzip; q=0.",
                                      "x-gzip", "gzipped", "*;q=0",    "br;gzip" };
    for (size_t i = 0; i < MM_COUNT_OF(yes); i++)
        cr_expect(http_takes_gzip(mm_bytes_str(yes[i])), "%s", yes[i]);
    for (size_t i = 0; i < MM_COUNT_OF(no); i++)
        cr_expect_not(http_takes_gzip(mm_bytes_str(no[i])), "%s", no[i]);
}
