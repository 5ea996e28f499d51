#include "p2p/replicate/replicate.h"

#include "p2p/replicate/replicate_internal.h"
#include "state/base/assert.h"
#include "state/base/heap.h"

enum {
    LOOK_MS = 500,  /* writers' commits ring no bell */
    SYNC_MS = 1000, /* what came is synced after so long at the latest */
};

const char *replicate_verdict_text(enum replicate_verdict verdict)
{
    switch (verdict) {
    case REPLICATE_OK:
        return "ok";
    case REPLICATE_FRAME:
        return "a frame that does not decode";
    case REPLICATE_UNASKED:
        return "a block that was not asked for";
    case REPLICATE_WRONG:
        return "a block that is not what it is called";
    case REPLICATE_TOO_MUCH:
        return "more than an answer may have";
    }
    MM_UNREACHABLE();
}

/* ---- life ---- */

mm_err replicate_new(struct replicate **out, const struct replicate_options *options)
{
    struct replicate *r = *out = mm_heap_zeroed(1, sizeof *r);
    if (r == NULL)
        return MM_ERR_NO_MEMORY;
    r->options = *options;
    memcpy(r->holders.key, options->key, sizeof r->holders.key);
    r->walking = JOB_NONE;
    r->next_id = 1;
    mm_buf_init(&r->items, FRAME_PAYLOAD_BYTES_MAX);
    mm_buf_init(&r->payload, FRAME_PAYLOAD_BYTES_MAX);
    mm_buf_init(&r->block, BLOCK_BYTES_MAX);
    const struct block_source source = replicate_source(r);
    r->walk = content_walk_new(&source, &(struct walk_options){ .scope = WALK_ALL });
    if (r->walk != NULL)
        return MM_OK;
    replicate_free(r);
    *out = NULL;
    return MM_ERR_NO_MEMORY;
}

void replicate_free(struct replicate *r)
{
    if (r == NULL)
        return;
    for (size_t slot = 0; slot < REPLICATE_PEERS_MAX; slot++) {
        replicate_forget_waiting(&r->peers[slot]);
        mm_heap_free(r->peers[slot].wants);
    }
    content_writer_free(r->writer);
    content_walk_free(r->walk);
    holders_fini(&r->holders);
    mm_buf_fini(&r->items);
    mm_buf_fini(&r->payload);
    mm_buf_fini(&r->block);
    mm_heap_free(r);
}

void replicate_set_validators(struct replicate *r, const struct validator_set *set,
                              const mm_addr *self)
{
    r->set = *set;
    r->has_self = self != NULL;
    if (self != NULL)
        r->self = *self;
}

/* ---- peers ---- */

size_t replicate_slot_of(const struct replicate *r, uint64_t peer)
{
    for (size_t slot = 0; slot < REPLICATE_PEERS_MAX; slot++) {
        if (r->peers[slot].is_up && r->peers[slot].id == peer)
            return slot;
    }
    return SLOT_NONE;
}

uint64_t replicate_up(const struct replicate *r)
{
    uint64_t up = 0;
    for (size_t slot = 0; slot < REPLICATE_PEERS_MAX; slot++)
        up |= (uint64_t)r->peers[slot].is_up << slot;
    return up;
}

bool replicate_read_hash(struct multihash *hash, mm_bytes bytes)
{
    size_t used;
    return multihash_decode(hash, &used, bytes) == MULTIHASH_OK && used == bytes.len &&
           hash->code != MULTIHASH_IDENTITY;
}

void replicate_peer_up(struct replicate *r, uint64_t id, const node_id *node, uint64_t now_ms)
{
    MM_ASSERT(replicate_slot_of(r, id) == SLOT_NONE);
    for (size_t slot = 0; slot < REPLICATE_PEERS_MAX; slot++) {
        struct peer *peer = &r->peers[slot];
        if (peer->is_up)
            continue;
        struct want *wants = mm_heap_zeroed(REPLICATE_WANTS, sizeof *wants);
        if (wants == NULL)
            return; /* it is not asked, and not served */
        *peer = (struct peer){ .is_up = true,
                               .id = id,
                               .node = *node,
                               .first_id = r->next_id,
                               .wants = wants,
                               .served = allowance_full(REPLICATE_SERVED_RULE, now_ms),
                               .told = allowance_full(REPLICATE_TOLD_RULE, now_ms) };
        if (r->fetched.at_ms == 0) {
            r->fetched = allowance_full(REPLICATE_FETCHED_RULE, now_ms);
            r->served = allowance_full(REPLICATE_SERVED_ALL_RULE, now_ms);
        }
        replicate_tell_all(r, slot);
        r->can_ask = true;
        return;
    }
}

void replicate_forget_peer(struct replicate *r, size_t slot)
{
    struct peer *peer = &r->peers[slot];
    for (size_t i = 0; i < REPLICATE_WANTS; i++) {
        if (peer->wants[i].is_open)
            replicate_close_want(r, slot, &peer->wants[i], false);
    }
    /* Whoever takes the place was not asked for any of it. */
    for (size_t i = 0; i < REPLICATE_LACKING_MAX; i++)
        r->lacking[i].tried &= ~((uint64_t)1 << slot);
    holders_drop_peer(&r->holders, slot);
    replicate_forget_waiting(peer);
    mm_heap_free(peer->wants);
    *peer = (struct peer){ .is_up = false };
    r->can_ask = true;
}

