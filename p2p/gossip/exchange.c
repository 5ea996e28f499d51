#include "p2p/gossip/gossip_internal.h"

/* ---- dialing ---- */

static size_t count_dialing(const struct gossip *g)
{
    size_t count = 0;
    for (size_t i = 0; i < g->book_count; i++)
        count += g->book[i].is_dialing;
    return count;
}

static bool wants_more(const struct gossip *g)
{
    return g->peer_count + count_dialing(g) < g->options.peers_wanted;
}

static bool is_better(const struct address *a, const struct address *b)
{
    if (a->failures != b->failures)
        return a->failures < b->failures;
    if (a->is_proven != b->is_proven)
        return a->is_proven;
    return a->order < b->order;
}

/* The one to dial next, whether its time has come or not. */
static struct address *candidate(const struct gossip *g, uint64_t now_ms)
{
    struct address *best = NULL;
    for (size_t i = 0; i < g->book_count; i++) {
        struct address *entry = &g->book[i];
        if (entry->is_connected || entry->is_dialing || entry->retry_ms > now_ms)
            continue;
        if (best == NULL || is_better(entry, best))
            best = entry;
    }
    return best;
}

static void give_up_lost(struct gossip *g, uint64_t now_ms)
{
    for (size_t i = g->book_count;
         i-- > 0;) { /* backwards: one that is dropped is replaced by the last */
        if (g->book[i].is_dialing && now_ms >= g->book[i].retry_ms)
            gossip_book_failed(g, &g->book[i], now_ms);
    }
}

void gossip_dial(struct gossip *g, uint64_t now_ms)
{
    give_up_lost(g, now_ms);
    if (now_ms < g->dial_ms || !wants_more(g))
        return;
    struct address *entry = candidate(g, now_ms);
    if (entry == NULL)
        return;
    entry->is_dialing = true;
    entry->retry_ms = now_ms + GOSSIP_DIAL_LOST_MS;
    g->dial_ms = now_ms + GOSSIP_DIAL_MS;
    const struct gossip_address address = { entry->node,
                                            mm_bytes_from(entry->host, entry->host_len),
                                            entry->port };
    g->options.host.dial(g->options.host.ctx, &address);
}

uint64_t gossip_dial_deadline(const struct gossip *g)
{
    const bool wants = wants_more(g);
    uint64_t deadline = GOSSIP_NEVER;
    for (size_t i = 0; i < g->book_count; i++) {
        const struct address *entry = &g->book[i];
        if (entry->is_connected || (!entry->is_dialing && !wants))
            continue;
        uint64_t at_ms = entry->retry_ms;
        if (!entry->is_dialing && at_ms < g->dial_ms)
            at_ms = g->dial_ms;
        if (at_ms < deadline)
            deadline = at_ms;
    }
    return deadline;
}

/* ---- asking for addresses ---- */

void gossip_ask_peers(struct gossip *g, uint64_t now_ms)
{
    if (g->peer_count >= g->options.peers_wanted)
        return;
    for (size_t slot = 0; slot < g->slot_end; slot++) {
        struct peer *peer = &g->peers[slot];
        if (!peer->is_up || now_ms < peer->ask_peers_ms)
            continue;
        peer->ask_peers_ms = now_ms + GOSSIP_PEERS_MS;
        const size_t request = gossip_open_request(g, slot, FRAME_GET_PEERS, now_ms);
        if (request == REQUEST_NONE)
            continue;
        mm_buf_reset(&g->payload);
        payload_get_peers_encode(&g->payload,
                                 &(struct payload_get_peers){ peer->requests[request].id });
        gossip_send_payload(g, slot, FRAME_GET_PEERS);
    }
}

void gossip_take_peers(struct gossip *g, size_t slot, mm_bytes payload, uint64_t now_ms)
{
    struct payload_peers peers;
    struct payload_peer item;
    size_t request = 0;
    if (payload_peers_decode(&peers, payload) != RLP_OK) {
        gossip_refuse(g, slot, now_ms);
        return;
    }
    const struct request *requests = g->peers[slot].requests;
    while (request < GOSSIP_REQUESTS_MAX &&
           !(requests[request].is_open && requests[request].kind == FRAME_GET_PEERS &&
             requests[request].id == peers.id))
        request++;
    if (request == REQUEST_NONE) {
        (void)gossip_charge(g, slot, GOSSIP_UNTRUE, now_ms);
        return;
    }
    gossip_answered(g, slot, request);
    struct rlp at = payload_items(&peers.peers);
    while (payload_next_peer(&at, &item)) {
        const struct gossip_address address = { item.id, item.host, item.port };
        (void)gossip_book_put(g, &address);
    }
    gossip_dial(g, now_ms);
}

/* ---- telling addresses ---- */

/* Only what we were connected to: hearsay that is passed on would outlive the node that made it up. */
static bool may_tell(const struct address *entry, const node_id *to)
{
    return (entry->is_proven || entry->is_connected) && entry->failures == 0 &&
           !node_id_equal(&entry->node, to);
}

void gossip_answer_peers(struct gossip *g, size_t slot, mm_bytes payload, uint64_t now_ms)
{
    struct peer *peer = &g->peers[slot];
    struct payload_get_peers get;
    size_t count = 0;
    if (payload_get_peers_decode(&get, payload) != RLP_OK) {
        gossip_refuse(g, slot, now_ms);
        return;
    }
    if (now_ms < peer->answer_peers_ms) {
        (void)gossip_charge(g, slot, GOSSIP_TOO_OFTEN, now_ms);
        return;
    }
    peer->answer_peers_ms = now_ms + GOSSIP_PEERS_MS - GOSSIP_REQUEST_MS;
    mm_buf_reset(&g->items);
    size_t visited = 0;
    for (; visited < g->book_count && count < PAYLOAD_PEERS_MAX; visited++) {
        const struct address *entry = &g->book[(g->told_next + visited) % g->book_count];
        if (!may_tell(entry, &peer->node))
            continue;
        payload_add_peer(
            &g->items, &(struct payload_peer){
                           entry->node, mm_bytes_from(entry->host, entry->host_len), entry->port });
        count++;
    }
    if (g->book_count > 0)
        g->told_next = (g->told_next + visited) % g->book_count;
    const struct payload_peers peers = { get.id, { mm_buf_bytes(&g->items), count } };
    mm_buf_reset(&g->payload);
    payload_peers_encode(&g->payload, &peers);
    if (mm_buf_err(&g->items) == MM_OK)
        gossip_send_payload(g, slot, FRAME_PEERS);
}
