/* Profile pictures: who may set one, what one is, and what comes back. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "p2p/content/avatar.h"
#include "p2p/content/gc.h"
#include "rpc/avatar/avatar.h"
#include "state/crypto/address.h"
#include "tests/lib/http_client.h"
#include "tests/lib/wallet.h"

#define H "Host: localhost\r\n"
#define PNG "\x89PNG\r\n\x1a\n"

enum { CHAIN = 31337 };

static struct content *content;
static struct avatar avatar;
static struct http_route route;
static struct http_server *server;
static struct wallet wallet;

static uint64_t chain_id(void *ctx)
{
    (void)ctx;
    return CHAIN;
}

static void open_all(void)
{
    cr_assert_eq(content_open(&content, &(struct content_options){ .path = NULL }, NULL), MM_OK);
    avatar = (struct avatar){ content, chain_id, NULL };
    route = avatar_route(&avatar, true);
    const struct http_options http = { .routes = &route, .routes_count = 1 };
    cr_assert_eq(http_server_start(&server, &http, NULL), MM_OK);
    wallet_init(&wallet, 7);
}

static void close_all(void)
{
    http_server_stop(server);
    wallet_fini(&wallet);
    content_close(content);
}

TestSuite(avatar, .init = open_all, .fini = close_all, .timeout = 60);

static uint64_t now_s(void)
{
    return (uint64_t)time(NULL);
}

/* What is signed, which is what is sent unless a test changes it. */
struct request {
    mm_bytes picture;
    mm_bytes signed_picture;
    mm_addr addr;
    uint64_t chain;
    uint64_t expires_s;
    uint64_t signed_expires_s;
};

static struct request request_of(mm_bytes picture, uint64_t expires_s)
{
    return (struct request){ picture, picture, wallet.addr, CHAIN, expires_s, expires_s };
}

static mm_hash32 sha256_of(mm_bytes bytes)
{
    struct multihasher *hasher = multihasher_new();
    struct multihash hash;
    mm_hash32 out;
    cr_assert_eq(multihasher_digest(hasher, &hash, MULTIHASH_SHA2_256, &bytes, 1), MM_OK);
    memcpy(out.b, hash.digest, 32);
    multihasher_free(hasher);
    return out;
}

static struct reply put(const struct request *request)
{
    char text[AVATAR_TEXT_MAX + 1];
    char address[ADDRESS_TEXT + 1];
    char signature[WALLET_SIGNATURE_TEXT + 1];
    char head[1024];
    const mm_hash32 sha256 = sha256_of(request->signed_picture);
    const size_t len =
        avatar_text(text, &request->addr, request->chain, &sha256, request->signed_expires_s);
    wallet_sign(&wallet, signature, mm_bytes_from(text, len));
    address_to_text(address, &request->addr);
    (void)snprintf(
        head, sizeof head,
        "PUT /avatar/%s?expires=%llu&signature=%s HTTP/1.1\r\n" H "Content-Length: %zu\r\n\r\n",
        address, (unsigned long long)request->expires_s, signature, request->picture.len);
    struct client client = client_connect(http_server_port(server));
    (void)(client_text(&client, head) && client_send(&client, request->picture));
    struct reply reply = client_reply(&client, false);
    client_close(&client);
    return reply;
}

static unsigned put_status(const struct request *request)
{
    struct reply reply = put(request);
    const unsigned status = reply.status;
    reply_free(&reply);
    return status;
}

static struct reply get(const char *headers)
{
    char text[1024];
    (void)snprintf(text, sizeof text, "GET /avatar/%s HTTP/1.1\r\n" H "%s\r\n", wallet.address,
                   headers);
    return client_ask(http_server_port(server), text);
}

static unsigned get_status(const char *headers)
{
    struct reply reply = get(headers);
    const unsigned status = reply.status;
    reply_free(&reply);
    return status;
}

Test(avatar, the_text_that_is_signed_is_this)
{
    char text[AVATAR_TEXT_MAX + 1];
    mm_addr who;
    cr_assert_eq(
        address_from_text(&who, MM_BYTES_LIT("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266")),
        ADDRESS_OK);
    const mm_hash32 sha256 = sha256_of(MM_BYTES_LIT("test"));
    (void)avatar_text(text, &who, 31337, &sha256, 1764201600);
    cr_assert_str_eq(text,
                     "mintmark: set my profile picture\n"
                     "address: 0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266\n"
                     "chain: 31337\n"
                     "sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\n"
                     "expires: 1764201600");
}

Test(avatar, what_is_set_comes_back_with_its_type_and_a_tag)
{
    cr_assert_eq(get_status(""), 404);
    const struct request request = request_of(MM_BYTES_LIT(PNG "a picture"), now_s() + 60);
    cr_assert_eq(put_status(&request), 201);
    struct reply reply = get("");
    cr_assert_eq(reply.status, 200);
    cr_assert_eq(reply.body_len, request.picture.len);
    cr_assert_eq(memcmp(reply.body, request.picture.ptr, request.picture.len), 0);
    cr_assert_not_null(strstr(reply.head, "Content-Type: image/png"));
    cr_assert_not_null(strstr(reply.head, "max-age=60"));
    cr_assert_not_null(strstr(reply.head, "nosniff"));
    const char *etag = strstr(reply.head, "ETag: \"");
    cr_assert_not_null(etag);
    char headers[256];
    (void)snprintf(headers, sizeof headers, "If-None-Match: %.*s\r\n", (int)strcspn(etag + 6, "\r"),
                   etag + 6);
    reply_free(&reply);
    cr_assert_eq(get_status(headers), 304);
    cr_assert_eq(get_status("If-None-Match: \"another\"\r\n"), 200);
}

