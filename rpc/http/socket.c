/* WebSocket connections: made, referred to, and spoken to from any thread (socket_internal.h). */
#include "rpc/http/socket.h"

#include "rpc/http/socket_internal.h"
#include "state/base/assert.h"
#include "state/base/heap.h"

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
    messages_drop(&taken_socket->queue);
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

size_t socket_backlog_max(const struct http_socket *socket)
{
    return socket->handler->backlog_bytes_max != 0 ? socket->handler->backlog_bytes_max
                                                   : WEBSOCKET_BACKLOG_BYTES_DEFAULT;
}

bool http_socket_send(struct http_socket *socket, struct mm_buf *taken_text)
{
    bool is_sent = false;
    (void)pthread_mutex_lock(&socket->lock);
    if (!socket->is_closed) {
        const bool is_slow =
            socket->queue.bytes + socket->backlog_bytes > socket_backlog_max(socket);
        is_sent =
            !is_slow && mm_buf_err(taken_text) == MM_OK && messages_add(&socket->queue, taken_text);
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
