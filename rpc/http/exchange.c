#include "rpc/http/http_internal.h"

#include "rpc/http/socket.h"
#include "rpc/http/worker.h"
#include "state/base/assert.h"
#include "state/base/heap.h"

enum { TARGET_BYTES_MAX = 1 << 20 }; /* MHD's buffer bounds it before */

static struct http_request *request_new(struct worker *worker, struct MHD_Connection *mhd)
{
    struct http_request *request = mm_heap_zeroed(1, sizeof *request);
    if (request == NULL)
        return NULL;
    request->server = worker->server;
    request->worker = worker;
    request->mhd = mhd;
    mm_buf_init(&request->target, TARGET_BYTES_MAX);
    mm_buf_init(&request->path, TARGET_BYTES_MAX);
    mm_buf_init(&request->known_host, KNOWN_HOST_BYTES_MAX);
    mm_buf_init(&request->body, SIZE_MAX / 2);
    mm_arena_init(&request->arena, HTTP_REQUEST_ARENA_BYTES);
    return request;
}

static void request_free(struct http_request *request)
{
    MM_ASSERT(request->phase == PHASE_IDLE && request->later == NULL);
    mm_buf_fini(&request->target);
    mm_buf_fini(&request->path);
    mm_buf_fini(&request->known_host);
    mm_buf_fini(&request->body);
    mm_arena_fini(&request->arena);
    mm_heap_free(request);
}

void exchange_connection(void *context, struct MHD_Connection *mhd, void **slot,
                         enum MHD_ConnectionNotificationCode code)
{
    struct worker *worker = context;
    switch (code) {
    case MHD_CONNECTION_NOTIFY_STARTED:
        worker->begun++;
        *slot = request_new(worker, mhd); /* NULL: every request is refused by exchange_step */
        if (*slot != NULL)
            worker_watch(worker, *slot);
        return;
    case MHD_CONNECTION_NOTIFY_CLOSED:
        if (*slot != NULL) {
            worker_unwatch(worker, *slot);
            request_free(*slot);
        }
        *slot = NULL;
        atomic_fetch_sub(&worker->connections, 1);
        return;
    }
}

/* The first that we hear of a request. What is returned here becomes the slot of the calls that follow. */
void *exchange_target(void *context, const char *target, struct MHD_Connection *mhd)
{
    (void)context;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct http_request *request = info == NULL ? NULL : info->socket_context;
    if (request == NULL)
        return NULL;
    if (target != NULL)
        mm_buf_add_text(&request->target, target);
    request->target_is_lost = mm_buf_err(&request->target) != MM_OK;
    return request;
}

/* The answer goes out now, whatever is still to come; the connection closes after it. */
static void start_linger(struct http_request *request)
{
    response_send_now(request);
    request->phase = PHASE_LINGER;
    request->received = 0;
    request->linger_until_ms = now_ms() + LINGER_SECONDS_MAX * 1000u;
}

/* There is an answer before the body was read. */
static enum MHD_Result refuse_early(struct http_request *request)
{
    if (request->length == 0 || request->expects_continue) {
        request->phase = PHASE_ANSWERED;
        return response_queue(request);
    }
    const bool is_short =
        request->length == HTTP_LENGTH_UNKNOWN || request->length <= DISCARD_BYTES_MAX;
    if (request->close_after || !is_short)
        start_linger(request);
    else
        request->phase = PHASE_DISCARD;
    return MHD_YES;
}

static enum MHD_Result begin(struct http_request *request, const char *method, const char *version)
{
    request->counted = true;
    atomic_fetch_add(&request->worker->active, 1);
    atomic_fetch_add_explicit(&request->worker->requests, 1, memory_order_relaxed);
    request->method = route_method(mm_bytes_str(method));
    request->is_http10 = strcmp(version, "HTTP/1.0") == 0;
    request->close_after = false;
    admit(request);
    if (request->has_answer)
        return refuse_early(request);
    const struct http_upload *upload = request->route->upload;
    if (upload == NULL) {
        request->phase = PHASE_WHOLE;
        if (request->length != HTTP_LENGTH_UNKNOWN && request->length > 0)
            (void)mm_buf_reserve(&request->body, request->length < BODY_RESERVE_MAX
                                                     ? (size_t)request->length
                                                     : BODY_RESERVE_MAX);
        return MHD_YES;
    }
    request->phase = PHASE_STREAM;
    request->upload_state = upload->begin(request->route->context, request);
    if (!request->has_answer && request->upload_state == NULL)
        http_answer_text(request, 500, "internal error");
    if (request->has_answer)
        return refuse_early(request);
    request->upload_begun = true;
    return MHD_YES;
}

