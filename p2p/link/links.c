#include <sodium.h>
#include <stdio.h>

#include "p2p/link/link_internal.h"
#include "state/base/assert.h"
#include "state/base/heap.h"

const char *links_end_text(enum links_end end)
{
    switch (end) {
    case LINKS_END_LOST:
        return "connection lost";
    case LINKS_END_SAID:
        return "we left";
    case LINKS_END_TOLD:
        return "the peer left";
    case LINKS_END_PROTOCOL:
        return "protocol error";
    case LINKS_END_TOO_SLOW:
        return "too slow";
    case LINKS_END_IDLE:
        return "silent for too long";
    case LINKS_END_TIMEOUT:
        return "the handshake took too long";
    case LINKS_END_CROWDED:
        return "too many half-open connections";
    case LINKS_END_NO_MEMORY:
        return "no memory";
    }
    MM_UNREACHABLE();
}

/* ---- opening and closing ---- */

static void set_defaults(struct links *links, const struct links_options *options)
{
    struct links_options *own = &links->options;
    *own = *options;
    own->listen_urls = NULL;
    (void)snprintf(links->client, sizeof links->client, "%s",
                   options->client == NULL ? "" : options->client);
    if (own->peers_max == 0)
        own->peers_max = LINKS_PEERS_MAX;
    if (own->half_open_max == 0)
        own->half_open_max = LINKS_HALF_OPEN_MAX;
    if (own->handshake_ms == 0)
        own->handshake_ms = LINKS_HANDSHAKE_MS;
    if (own->idle_ms == 0)
        own->idle_ms = LINKS_IDLE_MS;
    if (own->held_bytes_max == 0)
        own->held_bytes_max = LINKS_HELD_BYTES_MAX;
    links->bans = options->bans == NULL ? &links->own_bans : options->bans;
    links->id = node_key_id(options->key);
}

static void init_locks(struct links *links)
{
    (void)pthread_mutex_init(&links->mutex, NULL);
    clock_cond_init(&links->wake);
}

static mm_err open_listeners(struct links *links, const struct links_options *options,
                             struct mm_reason *reason)
{
    links->listeners = mm_heap_zeroed(options->listen_count, sizeof *links->listeners);
    if (links->listeners == NULL)
        return mm_fail(reason, MM_ERR_NO_MEMORY, "no memory for links");
    links->listener_count = options->listen_count;
    links->told_port = options->told_port;
    for (size_t i = 0; i < options->listen_count; i++) {
        MM_TRY(listener_open(&links->listeners[i], links, options->listen_urls[i], reason));
        if (links->told_port == 0)
            links->told_port = links->listeners[i].port;
    }
    return MM_OK;
}

static void free_links(struct links *links)
{
    for (size_t i = 0; i < links->listener_count; i++)
        listener_close(&links->listeners[i]);
    (void)pthread_cond_destroy(&links->wake);
    (void)pthread_mutex_destroy(&links->mutex);
    mm_heap_free(links->listeners);
    mm_heap_free(links);
}

mm_err links_open(struct links **out, const struct links_options *options, struct mm_reason *reason)
{
    *out = NULL;
    struct links *links = sodium_init() < 0 ? NULL : mm_heap_zeroed(1, sizeof *links);
    if (links == NULL)
        return mm_fail(reason, MM_ERR_NO_MEMORY, "no memory for links");
    set_defaults(links, options);
    init_locks(links);
    mm_err err = open_listeners(links, options, reason);
    if (err == MM_OK && pthread_create(&links->keeper, NULL, keeper_run, links) != 0)
        err = mm_fail(reason, MM_ERR_NO_MEMORY, "cannot start a thread for links");
    if (err != MM_OK) {
        free_links(links);
        return err;
    }
    *out = links;
    return MM_OK;
}

void links_close(struct links *links)
{
    if (links == NULL)
        return;
    pthread_mutex_lock(&links->mutex);
    links->is_ending = true;
    for (struct link *link = links->first; link != NULL; link = link->next)
        link_leave(link, BYE_SHUTTING_DOWN);
    keeper_wake(links);
    pthread_mutex_unlock(&links->mutex);
    (void)pthread_join(links->keeper, NULL);
    MM_ASSERT(links->first == NULL && links->targets == NULL);
    free_links(links);
}

uint16_t links_port(const struct links *links, size_t listener)
{
    MM_ASSERT(listener < links->listener_count);
    return links->listeners[listener].port;
}

/* ---- sending ---- */

