#include "rpc/http/http_internal.h"

#include <stdio.h>
#include <sys/socket.h>

#include "state/base/assert.h"
#include "state/base/heap.h"

void http_response_init(struct http_response *response, unsigned status, const char *content_type,
                        size_t body_bytes_max)
{
    *response = (struct http_response){ .status = status, .content_type = content_type };
    mm_buf_init(&response->body, body_bytes_max);
    mm_buf_init(&response->headers, RESPONSE_HEADERS_BYTES_MAX);
}

void http_response_fini(struct http_response *response)
{
    if (response->reader.read != NULL && response->reader.free != NULL)
        response->reader.free(response->reader.state);
    mm_buf_fini(&response->body);
    mm_buf_fini(&response->headers);
    *response = (struct http_response){ 0 };
}

static bool is_clean(mm_bytes value)
{
    for (size_t i = 0; i < value.len; i++) {
        if ((value.ptr[i] < 0x20 && value.ptr[i] != '\t') || value.ptr[i] == 0x7f)
            return false;
    }
    return true;
}

void http_response_header(struct http_response *response, const char *name, mm_bytes value)
{
    MM_DCHECK(name[0] != '\0' && is_clean(mm_bytes_str(name)));
    if (!is_clean(value))
        return;
    mm_buf_add_text(&response->headers, name);
    mm_buf_add_byte(&response->headers, 0);
    mm_buf_add(&response->headers, value);
    mm_buf_add_byte(&response->headers, 0);
}

/* Cuts the next name and value off the list; both are terminated. */
static bool next_header(mm_bytes *list, const char **name, const char **value)
{
    if (list->len == 0)
        return false;
    *name = (const char *)list->ptr;
    *value = *name + strlen(*name) + 1;
    const size_t len = (size_t)(*value - *name) + strlen(*value) + 1;
    *list = mm_bytes_from(list->ptr + len, list->len - len);
    return true;
}

void http_answer(struct http_request *request, struct http_response *taken_response)
{
    MM_ASSERT(!request->has_answer && request->phase != PHASE_LATER);
    request->answer = *taken_response;
    request->has_answer = true;
    *taken_response = (struct http_response){ 0 };
}

void http_answer_text(struct http_request *request, unsigned status, const char *text)
{
    struct http_response response;
    http_response_init(&response, status, "text/plain; charset=utf-8", 64 << 10);
    mm_buf_add_text(&response.body, text);
    mm_buf_add_byte(&response.body, '\n');
    http_answer(request, &response);
}

/* What could not be written in full is not sent in part. */
static void replace_if_broken(struct http_response *response)
{
    if (mm_buf_err(&response->body) == MM_OK && mm_buf_err(&response->headers) == MM_OK)
        return;
    http_response_fini(response);
    http_response_init(response, 500, "text/plain; charset=utf-8", 0);
    response->fixed = MM_BYTES_LIT("the answer is too large\n");
}

static ssize_t read_piece(void *context, uint64_t offset, char *out, size_t capacity)
{
    const struct http_reader *reader = context;
    const ptrdiff_t len = reader->read(reader->state, offset, (uint8_t *)out, capacity);
    MM_ASSERT(len <= (ptrdiff_t)capacity);
    if (len > 0)
        return (ssize_t)len;
    if (len == HTTP_READ_LATER) /* the connection is suspended */
        return 0;
    if (len == 0 && reader->length == HTTP_LENGTH_UNKNOWN)
        return MHD_CONTENT_READER_END_OF_STREAM;
    return MHD_CONTENT_READER_END_WITH_ERROR;
}

static void free_reader(void *context)
{
    struct http_reader *reader = context;
    if (reader->free != NULL)
        reader->free(reader->state);
    mm_heap_free(reader);
}

static struct MHD_Response *from_reader(struct http_response *response)
{
    struct http_reader *copy = mm_heap_alloc(sizeof *copy);
    if (copy == NULL)
        return NULL;
    *copy = response->reader;
    struct MHD_Response *mhd = MHD_create_response_from_callback(
        copy->length == HTTP_LENGTH_UNKNOWN ? MHD_SIZE_UNKNOWN : copy->length, READER_BLOCK_BYTES,
        read_piece, copy, free_reader);
    if (mhd == NULL)
        mm_heap_free(copy);
    else
        response->reader = (struct http_reader){ 0 };
    return mhd;
}

