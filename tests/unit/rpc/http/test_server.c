/* The server, byte for byte, over real sockets. All tests have one time limit: Criterion loses a timer's memory when tests with
 * different limits run side by side, and the leak checker sees it. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/lib/http_client.h"
#include "tests/unit/rpc/http/house.h"

#define H "Host: localhost\r\n"

static struct http_server *server;
static uint16_t port;

static void open_house(void)
{
    server = house_open((struct http_options){ 0 });
    port = http_server_port(server);
}

static void close_house(void)
{
    http_server_stop(server);
}

TestSuite(http, .init = open_house, .fini = close_house, .timeout = 60);

#define EXPECT(text, want_status)                                                                  \
    do {                                                                                           \
        struct reply reply_ = client_ask(port, text);                                              \
        cr_expect(reply_.status == (want_status), "got %d for %s", reply_.status, text);           \
        reply_free(&reply_);                                                                       \
    } while (0)

Test(http, answers_a_get)
{
    struct reply reply = client_ask(port, "GET / HTTP/1.1\r\n" H "\r\n");
    cr_assert_eq(reply.status, 200);
    cr_assert(reply_body_is(&reply, "hello\n"));
    cr_assert(reply_has(&reply, "Content-Type: text/plain"));
    cr_assert(reply_has(&reply, "Content-Length: 6"));
    cr_assert_not(strcasestr(reply.head, "access-control") != NULL);
    reply_free(&reply);
}

Test(http, with_a_token_answers_those_who_bring_it_alone)
{
#define WITH(token) "GET / HTTP/1.1\r\n" H "Authorization: " token "\r\n\r\n"
    http_server_stop(server);
    server = house_open((struct http_options){ .bearer = "sesame-0123456789" });
    port = http_server_port(server);
    EXPECT("GET / HTTP/1.1\r\n" H "\r\n", 401);
    EXPECT(WITH("Bearer sesame-0123456788"), 401);
    EXPECT(WITH("Bearer sesame-01234567890"), 401);
    EXPECT(WITH("Bearer sesame-012345678"), 401);
    EXPECT(WITH("Basic sesame-0123456789"), 401);
    EXPECT(WITH("Bearer"), 401);
    EXPECT(WITH("Bearer sesame-0123456789"), 200);
    EXPECT(WITH("bearer sesame-0123456789"),
           200); /* RFC 9110 section 11.1: the scheme is in any case */
    EXPECT("GET /nowhere HTTP/1.1\r\n" H "\r\n", 404); /* which paths there are is no secret */
    struct reply reply = client_ask(port, "GET / HTTP/1.1\r\n" H "\r\n");
    cr_assert(reply_has(&reply, "WWW-Authenticate: Bearer"));
    reply_free(&reply);
#undef WITH
}

/* A process that is being started has all sockets until it runs its program: closing one of ours does not end it then, and what
 * still happens to it is not the business of a request that is gone. */
Test(http, forgets_a_socket_that_somebody_else_has_too)
{
    struct client client = client_connect(port);
    client_text(&client, "GET / HTTP/1.1\r\n" H "\r\n");
    struct reply reply = client_reply(&client, false); /* so that the server has the connection */
    reply_free(&reply);
    const pid_t other = fork();
    cr_assert_geq(other, 0);
    if (other == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* also when the test ends in the middle */
        (void)close(client.fd);
        for (;;)
            (void)pause();
    }
    client_text(&client, "GET / HTTP/1.1\r\n" H "Connection: close\r\n\r\n");
    reply = client_reply(&client, false);
    cr_assert_eq(reply.status, 200);
    reply_free(&reply);
    cr_assert(client_is_closed(&client));
    for (int i = 0; i < 20; i++) { /* its request is freed, and its memory used again */
        EXPECT("GET / HTTP/1.1\r\n" H "\r\n", 200);
    }
    client_close(&client);
    for (int i = 0; i < 20; i++)
        EXPECT("GET / HTTP/1.1\r\n" H "\r\n", 200);
    (void)kill(other, SIGKILL);
    (void)waitpid(other, NULL, 0);
}