/* A piece of the body for the handler. It may lead to an answer: a refusal. */
static void deliver(struct http_request *request, mm_bytes piece)
{
    if (piece.len > request->body_bytes_max - request->received) {
        http_answer_text(request, 413, "the body is too large");
        return;
    }
    request->received += piece.len;
    if (request->phase == PHASE_STREAM) {
        request->route->upload->chunk(request->upload_state, request, piece);
        return;
    }
    mm_buf_add(&request->body, piece);
    if (mm_buf_err(&request->body) != MM_OK)
        http_answer_text(request, 503, "no memory");
}

static enum MHD_Result take_piece(struct http_request *request, mm_bytes piece)
{
    switch (request->phase) {
    case PHASE_WHOLE:
    case PHASE_STREAM:
        deliver(request, piece);
        if (request->has_answer)
            start_linger(request);
        return MHD_YES;
    case PHASE_DISCARD:
        request->received += piece.len;
        if (request->received > DISCARD_BYTES_MAX)
            start_linger(request);
        return MHD_YES;
    case PHASE_LINGER:
        request->received += piece.len;
        return request->received > LINGER_BYTES_MAX || now_ms() > request->linger_until_ms
                   ? MHD_NO
                   : MHD_YES;
    case PHASE_IDLE:
    case PHASE_WORKING:
    case PHASE_LATER:
    case PHASE_ANSWERED:
    case PHASE_UPGRADING:
        break;
    }
    MM_UNREACHABLE();
}

static enum MHD_Result work(struct http_request *request)
{
    const struct http_route *route = request->route;
    const bool is_upload = request->phase == PHASE_STREAM;
    request->phase = PHASE_WORKING;
    if (handshake_is_asked(request)) {
        request->phase = PHASE_UPGRADING;
        return handshake_answer(request);
    }
    if (is_upload)
        route->upload->end(request->upload_state, request);
    else
        route->respond(route->context, request);
    /* From here a deferred request belongs to whoever has its ticket: another thread may be completing it. */
    if (request->phase == PHASE_LATER)
        return MHD_YES;
    MM_ASSERT(request->has_answer); /* every handler answers or defers */
    request->phase = PHASE_ANSWERED;
    return response_queue(request);
}

enum MHD_Result exchange_step(void *context, struct MHD_Connection *mhd, const char *url,
                              const char *method, const char *version, const char *data,
                              size_t *data_len, void **slot)
{
    (void)context, (void)mhd, (void)url;
    struct http_request *request = *slot;
    if (request == NULL)
        return MHD_NO;
    if (request->phase == PHASE_IDLE)
        return begin(request, method, version);
    if (*data_len > 0) {
        const mm_bytes piece = mm_bytes_from(data, *data_len);
        *data_len = 0;
        return take_piece(request, piece);
    }
    switch (request->phase) {
    case PHASE_WHOLE:
    case PHASE_STREAM:
        return work(request);
    case PHASE_DISCARD:
    case PHASE_LATER:
        MM_ASSERT(request->has_answer);
        request->phase = PHASE_ANSWERED;
        return response_queue(request);
    case PHASE_LINGER:
        return MHD_NO; /* all was read and the answer is out: close */
    case PHASE_IDLE:
    case PHASE_WORKING:
    case PHASE_ANSWERED:
    case PHASE_UPGRADING:
        break;
    }
    MM_UNREACHABLE();
}

void request_is_done(struct http_request *request)
{
    if (request->counted)
        atomic_fetch_sub(&request->worker->active, 1);
    request->counted = false;
}

static void reset_buf(struct mm_buf *buf)
{
    if (buf->capacity > KEEP_BYTES_MAX)
        mm_buf_fini(buf);
    mm_buf_reset(buf);
}

void exchange_completed(void *context, struct MHD_Connection *mhd, void **slot,
                        enum MHD_RequestTerminationCode code)
{
    (void)mhd, (void)code;
    (void)context;
    struct http_request *request = *slot;
    if (request == NULL)
        return;
    *slot = NULL;
    if (request->socket != NULL) /* the client left before the 101 was out */
        http_socket_unref(request->socket);
    request->socket = NULL;
    MM_ASSERT(request->later == NULL);
    if (request->upload_begun)
        request->route->upload->gone(request->upload_state);
    if (request->has_answer)
        http_response_fini(&request->answer);
    request->upload_begun = false;
    request->upload_state = NULL;
    request->has_answer = false;
    request->route = NULL;
    request->phase = PHASE_IDLE;
    request->remote[0] = '\0';
    reset_buf(&request->target);
    reset_buf(&request->path);
    reset_buf(&request->body);
    if (request->arena.total_bytes > KEEP_BYTES_MAX)
        mm_arena_fini(&request->arena);
    else
        mm_arena_reset(&request->arena);
    request_is_done(request);
}
