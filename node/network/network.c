#include "node/network/network.h"

#include <sodium.h>
#include <stdio.h>
#include <time.h>

#include "node/log/log.h"
#include "node/network/network_internal.h"
#include "state/base/assert.h"
#include "state/base/heap.h"
#include "state/codec/hex.h"

static struct log_limit up_lines = LOG_LIMIT;
static struct log_limit down_lines = LOG_LIMIT;
static struct log_limit ban_lines = LOG_LIMIT;

/* ---- peers ---- */

static struct network_who *find_who(struct network *network, uint64_t peer)
{
    for (size_t i = 0; i < MM_COUNT_OF(network->who); i++) {
        if (network->who[i].peer == peer)
            return &network->who[i];
    }
    return NULL;
}

/* Many nodes of a test network share this machine's address, and others may sit behind one as well. */
static bool is_shared(const char *host)
{
    return strncmp(host, "127.", 4) == 0 || strcmp(host, "::1") == 0 || strcmp(host, "ipc") == 0;
}

void network_end_peer(struct network *network, uint64_t peer, enum bye_reason reason,
                      uint64_t ban_ms)
{
    const struct network_who *who = find_who(network, peer);
    if (who != NULL && ban_ms > 0) {
        char id[17] = "";
        hex_encode(id, mm_bytes_from(who->id.b, 8));
        log_limited(&ban_lines, LOG_WARN, "a peer is banned",
                    "id=%s host=%s reason=\"%s\" minutes=%llu", id, who->host,
                    bye_reason_text(reason), (unsigned long long)(ban_ms / 60000));
        links_ban(network->links, &who->id, is_shared(who->host) ? NULL : who->host, ban_ms);
    }
    links_bye(network->links, peer, reason);
}

static void peer_up(struct network *network, const struct event *event)
{
    struct network_who *place = find_who(network, 0);
    const struct event_peer *up = event->up;
    const struct gossip_address address = { up->id, mm_bytes_str(up->host), up->port };
    if (place == NULL) {
        links_bye(network->links, event->peer, BYE_TOO_MANY_PEERS);
        return;
    }
    place->peer = event->peer;
    place->id = up->id;
    memcpy(place->host, up->host, sizeof place->host);
    gossip_peer_up(network->gossip, event->peer, &address, up->is_inbound, network->now_ms);
    sync_peer_up(network->sync, event->peer, network->now_ms);
}

static void peer_down(struct network *network, const struct event *event)
{
    struct network_who *place = find_who(network, event->peer);
    if (place != NULL)
        place->peer = 0;
    gossip_peer_down(network->gossip, event->peer, network->now_ms);
    sync_peer_down(network->sync, event->peer, network->now_ms);
}

static void take_frame(struct network *network, uint64_t peer, const struct frame *frame)
{
    if (gossip_takes(frame->kind))
        gossip_frame(network->gossip, peer, frame->kind, frame->payload, network->now_ms);
    if (sync_takes(frame->kind))
        sync_frame(network->sync, peer, frame->kind, frame->payload, network->now_ms);
}

static void say(struct network *network, const struct frame *frame)
{
    gossip_broadcast(network->gossip, frame->kind, frame->payload);
}

static void cut_off(struct network *network, const struct event *event)
{
    network_end_peer(network, event->peer, BYE_PROTOCOL_ERROR, event->ban_ms);
    gossip_peer_down(network->gossip, event->peer, network->now_ms);
    sync_peer_down(network->sync, event->peer, network->now_ms);
}

/* ---- the thread ---- */

static void handle(struct network *network, const struct event *event)
{
    mm_arena_reset(&network->arena);
    switch (event->kind) {
    case EVENT_UP:
        peer_up(network, event);
        return;
    case EVENT_FRAME:
        take_frame(network, event->peer, event->frame);
        return;
    case EVENT_DOWN:
        peer_down(network, event);
        return;
    case EVENT_SAY:
        say(network, event->frame);
        return;
    case EVENT_TX:
        network_tell_gossip_of_tx(network, &event->hash);
        return;
    case EVENT_CUT_OFF:
        cut_off(network, event);
        return;
    }
    MM_UNREACHABLE();
}

