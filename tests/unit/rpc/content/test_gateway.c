#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/rpc/content/doors.h"

TestSuite(gateway, .init = doors_open, .fini = doors_close, .timeout = 60);

static const uint8_t PNG[] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n',
                               0,    0,   0,   13,  'I',  'H',  'D',  'R' };

static struct reply get(const char *hash, const char *path, const char *headers)
{
    char target[1024];
    (void)snprintf(target, sizeof target, "/ipfs/%s%s", hash, path);
    return doors_get(target, headers);
}

static void expect_header(const char *hash, const char *path, const char *headers, int status,
                          const char *line)
{
    struct reply reply = get(hash, path, headers);
    cr_expect_eq(reply.status, status, "%s: %s", path, reply.head);
    cr_expect(line == NULL || reply_has(&reply, line), "%s lacks %s: %s", path, line, reply.head);
    cr_expect(status == 301 || reply_has(&reply, "X-Content-Type-Options: nosniff"));
    cr_expect(reply_has(&reply, "Access-Control-Allow-Origin: *"));
    reply_free(&reply);
}

/* A folder of one file of each kind, in folders where asked. */
static void add_folder(char hash[128])
{
    struct form form = form_new();
    form_file(&form, "picture", MM_BYTES_OF(PNG));
    form_file(&form, "wrong.jpg", MM_BYTES_OF(PNG));
    form_file(&form, "page.html", MM_BYTES_LIT("<script>alert(1)</script>"));
    form_file(&form, "art.svg",
              MM_BYTES_LIT("<svg xmlns=\"http://www.w3.org/2000/svg\"><script/></svg>"));
    form_file(&form, "nameless-svg",
              MM_BYTES_LIT("<svg xmlns=\"http://www.w3.org/2000/svg\"><script/></svg>"));
    form_file(&form, "1.json", MM_BYTES_LIT("{\"name\":\"one\"}"));
    form_file(&form, "empty.txt", MM_BYTES_LIT(""));
    form_file(&form, "site%2Findex.html", MM_BYTES_LIT("<h1>home</h1>"));
    form_file(&form, "odd%2F%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E%22%27%26.txt",
              MM_BYTES_LIT("odd"));
    form_file(&form, "odd%2Fa%25b%3F%23.txt", MM_BYTES_LIT("odd"));
    struct reply reply = form_send(&form, "wrap-with-directory=true&cid-version=1", 0);
    cr_assert_eq(reply.status, 200);
    const char *last = NULL;
    for (const char *at = (const char *)reply.body; (at = strstr(at, "\"Hash\":\"")) != NULL;
         at += 8)
        last = at + 8;
    (void)snprintf(hash, 128, "%.*s", (int)strcspn(last, "\""), last);
    reply_free(&reply);
}

Test(gateway, takes_the_type_from_the_name_and_else_from_the_bytes)
{
    char hash[128];
    add_folder(hash);
    expect_header(hash, "/picture", "", 200, "Content-Type: image/png");
    expect_header(hash, "/wrong.jpg", "", 200, "Content-Type: image/jpeg");
    expect_header(hash, "/1.json", "", 200, "Content-Type: application/json");
    expect_header(hash, "/nameless-svg", "", 200, "Content-Type: image/svg+xml");
    expect_header(hash, "/picture?filename=x.gif", "", 200, "Content-Type: image/gif");
    expect_header(hash, "/empty.txt", "", 200, "Content-Length: 0");
    expect_header(hash, "/picture", "", 200, "Cache-Control: public, max-age=29030400, immutable");
    expect_header(hash, "/picture", "", 200, "Accept-Ranges: bytes");
    expect_header(hash, "/picture", "", 200, "Cross-Origin-Resource-Policy: cross-origin");
}

Test(gateway, sandboxes_what_could_run)
{
    static const char *const active[] = { "/page.html",
                                          "/art.svg",
                                          "/nameless-svg",
                                          "/picture?filename=a.pdf",
                                          "/picture?filename=a.xml",
                                          "/site/",
                                          "/odd/" };
    static const char *const passive[] = { "/picture", "/1.json", "/empty.txt" };
    char hash[128];
    add_folder(hash);
    for (size_t i = 0; i < MM_COUNT_OF(active); i++)
        expect_header(hash, active[i], "", 200,
                      "Content-Security-Policy: sandbox; default-src 'none'; img-src 'self' data:; "
                      "style-src 'unsafe-inline'; "
                      "media-src 'self'");
    for (size_t i = 0; i < MM_COUNT_OF(passive); i++) {
        struct reply reply = get(hash, passive[i], "");
        cr_expect_null(strstr(reply.head, "Content-Security-Policy"), "%s", passive[i]);
        reply_free(&reply);
    }
}

Test(gateway_trusting, leaves_pages_alone_when_told)
{
    char hash[128];
    doors_open_with(&(struct content_api_options){ 0 }, 0, true);
    add_folder(hash);
    struct reply reply = get(hash, "/page.html", "");
    cr_assert_eq(reply.status, 200);
    cr_assert_null(strstr(reply.head, "Content-Security-Policy"));
    reply_free(&reply);
    doors_close();
}

