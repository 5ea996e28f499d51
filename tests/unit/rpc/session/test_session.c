/* Signing in over HTTP: what is taken, what is refused and why, and whose requests are let in. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "rpc/session/session.h"
#include "tests/lib/http_client.h"
#include "tests/lib/wallet.h"

enum { CHAIN = 31337, TEXT_BYTES = 8192 };

static struct sessions *sessions;
static struct http_route routes[SESSION_ROUTES + 2];
static struct http_server *server;
static uint16_t port;
static struct wallet wallet;
static struct wallet other;

static uint64_t chain_id(void *ctx)
{
    (void)ctx;
    return CHAIN;
}

/* Something of the first wallet's. */
static void respond_own(void *context, struct http_request *request)
{
    if (sessions_allow(context, request, &wallet.addr))
        http_answer_text(request, 200, "done");
}

/* What anybody may ask: as whom. */
static void respond_any(void *context, struct http_request *request)
{
    mm_addr address;
    const bool is_signed_in = sessions_find_own(context, &address, request);
    cr_assert_eq(is_signed_in, !mm_addr_is_zero(&address));
    http_answer_text(request, 200, mm_addr_equal(&address, &wallet.addr) ? "wallet" : "nobody");
}

static void open_all(void)
{
    const struct sessions_options options = { chain_id, NULL };
    sessions = sessions_new(&options);
    cr_assert_not_null(sessions);
    sessions_routes(routes, sessions);
    routes[SESSION_ROUTES] = (struct http_route){
        .path = "/own", .methods = HTTP_PUT, .respond = respond_own, .context = sessions
    };
    routes[SESSION_ROUTES + 1] = (struct http_route){
        .path = "/any", .methods = HTTP_POST, .respond = respond_any, .context = sessions
    };
    static const char *const hosts[] = { "node.example" };
    const struct http_options http = { .routes = routes,
                                       .routes_count = SESSION_ROUTES + 2,
                                       .host_names = hosts,
                                       .host_names_count = 1 };
    cr_assert_eq(http_server_start(&server, &http, NULL), MM_OK);
    port = http_server_port(server);
    wallet_init(&wallet, 7);
    wallet_init(&other, 8);
}

static void close_all(void)
{
    http_server_stop(server);
    sessions_free(sessions);
    wallet_fini(&wallet);
    wallet_fini(&other);
}

TestSuite(session, .init = open_all, .fini = close_all, .timeout = 60);

/* What is signed and sent; zero fields are as they should be. */
struct attempt {
    const char *host;   /* of the request */
    const char *domain; /* of the message */
    const char *uri;
    const char *chain;
    const char *nonce;
    const char *more; /* behind the last line */
    const char *headers;
    const struct wallet *signer;
};

static struct reply send(const char *method, const char *path, const char *host,
                         const char *headers, const char *body)
{
    char own[64];
    static char text[8 * TEXT_BYTES];
    (void)snprintf(own, sizeof own, "localhost:%u", port);
    (void)snprintf(text, sizeof text,
                   "%s %s HTTP/1.1\r\nHost: %s\r\n%sContent-Length: %zu\r\n\r\n%s", method, path,
                   host != NULL ? host : own, headers != NULL ? headers : "", strlen(body), body);
    return client_ask(port, text);
}

static unsigned status_of(const char *method, const char *path, const char *headers)
{
    struct reply reply = send(method, path, NULL, headers, "");
    const unsigned status = (unsigned)reply.status;
    reply_free(&reply);
    return status;
}

static const char *or_else(const char *text, const char *otherwise)
{
    return text != NULL ? text : otherwise;
}

