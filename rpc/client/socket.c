/* Connections with time limits: non-blocking sockets and poll. */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "p2p/clock/clock.h"
#include "rpc/client/client_internal.h"

/* Which of `events` (and errors) happened; 0: none in time, or nobody wants it any more. */
static short wait_for(const struct client *client, int fd, short events, uint64_t timeout_ms)
{
    const uint64_t step_ms = client->is_over == NULL ? INT32_MAX : (uint64_t)CLIENT_ASIDE_MS;
    const uint64_t deadline = clock_ms() + timeout_ms;
    for (;;) {
        if (client->is_over != NULL && client->is_over(client->ctx))
            return 0;
        const uint64_t now = clock_ms();
        const uint64_t left = now < deadline ? deadline - now : 0;
        struct pollfd poll_fd = { .fd = fd, .events = events };
        const int ready = poll(&poll_fd, 1, (int)(left < step_ms ? left : step_ms));
        if (ready > 0)
            return poll_fd.revents;
        if (ready == 0 && clock_ms() >= deadline)
            return 0;
        if (ready < 0 && errno != EINTR)
            return POLLERR;
    }
}

/* Returns 0 or an errno. */
static int connect_one(struct client *client, const struct addrinfo *addr)
{
    int *fd = &client->fd;
    *fd = socket(addr->ai_family, addr->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC,
                 addr->ai_protocol);
    if (*fd < 0)
        return errno;
    const int on = 1;
    int error = 0;
    socklen_t len = sizeof error;
    (void)setsockopt(*fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(*fd, addr->ai_addr, addr->ai_addrlen) != 0) {
        error = errno;
        if (error == EINPROGRESS && wait_for(client, *fd, POLLOUT, client->connect_timeout_ms) == 0)
            error = ETIMEDOUT;
        else if (error == EINPROGRESS && getsockopt(*fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
            error = errno;
    }
    if (error != 0) {
        close(*fd);
        *fd = -1;
    }
    return error;
}

void client_disconnect(struct client *client)
{
    if (client->fd >= 0)
        close(client->fd);
    client->fd = -1;
    client->in_len = 0;
}

enum client_verdict client_connect(struct client *client, struct mm_reason *reason)
{
    /* What a kept connection has to say between requests is that it is closed. */
    if (client->fd >= 0 && client->in_len == 0 && wait_for(client, client->fd, POLLIN, 0) == 0)
        return CLIENT_OK;
    client_disconnect(client);
    char port[8];
    char origin[URL_ORIGIN_MAX + 1];
    struct addrinfo *addrs = NULL;
    const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV };
    url_origin(origin, &client->url);
    snprintf(port, sizeof port, "%u", client->url.port);
    const int failed = getaddrinfo(client->url.host, port, &hints, &addrs);
    if (failed != 0) {
        (void)mm_fail(reason, MM_ERR_IO, "no host %s: %s", client->url.host, gai_strerror(failed));
        return CLIENT_UNREACHABLE;
    }
    int error = EHOSTUNREACH;
    for (const struct addrinfo *addr = addrs; addr != NULL && client->fd < 0; addr = addr->ai_next)
        error = connect_one(client, addr);
    freeaddrinfo(addrs);
    if (client->fd >= 0)
        return CLIENT_OK;
    (void)mm_fail(reason, MM_ERR_IO, "nothing answers at %s: %s", origin, strerror(error));
    return CLIENT_UNREACHABLE;
}

enum client_sent client_send(struct client *client, mm_bytes bytes)
{
    for (size_t at = 0; at < bytes.len;) {
        const short ready = wait_for(client, client->fd, POLLIN | POLLOUT, client->idle_timeout_ms);
        if (ready == 0)
            return CLIENT_SENT_LATE;
        if ((ready & POLLIN) != 0) /* an answer before the end of the question */
            return CLIENT_SENT_ENOUGH;
        const ssize_t step = send(client->fd, bytes.ptr + at, bytes.len - at, MSG_NOSIGNAL);
        if (step >= 0)
            at += (size_t)step;
        else if (errno == EPIPE || errno == ECONNRESET)
            return CLIENT_SENT_ENOUGH;
        else if (errno != EAGAIN && errno != EINTR)
            return CLIENT_SENT_LOST;
    }
    return CLIENT_SENT;
}

ptrdiff_t client_receive(struct client *client)
{
    for (;;) {
        if (wait_for(client, client->fd, POLLIN, client->idle_timeout_ms) == 0)
            return -2;
        const ssize_t len =
            recv(client->fd, client->in + client->in_len, sizeof client->in - client->in_len, 0);
        if (len >= 0) {
            client->in_len += (size_t)len;
            return len;
        }
        if (errno != EAGAIN && errno != EINTR)
            return -1;
    }
}