void replicate_peer_down(struct replicate *r, uint64_t id, uint64_t now_ms)
{
    const size_t slot = replicate_slot_of(r, id);
    (void)now_ms;
    if (slot != SLOT_NONE)
        replicate_forget_peer(r, slot);
}

/* How long it is cut off this time: twice as long as the last. Of those that are remembered the one that was cut off longest ago
 * makes room. */
static uint64_t strike(struct replicate *r, const node_id *node, uint64_t now_ms)
{
    struct strike *place = &r->strikes[0];
    for (size_t i = 0; i < REPLICATE_STRIKES; i++) {
        struct strike *other = &r->strikes[i];
        if (other->count > 0 && node_id_equal(&other->node, node)) {
            place = other;
            break;
        }
        if (other->at_ms < place->at_ms)
            place = other;
    }
    if (place->count == 0 || !node_id_equal(&place->node, node))
        *place = (struct strike){ .node = *node };
    uint64_t ms = REPLICATE_CUT_OFF_MS;
    for (unsigned i = 0; i < place->count && ms < REPLICATE_CUT_OFF_MAX_MS; i++)
        ms *= 2;
    place->count++;
    place->at_ms = now_ms;
    return ms < REPLICATE_CUT_OFF_MAX_MS ? ms : REPLICATE_CUT_OFF_MAX_MS;
}

void replicate_misbehaved(struct replicate *r, size_t slot, enum replicate_verdict verdict,
                          uint64_t now_ms)
{
    const uint64_t id = r->peers[slot].id;
    const uint64_t ms = strike(r, &r->peers[slot].node, now_ms);
    MM_ASSERT(verdict != REPLICATE_OK);
    replicate_forget_peer(r, slot);
    r->counts.cut_off++;
    r->options.host.cut_off(r->options.host.ctx, id, verdict, ms);
}

/* ---- events ---- */

void replicate_frame(struct replicate *r, uint64_t peer, enum frame_kind kind, mm_bytes payload,
                     uint64_t now_ms)
{
    const size_t slot = replicate_slot_of(r, peer);
    if (slot == SLOT_NONE)
        return;
    if (kind == FRAME_HAVE)
        replicate_take_have(r, slot, payload, now_ms);
    else if (kind == FRAME_WANT)
        replicate_serve(r, slot, payload, now_ms);
    else if (kind == FRAME_BLOCK)
        replicate_take_block(r, slot, payload, now_ms);
    else if (kind == FRAME_MISSING)
        replicate_take_missing(r, slot, payload, now_ms);
    replicate_ask(r, now_ms);
}

static void tell_again(struct replicate *r)
{
    for (size_t slot = 0; slot < REPLICATE_PEERS_MAX; slot++) {
        if (r->peers[slot].is_up && r->peers[slot].owes_have)
            replicate_tell_all(r, slot);
    }
}

uint64_t replicate_tick(struct replicate *r, uint64_t now_ms)
{
    replicate_expire(r, now_ms);
    replicate_serve_waiting(r, now_ms);
    if (now_ms >= r->told_again_ms + LOOK_MS) {
        r->told_again_ms = now_ms;
        tell_again(r);
    }
    if (r->writer != NULL && now_ms >= r->writer_ms + SYNC_MS)
        replicate_sync(r, now_ms);
    bool has_more = replicate_look_for_whole(r, now_ms);
    has_more |= replicate_look_for_lacking(r, now_ms);
    has_more |= replicate_walk_on(r, now_ms);
    replicate_ask(r, now_ms);
    if (has_more)
        return now_ms;
    uint64_t deadline = now_ms + LOOK_MS;
    const uint64_t others[] = { replicate_ask_deadline(r), replicate_serve_deadline(r),
                                r->lacks.has_place ? REPLICATE_NEVER : r->lacks.next_ms };
    for (size_t i = 0; i < MM_COUNT_OF(others); i++) {
        if (others[i] > now_ms && others[i] < deadline)
            deadline = others[i];
    }
    return deadline;
}

/* ---- looking ---- */

static unsigned count_bits(uint64_t word)
{
    unsigned count = 0;
    for (; word != 0; word &= word - 1)
        count++;
    return count;
}

unsigned replicate_holders(const struct replicate *r, const struct cid *root)
{
    const struct holder *holder = holders_find(&r->holders, &root->hash);
    return holder == NULL ? 0 : count_bits(holder->peers);
}

void replicate_count(const struct replicate *r, struct replicate_counts *counts)
{
    *counts = r->counts;
    for (size_t i = 0; i < r->holders.slot_count; i++) {
        const struct holder *holder = &r->holders.slots[i];
        const unsigned peers = count_bits(holder->peers);
        counts->known += peers > 0 || holder->is_here;
        if (holder->is_here)
            counts->replicas[peers < REPLICATE_HISTOGRAM ? peers : REPLICATE_HISTOGRAM - 1]++;
    }
}