Test(http, answers_head_without_a_body)
{
    struct client client = client_connect(port);
    client_text(&client, "HEAD /big HTTP/1.1\r\n" H "\r\nHEAD /stream?len=77&known=1 HTTP/1.1\r\n" H
                         "\r\nGET / HTTP/1.1\r\n" H "\r\n");
    struct reply reply = client_reply(&client, true);
    cr_assert_eq(reply.status, 200);
    cr_assert(reply_has(&reply, "Content-Length: 8388608"));
    reply_free(&reply);
    reply = client_reply(&client, true);
    cr_assert(reply_has(&reply, "Content-Length: 77"));
    reply_free(&reply);
    reply = client_reply(&client, false);
    cr_assert(reply_body_is(&reply, "hello\n"));
    reply_free(&reply);
    client_close(&client);
    cr_assert_eq(atomic_load(&house_counts.freed), 1);
}

Test(http, answers_pipelined_requests_in_order)
{
    struct client client = client_connect(port);
    char text[100 * 128];
    size_t len = 0;
    for (int i = 0; i < 100; i++)
        len += (size_t)snprintf(text + len, sizeof text - len,
                                "POST /echo HTTP/1.1\r\n" H "Content-Length: %d\r\n\r\n%d",
                                i < 10 ? 1 : 2, i);
    cr_assert(client_text(&client, text));
    for (int i = 0; i < 100; i++) {
        char want[16];
        (void)snprintf(want, sizeof want, "%d", i);
        struct reply reply = client_reply(&client, false);
        cr_assert(reply_body_is(&reply, want), "answer %d is %s", i, reply.body);
        reply_free(&reply);
    }
    client_close(&client);
}

Test(http, takes_a_body_in_chunks)
{
    struct reply reply =
        client_ask(port, "POST /echo HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n"
                         "5\r\nhello\r\n1;ext=1\r\n \r\nA\r\n0123456789\r\n0\r\n\r\n");
    cr_assert(reply_body_is(&reply, "hello 0123456789"));
    cr_assert(reply_has(&reply, "Access-Control-Allow-Origin: *"));
    reply_free(&reply);
}

Test(http, takes_a_request_byte_by_byte)
{
    struct client client = client_connect(port);
    const char *text = "POST /echo HTTP/1.1\r\n" H "X-A: b\r\nContent-Length: 4\r\n\r\nslow";
    for (const char *at = text; *at != '\0'; at++) {
        cr_assert(client_send(&client, mm_bytes_from(at, 1)));
        usleep(500);
    }
    struct reply reply = client_reply(&client, false);
    cr_assert(reply_body_is(&reply, "slow"));
    reply_free(&reply);
    client_close(&client);
}

