#include "p2p/sync/sync_internal.h"

static bool is_missing(struct sync *s, uint64_t height)
{
    const struct ahead *block = sync_at(s, height);
    return block->body == NULL && !block->is_asked;
}

static struct request *free_request(struct peer *peer)
{
    for (size_t i = 0; i < SYNC_BODY_REQUESTS_MAX; i++) {
        if (!peer->bodies[i].is_open)
            return &peer->bodies[i];
    }
    return NULL;
}

/* Who did not fail so far; those who did only when nobody else says that it has the block. */
static size_t choose(struct sync *s, uint64_t height, uint64_t now_ms)
{
    size_t best[2] = { SLOT_NONE, SLOT_NONE };
    bool has_others = false;
    for (size_t slot = 0; slot < s->slot_end; slot++) {
        struct peer *peer = &s->peers[slot];
        if (!peer->is_up || peer->claimed < height || peer->pruned_below > height ||
            now_ms < peer->rest_ms)
            continue;
        has_others = has_others || !peer->is_late;
        size_t *place = &best[peer->is_late];
        if (free_request(peer) != NULL &&
            (*place == SLOT_NONE || peer->asked_seq < s->peers[*place].asked_seq))
            *place = slot;
    }
    return has_others ? best[0] : best[1];
}

static size_t count_open(const struct sync *s)
{
    size_t count = 0;
    for (size_t slot = 0; slot < s->slot_end; slot++) {
        for (size_t i = 0; i < SYNC_BODY_REQUESTS_MAX; i++)
            count += s->peers[slot].is_up && s->peers[slot].bodies[i].is_open;
    }
    return count;
}

/* Each answer may be as large as a frame. The block after the head is asked for all the same: without it nothing moves. */
static bool has_room(const struct sync *s, uint64_t height)
{
    return height == s->head.height + 1 ||
           s->bodies_bytes + (count_open(s) + 1) * FRAME_BYTES_MAX <= SYNC_AHEAD_BYTES_MAX;
}

static void ask(struct sync *s, size_t slot, uint64_t from, uint64_t now_ms)
{
    struct peer *peer = &s->peers[slot];
    struct request *request = free_request(peer);
    uint64_t count = 0;
    mm_buf_reset(&s->items);
    while (count < SYNC_BODIES_OF_REQUEST && sync_is_in_window(s, from + count) &&
           peer->claimed >= from + count && is_missing(s, from + count)) {
        struct ahead *block = sync_at(s, from + count);
        payload_add_hash(&s->items, &block->hash);
        block->is_asked = true;
        count++;
    }
    sync_open(s, peer, request, from, count, now_ms);
    const struct payload_get_bodies get = { request->id, { mm_buf_bytes(&s->items), count } };
    mm_buf_reset(&s->payload);
    payload_get_bodies_encode(&s->payload, &get);
    if (mm_buf_err(&s->items) == MM_OK && mm_buf_err(&s->payload) == MM_OK)
        s->options.host.send(s->options.host.ctx, peer->id, FRAME_GET_BODIES,
                             mm_buf_bytes(&s->payload));
}

void sync_ask_bodies(struct sync *s, uint64_t now_ms)
{
    if (s->is_void)
        return;
    for (uint64_t height = s->low; sync_is_in_window(s, height); height++) {
        if (height <= s->head.height || sync_at(s, height)->body != NULL)
            continue;
        if (is_missing(s, height)) {
            const size_t slot = choose(s, height, now_ms);
            if (slot == SLOT_NONE || !has_room(s, height))
                return;
            ask(s, slot, height, now_ms);
        }
    }
}

void sync_give_back(struct sync *s, const struct request *request)
{
    for (uint64_t i = 0; !request->is_void && i < request->count; i++) {
        if (sync_is_in_window(s, request->from + i))
            sync_at(s, request->from + i)->is_asked = false;
    }
}

/* ---- answers ---- */

static enum sync_verdict take_body(struct sync *s, uint64_t height, const struct payload_body *item)
{
    enum sync_verdict verdict = SYNC_OK;
    if (!sync_is_in_window(s, height))
        return SYNC_OK; /* it came in another way meanwhile */
    const struct ahead *block = sync_at(s, height);
    if (!mm_hash_equal(&block->hash, &item->hash))
        return SYNC_UNASKED;
    if (block->body != NULL)
        return SYNC_OK;
    if (!sync_check_body(s, &verdict, block, item->body))
        return SYNC_OK; /* without memory it is as if it had not come */
    if (verdict == SYNC_OK)
        sync_keep_body(s, height, item->body);
    return verdict;
}

static enum sync_verdict take_all(struct sync *s, const struct request *request,
                                  const struct payload_bodies *bodies)
{
    enum sync_verdict verdict = SYNC_OK;
    struct payload_body item;
    struct rlp at = payload_items(&bodies->bodies);
    if (bodies->bodies.count > request->count)
        return SYNC_UNASKED;
    if (request->is_void)
        return SYNC_OK;
    for (uint64_t height = request->from; payload_next_body(&at, &item); height++) {
        verdict = take_body(s, height, &item);
        if (verdict != SYNC_OK)
            break;
    }
    return verdict;
}

void sync_take_bodies(struct sync *s, size_t slot, mm_bytes payload, uint64_t now_ms)
{
    struct peer *peer = &s->peers[slot];
    struct request *request = NULL;
    struct payload_bodies bodies;
    if (payload_bodies_decode(&bodies, payload) != RLP_OK) {
        sync_misbehaved(s, slot, SYNC_FRAME, now_ms);
        return;
    }
    for (size_t i = 0; i < SYNC_BODY_REQUESTS_MAX; i++) {
        if (peer->bodies[i].is_open && peer->bodies[i].id == bodies.id)
            request = &peer->bodies[i];
    }
    if (request == NULL) {
        if (!sync_was_asked(s, peer, bodies.id))
            sync_misbehaved(s, slot, SYNC_UNASKED, now_ms);
        return;
    }
    const enum sync_verdict verdict = take_all(s, request, &bodies);
    sync_give_back(s, request);
    request->is_open = false;
    if (verdict != SYNC_OK)
        sync_misbehaved(s, slot, verdict, now_ms);
    else if (bodies.bodies.count == 0 && !request->is_void)
        sync_rest(s, slot, now_ms);
}
