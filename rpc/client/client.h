/* An HTTP/1.1 client for a node's doors: JSON-RPC, uploads of any length, downloads in pieces.
 *
 *     client_ask:  method, target, a body of parts ──► socket ──► reply (reply.h) ──► sink, piece by piece
 *
 * One connection, kept open between requests as long as the server allows, made again when it is gone. A body is a list of
 * parts: bytes, or files that are opened as their turn comes, so an upload needs one small buffer whatever its length. The server
 * may answer before it has read everything (too large, refused): then the rest is not sent.
 * Time limits: connecting, and every wait for a byte in either direction. No TLS, no proxies, no redirects, no cookies:
 * docs/decisions/0005-http-client.md says why this is not a library's.
 * Memory: a client has its buffers; bodies of answers are the sink's. Threads: a client belongs to one. */
#ifndef RPC_CLIENT_CLIENT_H
#define RPC_CLIENT_CLIENT_H

#include "rpc/client/url.h"
#include "state/base/buf.h"

enum {
    CLIENT_CONNECT_DEFAULT_MS = 5000,
    CLIENT_IDLE_DEFAULT_MS = 60000,
    CLIENT_BUFFER_BYTES = 64 << 10,
    CLIENT_ASIDE_MS = 100,
};

enum client_verdict {
    CLIENT_OK = 0,
    CLIENT_UNREACHABLE, /* no connection: unknown host, refused, no answer in time */
    CLIENT_LOST,        /* the connection broke, or no byte came in time */
    CLIENT_NOT_HTTP,    /* what came is no answer of HTTP/1.1 */
    CLIENT_FILE,        /* a part's file cannot be read or is not as long as it was */
    CLIENT_SINK,        /* the sink refused: too long for it, or its own error */
    CLIENT_STATUS,      /* an answer, but not the one that was hoped for (jsonrpc.h, client_get) */
    CLIENT_NO_MEMORY,
};

struct client;

struct client_options {
    uint64_t connect_timeout_ms; /* 0: the default */
    uint64_t idle_timeout_ms;    /* 0: the default */
    /* Asked before every wait, and every CLIENT_ASIDE_MS during one; true ends it as if it were late. May be NULL. */
    bool (*is_over)(void *ctx);
    void *ctx;
};

/* options may be NULL. NULL: no memory. Connects when first asked. */
struct client *client_new(const struct url *url, const struct client_options *options);
void client_free(struct client *client);
/* A token that goes with every request from here on (RFC 6750); without control characters. Borrowed; NULL: none. */
void client_set_bearer(struct client *client, const char *bearer);
const struct url *client_url(const struct client *client);

struct client_part {
    mm_bytes bytes;   /* this, */
    const char *path; /* or, unless NULL, `len` bytes of this file */
    uint64_t len;
};

struct client_request {
    const char *method;
    const char
        *target; /* behind the URL's path; begins with '/' unless empty: "/api/v0/add?pin=true" */
    const char *content_type; /* NULL: no body */
    const char *accept;       /* NULL: anything */
    const struct client_part *parts;
    size_t part_count;
};

/* Told of the body, piece by piece. An error ends it (CLIENT_SINK). sent may be NULL: told how much of the request is out. */
struct client_sink {
    void *ctx;
    mm_err (*piece)(void *ctx, unsigned status, mm_bytes piece);
    void (*sent)(void *ctx, uint64_t done, uint64_t total);
};

/* Out: *status, 0 on failure. reason: a line for a person. */
MM_MUST_USE enum client_verdict client_ask(struct client *client, unsigned *status,
                                           const struct client_request *request,
                                           const struct client_sink *sink,
                                           struct mm_reason *reason);
/* The whole answer appended to `body`, whose maximum is the limit; errors of that are CLIENT_SINK. */
MM_MUST_USE enum client_verdict client_ask_all(struct client *client, unsigned *status,
                                               struct mm_buf *body,
                                               const struct client_request *request,
                                               struct mm_reason *reason);

#endif
