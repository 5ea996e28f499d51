/* Bytes to a running server, over a real connection. The first byte says how: as they are, or behind a WebSocket's handshake; in one
 * piece, or in pieces of that size.
 *
 * Properties: the server lives; when the client ends its half, the server ends its own; what a WebSocket was sent is whole frames of
 * known kinds, unmasked and in one piece, and nothing behind a close; what HTTP was sent begins with a status line; every
 * WebSocket that was opened is closed. */
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rpc/http/http.h"
#include "state/base/assert.h"
#include "state/base/heap.h"
#include "tests/lib/websocket_client.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SENT_MAX = 1 << 20 };

static struct http_server *server;
static atomic_uint opened, closed;

static void *on_open(void *context, struct http_socket *socket, bool is_trusted)
{
    (void)context, (void)socket, (void)is_trusted;
    atomic_fetch_add(&opened, 1);
    return &opened;
}

static void on_message(void *state, struct http_socket *socket, mm_bytes bytes)
{
    struct mm_buf text;
    (void)state;
    mm_buf_init(&text, SIZE_MAX / 2);
    mm_buf_add(&text, bytes);
    (void)http_socket_send(socket, &text);
}

static void on_closed(void *state)
{
    (void)state;
    atomic_fetch_add(&closed, 1);
}

static void echo(void *context, struct http_request *request)
{
    struct http_response response;
    (void)context;
    http_response_init(&response, 200, "application/octet-stream", 0);
    response.body = http_body_take(request);
    http_answer(request, &response);
}

static const struct http_socket_handler SOCKET = {
    .open = on_open, .message = on_message, .closed = on_closed, .message_bytes_max = 64 << 10
};
static const struct http_route ROUTES[] = {
    { .path = "/", .methods = HTTP_GET, .respond = echo, .socket = &SOCKET },
    { .path = "/",
      .methods = HTTP_POST,
      .cors = HTTP_CORS_ANY,
      .body_bytes_max = 64 << 10,
      .respond = echo },
};

static void stop(void)
{
    http_server_stop(server);
    MM_ASSERT(atomic_load(&opened) == atomic_load(&closed));
}

static void start(void)
{
    const struct http_options options = {
        .routes = ROUTES, .routes_count = 2, .threads = 1, .idle_timeout_s = 5
    };
    if (server != NULL)
        return;
    MM_ASSERT(http_server_start(&server, &options, NULL) == MM_OK);
    /* The first handshake starts libcrypto, whose own exit handler has to come after ours. */
    struct client client = ws_connect(http_server_port(server), "/");
    client_close(&client);
    MM_ASSERT(atexit(stop) == 0);
}

static void send_pieces(struct client *client, mm_bytes bytes, size_t piece)
{
    while (bytes.len > 0) {
        const size_t len = bytes.len < piece ? bytes.len : piece;
        if (!client_send(client, mm_bytes_from(bytes.ptr, len)))
            return; /* it has had enough */
        bytes = mm_bytes_from(bytes.ptr + len, bytes.len - len);
    }
}

static void check_http(struct client *client)
{
    while (client_wait(client, client->in_len + 1) && client->in_len < SENT_MAX)
        continue;
    MM_ASSERT(client->in_len < 9 || memcmp(client->in, "HTTP/1.", 7) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    start();
    const bool is_socket = (data[0] & 1) != 0;
    const size_t piece = data[0] / 2 == 0 ? SIZE_MAX : data[0] / 2u;
    struct client client = is_socket ? ws_connect(http_server_port(server), "/")
                                     : client_connect(http_server_port(server));
    MM_ASSERT(client.fd >= 0);
    send_pieces(&client, mm_bytes_from(data + 1, size - 1), piece);
    (void)shutdown(client.fd, SHUT_WR);
    if (is_socket)
        ws_drain(&client, NULL);
    else
        check_http(&client);
    client_close(&client);
    return 0;
}
