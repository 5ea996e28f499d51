#include "node/network/network.h"

#include <sodium.h>
#include <stdio.h>

#include "node/network/network_internal.h"
#include "state/base/heap.h"

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
    clock_cond_init(&network->wake);
    (void)pthread_mutex_init(&network->lock, NULL);
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
    if (o->host != NULL)
        peer_url(url, mm_bytes_str(o->host), o->port);
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
    if (err == MM_OK && pthread_create(&network->thread, NULL, network_run, network) != 0)
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
