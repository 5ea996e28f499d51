#include "p2p/snap/snap.h"

#include "p2p/snap/snap_internal.h"
#include "state/base/assert.h"
#include "state/base/heap.h"

const char *snap_verdict_text(enum snap_verdict verdict)
{
    switch (verdict) {
    case SNAP_OK:
        return "ok";
    case SNAP_FRAME:
        return "a frame that does not decode";
    case SNAP_UNASKED:
        return "an answer that was not asked for";
    case SNAP_HEADER:
        return "not a header of this chain";
    case SNAP_NUMBER:
        return "a header with the wrong number";
    case SNAP_LINK:
        return "a header of another parent";
    case SNAP_CERTIFICATE:
        return "a block that no quorum sealed";
    case SNAP_VALIDATORS:
        return "another validator set than the header commits to";
    case SNAP_RANGE:
        return "a range of the state that the root does not have";
    case SNAP_CODE:
        return "code of no account that came with it, or none";
    }
    return "unknown snap verdict";
}

enum bye_reason snap_verdict_bye(enum snap_verdict verdict)
{
    return verdict == SNAP_CERTIFICATE ? BYE_BAD_CERTIFICATE : BYE_PROTOCOL_ERROR;
}

/* ---- life ---- */

mm_err snap_new(struct snap **snap, const struct snap_options *options)
{
    struct snap *s = mm_heap_zeroed(1, sizeof *s);
    *snap = NULL;
    if (s == NULL)
        return MM_ERR_NO_MEMORY;
    MM_ASSERT(validators_is_valid(&options->set));
    s->options = *options;
    s->set = options->set;
    s->commitment = validators_commitment(&s->set);
    s->last = (struct certified_parent){ 0, options->domain.genesis_hash, s->commitment };
    s->depth = SNAP_DEPTH;
    s->next_id = 1;
    s->first_status_ms = SNAP_NEVER;
    mm_buf_init(&s->payload, FRAME_BYTES_MAX);
    mm_arena_init(&s->arena, SNAP_ARENA_BYTES_MAX);
    const mm_err err = snap_held_init(s);
    s->tasks = mm_heap_zeroed(SNAP_TASKS_MAX, sizeof *s->tasks);
    s->peers = mm_heap_zeroed(SNAP_PEERS_MAX, sizeof *s->peers);
    if (err != MM_OK || s->tasks == NULL || s->peers == NULL) {
        snap_free(s);
        return MM_ERR_NO_MEMORY;
    }
    *snap = s;
    return MM_OK;
}

void snap_free(struct snap *s)
{
    if (s == NULL)
        return;
    mm_buf_fini(&s->payload);
    mm_arena_fini(&s->arena);
    snap_held_fini(s);
    mm_heap_free(s->tasks);
    mm_heap_free(s->peers);
    mm_heap_free(s);
}

/* ---- going on ---- */

void snap_fail(struct snap *s)
{
    s->phase = SNAP_FAILED;
}

static bool is_over(const struct snap *s)
{
    return s->phase == SNAP_DONE || s->phase == SNAP_SHORT || s->phase == SNAP_FAILED;
}

/* The headers have come so near to what the peers have that it is worth beginning. */
static bool is_near(const struct snap *s, uint64_t claimed)
{
    const uint64_t behind = s->depth * SNAP_BEHIND / SNAP_DEPTH;
    return !s->needs_set && s->last.height > s->depth && s->last.height + behind >= claimed &&
           s->now_ms >= s->state_not_before_ms;
}

/* Of those who are here and believed, somebody has said where it is. */
static bool is_told(const struct snap *s)
{
    bool is = false;
    for (size_t slot = 0; slot < SNAP_PEERS_MAX; slot++) {
        const struct peer *peer = &s->peers[slot];
        is = is || (peer->is_up && peer->has_status && s->now_ms >= peer->disbelief_ms);
    }
    return is;
}

static void go_on_with_headers(struct snap *s)
{
    const uint64_t claimed = snap_claimed(s);
    if (s->p_height == 0 && claimed < SNAP_BLOCKS_MIN) {
        /* Nobody says more. Whoever comes later is caught up with block by block. */
        if (is_told(s) && s->now_ms >= s->first_status_ms + SNAP_SETTLE_MS)
            s->phase = SNAP_SHORT;
        return;
    }
    if (claimed > 0 && is_near(s, claimed))
        snap_begin_state(s);
    else
        snap_ask_headers(s);
}