void network_settle(struct network *network)
{
    if (network->owes_head)
        network_take_head(network);
    if (network->owes_lag)
        network->owes_lag = !writer_lag(network->writer, network->is_lagging);
    if (network->import.waits)
        network_try_import(network);
}

static uint64_t tick(struct network *network)
{
    enum { IMPORT_AGAIN_MS = 50 };
    network->now_ms = network_clock_ms();
    mm_arena_reset(&network->arena);
    const uint64_t gossip = gossip_tick(network->gossip, network->now_ms);
    const uint64_t sync = sync_tick(network->sync, network->now_ms);
    serve_tick(network->serve, network->now_ms);
    network_settle(network);
    network_publish(network);
    uint64_t deadline = gossip < sync ? gossip : sync;
    const uint64_t most =
        network->now_ms + (network->import.waits ? IMPORT_AGAIN_MS : NETWORK_LOOK_MS);
    return deadline < most ? deadline : most;
}

/* An event may have brought it nearer. */
static uint64_t earlier(const struct network *network, uint64_t deadline_ms)
{
    const uint64_t gossip = gossip_deadline(network->gossip);
    const uint64_t sync = sync_deadline(network->sync);
    deadline_ms = gossip < deadline_ms ? gossip : deadline_ms;
    return sync < deadline_ms ? sync : deadline_ms;
}

static void *run(void *arg)
{
    struct network *network = arg;
    struct network_news news;
    uint64_t deadline_ms = 0;
    while (network_wait(network, &news, deadline_ms)) {
        network->now_ms = network_clock_ms();
        if (news.has_head || news.has_answer)
            network_take_head(network);
        if (news.has_answer)
            network_take_answer(network, &news.answer);
        if (news.event != NULL) {
            handle(network, news.event);
            network_event_free(news.event);
        }
        if (news.event == NULL || network->now_ms >= deadline_ms)
            deadline_ms = tick(network);
        else
            deadline_ms = earlier(network, deadline_ms);
    }
    network_event_free(news.event);
    return NULL;
}

/* ---- what the links say, from their threads ---- */

static void log_down(const struct links_event *event)
{
    char id[2 * sizeof event->id.b + 1] = "";
    hex_encode(id, mm_bytes_from(event->id.b, 8));
    const char *why = event->end == LINKS_END_SAID || event->end == LINKS_END_TOLD
                          ? bye_reason_text(event->bye)
                          : links_end_text(event->end);
    log_limited(&down_lines, LOG_INFO, "peer left", "id=%s address=%s reason=\"%s\"", id,
                event->address, why);
}

static void log_up(const struct links_event *event)
{
    char id[2 * sizeof event->id.b + 1] = "";
    hex_encode(id, mm_bytes_from(event->id.b, 8));
    log_limited(&up_lines, LOG_INFO, "peer", "id=%s address=%s inbound=%s", id, event->address,
                event->is_inbound ? "yes" : "no");
}

/* NULL: no memory. */
static struct event *new_up(const struct links_event *link)
{
    struct event *event = network_event_new(EVENT_UP);
    struct event_peer *up = mm_heap_zeroed(1, sizeof *up);
    if (event == NULL || up == NULL) {
        mm_heap_free(up);
        network_event_free(event);
        return NULL;
    }
    up->id = link->id;
    up->is_inbound = link->is_inbound;
    up->port = link->hello->listen_port;
    (void)snprintf(up->host, sizeof up->host, "%s", link->host);
    event->up = up;
    event->peer = link->peer;
    return event;
}