Test(http, says_continue_when_asked)
{
    struct client client = client_connect(port);
    client_text(&client,
                "POST /echo HTTP/1.1\r\n" H "Content-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    struct reply reply = client_reply(&client, false);
    cr_assert_eq(reply.status, 100);
    reply_free(&reply);
    client_text(&client, "ok");
    reply = client_reply(&client, false);
    cr_assert(reply_body_is(&reply, "ok"));
    reply_free(&reply);
    client_close(&client);
}

Test(http, refuses_instead_of_continue_when_the_body_is_too_large)
{
    struct client client = client_connect(port);
    client_text(&client, "POST /echo HTTP/1.1\r\n" H
                         "Content-Length: 2000000\r\nExpect: 100-continue\r\n\r\n");
    struct reply reply = client_reply(&client, false);
    cr_assert_eq(reply.status, 413);
    cr_assert(reply_has(&reply, "Connection: close"));
    cr_assert(reply_has(&reply, "Access-Control-Allow-Origin: *"));
    reply_free(&reply);
    cr_assert(client_is_closed(&client));
    client_close(&client);
}

static void send_long_body(const char *head, bool chunked)
{
    enum { MIB = 1 << 20 };
    static uint8_t block[MIB];
    struct client client = client_connect(port);
    cr_assert(client_text(&client, head));
    for (int i = 0; i < 64; i++) {
        if (chunked)
            cr_assert(client_text(&client, "100000\r\n"));
        cr_assert(client_send(&client, mm_bytes_from(block, MIB)), "broken pipe in block %d", i);
        if (chunked)
            cr_assert(client_text(&client, "\r\n"));
    }
    if (chunked)
        cr_assert(client_text(&client, "0\r\n\r\n"));
    struct reply reply = client_reply(&client, false);
    cr_assert_eq(reply.status, 413);
    cr_assert(reply_has(&reply, "Connection: close"));
    cr_assert(reply_has(&reply, "Access-Control-Allow-Origin: *"));
    reply_free(&reply);
    cr_assert(client_is_closed(&client));
    client_close(&client);
}

/* A client that writes it all before it reads still gets to see why. */
Test(http, refuses_64_mib_with_413)
{
    send_long_body("POST /echo HTTP/1.1\r\n" H "Content-Length: 67108864\r\n\r\n", false);
}

Test(http, refuses_64_mib_in_chunks_with_413)
{
    send_long_body("POST /echo HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n", true);
}

Test(http, refuses_what_is_too_large_before_it_is_sent)
{
    struct client client = client_connect(port);
    client_text(&client, "POST /echo HTTP/1.1\r\n" H "Content-Length: 99999999999\r\n\r\n");
    struct reply reply = client_reply(&client, false);
    cr_assert_eq(reply.status, 413);
    reply_free(&reply);
    client_close(&client);
}

Test(http, takes_a_body_of_exactly_the_limit)
{
    static char head[128];
    static uint8_t body[1 << 20];
    struct client client = client_connect(port);
    (void)snprintf(head, sizeof head, "POST /echo HTTP/1.1\r\n" H "Content-Length: %zu\r\n\r\n",
                   sizeof body);
    client_text(&client, head);
    client_send(&client, MM_BYTES_OF(body));
    struct reply reply = client_reply(&client, false);
    cr_assert_eq(reply.status, 200);
    cr_assert_eq(reply.body_len, sizeof body);
    reply_free(&reply);
    client_close(&client);
}

Test(http, keeps_the_connection_after_a_short_refused_body)
{
    struct client client = client_connect(port);
    client_text(&client,
                "POST /nowhere HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\nhello"
                "PUT / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
                "GET / HTTP/1.1\r\n" H "\r\n");
    static const int want[] = { 404, 405, 200 };
    for (size_t i = 0; i < 3; i++) {
        struct reply reply = client_reply(&client, false);
        cr_assert_eq(reply.status, want[i]);
        if (want[i] == 405)
            cr_assert(reply_has(&reply, "Allow: GET, HEAD, POST"));
        reply_free(&reply);
    }
    client_close(&client);
}

Test(http, sends_large_answers_whole)
{
    static const char *const texts[] = { "GET /big HTTP/1.1\r\n" H "\r\n",
                                         "GET /stream?len=8388608&known=1 HTTP/1.1\r\n" H "\r\n",
                                         "GET /stream?len=8388608 HTTP/1.1\r\n" H "\r\n" };
    for (size_t t = 0; t < 3; t++) {
        struct reply reply = client_ask(port, texts[t]);
        cr_assert(reply.ok);
        cr_assert_eq(reply.body_len, BIG_BYTES);
        for (size_t i = 0; i < BIG_BYTES; i += 4099)
            cr_assert_eq(reply.body[i], (uint8_t)(i * 7));
        reply_free(&reply);
    }
}

Test(http, cuts_the_connection_when_a_reader_has_less_than_it_said)
{
    struct client client = client_connect(port);
    client_text(&client, "GET /stream?len=1000&short=1 HTTP/1.1\r\n" H "\r\n");
    struct reply reply = client_reply(&client, false);
    cr_assert_not(reply.ok);
    reply_free(&reply);
    client_close(&client);
}

Test(http, sends_no_body_with_304_and_204)
{
    struct client client = client_connect(port);
    client_text(&client,
                "GET /status/304 HTTP/1.1\r\n" H "\r\nGET /status/204 HTTP/1.1\r\n" H
                "\r\nGET /status/206 HTTP/1.1\r\n" H "\r\nGET /status/416 HTTP/1.1\r\n" H "\r\n");
    static const int want[] = { 304, 204, 206, 416 };
    for (size_t i = 0; i < 4; i++) {
        struct reply reply = client_reply(&client, false);
        cr_assert_eq(reply.status, want[i]);
        cr_assert(reply_body_is(&reply, i < 2 ? "" : "body"));
        reply_free(&reply);
    }
    client_close(&client);
}

Test(http, decodes_path_and_query_once)
{
    struct reply reply =
        client_ask(port, "GET /files/a%20b%2Fc%2541+d?x=1%262&y=a+b&z&=e&&%78=%C3%A9 HTTP/1.1\r\n" H
                         "X-Thing:  spaced \t\r\n\r\n");
    cr_assert(reply_body_is(&reply,
                            "rest=a b/c%41+d x=1&2 y=a b z= =e x=\xc3\xa9 x=spaced from=127.0.0.1"),
              "%s", reply.body);
    reply_free(&reply);
}

Test(http, the_longest_path_wins)
{
    struct reply reply = client_ask(port, "GET /files/deep/x HTTP/1.1\r\n" H "\r\n");
    cr_assert(reply_body_is(&reply, "hello\n"));
    reply_free(&reply);
}

Test(http, refuses_bad_escapes_and_targets)
{
    EXPECT("GET /files/%zz HTTP/1.1\r\n" H "\r\n", 400);
    EXPECT("GET /files/%4 HTTP/1.1\r\n" H "\r\n", 400);
    EXPECT("GET /files/%00 HTTP/1.1\r\n" H "\r\n", 400);
    EXPECT("GET /files/x?a=%g1 HTTP/1.1\r\n" H "\r\n", 400);
    EXPECT("GET files HTTP/1.1\r\n" H "\r\n", 400);
    EXPECT("GET /x#frag HTTP/1.1\r\n" H "\r\n", 400);
    EXPECT("GET http://localhost/ HTTP/1.1\r\n" H "\r\n", 200);
    EXPECT("GET http://evil.example/ HTTP/1.1\r\n" H "\r\n", 403);
}

/* A header value cannot write another header. */
Test(http, leaves_out_header_values_with_line_ends)
{
    struct reply reply =
        client_ask(port, "GET /files/a%0d%0aSet-Cookie:%20x HTTP/1.1\r\n" H "\r\n");
    cr_assert_eq(reply.status, 200);
    cr_assert_null(strcasestr(reply.head, "set-cookie"));
    reply_free(&reply);
}

Test(http, serves_its_own_hosts_only)
{
    EXPECT("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", 403);
    EXPECT("GET / HTTP/1.1\r\nHost: evil.example:8545\r\n\r\n", 403);
    EXPECT("GET / HTTP/1.1\r\nHost: localhost.evil.example\r\n\r\n", 403);
    EXPECT("GET / HTTP/1.1\r\nHost: 10.1.2.3\r\n\r\n", 403);
    EXPECT("GET / HTTP/1.1\r\nHost: 127.0.0.1.evil.example\r\n\r\n", 403);
    EXPECT("GET / HTTP/1.1\r\nHost:\r\n\r\n", 403);
    EXPECT("GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", 400);
    EXPECT("GET / HTTP/1.1\r\n\r\n", 400);
    EXPECT("GET / HTTP/1.0\r\n\r\n", 200);
    EXPECT("GET / HTTP/1.1\r\nHost: LocalHost:8545\r\n\r\n", 200);
    EXPECT("GET / HTTP/1.1\r\nHost: localhost.\r\n\r\n", 200);
    EXPECT("GET / HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n", 200);
    EXPECT("GET / HTTP/1.1\r\nHost: [::1]:8545\r\n\r\n", 200);
    EXPECT("GET / HTTP/1.1\r\nHost: bafy.ipfs.localhost:8080\r\n\r\n", 200);
}

static int status_of_host(struct client *client, const char *label, const char *host)
{
    char text[512];
    (void)snprintf(text, sizeof text, "GET / HTTP/1.1\r\nHost: %s%s\r\n\r\n", label, host);
    cr_assert(client_text(client, text));
    struct reply reply = client_reply(client, false);
    const int status = reply.status;
    reply_free(&reply);
    return status;
}

/* A host that was ours is remembered, and no other one with it. */
Test(http, looks_at_each_new_host_of_a_connection)
{
    enum { LONG = 243 }; /* with .localhost the longest name that there is */
    char label[LONG + 1];
    memset(label, 'a', LONG);
    label[LONG] = '\0';
    const char *const labels[] = { "", label };
    static const char *const ours[] = { "localhost", "localhost:8545", "x.localhost" };
    static const char *const others[] = { "localhos", "localhost.evil", "evil.example", "" };
    for (size_t l = 0; l < 2; l++) {
        for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
            struct client client = client_connect(port);
            for (size_t j = 0; j < sizeof ours / sizeof ours[0]; j++) {
                cr_assert_eq(status_of_host(&client, "", ours[j]), 200);
                cr_assert_eq(status_of_host(&client, "", ours[j]), 200);
                cr_assert_eq(status_of_host(&client, label, ".localhost"), 200);
                cr_assert_eq(status_of_host(&client, label, ".localhost"), 200);
            }
            cr_assert_eq(status_of_host(&client, labels[l], others[i]), 403);
            client_close(&client);
        }
    }
}

