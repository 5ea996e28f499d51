#include "rpc/http/http_internal.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "rpc/http/listen.h"
#include "rpc/http/worker.h"
#include "state/base/assert.h"
#include "state/base/heap.h"

enum { LAST_ANSWERS_MS = 500 }; /* time for the 503s of a stop to leave */

uint64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

void thread_begin(const char *name)
{
    sigset_t all;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_BLOCK, &all, NULL);
    (void)pthread_setname_np(pthread_self(), name);
}

static void fill_defaults(struct http_options *options)
{
    if (options->host == NULL || strcmp(options->host, "localhost") == 0)
        options->host = "127.0.0.1";
    if (options->threads == 0)
        options->threads = HTTP_THREADS_DEFAULT;
    if (options->connections_max == 0)
        options->connections_max = HTTP_CONNECTIONS_DEFAULT;
    if (options->idle_timeout_s == 0)
        options->idle_timeout_s = HTTP_IDLE_DEFAULT_S;
    if (options->stop_grace_ms == 0)
        options->stop_grace_ms = HTTP_STOP_GRACE_DEFAULT_MS;
    if (options->body_bytes_max == 0)
        options->body_bytes_max = HTTP_BODY_BYTES_DEFAULT;
    if (options->connection_bytes == 0)
        options->connection_bytes = HTTP_CONNECTION_BYTES_DEFAULT;
}

/* A route that cannot work is a bug of whoever wrote the table. */
static void check_routes(const struct http_server *server)
{
    for (size_t i = 0; i < server->options.routes_count; i++) {
        const struct http_route *route = &server->options.routes[i];
        MM_ASSERT(route->path != NULL && route->path[0] == '/' && route->methods != 0);
        MM_ASSERT((route->respond != NULL) != (route->upload != NULL));
        if (route->upload != NULL)
            MM_ASSERT(route->upload->begin != NULL && route->upload->chunk != NULL &&
                      route->upload->end != NULL && route->upload->gone != NULL);
        server->path_lens[i] = strlen(route->path);
    }
}

static struct http_server *server_new(const struct http_options *options)
{
    struct http_server *server = mm_heap_zeroed(1, sizeof *server);
    if (server == NULL)
        return NULL;
    server->options = *options;
    fill_defaults(&server->options);
    server->listen_fd = server->quit_fd = -1;
    server->references = 1;
    server->workers = mm_heap_zeroed(server->options.threads, sizeof *server->workers);
    server->path_lens = mm_heap_zeroed(options->routes_count, sizeof *server->path_lens);
    if (server->workers == NULL || server->path_lens == NULL) {
        mm_heap_free(server->workers);
        mm_heap_free(server->path_lens);
        mm_heap_free(server);
        return NULL;
    }
    (void)pthread_mutex_init(&server->mutex, NULL);
    for (unsigned i = 0; i < server->options.threads; i++)
        server->workers[i] = (struct worker){ .server = server,
                                              .waiting_lock = PTHREAD_MUTEX_INITIALIZER,
                                              .inbox = { -1, -1 },
                                              .events_fd = -1,
                                              .wake_fd = -1 };
    return server;
}

void server_unref(struct http_server *taken_server)
{
    (void)pthread_mutex_lock(&taken_server->mutex);
    MM_ASSERT(taken_server->references > 0);
    const unsigned left = --taken_server->references;
    (void)pthread_mutex_unlock(&taken_server->mutex);
    if (left > 0)
        return;
    (void)pthread_mutex_destroy(&taken_server->mutex);
    mm_heap_free(taken_server);
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

static void stop_accepting(struct http_server *server)
{
    if (server->acceptor_started) {
        (void)eventfd_write(server->quit_fd, 1);
        (void)pthread_join(server->acceptor, NULL);
        server->acceptor_started = false;
    }
    close_fd(&server->listen_fd);
    close_fd(&server->quit_fd);
}

static bool is_idle(const struct http_server *server)
{
    for (unsigned i = 0; i < server->options.threads; i++) {
        if (atomic_load(&server->workers[i].active) > 0)
            return false;
    }
    return true;
}

static void wait_until_idle(const struct http_server *server, unsigned limit_ms)
{
    const uint64_t until = now_ms() + limit_ms;
    while (!is_idle(server) && now_ms() < until)
        (void)nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
}

void http_server_stop(struct http_server *taken_server)
{
    struct http_server *server = taken_server;
    if (server == NULL)
        return;
    stop_accepting(server);
    atomic_store(&server->stopping, true);
    wait_until_idle(server, server->options.stop_grace_ms);
    later_close_all(server);
    wait_until_idle(server, LAST_ANSWERS_MS);
    for (unsigned i = 0; i < server->options.threads; i++)
        worker_stop(&server->workers[i]);
    MM_ASSERT(server->laters == NULL);
    mm_heap_free(server->workers);
    mm_heap_free(server->path_lens);
    server->workers = NULL;
    server->path_lens = NULL;
    server_unref(server);
}

static mm_err start_threads(struct http_server *server, struct mm_reason *reason)
{
    for (unsigned i = 0; i < server->options.threads; i++)
        MM_TRY(worker_start(&server->workers[i], reason));
    server->quit_fd = eventfd(0, EFD_CLOEXEC);
    if (server->quit_fd < 0)
        return mm_fail(reason, MM_ERR_IO, "http: eventfd: %s", strerror(errno));
    const int err = pthread_create(&server->acceptor, NULL, acceptor_main, server);
    if (err != 0)
        return mm_fail(reason, MM_ERR_IO, "http: cannot start a thread: %s", strerror(err));
    server->acceptor_started = true;
    return MM_OK;
}

mm_err http_server_start(struct http_server **server, const struct http_options *options,
                         struct mm_reason *reason)
{
    *server = NULL;
    MM_ASSERT(options->routes_count == 0 || options->routes != NULL);
    if (options->threads > HTTP_THREADS_MAX)
        return mm_fail(reason, MM_ERR_INVALID, "http: at most %d threads", HTTP_THREADS_MAX);
    if (options->connection_bytes != 0 && options->connection_bytes < 4096)
        return mm_fail(reason, MM_ERR_INVALID, "http: connection_bytes below 4096");
    struct http_server *made = server_new(options);
    if (made == NULL)
        return mm_fail(reason, MM_ERR_NO_MEMORY, "http: no memory");
    check_routes(made);
    mm_err err = listen_open(made, reason);
    if (err == MM_OK)
        err = start_threads(made, reason);
    if (err != MM_OK) {
        http_server_stop(made);
        return err;
    }
    *server = made;
    return MM_OK;
}

uint16_t http_server_port(const struct http_server *server)
{
    return server->port;
}

struct http_stats http_server_stats(const struct http_server *server)
{
    struct http_stats stats = { .refused = atomic_load(&server->refused) };
    for (unsigned i = 0; i < server->options.threads; i++) {
        stats.requests += atomic_load(&server->workers[i].requests);
        stats.connections += atomic_load(&server->workers[i].connections);
    }
    return stats;
}
