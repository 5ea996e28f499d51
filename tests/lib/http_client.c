#include "tests/lib/http_client.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

struct client client_connect(uint16_t port)
{
    struct client client = { .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons(port),
                                   .sin_addr = { htonl(INADDR_LOOPBACK) } };
    const struct timeval limit = { .tv_sec = 10 };
    (void)setsockopt(client.fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    (void)setsockopt(client.fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    if (connect(client.fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        close(client.fd);
        client.fd = -1;
    }
    return client;
}

void client_close(struct client *client)
{
    if (client->fd >= 0)
        close(client->fd);
    free(client->in);
    *client = (struct client){ .fd = -1 };
}

bool client_send(struct client *client, mm_bytes bytes)
{
    size_t at = 0;
    while (at < bytes.len) {
        const ssize_t len = send(client->fd, bytes.ptr + at, bytes.len - at, MSG_NOSIGNAL);
        if (len < 0 && errno == EINTR)
            continue;
        if (len <= 0)
            return false;
        at += (size_t)len;
    }
    return true;
}

bool client_text(struct client *client, const char *text)
{
    return client_send(client, mm_bytes_str(text));
}

static bool more(struct client *client)
{
    enum { STEP = 64 << 10 };
    if (client->in_len > CLIENT_BYTES_MAX)
        return false;
    client->in = realloc(client->in, client->in_len + STEP);
    if (client->in == NULL)
        abort();
    ssize_t len;
    do /* a fuzzer's clock interrupts what waits */
        len = recv(client->fd, client->in + client->in_len, STEP, 0);
    while (len < 0 && errno == EINTR);
    if (len <= 0)
        return false;
    client->in_len += (size_t)len;
    return true;
}

bool client_wait(struct client *client, size_t len)
{
    while (client->in_len < len)
        if (!more(client))
            return false;
    return true;
}

void client_drop(struct client *client, size_t len)
{
    memmove(client->in, client->in + len, client->in_len - len);
    client->in_len -= len;
}

static const char *find_header(const struct reply *reply, const char *name)
{
    const size_t len = strlen(name);
    for (const char *line = reply->head; line != NULL; line = strstr(line, "\r\n")) {
        line += line[0] == '\r' ? 2 : 0;
        if (strncasecmp(line, name, len) == 0 && line[len] == ':')
            return line + len + 1 + (line[len + 1] == ' ');
    }
    return NULL;
}

static void keep(struct reply *reply, const uint8_t *bytes, size_t len)
{
    reply->body = realloc(reply->body, reply->body_len + len + 1);
    if (reply->body == NULL)
        abort();
    memcpy(reply->body + reply->body_len, bytes, len);
    reply->body_len += len;
    reply->body[reply->body_len] = 0;
}

static bool wait_for(struct client *client, size_t len)
{
    while (client->in_len < len) {
        if (!more(client))
            return false;
    }
    return true;
}

static bool read_chunks(struct client *client, struct reply *reply)
{
    for (;;) {
        uint8_t *end;
        while (client->in_len == 0 || (end = memchr(client->in, '\n', client->in_len)) == NULL) {
            if (!more(client))
                return false;
        }
        const size_t size = strtoul((const char *)client->in, NULL, 16);
        client_drop(client, (size_t)(end - client->in) + 1);
        if (!wait_for(client, size + 2))
            return false;
        keep(reply, client->in, size);
        client_drop(client, size + 2);
        if (size == 0)
            return true;
    }
}

struct reply client_reply(struct client *client, bool is_head)
{
    struct reply reply = { 0 };
    uint8_t *end;
    keep(&reply, (const uint8_t *)"", 0);
    while (client->in_len == 0 ||
           (end = memmem(client->in, client->in_len, "\r\n\r\n", 4)) == NULL) {
        if (!more(client))
            return reply;
    }
    const size_t len = (size_t)(end - client->in) + 4;
    if (len >= sizeof reply.head)
        return reply;
    memcpy(reply.head, client->in, len);
    client_drop(client, len);
    if (sscanf(reply.head, "HTTP/1.1 %d", &reply.status) != 1)
        return reply;
    const char *length = find_header(&reply, "content-length");
    const char *encoding = find_header(&reply, "transfer-encoding");
    if (is_head || reply.status == 204 || reply.status == 304 || reply.status == 100) {
        reply.ok = true;
    } else if (encoding != NULL && strncasecmp(encoding, "chunked", 7) == 0) {
        reply.ok = read_chunks(client, &reply);
    } else if (length != NULL) {
        const size_t size = strtoul(length, NULL, 10);
        reply.ok = wait_for(client, size);
        const size_t got = reply.ok ? size : client->in_len;
        keep(&reply, client->in, got);
        client_drop(client, got);
    }
    return reply;
}

struct reply client_ask(uint16_t port, const char *text)
{
    struct client client = client_connect(port);
    (void)client_text(&client, text);
    struct reply reply = client_reply(&client, strncmp(text, "HEAD", 4) == 0);
    client_close(&client);
    return reply;
}

bool client_is_closed(struct client *client)
{
    return client->in_len == 0 && !more(client);
}

void reply_free(struct reply *reply)
{
    free(reply->body);
    *reply = (struct reply){ 0 };
}

bool reply_has(const struct reply *reply, const char *header_line)
{
    char line[512];
    (void)snprintf(line, sizeof line, "\r\n%s\r\n", header_line);
    return strcasestr(reply->head, line) != NULL;
}

bool reply_body_is(const struct reply *reply, const char *text)
{
    return reply->ok && reply->body_len == strlen(text) &&
           memcmp(reply->body, text, reply->body_len) == 0;
}
