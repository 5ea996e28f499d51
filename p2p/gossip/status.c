#include "p2p/gossip/gossip_internal.h"

enum { STATUS_BYTES_MAX = 128 };

static void tell(struct gossip *g, size_t slot, const struct payload_status *status,
                 uint64_t now_ms)
{
    uint8_t memory[STATUS_BYTES_MAX];
    struct mm_buf payload = mm_buf_over(memory, sizeof memory);
    struct peer *peer = &g->peers[slot];
    payload_status_encode(&payload, status);
    peer->tell_from_ms = now_ms + GOSSIP_STATUS_GAP_MS;
    peer->tell_at_ms = now_ms + GOSSIP_STATUS_MS;
    g->options.host.send(g->options.host.ctx, peer->id, FRAME_STATUS, mm_buf_bytes(&payload));
}

void gossip_tell_status(struct gossip *g, uint64_t now_ms)
{
    struct payload_status status;
    bool is_read = false;
    for (size_t slot = 0; slot < g->slot_end; slot++) {
        if (!g->peers[slot].is_up || g->peers[slot].tell_at_ms > now_ms)
            continue;
        if (!is_read)
            g->options.host.read_status(g->options.host.ctx, &status);
        is_read = true;
        tell(g, slot, &status, now_ms);
    }
}

static void tell_within(struct peer *peer, uint64_t wait_ms, uint64_t now_ms)
{
    uint64_t at_ms = now_ms + wait_ms;
    if (at_ms < peer->tell_from_ms)
        at_ms = peer->tell_from_ms;
    if (at_ms < peer->tell_at_ms)
        peer->tell_at_ms = at_ms;
}

void gossip_status_changed(struct gossip *g, uint64_t now_ms)
{
    for (size_t slot = 0; slot < g->slot_end; slot++) {
        if (g->peers[slot].is_up)
            tell_within(&g->peers[slot], 0, now_ms);
    }
    gossip_tell_status(g, now_ms);
}

/* Once for each height, and again after a while: the answer is as large as a block. */
static void send_decided(struct gossip *g, size_t slot, uint64_t height, uint64_t now_ms)
{
    struct peer *peer = &g->peers[slot];
    if (peer->decided_height == height && now_ms < peer->decided_again_ms)
        return;
    mm_buf_reset(&g->payload);
    if (!g->options.host.decided(g->options.host.ctx, height, &g->payload))
        return;
    peer->decided_height = height;
    peer->decided_again_ms = now_ms + GOSSIP_STATUS_MS / 2;
    gossip_send_payload(g, slot, FRAME_DECIDED);
}

void gossip_take_status(struct gossip *g, size_t slot, mm_bytes payload, uint64_t now_ms)
{
    struct peer *peer = &g->peers[slot];
    struct payload_status own;
    if (payload_status_decode(&peer->status, payload) != RLP_OK) {
        gossip_refuse(g, slot, now_ms);
        return;
    }
    peer->has_status = true;
    g->options.host.read_status(g->options.host.ctx, &own);
    if (own.height > 0 && peer->status.height == own.height - 1)
        send_decided(g, slot, own.height, now_ms);
    else if (own.height < UINT64_MAX && peer->status.height == own.height + 1)
        tell_within(peer, GOSSIP_STATUS_NUDGE_MS, now_ms);
}
