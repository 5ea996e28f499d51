#include "p2p/gossip/gossip.h"

#include "p2p/gossip/gossip_internal.h"
#include "state/base/assert.h"
#include "state/base/heap.h"

static mm_err init(struct gossip *g)
{
    const uint8_t *key = g->options.known_key;
    mm_buf_init(&g->items, FRAME_BYTES_MAX);
    mm_buf_init(&g->payload, FRAME_BYTES_MAX);
    g->peers = mm_heap_zeroed(GOSSIP_PEERS_MAX, sizeof *g->peers);
    g->book = mm_heap_zeroed(GOSSIP_BOOK_MAX, sizeof *g->book);
    if (g->peers == NULL || g->book == NULL)
        return MM_ERR_NO_MEMORY;
    MM_TRY(gossip_batch_init(g));
    MM_TRY(gossip_wanted_init(&g->wanted));
    MM_TRY(known_new(&g->seen, g->options.known_hashes, key));
    MM_TRY(known_new_of_keyed(&g->messages, GOSSIP_MESSAGES_REMEMBERED));
    return known_new_of_keyed(&g->older_messages, GOSSIP_MESSAGES_REMEMBERED);
}

mm_err gossip_new(struct gossip **gossip, const struct gossip_options *options)
{
    struct gossip *g = mm_heap_zeroed(1, sizeof *g);
    *gossip = NULL;
    if (g == NULL)
        return MM_ERR_NO_MEMORY;
    g->options = *options;
    if (g->options.known_hashes == 0)
        g->options.known_hashes = KNOWN_HASHES;
    g->next_request_id = 1;
    const mm_err err = init(g);
    if (err != MM_OK) {
        gossip_free(g);
        return err;
    }
    *gossip = g;
    return MM_OK;
}

void gossip_free(struct gossip *g)
{
    if (g == NULL)
        return;
    for (size_t slot = 0; g->peers != NULL && slot < g->slot_end; slot++)
        known_free(g->peers[slot].known);
    known_free(g->seen);
    known_free(g->messages);
    known_free(g->older_messages);
    gossip_wanted_fini(&g->wanted);
    gossip_batch_fini(g);
    mm_buf_fini(&g->items);
    mm_buf_fini(&g->payload);
    mm_heap_free(g->book);
    mm_heap_free(g->peers);
    mm_heap_free(g);
}

/* ---- frames ---- */

bool gossip_takes(enum frame_kind kind)
{
    switch (kind) {
    case FRAME_STATUS:
    case FRAME_GET_PEERS:
    case FRAME_PEERS:
    case FRAME_PROPOSAL:
    case FRAME_PREPARE:
    case FRAME_COMMIT:
    case FRAME_ROUND_CHANGE:
    case FRAME_TX:
    case FRAME_TX_HASHES:
    case FRAME_GET_TX:
        return true;
    case FRAME_BYE:
    case FRAME_DECIDED:
    case FRAME_GET_HEADERS:
    case FRAME_HEADERS:
    case FRAME_GET_BODIES:
    case FRAME_BODIES:
    case FRAME_GET_STATE:
    case FRAME_STATE:
    case FRAME_GET_VALIDATORS:
    case FRAME_VALIDATORS:
    case FRAME_HAVE:
    case FRAME_WANT:
    case FRAME_BLOCK:
    case FRAME_MISSING:
        return false;
    }
    return false;
}

static bool is_consensus(enum frame_kind kind)
{
    return kind >= FRAME_PROPOSAL && kind <= FRAME_ROUND_CHANGE;
}

/* A frame of a sort that it has sent too many of costs a point. False: that was the last one. */
static bool is_within_allowance(struct gossip *g, size_t slot, enum frame_kind kind,
                                uint64_t now_ms)
{
    struct peer *peer = &g->peers[slot];
    struct allowance *allowance = is_consensus(kind) ? &peer->messages : &peer->frames;
    const struct allowance_rule rule =
        is_consensus(kind) ? GOSSIP_MESSAGES_RULE : GOSSIP_FRAMES_RULE;
    if (!allowance_has(allowance, rule, now_ms))
        return gossip_charge(g, slot, GOSSIP_TOO_OFTEN, now_ms);
    allowance_spend(allowance, 1);
    return true;
}

void gossip_frame(struct gossip *g, uint64_t id, enum frame_kind kind, mm_bytes payload,
                  uint64_t now_ms)
{
    const size_t slot = gossip_slot_of(g, id);
    MM_ASSERT(gossip_takes(kind));
    if (slot == SLOT_NONE || !is_within_allowance(g, slot, kind, now_ms))
        return;
    if (is_consensus(kind))
        gossip_take_message(g, slot, kind, payload, now_ms);
    else if (kind == FRAME_STATUS)
        gossip_take_status(g, slot, payload, now_ms);
    else if (kind == FRAME_TX)
        gossip_take_txs(g, slot, payload, now_ms);
    else if (kind == FRAME_TX_HASHES)
        gossip_take_hashes(g, slot, payload, now_ms);
    else if (kind == FRAME_GET_TX)
        gossip_answer_txs(g, slot, payload, now_ms);
    else if (kind == FRAME_GET_PEERS)
        gossip_answer_peers(g, slot, payload, now_ms);
    else
        gossip_take_peers(g, slot, payload, now_ms);
}

/* ---- time ---- */

uint64_t gossip_tick(struct gossip *g, uint64_t now_ms)
{
    gossip_expire_requests(g, now_ms);
    gossip_tell_status(g, now_ms);
    gossip_flush(g, now_ms);
    gossip_ask(g, now_ms);
    gossip_ask_peers(g, now_ms);
    gossip_dial(g, now_ms);
    return gossip_deadline(g);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t peer_deadline(const struct gossip *g, const struct peer *peer)
{
    uint64_t deadline = peer->tell_at_ms;
    for (size_t i = 0; i < GOSSIP_REQUESTS_MAX; i++) {
        if (peer->requests[i].is_open)
            deadline = earlier(deadline, peer->requests[i].deadline_ms);
    }
    if (g->peer_count < g->options.peers_wanted)
        deadline = earlier(deadline, peer->ask_peers_ms);
    return deadline;
}

uint64_t gossip_deadline(const struct gossip *g)
{
    uint64_t deadline = earlier(g->batch.due_ms, g->wanted.due_ms);
    for (size_t slot = 0; slot < g->slot_end; slot++) {
        if (g->peers[slot].is_up)
            deadline = earlier(deadline, peer_deadline(g, &g->peers[slot]));
    }
    return earlier(deadline, gossip_dial_deadline(g));
}

/* ---- looking ---- */

size_t gossip_peer_count(const struct gossip *g)
{
    return g->peer_count;
}

bool gossip_find_status(const struct gossip *g, uint64_t id, struct payload_status *status)
{
    const size_t slot = gossip_slot_of(g, id);
    if (slot == SLOT_NONE || !g->peers[slot].has_status)
        return false;
    *status = g->peers[slot].status;
    return true;
}

size_t gossip_book_count(const struct gossip *g)
{
    return g->book_count;
}

size_t gossip_wanted_count(const struct gossip *g)
{
    return g->wanted.count;
}
