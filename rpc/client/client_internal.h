/* What the exchange (client.c) asks of the connection (socket.c). */
#ifndef RPC_CLIENT_CLIENT_INTERNAL_H
#define RPC_CLIENT_CLIENT_INTERNAL_H

#include "rpc/client/client.h"
#include "rpc/client/reply.h"

struct client {
    struct url url;
    uint64_t connect_timeout_ms;
    uint64_t idle_timeout_ms;
    const char *bearer;         /* borrowed, or NULL */
    bool (*is_over)(void *ctx); /* or NULL */
    void *ctx;
    int fd; /* -1: none */
    struct reply reply;
    size_t in_len;
    uint8_t in[CLIENT_BUFFER_BYTES];
    uint8_t out[CLIENT_BUFFER_BYTES]; /* of files being sent */
};

/* A connection that is open and quiet: the one at hand, or a new one. */
MM_MUST_USE enum client_verdict client_connect(struct client *client, struct mm_reason *reason);
void client_disconnect(struct client *client);

enum client_sent { CLIENT_SENT, CLIENT_SENT_ENOUGH, CLIENT_SENT_LOST, CLIENT_SENT_LATE };
/* All the bytes. CLIENT_SENT_ENOUGH: the server has begun to answer, or closed its side: read what it says. */
enum client_sent client_send(struct client *client, mm_bytes bytes);
/* The next bytes into client->in. 0: closed; -1: broken; -2: late. */
ptrdiff_t client_receive(struct client *client);

#endif
