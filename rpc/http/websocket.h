/* WebSocket (RFC 6455): messages both ways on a connection that began as a GET of a route with `socket` set.
 *
 *     GET / + Upgrade: websocket ──► Host, route, origin as for any request (admit.c) ──► handshake.c ──► 101
 *                                                                                            │
 *     worker's thread:   open ──► message, message, … ──► closed                             ▼
 *     any thread:        http_socket_send ──► the socket's queue ──► wakes the worker ──► frames ──► the client
 *
 * Framing is wslay's: fragments, ping and pong, the closing handshake, UTF-8 of text, masks. This folder drives it from the
 * worker's loop, beside MHD's connections, and adds what a node needs against clients that are slow, silent or gone:
 *
 *   slow      what waits for a client is bounded. When more than backlog_bytes_max waits and there is another message for it,
 *             the connection is cut: nobody waits for a client, and nobody keeps memory for one without end.
 *   silent    after ping_s without a byte it is asked (ping), after twice as long it is taken for gone.
 *   too much  a message beyond message_bytes_max ends the connection with 1009, bad UTF-8 with 1007, bad frames with 1002.
 *
 * A page of any origin may open one, since WebSocket has no CORS: open is told whether the origin is one that is trusted, and
 * what it must not do is for the handler to refuse.
 *
 * Memory: a socket is counted. The worker holds one reference from the handshake to closed; whoever sends from elsewhere
 * holds one of its own. A message to be sent is owned by the queue until the kernel has it. Threads: open, message and closed
 * in the thread of the worker that has the connection; the functions below from any. Limits: above; the number of sockets is
 * bounded by the server's connections_max. */
#ifndef RPC_HTTP_WEBSOCKET_H
#define RPC_HTTP_WEBSOCKET_H

#include "state/base/buf.h"
#include "state/base/bytes.h"

struct http_socket;

enum {
    WEBSOCKET_MESSAGE_BYTES_DEFAULT = 32 << 20, /* go-ethereum's */
    WEBSOCKET_BACKLOG_BYTES_DEFAULT = 16 << 20,
    WEBSOCKET_PING_DEFAULT_S = 30, /* go-ethereum's */
};

/* Codes of RFC 6455 section 7.4.1 that are sent from here. */
enum http_socket_code {
    WEBSOCKET_NORMAL = 1000,
    WEBSOCKET_GOING_AWAY = 1001, /* the node stops */
    WEBSOCKET_INTERNAL = 1011,
};

struct http_socket_handler {
    /* After the 101. What it returns is the `state` of the others; NULL ends the connection with 1011, without closed. */
    void *(*open)(void *context, struct http_socket *socket, bool is_trusted);
    /* A whole message, text or binary; the bytes are valid during the call. */
    void (*message)(void *state, struct http_socket *socket, mm_bytes bytes);
    /* Once, last: no message comes any more, and nothing that is sent arrives. */
    void (*closed)(void *state);
    size_t message_bytes_max; /* of a message from the client; 0: the default */
    size_t backlog_bytes_max; /* waiting for it; 0: the default. One message may be larger */
    unsigned ping_s;          /* 0: the default */
    void *context;
};

void http_socket_ref(struct http_socket *socket);
void http_socket_unref(struct http_socket *taken_socket);
/* Queues a text message; taken_text is empty afterwards in any case. False: the connection is closed, or is cut now because the
 * client does not read. */
bool http_socket_send(struct http_socket *socket, struct mm_buf *taken_text);
/* Begins the closing handshake after what was sent before. */
void http_socket_close(struct http_socket *socket, enum http_socket_code code);

#endif
