#include "p2p/sync/sync_internal.h"
#include "state/base/heap.h"

/* A request costs something even when nothing is found for it. */
enum { REQUEST_BYTES = 1024 };

static void send(struct sync *s, const struct peer *peer, enum frame_kind kind)
{
    if (mm_buf_err(&s->items) == MM_OK && mm_buf_err(&s->payload) == MM_OK)
        s->options.host.send(s->options.host.ctx, peer->id, kind, mm_buf_bytes(&s->payload));
}

static void answer_headers(struct sync *s, struct peer *peer, const struct payload_get_headers *get)
{
    const struct sync_host *host = &s->options.host;
    size_t count = 0;
    mm_buf_reset(&s->items);
    while (count < get->count && get->from <= UINT64_MAX - count &&
           s->items.len < FRAME_ANSWER_BYTES) {
        mm_buf_reset(&s->part);
        mm_buf_reset(&s->payload);
        if (!host->read_header(host->ctx, get->from + count, &s->part, &s->payload) ||
            mm_buf_err(&s->part) != MM_OK || mm_buf_err(&s->payload) != MM_OK)
            break;
        payload_add_header(&s->items, &(struct payload_header){ mm_buf_bytes(&s->part),
                                                                mm_buf_bytes(&s->payload) });
        count++;
    }
    allowance_spend(&peer->served, (int64_t)s->items.len + REQUEST_BYTES);
    const struct payload_headers headers = { get->id, { mm_buf_bytes(&s->items), count } };
    mm_buf_reset(&s->payload);
    payload_headers_encode(&s->payload, &headers);
    send(s, peer, FRAME_HEADERS);
}

static void answer_bodies(struct sync *s, struct peer *peer, const struct payload_get_bodies *get)
{
    const struct sync_host *host = &s->options.host;
    struct rlp at = payload_items(&get->hashes);
    struct payload_body body;
    size_t count = 0;
    mm_buf_reset(&s->items);
    while (payload_next_hash(&at, &body.hash)) {
        mm_buf_reset(&s->part);
        if (!host->read_body(host->ctx, &body.hash, &s->part) || mm_buf_err(&s->part) != MM_OK)
            break;
        if (count > 0 && s->items.len + s->part.len > FRAME_ANSWER_BYTES)
            break;
        body.body = mm_buf_bytes(&s->part);
        payload_add_body(&s->items, &body);
        count++;
    }
    allowance_spend(&peer->served, (int64_t)s->items.len + REQUEST_BYTES);
    const struct payload_bodies bodies = { get->id, { mm_buf_bytes(&s->items), count } };
    mm_buf_reset(&s->payload);
    payload_bodies_encode(&s->payload, &bodies);
    send(s, peer, FRAME_BODIES);
}

static void answer_state(struct sync *s, struct peer *peer, const struct payload_get_state *get)
{
    const struct sync_host *host = &s->options.host;
    mm_buf_reset(&s->items);
    mm_buf_reset(&s->payload);
    if (host->read_state == NULL || !host->read_state(host->ctx, get, &s->payload)) {
        mm_buf_reset(&s->payload);
        payload_state_encode(&s->payload, &(struct payload_state){ .id = get->id });
    }
    allowance_spend(&peer->served,
                    ((int64_t)s->payload.len + REQUEST_BYTES) * (int64_t)SYNC_STATE_COST);
    send(s, peer, FRAME_STATE);
}

static void answer_validators(struct sync *s, struct peer *peer,
                              const struct payload_get_validators *get)
{
    const struct sync_host *host = &s->options.host;
    struct validator_set set = { .count = 0 };
    struct payload_validators answer = { .id = get->id };
    if (host->read_validators != NULL && host->read_validators(host->ctx, get->height, &set)) {
        answer.count = set.count;
        memcpy(answer.addrs, set.addrs, set.count * sizeof *set.addrs);
    }
    mm_buf_reset(&s->items);
    mm_buf_reset(&s->payload);
    payload_validators_encode(&s->payload, &answer);
    allowance_spend(&peer->served, (int64_t)s->payload.len + REQUEST_BYTES);
    send(s, peer, FRAME_VALIDATORS);
}

