/* Whole requests to /api/v0 over a store in memory: the first line of the input is the command with its query, the rest the body of a
 * multipart upload, whose boundary is XX; a first byte of '+' sends it in pieces.
 *
 * Properties: the node lives; the answer has a status that the door gives; a refusal is JSON with a message; the store is within its
 * quota. What a chunked answer begins and cannot end is cut. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "rpc/content/api.h"
#include "state/base/assert.h"
#include "state/codec/json.h"
#include "tests/lib/http_client.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LINE_MAX = 1500, QUOTA = 16 << 20, ROUNDS = 500 };

static struct content *content;
static struct content_api *api;
static struct http_server *server;
static unsigned rounds;

static void stop(void)
{
    if (server == NULL)
        return;
    http_server_stop(server);
    content_api_free(api);
    content_close(content);
    server = NULL;
}

/* libcrypto's own exit handler has to come after ours: the first digest starts it. */
static void start_crypto(void)
{
    const mm_bytes nothing = { NULL, 0 };
    struct multihash hash;
    struct multihasher *hasher = multihasher_new();
    MM_ASSERT(hasher != NULL &&
              multihasher_digest(hasher, &hash, MULTIHASH_SHA2_256, &nothing, 1) == MM_OK);
    multihasher_free(hasher);
}

/* A new store now and then, so that what an input finds does not depend on all before it. */
static void start(void)
{
    static bool is_registered;
    if (server != NULL && rounds++ < ROUNDS)
        return;
    stop();
    rounds = 0;
    size_t count;
    MM_ASSERT(content_open(&content, &(struct content_options){ .quota_bytes = QUOTA }, NULL) ==
              MM_OK);
    api = content_api_new(&(struct content_api_options){ .content = content, .version = "0" });
    MM_ASSERT(api != NULL);
    const struct http_route *routes = content_api_routes(api, &count);
    const struct http_options options = { .routes = routes,
                                          .routes_count = count,
                                          .threads = 1,
                                          .idle_timeout_s = 5,
                                          .connection_bytes = CONTENT_API_CONNECTION_BYTES };
    MM_ASSERT(http_server_start(&server, &options, NULL) == MM_OK);
    if (is_registered)
        return;
    start_crypto();
    MM_ASSERT(atexit(stop) == 0);
    is_registered = true;
}

static void check_refusal(const struct reply *reply)
{
    struct mm_arena arena;
    struct json json;
    const struct json_options options = { .unique_keys = true };
    mm_arena_init(&arena, 1 << 20);
    MM_ASSERT(json_parse(&arena, &json, mm_bytes_from(reply->body, reply->body_len), &options,
                         NULL) == JSON_OK);
    MM_ASSERT(json_find(&json, "Message") != NULL && json_find(&json, "Type") != NULL);
    mm_arena_fini(&arena);
}

static bool is_target(mm_bytes line)
{
    for (size_t i = 0; i < line.len; i++) {
        if (line.ptr[i] <= ' ' || line.ptr[i] >= 0x7f || line.ptr[i] == '#')
            return false;
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *newline = size == 0 ? NULL : memchr(data, '\n', size);
    if (newline == NULL || newline - data > LINE_MAX)
        return 0;
    const bool in_pieces = data[0] == '+';
    const mm_bytes line = mm_bytes_from(data + in_pieces, (size_t)(newline - data) - in_pieces);
    const mm_bytes body = mm_bytes_from(newline + 1, size - (size_t)(newline - data) - 1);
    char head[LINE_MAX + 300];
    if (!is_target(line))
        return 0;
    start();
    struct client client = client_connect(http_server_port(server));
    MM_ASSERT(client.fd >= 0);
    (void)snprintf(head, sizeof head,
                   "POST /api/v0/%.*s HTTP/1.1\r\nHost: localhost\r\n"
                   "Content-Type: multipart/form-data; boundary=XX\r\nContent-Length: %zu\r\n\r\n",
                   (int)line.len, (const char *)line.ptr, body.len);
    bool is_open = client_text(&client, head);
    const size_t step = in_pieces ? 7 : body.len + 1;
    for (size_t at = 0; at < body.len && is_open; at += step) {
        const size_t len = body.len - at < step ? body.len - at : step;
        is_open = client_send(&client, mm_bytes_from(body.ptr + at, len));
    }
    struct reply reply = client_reply(&client, false);
    MM_ASSERT(reply.status == 200 || reply.status == 400 || reply.status == 404 ||
              reply.status == 413 || reply.status == 500 || reply.status == 503 ||
              reply.status == 507);
    if (reply.ok && (reply.status == 404 || reply.status == 500 || reply.status == 507))
        check_refusal(&reply);
    MM_ASSERT(content_totals(content).bytes <= QUOTA);
    reply_free(&reply);
    client_close(&client);
    return 0;
}
