#include "p2p/sync/sync.h"

#include "p2p/sync/sync_internal.h"
#include "state/base/assert.h"
#include "state/base/heap.h"

const char *sync_verdict_text(enum sync_verdict verdict)
{
    switch (verdict) {
    case SYNC_OK:
        return "ok";
    case SYNC_FRAME:
        return "a frame that does not decode";
    case SYNC_UNASKED:
        return "an answer that was not asked for";
    case SYNC_HEADER:
        return "not a header of this chain";
    case SYNC_NUMBER:
        return "a header with the wrong number";
    case SYNC_LINK:
        return "a header of another parent";
    case SYNC_CERTIFICATE:
        return "a block that no quorum sealed";
    case SYNC_BODY:
        return "a body of another block";
    }
    return "unknown sync verdict";
}

enum bye_reason sync_verdict_bye(enum sync_verdict verdict)
{
    return verdict == SYNC_CERTIFICATE ? BYE_BAD_CERTIFICATE : BYE_PROTOCOL_ERROR;
}

/* ---- life ---- */

mm_err sync_new(struct sync **sync, const struct sync_options *options)
{
    struct sync *s = mm_heap_zeroed(1, sizeof *s);
    *sync = NULL;
    if (s == NULL)
        return MM_ERR_NO_MEMORY;
    s->options = *options;
    for (size_t slot = 0; slot < SYNC_PEERS_MAX; slot++)
        s->next_ids[slot] = SYNC_PEERS_MAX + slot;
    s->one_behind_ms = SYNC_NEVER;
    mm_buf_init(&s->items, FRAME_BYTES_MAX);
    mm_buf_init(&s->payload, FRAME_BYTES_MAX);
    mm_buf_init(&s->part, FRAME_BYTES_MAX);
    mm_arena_init(&s->arena, SYNC_ARENA_BYTES_MAX);
    s->window = mm_heap_zeroed(SYNC_WINDOW_MAX, sizeof *s->window);
    s->peers = mm_heap_zeroed(SYNC_PEERS_MAX, sizeof *s->peers);
    if (s->window == NULL || s->peers == NULL) {
        sync_free(s);
        return MM_ERR_NO_MEMORY;
    }
    *sync = s;
    return MM_OK;
}

void sync_free(struct sync *s)
{
    if (s == NULL)
        return;
    for (size_t slot = 0; s->peers != NULL && slot < s->slot_end; slot++)
        sync_forget_waiting(&s->peers[slot]);
    if (s->window != NULL)
        sync_empty_window(s);
    mm_buf_fini(&s->items);
    mm_buf_fini(&s->payload);
    mm_buf_fini(&s->part);
    mm_arena_fini(&s->arena);
    mm_heap_free(s->window);
    mm_heap_free(s->peers);
    mm_heap_free(s);
}

/* ---- going on ---- */

static void tell_lagging(struct sync *s)
{
    /* Who is stuck is not up to date, whatever else is known. */
    const bool is_lagging = s->is_stuck || sync_frontier_of(s).height > s->head.height + 1;
    if (is_lagging == s->is_lagging)
        return;
    s->is_lagging = is_lagging;
    s->options.host.lagging(s->options.host.ctx, is_lagging);
}

void sync_get_stuck(struct sync *s, const char *reason)
{
    s->is_stuck = true;
    s->stuck_height = s->head.height;
    sync_void(s);
    s->options.host.stuck(s->options.host.ctx, reason);
}

/* Whatever can be done now. Every event ends here, but for a peer that goes: it may go in the middle of another event. */
void sync_advance(struct sync *s, uint64_t now_ms)
{
    s->now_ms = now_ms;
    s->is_restless = false;
    if (!s->has_head)
        return;
    sync_drop_done(s);
    if (!s->is_stuck) {
        sync_ask_headers(s, now_ms);
        sync_ask_bodies(s, now_ms);
    }
    tell_lagging(s);
    if (!s->is_stuck)
        sync_start_import(s);
}

static bool is_known(struct sync *s, const struct sync_head *head)
{
    if (head->height == s->head.height)
        return mm_hash_equal(&head->hash, &s->head.hash);
    if (head->height < s->head.height)
        return false;
    return !sync_is_in_window(s, head->height) ||
           mm_hash_equal(&head->hash, &sync_at(s, head->height)->hash);
}

