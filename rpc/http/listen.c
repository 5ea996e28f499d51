#include "rpc/http/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rpc/http/authority.h"
#include "rpc/http/worker.h"

enum { ACCEPT_RETRY_MS = 50 }; /* when the process has no descriptor left */

static bool address_of(struct sockaddr_in6 *address, socklen_t *len, const char *host,
                       uint16_t port)
{
    struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(port) };
    *address = (struct sockaddr_in6){ .sin6_family = AF_INET6, .sin6_port = htons(port) };
    if (inet_pton(AF_INET, host, &v4.sin_addr) == 1) {
        memcpy(address, &v4, sizeof v4);
        *len = sizeof v4;
        return true;
    }
    *len = sizeof *address;
    return inet_pton(AF_INET6, host, &address->sin6_addr) == 1;
}

static bool listens_beyond_loopback(const char *host)
{
    char text[128];
    (void)snprintf(text, sizeof text, strchr(host, ':') != NULL ? "[%s]" : "%s", host);
    struct http_authority authority;
    return !http_authority_parse(&authority, mm_bytes_str(text)) ||
           !http_authority_is_loopback(&authority);
}

mm_err listen_open(struct http_server *server, struct mm_reason *reason)
{
    const char *host = server->options.host;
    const uint16_t port = server->options.port;
    struct sockaddr_in6 address;
    socklen_t len = 0;
    if (!address_of(&address, &len, host, port))
        return mm_fail(reason, MM_ERR_INVALID, "http: %s is not an address to listen on", host);
    server->any_address = listens_beyond_loopback(host);
    const int family = len == sizeof address ? AF_INET6 : AF_INET;
    const int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return mm_fail(reason, MM_ERR_IO, "http: socket: %s", strerror(errno));
    server->listen_fd = fd;
    /* Without it a restarted node would wait a minute for its old connections; it does not let two nodes share the port. */
    const int on = 1;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (const struct sockaddr *)&address, len) != 0 || listen(fd, SOMAXCONN) != 0) {
        if (errno == EADDRINUSE)
            return mm_fail(reason, MM_ERR_BUSY, "http: port %u on %s is in use by another program",
                           port, host);
        return mm_fail(reason, MM_ERR_IO, "http: cannot listen on %s port %u: %s", host, port,
                       strerror(errno));
    }
    if (getsockname(fd, (struct sockaddr *)&address, &len) != 0)
        return mm_fail(reason, MM_ERR_IO, "http: getsockname: %s", strerror(errno));
    server->port = ntohs(address.sin6_port); /* at the same place in both families */
    return MM_OK;
}

static void refuse_connection(struct http_server *server, int fd)
{
    static const char busy[] =
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\nContent-Length: 21\r\n"
        "Retry-After: 1\r\nConnection: close\r\n\r\ntoo many connections\n";
    atomic_fetch_add(&server->refused, 1);
    (void)send(fd, busy, sizeof busy - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
    (void)shutdown(fd, SHUT_WR);
    (void)close(fd);
}

/* The worker with the fewest connections, or NULL when there are as many as there may be. */
static struct worker *least_loaded(struct http_server *server)
{
    struct worker *least = NULL;
    unsigned fewest = 0;
    unsigned total = 0;
    for (unsigned i = 0; i < server->options.threads; i++) {
        const unsigned count = atomic_load(&server->workers[i].connections);
        total += count;
        if (least == NULL || count < fewest) {
            least = &server->workers[i];
            fewest = count;
        }
    }
    return total < server->options.connections_max ? least : NULL;
}

/* false: nothing more to accept now. */
static bool accept_one(struct http_server *server)
{
    struct arrival arrival = { .address_len = sizeof arrival.address };
    arrival.fd = accept4(server->listen_fd, (struct sockaddr *)&arrival.address,
                         &arrival.address_len, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (arrival.fd < 0) {
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
            (void)poll(NULL, 0, ACCEPT_RETRY_MS);
        return errno == ECONNABORTED || errno == EINTR;
    }
    struct worker *worker = least_loaded(server);
    if (worker == NULL || !worker_give(worker, &arrival))
        refuse_connection(server, arrival.fd);
    return true;
}

void *acceptor_main(void *context)
{
    struct http_server *server = context;
    thread_begin("http-accept");
    struct pollfd fds[2] = { { .fd = server->listen_fd, .events = POLLIN },
                             { .fd = server->quit_fd, .events = POLLIN } };
    for (;;) {
        if (poll(fds, 2, -1) < 0 && errno != EINTR)
            return NULL;
        if (fds[1].revents != 0)
            return NULL;
        while (accept_one(server))
            continue;
    }
}
