#include "p2p/snap/snap_internal.h"
#include "state/base/assert.h"

size_t snap_slot_of(const struct snap *s, uint64_t id)
{
    for (size_t slot = 0; slot < SNAP_PEERS_MAX; slot++) {
        if (s->peers[slot].is_up && s->peers[slot].id == id)
            return slot;
    }
    return SLOT_NONE;
}

/* One more than there is room for is not asked. */
void snap_peer_up(struct snap *s, uint64_t id, uint64_t now_ms)
{
    MM_ASSERT(snap_slot_of(s, id) == SLOT_NONE);
    (void)now_ms;
    for (size_t slot = 0; slot < SNAP_PEERS_MAX; slot++) {
        if (s->peers[slot].is_up)
            continue;
        s->peers[slot] = (struct peer){ .is_up = true, .id = id };
        return;
    }
}

/* What it was for is to be asked for again. */
static void give_back(struct snap *s, const struct request *request)
{
    if (request->kind == FRAME_GET_STATE && !request->is_void)
        s->tasks[request->task].state = TASK_OPEN;
}

void snap_forget_peer(struct snap *s, size_t slot)
{
    struct peer *peer = &s->peers[slot];
    MM_ASSERT(peer->is_up);
    for (size_t i = 0; i < SNAP_REQUESTS_OF_PEER; i++) {
        if (peer->requests[i].is_open)
            give_back(s, &peer->requests[i]);
    }
    *peer = (struct peer){ .is_up = false };
}

void snap_misbehaved(struct snap *s, size_t slot, enum snap_verdict verdict)
{
    const uint64_t id = s->peers[slot].id;
    MM_ASSERT(verdict != SNAP_OK);
    snap_forget_peer(s, slot);
    s->options.host.misbehaved(s->options.host.ctx, id, verdict);
}

void snap_rest(struct snap *s, size_t slot)
{
    s->peers[slot].rest_ms = s->now_ms + SNAP_REST_MS;
    s->options.host.slow(s->options.host.ctx, s->peers[slot].id);
}

uint64_t snap_claimed(const struct snap *s)
{
    uint64_t claimed = 0;
    for (size_t slot = 0; slot < SNAP_PEERS_MAX; slot++) {
        const struct peer *peer = &s->peers[slot];
        if (peer->is_up && peer->claimed > claimed && s->now_ms >= peer->disbelief_ms)
            claimed = peer->claimed;
    }
    return claimed;
}

struct request *snap_free_request(struct peer *peer)
{
    for (size_t i = 0; i < SNAP_REQUESTS_OF_PEER; i++) {
        if (!peer->requests[i].is_open)
            return &peer->requests[i];
    }
    return NULL;
}

/* Those that were late only when nobody else has it at all. */
size_t snap_choose(const struct snap *s, uint64_t height, bool is_of_state)
{
    size_t best[2] = { SLOT_NONE, SLOT_NONE };
    bool has_others = false;
    for (size_t slot = 0; slot < SNAP_PEERS_MAX; slot++) {
        struct peer *peer = &s->peers[slot];
        if (!peer->is_up || peer->claimed < height || s->now_ms < peer->rest_ms ||
            s->now_ms < peer->disbelief_ms || (is_of_state && peer->gone_height == height))
            continue;
        has_others = has_others || !peer->is_late;
        size_t *place = &best[peer->is_late];
        if (snap_free_request(peer) != NULL &&
            (*place == SLOT_NONE || peer->asked_seq < s->peers[*place].asked_seq))
            *place = slot;
    }
    return has_others ? best[0] : best[1];
}

/* ---- requests ---- */

void snap_open(struct snap *s, size_t slot, struct request *request, enum frame_kind kind)
{
    MM_ASSERT(!request->is_open);
    *request = (struct request){ .is_open = true,
                                 .kind = kind,
                                 .id = s->next_id++,
                                 .deadline_ms = s->now_ms + SNAP_REQUEST_MS };
    s->peers[slot].asked_seq = ++s->next_seq;
}

void snap_send(struct snap *s, size_t slot, enum frame_kind kind)
{
    if (mm_buf_err(&s->payload) == MM_OK)
        s->options.host.send(s->options.host.ctx, s->peers[slot].id, kind,
                             mm_buf_bytes(&s->payload));
}

struct request *snap_answered(struct snap *s, size_t slot, enum frame_kind kind, uint64_t id)
{
    struct peer *peer = &s->peers[slot];
    for (size_t i = 0; i < SNAP_REQUESTS_OF_PEER; i++) {
        struct request *request = &peer->requests[i];
        if (request->is_open && request->kind == kind && request->id == id)
            return request;
    }
    if (peer->owed > 0)
        peer->owed--;
    else
        snap_misbehaved(s, slot, SNAP_UNASKED);
    return NULL;
}

static bool expire(struct snap *s, struct peer *peer, struct request *request)
{
    if (!request->is_open || s->now_ms < request->deadline_ms)
        return false;
    give_back(s, request);
    request->is_open = false;
    if (peer->is_late && request->kind == FRAME_GET_HEADERS) /* the second time */
        peer->disbelief_ms = s->now_ms + SNAP_DISBELIEF_MS;
    peer->is_late = true;
    peer->owed++;
    return true;
}

void snap_expire(struct snap *s)
{
    for (size_t slot = 0; slot < SNAP_PEERS_MAX; slot++) {
        struct peer *peer = &s->peers[slot];
        bool is_slow = false;
        for (size_t i = 0; peer->is_up && i < SNAP_REQUESTS_OF_PEER; i++)
            is_slow |= expire(s, peer, &peer->requests[i]);
        if (is_slow)
            s->options.host.slow(s->options.host.ctx, peer->id);
    }
}
