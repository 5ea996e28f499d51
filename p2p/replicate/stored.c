/* Into the store: what came, and which roots are whole. */
#include "p2p/content/needs.h"
#include "p2p/replicate/replicate_internal.h"

static mm_err keep_and_get(void *context, struct mm_buf *block, const struct cid *cid)
{
    struct replicate *r = context;
    if (r->writer != NULL)
        MM_TRY(content_writer_keep(r->writer, cid));
    return content_get(r->options.content, block, cid);
}

struct block_source replicate_source(struct replicate *r)
{
    return (struct block_source){ r, keep_and_get };
}

void replicate_store_failed(struct replicate *r, mm_err err, uint64_t now_ms)
{
    content_writer_free(r->writer);
    r->writer = NULL;
    r->settled_count = 0;
    r->full_ms = now_ms + REPLICATE_FULL_MS;
    for (size_t i = 0; i < REPLICATE_LACKING_MAX; i++) {
        if (r->lacking[i].state != LACKING_FREE && r->jobs[r->lacking[i].job].is_single)
            replicate_end_lacking(r, i, false);
    }
    for (size_t i = 0; i < REPLICATE_JOBS; i++) {
        if (r->jobs[i].is_open)
            replicate_close_job(r, &r->jobs[i]);
    }
    r->options.host.failed(r->options.host.ctx, err);
}

/* Those that nobody needs any more have no record, and get none. */
static void forget_released(struct replicate *r)
{
    size_t count = 0;
    for (size_t i = 0; i < r->settled_count; i++) {
        struct content_root known;
        if (content_root_get(r->options.content, &known, &r->settled[i].cid) == MM_OK)
            r->settled[count++] = r->settled[i];
    }
    r->settled_count = count;
}

/* Their records say that they are whole. The metadata is read, which may need more. */
static mm_err read_settled(struct replicate *r)
{
    for (size_t i = 0; i < r->settled_count; i++) {
        struct content_root root;
        const mm_err err = needs_settle(r->options.content, &root, &r->settled[i].cid);
        if (err != MM_OK && err != MM_ERR_NOT_FOUND)
            return err;
    }
    return MM_OK;
}

bool replicate_has_writer(struct replicate *r, uint64_t now_ms)
{
    if (r->writer != NULL)
        return true;
    r->writer = content_writer_new(r->options.content);
    r->writer_ms = now_ms;
    r->has_put = false;
    return r->writer != NULL;
}

void replicate_sync(struct replicate *r, uint64_t now_ms)
{
    if (r->settled_count == 0 && (r->writer == NULL || !r->has_put)) {
        content_writer_free(r->writer); /* it was there for what a walk kept */
        r->writer = NULL;
        return;
    }
    if (!replicate_has_writer(r, now_ms))
        return; /* no memory: later */
    forget_released(r);
    mm_err err = content_writer_commit(
        r->writer, &(struct content_commit){ .roots = r->settled, .root_count = r->settled_count });
    content_writer_free(r->writer);
    r->writer = NULL;
    if (err == MM_OK)
        err = read_settled(r);
    if (err != MM_OK) {
        replicate_store_failed(r, err, now_ms);
        return;
    }
    for (size_t i = 0; i < REPLICATE_JOBS; i++)
        r->jobs[i].has_unsynced = false;
    replicate_are_whole(r, r->settled, r->settled_count);
    if (r->settled_count > 0)
        r->lacks.next_ms = now_ms;
    r->settled_count = 0;
}