/* Whichever it is. */
struct asked {
    enum frame_kind kind;
    union {
        struct payload_get_headers headers;
        struct payload_get_bodies bodies;
        struct payload_get_state state;
        struct payload_get_validators validators;
    };
};

static bool decode(struct asked *asked, enum frame_kind kind, mm_bytes payload)
{
    asked->kind = kind;
    if (kind == FRAME_GET_HEADERS)
        return payload_get_headers_decode(&asked->headers, payload) == RLP_OK;
    if (kind == FRAME_GET_BODIES)
        return payload_get_bodies_decode(&asked->bodies, payload) == RLP_OK;
    if (kind == FRAME_GET_STATE)
        return payload_get_state_decode(&asked->state, payload) == RLP_OK;
    return payload_get_validators_decode(&asked->validators, payload) == RLP_OK;
}

static void answer(struct sync *s, struct peer *peer, const struct asked *asked)
{
    if (asked->kind == FRAME_GET_HEADERS)
        answer_headers(s, peer, &asked->headers);
    else if (asked->kind == FRAME_GET_BODIES)
        answer_bodies(s, peer, &asked->bodies);
    else if (asked->kind == FRAME_GET_STATE)
        answer_state(s, peer, &asked->state);
    else
        answer_validators(s, peer, &asked->validators);
}

/* ---- what has to wait ---- */

static void let_wait(struct peer *peer, enum frame_kind kind, mm_bytes payload)
{
    uint8_t *copy = mm_heap_alloc(payload.len);
    if (copy == NULL)
        return;
    memcpy(copy, payload.ptr, payload.len);
    const size_t place = (peer->waiting_first + peer->waiting_count++) % SYNC_WAITING_MAX;
    peer->waiting[place] = (struct waiting){ kind, copy, payload.len };
}

static struct waiting next_waiting(struct peer *peer)
{
    const struct waiting next = peer->waiting[peer->waiting_first];
    peer->waiting_first = (peer->waiting_first + 1) % SYNC_WAITING_MAX;
    peer->waiting_count--;
    return next;
}

void sync_forget_waiting(struct peer *peer)
{
    while (peer->waiting_count > 0)
        mm_heap_free(next_waiting(peer).payload);
}

void sync_serve(struct sync *s, size_t slot, enum frame_kind kind, mm_bytes payload,
                uint64_t now_ms)
{
    struct peer *peer = &s->peers[slot];
    struct asked asked;
    if (!decode(&asked, kind, payload)) {
        sync_misbehaved(s, slot, SYNC_FRAME, now_ms);
        return;
    }
    if (peer->waiting_count == 0 && allowance_has(&peer->served, SYNC_SERVED_RULE, now_ms))
        answer(s, peer, &asked);
    else if (peer->waiting_count < SYNC_WAITING_MAX)
        let_wait(peer, kind, payload);
    else
        s->options.host.slow(s->options.host.ctx, peer->id);
}

void sync_serve_waiting(struct sync *s, uint64_t now_ms)
{
    for (size_t slot = 0; slot < s->slot_end; slot++) {
        struct peer *peer = &s->peers[slot];
        while (peer->is_up && peer->waiting_count > 0 &&
               allowance_has(&peer->served, SYNC_SERVED_RULE, now_ms)) {
            const struct waiting next = next_waiting(peer);
            struct asked asked;
            if (decode(&asked, next.kind, mm_bytes_from(next.payload, next.len)))
                answer(s, peer, &asked); /* it decoded before */
            mm_heap_free(next.payload);
        }
    }
}

uint64_t sync_serve_deadline(const struct peer *peer)
{
    return peer->waiting_count == 0 ? SYNC_NEVER
                                    : allowance_ready_ms(&peer->served, SYNC_SERVED_RULE);
}
