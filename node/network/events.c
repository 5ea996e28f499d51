/* What waits for the network's thread. */
#include <time.h>

#include "node/network/network_internal.h"
#include "state/base/heap.h"

uint64_t network_clock_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

struct event *network_event_new(enum event_kind kind)
{
    struct event *event = mm_heap_zeroed(1, sizeof *event);
    if (event != NULL)
        event->kind = kind;
    return event;
}

void network_event_free(struct event *event)
{
    frame_unref(event->frame);
    mm_heap_free(event);
}

void network_add_event(struct network *network, struct event *taken_event)
{
    (void)pthread_mutex_lock(&network->lock);
    const bool is_open = !network->is_stopping;
    if (is_open) {
        taken_event->next = network->newest;
        network->newest = taken_event;
        (void)pthread_cond_signal(&network->wake);
    }
    (void)pthread_mutex_unlock(&network->lock);
    if (!is_open)
        network_event_free(taken_event);
}

static struct event *in_order(struct event *newest)
{
    struct event *oldest = NULL;
    while (newest != NULL) {
        struct event *next = newest->next;
        newest->next = oldest;
        oldest = newest;
        newest = next;
    }
    return oldest;
}

bool network_wait(struct network *network, struct event **events, bool *has_head,
                  uint64_t deadline_ms)
{
    const struct timespec until = { .tv_sec = (time_t)(deadline_ms / 1000),
                                    .tv_nsec = (long)(deadline_ms % 1000) * 1000000 };
    (void)pthread_mutex_lock(&network->lock);
    int result = 0;
    while (!network->is_stopping && network->newest == NULL && !network->has_head && result == 0)
        result = pthread_cond_timedwait(&network->wake, &network->lock, &until);
    *events = in_order(network->newest);
    network->newest = NULL;
    *has_head = network->has_head;
    network->has_head = false;
    const bool goes_on = !network->is_stopping;
    (void)pthread_mutex_unlock(&network->lock);
    return goes_on;
}
