/* WANTs: which peer is asked for what, and when it is given up. */
#include "p2p/replicate/replicate_internal.h"
#include "state/base/assert.h"

enum { AGAIN_MS = 250 }; /* what nobody could be asked for is looked at again */

static uint64_t bit_of(size_t slot)
{
    return (uint64_t)1 << slot;
}

/* What holds for all of one call. */
struct asking {
    uint64_t late; /* peers */
    uint64_t
        considered; /* peers that have all WANTs that they may have, or of which nothing is wanted */
    uint64_t have[JOB_NONE]; /* peers, by job */
};

static void look_at_peers(struct replicate *r, struct asking *asking, uint64_t now_ms)
{
    *asking = (struct asking){ .late = 0 };
    for (size_t slot = 0; slot < REPLICATE_PEERS_MAX; slot++) {
        if (r->peers[slot].is_up && now_ms < r->peers[slot].late_ms)
            asking->late |= bit_of(slot);
    }
    for (size_t i = 0; i < JOB_NONE; i++) {
        if (r->jobs[i].is_open && r->jobs[i].open_blocks > 0)
            asking->have[i] = replicate_candidates(r, &r->jobs[i]);
    }
}

/* Those whom nobody is left to be asked for. */
static void give_up(struct replicate *r, struct asking *asking)
{
    for (size_t i = 0; i < REPLICATE_LACKING_MAX; i++) {
        const struct lacking *lacking = &r->lacking[i];
        if (lacking->state != LACKING_WANTED)
            continue;
        struct job *job = &r->jobs[lacking->job];
        uint64_t *have = &asking->have[lacking->job];
        if ((*have & ~lacking->tried) == 0 && !job->asks_anybody) {
            job->asks_anybody = true;
            *have = replicate_candidates(r, job);
        }
        if ((*have & ~lacking->tried) == 0)
            replicate_end_lacking(r, i, false);
    }
}

static bool may_ask(const struct asking *asking, const struct lacking *lacking, size_t slot)
{
    if (lacking->state != LACKING_WANTED)
        return false;
    const uint64_t left = asking->have[lacking->job] & ~lacking->tried;
    const uint64_t prompt = left & ~asking->late;
    return ((prompt != 0 ? prompt : left) & bit_of(slot)) != 0;
}

static struct want *free_want(struct peer *peer)
{
    for (size_t i = 0; i < REPLICATE_WANTS; i++) {
        if (!peer->wants[i].is_open)
            return &peer->wants[i];
    }
    return NULL;
}

static void add_item(struct replicate *r, struct want *want, size_t place)
{
    struct lacking *lacking = &r->lacking[place];
    uint8_t bytes[MULTIHASH_BYTES_MAX];
    lacking->state = LACKING_ASKED;
    want->items[want->count++] =
        (struct item){ .lacking = place, .turn = lacking->turn, .hash = lacking->cid.hash };
    payload_add_multihash(&r->items,
                          mm_bytes_from(bytes, multihash_encode(bytes, &lacking->cid.hash)));
}

static bool send(struct replicate *r, const struct peer *peer, const struct want *want)
{
    mm_buf_reset(&r->payload);
    payload_want_encode(
        &r->payload, &(struct payload_want){ want->id, { mm_buf_bytes(&r->items), want->count } });
    return mm_buf_err(&r->items) == MM_OK && mm_buf_err(&r->payload) == MM_OK &&
           r->options.host.send(r->options.host.ctx, peer->id, FRAME_WANT,
                                mm_buf_bytes(&r->payload));
}

/* False: nothing is to be asked of it, or it takes no more. */
static bool ask_peer(struct replicate *r, const struct asking *asking, size_t slot, uint64_t now_ms)
{
    struct peer *peer = &r->peers[slot];
    struct want *want = free_want(peer);
    if (want == NULL)
        return false;
    want->count = 0;
    mm_buf_reset(&r->items);
    for (size_t i = 0; i < REPLICATE_LACKING_MAX && want->count < PAYLOAD_WANTED_MAX; i++) {
        if (may_ask(asking, &r->lacking[i], slot))
            add_item(r, want, i);
    }
    if (want->count == 0)
        return false;
    want->is_open = true;
    want->id = r->next_id++;
    want->bytes = 0;
    want->deadline_ms = now_ms + REPLICATE_REQUEST_MS;
    want->end_ms = now_ms + REPLICATE_ANSWER_MS;
    peer->asked_seq = ++r->next_seq;
    if (send(r, peer, want))
        return true;
    replicate_close_want(r, slot, want, false);
    r->can_ask = false;
    return false;
}