/* The body for POST /session; good until the next. */
static const char *body_of(const struct attempt *attempt)
{
    static char body[TEXT_BYTES];
    char nonce[WALLET_NONCE_BYTES];
    char own[64];
    char own_uri[80];
    char message[1024];
    (void)snprintf(own, sizeof own, "localhost:%u", port);
    (void)snprintf(own_uri, sizeof own_uri, "http://localhost:%u", port);
    wallet_nonce(nonce, port);
    (void)snprintf(
        message, sizeof message,
        "%s wants you to sign in with your Ethereum account:\n%s\n\nA statement.\n\n"
        "URI: %s\nVersion: 1\nChain ID: %s\nNonce: %s\nIssued At: 2026-01-01T00:00:00Z%s",
        or_else(attempt->domain, own), wallet.address, or_else(attempt->uri, own_uri),
        or_else(attempt->chain, "31337"), or_else(attempt->nonce, nonce),
        or_else(attempt->more, ""));
    wallet_body(attempt->signer != NULL ? attempt->signer : &wallet, body, sizeof body, message);
    return body;
}

static struct reply sign_in(const struct attempt *attempt)
{
    return send("POST", "/session", attempt->host, attempt->headers, body_of(attempt));
}

static void expect(const struct attempt *attempt, int status, const char *text)
{
    struct reply reply = sign_in(attempt);
    cr_expect_eq(reply.status, status, "%d %s instead of %d %s", reply.status,
                 (const char *)reply.body, status, text);
    cr_expect_not_null(strstr((const char *)reply.body, text), "%s is not in %s", text,
                       (const char *)reply.body);
    cr_expect((strstr(reply.head, "Set-Cookie") != NULL) == (status == 200));
    reply_free(&reply);
}

Test(session, begins_with_a_message_that_holds_and_ends_with_a_delete)
{
    char cookie[WALLET_COOKIE_BYTES];
    char expected[128];
    cr_assert_eq(status_of("GET", "/session", NULL), 401);
    wallet_sign_in(&wallet, cookie, port);
    struct reply reply = send("GET", "/session", NULL, cookie, "");
    cr_assert_eq(reply.status, 200);
    (void)snprintf(expected, sizeof expected,
                   "{\"address\":\"%s\",\"chainId\":31337,\"expires\":", wallet.address);
    cr_assert_eq(strncmp((const char *)reply.body, expected, strlen(expected)), 0);
    cr_assert(reply_has(&reply, "Cache-Control: no-store"));
    cr_assert_null(strcasestr(reply.head, "access-control"));
    reply_free(&reply);
    cr_assert_eq(status_of("DELETE", "/session", cookie), 204);
    cr_assert_eq(status_of("GET", "/session", cookie), 401, "the token is of no use any more");
    cr_assert_eq(status_of("DELETE", "/session", NULL), 204);
}

Test(session, sets_a_cookie_that_scripts_and_other_sites_do_not_have)
{
    struct reply reply = sign_in(&(struct attempt){ 0 });
    char name[64];
    cr_assert_eq(reply.status, 200);
    (void)snprintf(name, sizeof name, "Set-Cookie: mintmark_session_%u=", port);
    cr_assert_not_null(strstr(reply.head, name));
    cr_assert_not_null(
        strstr(reply.head, "; Path=/; Max-Age=86400; HttpOnly; SameSite=Strict\r\n"));
    reply_free(&reply);
}

Test(session, names_what_does_not_hold)
{
    expect(&(struct attempt){ .domain = "evil.example" }, 401, "the domain is not this page's");
    expect(&(struct attempt){ .domain = "localhost" }, 401, "the domain is not this page's");
    expect(&(struct attempt){ .uri = "http://evil.example" }, 401, "the URI is not");
    expect(&(struct attempt){ .chain = "1" }, 401, "the chain is another");
    expect(&(struct attempt){ .nonce = "abcdefghabcdefghabcdefghab" }, 401, "the nonce was not");
    expect(&(struct attempt){ .more = "\nExpiration Time: x" }, 400, "Expiration Time");
    expect(&(struct attempt){ .more = "\nExpiration Time: 2026-01-01T00:00:01Z" }, 401,
           "has expired");
    expect(&(struct attempt){ .more = "\nNot Before: 2999-01-01T00:00:00Z" }, 401, "not valid yet");
    expect(&(struct attempt){ .signer = &other }, 401, "not this address's");
    expect(&(struct attempt){ .chain = "x" }, 400, "Chain ID");
    expect(&(struct attempt){ .host = "localhost:1" }, 401, "the domain is not this page's");
}

