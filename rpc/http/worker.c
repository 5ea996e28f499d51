#include "rpc/http/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "rpc/http/socket.h"
#include "state/base/assert.h"

enum { EVENTS_MAX = 64 };

_Static_assert(sizeof(struct arrival) <= PIPE_BUF,
               "arrivals must go through the pipe in one piece");

/* Targets are decoded by us (target.h), exactly once. */
static size_t leave_escapes(void *context, struct MHD_Connection *mhd, char *text)
{
    (void)context, (void)mhd;
    return strlen(text);
}

static struct MHD_Daemon *daemon_new(struct worker *worker)
{
    const struct http_options *options = &worker->server->options;
    return MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_ALLOW_UPGRADE | MHD_USE_NO_LISTEN_SOCKET, 0,
        NULL, NULL, exchange_step, worker,                                     /* */
        MHD_OPTION_CONNECTION_LIMIT, options->connections_max,                 /* */
        MHD_OPTION_CONNECTION_TIMEOUT, options->idle_timeout_s,                /* */
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, options->connection_bytes,         /* */
        MHD_OPTION_CONNECTION_MEMORY_INCREMENT, options->connection_bytes / 4, /* */
        MHD_OPTION_NOTIFY_CONNECTION, exchange_connection, worker,             /* */
        MHD_OPTION_URI_LOG_CALLBACK, exchange_target, worker,                  /* */
        MHD_OPTION_NOTIFY_COMPLETED, exchange_completed, worker,               /* */
        MHD_OPTION_UNESCAPE_CALLBACK, leave_escapes, NULL,                     /* */
        MHD_OPTION_END);
}

static void take_arrivals(struct worker *worker)
{
    struct arrival arrival;
    while (read(worker->inbox[0], &arrival, sizeof arrival) == (ssize_t)sizeof arrival) {
        /* MHD closes the socket when it cannot add it. exchange_connection counts a connection down when it ends, but is
         * not told of one that never began. */
        const unsigned begun = worker->begun;
        if (MHD_add_connection(worker->daemon, arrival.fd,
                               (const struct sockaddr *)&arrival.address,
                               arrival.address_len) != MHD_YES &&
            worker->begun == begun)
            atomic_fetch_sub(&worker->connections, 1);
    }
}

static int wait_limit_ms(const struct worker *worker)
{
    const int sockets_ms = sockets_wait_ms(worker);
    const MHD_UNSIGNED_LONG_LONG most = sockets_ms < 0 ? INT_MAX : (unsigned)sockets_ms;
    MHD_UNSIGNED_LONG_LONG limit = 0;
    if (MHD_get_timeout(worker->daemon, &limit) != MHD_YES)
        return sockets_ms;
    return (int)(limit > most ? most : limit);
}

/* MHD's epoll is edge-triggered, and it takes a read that does not fill its buffer for the last one before the next edge. A
 * client's FIN that arrived together with its last bytes is then seen only when the idle timeout ends the connection: an
 * aborted upload would keep its place for half a minute. So each socket is watched here for the end of its input too, and a
 * connection that has it is suspended and resumed at once, which makes MHD read again. */
void worker_watch(struct worker *worker, struct http_request *request)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(request->mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct epoll_event event = { .events = EPOLLRDHUP | EPOLLET,
                                 .data = { .ptr = &request->watch } };
    if (info != NULL) /* on failure there is still the idle timeout */
        (void)epoll_ctl(worker->events_fd, EPOLL_CTL_ADD, info->connect_fd, &event);
}

/* MHD is about to close the socket. That alone ends the watch only when nobody else has the socket, and a process that is just being
 * started by this one has all of them until it runs its program. */
void worker_unwatch(struct worker *worker, struct http_request *request)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(request->mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
    if (info != NULL)
        (void)epoll_ctl(worker->events_fd, EPOLL_CTL_DEL, info->connect_fd, NULL);
}

static void look_again(struct http_request *request)
{
    if (request->phase == PHASE_LATER)
        return; /* suspended, and read when it is resumed */
    if (feed_look_again(request))
        return;
    MHD_suspend_connection(request->mhd);
    MHD_resume_connection(request->mhd);
}

