/* WebSocket connections of a worker: wslay between the socket and the handler.
 *
 *   the worker's own:   fd, frames, state, the list of its sockets
 *   under socket->lock: the queue, what is closed, whether it is in the worker's list of sockets with something to do
 *
 * A socket is only marked (is_ended) while events are handled, and let go of after them, because an event that was fetched
 * already may still point to it. */
#include "rpc/http/socket.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <wslay/wslay.h>

#include "rpc/http/worker.h"
#include "state/base/assert.h"
#include "state/base/heap.h"

enum {
    READ_TURN_BYTES = 256 << 10, /* of one socket, before others have their turn */
    TICK_MS = 1000,
    CLOSE_MS = 2000, /* for the client's part of the closing handshake */
    DRAIN_BYTES = 4096,
    SERVE_TURN = 16, /* messages of one socket, likewise */
    PAUSE_PART =
        4, /* while more than this part of the backlog waits for a client, it has to wait too */
    PAUSE_MESSAGES = 1024, /* the same; answers to pings may be empty */
};

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

/* ---- messages that wait ---- */

/* Takes the text over on success. */
static bool add_message(struct messages *messages, struct mm_buf *text)
{
    struct message *message = mm_heap_alloc(sizeof *message);
    if (message == NULL)
        return false;
    *message = (struct message){ .text = *text };
    *(messages->first == NULL ? &messages->first : &messages->last->next) = message;
    messages->last = message;
    messages->bytes += text->len;
    mm_buf_init(text, text->bytes_max);
    return true;
}

/* The text of the first is the caller's then. */
static bool take_message(struct messages *messages, struct mm_buf *text)
{
    struct message *message = messages->first;
    if (message == NULL)
        return false;
    messages->first = message->next;
    messages->bytes -= message->text.len;
    *text = message->text;
    mm_heap_free(message);
    return true;
}

static void drop_messages(struct messages *messages)
{
    struct mm_buf text;
    while (take_message(messages, &text))
        mm_buf_fini(&text);
}

/* ---- references ---- */

struct http_socket *socket_new(struct http_request *request)
{
    struct http_socket *socket = mm_heap_zeroed(1, sizeof *socket);
    if (socket == NULL)
        return NULL;
    socket->watch.is_socket = true;
    atomic_init(&socket->references, 1);
    socket->handler = request->route->socket;
    socket->is_trusted = http_origin_trusted(request);
    socket->worker = request->worker;
    socket->fd = -1;
    (void)pthread_mutex_init(&socket->lock, NULL);
    return socket;
}

void http_socket_ref(struct http_socket *socket)
{
    atomic_fetch_add_explicit(&socket->references, 1, memory_order_relaxed);
}

void http_socket_unref(struct http_socket *taken_socket)
{
    if (atomic_fetch_sub_explicit(&taken_socket->references, 1, memory_order_acq_rel) > 1)
        return;
    MM_ASSERT(taken_socket->frames == NULL && !taken_socket->is_waiting);
    drop_messages(&taken_socket->queue);
    (void)pthread_mutex_destroy(&taken_socket->lock);
    mm_heap_free(taken_socket);
}

/* ---- from any thread ---- */

/* With the socket's lock held, and not closed: so its worker is there. */
static void have_turn(struct http_socket *socket)
{
    struct worker *worker = socket->worker;
    if (socket->is_waiting)
        return;
    socket->is_waiting = true;
    (void)pthread_mutex_lock(&worker->waiting_lock);
    socket->next_waiting = worker->waiting;
    worker->waiting = socket;
    (void)pthread_mutex_unlock(&worker->waiting_lock);
    if (!pthread_equal(pthread_self(), worker->thread)) /* it looks before it waits */
        worker_wake(worker);
}

static size_t backlog_max(const struct http_socket *socket)
{
    return socket->handler->backlog_bytes_max != 0 ? socket->handler->backlog_bytes_max
                                                   : WEBSOCKET_BACKLOG_BYTES_DEFAULT;
}

