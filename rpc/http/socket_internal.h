/* WebSocket connections of a worker: wslay between the socket and the handler, by file:
 *
 *     socket.c          made, referred to, spoken to from any thread      socket_frames.c   bytes and frames, in and out
 *     socket_messages.c what waits for the handler or the client          socket_turns.c    the worker's turn over all of them
 *
 *   the worker's own:   fd, frames, state, the list of its sockets
 *   under socket->lock: the queue, what is closed, whether it is in the worker's list of sockets with something to do
 *
 * A socket is only marked (is_ended) while events are handled, and let go of after them, because an event that was fetched
 * already may still point to it. */
#ifndef RPC_HTTP_SOCKET_INTERNAL_H
#define RPC_HTTP_SOCKET_INTERNAL_H

#include <wslay/wslay.h>

#include "rpc/http/socket.h"
#include "rpc/http/worker.h"

/* A message that waits: for the handler, or for the worker to send it. */
struct message {
    struct message *next;
    struct mm_buf text;
};

struct messages {
    struct message *first, *last; /* owned */
    size_t bytes;
};

struct http_socket {
    struct watch watch; /* first: events point to it */
    atomic_uint references;
    const struct http_socket_handler *handler;
    bool is_trusted;

    struct worker *worker;
    struct http_socket *next, *prev; /* of the worker's */
    struct MHD_UpgradeResponseHandle *handle;
    int fd;
    wslay_event_context_ptr frames;
    void *state;
    mm_bytes early;   /* came with the head of the request; during the first read */
    size_t read_left; /* of this turn */
    uint32_t events;  /* that epoll is asked for */
    uint64_t heard_ms;
    uint64_t end_by_ms; /* 0: not closing */
    bool is_pinged;
    struct messages inbox; /* whole messages that the handler has not seen */
    bool is_drained;       /* nothing is read any more but thrown away */
    bool is_ended;

    pthread_mutex_t lock;
    struct messages queue;
    size_t backlog_bytes; /* in frames, as of the last turn */
    unsigned close_code;  /* asked for; 0: not */
    bool is_cut;          /* the client does not read */
    bool is_closed;
    bool is_waiting; /* in worker->waiting */
    struct http_socket *next_waiting;
};

/* ---- socket_messages.c ---- */

/* Takes the text over on success. */
bool messages_add(struct messages *messages, struct mm_buf *text);
/* The text of the first is the caller's then. */
bool messages_take(struct messages *messages, struct mm_buf *text);
void messages_drop(struct messages *messages);

/* ---- socket.c ---- */

size_t socket_backlog_max(const struct http_socket *socket);

/* ---- socket_frames.c: in the worker's thread ---- */

/* A client that sends and does not read has to wait; one that is silent for too long meanwhile is taken for gone. */
bool socket_is_paused(const struct http_socket *socket);
void socket_begin_close(struct http_socket *socket, unsigned code);
/* What was queued for the client goes into frames. */
void socket_take_queue(struct http_socket *socket);
void socket_write_frames(struct http_socket *socket);

#endif
