/* The story over HTTP: a token is shown as its owner's picture, is given away, and is shown no longer; the ordinary picture stays. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "p2p/content/avatar.h"
#include "tests/unit/rpc/profile/gallery.h"

TestSuite(profile, .init = gallery_open, .fini = gallery_close, .timeout = 60);

enum { ALICE = 1, BOB = 2 };

#define CAT GALLERY_PNG "the token's picture"
#define SELF GALLERY_PNG "the ordinary picture"

static struct reply put_token(size_t person, uint64_t token, const char *headers)
{
    char body[256];
    (void)snprintf(body, sizeof body,
                   "{\"chain\":31337,\"collection\":\"0x6d696e746d61726b000000000000000000000721\","
                   "\"token\":%llu}",
                   (unsigned long long)token);
    return gallery_ask("PUT", "/profile/", person, headers, mm_bytes_str(body));
}

static int put_status(size_t person, uint64_t token, const char *headers)
{
    struct reply reply = put_token(person, token, headers);
    const int status = reply.status;
    reply_free(&reply);
    return status;
}

static int status_of(const char *method, const char *path, size_t person, const char *headers,
                     mm_bytes body)
{
    struct reply reply = gallery_ask(method, path, person, headers, body);
    const int status = reply.status;
    reply_free(&reply);
    return status;
}

/* Whether the profile of a person says this. */
static void expect_says(size_t person, const char *text)
{
    struct reply reply = gallery_ask("GET", "/profile/", person, "", mm_bytes_from(NULL, 0));
    cr_expect_eq(reply.status, 200);
    cr_expect(reply_has(&reply, "Access-Control-Allow-Origin: *"));
    cr_expect_not_null(strstr((const char *)reply.body, text), "%s is not in %s", text,
                       (const char *)reply.body);
    reply_free(&reply);
}

/* The picture to embed: its kind, and its bytes where they are given. */
static void expect_picture(size_t person, const char *kind, mm_bytes bytes)
{
    char line[64];
    struct reply reply = gallery_ask("GET", "/avatar/?verified=1&fallback=identicon", person, "",
                                     mm_bytes_from(NULL, 0));
    (void)snprintf(line, sizeof line, "X-Mintmark-Avatar: %s", kind);
    cr_expect_eq(reply.status, 200);
    cr_expect(reply_has(&reply, line), "%s: %s", kind, reply.head);
    cr_expect(reply_has(&reply, "Cache-Control: no-cache"));
    cr_expect(reply_has(&reply, "Access-Control-Allow-Origin: *"));
    cr_expect(bytes.len == 0 || mm_bytes_equal(mm_bytes_from(reply.body, reply.body_len), bytes));
    reply_free(&reply);
}

Test(profile, shows_a_token_while_its_owner_has_it)
{
    char cookie[WALLET_COOKIE_BYTES];
    const mm_bytes cat = MM_BYTES_LIT(CAT);
    const mm_bytes self = MM_BYTES_LIT(SELF);
    const uint64_t token = gallery_mint_picture(ALICE, cat);
    gallery_sign_in(cookie, ALICE);
    expect_says(ALICE, "\"verified\":null,\"was\":null,\"avatar\":null");
    expect_picture(ALICE, "generated", mm_bytes_from(NULL, 0));

    cr_assert_eq(status_of("PUT", "/avatar/", ALICE, cookie, self), 201);
    expect_picture(ALICE, "ordinary", self);
    cr_assert_eq(put_status(ALICE, token, cookie), 200);
    expect_says(ALICE, "\"verified\":{\"chain\":31337,");
    expect_says(ALICE, "\"name\":\"A \\\"cat\\\"\"");
    expect_says(ALICE, "\"type\":\"image/png\"");
    expect_says(ALICE, "\"block\":{\"number\":1,\"hash\":\"0x");
    expect_says(ALICE, "\"was\":null,\"avatar\":\"/avatar/0x");
    expect_picture(ALICE, "verified", cat);

    dev_chain_transfer(&gallery.dev, ALICE, BOB, token);
    (void)dev_chain_block(&gallery.dev);
    expect_says(ALICE, "\"verified\":null,\"was\":{\"chain\":31337,");
    expect_says(ALICE, "\"reason\":\"moved\"");
    expect_picture(ALICE, "ordinary", self);
    expect_says(BOB, "\"verified\":null,\"was\":null"); /* who has not asked to show it */

    dev_chain_transfer(&gallery.dev, BOB, ALICE, token);
    (void)dev_chain_block(&gallery.dev);
    expect_picture(ALICE, "verified", cat);
    dev_chain_burn(&gallery.dev, ALICE, token);
    (void)dev_chain_block(&gallery.dev);
    expect_says(ALICE, "\"reason\":\"burned\"");
    expect_picture(ALICE, "ordinary", self);
}