bool http_socket_send(struct http_socket *socket, struct mm_buf *taken_text)
{
    bool is_sent = false;
    (void)pthread_mutex_lock(&socket->lock);
    if (!socket->is_closed) {
        const bool is_slow = socket->queue.bytes + socket->backlog_bytes > backlog_max(socket);
        is_sent =
            !is_slow && mm_buf_err(taken_text) == MM_OK && add_message(&socket->queue, taken_text);
        if (!is_sent) /* a client that misses a message must not think that it has all */
            socket->is_cut = true;
        have_turn(socket);
    }
    (void)pthread_mutex_unlock(&socket->lock);
    mm_buf_fini(taken_text);
    return is_sent;
}

void http_socket_close(struct http_socket *socket, enum http_socket_code code)
{
    (void)pthread_mutex_lock(&socket->lock);
    if (!socket->is_closed && socket->close_code == 0) {
        socket->close_code = code;
        have_turn(socket);
    }
    (void)pthread_mutex_unlock(&socket->lock);
}

/* ---- wslay's calls ---- */

static void begin_close(struct http_socket *socket, unsigned code)
{
    if (wslay_event_queue_close(socket->frames, (uint16_t)code, NULL, 0) == WSLAY_ERR_NOMEM)
        socket->is_ended = true;
}

static ssize_t read_bytes(wslay_event_context_ptr frames, uint8_t *out, size_t capacity, int flags,
                          void *context)
{
    (void)flags;
    struct http_socket *socket = context;
    if (socket->early.len > 0) {
        const size_t len = socket->early.len < capacity ? socket->early.len : capacity;
        memcpy(out, socket->early.ptr, len);
        socket->early = mm_bytes_from(socket->early.ptr + len, socket->early.len - len);
        return (ssize_t)len;
    }
    if (socket->inbox.first != NULL) /* first what is here already */
        capacity = 0;
    if (capacity > socket->read_left)
        capacity = socket->read_left;
    ssize_t len = -1;
    if (capacity > 0)
        len = recv(socket->fd, out, capacity, MSG_DONTWAIT);
    if (len > 0) {
        socket->read_left -= (size_t)len;
        return len;
    }
    const bool would_block =
        capacity == 0 || (len < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR));
    socket->is_ended |= !would_block;
    wslay_event_set_error(frames, would_block ? WSLAY_ERR_WOULDBLOCK : WSLAY_ERR_CALLBACK_FAILURE);
    return -1;
}

static ssize_t write_bytes(wslay_event_context_ptr frames, const uint8_t *bytes, size_t len,
                           int flags, void *context)
{
    struct http_socket *socket = context;
    const int more = (flags & WSLAY_MSG_MORE) != 0 ? MSG_MORE : 0;
    const ssize_t sent = send(socket->fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL | more);
    if (sent >= 0)
        return sent;
    const bool would_block = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
    socket->is_ended |= !would_block;
    wslay_event_set_error(frames, would_block ? WSLAY_ERR_WOULDBLOCK : WSLAY_ERR_CALLBACK_FAILURE);
    return -1;
}

/* The handler sees it when it is its turn: a few bytes can hold many requests, and each may have a long answer. */
static void on_message(wslay_event_context_ptr frames,
                       const struct wslay_event_on_msg_recv_arg *message, void *context)
{
    (void)frames;
    struct http_socket *socket = context;
    struct mm_buf text;
    if (wslay_is_ctrl_frame(message->opcode))
        return;
    mm_buf_init(&text, SIZE_MAX / 2);
    mm_buf_add(&text, mm_bytes_from(message->msg, message->msg_length));
    if (mm_buf_err(&text) != MM_OK || !add_message(&socket->inbox, &text))
        socket->is_ended = true;
    mm_buf_fini(&text);
}

/* ---- in the worker's thread ---- */

/* A client that sends and does not read has to wait; one that is silent for too long meanwhile is taken for gone. */
static bool is_paused(const struct http_socket *socket)
{
    return wslay_event_get_queued_msg_length(socket->frames) > backlog_max(socket) / PAUSE_PART ||
           wslay_event_get_queued_msg_count(socket->frames) > PAUSE_MESSAGES;
}

