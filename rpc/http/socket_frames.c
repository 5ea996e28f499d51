/* A WebSocket's bytes and frames: wslay's calls, and what the worker does when there is something to read or room to write. */
#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "rpc/http/socket_internal.h"
#include "state/base/assert.h"

enum {
    READ_TURN_BYTES = 256 << 10, /* of one socket, before others have their turn */
    CLOSE_MS = 2000,             /* for the client's part of the closing handshake */
    DRAIN_BYTES = 4096,
    PAUSE_PART =
        4, /* while more than this part of the backlog waits for a client, it has to wait too */
    PAUSE_MESSAGES = 1024, /* the same; answers to pings may be empty */
};

/* ---- wslay's calls ---- */

void socket_begin_close(struct http_socket *socket, unsigned code)
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
    if (mm_buf_err(&text) != MM_OK || !messages_add(&socket->inbox, &text))
        socket->is_ended = true;
    mm_buf_fini(&text);
}

/* ---- in the worker's thread ---- */

bool socket_is_paused(const struct http_socket *socket)
{
    return wslay_event_get_queued_msg_length(socket->frames) >
               socket_backlog_max(socket) / PAUSE_PART ||
           wslay_event_get_queued_msg_count(socket->frames) > PAUSE_MESSAGES;
}

static void want_events(struct http_socket *socket)
{
    const bool reads =
        socket->is_drained || (wslay_event_want_read(socket->frames) &&
                               socket->inbox.first == NULL && !socket_is_paused(socket));
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

void socket_take_queue(struct http_socket *socket)
{
    struct mm_buf text;
    (void)pthread_mutex_lock(&socket->lock);
    struct messages queue = socket->queue;
    const unsigned close_code = socket->close_code;
    socket->backlog_bytes += queue.bytes;
    socket->queue = (struct messages){ NULL, NULL, 0 };
    socket->is_ended |= socket->is_cut;
    (void)pthread_mutex_unlock(&socket->lock);
    while (messages_take(&queue, &text)) {
        const struct wslay_event_msg message = { .opcode = WSLAY_TEXT_FRAME,
                                                 .msg = text.ptr,
                                                 .msg_length = text.len };
        /* Behind a close nothing is sent any more. */
        if (!socket->is_ended && wslay_event_queue_msg(socket->frames, &message) == WSLAY_ERR_NOMEM)
            socket->is_ended = true;
        mm_buf_fini(&text);
    }
    if (close_code != 0 && !socket->is_ended)
        socket_begin_close(socket, close_code);
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

void socket_write_frames(struct http_socket *socket)
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
    socket_write_frames(socket);
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
        socket_begin_close(socket, WEBSOCKET_INTERNAL);
        wslay_event_shutdown_read(socket->frames);
    } else if (extra_len > 0) {
        socket->early = mm_bytes_from(extra, extra_len);
        read_frames(socket);
        socket->early = (mm_bytes){ NULL, 0 };
    }
    socket_write_frames(socket);
}