Test(avatar, a_new_picture_replaces_the_old_one_which_a_collection_then_removes)
{
    const struct request first = request_of(MM_BYTES_LIT(PNG "first"), now_s() + 60);
    const struct request second = request_of(MM_BYTES_LIT("GIF89a second"), now_s() + 61);
    cr_assert_eq(put_status(&first), 201);
    cr_assert_eq(put_status(&second), 200);
    const struct content_gc_options options = { .now_ms = 1 };
    cr_assert_eq(content_gc_run(content, NULL, &options), MM_OK);
    cr_assert_eq(content_totals(content).blocks, 1);
    struct reply reply = get("");
    cr_assert_not_null(strstr(reply.head, "Content-Type: image/gif"));
    reply_free(&reply);
}

Test(avatar, an_old_request_sent_again_brings_no_old_picture_back)
{
    const struct request first = request_of(MM_BYTES_LIT(PNG "first"), now_s() + 60);
    const struct request second = request_of(MM_BYTES_LIT(PNG "second"), now_s() + 61);
    cr_assert_eq(put_status(&first), 201);
    cr_assert_eq(put_status(&first), 401);
    cr_assert_eq(put_status(&second), 200);
    cr_assert_eq(put_status(&first), 401);
}

Test(avatar, a_signature_over_anything_else_is_refused)
{
    const mm_bytes picture = MM_BYTES_LIT(PNG "a picture");
    struct request request = request_of(picture, now_s() + 60);
    request.signed_picture = MM_BYTES_LIT(PNG "another");
    cr_assert_eq(put_status(&request), 401);
    request = request_of(picture, now_s() + 60);
    request.chain = CHAIN + 1;
    cr_assert_eq(put_status(&request), 401);
    request = request_of(picture, now_s() + 60);
    request.signed_expires_s++;
    cr_assert_eq(put_status(&request), 401);
    request = request_of(picture, now_s() + 60);
    request.addr.b[0] ^= 1; /* signed by a key that is not this address's */
    cr_assert_eq(put_status(&request), 401);
    cr_assert_eq(get_status(""), 404);
}

Test(avatar, a_request_is_good_for_an_hour_at_most_and_not_afterwards)
{
    const mm_bytes picture = MM_BYTES_LIT(PNG "a picture");
    struct request request = request_of(picture, now_s() - 1);
    cr_assert_eq(put_status(&request), 401);
    request = request_of(picture, now_s() + AVATAR_AHEAD_MAX_S + 60);
    cr_assert_eq(put_status(&request), 401);
    request = request_of(picture, now_s() + AVATAR_AHEAD_MAX_S - 60);
    cr_assert_eq(put_status(&request), 201);
}

Test(avatar, what_is_no_picture_is_refused_and_svg_by_name)
{
    struct request request = request_of(MM_BYTES_LIT("plain text"), now_s() + 60);
    cr_assert_eq(put_status(&request), 415);
    request =
        request_of(MM_BYTES_LIT("<svg xmlns=\"http://www.w3.org/2000/svg\"></svg>"), now_s() + 60);
    struct reply reply = put(&request);
    cr_assert_eq(reply.status, 415);
    cr_assert_not_null(strstr((const char *)reply.body, "SVG"));
    reply_free(&reply);
    request = request_of(MM_BYTES_LIT(""), now_s() + 60);
    cr_assert_eq(put_status(&request), 415);
}

Test(avatar, two_mebibytes_are_taken_and_a_byte_more_is_not)
{
    static uint8_t large[AVATAR_BYTES_MAX + 1] = PNG;
    struct request request = request_of(mm_bytes_from(large, AVATAR_BYTES_MAX), now_s() + 60);
    cr_assert_eq(put_status(&request), 201);
    struct reply reply = get("");
    cr_assert_eq(reply.body_len, AVATAR_BYTES_MAX);
    reply_free(&reply);
    request = request_of(MM_BYTES_OF(large), now_s() + 61);
    cr_assert_eq(put_status(&request), 413);
}

Test(avatar, malformed_requests_are_named)
{
    static const char *const targets[] = { "/avatar/", "/avatar/0x12",
                                           "/avatar/0xF39Fd6e51aad88F6F4ce6aB8827279cffFb92266" };
    for (size_t i = 0; i < MM_COUNT_OF(targets); i++) {
        char text[256];
        (void)snprintf(text, sizeof text, "GET %s HTTP/1.1\r\n" H "\r\n", targets[i]);
        struct reply reply = client_ask(http_server_port(server), text);
        cr_assert_eq(reply.status, 400, "%s", targets[i]);
        reply_free(&reply);
    }
    static const char *const queries[] = { "", "?expires=1", "?expires=x&signature=0x12",
                                           "?expires=9999999999&signature=0x12" };
    for (size_t i = 0; i < MM_COUNT_OF(queries); i++) {
        char text[512];
        (void)snprintf(text, sizeof text,
                       "PUT /avatar/0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266%s HTTP/1.1\r\n" H
                       "Content-Length: 6\r\n\r\nGIF89a",
                       queries[i]);
        struct reply reply = client_ask(http_server_port(server), text);
        cr_assert_eq(reply.status, 400, "%s", queries[i]);
        reply_free(&reply);
    }
}