Test(gateway, answers_ranges_and_conditions)
{
    char hash[128];
    char line[256];
    doors_add(hash, "cid-version=1", "a", MM_BYTES_LIT("0123456789"));
    struct reply reply = get(hash, "", "Range: bytes=-3\r\n");
    cr_assert_eq(reply.status, 206);
    cr_assert(reply_has(&reply, "Content-Range: bytes 7-9/10"));
    cr_assert(reply_body_is(&reply, "789"));
    reply_free(&reply);
    expect_header(hash, "", "Range: bytes=10-\r\n", 416, "Content-Range: bytes */10");
    expect_header(hash, "", "Range: nonsense\r\n", 200, "Content-Length: 10");
    (void)snprintf(line, sizeof line, "If-None-Match: W/\"x\", \"%s\"\r\n", hash);
    reply = get(hash, "", line);
    cr_assert_eq(reply.status, 304);
    (void)snprintf(line, sizeof line, "Etag: \"%s\"", hash);
    cr_assert(reply_has(&reply, line));
    cr_assert_eq(reply.body_len, 0);
    reply_free(&reply);
    expect_header(hash, "", "If-None-Match: \"other\"\r\n", 200, line);
    expect_header(hash, "", "Range: bytes=0-1\r\nIf-Range: \"other\"\r\n", 200,
                  "Content-Length: 10");
    (void)snprintf(line, sizeof line, "Range: bytes=0-1\r\nIf-Range: \"%s\"\r\n", hash);
    expect_header(hash, "", line, 206, "Content-Length: 2");
}

Test(gateway, answers_head)
{
    char hash[128];
    char text[256];
    doors_add(hash, "", "a", MM_BYTES_LIT("0123456789"));
    (void)snprintf(text, sizeof text, "HEAD /ipfs/%s HTTP/1.1\r\n" H "\r\n", hash);
    struct reply reply = client_ask(doors.port, text);
    cr_assert_eq(reply.status, 200);
    cr_assert(reply_has(&reply, "Content-Length: 10"));
    cr_assert_eq(reply.body_len, 0);
    reply_free(&reply);
}

Test(gateway, sends_directories_to_their_slash_and_serves_their_index)
{
    char hash[128];
    char line[256];
    add_folder(hash);
    (void)snprintf(line, sizeof line, "Location: /ipfs/%s/site/?x=1%%20", hash);
    expect_header(hash, "/site?x=1%20", "", 301, line);
    struct reply reply = get(hash, "/site/", "");
    cr_assert(reply_body_is(&reply, "<h1>home</h1>"));
    reply_free(&reply);
    (void)snprintf(line, sizeof line, "Location: /ipfs/%s/", hash);
    expect_header(hash, "", "", 301, line);
}

Test(gateway, lists_directories_with_escaped_names)
{
    char hash[128];
    add_folder(hash);
    struct reply reply = get(hash, "/odd/", "");
    const char *body = (const char *)reply.body;
    cr_assert_eq(reply.status, 200);
    cr_assert_null(strstr(body, "<img"));
    cr_assert_not_null(strstr(body, ">&lt;img src=x onerror=alert(1)&gt;&#34;&#39;&amp;.txt<"),
                       "%s", body);
    cr_assert_not_null(strstr(body, "/odd/a%25b%3F%23.txt\">a%b?#.txt<"), "%s", body);
    cr_assert_not_null(strstr(body, "\">..</a>"));
    reply_free(&reply);
    reply = get(hash, "/", "");
    cr_assert_null(strstr((const char *)reply.body, "\">..</a>"));
    cr_assert_not_null(strstr((const char *)reply.body, "picture"));
    reply_free(&reply);
    /* And the links work. */
    reply = get(hash, "/odd/a%25b%3F%23.txt", "");
    cr_assert(reply_body_is(&reply, "odd"));
    reply_free(&reply);
}

Test(gateway, says_what_is_wrong_with_a_request)
{
    char hash[128];
    add_folder(hash);
    expect_header("not-a-cid", "", "", 400, NULL);
    expect_header("", "", "", 400, NULL);
    expect_header(hash, "/nothing", "", 404, NULL);
    expect_header(hash, "/picture/below", "", 404, NULL);
    expect_header(hash, "/odd/../picture", "", 400, NULL);
    expect_header(hash, "/%2e%2e/picture", "", 400, NULL);
    expect_header(hash, "//picture", "", 400, NULL);
    expect_header(hash, "/odd//x", "", 400, NULL);
    expect_header(hash, "/./picture", "", 400, NULL);
    expect_header("QmYzfKSE55XCjD1MW128RfciAf2DViABhEiXfgVFMabSjN", "", "", 404,
                  "Cache-Control: no-store");
    expect_header(hash, "/picture?format=zip", "", 406, NULL);
    expect_header(hash, "/picture?format=dag-json", "", 406, NULL);
    expect_header(hash, "/picture?format=json", "", 406, NULL);
    expect_header(hash, "/?format=json", "", 406, NULL);
    expect_header(hash, "/picture", "Accept: application/vnd.ipld.dag-cbor\r\n", 406, NULL);
    expect_header(hash, "/picture", "Accept: application/json\r\n", 200, "Content-Type: image/png");
    expect_header(hash, "", "Service-Worker: script\r\n", 400, NULL);
    struct reply reply =
        client_ask(doors.port, "POST /ipfs/bafkqaaa HTTP/1.1\r\n" H "Content-Length: 0\r\n\r\n");
    cr_assert_eq(reply.status, 405);
    reply_free(&reply);
}

Test(gateway, names_downloads)
{
    char hash[128];
    add_folder(hash);
    expect_header(hash, "/picture?filename=cat%20%22%C3%A9.png&download=true", "", 200,
                  "Content-Disposition: attachment; filename=\"cat __.png\"; "
                  "filename*=UTF-8''cat%20%22%C3%A9.png");
    expect_header(
        hash, "/picture?download=true", "", 200,
        "Content-Disposition: attachment; filename=\"picture\"; filename*=UTF-8''picture");
}