static bool queue_for(struct link *link, struct frame *frame)
{
    pthread_mutex_lock(&link->mutex);
    const enum queue_verdict verdict = link_queue(link, frame);
    pthread_mutex_unlock(&link->mutex);
    if (verdict == QUEUE_FULL && frame_rule_of(frame->kind)->class == FRAME_CONSENSUS)
        link_end(link, &(struct link_reason){ .end = LINKS_END_TOO_SLOW });
    return verdict == QUEUE_OK;
}

bool links_send(struct links *links, uint64_t peer, enum frame_kind kind, mm_bytes payload)
{
    struct frame *frame = frame_of(kind, payload);
    if (frame == NULL)
        return false;
    pthread_mutex_lock(&links->mutex);
    struct link *link = link_find(links, peer);
    const bool is_queued = link != NULL && queue_for(link, frame);
    pthread_mutex_unlock(&links->mutex);
    frame_unref(frame);
    return is_queued;
}

size_t links_broadcast(struct links *links, enum frame_kind kind, mm_bytes payload, uint64_t except)
{
    struct frame *frame = frame_of(kind, payload);
    size_t count = 0;
    if (frame == NULL)
        return 0;
    pthread_mutex_lock(&links->mutex);
    for (struct link *link = links->first; link != NULL; link = link->next) {
        if (link->state == LINK_PEER && link->number != except)
            count += queue_for(link, frame);
    }
    pthread_mutex_unlock(&links->mutex);
    frame_unref(frame);
    return count;
}

void links_bye(struct links *links, uint64_t peer, enum bye_reason reason)
{
    pthread_mutex_lock(&links->mutex);
    struct link *link = link_find(links, peer);
    if (link != NULL)
        link_leave(link, reason);
    pthread_mutex_unlock(&links->mutex);
}

void links_ban(struct links *links, const node_id *id, const char *host, uint64_t ms)
{
    const uint64_t now_ms = clock_ms();
    const uint64_t until_ms = ms > UINT64_MAX - now_ms ? UINT64_MAX : now_ms + ms;
    pthread_mutex_lock(&links->mutex);
    if (id != NULL)
        bans_add_node(links->bans, id, until_ms);
    if (host != NULL)
        bans_add_host(links->bans, host, until_ms);
    for (struct link *link = links->first; link != NULL; link = link->next) {
        const bool has_id = link->state == LINK_PEER || link->is_met;
        if ((id != NULL && has_id && node_id_equal(&link->id, id)) ||
            (host != NULL && strcmp(link->host, host) == 0))
            link_leave(link, BYE_BANNED);
    }
    pthread_mutex_unlock(&links->mutex);
}

/* ---- looking ---- */

static void describe(struct link *link, struct links_peer *peer, uint64_t now_ms)
{
    *peer = (struct links_peer){ .peer = link->number,
                                 .id = link->id,
                                 .is_inbound = link->is_inbound,
                                 .hello = link->hello,
                                 .up_ms = now_ms - link->up_ms };
    memcpy(peer->address, link->address, sizeof peer->address);
    memcpy(peer->host, link->host, sizeof peer->host);
    pthread_mutex_lock(&link->mutex);
    peer->bytes_in = link->bytes_in;
    peer->bytes_out = link->bytes_out;
    peer->held_bytes = link->held_bytes;
    peer->dropped = link->queue.dropped;
    for (size_t class = 0; class < FRAME_CLASSES; class ++)
        peer->queue_bytes[class] = link->queue.rings[class].bytes;
    pthread_mutex_unlock(&link->mutex);
}

/* The peer with the smallest number above that one. */
static struct link *next_peer(const struct links *links, uint64_t number)
{
    struct link *next = NULL;
    for (struct link *link = links->first; link != NULL; link = link->next) {
        if (link->state == LINK_PEER && link->number > number &&
            (next == NULL || link->number < next->number))
            next = link;
    }
    return next;
}

size_t links_list(struct links *links, struct links_peer *out, size_t max)
{
    const uint64_t now_ms = clock_ms();
    size_t count = 0;
    pthread_mutex_lock(&links->mutex);
    struct link *link = next_peer(links, 0);
    for (; link != NULL; link = next_peer(links, link->number)) {
        if (count < max)
            describe(link, &out[count], now_ms);
        count++;
    }
    pthread_mutex_unlock(&links->mutex);
    return count;
}

struct links_stats links_stats(struct links *links)
{
    pthread_mutex_lock(&links->mutex);
    const struct links_stats stats = { .peers = link_count_state(links, LINK_PEER),
                                       .half_open = link_count_state(links, LINK_HALF_OPEN),
                                       .links = links->link_count,
                                       .accepted = links->accepted,
                                       .refused = links->refused };
    pthread_mutex_unlock(&links->mutex);
    return stats;
}
