#include "tests/unit/rpc/http/house.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "state/base/assert.h"
#include "state/base/heap.h"

struct house_counts house_counts;

static void hello(void *context, struct http_request *request)
{
    (void)context;
    struct http_response response;
    http_response_init(&response, 200, "text/plain", 100);
    response.fixed = MM_BYTES_LIT("hello\n");
    http_answer(request, &response);
}

static void echo(void *context, struct http_request *request)
{
    (void)context;
    struct http_response response;
    http_response_init(&response, 200, "application/octet-stream", 0);
    response.body = http_body_take(request);
    http_answer(request, &response);
}

static void show(void *context, struct http_request *request)
{
    (void)context;
    struct http_response response;
    http_response_init(&response, 200, "text/plain", 10000);
    const mm_bytes rest = http_path_rest(request);
    mm_buf_printf(&response.body, "rest=");
    mm_buf_add(&response.body, rest);
    size_t at = 0;
    struct http_param param;
    while (http_query_next(request, &at, &param)) {
        mm_buf_add_text(&response.body, " ");
        mm_buf_add(&response.body, param.name);
        mm_buf_add_text(&response.body, "=");
        mm_buf_add(&response.body, param.value);
    }
    const mm_bytes x = http_header(request, "x-thing");
    if (x.ptr != NULL)
        mm_buf_printf(&response.body, " x=%.*s", (int)x.len, (const char *)x.ptr);
    mm_buf_printf(&response.body, " from=%s", http_remote(request));
    http_response_header(&response, "X-Rest", rest); /* left out when it holds a line end */
    http_answer(request, &response);
}

static void big(void *context, struct http_request *request)
{
    (void)context;
    struct http_response response;
    http_response_init(&response, 200, "application/octet-stream", BIG_BYTES);
    uint8_t *out = mm_buf_reserve(&response.body, BIG_BYTES);
    if (out != NULL) {
        for (size_t i = 0; i < BIG_BYTES; i++)
            out[i] = (uint8_t)(i * 7);
        mm_buf_advance(&response.body, BIG_BYTES);
    }
    http_answer(request, &response);
}

static ptrdiff_t read_piece(void *state, uint64_t offset, uint8_t *out, size_t capacity)
{
    const uint64_t total = *(const uint64_t *)state;
    const uint64_t left = total - offset;
    const size_t len = left < capacity ? (size_t)left : capacity;
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)((offset + i) * 7);
    return (ptrdiff_t)len;
}

static void free_state(void *state)
{
    atomic_fetch_add(&house_counts.freed, 1);
    mm_heap_free(state);
}

/* ?len=N, ?known=1, ?real=M: how much there really is. */
static void stream(void *context, struct http_request *request)
{
    (void)context;
    struct http_response response;
    http_response_init(&response, 200, "application/octet-stream", 0);
    mm_bytes text;
    char number[32] = { 0 };
    uint64_t *state = mm_heap_alloc(sizeof *state);
    MM_ASSERT(state != NULL);
    *state = 0;
    if (http_query(request, "len", &text) && text.len < sizeof number) {
        memcpy(number, text.ptr, text.len);
        *state = strtoull(number, NULL, 10);
    }
    response.reader = (struct http_reader){ read_piece, free_state, state, HTTP_LENGTH_UNKNOWN };
    if (http_query(request, "known", &text))
        response.reader.length = *state;
    if (http_query(request, "short", &text))
        response.reader.length = *state + 1; /* claims a byte more than there is */
    http_answer(request, &response);
}

/* Answers with the status that the path names: /status/304. */
static void status(void *context, struct http_request *request)
{
    (void)context;
    struct http_response response;
    http_response_init(&response,
                       (unsigned)strtoul((const char *)http_path_rest(request).ptr, NULL, 10),
                       "text/plain", 100);
    mm_buf_add_text(&response.body, "body");
    http_answer(request, &response);
}

struct upload {
    uint64_t bytes;
    uint64_t sum;
    uint64_t bytes_max;
};

