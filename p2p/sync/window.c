#include "p2p/sync/sync_internal.h"
#include "state/base/assert.h"
#include "state/base/heap.h"

bool sync_is_in_window(const struct sync *s, uint64_t height)
{
    return s->count > 0 && height >= s->low && height - s->low < s->count;
}

struct ahead *sync_at(struct sync *s, uint64_t height)
{
    MM_ASSERT(sync_is_in_window(s, height));
    return &s->window[height % SYNC_WINDOW_MAX];
}

struct sync_frontier sync_frontier_of(const struct sync *s)
{
    const uint64_t last = s->low + s->count - 1;
    if (s->count == 0 || s->is_void || last <= s->head.height)
        return (struct sync_frontier){ s->head.height, s->head.hash, s->commitment };
    const struct ahead *block = &s->window[last % SYNC_WINDOW_MAX];
    return (struct sync_frontier){ last, block->hash, block->extra };
}

bool sync_is_overtaken(const struct sync *s)
{
    return s->count > 0 && s->low + s->count - 1 < s->head.height;
}

bool sync_push(struct sync *s, uint64_t height, struct ahead *checked, mm_bytes header,
               mm_bytes certificate)
{
    MM_ASSERT(s->count < SYNC_WINDOW_MAX && !s->is_void);
    MM_ASSERT(s->count == 0 || height == s->low + s->count);
    checked->sealed = mm_heap_alloc(header.len + certificate.len);
    if (checked->sealed == NULL)
        return false;
    memcpy(checked->sealed, header.ptr, header.len);
    memcpy(checked->sealed + header.len, certificate.ptr, certificate.len);
    checked->header_len = header.len;
    checked->certificate_len = certificate.len;
    if (s->count == 0)
        s->low = height;
    s->window[height % SYNC_WINDOW_MAX] = *checked;
    s->count++;
    return true;
}

void sync_keep_body(struct sync *s, uint64_t height, mm_bytes body)
{
    struct ahead *block = sync_at(s, height);
    MM_ASSERT(block->body == NULL);
    block->body = mm_heap_alloc(body.len);
    if (block->body == NULL)
        return;
    memcpy(block->body, body.ptr, body.len);
    block->body_len = body.len;
    s->bodies_bytes += body.len;
}

static void drop_first(struct sync *s)
{
    struct ahead *block = sync_at(s, s->low);
    MM_ASSERT(s->importing == 0 && s->bodies_bytes >= block->body_len);
    s->bodies_bytes -= block->body_len;
    mm_heap_free(block->sealed);
    mm_heap_free(block->body);
    *block = (struct ahead){ .body_len = 0 };
    s->low++;
    s->count--;
    if (s->done > 0)
        s->done--;
}

void sync_drop_done(struct sync *s)
{
    while (s->importing == 0 && s->count > 0 && s->low <= s->head.height)
        drop_first(s);
}

void sync_empty_window(struct sync *s)
{
    s->importing = 0;
    while (s->count > 0)
        drop_first(s);
    MM_ASSERT(s->bodies_bytes == 0);
    s->done = 0;
    s->is_void = false;
}

void sync_void(struct sync *s)
{
    for (size_t slot = 0; slot < s->slot_end; slot++) {
        struct peer *peer = &s->peers[slot];
        peer->headers.is_void = true;
        for (size_t i = 0; i < SYNC_BODY_REQUESTS_MAX; i++)
            peer->bodies[i].is_void = true;
    }
    if (s->importing > 0)
        s->is_void = true; /* the host still reads from it */
    else
        sync_empty_window(s);
}

void sync_start_import(struct sync *s)
{
    if (s->importing > 0 || s->done > 0 || s->is_void)
        return;
    while (s->importing < SYNC_IMPORT_MAX && s->importing < s->count) {
        const uint64_t height = s->low + s->importing;
        const struct ahead *block = sync_at(s, height);
        if (block->body == NULL)
            break;
        s->blocks[s->importing++] = (struct sync_block){
            .height = height,
            .hash = block->hash,
            .header = mm_bytes_from(block->sealed, block->header_len),
            .body = mm_bytes_from(block->body, block->body_len),
            .certificate = mm_bytes_from(block->sealed + block->header_len, block->certificate_len),
        };
    }
    if (s->importing > 0)
        s->options.host.import(s->options.host.ctx, s->blocks, s->importing);
}
