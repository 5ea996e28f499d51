/* The keeper: the one thread that looks at the clock, and the only one that closes, stops and frees. */
#include <time.h>

#include "p2p/link/link_internal.h"

void keeper_wake(struct links *links)
{
    links->is_woken = true;
    (void)pthread_cond_signal(&links->wake);
}

/* What is waited for, the earliest. */
struct watch {
    uint64_t now_ms;
    uint64_t next_ms;
};

/* Whether the moment has come; if not, the keeper wakes for it. */
static bool is_due(struct watch *watch, uint64_t at_ms)
{
    if (at_ms <= watch->now_ms)
        return true;
    if (at_ms < watch->next_ms)
        watch->next_ms = at_ms;
    return false;
}

static uint64_t after(uint64_t start_ms, uint64_t span_ms)
{
    return span_ms > UINT64_MAX - start_ms ? UINT64_MAX : start_ms + span_ms;
}

static bool is_paused(struct link *link)
{
    pthread_mutex_lock(&link->mutex);
    const bool paused = link->is_paused;
    pthread_mutex_unlock(&link->mutex);
    return paused;
}

static void watch_link(struct link *link, struct watch *watch)
{
    const struct links_options *options = &link->links->options;
    switch (link->state) {
    case LINK_HALF_OPEN:
        if (is_due(watch, after(link->begun_ms, options->handshake_ms)))
            link_end(link, &(struct link_reason){ .end = LINKS_END_TIMEOUT });
        break;
    case LINK_PEER:
        if (options->idle_ms == UINT64_MAX)
            break;
        if (is_paused(link)) /* we are who does not listen; look again */
            (void)is_due(watch, after(watch->now_ms, options->idle_ms));
        else if (is_due(watch, after(atomic_load(&link->heard_ms), options->idle_ms)))
            link_end(link, &(struct link_reason){ .end = LINKS_END_IDLE });
        break;
    case LINK_LEAVING:
        if (is_due(watch, link->leave_ms))
            link_end(link, &link->reason);
        break;
    case LINK_CLOSING:
        break;
    }
}

static void watch_target(struct target *target, struct watch *watch)
{
    if (target->is_gone || target->link != NULL)
        return;
    if (!target->is_dialing && is_due(watch, target->due_ms))
        target_dial(target, watch->now_ms);
    if (!target->is_dialing)
        (void)is_due(watch, target->due_ms);
    else if (is_due(watch, after(target->dial_ms, target->links->options.handshake_ms)))
        nng_aio_abort(target->aio, NNG_ETIMEDOUT);
}

static void watch_all(struct links *links, struct watch *watch)
{
    for (struct link *link = links->first; link != NULL; link = link->next)
        watch_link(link, watch);
    if (links->is_ending)
        return;
    for (struct target *target = links->targets; target != NULL; target = target->next)
        watch_target(target, watch);
    for (size_t i = 0; i < links->listener_count; i++) {
        if (is_due(watch, links->listeners[i].retry_ms))
            listener_accept(&links->listeners[i]);
    }
}

/* Buries one link that is to be closed. False: there is none. */
static bool bury_one(struct links *links)
{
    struct link *link = links->first;
    while (link != NULL && link->state != LINK_CLOSING)
        link = link->next;
    if (link == NULL)
        return false;
    pthread_mutex_unlock(&links->mutex);
    link_bury(link);
    pthread_mutex_lock(&links->mutex);
    return true;
}

static bool forget_one(struct links *links)
{
    struct target **at = &links->targets;
    while (*at != NULL && !(*at)->is_gone)
        at = &(*at)->next;
    struct target *target = *at;
    if (target == NULL)
        return false;
    *at = target->next;
    links->target_count--;
    if (target->link != NULL)
        target->link->target = NULL;
    pthread_mutex_unlock(&links->mutex);
    target_free(target);
    pthread_mutex_lock(&links->mutex);
    return true;
}

static void wait_until(struct links *links, uint64_t at_ms)
{
    const struct timespec at = { .tv_sec = (time_t)(at_ms / 1000),
                                 .tv_nsec = (long)(at_ms % 1000) * 1000000 };
    if (links->is_woken)
        return;
    if (at_ms == UINT64_MAX)
        (void)pthread_cond_wait(&links->wake, &links->mutex);
    else
        (void)pthread_cond_timedwait(&links->wake, &links->mutex, &at);
}

/* One round; with links.mutex held. */
static void look(struct links *links, uint64_t until_ms)
{
    struct watch watch = { .now_ms = clock_ms(), .next_ms = until_ms };
    links->is_woken = false;
    watch_all(links, &watch);
    while (bury_one(links) || forget_one(links))
        links->is_woken = true; /* things have changed meanwhile */
    wait_until(links, watch.next_ms);
}

static void end_all(struct links *links)
{
    for (struct link *link = links->first; link != NULL; link = link->next)
        link_end(link, &(struct link_reason){ .end = LINKS_END_SAID, .bye = BYE_SHUTTING_DOWN });
}

void *keeper_run(void *context)
{
    struct links *links = context;
    pthread_mutex_lock(&links->mutex);
    while (!links->is_ending)
        look(links, UINT64_MAX);
    /* Nothing new from here on: nobody begins an accept or a dial any more. */
    for (struct target *target = links->targets; target != NULL; target = target->next)
        target->is_gone = true;
    pthread_mutex_unlock(&links->mutex);
    for (size_t i = 0; i < links->listener_count; i++)
        listener_close(&links->listeners[i]);
    pthread_mutex_lock(&links->mutex);
    const uint64_t end_ms = clock_ms() + LINKS_CLOSE_MS;
    while (links->first != NULL || links->targets != NULL) {
        if (clock_ms() >= end_ms)
            end_all(links);
        look(links, links->first != NULL && clock_ms() < end_ms ? end_ms : 0);
    }
    pthread_mutex_unlock(&links->mutex);
    return NULL;
}