static void *upload_begin(void *context, struct http_request *request)
{
    const mm_bytes refuse = http_header(request, "x-refuse");
    if (refuse.ptr != NULL) {
        http_answer_text(request, 507, "full");
        return NULL;
    }
    struct upload *upload = mm_heap_zeroed(1, sizeof *upload);
    MM_ASSERT(upload != NULL);
    upload->bytes_max = *(const uint64_t *)context;
    atomic_fetch_add(&house_counts.begun, 1);
    return upload;
}

static void upload_chunk(void *state, struct http_request *request, mm_bytes bytes)
{
    struct upload *upload = state;
    upload->bytes += bytes.len;
    for (size_t i = 0; i < bytes.len; i++)
        upload->sum = upload->sum * 31 + bytes.ptr[i];
    if (upload->bytes > upload->bytes_max)
        http_answer_text(request, 507, "full");
}

static void upload_end(void *state, struct http_request *request)
{
    const struct upload *upload = state;
    char text[64];
    (void)snprintf(text, sizeof text, "%llu %llu", (unsigned long long)upload->bytes,
                   (unsigned long long)upload->sum);
    http_answer_text(request, 200, text);
}

static void upload_gone(void *state)
{
    atomic_fetch_add(&house_counts.gone, 1);
    mm_heap_free(state);
}

static const struct http_upload UPLOAD = { upload_begin, upload_chunk, upload_end, upload_gone };
static uint64_t upload_bytes_max = 100 << 20;
static uint64_t small_upload_bytes_max = 1000;

enum { LATERS_MAX = 4096 };
static struct {
    pthread_mutex_t mutex;
    pthread_cond_t cond;
    struct http_later *tickets[LATERS_MAX];
    size_t head, tail;
} laters = { .mutex = PTHREAD_MUTEX_INITIALIZER, .cond = PTHREAD_COND_INITIALIZER };

static void later(void *context, struct http_request *request)
{
    (void)context;
    struct http_later *ticket = http_defer(request);
    MM_ASSERT(ticket != NULL);
    atomic_fetch_add(&house_counts.deferred, 1);
    pthread_mutex_lock(&laters.mutex);
    MM_ASSERT(laters.tail < LATERS_MAX);
    laters.tickets[laters.tail++] = ticket;
    pthread_cond_broadcast(&laters.cond);
    pthread_mutex_unlock(&laters.mutex);
}

/* Completes before the handler returns. */
static void at_once(void *context, struct http_request *request)
{
    (void)context;
    struct http_later *ticket = http_defer(request);
    MM_ASSERT(ticket != NULL);
    house_complete(ticket, "at once");
}

static void slow(void *context, struct http_request *request)
{
    (void)context;
    (void)nanosleep(&(struct timespec){ .tv_nsec = 200000000 }, NULL);
    http_answer_text(request, 200, "slow");
}

struct http_later *house_next_later(int wait_ms)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += wait_ms / 1000;
    until.tv_nsec += (long)(wait_ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    struct http_later *ticket = NULL;
    pthread_mutex_lock(&laters.mutex);
    while (laters.head == laters.tail) {
        if (pthread_cond_timedwait(&laters.cond, &laters.mutex, &until) != 0)
            break;
    }
    if (laters.head < laters.tail)
        ticket = laters.tickets[laters.head++];
    pthread_mutex_unlock(&laters.mutex);
    return ticket;
}

void house_complete(struct http_later *ticket, const char *text)
{
    struct http_response response;
    http_response_init(&response, 200, "text/plain", 1000);
    mm_buf_add_text(&response.body, text);
    http_complete(ticket, &response);
}

/* ---- WebSockets: what comes is sent back, but for a few words ---- */

enum { SOCKET_BACKLOG_BYTES = 1 << 20, SOCKET_MESSAGE_BYTES = 4 << 20, FLOOD_BYTES = 64 << 10 };

static _Atomic(struct http_socket *) kept_socket;

struct http_socket *house_kept_socket(void)
{
    return atomic_exchange(&kept_socket, NULL);
}

static void *socket_open(void *context, struct http_socket *socket, bool is_trusted)
{
    (void)socket;
    if (context != NULL) /* /socket-full */
        return NULL;
    atomic_fetch_add(&house_counts.opened, 1);
    bool *state = mm_heap_alloc(sizeof *state);
    MM_ASSERT(state != NULL);
    *state = is_trusted;
    return state;
}