/* MHD frees the body when it is sent. Nothing is copied; MHD does not write to a fixed body, though it takes a void pointer. */
static struct MHD_Response *from_body(struct http_response *response)
{
    if (response->fixed.len > 0) {
        union {
            const uint8_t *in;
            void *out;
        } pointer = { .in = response->fixed.ptr };
        return MHD_create_response_from_buffer(response->fixed.len, pointer.out,
                                               MHD_RESPMEM_PERSISTENT);
    }
    if (response->body.len == 0)
        return MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    struct MHD_Response *mhd = MHD_create_response_from_buffer_with_free_callback(
        response->body.len, response->body.ptr, mm_heap_free);
    if (mhd != NULL) {
        size_t len;
        (void)mm_buf_take(&response->body, &len);
    }
    return mhd;
}

static bool add_headers(struct MHD_Response *mhd, const struct http_response *response)
{
    if (response->content_type != NULL &&
        MHD_add_response_header(mhd, "Content-Type", response->content_type) != MHD_YES)
        return false;
    mm_bytes list = mm_buf_bytes(&response->headers);
    const char *name;
    const char *value;
    while (next_header(&list, &name, &value)) {
        /* MHD refuses an empty value; it is no use to anybody either. */
        if (value[0] != '\0' && MHD_add_response_header(mhd, name, value) != MHD_YES)
            return false;
    }
    return true;
}

enum MHD_Result response_queue(struct http_request *request)
{
    struct http_response *response = &request->answer;
    MM_ASSERT(request->has_answer);
    cors_headers(request, response);
    if (request->close_after ||
        atomic_load_explicit(&request->server->stopping, memory_order_relaxed))
        http_response_header(response, "Connection", MM_BYTES_LIT("close"));
    replace_if_broken(response);
    const unsigned status = response->status;
    feed_attach(request, &response->reader);
    struct MHD_Response *mhd =
        response->reader.read != NULL ? from_reader(response) : from_body(response);
    enum MHD_Result result = MHD_NO;
    if (mhd != NULL) {
        if (add_headers(mhd, response))
            result = MHD_queue_response(request->mhd, status, mhd);
        MHD_destroy_response(mhd);
    }
    http_response_fini(response);
    request->has_answer = false;
    return result; /* MHD_NO closes the connection: there was no memory to say more */
}

/* Only short answers come here: refusals. What the socket does not take at once is lost, as it would be anyway. */
void response_send_now(struct http_request *request)
{
    struct http_response *response = &request->answer;
    MM_ASSERT(request->has_answer);
    cors_headers(request, response);
    replace_if_broken(response);
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(request->mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
    const mm_bytes body = response->fixed.len > 0 ? response->fixed : mm_buf_bytes(&response->body);
    struct mm_buf out;
    mm_buf_init(&out, body.len + 2 * RESPONSE_HEADERS_BYTES_MAX);
    mm_buf_printf(&out, "HTTP/1.1 %u %s\r\nConnection: close\r\nContent-Length: %zu\r\n",
                  response->status, MHD_get_reason_phrase_for(response->status), body.len);
    if (response->content_type != NULL)
        mm_buf_printf(&out, "Content-Type: %s\r\n", response->content_type);
    mm_bytes list = mm_buf_bytes(&response->headers);
    const char *name;
    const char *value;
    while (next_header(&list, &name, &value))
        mm_buf_printf(&out, "%s: %s\r\n", name, value);
    mm_buf_add_text(&out, "\r\n");
    mm_buf_add(&out, body);
    if (info != NULL && mm_buf_err(&out) == MM_OK) {
        (void)send(info->connect_fd, out.ptr, out.len, MSG_NOSIGNAL | MSG_DONTWAIT);
        (void)shutdown(info->connect_fd, SHUT_WR);
    }
    mm_buf_fini(&out);
    http_response_fini(response);
    request->has_answer = false;
}