static void want_events(struct http_socket *socket)
{
    const bool reads = socket->is_drained || (wslay_event_want_read(socket->frames) &&
                                              socket->inbox.first == NULL && !is_paused(socket));
    uint32_t events = reads ? EPOLLIN | EPOLLRDHUP : 0;
    if (wslay_event_want_write(socket->frames))
        events |= EPOLLOUT;
    if (events == socket->events)
        return;
    struct epoll_event event = { .events = events, .data = { .ptr = socket } };
    if (epoll_ctl(socket->worker->events_fd, EPOLL_CTL_MOD, socket->fd, &event) != 0)
        socket->is_ended = true;
    socket->events = events;
}

static void take_queue(struct http_socket *socket)
{
    struct mm_buf text;
    (void)pthread_mutex_lock(&socket->lock);
    struct messages queue = socket->queue;
    const unsigned close_code = socket->close_code;
    socket->backlog_bytes += queue.bytes;
    socket->queue = (struct messages){ NULL, NULL, 0 };
    socket->is_ended |= socket->is_cut;
    (void)pthread_mutex_unlock(&socket->lock);
    while (take_message(&queue, &text)) {
        const struct wslay_event_msg message = { .opcode = WSLAY_TEXT_FRAME,
                                                 .msg = text.ptr,
                                                 .msg_length = text.len };
        /* Behind a close nothing is sent any more. */
        if (!socket->is_ended && wslay_event_queue_msg(socket->frames, &message) == WSLAY_ERR_NOMEM)
            socket->is_ended = true;
        mm_buf_fini(&text);
    }
    if (close_code != 0 && !socket->is_ended)
        begin_close(socket, close_code);
}

/* A socket closed on unread bytes resets the connection, and the client may never see why: so its end is awaited. */
static void drain(struct http_socket *socket)
{
    uint8_t unread[DRAIN_BYTES];
    for (unsigned i = 0; i < READ_TURN_BYTES / DRAIN_BYTES; i++) {
        const ssize_t len = recv(socket->fd, unread, sizeof unread, MSG_DONTWAIT);
        if (len == 0 || (len < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR))
            socket->is_ended = true;
        if (len <= 0)
            return;
    }
}

static void write_frames(struct http_socket *socket)
{
    if (socket->is_ended)
        return;
    if (wslay_event_send(socket->frames) != 0)
        socket->is_ended = true;
    const bool close_is_sent = wslay_event_get_close_sent(socket->frames) != 0;
    if (close_is_sent && socket->end_by_ms == 0)
        socket->end_by_ms = now_ms() + CLOSE_MS;
    if (close_is_sent && !wslay_event_want_read(socket->frames) && !socket->is_drained) {
        socket->is_drained = true;
        socket->is_ended |= wslay_event_get_close_received(socket->frames) != 0;
        (void)shutdown(socket->fd, SHUT_WR);
    }
    (void)pthread_mutex_lock(&socket->lock);
    socket->backlog_bytes = wslay_event_get_queued_msg_length(socket->frames);
    (void)pthread_mutex_unlock(&socket->lock);
    if (!socket->is_ended)
        want_events(socket);
}

static void read_frames(struct http_socket *socket)
{
    socket->read_left = READ_TURN_BYTES;
    socket->heard_ms = now_ms();
    socket->is_pinged = false;
    if (socket->is_drained)
        drain(socket);
    else if (wslay_event_recv(socket->frames) == WSLAY_ERR_NOMEM)
        socket->is_ended = true; /* other errors: read_bytes has said so, or a close is queued */
}

void socket_ready(struct http_socket *socket, uint32_t events)
{
    if (socket->is_ended)
        return;
    if ((events & (EPOLLIN | EPOLLRDHUP)) != 0)
        read_frames(socket);
    else if ((events & (EPOLLERR | EPOLLHUP)) != 0)
        socket->is_ended = true;
    write_frames(socket);
}

