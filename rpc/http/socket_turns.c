/* The worker's turn over all of its WebSockets: what came is handled, what waits is sent, the silent are asked, the ended let go. */
#include <sys/epoll.h>
#include <sys/socket.h>

#include "rpc/http/socket_internal.h"

enum {
    SERVE_TURN = 16, /* messages of one socket, before others have their turn */
    TICK_MS = 1000,
};

static void unlink_socket(struct http_socket *socket)
{
    *(socket->prev == NULL ? &socket->worker->sockets : &socket->prev->next) = socket->next;
    if (socket->next != NULL)
        socket->next->prev = socket->prev;
    socket->next = socket->prev = NULL;
}

static struct http_socket *next_waiting(struct worker *worker)
{
    (void)pthread_mutex_lock(&worker->waiting_lock);
    struct http_socket *socket = worker->waiting;
    if (socket != NULL)
        worker->waiting = socket->next_waiting;
    (void)pthread_mutex_unlock(&worker->waiting_lock);
    return socket;
}

/* Some of what came, each with its answer before the next: so that what waits for the client is known. */
static void serve_inbox(struct http_socket *socket)
{
    struct mm_buf text;
    for (unsigned i = 0; i < SERVE_TURN && !socket->is_ended && !socket_is_paused(socket) &&
                         messages_take(&socket->inbox, &text);
         i++) {
        socket->handler->message(socket->state, socket, mm_buf_bytes(&text));
        mm_buf_fini(&text);
        socket_take_queue(socket);
    }
    socket_write_frames(socket);
}

static void serve_inboxes(struct worker *worker)
{
    worker->has_inbox = false;
    for (struct http_socket *socket = worker->sockets; socket != NULL; socket = socket->next) {
        if (!socket->is_ended && socket->inbox.first != NULL && !socket_is_paused(socket))
            serve_inbox(socket);
        if (!socket->is_ended && socket->inbox.first != NULL && !socket_is_paused(socket))
            worker->has_inbox = true;
    }
}

static void serve_waiting(struct worker *worker)
{
    for (struct http_socket *socket; (socket = next_waiting(worker)) != NULL;) {
        (void)pthread_mutex_lock(&socket->lock);
        socket->is_waiting = false;
        (void)pthread_mutex_unlock(&socket->lock);
        socket_take_queue(socket);
        socket_write_frames(socket);
    }
}

static uint64_t ping_ms(const struct http_socket *socket)
{
    return 1000u * (socket->handler->ping_s != 0 ? socket->handler->ping_s
                                                 : (uint64_t)WEBSOCKET_PING_DEFAULT_S);
}

static void tick(struct worker *worker, uint64_t now)
{
    for (struct http_socket *socket = worker->sockets; socket != NULL; socket = socket->next) {
        const uint64_t silent_ms = now - socket->heard_ms;
        if (socket->is_ended)
            continue;
        if (socket->end_by_ms != 0 ? now >= socket->end_by_ms : silent_ms >= 2 * ping_ms(socket)) {
            socket->is_ended = true;
        } else if (silent_ms >= ping_ms(socket) && !socket->is_pinged) {
            const struct wslay_event_msg ping = { .opcode = WSLAY_PING };
            socket->is_pinged = true;
            if (wslay_event_queue_msg(socket->frames, &ping) == 0)
                socket_write_frames(socket);
        }
    }
}

static void forget_waiting(struct http_socket *socket)
{
    struct worker *worker = socket->worker;
    (void)pthread_mutex_lock(&worker->waiting_lock);
    struct http_socket **at = &worker->waiting;
    while (*at != NULL && *at != socket)
        at = &(*at)->next_waiting;
    if (*at == socket)
        *at = socket->next_waiting;
    (void)pthread_mutex_unlock(&worker->waiting_lock);
    socket->is_waiting = false;
}

static void let_go(struct http_socket *socket)
{
    (void)pthread_mutex_lock(&socket->lock);
    socket->is_closed = true;
    forget_waiting(socket);
    messages_drop(&socket->queue);
    (void)pthread_mutex_unlock(&socket->lock);
    unlink_socket(socket);
    if (socket->state != NULL)
        socket->handler->closed(socket->state);
    socket->state = NULL;
    (void)epoll_ctl(socket->worker->events_fd, EPOLL_CTL_DEL, socket->fd, NULL);
    messages_drop(&socket->inbox);
    wslay_event_context_free(socket->frames);
    socket->frames = NULL;
    (void)MHD_upgrade_action(socket->handle, MHD_UPGRADE_ACTION_CLOSE);
    socket->worker->has_let_go = true;
    http_socket_unref(socket);
}

static void let_go_of_ended(struct worker *worker)
{
    for (struct http_socket *socket = worker->sockets, *next; socket != NULL; socket = next) {
        next = socket->next;
        if (socket->is_ended)
            let_go(socket);
    }
}

void sockets_run(struct worker *worker)
{
    worker->has_let_go = false;
    serve_waiting(worker);
    if (worker->sockets == NULL)
        return;
    serve_inboxes(worker);
    serve_waiting(worker); /* of each other, perhaps */
    const uint64_t now = now_ms();
    if (now - worker->ticked_ms >= TICK_MS) {
        worker->ticked_ms = now;
        tick(worker, now);
    }
    let_go_of_ended(worker);
}

int sockets_wait_ms(const struct worker *worker)
{
    if (worker->has_inbox || worker->has_let_go)
        return 0;
    return worker->sockets == NULL ? -1 : TICK_MS;
}

void sockets_end(struct worker *worker)
{
    serve_waiting(worker);
    for (struct http_socket *socket = worker->sockets; socket != NULL; socket = socket->next) {
        if (!socket->is_ended) {
            socket_begin_close(socket, WEBSOCKET_GOING_AWAY);
            socket_write_frames(socket);
        }
        socket->is_ended = true;
    }
    let_go_of_ended(worker);
}