void worker_wake(struct worker *worker)
{
    (void)eventfd_write(worker->wake_fd, 1);
}

static void handle_events(struct worker *worker, const struct epoll_event *events, int count)
{
    bool has_arrivals = false;
    eventfd_t ignored;
    for (int i = 0; i < count; i++) {
        if (events[i].data.ptr == worker->daemon)
            continue; /* MHD_run_wait sees to it */
        if (events[i].data.ptr == &worker->wake_fd) {
            (void)eventfd_read(worker->wake_fd, &ignored);
        } else if (events[i].data.ptr == &worker->inbox) {
            has_arrivals = (events[i].events & EPOLLIN) != 0;
            worker->is_ending = !has_arrivals; /* nothing left and the other end closed */
        } else {
            struct watch *watch = events[i].data.ptr;
            if (watch->is_socket)
                socket_ready((struct http_socket *)watch, events[i].events);
            else
                look_again((struct http_request *)watch);
        }
    }
    if (has_arrivals)
        take_arrivals(worker); /* last: it may free connections that events point to */
}

static void *worker_main(void *context)
{
    struct worker *worker = context;
    struct epoll_event events[EVENTS_MAX];
    thread_begin("http-worker");
    while (!worker->is_ending) {
        const int count = epoll_wait(worker->events_fd, events, EVENTS_MAX, wait_limit_ms(worker));
        MM_ASSERT(count >= 0 || errno == EINTR);
        handle_events(worker, events, count);
        (void)MHD_run_wait(worker->daemon, 0);
        sockets_run(worker);
    }
    sockets_end(worker);
    (void)MHD_run_wait(worker->daemon, 0); /* it closes them */
    MHD_stop_daemon(worker->daemon);
    worker->daemon = NULL;
    return NULL;
}

static bool add_event(struct worker *worker, int fd, void *tag)
{
    struct epoll_event event = { .events = EPOLLIN, .data = { .ptr = tag } };
    return fd >= 0 && epoll_ctl(worker->events_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

static bool open_events(struct worker *worker)
{
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(worker->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    MM_ASSERT(info != NULL);
    worker->events_fd = epoll_create1(EPOLL_CLOEXEC);
    worker->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return worker->events_fd >= 0 && pipe2(worker->inbox, O_CLOEXEC | O_NONBLOCK) == 0 &&
           add_event(worker, worker->inbox[0], &worker->inbox) &&
           add_event(worker, worker->wake_fd, &worker->wake_fd) &&
           add_event(worker, info->epoll_fd, worker->daemon);
}

mm_err worker_start(struct worker *worker, struct mm_reason *reason)
{
    worker->daemon = daemon_new(worker);
    if (worker->daemon == NULL)
        return mm_fail(reason, MM_ERR_IO, "http: the server library did not start: %s",
                       strerror(errno));
    if (!open_events(worker))
        return mm_fail(reason, MM_ERR_IO, "http: no descriptor for a worker: %s", strerror(errno));
    const int err = pthread_create(&worker->thread, NULL, worker_main, worker);
    if (err != 0)
        return mm_fail(reason, MM_ERR_IO, "http: cannot start a thread: %s", strerror(err));
    worker->started = true;
    return MM_OK;
}

bool worker_give(struct worker *worker, const struct arrival *arrival)
{
    atomic_fetch_add(&worker->connections, 1);
    if (write(worker->inbox[1], arrival, sizeof *arrival) == (ssize_t)sizeof *arrival)
        return true;
    MM_ASSERT(errno == EAGAIN || errno == EINTR);
    atomic_fetch_sub(&worker->connections, 1);
    return false;
}

void worker_stop(struct worker *worker)
{
    if (worker->inbox[1] >= 0)
        (void)close(worker->inbox[1]);
    if (worker->started)
        (void)pthread_join(worker->thread, NULL);
    if (worker->daemon != NULL)
        MHD_stop_daemon(worker->daemon);
    if (worker->inbox[0] >= 0)
        (void)close(worker->inbox[0]);
    if (worker->wake_fd >= 0)
        (void)close(worker->wake_fd);
    if (worker->events_fd >= 0)
        (void)close(worker->events_fd);
}
