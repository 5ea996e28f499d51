#include "rpc/client/flow.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>

#include "rpc/client/client_internal.h"
#include "state/base/assert.h"
#include "state/base/heap.h"

/* ---- requests ---- */

mm_err flow_request(struct mm_arena *arena, mm_bytes *request, const struct url *url, mm_bytes json)
{
    char head[URL_PATH_MAX + URL_HOST_MAX + 256];
    const int len = snprintf(head, sizeof head,
                             "POST %s HTTP/1.1\r\nHost: %s%s%s:%u\r\n"
                             "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
                             url->path[0] == '\0' ? "/" : url->path, url->is_ipv6 ? "[" : "",
                             url->host, url->is_ipv6 ? "]" : "", url->port, json.len);
    MM_ASSERT(len > 0 && (size_t)len < sizeof head);
    uint8_t *bytes = mm_arena_alloc(arena, (size_t)len + json.len);
    *request = mm_bytes_from(bytes, bytes == NULL ? 0 : (size_t)len + json.len);
    if (bytes == NULL)
        return MM_ERR_NO_MEMORY;
    memcpy(bytes, head, (size_t)len);
    memcpy(bytes + len, json.ptr, json.len);
    return MM_OK;
}

/* ---- waiting times ---- */

enum { STEPS = 32, STEP_BITS = 5, BUCKETS = 64 * STEPS };

/* The 32nds of the power of two that it lies in. */
static size_t bucket_of(uint64_t ns)
{
    if (ns < STEPS)
        return (size_t)ns;
    const unsigned top = 63u - (unsigned)__builtin_clzll(ns);
    return (size_t)(top - STEP_BITS + 1) * STEPS + (size_t)((ns >> (top - STEP_BITS)) % STEPS);
}

static uint64_t bucket_end(size_t bucket)
{
    if (bucket < STEPS)
        return bucket;
    const size_t shift = bucket / STEPS - 1;
    return ((uint64_t)(STEPS + bucket % STEPS + 1) << shift) - 1;
}

static uint64_t quantile(const uint64_t buckets[BUCKETS], uint64_t count, double share)
{
    uint64_t rank = (uint64_t)((double)count * share);
    for (size_t i = 0; i < BUCKETS; i++) {
        if (rank < buckets[i])
            return bucket_end(i);
        rank -= buckets[i];
    }
    return 0;
}

/* ---- lanes ---- */

struct lane {
    const struct flow_lane *plan;
    struct client *client;
    struct mm_buf body;
    size_t next;    /* the request after the one under way */
    mm_bytes left;  /* of the request under way: not sent yet */
    uint64_t begun; /* ns */
    bool is_over;
};

struct flow {
    const struct flow_options *options;
    struct flow_result *result;
    uint64_t end_ns; /* 0: when all is sent */
    uint64_t timeout_ms;
    size_t open;
    struct lane lanes[FLOW_LANES_MAX];
    struct pollfd polls[FLOW_LANES_MAX];
    uint64_t buckets[BUCKETS];
};

static uint64_t now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static enum client_verdict lost(const char *what, struct mm_reason *reason)
{
    (void)mm_fail(reason, MM_ERR_IO, "the connection broke while %s: %s", what, strerror(errno));
    return CLIENT_LOST;
}