static bool frames_init(struct http_socket *socket)
{
    const struct wslay_event_callbacks calls = {
        .recv_callback = read_bytes,
        .send_callback = write_bytes,
        .on_msg_recv_callback = on_message,
    };
    if (wslay_event_context_server_init(&socket->frames, &calls, socket) != 0)
        return false;
    wslay_event_config_set_max_recv_msg_length(
        socket->frames, socket->handler->message_bytes_max != 0 ? socket->handler->message_bytes_max
                                                                : WEBSOCKET_MESSAGE_BYTES_DEFAULT);
    return true;
}

static void link_socket(struct http_socket *socket)
{
    struct worker *worker = socket->worker;
    socket->next = worker->sockets;
    if (socket->next != NULL)
        socket->next->prev = socket;
    worker->sockets = socket;
}

static void unlink_socket(struct http_socket *socket)
{
    *(socket->prev == NULL ? &socket->worker->sockets : &socket->prev->next) = socket->next;
    if (socket->next != NULL)
        socket->next->prev = socket->prev;
    socket->next = socket->prev = NULL;
}

void socket_upgraded(void *context, struct MHD_Connection *mhd, void *slot, const char *extra,
                     size_t extra_len, MHD_socket fd, struct MHD_UpgradeResponseHandle *handle)
{
    (void)mhd;
    struct http_socket *socket = context;
    struct http_request *request = slot;
    MM_ASSERT(request->socket == socket);
    request->socket = NULL; /* the reference is ours now */
    request_is_done(request);
    socket->handle = handle;
    socket->fd = fd;
    socket->heard_ms = now_ms();
    link_socket(socket);
    /* In place of the watch for the request. */
    struct epoll_event event = { .events = EPOLLIN | EPOLLRDHUP, .data = { .ptr = socket } };
    socket->events = event.events;
    if (!frames_init(socket) ||
        epoll_ctl(socket->worker->events_fd, EPOLL_CTL_MOD, fd, &event) != 0) {
        socket->is_ended = true;
        return;
    }
    socket->state = socket->handler->open(socket->handler->context, socket, socket->is_trusted);
    if (socket->state == NULL) {
        begin_close(socket, WEBSOCKET_INTERNAL);
        wslay_event_shutdown_read(socket->frames);
    } else if (extra_len > 0) {
        socket->early = mm_bytes_from(extra, extra_len);
        read_frames(socket);
        socket->early = (mm_bytes){ NULL, 0 };
    }
    write_frames(socket);
}

/* ---- the worker's turn ---- */

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
    for (unsigned i = 0; i < SERVE_TURN && !socket->is_ended && !is_paused(socket) &&
                         take_message(&socket->inbox, &text);
         i++) {
        socket->handler->message(socket->state, socket, mm_buf_bytes(&text));
        mm_buf_fini(&text);
        take_queue(socket);
    }
    write_frames(socket);
}

static void serve_inboxes(struct worker *worker)
{
    worker->has_inbox = false;
    for (struct http_socket *socket = worker->sockets; socket != NULL; socket = socket->next) {
        if (!socket->is_ended && socket->inbox.first != NULL && !is_paused(socket))
            serve_inbox(socket);
        if (!socket->is_ended && socket->inbox.first != NULL && !is_paused(socket))
            worker->has_inbox = true;
    }
}

static void serve_waiting(struct worker *worker)
{
    for (struct http_socket *socket; (socket = next_waiting(worker)) != NULL;) {
        (void)pthread_mutex_lock(&socket->lock);
        socket->is_waiting = false;
        (void)pthread_mutex_unlock(&socket->lock);
        take_queue(socket);
        write_frames(socket);
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
                write_frames(socket);
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
    drop_messages(&socket->queue);
    (void)pthread_mutex_unlock(&socket->lock);
    unlink_socket(socket);
    if (socket->state != NULL)
        socket->handler->closed(socket->state);
    socket->state = NULL;
    (void)epoll_ctl(socket->worker->events_fd, EPOLL_CTL_DEL, socket->fd, NULL);
    drop_messages(&socket->inbox);
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
            begin_close(socket, WEBSOCKET_GOING_AWAY);
            write_frames(socket);
        }
        socket->is_ended = true;
    }
    let_go_of_ended(worker);
}
