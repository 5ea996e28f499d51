#include "node/snapshot/bootstrap.h"

#include <sodium.h>
#include <stdio.h>
#include <time.h>

#include "node/log/log.h"
#include "node/snapshot/bootstrap_internal.h"
#include "p2p/clock/clock.h"
#include "state/base/heap.h"
#include "state/codec/hex.h"

enum { LOOK_MS = 200 /* between two questions whether to stop */, SAY_MS = 5000 };

/* ---- what the links say, from their threads ---- */

static void free_heard(struct heard *heard)
{
    frame_unref(heard->frame);
    mm_heap_free(heard);
}

static void fill_up(struct heard *heard, const struct links_event *link)
{
    heard->id = link->id;
    heard->is_inbound = link->is_inbound;
    heard->port = link->hello->listen_port;
    (void)snprintf(heard->host, sizeof heard->host, "%s", link->host);
}

static void hear(void *ctx, const struct links_event *link)
{
    struct bootstrap *b = ctx;
    if (link->kind == LINKS_REFUSED)
        return;
    struct heard *heard = mm_heap_zeroed(1, sizeof *heard);
    if (heard == NULL) {
        if (link->kind == LINKS_UP)
            links_bye(b->links, link->peer, BYE_TOO_MANY_PEERS);
        return;
    }
    heard->kind = link->kind;
    heard->peer = link->peer;
    if (link->kind == LINKS_UP)
        fill_up(heard, link);
    else if (link->kind == LINKS_FRAME)
        heard->frame = frame_ref(link->frame);
    (void)pthread_mutex_lock(&b->lock);
    heard->next = b->newest;
    b->newest = heard;
    (void)pthread_cond_signal(&b->wake);
    (void)pthread_mutex_unlock(&b->lock);
}

/* All, the oldest first, once there are any or it is deadline_ms. */
static struct heard *wait_for(struct bootstrap *b, uint64_t deadline_ms)
{
    const struct timespec until = { .tv_sec = (time_t)(deadline_ms / 1000),
                                    .tv_nsec = (long)(deadline_ms % 1000) * 1000000 };
    struct heard *oldest = NULL;
    int result = 0;
    (void)pthread_mutex_lock(&b->lock);
    while (b->newest == NULL && result == 0)
        result = pthread_cond_timedwait(&b->wake, &b->lock, &until);
    struct heard *newest = b->newest;
    b->newest = NULL;
    (void)pthread_mutex_unlock(&b->lock);
    while (newest != NULL) {
        struct heard *next = newest->next;
        newest->next = oldest;
        oldest = newest;
        newest = next;
    }
    return oldest;
}

/* ---- the caller's thread ---- */

static void peer_up(struct bootstrap *b, const struct heard *heard)
{
    static struct log_limit lines = LOG_LIMIT;
    struct known_peer *place = bootstrap_find(b, 0);
    const struct gossip_address address = { heard->id, mm_bytes_str(heard->host), heard->port };
    char id[17] = "";
    if (place == NULL) {
        links_bye(b->links, heard->peer, BYE_TOO_MANY_PEERS);
        return;
    }
    hex_encode(id, mm_bytes_from(heard->id.b, 8));
    log_limited(&lines, LOG_INFO, "peer", "id=%s host=%s", id, heard->host);
    place->peer = heard->peer;
    place->who.id = heard->id;
    memcpy(place->who.host, heard->host, sizeof place->who.host);
    gossip_peer_up(b->gossip, heard->peer, &address, heard->is_inbound, b->now_ms);
    snap_peer_up(b->snap, heard->peer, b->now_ms);
}

static void handle(struct bootstrap *b, const struct heard *heard)
{
    struct known_peer *known = bootstrap_find(b, heard->peer);
    b->now_ms = clock_ms();
    if (heard->kind == LINKS_UP) {
        peer_up(b, heard);
    } else if (heard->kind == LINKS_DOWN) {
        if (known != NULL)
            known->peer = 0;
        gossip_peer_down(b->gossip, heard->peer, b->now_ms);
        snap_peer_down(b->snap, heard->peer, b->now_ms);
    } else {
        if (gossip_takes(heard->frame->kind))
            gossip_frame(b->gossip, heard->peer, heard->frame->kind, heard->frame->payload,
                         b->now_ms);
        if (snap_takes(heard->frame->kind))
            snap_frame(b->snap, heard->peer, heard->frame->kind, heard->frame->payload, b->now_ms);
    }
}