/* Who was asked longest ago. */
static size_t next_peer(const struct replicate *r, const struct asking *asking)
{
    size_t best = SLOT_NONE;
    for (size_t slot = 0; slot < REPLICATE_PEERS_MAX; slot++) {
        const struct peer *peer = &r->peers[slot];
        if (peer->is_up && (asking->considered & bit_of(slot)) == 0 &&
            (best == SLOT_NONE || peer->asked_seq < r->peers[best].asked_seq))
            best = slot;
    }
    return best;
}

void replicate_ask(struct replicate *r, uint64_t now_ms)
{
    struct asking asking;
    const bool finds_more =
        r->walking != JOB_NONE && r->lacking_count < (size_t)PAYLOAD_WANTED_MAX * REPLICATE_WANTS;
    if (finds_more && !r->is_urgent)
        return; /* so that a WANT is not about the few blocks of one step */
    if (!r->can_ask || r->lacking_count == 0 || now_ms < r->full_ms ||
        !allowance_has(&r->fetched, REPLICATE_FETCHED_RULE, now_ms))
        return;
    r->can_ask = false;
    r->is_urgent = false;
    r->asked_ms = now_ms;
    look_at_peers(r, &asking, now_ms);
    give_up(r, &asking);
    for (size_t slot; (slot = next_peer(r, &asking)) != SLOT_NONE;) {
        if (!ask_peer(r, &asking, slot, now_ms))
            asking.considered |= bit_of(slot);
    }
}

/* ---- the end of it ---- */

void replicate_close_want(struct replicate *r, size_t slot, struct want *want, bool is_refused)
{
    MM_ASSERT(want->is_open);
    want->is_open = false;
    for (size_t i = 0; i < want->count; i++) {
        const struct item *item = &want->items[i];
        struct lacking *lacking = &r->lacking[item->lacking];
        if (item->is_done || lacking->turn != item->turn || lacking->state != LACKING_ASKED)
            continue;
        lacking->state = LACKING_WANTED;
        if (is_refused)
            lacking->tried |= bit_of(slot);
    }
    r->can_ask = true;
}

static bool expire(struct replicate *r, size_t slot, uint64_t now_ms)
{
    struct peer *peer = &r->peers[slot];
    bool is_late = false;
    for (size_t i = 0; i < REPLICATE_WANTS; i++) {
        struct want *want = &peer->wants[i];
        if (!want->is_open || (now_ms < want->deadline_ms && now_ms < want->end_ms))
            continue;
        is_late = true;
        r->counts.late++;
        peer->late_ms = now_ms + REPLICATE_LATE_MS;
        replicate_close_want(r, slot, want, true);
    }
    return is_late;
}

void replicate_expire(struct replicate *r, uint64_t now_ms)
{
    for (size_t slot = 0; slot < REPLICATE_PEERS_MAX; slot++) {
        if (r->peers[slot].is_up && expire(r, slot, now_ms))
            r->options.host.slow(r->options.host.ctx, r->peers[slot].id);
    }
    if (r->lacking_count > 0 && now_ms >= r->asked_ms + AGAIN_MS)
        r->can_ask = true;
}

uint64_t replicate_ask_deadline(const struct replicate *r)
{
    uint64_t deadline = r->lacking_count > 0 ? r->asked_ms + AGAIN_MS : REPLICATE_NEVER;
    for (size_t slot = 0; slot < REPLICATE_PEERS_MAX; slot++) {
        const struct peer *peer = &r->peers[slot];
        for (size_t i = 0; peer->is_up && i < REPLICATE_WANTS; i++) {
            const struct want *want = &peer->wants[i];
            if (want->is_open && want->deadline_ms < deadline)
                deadline = want->deadline_ms;
        }
    }
    return deadline;
}
