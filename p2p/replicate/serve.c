/* WANTs of others: blocks out of the store, within an allowance of bytes. */
#include "p2p/replicate/replicate_internal.h"
#include "state/base/heap.h"

enum { REQUEST_BYTES = 256 }; /* what a request costs that is answered with nothing */

static bool send_block(struct replicate *r, struct peer *peer, uint64_t id, mm_bytes hash)
{
    const mm_bytes block = mm_buf_bytes(&r->block);
    mm_buf_reset(&r->payload);
    payload_block_encode(&r->payload, &(struct payload_block){ id, hash, block });
    if (mm_buf_err(&r->payload) != MM_OK ||
        !r->options.host.send(r->options.host.ctx, peer->id, FRAME_BLOCK,
                              mm_buf_bytes(&r->payload)))
        return false;
    r->counts.served_blocks++;
    r->counts.served_bytes += block.len;
    allowance_spend(&peer->served, (int64_t)block.len);
    allowance_spend(&r->served, (int64_t)block.len);
    return true;
}

/* False: it is not to be had. */
static bool find(struct replicate *r, mm_bytes bytes)
{
    struct cid cid = { .version = 1, .codec = CID_RAW };
    if (!replicate_read_hash(&cid.hash, bytes))
        return false;
    const mm_err err = content_get(r->options.content, &r->block, &cid);
    if (err != MM_OK)
        replicate_is_gone(r, &cid.hash);
    return err == MM_OK;
}

static void answer(struct replicate *r, struct peer *peer, const struct payload_want *want)
{
    struct rlp at = payload_items(&want->blocks);
    mm_bytes hash;
    size_t missing = 0;
    size_t bytes = 0;
    mm_buf_reset(&r->items);
    allowance_spend(&peer->served, REQUEST_BYTES);
    while (bytes < REPLICATE_ANSWER_BYTES && payload_next_multihash(&at, &hash)) {
        if (!find(r, hash)) {
            payload_add_multihash(&r->items, hash);
            missing++;
            continue;
        }
        if (!send_block(r, peer, want->id, hash))
            break; /* the rest is asked for again, here or elsewhere */
        bytes += mm_buf_bytes(&r->block).len;
    }
    mm_buf_reset(&r->payload);
    payload_missing_encode(
        &r->payload, &(struct payload_missing){ want->id, { mm_buf_bytes(&r->items), missing } });
    if (mm_buf_err(&r->items) == MM_OK && mm_buf_err(&r->payload) == MM_OK)
        (void)r->options.host.send(r->options.host.ctx, peer->id, FRAME_MISSING,
                                   mm_buf_bytes(&r->payload));
}

static bool may_answer(struct replicate *r, struct peer *peer, uint64_t now_ms)
{
    return allowance_has(&peer->served, REPLICATE_SERVED_RULE, now_ms) &&
           allowance_has(&r->served, REPLICATE_SERVED_ALL_RULE, now_ms);
}

static void let_wait(struct peer *peer, mm_bytes payload)
{
    uint8_t *copy = mm_heap_alloc(payload.len);
    if (copy == NULL)
        return;
    memcpy(copy, payload.ptr, payload.len);
    const size_t place = (peer->waiting_first + peer->waiting_count++) % REPLICATE_WAITING_MAX;
    peer->waiting[place] = (struct waiting){ copy, payload.len };
}

static struct waiting next_waiting(struct peer *peer)
{
    const struct waiting next = peer->waiting[peer->waiting_first];
    peer->waiting_first = (peer->waiting_first + 1) % REPLICATE_WAITING_MAX;
    peer->waiting_count--;
    return next;
}

void replicate_forget_waiting(struct peer *peer)
{
    while (peer->waiting_count > 0)
        mm_heap_free(next_waiting(peer).payload);
}

void replicate_serve(struct replicate *r, size_t slot, mm_bytes payload, uint64_t now_ms)
{
    struct peer *peer = &r->peers[slot];
    struct payload_want want;
    if (payload_want_decode(&want, payload) != RLP_OK)
        replicate_misbehaved(r, slot, REPLICATE_FRAME, now_ms);
    else if (peer->waiting_count == 0 && may_answer(r, peer, now_ms))
        answer(r, peer, &want);
    else if (peer->waiting_count < REPLICATE_WAITING_MAX)
        let_wait(peer, payload);
    else
        r->options.host.slow(r->options.host.ctx, peer->id); /* no honest node asks so much */
}

void replicate_serve_waiting(struct replicate *r, uint64_t now_ms)
{
    for (size_t slot = 0; slot < REPLICATE_PEERS_MAX; slot++) {
        struct peer *peer = &r->peers[slot];
        while (peer->is_up && peer->waiting_count > 0 && may_answer(r, peer, now_ms)) {
            const struct waiting next = next_waiting(peer);
            struct payload_want want;
            if (payload_want_decode(&want, mm_bytes_from(next.payload, next.len)) == RLP_OK)
                answer(r, peer, &want);
            mm_heap_free(next.payload);
        }
    }
}

uint64_t replicate_serve_deadline(const struct replicate *r)
{
    uint64_t deadline = REPLICATE_NEVER;
    for (size_t slot = 0; slot < REPLICATE_PEERS_MAX; slot++) {
        const struct peer *peer = &r->peers[slot];
        if (!peer->is_up || peer->waiting_count == 0)
            continue;
        const uint64_t ready = allowance_ready_ms(&peer->served, REPLICATE_SERVED_RULE);
        const uint64_t all = allowance_ready_ms(&r->served, REPLICATE_SERVED_ALL_RULE);
        const uint64_t both = ready > all ? ready : all;
        deadline = both < deadline ? both : deadline;
    }
    return deadline;
}
