#include "p2p/snap/snap_internal.h"
#include "state/base/assert.h"

static bool is_asking(const struct snap *s)
{
    for (size_t slot = 0; slot < SNAP_PEERS_MAX; slot++) {
        const struct peer *peer = &s->peers[slot];
        for (size_t i = 0; peer->is_up && i < SNAP_REQUESTS_OF_PEER; i++) {
            if (peer->requests[i].is_open && peer->requests[i].kind != FRAME_GET_STATE)
                return true;
        }
    }
    return false;
}

static void ask_validators(struct snap *s)
{
    const size_t slot = snap_choose(s, s->last.height, false);
    if (slot == SLOT_NONE)
        return;
    struct request *request = snap_free_request(&s->peers[slot]);
    snap_open(s, slot, request, FRAME_GET_VALIDATORS);
    request->from = s->last.height;
    mm_buf_reset(&s->payload);
    payload_get_validators_encode(&s->payload,
                                  &(struct payload_get_validators){ request->id, request->from });
    snap_send(s, slot, FRAME_GET_VALIDATORS);
}

void snap_ask_headers(struct snap *s)
{
    if (is_asking(s))
        return;
    if (s->needs_set) {
        ask_validators(s);
        return;
    }
    const uint64_t claimed = snap_claimed(s);
    if (claimed <= s->last.height) /* it is begun in a moment, or more is claimed then */
        return;
    const size_t slot = snap_choose(s, s->last.height + 1, false);
    if (slot == SLOT_NONE)
        return;
    struct peer *peer = &s->peers[slot];
    struct request *request = snap_free_request(peer);
    const uint64_t most = peer->claimed - s->last.height;
    snap_open(s, slot, request, FRAME_GET_HEADERS);
    request->from = s->last.height + 1;
    request->count = most < PAYLOAD_HEADERS_MAX ? most : PAYLOAD_HEADERS_MAX;
    mm_buf_reset(&s->payload);
    payload_get_headers_encode(
        &s->payload, &(struct payload_get_headers){ request->id, request->from, request->count });
    snap_send(s, slot, FRAME_GET_HEADERS);
}

/* ---- answers ---- */

static enum snap_verdict to_verdict(enum certified_verdict verdict)
{
    switch (verdict) {
    case CERTIFIED_OK:
        return SNAP_OK;
    case CERTIFIED_HEADER:
        return SNAP_HEADER;
    case CERTIFIED_NUMBER:
        return SNAP_NUMBER;
    case CERTIFIED_LINK:
        return SNAP_LINK;
    case CERTIFIED_SEALS:
        return SNAP_CERTIFICATE;
    }
    MM_UNREACHABLE();
}

static enum snap_verdict take_header(struct snap *s, const struct payload_header *item)
{
    const struct snap_host *host = &s->options.host;
    const struct certified_rules rules = { &s->options.domain, &s->set, host->check, host->ctx };
    struct header header;
    mm_hash32 hash;
    const enum snap_verdict verdict =
        to_verdict(certified_check(&header, &hash, &rules, &s->last, item));
    if (verdict != SNAP_OK)
        return verdict;
    s->last.height = header.number;
    s->last.hash = hash;
    memcpy(s->last.extra.b, header.extra, MM_EXTRA_BYTES);
    s->needs_set = !mm_hash_equal(&s->last.extra, &s->commitment);
    snap_hold(s, item, &header.state_root);
    return SNAP_OK;
}

/* Behind a header that names another set nothing can be checked until that is here: the rest is asked for again. */
static enum snap_verdict take_all(struct snap *s, const struct request *request,
                                  const struct payload_headers *headers)
{
    enum snap_verdict verdict = SNAP_OK;
    struct payload_header item;
    struct rlp at = payload_items(&headers->headers);
    if (headers->headers.count > request->count)
        return SNAP_UNASKED;
    if (request->is_void || request->from != s->last.height + 1)
        return SNAP_OK;
    while (verdict == SNAP_OK && s->phase == SNAP_HEADERS && !s->needs_set &&
           payload_next_header(&at, &item))
        verdict = take_header(s, &item);
    return verdict;
}

void snap_take_headers(struct snap *s, size_t slot, mm_bytes payload)
{
    struct payload_headers headers;
    if (payload_headers_decode(&headers, payload) != RLP_OK) {
        snap_misbehaved(s, slot, SNAP_FRAME);
        return;
    }
    struct request *request = snap_answered(s, slot, FRAME_GET_HEADERS, headers.id);
    if (request == NULL)
        return;
    const enum snap_verdict verdict = take_all(s, request, &headers);
    request->is_open = false;
    if (verdict != SNAP_OK) {
        snap_misbehaved(s, slot, verdict);
    } else if (headers.headers.count == 0) {
        s->peers[slot].disbelief_ms = s->now_ms + SNAP_DISBELIEF_MS;
        snap_rest(s, slot);
    }
}

void snap_take_validators(struct snap *s, size_t slot, mm_bytes payload)
{
    struct payload_validators answer;
    if (payload_validators_decode(&answer, payload) != RLP_OK) {
        snap_misbehaved(s, slot, SNAP_FRAME);
        return;
    }
    struct request *request = snap_answered(s, slot, FRAME_GET_VALIDATORS, answer.id);
    if (request == NULL)
        return;
    request->is_open = false;
    if (!s->needs_set || request->from != s->last.height)
        return;
    if (answer.count == 0) {
        snap_rest(s, slot);
        return;
    }
    struct validator_set set = { .count = answer.count };
    memcpy(set.addrs, answer.addrs, answer.count * sizeof *set.addrs);
    const mm_hash32 commitment = validators_commitment(&set);
    if (!mm_hash_equal(&commitment, &s->last.extra)) {
        snap_misbehaved(s, slot, SNAP_VALIDATORS);
        return;
    }
    s->set = set;
    s->commitment = commitment;
    s->needs_set = false;
    snap_hold_set(s, &set);
}
