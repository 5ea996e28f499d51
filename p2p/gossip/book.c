#include "p2p/gossip/gossip_internal.h"
#include "state/base/assert.h"

struct address *gossip_book_find(struct gossip *g, const node_id *node)
{
    for (size_t i = 0; i < g->book_count; i++) {
        if (node_id_equal(&g->book[i].node, node))
            return &g->book[i];
    }
    return NULL;
}

static void drop(struct gossip *g, struct address *entry)
{
    *entry = g->book[--g->book_count];
}

/* A place for one more: the oldest of those that we are not connected to goes. */
static struct address *make_room(struct gossip *g)
{
    struct address *oldest = NULL;
    if (g->book_count < GOSSIP_BOOK_MAX)
        return &g->book[g->book_count++];
    for (size_t i = 0; i < g->book_count; i++) {
        struct address *entry = &g->book[i];
        if (!entry->is_connected && !entry->is_dialing &&
            (oldest == NULL || entry->order < oldest->order))
            oldest = entry;
    }
    return oldest;
}

static bool is_of_use(const struct gossip *g, const struct gossip_address *address)
{
    return address->port != 0 && address->host.len <= PAYLOAD_HOST_BYTES_MAX &&
           payload_is_host(address->host) && !node_id_equal(&address->node, &g->options.self);
}

static void set_host(struct address *entry, const struct gossip_address *address)
{
    memcpy(entry->host, address->host.ptr, address->host.len);
    entry->host_len = address->host.len;
    entry->port = address->port;
}

struct address *gossip_book_put(struct gossip *g, const struct gossip_address *address)
{
    if (!is_of_use(g, address))
        return NULL;
    struct address *entry = gossip_book_find(g, &address->node);
    if (entry != NULL)
        return entry;
    entry = make_room(g);
    if (entry == NULL)
        return NULL;
    *entry = (struct address){ .node = address->node, .order = g->next_order++ };
    set_host(entry, address);
    return entry;
}

void gossip_add_address(struct gossip *g, const struct gossip_address *address, uint64_t now_ms)
{
    (void)gossip_book_put(g, address);
    gossip_dial(g, now_ms);
}

/* ---- how it went ---- */

void gossip_book_connected(struct gossip *g, size_t slot, uint64_t now_ms)
{
    const struct peer *peer = &g->peers[slot];
    const struct gossip_address address = { peer->node, mm_bytes_from(peer->host, peer->host_len),
                                            peer->port };
    struct address *entry = gossip_book_put(g, &address);
    if (entry == NULL)
        entry = gossip_book_find(g, &peer->node);
    if (entry == NULL)
        return;
    /* What the node itself says of its address is better than what others said. */
    if (is_of_use(g, &address))
        set_host(entry, &address);
    entry->is_proven = entry->is_proven || !peer->is_inbound;
    entry->is_connected = true;
    entry->is_dialing = false;
    entry->failures = 0;
    entry->retry_ms = now_ms;
}

void gossip_book_disconnected(struct gossip *g, const node_id *node, uint64_t now_ms)
{
    struct address *entry = gossip_book_find(g, node);
    if (entry == NULL)
        return;
    entry->is_connected = false;
    entry->retry_ms = now_ms + GOSSIP_REDIAL_MS;
}

void gossip_book_failed(struct gossip *g, struct address *entry, uint64_t now_ms)
{
    uint64_t wait_ms = GOSSIP_REDIAL_MS;
    entry->is_dialing = false;
    if (++entry->failures == GOSSIP_DIAL_FAILURES_MAX) {
        drop(g, entry);
        return;
    }
    for (unsigned i = 1; i < entry->failures && wait_ms < GOSSIP_REDIAL_MS_MAX; i++)
        wait_ms *= 2;
    entry->retry_ms = now_ms + (wait_ms < GOSSIP_REDIAL_MS_MAX ? wait_ms : GOSSIP_REDIAL_MS_MAX);
}

void gossip_dial_failed(struct gossip *g, const node_id *node, uint64_t now_ms)
{
    struct address *entry = gossip_book_find(g, node);
    if (entry != NULL && entry->is_dialing)
        gossip_book_failed(g, entry, now_ms);
}