/* Without memory the network never hears of it. A frame lost is no harm, a peer that is half known is. */
static void hear_up(struct network *network, const struct links_event *link)
{
    struct event *event = new_up(link);
    struct event *down = network_event_new(EVENT_DOWN);
    if (event == NULL || down == NULL) {
        network_event_free(event);
        network_event_free(down);
        links_bye(network->links, link->peer, BYE_TOO_MANY_PEERS);
        return;
    }
    down->peer = link->peer;
    network_keep_down(network, down);
    network_add_event(network, event);
    if (network->content.up != NULL)
        network->content.up(network->content.ctx, link->peer, &link->id);
}

static void hear_frame(struct network *network, const struct links_event *link)
{
    if (frame_rule_of(link->frame->kind)->class == FRAME_CONTENT) {
        if (network->content.frame != NULL)
            network->content.frame(network->content.ctx, link->peer, link->frame);
        return;
    }
    struct event *event = network_event_new(EVENT_FRAME);
    if (event == NULL)
        return;
    event->peer = link->peer;
    event->frame = frame_ref(link->frame);
    network_add_event(network, event);
}

static void hear_down(struct network *network, const struct links_event *link)
{
    struct event *event = network_take_down(network, link->peer);
    if (event != NULL)
        network_add_event(network, event);
    if (network->content.down != NULL)
        network->content.down(network->content.ctx, link->peer);
}

void network_hear_links(void *ctx, const struct links_event *link)
{
    struct network *network = ctx;
    switch (link->kind) {
    case LINKS_UP:
        log_up(link);
        hear_up(network, link);
        return;
    case LINKS_FRAME:
        hear_frame(network, link);
        return;
    case LINKS_DOWN:
        log_down(link);
        hear_down(network, link);
        return;
    case LINKS_REFUSED:
        return;
    }
    MM_UNREACHABLE();
}

/* ---- what the node says ---- */

/* From the writer's thread. */
static void broadcast(void *ctx, unsigned code, mm_bytes message)
{
    struct event *event = network_event_new(EVENT_SAY);
    if (event == NULL)
        return; /* it is said again in a second */
    event->frame = frame_of((enum frame_kind)code, message);
    if (event->frame == NULL)
        network_event_free(event);
    else
        network_add_event(ctx, event);
}

void network_tell_tx(struct network *network, const mm_hash32 *hash)
{
    struct event *event = network_event_new(EVENT_TX);
    if (event == NULL)
        return;
    event->hash = *hash;
    network_add_event(network, event);
}

void network_tell_head(struct network *network)
{
    (void)pthread_mutex_lock(&network->lock);
    network->has_head = true;
    (void)pthread_cond_signal(&network->wake);
    (void)pthread_mutex_unlock(&network->lock);
}

/* ---- content ---- */

void network_set_content(struct network *network, const struct network_content *content)
{
    network->content = *content;
}

bool network_send_content(struct network *network, uint64_t peer, enum frame_kind kind,
                          mm_bytes payload)
{
    return links_send(network->links, peer, kind, payload);
}

void network_cut_off(struct network *network, uint64_t peer, uint64_t ms)
{
    struct event *event = network_event_new(EVENT_CUT_OFF);
    if (event == NULL)
        return; /* what it says is not heard any more; the link stays */
    event->peer = peer;
    event->ban_ms = ms;
    network_add_event(network, event);
}

struct writer_network network_of_writer(struct network *network)
{
    return (struct writer_network){ network, broadcast, network_imported };
}

/* ---- life ---- */

static void init_lock(struct network *network)
{
    pthread_condattr_t attributes;
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&network->wake, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    (void)pthread_mutex_init(&network->lock, NULL);
}

