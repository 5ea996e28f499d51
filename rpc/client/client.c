#include "rpc/client/client.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "rpc/client/client_internal.h"
#include "state/base/assert.h"
#include "state/base/heap.h"

enum { REQUEST_HEAD_MAX = 8 << 10 };

struct client *client_new(const struct url *url, const struct client_options *options)
{
    struct client *client = mm_heap_zeroed(1, sizeof *client);
    if (client == NULL)
        return NULL;
    client->url = *url;
    client->fd = -1;
    client->connect_timeout_ms = options == NULL ? 0 : options->connect_timeout_ms;
    client->idle_timeout_ms = options == NULL ? 0 : options->idle_timeout_ms;
    client->is_over = options == NULL ? NULL : options->is_over;
    client->ctx = options == NULL ? NULL : options->ctx;
    if (client->connect_timeout_ms == 0)
        client->connect_timeout_ms = CLIENT_CONNECT_DEFAULT_MS;
    if (client->idle_timeout_ms == 0)
        client->idle_timeout_ms = CLIENT_IDLE_DEFAULT_MS;
    return client;
}

void client_free(struct client *client)
{
    if (client == NULL)
        return;
    client_disconnect(client);
    mm_heap_free(client);
}

void client_set_bearer(struct client *client, const char *bearer)
{
    client->bearer = bearer;
}

const struct url *client_url(const struct client *client)
{
    return &client->url;
}

/* ---- sending ---- */

static uint64_t body_bytes(const struct client_request *request)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < request->part_count; i++)
        sum += request->parts[i].path != NULL ? request->parts[i].len : request->parts[i].bytes.len;
    return sum;
}

static enum client_verdict write_head(struct mm_buf *head, const struct client *client,
                                      const struct client_request *request,
                                      struct mm_reason *reason)
{
    const struct url *url = &client->url;
    const bool has_target = request->target[0] != '\0' || url->path[0] != '\0';
    MM_ASSERT(request->target[0] == '\0' || request->target[0] == '/');
    mm_buf_printf(head, "%s %s%s%s HTTP/1.1\r\nHost: %s%s%s:%u\r\nUser-Agent: mintmark\r\n",
                  request->method, url->path, request->target, has_target ? "" : "/",
                  url->is_ipv6 ? "[" : "", url->host, url->is_ipv6 ? "]" : "", url->port);
    if (client->bearer != NULL)
        mm_buf_printf(head, "Authorization: Bearer %s\r\n", client->bearer);
    if (request->accept != NULL)
        mm_buf_printf(head, "Accept: %s\r\n", request->accept);
    if (request->content_type != NULL)
        mm_buf_printf(head, "Content-Type: %s\r\nContent-Length: %llu\r\n", request->content_type,
                      (unsigned long long)body_bytes(request));
    else if (strcmp(request->method, "GET") != 0 && strcmp(request->method, "HEAD") != 0)
        mm_buf_add_text(head, "Content-Length: 0\r\n");
    mm_buf_add_text(head, "\r\n");
    if (mm_buf_err(head) == MM_OK)
        return CLIENT_OK;
    (void)mm_fail(reason, MM_ERR_LIMIT, "a request line of more than %d bytes", REQUEST_HEAD_MAX);
    return CLIENT_NO_MEMORY;
}

static enum client_verdict sent_verdict(enum client_sent sent, struct mm_reason *reason)
{
    switch (sent) {
    case CLIENT_SENT:
    case CLIENT_SENT_ENOUGH:
        return CLIENT_OK;
    case CLIENT_SENT_LOST:
        (void)mm_fail(reason, MM_ERR_IO, "the connection broke while sending: %s", strerror(errno));
        return CLIENT_LOST;
    case CLIENT_SENT_LATE:
        (void)mm_fail(reason, MM_ERR_IO, "the node stopped reading");
        return CLIENT_LOST;
    }
    MM_UNREACHABLE();
}

struct progress {
    const struct client_sink *sink;
    uint64_t done;
    uint64_t total;
    bool is_enough; /* the server answers already */
};

static enum client_verdict send_bytes(struct client *client, struct progress *progress,
                                      mm_bytes bytes, struct mm_reason *reason)
{
    const enum client_sent sent = client_send(client, bytes);
    progress->is_enough = sent == CLIENT_SENT_ENOUGH;
    progress->done += bytes.len;
    if (progress->sink->sent != NULL && sent == CLIENT_SENT)
        progress->sink->sent(progress->sink->ctx, progress->done, progress->total);
    return sent_verdict(sent, reason);
}

static enum client_verdict file_failed(const char *path, const char *why, struct mm_reason *reason)
{
    (void)mm_fail(reason, MM_ERR_IO, "%s: %s", path, why);
    return CLIENT_FILE;
}

static enum client_verdict send_file(struct client *client, struct progress *progress,
                                     const struct client_part *part, struct mm_reason *reason)
{
    const int fd = open(part->path, O_RDONLY | O_CLOEXEC);
    enum client_verdict verdict = CLIENT_OK;
    if (fd < 0)
        return file_failed(part->path, strerror(errno), reason);
    for (uint64_t left = part->len; left > 0 && verdict == CLIENT_OK && !progress->is_enough;) {
        const size_t room = left < sizeof client->out ? (size_t)left : sizeof client->out;
        const ssize_t len = read(fd, client->out, room);
        if (len < 0 && errno == EINTR)
            continue;
        if (len <= 0)
            verdict =
                file_failed(part->path, len < 0 ? strerror(errno) : "it became shorter", reason);
        else
            verdict = send_bytes(client, progress, mm_bytes_from(client->out, (size_t)len), reason);
        left -= len > 0 ? (uint64_t)len : 0;
    }
    close(fd);
    return verdict;
}

