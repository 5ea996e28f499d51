/* What waits for the network's thread. */
#include <time.h>

#include "node/network/network_internal.h"
#include "state/base/heap.h"

struct event *network_event_new(enum event_kind kind)
{
    struct event *event = mm_heap_zeroed(1, sizeof *event);
    if (event != NULL)
        event->kind = kind;
    return event;
}

void network_event_free(struct event *event)
{
    if (event == NULL)
        return;
    switch (event->kind) {
    case EVENT_UP:
        mm_heap_free(event->up);
        break;
    case EVENT_FRAME:
    case EVENT_SAY:
        frame_unref(event->frame);
        break;
    case EVENT_DOWN:
    case EVENT_TX:
    case EVENT_CUT_OFF:
        break;
    }
    mm_heap_free(event);
}

static void free_all(struct event *first)
{
    while (first != NULL) {
        struct event *next = first->next;
        network_event_free(first);
        first = next;
    }
}

/* What consensus says, and who is there, before blocks, and those before transactions, as on the links: a vote does not wait until
 * the signatures of a few thousand transactions are recovered. */
static enum frame_class class_of(const struct event *event)
{
    switch (event->kind) {
    case EVENT_FRAME:
        return frame_rule_of(event->frame->kind)->class;
    case EVENT_TX:
        return FRAME_TXS;
    case EVENT_UP:
    case EVENT_DOWN:
    case EVENT_SAY:
    case EVENT_CUT_OFF:
        break;
    }
    return FRAME_CONSENSUS;
}

/* Takes the frames of a peer out; a list of them. */
static struct event *take_frames_of(struct event_queue *queue, uint64_t peer)
{
    struct event *taken = NULL;
    struct event **at = &queue->oldest;
    queue->newest = NULL;
    while (*at != NULL) {
        struct event *event = *at;
        if (event->kind == EVENT_FRAME && event->peer == peer) {
            *at = event->next;
            event->next = taken;
            taken = event;
        } else {
            queue->newest = event;
            at = &event->next;
        }
    }
    return taken;
}

void network_add_event(struct network *network, struct event *taken_event)
{
    struct event_queue *queue = &network->queues[class_of(taken_event)];
    struct event *dropped[FRAME_CLASSES] = { NULL };
    (void)pthread_mutex_lock(&network->lock);
    const bool is_open = !network->is_stopping;
    for (size_t i = 0; taken_event->kind == EVENT_DOWN && i < FRAME_CLASSES; i++)
        dropped[i] = take_frames_of(&network->queues[i], taken_event->peer);
    if (is_open) {
        if (queue->newest == NULL)
            queue->oldest = taken_event;
        else
            queue->newest->next = taken_event;
        queue->newest = taken_event;
        (void)pthread_cond_signal(&network->wake);
    }
    (void)pthread_mutex_unlock(&network->lock);
    if (!is_open)
        network_event_free(taken_event);
    for (size_t i = 0; i < FRAME_CLASSES; i++)
        free_all(dropped[i]); /* which tells the links: not under the lock */
}

void network_keep_down(struct network *network, struct event *taken_down)
{
    (void)pthread_mutex_lock(&network->lock);
    taken_down->next = network->downs;
    network->downs = taken_down;
    (void)pthread_mutex_unlock(&network->lock);
}

struct event *network_take_down(struct network *network, uint64_t peer)
{
    (void)pthread_mutex_lock(&network->lock);
    struct event **at = &network->downs;
    while (*at != NULL && (*at)->peer != peer)
        at = &(*at)->next;
    struct event *down = *at;
    if (down != NULL) {
        *at = down->next;
        down->next = NULL;
    }
    (void)pthread_mutex_unlock(&network->lock);
    return down;
}

static struct event *take(struct network *network)
{
    for (size_t i = 0; i < FRAME_CLASSES; i++) {
        struct event_queue *queue = &network->queues[i];
        struct event *event = queue->oldest;
        if (event == NULL)
            continue;
        queue->oldest = event->next;
        if (queue->oldest == NULL)
            queue->newest = NULL;
        return event;
    }
    return NULL;
}

void network_add_answer(struct network *network, const struct network_answer *answer)
{
    (void)pthread_mutex_lock(&network->lock);
    network->answer = *answer;
    network->has_answer = true;
    (void)pthread_cond_signal(&network->wake);
    (void)pthread_mutex_unlock(&network->lock);
}

static bool is_awake(const struct network *network)
{
    return network->is_stopping || network->has_head || network->has_answer;
}

bool network_wait(struct network *network, struct network_news *news, uint64_t deadline_ms)
{
    const struct timespec until = { .tv_sec = (time_t)(deadline_ms / 1000),
                                    .tv_nsec = (long)(deadline_ms % 1000) * 1000000 };
    int result = 0;
    (void)pthread_mutex_lock(&network->lock);
    news->event = take(network);
    while (!is_awake(network) && news->event == NULL && result == 0) {
        result = pthread_cond_timedwait(&network->wake, &network->lock, &until);
        news->event = take(network);
    }
    news->has_head = network->has_head;
    network->has_head = false;
    news->has_answer = network->has_answer;
    news->answer = network->answer;
    network->has_answer = false;
    const bool goes_on = !network->is_stopping;
    (void)pthread_mutex_unlock(&network->lock);
    return goes_on;
}

void network_drop_events(struct network *network)
{
    struct event *event;
    while ((event = take(network)) != NULL)
        network_event_free(event);
    free_all(network->downs);
    network->downs = NULL;
}