static void go_on_with_state(struct snap *s)
{
    const bool is_stalled = s->now_ms >= s->progress_ms + SNAP_STALL_MS &&
                            snap_claimed(s) > s->p_height + SNAP_DEPTH + SNAP_BEHIND;
    if (s->task_count == 0)
        s->phase = SNAP_DONE;
    else if (is_stalled)
        snap_move_on(s);
    else if (snap_is_forsaken(s))
        snap_go_nearer(s);
    else
        snap_ask_state(s);
}

/* Whatever can be done now. Every event ends here. */
void snap_advance(struct snap *s, uint64_t now_ms)
{
    s->now_ms = now_ms;
    if (s->phase == SNAP_HEADERS)
        go_on_with_headers(s);
    if (s->phase == SNAP_STATE)
        go_on_with_state(s);
}

/* ---- peers and frames ---- */

void snap_peer_down(struct snap *s, uint64_t id, uint64_t now_ms)
{
    const size_t slot = snap_slot_of(s, id);
    (void)now_ms;
    if (slot != SLOT_NONE)
        snap_forget_peer(s,
                         slot); /* what it was asked for is asked elsewhere with the next event */
}

bool snap_takes(enum frame_kind kind)
{
    return kind == FRAME_STATUS || kind == FRAME_HEADERS || kind == FRAME_STATE ||
           kind == FRAME_VALIDATORS;
}

static void take_status(struct snap *s, size_t slot, mm_bytes payload)
{
    struct payload_status status;
    struct peer *peer = &s->peers[slot];
    if (payload_status_decode(&status, payload) != RLP_OK) {
        snap_misbehaved(s, slot, SNAP_FRAME);
        return;
    }
    if (s->first_status_ms == SNAP_NEVER)
        s->first_status_ms = s->now_ms;
    peer->has_status = true;
    peer->claimed = status.height;
}

void snap_frame(struct snap *s, uint64_t id, enum frame_kind kind, mm_bytes payload,
                uint64_t now_ms)
{
    const size_t slot = snap_slot_of(s, id);
    MM_ASSERT(snap_takes(kind));
    if (slot == SLOT_NONE || is_over(s))
        return;
    s->now_ms = now_ms;
    if (kind == FRAME_STATUS)
        take_status(s, slot, payload);
    else if (kind == FRAME_HEADERS)
        snap_take_headers(s, slot, payload);
    else if (kind == FRAME_VALIDATORS)
        snap_take_validators(s, slot, payload);
    else
        snap_take_state(s, slot, payload);
    snap_advance(s, now_ms);
}

/* ---- time ---- */

uint64_t snap_tick(struct snap *s, uint64_t now_ms)
{
    s->now_ms = now_ms;
    if (!is_over(s)) {
        snap_expire(s);
        snap_advance(s, now_ms);
    }
    return snap_deadline(s);
}

/* The earlier of the two. What is over by now, the last event has seen to. */
static uint64_t next_of(const struct snap *s, uint64_t deadline, uint64_t at_ms)
{
    return at_ms > s->now_ms && at_ms < deadline ? at_ms : deadline;
}

uint64_t snap_deadline(const struct snap *s)
{
    uint64_t deadline = SNAP_NEVER;
    if (is_over(s))
        return deadline;
    if (s->first_status_ms != SNAP_NEVER)
        deadline = next_of(s, deadline, s->first_status_ms + SNAP_SETTLE_MS);
    if (s->phase == SNAP_STATE)
        deadline = next_of(s, deadline, s->progress_ms + SNAP_STALL_MS);
    deadline = next_of(s, deadline, s->state_not_before_ms);
    for (size_t slot = 0; slot < SNAP_PEERS_MAX; slot++) {
        const struct peer *peer = &s->peers[slot];
        if (!peer->is_up)
            continue;
        deadline = next_of(s, deadline, peer->rest_ms);
        deadline = next_of(s, deadline, peer->disbelief_ms);
        for (size_t i = 0; i < SNAP_REQUESTS_OF_PEER; i++) {
            const struct request *request = &peer->requests[i];
            if (request->is_open && request->deadline_ms < deadline)
                deadline = request->deadline_ms; /* it may be over: only a tick sees to that */
        }
    }
    return deadline;
}

enum snap_phase snap_phase_of(const struct snap *s)
{
    return s->phase;
}

void snap_read_status(const struct snap *s, struct snap_status *status)
{
    *status = (struct snap_status){
        .phase = s->phase,
        .height = s->phase == SNAP_HEADERS ? s->last.height : s->p_height,
        .claimed = snap_claimed(s),
        .accounts = s->accounts,
        .slots = s->slots,
        .permille = snap_permille(s),
        .tasks = s->task_count,
        .begun = s->begun,
    };
    for (size_t slot = 0; slot < SNAP_PEERS_MAX; slot++)
        status->peers += s->peers[slot].is_up;
}
