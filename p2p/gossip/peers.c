#include "p2p/gossip/gossip_internal.h"
#include "state/base/assert.h"

enum { UNTRUE_POINTS = 20, TOO_LATE_POINTS = 10, TOO_OFTEN_POINTS = 1 };

size_t gossip_slot_of(const struct gossip *g, uint64_t id)
{
    for (size_t slot = 0; slot < g->slot_end; slot++) {
        if (g->peers[slot].is_up && g->peers[slot].id == id)
            return slot;
    }
    return SLOT_NONE;
}

bool gossip_is_up(const struct gossip *g, size_t slot)
{
    return g->peers[slot].is_up;
}

void gossip_send_payload(struct gossip *g, size_t slot, enum frame_kind kind)
{
    MM_ASSERT(g->peers[slot].is_up);
    if (mm_buf_err(&g->payload) == MM_OK)
        g->options.host.send(g->options.host.ctx, g->peers[slot].id, kind,
                             mm_buf_bytes(&g->payload));
}

/* ---- coming and going ---- */

static size_t free_slot(const struct gossip *g)
{
    for (size_t slot = 0; slot < GOSSIP_PEERS_MAX; slot++) {
        if (!g->peers[slot].is_up)
            return slot;
    }
    return SLOT_NONE;
}

static size_t slot_of_node(const struct gossip *g, const node_id *node)
{
    for (size_t slot = 0; slot < g->slot_end; slot++) {
        if (g->peers[slot].is_up && node_id_equal(&g->peers[slot].node, node))
            return slot;
    }
    return SLOT_NONE;
}

/* Links decide which of two with one node stays, and tell of the newer before the older, which has its last word to say, is down.
 * To refuse the newer here would leave both nodes with none. */
static void leave_older_link(struct gossip *g, const node_id *node, uint64_t now_ms)
{
    const size_t slot = slot_of_node(g, node);
    if (slot != SLOT_NONE)
        gossip_disconnect(g, slot, BYE_DUPLICATE, 0, now_ms);
}

static void set_address(struct peer *peer, const struct gossip_address *address)
{
    peer->node = address->node;
    if (address->port == 0 || address->host.len > sizeof peer->host ||
        !payload_is_host(address->host))
        return;
    memcpy(peer->host, address->host.ptr, address->host.len);
    peer->host_len = address->host.len;
    peer->port = address->port;
}

void gossip_peer_up(struct gossip *g, uint64_t id, const struct gossip_address *address,
                    bool is_inbound, uint64_t now_ms)
{
    const struct gossip_host *host = &g->options.host;
    struct known *known = NULL;
    MM_ASSERT(gossip_slot_of(g, id) == SLOT_NONE);
    leave_older_link(g, &address->node, now_ms);
    const size_t slot = free_slot(g);
    if (slot == SLOT_NONE ||
        known_new(&known, g->options.known_hashes, g->options.known_key) != MM_OK) {
        host->disconnect(host->ctx, id, BYE_TOO_MANY_PEERS, 0);
        return;
    }
    struct peer *peer = &g->peers[slot];
    *peer = (struct peer){
        .is_up = true,
        .is_inbound = is_inbound,
        .id = id,
        .known = known,
        .tell_at_ms = now_ms,
        .points = allowance_full(GOSSIP_POINTS_RULE, now_ms),
        .frames = allowance_full(GOSSIP_FRAMES_RULE, now_ms),
        .messages = allowance_full(GOSSIP_MESSAGES_RULE, now_ms),
        .answers = allowance_full(GOSSIP_ANSWERS_RULE, now_ms),
    };
    set_address(peer, address);
    g->peer_count++;
    if (slot >= g->slot_end)
        g->slot_end = slot + 1;
    gossip_book_connected(g, slot, now_ms);
    gossip_tell_status(g, now_ms);
    gossip_announce_pool(g, slot);
    gossip_ask_peers(g, now_ms);
}

void gossip_forget_peer(struct gossip *g, size_t slot, uint64_t now_ms)
{
    struct peer *peer = &g->peers[slot];
    MM_ASSERT(peer->is_up && g->peer_count > 0);
    peer->is_up = false;
    g->peer_count--;
    gossip_batch_forget(g, slot);
    gossip_forget_teller(g, slot, now_ms);
    gossip_book_disconnected(g, &peer->node, now_ms);
    known_free(peer->known);
    peer->known = NULL;
    while (g->slot_end > 0 && !g->peers[g->slot_end - 1].is_up)
        g->slot_end--;
}