Test(session, takes_a_nonce_once_whatever_came_of_it)
{
    char nonce[WALLET_NONCE_BYTES];
    wallet_nonce(nonce, port);
    expect(&(struct attempt){ .nonce = nonce }, 200, "address");
    expect(&(struct attempt){ .nonce = nonce }, 401, "the nonce was not");
    wallet_nonce(nonce, port);
    expect(&(struct attempt){ .nonce = nonce, .signer = &other }, 401, "not this address's");
    expect(&(struct attempt){ .nonce = nonce }, 401, "the nonce was not");
    /* A message for another page does not use it up. */
    wallet_nonce(nonce, port);
    expect(&(struct attempt){ .nonce = nonce, .domain = "evil.example" }, 401, "the domain");
    expect(&(struct attempt){ .nonce = nonce }, 200, "address");
}

Test(session, is_no_longer_than_the_message_says)
{
    struct reply reply =
        sign_in(&(struct attempt){ .more = "\nExpiration Time: 2999-01-01T00:00:00Z" });
    cr_assert_not_null(strstr(reply.head, "Max-Age=86400"));
    reply_free(&reply);
    char more[64];
    const time_t soon = time(NULL) + 100;
    struct tm parts;
    (void)gmtime_r(&soon, &parts);
    (void)strftime(more, sizeof more, "\nExpiration Time: %Y-%m-%dT%H:%M:%SZ", &parts);
    reply = sign_in(&(struct attempt){ .more = more });
    const char *at = strstr(reply.head, "Max-Age=");
    cr_assert_not_null(at);
    const long life_s = strtol(at + 8, NULL, 10);
    cr_assert(life_s > 90 && life_s <= 100, "%ld", life_s);
    reply_free(&reply);
}

Test(session, is_left_when_its_browser_signs_in_anew)
{
    char cookie[WALLET_COOKIE_BYTES];
    wallet_sign_in(&wallet, cookie, port);
    struct reply reply = sign_in(&(struct attempt){ .headers = cookie });
    cr_assert_eq(reply.status, 200);
    reply_free(&reply);
    cr_assert_eq(status_of("GET", "/session", cookie), 401);
}

static unsigned own_status(const char *cookie, const char *more)
{
    char headers[512];
    (void)snprintf(headers, sizeof headers, "%s%s", cookie, more);
    return status_of("PUT", "/own", headers);
}

Test(session, lets_its_address_do_what_is_the_addresss)
{
    char cookie[WALLET_COOKIE_BYTES];
    char others[WALLET_COOKIE_BYTES];
    wallet_sign_in(&wallet, cookie, port);
    wallet_sign_in(&other, others, port);
    cr_assert_eq(own_status(cookie, ""), 200);
    cr_assert_eq(own_status(others, ""), 403);
    cr_assert_eq(own_status("", ""), 401);
    cookie[strlen(cookie) - 3] ^= 1;
    cr_assert_eq(own_status(cookie, ""), 401);
}

Test(session, lets_no_other_page_use_a_cookie_nor_sign_in)
{
    char cookie[WALLET_COOKIE_BYTES];
    char own[64];
    wallet_sign_in(&wallet, cookie, port);
    (void)snprintf(own, sizeof own, "Origin: http://localhost:%u\r\n", port);
    cr_assert_eq(own_status(cookie, own), 200);
    cr_assert_eq(own_status(cookie, "Sec-Fetch-Site: same-origin\r\n"), 200);
    static const char *const pages[] = {
        "Origin: http://localhost:3000\r\n", "Origin: http://evil.example\r\n", "Origin: null\r\n",
        "Sec-Fetch-Site: same-site\r\n",     "Sec-Fetch-Site: cross-site\r\n",
    };
    for (size_t i = 0; i < MM_COUNT_OF(pages); i++) {
        cr_expect_eq(own_status(cookie, pages[i]), 403, "%s", pages[i]);
        cr_expect_eq(status_of("GET", "/session/nonce", pages[i]), 403, "%s", pages[i]);
        cr_expect_eq(status_of("GET", "/session", pages[i]), 403, "%s", pages[i]);
        cr_expect_eq(status_of("DELETE", "/session", pages[i]), 403, "%s", pages[i]);
        expect(&(struct attempt){ .headers = pages[i] }, 403, "only a page of this origin");
    }
    cr_assert_eq(own_status(cookie, own), 200, "it is still there");
}