Test(http, refuses_bodies_whose_end_is_in_doubt)
{
    EXPECT("POST /echo HTTP/1.1\r\n" H "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400);
    EXPECT("POST /echo HTTP/1.1\r\n" H
           "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
           400);
    EXPECT("POST /echo HTTP/1.1\r\n" H "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501);
    EXPECT("POST /echo HTTP/1.1\r\n" H "Content-Length : 1\r\n\r\na", 400);
    EXPECT("POST /echo HTTP/1.1\r\n" H "Content-Length\t: 1\r\n\r\na", 400);
    EXPECT("POST /echo HTTP/1.1\r\n" H "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", 400);
    EXPECT("POST /echo HTTP/1.1\r\n" H "Transfer-Encoding: chunked \r\n\r\n0\r\n\r\n", 501);
    EXPECT("POST /echo HTTP/1.1\r\n" H "Content-Length: x\r\n\r\n", 400);
    EXPECT("POST /echo HTTP/1.1\r\n" H "Content-Length: -1\r\n\r\n", 400);
    EXPECT("POST /echo HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\nxyz\r\n", 400);
}

Test(http, survives_malformed_requests)
{
    static const char *const texts[] = {
        "\r\n\r\n\r\n",
        "GET\r\n\r\n",
        "GET /\r\n\r\n",
        " GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "GET / HTTP/1.1\r\nno colon\r\n\r\n",
        "GET / HTTP/1.1\r\n: empty\r\n\r\n",
        "\x16\x03\x01\x02",
        "GET  HTTP/1.1\r\n\r\n",
        "POST /echo HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\nffffffffffffffffffff\r\n",
        "POST /upload HTTP/1.1\r\n" H "Content-Length: 10\r\n\r\nabc",
    };
    for (size_t i = 0; i < MM_COUNT_OF(texts); i++) {
        struct client client = client_connect(port);
        client_text(&client, texts[i]);
        usleep(2000);
        client_close(&client);
    }
    EXPECT("GET / HTTP/1.1\r\n" H "\r\n", 200);
    for (int i = 0; i < 100 && atomic_load(&house_counts.gone) == 0; i++)
        usleep(10000);
    cr_assert_eq(atomic_load(&house_counts.gone), 1);
}

Test(http, refuses_a_huge_head)
{
    static char text[200000];
    const int len = snprintf(text, sizeof text, "GET / HTTP/1.1\r\n" H "X-Huge: ");
    memset(text + len, 'x', sizeof text - (size_t)len - 1);
    struct client client = client_connect(port);
    (void)client_text(&client, text);
    struct reply reply = client_reply(&client, false);
    cr_assert(reply.status == 431 || reply.status == 0, "%d", reply.status);
    reply_free(&reply);
    client_close(&client);
    EXPECT("GET / HTTP/1.1\r\n" H "\r\n", 200);
}

Test(http, takes_heads_of_eight_kibibytes)
{
    static char text[9000];
    int len = snprintf(text, sizeof text, "GET / HTTP/1.1\r\n" H "X-Long: ");
    memset(text + len, 'x', 8000);
    (void)strcpy(text + len + 8000, "\r\n\r\n");
    EXPECT(text, 200);
}

Test(http, answers_a_preflight)
{
    struct reply reply = client_ask(
        port, "OPTIONS / HTTP/1.1\r\n" H
              "Origin: https://app.example\r\nAccess-Control-Request-Method: POST\r\n"
              "Access-Control-Request-Headers: "
              "content-type,x-other\r\nAccess-Control-Request-Private-Network: true\r\n\r\n");
    cr_assert_eq(reply.status, 204);
    cr_assert(reply_has(&reply, "Access-Control-Allow-Origin: *"));
    cr_assert(reply_has(&reply, "Access-Control-Allow-Methods: GET, HEAD, POST, OPTIONS"));
    cr_assert(reply_has(&reply, "Access-Control-Allow-Headers: content-type,x-other"));
    cr_assert(reply_has(&reply, "Access-Control-Max-Age: 600"));
    cr_assert(reply_has(&reply, "Access-Control-Allow-Private-Network: true"));
    reply_free(&reply);
    /* GET / is not for pages of others, though POST / is. */
    reply = client_ask(port,
                       "OPTIONS / HTTP/1.1\r\n" H
                       "Origin: https://app.example\r\nAccess-Control-Request-Method: GET\r\n\r\n");
    cr_assert_eq(reply.status, 204);
    cr_assert_null(strcasestr(reply.head, "access-control"));
    cr_assert(reply_has(&reply, "Allow: GET, HEAD, POST, OPTIONS"));
    reply_free(&reply);
    EXPECT("OPTIONS * HTTP/1.1\r\n" H "\r\n", 204);
    EXPECT("OPTIONS /nowhere HTTP/1.1\r\n" H "\r\n", 404);
}

Test(http, names_an_origin_only_when_it_may_read)
{
    struct reply reply =
        client_ask(port, "GET /files/x HTTP/1.1\r\n" H "Origin: http://localhost:5173\r\n\r\n");
    cr_assert(reply_has(&reply, "Access-Control-Allow-Origin: http://localhost:5173"));
    cr_assert(reply_has(&reply, "Vary: Origin"));
    reply_free(&reply);
    reply = client_ask(port, "GET /files/x HTTP/1.1\r\n" H "Origin: https://evil.example\r\n\r\n");
    cr_assert_eq(reply.status, 200);
    cr_assert_null(strcasestr(reply.head, "access-control"));
    reply_free(&reply);
    reply = client_ask(port, "POST /echo HTTP/1.1\r\n" H "Content-Length: 1\r\n\r\nx");
    cr_assert(reply_has(&reply, "Access-Control-Expose-Headers: X-Thing"));
    reply_free(&reply);
}

Test(http, keeps_foreign_pages_from_local_routes)
{
    EXPECT("POST /local HTTP/1.1\r\n" H "Content-Length: 1\r\n\r\nx", 200);
    EXPECT("POST /local HTTP/1.1\r\n" H
           "Origin: http://127.0.0.1:3000\r\nContent-Length: 1\r\n\r\nx",
           200);
    EXPECT("POST /local HTTP/1.1\r\n" H "Origin: http://[::1]:3000\r\nContent-Length: 1\r\n\r\nx",
           200);
    EXPECT("POST /local HTTP/1.1\r\n" H
           "Origin: https://evil.example\r\nContent-Length: 1\r\n\r\nx",
           403);
    EXPECT("POST /local HTTP/1.1\r\n" H "Origin: null\r\nContent-Length: 1\r\n\r\nx", 403);
    EXPECT("POST /local HTTP/1.1\r\n" H
           "Origin: http://localhost.evil.example\r\nContent-Length: 1\r\n\r\nx",
           403);
    EXPECT("OPTIONS /local HTTP/1.1\r\n" H
           "Origin: https://evil.example\r\nAccess-Control-Request-Method: POST\r\n\r\n",
           403);
}

Test(http, streams_an_upload)
{
    static uint8_t body[3000000];
    uint64_t sum = 0;
    for (size_t i = 0; i < sizeof body; i++) {
        body[i] = (uint8_t)(i * 13);
        sum = sum * 31 + body[i];
    }
    char want[64];
    (void)snprintf(want, sizeof want, "3000000 %llu\n", (unsigned long long)sum);
    struct client client = client_connect(port);
    client_text(&client, "POST /upload HTTP/1.1\r\n" H "Content-Length: 3000000\r\n\r\n");
    client_send(&client, MM_BYTES_OF(body));
    struct reply reply = client_reply(&client, false);
    cr_assert(reply_body_is(&reply, want), "%s", reply.body);
    reply_free(&reply);
    client_text(&client,
                "POST /upload HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    reply = client_reply(&client, false);
    cr_assert(reply_body_is(&reply, "0 0\n"));
    reply_free(&reply);
    client_close(&client);
    for (int i = 0; i < 100 && atomic_load(&house_counts.gone) < 2; i++)
        usleep(10000);
    cr_assert_eq(atomic_load(&house_counts.gone), 2);
}

Test(http, an_upload_may_be_refused_at_its_head_and_in_its_middle)
{
    EXPECT("POST /upload HTTP/1.1\r\n" H "X-Refuse: 1\r\nContent-Length: 3\r\n\r\nabc", 507);
    EXPECT("POST /upload HTTP/1.1\r\n" H
           "X-Refuse: 1\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n",
           507);
    EXPECT("POST /upload HTTP/1.1\r\n" H "X-Refuse: 1\r\nContent-Length: 30000000\r\n\r\n", 507);
    cr_assert_eq(atomic_load(&house_counts.begun), 0);
    static const char *const heads[] = { "POST /upload-small HTTP/1.1\r\n" H
                                         "Content-Length: 3000000\r\n\r\n",
                                         "POST /upload-limited HTTP/1.1\r\n" H
                                         "Transfer-Encoding: chunked\r\n\r\n2DC6C0\r\n" };
    static const int want[] = { 507, 413 };
    static uint8_t body[3000000];
    for (int i = 0; i < 2; i++) {
        struct client client = client_connect(port);
        client_text(&client, heads[i]);
        client_send(&client, MM_BYTES_OF(body));
        struct reply reply = client_reply(&client, false);
        cr_assert_eq(reply.status, want[i]);
        reply_free(&reply);
        client_close(&client);
    }
    for (int i = 0; i < 100 && atomic_load(&house_counts.gone) < 2; i++)
        usleep(10000);
    cr_assert_eq(atomic_load(&house_counts.gone), 2);
}

Test(http, lets_go_of_an_upload_whose_client_left)
{
    enum { CLIENTS = 50 };
    for (int i = 0; i < CLIENTS; i++) {
        struct client client = client_connect(port);
        client_text(&client, "POST /upload HTTP/1.1\r\n" H "Content-Length: 1000\r\n\r\nsome");
        client_close(&client);
    }
    for (int i = 0; i < 1000 && atomic_load(&house_counts.gone) < CLIENTS; i++)
        usleep(10000);
    cr_assert_eq(atomic_load(&house_counts.begun), CLIENTS);
    cr_assert_eq(atomic_load(&house_counts.gone), CLIENTS);
}

Test(http, says_that_the_port_is_taken)
{
    struct http_server *second = NULL;
    struct mm_reason reason;
    const struct http_options options = { .port = port };
    cr_assert_eq(http_server_start(&second, &options, &reason), MM_ERR_BUSY);
    cr_assert_null(second);
    cr_assert_not_null(strstr(reason.text, "in use"), "%s", reason.text);
    const struct http_options bad = { .host = "nowhere.example" };
    cr_assert_eq(http_server_start(&second, &bad, &reason), MM_ERR_INVALID);
}

Test(http_limits, refuses_connections_beyond_the_maximum, .timeout = 60)
{
    server = house_open((struct http_options){ .connections_max = 4 });
    port = http_server_port(server);
    struct client clients[4];
    for (int i = 0; i < 4; i++) {
        clients[i] = client_connect(port);
        client_text(&clients[i], "GET / HTTP/1.1\r\n" H "\r\n");
        struct reply reply = client_reply(&clients[i], false);
        cr_assert_eq(reply.status, 200);
        reply_free(&reply);
    }
    struct client fifth = client_connect(port);
    struct reply reply = client_reply(&fifth, false);
    cr_assert_eq(reply.status, 503);
    reply_free(&reply);
    client_close(&fifth);
    cr_assert_eq(http_server_stats(server).refused, 1);
    client_close(&clients[0]);
    for (int i = 0; i < 200 && http_server_stats(server).connections == 4; i++)
        usleep(5000);
    EXPECT("GET / HTTP/1.1\r\n" H "\r\n", 200);
    for (int i = 1; i < 4; i++)
        client_close(&clients[i]);
    http_server_stop(server);
}

Test(http_limits, closes_idle_connections, .timeout = 60)
{
    server = house_open((struct http_options){ .idle_timeout_s = 1 });
    port = http_server_port(server);
    struct client idle = client_connect(port);
    struct client middle = client_connect(port);
    client_text(&middle, "POST /upload HTTP/1.1\r\n" H "Content-Length: 10\r\n\r\nabc");
    cr_assert(client_is_closed(&idle));
    struct reply reply = client_reply(&middle, false);
    cr_assert_not(reply.ok);
    reply_free(&reply);
    client_close(&idle);
    client_close(&middle);
    cr_assert_eq(atomic_load(&house_counts.gone), 1);
    http_server_stop(server);
}

Test(http_limits, closes_on_a_client_that_does_not_read, .timeout = 60)
{
    server = house_open((struct http_options){ .idle_timeout_s = 1 });
    port = http_server_port(server);
    struct client client = client_connect(port);
    client_text(&client, "GET /stream?len=1000000000&known=1 HTTP/1.1\r\n" H "\r\n");
    for (int i = 0; i < 400 && atomic_load(&house_counts.freed) == 0; i++)
        usleep(10000);
    cr_assert_eq(atomic_load(&house_counts.freed), 1);
    client_close(&client);
    http_server_stop(server);
}

Test(http_limits, takes_addresses_as_hosts_when_it_listens_to_the_network)
{
    server = house_open((struct http_options){ .host = "0.0.0.0" });
    port = http_server_port(server);
    EXPECT("GET / HTTP/1.1\r\nHost: 10.1.2.3:80\r\n\r\n", 200);
    EXPECT("GET / HTTP/1.1\r\nHost: [fe80::1]\r\n\r\n", 200);
    EXPECT("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", 403);
    http_server_stop(server);
}

Test(http_limits, stops_within_its_time_when_an_upload_hangs, .timeout = 60)
{
    server = house_open((struct http_options){ .stop_grace_ms = 200 });
    port = http_server_port(server);
    struct client client = client_connect(port);
    client_text(&client, "POST /upload HTTP/1.1\r\n" H "Content-Length: 10\r\n\r\nabc");
    while (atomic_load(&house_counts.begun) == 0)
        usleep(1000);
    http_server_stop(server);
    cr_assert_eq(atomic_load(&house_counts.gone), 1);
    cr_assert(client_is_closed(&client));
    client_close(&client);
}

Test(http_limits, starts_and_stops_many_times, .timeout = 60)
{
    for (unsigned i = 0; i < 50; i++) {
        server = house_open((struct http_options){ .threads = 1 + i % 4 });
        port = http_server_port(server);
        struct client client = client_connect(port);
        if (i % 2 == 0)
            EXPECT("GET / HTTP/1.1\r\n" H "\r\n", 200);
        http_server_stop(server);
        client_close(&client);
    }
}

Test(http_limits, serves_the_names_and_origins_of_its_configuration)
{
    static const char *const names[] = { "node.example" };
    static const char *const origins[] = { "https://app.example" };
    server = house_open((struct http_options){
        .host_names = names, .host_names_count = 1, .origins = origins, .origins_count = 1 });
    port = http_server_port(server);
    EXPECT("GET / HTTP/1.1\r\nHost: NODE.example:80\r\n\r\n", 200);
    EXPECT("GET / HTTP/1.1\r\nHost: other.example\r\n\r\n", 403);
    EXPECT("POST /local HTTP/1.1\r\n" H "Origin: https://app.example\r\nContent-Length: 1\r\n\r\nx",
           200);
    EXPECT("POST /local HTTP/1.1\r\n" H
           "Origin: https://app.example:444\r\nContent-Length: 1\r\n\r\nx",
           403);
    http_server_stop(server);
}

Test(http_limits, finishes_what_it_is_working_on_before_it_stops, .timeout = 60)
{
    server = house_open((struct http_options){ 0 });
    port = http_server_port(server);
    struct client client = client_connect(port);
    client_text(&client, "GET /slow HTTP/1.1\r\n" H "\r\n");
    struct client idle = client_connect(port);
    usleep(50000);
    http_server_stop(server);
    struct reply reply = client_reply(&client, false);
    cr_assert_eq(reply.status, 200);
    cr_assert(reply_has(&reply, "Connection: close"));
    reply_free(&reply);
    cr_assert(client_is_closed(&idle));
    client_close(&client);
    client_close(&idle);
    struct client late = client_connect(port);
    cr_assert(late.fd < 0);
}