static void say_progress(struct bootstrap *b)
{
    struct snap_status status;
    if (b->now_ms < b->said_ms + SAY_MS)
        return;
    b->said_ms = b->now_ms;
    snap_read_status(b->snap, &status);
    if (status.phase == SNAP_HEADERS)
        log_event(LOG_INFO, "headers of the snapshot", "height=%llu of=%llu peers=%zu",
                  (unsigned long long)status.height, (unsigned long long)status.claimed,
                  status.peers);
    else
        log_event(LOG_INFO, "state of the snapshot",
                  "block=%llu accounts=%llu slots=%llu percent=%u ranges=%zu peers=%zu",
                  (unsigned long long)status.height, (unsigned long long)status.accounts,
                  (unsigned long long)status.slots, status.permille / 10, status.tasks,
                  status.peers);
}

static uint64_t tick(struct bootstrap *b)
{
    b->now_ms = clock_ms();
    const uint64_t gossip = gossip_tick(b->gossip, b->now_ms);
    const uint64_t snap = snap_tick(b->snap, b->now_ms);
    const uint64_t deadline = gossip < snap ? gossip : snap;
    return deadline < b->now_ms + LOOK_MS ? deadline : b->now_ms + LOOK_MS;
}

static mm_err run(struct bootstrap *b, enum bootstrap_end *end, struct mm_reason *reason)
{
    uint64_t deadline_ms = 0;
    b->said_ms = clock_ms();
    for (;;) {
        struct heard *heard = wait_for(b, deadline_ms);
        while (heard != NULL) {
            struct heard *next = heard->next;
            handle(b, heard);
            free_heard(heard);
            heard = next;
        }
        deadline_ms = tick(b);
        const enum snap_phase phase = snap_phase_of(b->snap);
        if (phase == SNAP_FAILED)
            return mm_fail(reason, b->failure, "the snapshot cannot be written: %s",
                           mm_err_text(b->failure));
        if (phase == SNAP_DONE || phase == SNAP_SHORT) {
            *end = phase == SNAP_DONE ? BOOTSTRAP_DONE : BOOTSTRAP_SHORT;
            return MM_OK;
        }
        if (b->options.is_stopping(b->options.ctx)) {
            *end = BOOTSTRAP_STOPPED;
            return MM_OK;
        }
        say_progress(b);
    }
}

/* ---- life ---- */

static mm_err open_links(struct bootstrap *b, struct mm_reason *reason)
{
    const struct seal_domain domain = chain_restore_domain(b->options.restore);
    const struct links_options options = { .key = b->options.key,
                                           .domain = { domain.chain_id, domain.genesis_hash },
                                           .client = b->options.client,
                                           .bans = b->options.bans,
                                           .ctx = b,
                                           .event = hear };
    MM_TRY(links_open(&b->links, &options, reason));
    for (size_t i = 0; i < b->options.url_count; i++) {
        const mm_err err = links_dial(b->links, b->options.urls[i],
                                      b->options.has_id[i] ? &b->options.ids[i] : NULL, reason);
        if (err != MM_OK && err != MM_ERR_EXISTS)
            return err;
    }
    return MM_OK;
}

static mm_err open_machines(struct bootstrap *b, struct mm_reason *reason)
{
    struct gossip_options gossip = { .host = bootstrap_gossip_host(b),
                                     .self = node_key_id(b->options.key),
                                     .peers_wanted = GOSSIP_PEERS_WANTED };
    const struct snap_options snap = { .host = bootstrap_snap_host(b),
                                       .domain = chain_restore_domain(b->options.restore),
                                       .set = *chain_restore_validators(b->options.restore) };
    randombytes_buf(gossip.known_key, sizeof gossip.known_key);
    if (gossip_new(&b->gossip, &gossip) != MM_OK || snap_new(&b->snap, &snap) != MM_OK)
        return mm_fail(reason, MM_ERR_NO_MEMORY, "out of memory");
    return MM_OK;
}

static void init_lock(struct bootstrap *b)
{
    clock_cond_init(&b->wake);
    (void)pthread_mutex_init(&b->lock, NULL);
}

mm_err bootstrap_run(enum bootstrap_end *end, const struct bootstrap_options *options,
                     struct mm_reason *reason)
{
    struct bootstrap *b = mm_heap_zeroed(1, sizeof *b);
    *end = BOOTSTRAP_STOPPED;
    if (b == NULL)
        return mm_fail(reason, MM_ERR_NO_MEMORY, "out of memory");
    b->options = *options;
    init_lock(b);
    mm_err err = open_machines(b, reason);
    if (err == MM_OK)
        err = open_links(b, reason);
    if (err == MM_OK)
        err = run(b, end, reason);
    if (b->links != NULL)
        links_close(b->links);
    struct heard *heard = wait_for(b, 0);
    while (heard != NULL) {
        struct heard *next = heard->next;
        free_heard(heard);
        heard = next;
    }
    gossip_free(b->gossip);
    snap_free(b->snap);
    (void)pthread_cond_destroy(&b->wake);
    (void)pthread_mutex_destroy(&b->lock);
    mm_heap_free(b);
    return err;
}
