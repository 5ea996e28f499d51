#include "p2p/sync/sync_internal.h"
#include "state/base/assert.h"

size_t sync_slot_of(const struct sync *s, uint64_t id)
{
    for (size_t slot = 0; slot < s->slot_end; slot++) {
        if (s->peers[slot].is_up && s->peers[slot].id == id)
            return slot;
    }
    return SLOT_NONE;
}

/* One more than there is room for is not served and not asked; gossip has as many places and sends it away. */
void sync_peer_up(struct sync *s, uint64_t id, uint64_t now_ms)
{
    MM_ASSERT(sync_slot_of(s, id) == SLOT_NONE);
    for (size_t slot = 0; slot < SYNC_PEERS_MAX; slot++) {
        if (s->peers[slot].is_up)
            continue;
        s->peers[slot] = (struct peer){ .is_up = true,
                                        .id = id,
                                        .first_id = s->next_ids[slot],
                                        .served = allowance_full(SYNC_SERVED_RULE, now_ms) };
        if (slot >= s->slot_end)
            s->slot_end = slot + 1;
        return;
    }
}

void sync_forget_peer(struct sync *s, size_t slot)
{
    struct peer *peer = &s->peers[slot];
    MM_ASSERT(peer->is_up);
    for (size_t i = 0; i < SYNC_BODY_REQUESTS_MAX; i++) {
        if (peer->bodies[i].is_open)
            sync_give_back(s, &peer->bodies[i]);
    }
    sync_forget_waiting(peer);
    *peer = (struct peer){ .is_up = false };
    while (s->slot_end > 0 && !s->peers[s->slot_end - 1].is_up)
        s->slot_end--;
}

void sync_misbehaved(struct sync *s, size_t slot, enum sync_verdict verdict, uint64_t now_ms)
{
    const uint64_t id = s->peers[slot].id;
    (void)now_ms;
    MM_ASSERT(verdict != SYNC_OK);
    sync_forget_peer(s, slot);
    s->options.host.misbehaved(s->options.host.ctx, id, verdict);
}

void sync_rest(struct sync *s, size_t slot, uint64_t now_ms)
{
    s->peers[slot].rest_ms = now_ms + SYNC_REST_MS;
    s->options.host.slow(s->options.host.ctx, s->peers[slot].id);
}

uint64_t sync_claimed(const struct sync *s)
{
    uint64_t claimed = 0;
    for (size_t slot = 0; slot < s->slot_end; slot++) {
        if (s->peers[slot].is_up && s->peers[slot].claimed > claimed)
            claimed = s->peers[slot].claimed;
    }
    return claimed;
}

/* ---- requests ---- */

void sync_open(struct sync *s, struct peer *peer, struct request *request, uint64_t from,
               uint64_t count, uint64_t now_ms)
{
    uint64_t *next_id = &s->next_ids[peer - s->peers];
    MM_ASSERT(!request->is_open && count > 0);
    *request = (struct request){ .is_open = true,
                                 .id = *next_id,
                                 .deadline_ms = now_ms + SYNC_REQUEST_MS,
                                 .from = from,
                                 .count = count };
    *next_id += SYNC_PEERS_MAX;
    peer->asked_seq = ++s->next_seq;
}

/* Each peer has ids of its own, and no link gets those of an earlier one. */
bool sync_was_asked(const struct sync *s, const struct peer *peer, uint64_t id)
{
    const size_t slot = (size_t)(peer - s->peers);
    return id % SYNC_PEERS_MAX == slot && id >= peer->first_id && id < s->next_ids[slot];
}

static bool expire(struct peer *peer, struct request *request, uint64_t now_ms)
{
    if (!request->is_open || now_ms < request->deadline_ms)
        return false;
    request->is_open = false;
    peer->is_late = true;
    return true;
}

void sync_expire(struct sync *s, uint64_t now_ms)
{
    for (size_t slot = 0; slot < s->slot_end; slot++) {
        struct peer *peer = &s->peers[slot];
        if (!peer->is_up)
            continue;
        bool is_slow = expire(peer, &peer->headers, now_ms);
        for (size_t i = 0; i < SYNC_BODY_REQUESTS_MAX; i++) {
            if (!expire(peer, &peer->bodies[i], now_ms))
                continue;
            sync_give_back(s, &peer->bodies[i]);
            is_slow = true;
        }
        if (is_slow)
            s->options.host.slow(s->options.host.ctx, peer->id);
    }
}