Test(profile, is_its_owners_to_set)
{
    char alice[WALLET_COOKIE_BYTES];
    char bob[WALLET_COOKIE_BYTES];
    const mm_bytes none = mm_bytes_from(NULL, 0);
    const uint64_t token = gallery_mint_picture(ALICE, MM_BYTES_LIT(CAT));
    gallery_sign_in(alice, ALICE);
    gallery_sign_in(bob, BOB);
    cr_assert_eq(put_status(ALICE, token, ""), 401);
    cr_assert_eq(put_status(ALICE, token, bob), 403);
    cr_assert_eq(put_status(BOB, token, bob), 403, "the token is not his");
    cr_assert_eq(put_status(ALICE, token + 1, alice), 404);
    expect_says(ALICE, "\"verified\":null,\"was\":null");
    cr_assert_eq(put_status(ALICE, token, alice), 200);
    cr_assert_eq(status_of("DELETE", "/profile/", ALICE, bob, none), 403);
    cr_assert_eq(status_of("DELETE", "/profile/", ALICE, "", none), 401);
    expect_picture(ALICE, "verified", none);
    cr_assert_eq(status_of("DELETE", "/profile/", ALICE, alice, none), 204);
    expect_says(ALICE, "\"verified\":null,\"was\":null");
    cr_assert_eq(status_of("DELETE", "/profile/", ALICE, alice, none), 204);
}

Test(profile, keeps_what_was_set_when_something_else_is_refused)
{
    char cookie[WALLET_COOKIE_BYTES];
    const uint64_t token = gallery_mint_picture(ALICE, MM_BYTES_LIT(CAT));
    const uint64_t text = gallery_mint_picture(ALICE, MM_BYTES_LIT("no picture"));
    gallery_sign_in(cookie, ALICE);
    cr_assert_eq(put_status(ALICE, token, cookie), 200);
    cr_assert_eq(put_status(ALICE, text, cookie), 415);
    cr_assert_eq(status_of("PUT", "/profile/", ALICE, cookie, MM_BYTES_LIT("{}")), 400);
    cr_assert_eq(
        status_of("PUT", "/profile/", ALICE, cookie,
                  MM_BYTES_LIT("{\"chain\":1,\"collection\":"
                               "\"0x6d696e746d61726b000000000000000000000721\",\"token\":1}")),
        409);
    expect_picture(ALICE, "verified", MM_BYTES_LIT(CAT));
}

Test(profile, is_set_only_when_every_block_of_the_picture_is_right)
{
    enum { CHUNK = 1 << 20, BYTES = 3 * CHUNK };
    char cookie[WALLET_COOKIE_BYTES];
    uint8_t *picture = calloc(1, BYTES);
    cr_assert_not_null(picture);
    memcpy(picture, GALLERY_PNG, 8);
    memset(picture + 2 * CHUNK, 7, CHUNK);
    const uint64_t token = gallery_mint_picture(ALICE, mm_bytes_from(picture, BYTES));
    gallery_sign_in(cookie, ALICE);
    cr_assert_eq(put_status(ALICE, token, cookie), 200);
    gallery_spoil(mm_bytes_from(picture + 2 * CHUNK, CHUNK));
    cr_assert_eq(put_status(ALICE, token, cookie), 409);
    gallery_spoil(
        mm_bytes_from(picture, CHUNK)); /* now its front as well: it is not shown any more */
    expect_says(ALICE, "\"reason\":\"content\"");
    expect_picture(ALICE, "generated", mm_bytes_from(NULL, 0));
    free(picture);
}

Test(profile, is_not_for_other_pages_to_set)
{
    char cookie[WALLET_COOKIE_BYTES];
    char headers[WALLET_COOKIE_BYTES + 64];
    const uint64_t token = gallery_mint_picture(ALICE, MM_BYTES_LIT(CAT));
    gallery_sign_in(cookie, ALICE);
    (void)snprintf(headers, sizeof headers, "%sOrigin: http://localhost:3000\r\n", cookie);
    cr_assert_eq(put_status(ALICE, token, headers), 403);
    cr_assert_eq(status_of("PUT", "/avatar/", ALICE, headers, MM_BYTES_LIT(SELF)), 403);
    struct reply reply = put_token(ALICE, token, headers);
    cr_assert_null(strcasestr(reply.head, "access-control"));
    reply_free(&reply);
    expect_says(ALICE, "\"verified\":null,\"was\":null,\"avatar\":null");
}

