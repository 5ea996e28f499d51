/* Property: what a multipart body says does not depend on how it is split into pieces; parts begin and end in turn; a limit on
 * parts holds. The first line of the input is the Content-Type, what follows is the body; the piece sizes come from the body. */
#include <stdlib.h>

#include "rpc/http/multipart.h"
#include "state/base/assert.h"

enum { PARTS_MAX = 20 };

struct story {
    uint64_t hash; /* of everything that was heard, in order, data without its borders */
    unsigned parts;
    bool in_part;
};

static void hear(struct story *story, mm_bytes bytes)
{
    for (size_t i = 0; i < bytes.len; i++)
        story->hash = (story->hash ^ bytes.ptr[i]) * 0x100000001b3u;
}

static void mark(struct story *story, uint8_t what)
{
    const uint8_t bytes[] = { 0, 0xff, what, 0xff, 0 };
    hear(story, MM_BYTES_OF(bytes));
}

static bool on_part(void *context, const struct http_part *part)
{
    struct story *story = context;
    MM_ASSERT(!story->in_part && ++story->parts <= PARTS_MAX &&
              part->headers_count <= HTTP_PART_HEADERS_MAX);
    story->in_part = true;
    mark(story, 1);
    hear(story, part->name);
    mark(story, 2);
    hear(story, part->filename);
    mark(story, 3);
    hear(story, part->content_type);
    mark(story, 4);
    for (size_t i = 0; i < part->headers_count; i++) {
        MM_ASSERT(part->headers[i].name.len > 0);
        hear(story, part->headers[i].name);
        hear(story, part->headers[i].value);
    }
    mark(story, 5);
    return true;
}

static bool on_data(void *context, mm_bytes bytes)
{
    struct story *story = context;
    MM_ASSERT(story->in_part && bytes.len > 0);
    hear(story, bytes);
    return true;
}

static bool on_end(void *context)
{
    struct story *story = context;
    MM_ASSERT(story->in_part);
    story->in_part = false;
    mark(story, 6);
    return true;
}

static enum http_multipart_verdict tell(struct story *story, mm_bytes type, mm_bytes body,
                                        bool split)
{
    *story = (struct story){ .hash = 0xcbf29ce484222325u };
    const struct http_part_handler handler = { story, on_part, on_data, on_end };
    struct http_multipart multipart;
    (void)http_multipart_init(&multipart, type, &handler, PARTS_MAX);
    for (size_t at = 0, len; at < body.len; at += len) {
        len = split ? 1 + body.ptr[at] % 7u : body.len;
        if (len > body.len - at)
            len = body.len - at;
        uint8_t *copy = malloc(len); /* its own block: a read beyond the piece is seen */
        MM_ASSERT(copy != NULL);
        memcpy(copy, body.ptr + at, len);
        (void)http_multipart_feed(&multipart, mm_bytes_from(copy, len));
        free(copy);
    }
    const enum http_multipart_verdict verdict = http_multipart_finish(&multipart);
    MM_ASSERT(http_multipart_text(verdict) != NULL);
    MM_ASSERT(verdict != HTTP_MULTIPART_OK || !story->in_part);
    http_multipart_fini(&multipart);
    return verdict;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = size == 0 ? NULL : memchr(data, '\n', size);
    if (end == NULL)
        return 0;
    const mm_bytes type = mm_bytes_from(data, (size_t)(end - data));
    const mm_bytes body = mm_bytes_from(end + 1, size - type.len - 1);
    struct story whole;
    struct story pieces;
    const enum http_multipart_verdict verdict = tell(&whole, type, body, false);
    MM_ASSERT(tell(&pieces, type, body, true) == verdict);
    MM_ASSERT(whole.hash == pieces.hash && whole.parts == pieces.parts);
    return 0;
}
