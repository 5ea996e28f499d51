/* What waits for the thread. */
#include <time.h>

#include "node/replication/replication_internal.h"
#include "state/base/heap.h"

void replication_free_event(struct event *event)
{
    if (event != NULL && event->kind == EVENT_FRAME)
        frame_unref(event->frame);
    mm_heap_free(event);
}

static void free_all(struct event *first)
{
    while (first != NULL) {
        struct event *next = first->next;
        replication_free_event(first);
        first = next;
    }
}

/* Takes the frames of a peer out: whoever leaves and comes back again and again must not have as much here each time. */
static struct event *take_frames_of(struct replication *replication, uint64_t peer)
{
    struct event *taken = NULL;
    struct event **at = &replication->oldest;
    replication->newest = NULL;
    while (*at != NULL) {
        struct event *event = *at;
        if (event->kind == EVENT_FRAME && event->peer == peer) {
            *at = event->next;
            event->next = taken;
            taken = event;
        } else {
            replication->newest = event;
            at = &event->next;
        }
    }
    return taken;
}

static void add(struct replication *replication, struct event *taken)
{
    struct event *dropped = NULL;
    (void)pthread_mutex_lock(&replication->lock);
    const bool is_open = !replication->is_stopping;
    if (taken->kind == EVENT_DOWN)
        dropped = take_frames_of(replication, taken->peer);
    if (is_open) {
        *(replication->newest == NULL ? &replication->oldest : &replication->newest->next) = taken;
        replication->newest = taken;
        (void)pthread_cond_signal(&replication->wake);
    }
    (void)pthread_mutex_unlock(&replication->lock);
    if (!is_open)
        replication_free_event(taken);
    free_all(dropped); /* which tells the links: not under the lock */
}

void replication_hear_up(void *ctx, uint64_t peer, const node_id *id)
{
    struct event *event = mm_heap_zeroed(1, sizeof *event);
    if (event == NULL)
        return; /* content neither comes from it nor goes to it */
    event->kind = EVENT_UP;
    event->peer = peer;
    event->id = *id;
    add(ctx, event);
}

void replication_hear_frame(void *ctx, uint64_t peer, struct frame *frame)
{
    struct event *event = mm_heap_zeroed(1, sizeof *event);
    if (event == NULL)
        return;
    event->kind = EVENT_FRAME;
    event->peer = peer;
    event->frame = frame_ref(frame);
    add(ctx, event);
}

void replication_hear_down(void *ctx, uint64_t peer)
{
    struct event *event = mm_heap_zeroed(1, sizeof *event);
    if (event == NULL)
        return; /* it is asked in vain, until its place is needed: what is sent to it does not arrive */
    event->kind = EVENT_DOWN;
    event->peer = peer;
    add(ctx, event);
}

static struct event *take(struct replication *replication)
{
    struct event *event = replication->oldest;
    if (event == NULL)
        return NULL;
    replication->oldest = event->next;
    if (replication->oldest == NULL)
        replication->newest = NULL;
    return event;
}

static bool has_asked(const struct replication *replication)
{
    if (replication->new_waits != NULL)
        return true;
    for (const struct fetch *fetch = replication->fetches; fetch != NULL; fetch = fetch->next) {
        if (fetch->state == FETCH_NEW)
            return true;
    }
    return false;
}

bool replication_next(struct replication *replication, struct event **event, uint64_t deadline_ms)
{
    const struct timespec until = { .tv_sec = (time_t)(deadline_ms / 1000),
                                    .tv_nsec = (long)(deadline_ms % 1000) * 1000000 };
    int result = 0;
    (void)pthread_mutex_lock(&replication->lock);
    while (!replication->is_stopping && replication->oldest == NULL && !has_asked(replication) &&
           result == 0)
        result = pthread_cond_timedwait(&replication->wake, &replication->lock, &until);
    *event = take(replication);
    const bool goes_on = !replication->is_stopping;
    (void)pthread_mutex_unlock(&replication->lock);
    return goes_on;
}

void replication_drop_events(struct replication *replication)
{
    free_all(replication->oldest);
    replication->oldest = NULL;
    replication->newest = NULL;
}
