#include "rpc/gateway/stream.h"

#include "state/base/assert.h"
#include "state/base/heap.h"

struct flow {
    struct stream stream; /* owned */
    struct mm_buf first;  /* made before the answer began */
    size_t first_at;
    mm_bytes piece; /* of the producer's, not yet sent */
    struct stream_failure failure;
};

static void free_flow(void *state)
{
    struct flow *flow = state;
    if (flow->stream.free != NULL)
        flow->stream.free(flow->stream.state);
    mm_buf_fini(&flow->first);
    mm_heap_free(flow);
}

static size_t move(uint8_t *out, size_t capacity, mm_bytes *from)
{
    const size_t len = from->len < capacity ? from->len : capacity;
    if (len == 0)
        return 0;
    memcpy(out, from->ptr, len);
    *from = mm_bytes_from(from->ptr + len, from->len - len);
    return len;
}

/* As much as there is room for: pieces may be short. */
static ptrdiff_t read_flow(void *state, uint64_t offset, uint8_t *out, size_t capacity)
{
    (void)offset; /* asked for in order */
    struct flow *flow = state;
    size_t done = 0;
    const mm_bytes first = mm_buf_bytes(&flow->first);
    if (flow->first_at < first.len) {
        mm_bytes left = mm_bytes_from(first.ptr + flow->first_at, first.len - flow->first_at);
        done = move(out, capacity, &left);
        flow->first_at += done;
    }
    while (done < capacity) {
        if (flow->piece.len == 0) {
            const enum read_verdict verdict =
                flow->stream.more(flow->stream.state, &flow->piece, &flow->failure);
            if (verdict == READ_END)
                break;
            if (verdict != READ_OK)
                return HTTP_READ_FAILED;
        }
        done += move(out + done, capacity - done, &flow->piece);
    }
    return (ptrdiff_t)done;
}

enum read_verdict stream_body(struct http_response *response, struct stream_failure *failure,
                              const struct stream *taken_stream)
{
    *failure = (struct stream_failure){ .err = MM_ERR_NO_MEMORY };
    struct flow *flow = mm_heap_zeroed(1, sizeof *flow);
    if (flow == NULL) {
        if (taken_stream->free != NULL)
            taken_stream->free(taken_stream->state);
        return READ_FAILED;
    }
    flow->stream = *taken_stream;
    mm_buf_init(&flow->first, STREAM_FIRST_BYTES + BLOCK_BYTES_MAX);
    enum read_verdict verdict = READ_OK;
    while (verdict == READ_OK && mm_buf_bytes(&flow->first).len < STREAM_FIRST_BYTES) {
        verdict = flow->stream.more(flow->stream.state, &flow->piece, failure);
        if (verdict == READ_OK)
            mm_buf_add(&flow->first, flow->piece);
        flow->piece = mm_bytes_from(NULL, 0);
        if (mm_buf_err(&flow->first) != MM_OK)
            verdict = READ_FAILED;
    }
    if (verdict == READ_END) {
        response->body = flow->first;
        mm_buf_init(&flow->first, 0);
    }
    if (verdict != READ_OK) {
        free_flow(flow);
        return verdict == READ_END ? READ_OK : verdict;
    }
    response->reader = (struct http_reader){ read_flow, free_flow, flow, HTTP_LENGTH_UNKNOWN };
    return READ_OK;
}