/* *is_enough: the server answered before it had everything. */
static enum client_verdict send_request(struct client *client, bool *is_enough,
                                        const struct client_request *request,
                                        const struct client_sink *sink, struct mm_reason *reason)
{
    struct mm_buf head;
    struct progress progress = { .sink = sink, .total = body_bytes(request) };
    mm_buf_init(&head, REQUEST_HEAD_MAX);
    enum client_verdict verdict = write_head(&head, client, request, reason);
    if (verdict == CLIENT_OK) {
        progress.total += head.len;
        verdict = send_bytes(client, &progress, mm_buf_bytes(&head), reason);
    }
    mm_buf_fini(&head);
    for (size_t i = 0; i < request->part_count && verdict == CLIENT_OK && !progress.is_enough;
         i++) {
        const struct client_part *part = &request->parts[i];
        verdict = part->path != NULL ? send_file(client, &progress, part, reason)
                                     : send_bytes(client, &progress, part->bytes, reason);
    }
    *is_enough = progress.is_enough;
    return verdict;
}

/* ---- receiving ---- */

static enum client_verdict refused(enum reply_verdict verdict, struct mm_reason *reason)
{
    (void)mm_fail(reason, MM_ERR_INVALID, "the answer is not HTTP/1.1: %s",
                  reply_verdict_text(verdict));
    return CLIENT_NOT_HTTP;
}

/* Whether the answer is whole. What is left in client->in belongs to nobody: one request at a time. */
static enum client_verdict take_buffer(struct client *client, bool *is_whole,
                                       const struct client_sink *sink, struct mm_reason *reason)
{
    size_t at = 0;
    enum reply_verdict verdict = REPLY_PIECE;
    while (verdict == REPLY_PIECE) {
        size_t used;
        mm_bytes piece;
        verdict = reply_feed(&client->reply, mm_bytes_from(client->in + at, client->in_len - at),
                             &used, &piece);
        at += used;
        if (verdict == REPLY_PIECE) {
            const mm_err err = sink->piece(sink->ctx, client->reply.status, piece);
            if (err != MM_OK) {
                (void)mm_fail(reason, err, "the answer: %s", mm_err_text(err));
                return CLIENT_SINK;
            }
        }
    }
    *is_whole = verdict == REPLY_DONE;
    if (reply_is_refused(verdict))
        return refused(verdict, reason);
    if (at < client->in_len)
        client->reply.keeps_alive = false;
    client->in_len = 0;
    return CLIENT_OK;
}

static enum client_verdict receive_reply(struct client *client, const struct client_sink *sink,
                                         struct mm_reason *reason)
{
    bool is_whole = false;
    enum client_verdict verdict = CLIENT_OK;
    while (verdict == CLIENT_OK && !is_whole) {
        const ptrdiff_t len = client_receive(client);
        if (len > 0) {
            verdict = take_buffer(client, &is_whole, sink, reason);
        } else if (len == 0) {
            const bool is_silent =
                client->reply.state == REPLY_IN_HEAD && client->reply.head_len == 0;
            is_whole = reply_close(&client->reply) == REPLY_DONE;
            if (is_whole)
                break;
            (void)mm_fail(reason, MM_ERR_IO, "the connection closed %s",
                          is_silent ? "without an answer" : "in the middle of the answer");
            verdict = CLIENT_LOST;
        } else {
            if (len == -2)
                (void)mm_fail(reason, MM_ERR_IO, "no answer within %llu ms",
                              (unsigned long long)client->idle_timeout_ms);
            else
                (void)mm_fail(reason, MM_ERR_IO, "the connection broke: %s", strerror(errno));
            verdict = CLIENT_LOST;
        }
    }
    return verdict;
}

enum client_verdict client_ask(struct client *client, unsigned *status,
                               const struct client_request *request, const struct client_sink *sink,
                               struct mm_reason *reason)
{
    *status = 0;
    enum client_verdict verdict = client_connect(client, reason);
    if (verdict != CLIENT_OK)
        return verdict;
    reply_init(&client->reply, strcmp(request->method, "HEAD") == 0);
    bool is_enough = false;
    verdict = send_request(client, &is_enough, request, sink, reason);
    if (verdict == CLIENT_OK)
        verdict = receive_reply(client, sink, reason);
    if (verdict == CLIENT_OK)
        *status = client->reply.status;
    if (verdict != CLIENT_OK || is_enough || !client->reply.keeps_alive)
        client_disconnect(client);
    return verdict;
}

static mm_err append(void *ctx, unsigned status, mm_bytes piece)
{
    struct mm_buf *body = ctx;
    (void)status;
    mm_buf_add(body, piece);
    return mm_buf_err(body);
}

enum client_verdict client_ask_all(struct client *client, unsigned *status, struct mm_buf *body,
                                   const struct client_request *request, struct mm_reason *reason)
{
    const struct client_sink sink = { .ctx = body, .piece = append };
    return client_ask(client, status, request, &sink, reason);
}
