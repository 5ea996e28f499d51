#include "p2p/gossip/gossip_internal.h"
#include "state/base/assert.h"
#include "state/crypto/keccak.h"

/* EIP-2718: a list is a legacy transaction, else the first byte is the type, up to 0x7f. */
static bool is_envelope(mm_bytes raw)
{
    return raw.len > 0 && (raw.ptr[0] >= 0xc0 || raw.ptr[0] <= 0x7f);
}

uint8_t gossip_tx_type(mm_bytes raw)
{
    MM_ASSERT(is_envelope(raw));
    return raw.ptr[0] >= 0xc0 ? 0 : raw.ptr[0];
}

/* What a TX frame is to the requests that are open to its sender. */
struct incoming {
    size_t slot;
    uint32_t answered; /* a bit for each */
    size_t lies;
};

static void match_announced(struct gossip *g, struct incoming *in, const mm_hash32 *hash,
                            mm_bytes raw)
{
    const size_t place = gossip_wanted_find(&g->wanted, hash);
    if (place == WANTED_NONE)
        return;
    const struct wanted *wanted = &g->wanted.entries[place];
    for (size_t i = 0; i < wanted->teller_count; i++) {
        const struct teller *teller = &wanted->tellers[i];
        if (teller->slot != in->slot)
            continue;
        if (teller->size != raw.len || teller->type != gossip_tx_type(raw))
            in->lies++;
        if (teller->asked != TELLER_UNASKED && teller->asked != TELLER_DONE)
            in->answered |= UINT32_C(1) << (teller->asked - 1);
    }
}
_Static_assert(GOSSIP_REQUESTS_MAX <= 32, "a bit for each request");

/* False: the peer is gone. */
static bool take_tx(struct gossip *g, struct incoming *in, mm_bytes raw, uint64_t now_ms)
{
    const struct gossip_host *host = &g->options.host;
    const mm_hash32 hash = keccak256(raw);
    if (!is_envelope(raw)) { /* no pool could take it, and no announcement could name its type */
        gossip_refuse(g, in->slot, now_ms);
        return false;
    }
    (void)known_add(g->peers[in->slot].known, &hash);
    match_announced(g, in, &hash, raw);
    const size_t place = gossip_wanted_find(&g->wanted, &hash);
    if (known_has(g->seen, &hash)) {
        MM_ASSERT(place == WANTED_NONE);
        return true;
    }
    const enum gossip_taken taken = host->take_tx(host->ctx, g->peers[in->slot].id, raw);
    if (taken == GOSSIP_INVALID) {
        gossip_refuse(g, in->slot, now_ms);
        return false;
    }
    if (place != WANTED_NONE)
        gossip_unwant(g, place);
    if (taken != GOSSIP_LATER)
        (void)known_add(g->seen, &hash);
    if (taken == GOSSIP_NEW)
        gossip_relay_tx(g, &hash, raw, false, now_ms);
    return true;
}

/* An empty frame is the answer of a peer that has none of what it was asked for first. */
static size_t oldest_request(const struct peer *peer)
{
    size_t oldest = REQUEST_NONE;
    for (size_t i = 0; i < GOSSIP_REQUESTS_MAX; i++) {
        const struct request *request = &peer->requests[i];
        if (request->is_open && request->kind == FRAME_GET_TX &&
            (oldest == REQUEST_NONE || request->id < peer->requests[oldest].id))
            oldest = i;
    }
    return oldest;
}

/* An answer with a lie in it ends the request like any other, and is no credit. */
static void close_answered(struct gossip *g, const struct incoming *in, uint64_t now_ms)
{
    struct peer *peer = &g->peers[in->slot];
    for (size_t i = 0; i < GOSSIP_REQUESTS_MAX; i++) {
        if ((in->answered & (UINT32_C(1) << i)) == 0)
            continue;
        if (in->lies == 0)
            gossip_answered(g, in->slot, i);
        peer->requests[i].is_open = false;
        gossip_release_request(g, in->slot, i, now_ms);
    }
}

void gossip_take_txs(struct gossip *g, size_t slot, mm_bytes payload, uint64_t now_ms)
{
    struct payload_txs txs;
    struct incoming in = { .slot = slot };
    mm_bytes raw;
    if (payload_txs_decode(&txs, payload) != RLP_OK) {
        gossip_refuse(g, slot, now_ms);
        return;
    }
    if (txs.txs.count == 0) {
        const size_t request = oldest_request(&g->peers[slot]);
        if (request == REQUEST_NONE)
            return; /* others brought it all meanwhile */
        in.answered |= UINT32_C(1) << request;
    }
    struct rlp at = payload_items(&txs.txs);
    while (payload_next_tx(&at, &raw)) {
        if (!take_tx(g, &in, raw, now_ms)) {
            gossip_flush(g, now_ms);
            return;
        }
    }
    close_answered(g, &in, now_ms);
    for (size_t i = 0; i < in.lies && gossip_is_up(g, slot); i++)
        (void)gossip_charge(g, slot, GOSSIP_UNTRUE, now_ms);
    gossip_flush(g, now_ms);
    gossip_ask(g, now_ms);
}

/* A prefix of what is there; the rest would not fit. A peer that took too much lately gets nothing, and may ask another. */
void gossip_answer_txs(struct gossip *g, size_t slot, mm_bytes payload, uint64_t now_ms)
{
    const struct gossip_host *host = &g->options.host;
    struct peer *peer = &g->peers[slot];
    struct payload_get_txs get;
    mm_hash32 hash;
    size_t count = 0;
    if (payload_get_txs_decode(&get, payload) != RLP_OK) {
        gossip_refuse(g, slot, now_ms);
        return;
    }
    const bool may_have = allowance_has(&peer->answers, GOSSIP_ANSWERS_RULE, now_ms);
    struct rlp at = payload_items(&get.hashes);
    mm_buf_reset(&g->items);
    while (may_have && payload_next_hash(&at, &hash)) {
        mm_buf_reset(&g->payload);
        if (!host->find_tx(host->ctx, &hash, &g->payload) || mm_buf_err(&g->payload) != MM_OK)
            continue;
        const mm_bytes raw = mm_buf_bytes(&g->payload);
        if (raw.len == 0 || g->items.len + raw.len + 4 > FRAME_ANSWER_BYTES)
            break;
        payload_add_tx(&g->items, raw);
        (void)known_add(peer->known, &hash);
        count++;
    }
    /* Looking for what is not there is work too. */
    allowance_spend(&peer->answers, (int64_t)(g->items.len + 64 * get.hashes.count));
    const struct payload_txs txs = { { mm_buf_bytes(&g->items), count } };
    if (mm_buf_err(&g->items) != MM_OK)
        return;
    mm_buf_reset(&g->payload);
    payload_txs_encode(&g->payload, &txs);
    gossip_send_payload(g, slot, FRAME_TX);
}