void gossip_peer_down(struct gossip *g, uint64_t id, uint64_t now_ms)
{
    const size_t slot = gossip_slot_of(g, id);
    if (slot == SLOT_NONE)
        return;
    gossip_forget_peer(g, slot, now_ms);
    gossip_ask(g, now_ms);
}

void gossip_disconnect(struct gossip *g, size_t slot, enum bye_reason reason, uint64_t ban_ms,
                       uint64_t now_ms)
{
    const struct gossip_host *host = &g->options.host;
    const uint64_t id = g->peers[slot].id;
    gossip_forget_peer(g, slot, now_ms);
    host->disconnect(host->ctx, id, reason, ban_ms);
}

void gossip_refuse(struct gossip *g, size_t slot, uint64_t now_ms)
{
    gossip_disconnect(g, slot, BYE_PROTOCOL_ERROR, GOSSIP_BAN_MS, now_ms);
}

/* ---- points ---- */

static int64_t points_of(enum gossip_fault fault)
{
    switch (fault) {
    case GOSSIP_TOO_OFTEN:
        return TOO_OFTEN_POINTS;
    case GOSSIP_TOO_LATE:
        return TOO_LATE_POINTS;
    case GOSSIP_UNTRUE:
        return UNTRUE_POINTS;
    }
    MM_UNREACHABLE();
}

bool gossip_charge(struct gossip *g, size_t slot, enum gossip_fault fault, uint64_t now_ms)
{
    struct peer *peer = &g->peers[slot];
    if (fault == GOSSIP_TOO_LATE) {
        if (now_ms < peer->late_again_ms)
            return true;
        peer->late_again_ms = now_ms + GOSSIP_REQUEST_MS;
    }
    (void)allowance_has(&peer->points, GOSSIP_POINTS_RULE, now_ms);
    allowance_spend(&peer->points, points_of(fault));
    if (allowance_has(&peer->points, GOSSIP_POINTS_RULE, now_ms))
        return true;
    gossip_disconnect(g, slot, fault == GOSSIP_TOO_LATE ? BYE_TOO_SLOW : BYE_PROTOCOL_ERROR, 0,
                      now_ms);
    return false;
}

void gossip_blame(struct gossip *g, uint64_t id, enum gossip_fault fault, uint64_t now_ms)
{
    const size_t slot = gossip_slot_of(g, id);
    if (slot != SLOT_NONE)
        (void)gossip_charge(g, slot, fault, now_ms);
}

/* ---- requests ---- */

static size_t free_request(const struct peer *peer)
{
    for (size_t i = 0; i < GOSSIP_REQUESTS_MAX; i++) {
        if (!peer->requests[i].is_open)
            return i;
    }
    return REQUEST_NONE;
}

bool gossip_may_request(const struct gossip *g, size_t slot)
{
    return free_request(&g->peers[slot]) != REQUEST_NONE;
}

size_t gossip_open_request(struct gossip *g, size_t slot, enum frame_kind kind, uint64_t now_ms)
{
    struct peer *peer = &g->peers[slot];
    const size_t place = free_request(peer);
    if (place == REQUEST_NONE)
        return REQUEST_NONE;
    /* Addresses are answered once a minute, so no answer says nothing about the peer. */
    const uint64_t wait_ms = kind == FRAME_GET_PEERS ? GOSSIP_PEERS_MS : GOSSIP_REQUEST_MS;
    peer->requests[place] = (struct request){
        .kind = kind, .is_open = true, .id = g->next_request_id++, .deadline_ms = now_ms + wait_ms
    };
    return place;
}

void gossip_answered(struct gossip *g, size_t slot, size_t request)
{
    struct peer *peer = &g->peers[slot];
    peer->requests[request].is_open = false;
    if (peer->requests[request].kind == FRAME_GET_TX)
        allowance_give(&peer->points, GOSSIP_POINTS_RULE, TOO_LATE_POINTS);
}

static void expire_requests_of(struct gossip *g, size_t slot, uint64_t now_ms)
{
    for (size_t i = 0; i < GOSSIP_REQUESTS_MAX; i++) {
        struct request *request = &g->peers[slot].requests[i];
        if (!request->is_open || now_ms < request->deadline_ms)
            continue;
        request->is_open = false;
        if (request->kind != FRAME_GET_TX)
            continue;
        gossip_release_request(g, slot, i, now_ms);
        if (!gossip_charge(g, slot, GOSSIP_TOO_LATE, now_ms))
            return;
    }
}

void gossip_expire_requests(struct gossip *g, uint64_t now_ms)
{
    for (size_t slot = 0; slot < g->slot_end; slot++) {
        if (g->peers[slot].is_up)
            expire_requests_of(g, slot, now_ms);
    }
}