Test(session, is_nobodys_where_other_pages_ask_what_anybody_may)
{
    static const struct {
        const char *header;
        const char *who;
    } pages[] = {
        { "", "wallet" },
        { "Sec-Fetch-Site: same-origin\r\n", "wallet" },
        { "Origin: http://localhost:3000\r\n", "nobody" },
        { "Origin: http://evil.example\r\n", "nobody" },
        { "Origin: null\r\n", "nobody" },
        { "Sec-Fetch-Site: same-site\r\n", "nobody" },
        { "Sec-Fetch-Site: cross-site\r\n", "nobody" },
    };
    char cookie[WALLET_COOKIE_BYTES];
    wallet_sign_in(&wallet, cookie, port);
    for (size_t i = 0; i < MM_COUNT_OF(pages); i++) {
        char headers[512];
        (void)snprintf(headers, sizeof headers, "%s%s", cookie, pages[i].header);
        struct reply reply = send("POST", "/any", NULL, headers, "");
        cr_expect_eq(reply.status, 200, "%s", pages[i].header);
        cr_expect_not_null(strstr((const char *)reply.body, pages[i].who), "%s %s", pages[i].header,
                           (const char *)reply.body);
        reply_free(&reply);
    }
    struct reply reply = send("POST", "/any", NULL, NULL, "");
    cr_assert_not_null(strstr((const char *)reply.body, "nobody"));
    reply_free(&reply);
}

Test(session, is_not_had_where_pages_of_strangers_run)
{
    char host[64];
    (void)snprintf(host, sizeof host, "bafkqaaa.ipfs.localhost:%u", port);
    expect(&(struct attempt){ .host = host, .domain = host }, 403, "only a page of this origin");
    struct reply reply = send("GET", "/session/nonce", host, NULL, "");
    cr_assert_eq(reply.status, 403);
    reply_free(&reply);
}

Test(session, behind_https_is_for_https_alone)
{
    struct attempt attempt = { .host = "node.example",
                               .domain = "node.example",
                               .uri = "https://node.example/",
                               .headers = "X-Forwarded-Proto: https\r\n"
                                          "Origin: https://node.example\r\n" };
    struct reply reply = sign_in(&attempt);
    cr_assert_eq(reply.status, 200, "%s", (const char *)reply.body);
    cr_assert_not_null(strstr(reply.head, "Set-Cookie: mintmark_session="));
    cr_assert_not_null(strstr(reply.head, "SameSite=Strict; Secure\r\n"));
    reply_free(&reply);
    attempt.uri = "http://node.example/";
    expect(&attempt, 401, "the URI is not of this page's origin");
}

Test(session, names_what_is_malformed)
{
    static const char *const bodies[] = {
        "",
        "{",
        "[]",
        "{}",
        "{\"message\":\"x\"}",
        "{\"message\":1,\"signature\":\"0x\"}",
        "{\"message\":\"x\",\"signature\":null}",
        "{\"message\":\"x\",\"message\":\"y\",\"signature\":\"\"}"
    };
    for (size_t i = 0; i < MM_COUNT_OF(bodies); i++) {
        struct reply reply = send("POST", "/session", NULL, NULL, bodies[i]);
        cr_expect_eq(reply.status, 400, "%s", bodies[i]);
        reply_free(&reply);
    }
    static char large[SESSION_BODY_BYTES_MAX + 2];
    memset(large, ' ', SESSION_BODY_BYTES_MAX + 1);
    struct reply reply = send("POST", "/session", NULL, NULL, large);
    cr_assert_eq(reply.status, 413);
    reply_free(&reply);
}
