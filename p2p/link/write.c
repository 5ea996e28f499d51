/* Writing: one write at a time. Whoever sets is_writing owns the sealing half of the session and `out` until the callback finds
 * nothing to do; sealing is done in that callback, on a thread of NNG's, so that sending costs its caller no more than a place in a
 * queue. */
#include "p2p/link/link_internal.h"
#include "state/base/assert.h"

/* Lets the callback run, with nothing written: it looks for what there is. */
void link_kick(struct link *link)
{
    if (link->is_writing || link->is_closing)
        return;
    if (link->first.len == 0 && !link->is_up)
        return;
    mm_buf_reset(&link->out);
    link->out_at = 0;
    if (nng_aio_begin(link->writes)) {
        link->is_writing = true;
        nng_aio_finish(link->writes, 0);
    }
}

enum queue_verdict link_queue(struct link *link, struct frame *frame)
{
    if (link->is_closing)
        return QUEUE_FULL;
    const enum queue_verdict verdict = queue_put(&link->queue, frame);
    if (verdict == QUEUE_OK)
        link_kick(link);
    return verdict;
}

static void write_out(struct link *link)
{
    nng_iov iov = { link->out.ptr + link->out_at, link->out.len - link->out_at };
    const int result = nng_aio_set_iov(link->writes, 1, &iov);
    MM_ASSERT(result == 0);
    nng_stream_send(link->stream, link->writes);
}

static void end(struct link *link, enum links_end why)
{
    struct links *links = link->links;
    pthread_mutex_lock(&links->mutex);
    link_end(link, &(struct link_reason){ .end = why });
    pthread_mutex_unlock(&links->mutex);
}

/* After a frame of megabytes its memory is given back. */
static void empty_out(struct link *link)
{
    if (link->out.capacity > 4 * LINK_BATCH_BYTES)
        mm_buf_fini(&link->out);
    mm_buf_reset(&link->out);
    link->out_at = 0;
}

/* Seals frames until there are enough for a write. Takes and gives link.mutex back around sealing. False: nothing was there. */
static bool fill_out(struct link *link)
{
    mm_buf_add(&link->out, mm_buf_bytes(&link->first));
    mm_buf_reset(&link->first);
    while (link->is_up && !link->is_closing && link->out.len < LINK_BATCH_BYTES &&
           mm_buf_err(&link->out) == MM_OK) {
        struct frame *frame = queue_take(&link->queue);
        if (frame == NULL)
            break;
        pthread_mutex_unlock(&link->mutex);
        session_seal(link->session, frame->kind, frame->payload, &link->out);
        frame_unref(frame);
        pthread_mutex_lock(&link->mutex);
    }
    return link->out.len > 0;
}

void link_on_write(void *context)
{
    struct link *link = context;
    const size_t count = nng_aio_count(link->writes);
    if (nng_aio_result(link->writes) != 0) {
        end(link, LINKS_END_LOST);
        return;
    }
    pthread_mutex_lock(&link->mutex);
    link->bytes_out += count;
    link->out_at += count;
    MM_ASSERT(link->out_at <= link->out.len);
    bool is_more = link->out_at < link->out.len;
    if (!is_more) {
        empty_out(link);
        is_more = fill_out(link);
    }
    const mm_err err = mm_buf_err(&link->out);
    link->is_writing = is_more && err == MM_OK && !link->is_closing;
    if (link->is_writing)
        write_out(link);
    pthread_mutex_unlock(&link->mutex);
    if (err != MM_OK)
        end(link, LINKS_END_NO_MEMORY);
}
