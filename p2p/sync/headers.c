#include "p2p/sync/sync_internal.h"

static bool is_asking(const struct sync *s)
{
    for (size_t slot = 0; slot < s->slot_end; slot++) {
        if (s->peers[slot].is_up && s->peers[slot].headers.is_open &&
            !s->peers[slot].headers.is_void)
            return true;
    }
    return false;
}

/* The next block alone usually comes by itself. */
static bool is_time(struct sync *s, uint64_t frontier, uint64_t now_ms)
{
    const uint64_t claimed = sync_claimed(s);
    if (claimed <= frontier || frontier != s->head.height || claimed > frontier + 1) {
        s->one_behind_ms = SYNC_NEVER;
        return claimed > frontier;
    }
    if (s->one_behind_ms == SYNC_NEVER)
        s->one_behind_ms = now_ms;
    return now_ms >= s->one_behind_ms + SYNC_ONE_BEHIND_MS;
}

/* Who did not fail so far, and of those who waited longest. */
static size_t choose(const struct sync *s, uint64_t height, uint64_t now_ms)
{
    size_t best = SLOT_NONE;
    for (size_t slot = 0; slot < s->slot_end; slot++) {
        const struct peer *peer = &s->peers[slot];
        if (!peer->is_up || peer->claimed < height || peer->pruned_below > height ||
            now_ms < peer->rest_ms || peer->headers.is_open)
            continue;
        if (best == SLOT_NONE || peer->is_late < s->peers[best].is_late ||
            (peer->is_late == s->peers[best].is_late && peer->asked_seq < s->peers[best].asked_seq))
            best = slot;
    }
    return best;
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

void sync_ask_headers(struct sync *s, uint64_t now_ms)
{
    const struct sync_frontier frontier = sync_frontier_of(s);
    const size_t room = SYNC_WINDOW_MAX - s->count;
    /* Behind a header that names another set nothing can be checked until it is executed. Room for a whole batch, so that headers
     * do not come in dribs and drabs. */
    if (s->is_void || sync_is_overtaken(s) || room < PAYLOAD_HEADERS_MAX ||
        !mm_hash_equal(&frontier.extra, &s->commitment) || is_asking(s) ||
        !is_time(s, frontier.height, now_ms))
        return;
    const size_t slot = choose(s, frontier.height + 1, now_ms);
    if (slot == SLOT_NONE)
        return;
    struct peer *peer = &s->peers[slot];
    const uint64_t count = smaller(PAYLOAD_HEADERS_MAX, peer->claimed - frontier.height);
    sync_open(s, peer, &peer->headers, frontier.height + 1, count, now_ms);
    const struct payload_get_headers get = { peer->headers.id, frontier.height + 1, count };
    mm_buf_reset(&s->payload);
    payload_get_headers_encode(&s->payload, &get);
    if (mm_buf_err(&s->payload) == MM_OK)
        s->options.host.send(s->options.host.ctx, peer->id, FRAME_GET_HEADERS,
                             mm_buf_bytes(&s->payload));
}

/* ---- answers ---- */

/* False: the rest of the answer is of no use, and *verdict says whether that is the peer's fault. */
static bool take_header(struct sync *s, enum sync_verdict *verdict, uint64_t height,
                        const struct payload_header *item)
{
    const struct sync_frontier frontier = sync_frontier_of(s);
    struct ahead checked;
    if (height <= frontier.height)
        return true; /* it came in another way meanwhile */
    if (height != frontier.height + 1 || s->count == SYNC_WINDOW_MAX || sync_is_overtaken(s) ||
        !mm_hash_equal(&frontier.extra, &s->commitment))
        return false;
    *verdict = sync_check_header(s, &checked, &frontier, item);
    return *verdict == SYNC_OK && sync_push(s, height, &checked, item->header, item->certificate);
}

static enum sync_verdict take_all(struct sync *s, const struct request *request,
                                  const struct payload_headers *headers)
{
    enum sync_verdict verdict = SYNC_OK;
    struct payload_header item;
    struct rlp at = payload_items(&headers->headers);
    if (headers->headers.count > request->count)
        return SYNC_UNASKED;
    if (request->is_void)
        return SYNC_OK;
    for (uint64_t height = request->from; payload_next_header(&at, &item); height++) {
        if (take_header(s, &verdict, height, &item))
            continue;
        if (verdict == SYNC_LINK && height == s->head.height + 1 && sync_is_sealed(s, &item)) {
            sync_get_stuck(s, "a quorum sealed a block that does not follow the head");
            return SYNC_OK;
        }
        break;
    }
    return verdict;
}

void sync_take_headers(struct sync *s, size_t slot, mm_bytes payload, uint64_t now_ms)
{
    struct peer *peer = &s->peers[slot];
    struct request *request = &peer->headers;
    struct payload_headers headers;
    if (payload_headers_decode(&headers, payload) != RLP_OK) {
        sync_misbehaved(s, slot, SYNC_FRAME, now_ms);
        return;
    }
    if (!request->is_open || request->id != headers.id) {
        if (!sync_was_asked(s, peer, headers.id))
            sync_misbehaved(s, slot, SYNC_UNASKED, now_ms);
        return;
    }
    const enum sync_verdict verdict = take_all(s, request, &headers);
    const bool is_void = request->is_void;
    request->is_open = false;
    if (verdict != SYNC_OK)
        sync_misbehaved(s, slot, verdict, now_ms);
    else if (headers.headers.count == 0 && !is_void)
        sync_rest(s, slot, now_ms);
}