/* As much as the socket takes. */
static enum client_verdict send_some(struct lane *lane, struct mm_reason *reason)
{
    while (lane->left.len > 0) {
        const ssize_t step =
            send(lane->client->fd, lane->left.ptr, lane->left.len, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (step < 0 && errno == EINTR)
            continue;
        if (step < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return CLIENT_OK;
        if (step < 0)
            return lost("sending", reason);
        lane->left = mm_bytes_from(lane->left.ptr + step, lane->left.len - (size_t)step);
    }
    return CLIENT_OK;
}

static bool has_more(const struct flow *flow, const struct lane *lane, uint64_t now)
{
    return flow->end_ns == 0 ? lane->next < lane->plan->count : now < flow->end_ns;
}

static enum client_verdict send_next(struct flow *flow, struct lane *lane, uint64_t now,
                                     struct mm_reason *reason)
{
    if (!has_more(flow, lane, now)) {
        lane->is_over = true;
        flow->open--;
        return CLIENT_OK;
    }
    if (lane->client->fd < 0) {
        const enum client_verdict verdict = client_connect(lane->client, reason);
        if (verdict != CLIENT_OK)
            return verdict;
    }
    reply_init(&lane->client->reply, false);
    mm_buf_reset(&lane->body);
    lane->begun = now_ns();
    lane->left = lane->plan->requests[lane->next++ % lane->plan->count];
    return send_some(lane, reason);
}

/* ---- answers ---- */

static void count_answer(struct flow *flow, const struct lane *lane, uint64_t now)
{
    static const char word[] = "\"error\"";
    struct flow_result *result = flow->result;
    const mm_bytes body = mm_buf_bytes(&lane->body);
    const uint64_t waited = now - lane->begun;
    result->answers++;
    result->bytes += body.len;
    result->max_ns = waited > result->max_ns ? waited : result->max_ns;
    flow->buckets[bucket_of(waited)]++;
    const bool is_bad = lane->client->reply.status != 200 ||
                        (body.len > 0 && memmem(body.ptr, body.len, word, sizeof word - 1) != NULL);
    if (!is_bad)
        return;
    if (result->bad++ == 0)
        (void)snprintf(result->first_bad, sizeof result->first_bad, "%.*s",
                       (int)(body.len < FLOW_BAD_MAX ? body.len : FLOW_BAD_MAX),
                       (const char *)body.ptr);
}

static enum client_verdict take(struct lane *lane, size_t len, bool *is_whole,
                                struct mm_reason *reason)
{
    size_t at = 0;
    enum reply_verdict verdict = REPLY_PIECE;
    while (verdict == REPLY_PIECE) {
        size_t used;
        mm_bytes piece;
        verdict = reply_feed(&lane->client->reply, mm_bytes_from(lane->client->in + at, len - at),
                             &used, &piece);
        at += used;
        if (verdict == REPLY_PIECE)
            mm_buf_add(&lane->body, piece);
    }
    *is_whole = verdict == REPLY_DONE;
    if (reply_is_refused(verdict) || at < len || mm_buf_err(&lane->body) != MM_OK) {
        (void)mm_fail(reason, MM_ERR_INVALID, "the answer: %s",
                      reply_is_refused(verdict) ? reply_verdict_text(verdict)
                      : at < len                ? "there is more than was asked for"
                                                : mm_err_text(mm_buf_err(&lane->body)));
        return CLIENT_NOT_HTTP;
    }
    return CLIENT_OK;
}

static enum client_verdict receive(struct flow *flow, struct lane *lane, struct mm_reason *reason)
{
    struct client *client = lane->client;
    const ssize_t len = recv(client->fd, client->in, sizeof client->in, MSG_DONTWAIT);
    bool is_whole = false;
    if (len < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        return CLIENT_OK;
    if (len < 0)
        return lost("receiving", reason);
    if (len == 0) {
        errno = ECONNRESET;
        if (reply_close(&client->reply) != REPLY_DONE)
            return lost("an answer was awaited", reason);
        is_whole = true;
    } else {
        const enum client_verdict verdict = take(lane, (size_t)len, &is_whole, reason);
        if (verdict != CLIENT_OK)
            return verdict;
    }
    if (!is_whole)
        return CLIENT_OK;
    const uint64_t now = now_ns();
    count_answer(flow, lane, now);
    if (len == 0 || !client->reply.keeps_alive)
        client_disconnect(client);
    return send_next(flow, lane, now, reason);
}

/* ---- all lanes ---- */

static enum client_verdict step(struct flow *flow, struct mm_reason *reason)
{
    const size_t count = flow->options->lane_count;
    for (size_t i = 0; i < count; i++) {
        const struct lane *lane = &flow->lanes[i];
        flow->polls[i] =
            (struct pollfd){ .fd = lane->is_over ? -1 : lane->client->fd,
                             .events = lane->left.len > 0 ? POLLIN | POLLOUT : POLLIN };
    }
    const int ready = poll(flow->polls, count, (int)flow->timeout_ms);
    if (ready < 0 && errno != EINTR)
        return lost("waiting", reason);
    if (ready == 0) {
        (void)mm_fail(reason, MM_ERR_IO, "no answer within %llu ms",
                      (unsigned long long)flow->timeout_ms);
        return CLIENT_LOST;
    }
    enum client_verdict verdict = CLIENT_OK;
    for (size_t i = 0; i < count && verdict == CLIENT_OK && ready > 0; i++) {
        const short events = flow->polls[i].revents;
        if ((events & POLLOUT) != 0)
            verdict = send_some(&flow->lanes[i], reason);
        if (verdict == CLIENT_OK && (events & ~POLLOUT) != 0)
            verdict = receive(flow, &flow->lanes[i], reason);
    }
    return verdict;
}

static enum client_verdict open_lanes(struct flow *flow, struct mm_reason *reason)
{
    for (size_t i = 0; i < flow->options->lane_count; i++) {
        struct lane *lane = &flow->lanes[i];
        const struct client_options options = { .idle_timeout_ms = flow->timeout_ms };
        MM_ASSERT(flow->options->lanes[i].count > 0);
        lane->plan = &flow->options->lanes[i];
        mm_buf_init(&lane->body, FLOW_ANSWER_MAX);
        lane->client = client_new(flow->options->url, &options);
        if (lane->client == NULL) {
            (void)mm_fail(reason, MM_ERR_NO_MEMORY, "out of memory");
            return CLIENT_NO_MEMORY;
        }
        const enum client_verdict verdict = client_connect(lane->client, reason);
        if (verdict != CLIENT_OK)
            return verdict;
    }
    return CLIENT_OK;
}

static enum client_verdict run_lanes(struct flow *flow, struct mm_reason *reason)
{
    const uint64_t begun = now_ns();
    enum client_verdict verdict = CLIENT_OK;
    flow->open = flow->options->lane_count;
    flow->end_ns = flow->options->for_ms == 0 ? 0 : begun + flow->options->for_ms * 1000000;
    for (size_t i = 0; i < flow->options->lane_count && verdict == CLIENT_OK; i++)
        verdict = send_next(flow, &flow->lanes[i], begun, reason);
    while (flow->open > 0 && verdict == CLIENT_OK)
        verdict = step(flow, reason);
    flow->result->ns = now_ns() - begun;
    return verdict;
}

enum client_verdict flow_run(struct flow_result *result, const struct flow_options *options,
                             struct mm_reason *reason)
{
    *result = (struct flow_result){ 0 };
    MM_ASSERT(options->lane_count > 0 && options->lane_count <= FLOW_LANES_MAX);
    struct flow *flow = mm_heap_zeroed(1, sizeof *flow);
    if (flow == NULL) {
        (void)mm_fail(reason, MM_ERR_NO_MEMORY, "out of memory");
        return CLIENT_NO_MEMORY;
    }
    flow->options = options;
    flow->result = result;
    flow->timeout_ms =
        options->timeout_ms > 0 ? options->timeout_ms : (uint64_t)CLIENT_IDLE_DEFAULT_MS;
    enum client_verdict verdict = open_lanes(flow, reason);
    if (verdict == CLIENT_OK)
        verdict = run_lanes(flow, reason);
    result->p50_ns = quantile(flow->buckets, result->answers, 0.5);
    result->p99_ns = quantile(flow->buckets, result->answers, 0.99);
    for (size_t i = 0; i < options->lane_count; i++) {
        client_free(flow->lanes[i].client);
        if (flow->lanes[i].plan != NULL)
            mm_buf_fini(&flow->lanes[i].body);
    }
    mm_heap_free(flow);
    return verdict;
}