Test(profile, has_a_tag_that_knows_the_frame_from_the_picture)
{
    char cookie[WALLET_COOKIE_BYTES];
    char headers[256];
    const mm_bytes none = mm_bytes_from(NULL, 0);
    const uint64_t token = gallery_mint_picture(ALICE, MM_BYTES_LIT(CAT));
    gallery_sign_in(cookie, ALICE);
    cr_assert_eq(put_status(ALICE, token, cookie), 200);
    cr_assert_eq(status_of("PUT", "/avatar/", ALICE, cookie, MM_BYTES_LIT(CAT)), 201);
    struct reply reply = gallery_ask("GET", "/avatar/?verified=1", ALICE, "", none);
    const char *etag = strstr(reply.head, "ETag: ");
    cr_assert_not_null(etag);
    (void)snprintf(headers, sizeof headers, "If-None-Match: %.*s\r\n", (int)strcspn(etag + 6, "\r"),
                   etag + 6);
    reply_free(&reply);
    cr_assert_eq(status_of("GET", "/avatar/?verified=1", ALICE, headers, none), 304);
    dev_chain_transfer(&gallery.dev, ALICE, BOB, token);
    (void)dev_chain_block(&gallery.dev);
    cr_assert_eq(status_of("GET", "/avatar/?verified=1", ALICE, headers, none), 200,
                 "the same picture without its frame");
    expect_picture(ALICE, "ordinary", MM_BYTES_LIT(CAT));
}

Test(profile, an_ordinary_picture_by_session_outlives_no_signed_request_sent_again)
{
    char cookie[WALLET_COOKIE_BYTES];
    gallery_sign_in(cookie, ALICE);
    cr_assert_eq(status_of("PUT", "/avatar/", ALICE, cookie, MM_BYTES_LIT(SELF)), 201);
    cr_assert_eq(status_of("PUT", "/avatar/", ALICE, cookie, MM_BYTES_LIT(SELF "2")), 200);
    cr_assert_eq(status_of("PUT", "/avatar/", ALICE, cookie, MM_BYTES_LIT(SELF)), 200);
    expect_picture(ALICE, "ordinary", MM_BYTES_LIT(SELF));
    struct content_avatar picture = { .expires_s = 50 };
    struct content_avatar found;
    cr_assert_eq(content_avatar_get(gallery.content, &picture, &gallery.dev.addrs[ALICE]), MM_OK);
    picture.expires_s = 50;
    cr_assert_eq(content_avatar_put(gallery.content, &picture, &gallery.dev.addrs[ALICE]), MM_OK);
    picture.expires_s = 0;
    cr_assert_eq(content_avatar_put(gallery.content, &picture, &gallery.dev.addrs[ALICE]), MM_OK);
    cr_assert_eq(content_avatar_get(gallery.content, &found, &gallery.dev.addrs[ALICE]), MM_OK);
    cr_assert_eq(found.expires_s, 50);
    picture.expires_s = 50;
    cr_assert_eq(content_avatar_put(gallery.content, &picture, &gallery.dev.addrs[ALICE]),
                 MM_ERR_EXISTS);
}

Test(profile, gives_the_element_to_any_page)
{
    char text[128];
    (void)snprintf(text, sizeof text, "GET /avatar.js HTTP/1.1\r\nHost: localhost:%u\r\n\r\n",
                   gallery.port);
    struct reply reply = client_ask(gallery.port, text);
    cr_assert_eq(reply.status, 200);
    cr_assert(reply_has(&reply, "Content-Type: text/javascript; charset=utf-8"));
    cr_assert(reply_has(&reply, "Access-Control-Allow-Origin: *"));
    cr_assert_not_null(strstr((const char *)reply.body, "customElements.define"));
    reply_free(&reply);
}

Test(profile, names_what_is_malformed)
{
    static const char *const paths[] = {
        "/profile/",
        "/profile/0x12",
        "/avatar/0x12",
        "/profile/0xF39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
        "/avatar/0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266?verified=2",
        "/avatar/0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266?fallback=cat"
    };
    for (size_t i = 0; i < MM_COUNT_OF(paths); i++) {
        char text[256];
        (void)snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", paths[i]);
        struct reply reply = client_ask(gallery.port, text);
        cr_expect_eq(reply.status, 400, "%s", paths[i]);
        reply_free(&reply);
    }
}