void sync_head(struct sync *s, const struct sync_head *head, uint64_t now_ms)
{
    MM_ASSERT(validators_is_valid(&head->set));
    if (s->has_head && !is_known(s, head))
        sync_void(s); /* the chain went back, or on in another way */
    if (s->is_stuck && head->height != s->stuck_height)
        s->is_stuck = false;
    s->has_head = true;
    s->head = *head;
    s->commitment = validators_commitment(&head->set);
    s->one_behind_ms = SYNC_NEVER;
    sync_advance(s, now_ms);
}

void sync_imported(struct sync *s, size_t count, const char *verdict_text, uint64_t now_ms)
{
    MM_ASSERT(s->importing > 0 && count <= s->importing);
    MM_ASSERT(verdict_text != NULL || count == s->importing);
    s->importing = 0;
    if (s->is_void) {
        sync_empty_window(s);
    } else {
        s->done = count;
        sync_drop_done(s);
        if (verdict_text != NULL)
            sync_get_stuck(s, verdict_text);
    }
    sync_advance(s, now_ms);
}

/* ---- peers and frames ---- */

void sync_peer_down(struct sync *s, uint64_t id, uint64_t now_ms)
{
    const size_t slot = sync_slot_of(s, id);
    if (slot == SLOT_NONE)
        return;
    sync_forget_peer(s, slot);
    s->is_restless = true;
    s->now_ms = now_ms;
}

bool sync_takes(enum frame_kind kind)
{
    return kind == FRAME_STATUS || kind == FRAME_DECIDED || kind == FRAME_GET_HEADERS ||
           kind == FRAME_HEADERS || kind == FRAME_GET_BODIES || kind == FRAME_BODIES ||
           kind == FRAME_GET_STATE || kind == FRAME_GET_VALIDATORS;
}

static void take_status(struct sync *s, size_t slot, mm_bytes payload, uint64_t now_ms)
{
    struct payload_status status;
    if (payload_status_decode(&status, payload) != RLP_OK) {
        sync_misbehaved(s, slot, SYNC_FRAME, now_ms);
        return;
    }
    s->peers[slot].claimed = status.height;
    s->peers[slot].pruned_below = status.pruned_below;
}

void sync_frame(struct sync *s, uint64_t id, enum frame_kind kind, mm_bytes payload,
                uint64_t now_ms)
{
    const size_t slot = sync_slot_of(s, id);
    MM_ASSERT(sync_takes(kind));
    if (slot == SLOT_NONE)
        return;
    if (kind == FRAME_STATUS)
        take_status(s, slot, payload, now_ms);
    else if (kind == FRAME_DECIDED)
        sync_take_decided(s, slot, payload, now_ms);
    else if (kind == FRAME_HEADERS)
        sync_take_headers(s, slot, payload, now_ms);
    else if (kind == FRAME_BODIES)
        sync_take_bodies(s, slot, payload, now_ms);
    else
        sync_serve(s, slot, kind, payload, now_ms);
    sync_advance(s, now_ms);
}

/* ---- time ---- */

uint64_t sync_tick(struct sync *s, uint64_t now_ms)
{
    sync_expire(s, now_ms);
    sync_serve_waiting(s, now_ms);
    sync_advance(s, now_ms);
    return sync_deadline(s);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t peer_deadline(const struct sync *s, const struct peer *peer)
{
    uint64_t deadline = sync_serve_deadline(peer);
    if (peer->headers.is_open)
        deadline = earlier(deadline, peer->headers.deadline_ms);
    for (size_t i = 0; i < SYNC_BODY_REQUESTS_MAX; i++) {
        if (peer->bodies[i].is_open)
            deadline = earlier(deadline, peer->bodies[i].deadline_ms);
    }
    if (peer->rest_ms > s->now_ms && peer->claimed > s->head.height)
        deadline = earlier(deadline, peer->rest_ms);
    return deadline;
}

uint64_t sync_deadline(const struct sync *s)
{
    uint64_t deadline = s->is_restless ? s->now_ms : SYNC_NEVER;
    if (s->one_behind_ms != SYNC_NEVER && s->now_ms < s->one_behind_ms + SYNC_ONE_BEHIND_MS)
        deadline = s->one_behind_ms + SYNC_ONE_BEHIND_MS;
    for (size_t slot = 0; slot < s->slot_end; slot++) {
        if (s->peers[slot].is_up)
            deadline = earlier(deadline, peer_deadline(s, &s->peers[slot]));
    }
    return deadline;
}

void sync_read_status(const struct sync *s, struct sync_status *status)
{
    *status = (struct sync_status){
        .height = s->head.height,
        .frontier = sync_frontier_of(s).height,
        .claimed = sync_claimed(s),
        .bodies_bytes = s->bodies_bytes,
        .is_lagging = s->is_lagging,
        .is_stuck = s->is_stuck,
    };
}
