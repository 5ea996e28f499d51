/* Reading: one read at a time, each in a callback of NNG's that feeds the session and tells the owner. */
#include "p2p/link/link_internal.h"
#include "state/base/assert.h"

void link_read(struct link *link)
{
    nng_iov iov = { link->read_bytes, LINK_READ_BYTES };
    if (link->is_closing || link->is_paused)
        return;
    const int result = nng_aio_set_iov(link->reads, 1, &iov);
    MM_ASSERT(result == 0);
    nng_stream_recv(link->stream, link->reads);
}

static void end(struct link *link, struct link_reason reason)
{
    struct links *links = link->links;
    pthread_mutex_lock(&links->mutex);
    link_end(link, &reason);
    pthread_mutex_unlock(&links->mutex);
}

/* ---- frames ---- */

static size_t held(const struct frame *frame)
{
    return sizeof *frame + frame->size + LINKS_HELD_FRAME_COST;
}

/* The owner gives a frame up, from any thread, perhaps long after the link is gone. */
static void on_given_up(void *owner, const struct frame *frame)
{
    struct link *link = owner;
    pthread_mutex_lock(&link->mutex);
    MM_ASSERT(link->held_bytes >= held(frame));
    link->held_bytes -= held(frame);
    /* is_closing first: a link that is out of the table has no options to look at. */
    if (!link->is_closing && link->is_paused &&
        link->held_bytes <= link->links->options.held_bytes_max) {
        link->is_paused = false;
        atomic_store(&link->heard_ms, clock_ms());
        link_read(link);
    }
    pthread_mutex_unlock(&link->mutex);
    link_unref(link);
}

static void take_bye(struct link *link, const struct frame *frame)
{
    struct payload_bye bye;
    const struct link_reason told = { .end = LINKS_END_TOLD };
    struct link_reason reason = told;
    if (payload_bye_decode(&bye, frame->payload) == RLP_OK)
        reason.bye = bye.reason;
    end(link, reason);
}

static void deliver(struct link *link, struct frame *frame)
{
    if (frame->kind == FRAME_BYE) {
        take_bye(link, frame);
    } else if (!atomic_load(&link->is_deaf)) {
        struct links_event event = { .kind = LINKS_FRAME, .frame = frame };
        (void)atomic_fetch_add_explicit(&link->users, 1, memory_order_relaxed);
        pthread_mutex_lock(&link->mutex);
        link->held_bytes += held(frame);
        pthread_mutex_unlock(&link->mutex);
        frame->owner = link;
        frame->given_up = on_given_up;
        link_tell(link, &event);
    }
    frame_unref(frame);
}

/* ---- the handshake ---- */

/* What it says goes before everything else. */
static void say(struct link *link)
{
    if (link->greeting.len == 0)
        return;
    pthread_mutex_lock(&link->mutex);
    mm_buf_add(&link->first, mm_buf_bytes(&link->greeting));
    link_kick(link);
    pthread_mutex_unlock(&link->mutex);
    mm_buf_reset(&link->greeting);
}

/* False: the link ends. */
static bool meet(struct link *link)
{
    struct links *links = link->links;
    pthread_mutex_lock(&links->mutex);
    const bool is_welcome = link_may_meet(link, session_peer(link->session));
    pthread_mutex_unlock(&links->mutex);
    return is_welcome;
}

static void come_up(struct link *link)
{
    struct links *links = link->links;
    pthread_mutex_lock(&link->mutex);
    link->is_up = true;
    pthread_mutex_unlock(&link->mutex);
    pthread_mutex_lock(&links->mutex);
    link->id = *session_peer(link->session);
    link->hello = *session_hello(link->session);
    const bool is_admitted = link_admit(link);
    pthread_mutex_unlock(&links->mutex);
    if (is_admitted) {
        struct links_event event = { .kind = LINKS_UP, .hello = &link->hello };
        link_tell(link, &event);
    }
}

static void fail(struct link *link)
{
    const enum session_verdict verdict = session_verdict(link->session);
    end(link, (struct link_reason){ .end = verdict == SESSION_NO_MEMORY ? LINKS_END_NO_MEMORY
                                                                        : LINKS_END_PROTOCOL,
                                    .session = verdict,
                                    .handshake = session_handshake_verdict(link->session) });
}

/* False: there is nothing to read for any more. */
static bool take(struct link *link, mm_bytes in)
{
    for (;;) {
        struct frame *frame;
        const enum session_event event = session_feed(link->session, &in, &frame, &link->greeting);
        if (mm_buf_err(&link->greeting) != MM_OK) {
            frame_unref(frame);
            end(link, (struct link_reason){ .end = LINKS_END_NO_MEMORY });
            return false;
        }
        say(link);
        switch (event) {
        case SESSION_MORE:
            return true;
        case SESSION_MET:
            if (!meet(link))
                return false;
            break;
        case SESSION_UP:
            come_up(link);
            break;
        case SESSION_FRAME:
            deliver(link, frame);
            break;
        case SESSION_ENDED:
            fail(link);
            return false;
        }
    }
}

void link_on_read(void *context)
{
    struct link *link = context;
    const size_t count = nng_aio_count(link->reads);
    if (nng_aio_result(link->reads) != 0) {
        end(link, (struct link_reason){ .end = LINKS_END_LOST });
        return;
    }
    atomic_store(&link->heard_ms, clock_ms());
    pthread_mutex_lock(&link->mutex);
    link->bytes_in += count;
    pthread_mutex_unlock(&link->mutex);
    if (!take(link, mm_bytes_from(link->read_bytes, count)))
        return;
    pthread_mutex_lock(&link->mutex);
    link->is_paused = link->held_bytes > link->links->options.held_bytes_max;
    link_read(link);
    pthread_mutex_unlock(&link->mutex);
}