static void send_bytes(struct http_socket *socket, mm_bytes bytes)
{
    struct mm_buf text;
    mm_buf_init(&text, SIZE_MAX / 2);
    mm_buf_add(&text, bytes);
    (void)http_socket_send(socket, &text);
}

static void socket_message(void *state, struct http_socket *socket, mm_bytes bytes)
{
    static const uint8_t flood[FLOOD_BYTES];
    if (mm_bytes_equal(bytes, MM_BYTES_LIT("close"))) {
        http_socket_close(socket, WEBSOCKET_NORMAL);
    } else if (mm_bytes_equal(bytes, MM_BYTES_LIT("trusted?"))) {
        send_bytes(socket, *(bool *)state ? MM_BYTES_LIT("yes") : MM_BYTES_LIT("no"));
    } else if (mm_bytes_equal(bytes, MM_BYTES_LIT("keep"))) {
        http_socket_ref(socket);
        atomic_store(&kept_socket, socket);
    } else if (mm_bytes_equal(bytes, MM_BYTES_LIT("flood"))) {
        send_bytes(socket, MM_BYTES_OF(flood));
    } else {
        send_bytes(socket, bytes);
    }
}

static void socket_closed(void *state)
{
    atomic_fetch_add(&house_counts.closed, 1);
    mm_heap_free(state);
}

static const struct http_socket_handler SOCKET = { .open = socket_open,
                                                   .message = socket_message,
                                                   .closed = socket_closed,
                                                   .message_bytes_max = SOCKET_MESSAGE_BYTES,
                                                   .backlog_bytes_max = SOCKET_BACKLOG_BYTES,
                                                   .ping_s = 1 };
static const struct http_socket_handler FULL_SOCKET = {
    .open = socket_open, .message = socket_message, .closed = socket_closed, .context = &kept_socket
};

static const struct http_route ROUTES[] = {
    { .path = "/socket", .methods = HTTP_GET, .respond = hello, .socket = &SOCKET },
    { .path = "/socket-full", .methods = HTTP_GET, .respond = hello, .socket = &FULL_SOCKET },
    { .path = "/", .methods = HTTP_GET, .respond = hello },
    { .path = "/", .methods = HTTP_POST, .cors = HTTP_CORS_ANY, .respond = echo },
    { .path = "/echo",
      .methods = HTTP_POST | HTTP_PUT,
      .cors = HTTP_CORS_ANY,
      .cors_expose = "X-Thing",
      .body_bytes_max = 1 << 20,
      .respond = echo },
    { .path = "/files/",
      .prefix = true,
      .methods = HTTP_GET,
      .cors = HTTP_CORS_LISTED,
      .respond = show },
    { .path = "/files/deep/", .prefix = true, .methods = HTTP_GET, .respond = hello },
    { .path = "/big", .methods = HTTP_GET, .respond = big },
    { .path = "/stream", .methods = HTTP_GET, .respond = stream },
    { .path = "/status/", .prefix = true, .methods = HTTP_GET, .respond = status },
    { .path = "/slow", .methods = HTTP_GET, .respond = slow },
    { .path = "/later", .methods = HTTP_POST, .cors = HTTP_CORS_ANY, .respond = later },
    { .path = "/at-once", .methods = HTTP_POST, .respond = at_once },
    { .path = "/local",
      .methods = HTTP_POST,
      .cors = HTTP_CORS_LISTED,
      .local_origins_only = true,
      .respond = echo },
    { .path = "/upload", .methods = HTTP_POST, .upload = &UPLOAD, .context = &upload_bytes_max },
    { .path = "/upload-limited",
      .methods = HTTP_POST,
      .upload = &UPLOAD,
      .body_bytes_max = 100000,
      .context = &upload_bytes_max },
    { .path = "/upload-small",
      .methods = HTTP_POST,
      .upload = &UPLOAD,
      .context = &small_upload_bytes_max },
};

struct http_server *house_open(struct http_options options)
{
    options.routes = ROUTES;
    options.routes_count = MM_COUNT_OF(ROUTES);
    struct http_server *server = NULL;
    struct mm_reason reason = { { 0 } };
    if (http_server_start(&server, &options, &reason) != MM_OK) {
        (void)fprintf(stderr, "%s\n", reason.text);
        abort();
    }
    return server;
}
