#include "rpc/gateway/body.h"

#include "state/base/heap.h"

struct body {
    struct content_reader *reader; /* owned */
    mm_bytes piece;                /* of the reader's, not yet sent */
};

static ptrdiff_t read_piece(void *state, uint64_t offset, uint8_t *out, size_t capacity)
{
    (void)offset; /* asked for in order */
    struct body *body = state;
    if (body->piece.len == 0 && content_file_next(body->reader, &body->piece) != READ_OK)
        return HTTP_READ_FAILED;
    const size_t len = body->piece.len < capacity ? body->piece.len : capacity;
    memcpy(out, body->piece.ptr, len);
    body->piece = mm_bytes_from(body->piece.ptr + len, body->piece.len - len);
    return (ptrdiff_t)len;
}

static void free_body(void *state)
{
    struct body *body = state;
    content_reader_free(body->reader);
    mm_heap_free(body);
}

static enum read_verdict read_whole(struct http_response *response,
                                    struct content_reader **taken_reader, uint64_t length)
{
    mm_bytes piece;
    uint64_t got = 0;
    while (got < length) {
        const enum read_verdict verdict = content_file_next(*taken_reader, &piece);
        if (verdict != READ_OK) {
            mm_buf_reset(&response->body);
            return verdict == READ_END ? READ_MALFORMED : verdict;
        }
        mm_buf_add(&response->body, piece);
        got += piece.len;
    }
    content_reader_free(*taken_reader);
    *taken_reader = NULL;
    return READ_OK;
}

enum read_verdict body_of_file(struct http_response *response, struct content_reader **taken_reader,
                               uint64_t offset, uint64_t length)
{
    content_file_range(*taken_reader, offset, length);
    response->body.bytes_max = BODY_WHOLE_BYTES_MAX;
    if (length <= BODY_WHOLE_BYTES_MAX)
        return read_whole(response, taken_reader, length);
    mm_bytes first;
    const enum read_verdict verdict = content_file_next(*taken_reader, &first);
    if (verdict != READ_OK)
        return verdict == READ_END ? READ_MALFORMED : verdict;
    struct body *body = mm_heap_alloc(sizeof *body);
    if (body == NULL)
        return READ_FAILED;
    *body = (struct body){ *taken_reader, first };
    *taken_reader = NULL;
    response->reader = (struct http_reader){ read_piece, free_body, body, length };
    return READ_OK;
}