mm_err network_new(struct network **out, const struct network_options *options,
                   struct mm_reason *reason)
{
    /* A block of small transactions takes some ten times its bytes when it is taken apart. */
    enum { ARENA_MAX = 16 << 20, BLOCK_ARENA_MAX = 16 * MM_BLOCK_BYTES_MAX };
    struct network *network = *out = mm_heap_zeroed(1, sizeof *network);
    if (network == NULL)
        return mm_fail(reason, MM_ERR_NO_MEMORY, "out of memory");
    network->options = *options;
    if (options->host != NULL) {
        (void)snprintf(network->host, sizeof network->host, "%s", options->host);
        network->options.host = network->host;
    }
    mm_arena_init(&network->arena, ARENA_MAX);
    mm_arena_init(&network->block_arena, BLOCK_ARENA_MAX);
    init_lock(network);
    struct gossip_options gossip = { .host = network_gossip_host(network),
                                     .self = node_key_id(options->key),
                                     .peers_wanted = GOSSIP_PEERS_WANTED };
    randombytes_buf(gossip.known_key, sizeof gossip.known_key);
    const struct sync_options sync = { .host = network_sync_host(network),
                                       .domain = options->domain };
    mm_err err = gossip_new(&network->gossip, &gossip);
    if (err == MM_OK)
        err = sync_new(&network->sync, &sync);
    network->serve = serve_new(options->ledger);
    if (err == MM_OK && network->serve == NULL)
        err = MM_ERR_NO_MEMORY;
    if (err == MM_OK)
        return MM_OK;
    network_free(network);
    *out = NULL;
    return mm_fail(reason, err, "out of memory");
}

void network_free(struct network *network)
{
    if (network == NULL)
        return;
    network_drop_events(network);
    gossip_free(network->gossip);
    sync_free(network->sync);
    serve_free(network->serve);
    mm_arena_fini(&network->arena);
    mm_arena_fini(&network->block_arena);
    (void)pthread_cond_destroy(&network->wake);
    (void)pthread_mutex_destroy(&network->lock);
    mm_heap_free(network);
}

static mm_err open_links(struct network *network, struct mm_reason *reason)
{
    const struct network_options *o = &network->options;
    char url[LINKS_URL_BYTES_MAX];
    const char *urls[] = { url };
    if (o->host != NULL) {
        const bool is_v6 = strchr(o->host, ':') != NULL;
        (void)snprintf(url, sizeof url, "tcp://%s%s%s:%u", is_v6 ? "[" : "", o->host,
                       is_v6 ? "]" : "", (unsigned)o->port);
    }
    const struct links_options options = {
        .listen_urls = urls,
        .listen_count = o->host != NULL,
        .key = o->key,
        .domain = { o->domain.chain_id, o->domain.genesis_hash },
        .client = o->client,
        .bans = o->bans,
        .ctx = network,
        .event = network_hear_links,
    };
    return links_open(&network->links, &options, reason);
}

static mm_err dial_peers(struct network *network, struct mm_reason *reason)
{
    for (size_t i = 0; i < network->options.peer_count; i++) {
        char url[LINKS_URL_BYTES_MAX];
        bool has_id;
        node_id id;
        const char *text = network->options.peers[i];
        if (!network_read_address(text, url, &has_id, &id))
            return mm_fail(reason, MM_ERR_INVALID, "--peer %s: not HOST:PORT or ID@HOST:PORT",
                           text);
        const mm_err err = links_dial(network->links, url, has_id ? &id : NULL, reason);
        if (err != MM_OK && err != MM_ERR_EXISTS)
            return err;
    }
    return MM_OK;
}

mm_err network_start(struct network *network, struct writer *writer, struct mm_reason *reason)
{
    network->writer = writer;
    network->has_head = true;
    MM_TRY(open_links(network, reason));
    mm_err err = dial_peers(network, reason);
    if (err == MM_OK && pthread_create(&network->thread, NULL, run, network) != 0)
        err = mm_fail(reason, MM_ERR_NO_MEMORY, "the network's thread cannot be started");
    network->is_running = err == MM_OK;
    if (err != MM_OK) {
        links_close(network->links);
        network->links = NULL;
    }
    return err;
}

void network_stop(struct network *network)
{
    if (network == NULL || !network->is_running)
        return;
    (void)pthread_mutex_lock(&network->lock);
    network->is_stopping = true;
    (void)pthread_cond_signal(&network->wake);
    (void)pthread_mutex_unlock(&network->lock);
    (void)pthread_join(network->thread, NULL);
    links_close(network->links);
    network->links = NULL;
    network->is_running = false;
}
