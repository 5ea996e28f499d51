/* HAVE: which roots are whole here, and what others say of themselves. */
#include "p2p/replicate/replicate_internal.h"

enum { ROWS_A_STEP = 256, WHOLE_EVERY_MS = 500, WHOLE_AGAIN_MS = 30000 };

/* ---- what others have ---- */

static void note(struct replicate *r, size_t slot, const struct multihash *hash)
{
    struct peer *peer = &r->peers[slot];
    const uint64_t bit = (uint64_t)1 << slot;
    struct holder *holder = holders_find(&r->holders, hash);
    if (holder != NULL && (holder->peers & bit) != 0)
        return;
    if (peer->told_count >= REPLICATE_TOLD_MAX)
        return;
    if (holder == NULL)
        holder = holders_add(&r->holders, hash);
    if (holder == NULL)
        return;
    holder->peers |= bit;
    peer->told_count++;
    const struct cid root = { .version = 1, .codec = CID_RAW, .hash = *hash };
    r->options.host.held(r->options.host.ctx, &root);
}

void replicate_take_have(struct replicate *r, size_t slot, mm_bytes payload, uint64_t now_ms)
{
    struct payload_have have;
    mm_bytes bytes;
    struct multihash hash;
    if (payload_have_decode(&have, payload) != RLP_OK) {
        replicate_misbehaved(r, slot, REPLICATE_FRAME, now_ms);
        return;
    }
    struct rlp at = payload_items(&have.roots);
    while (payload_next_multihash(&at, &bytes)) {
        if (!allowance_has(&r->peers[slot].told, REPLICATE_TOLD_RULE, now_ms))
            break;
        allowance_spend(&r->peers[slot].told, 1);
        if (replicate_read_hash(&hash, bytes))
            note(r, slot, &hash);
    }
    r->can_ask = true;
    if (r->lacks.next_ms > now_ms + 50 && !r->lacks.has_place)
        r->lacks.next_ms = now_ms + 50; /* it may be what was waited for */
}

/* ---- what is here ---- */

static bool send_have(struct replicate *r, size_t slot, size_t count)
{
    mm_buf_reset(&r->payload);
    payload_have_encode(&r->payload, &(struct payload_have){ { mm_buf_bytes(&r->items), count } });
    return mm_buf_err(&r->items) == MM_OK && mm_buf_err(&r->payload) == MM_OK &&
           r->options.host.send(r->options.host.ctx, r->peers[slot].id, FRAME_HAVE,
                                mm_buf_bytes(&r->payload));
}

static void add_hash(struct replicate *r, const struct multihash *hash)
{
    uint8_t bytes[MULTIHASH_BYTES_MAX];
    const size_t len = multihash_encode(bytes, hash);
    payload_add_multihash(&r->items, mm_bytes_from(bytes, len));
}

static bool add_holder(struct replicate *r, const struct holder *holder)
{
    struct multihash hash = { .code = holder->code, .len = holder->len };
    if (!holder->is_here)
        return false;
    memcpy(hash.digest, holder->digest, holder->len);
    add_hash(r, &hash);
    return true;
}

void replicate_tell_all(struct replicate *r, size_t slot)
{
    size_t count = 0;
    bool ok = true;
    mm_buf_reset(&r->items);
    for (size_t i = 0; ok && i < r->holders.slot_count; i++) {
        count += add_holder(r, &r->holders.slots[i]);
        if (count < PAYLOAD_ROOTS_MAX)
            continue;
        ok = send_have(r, slot, count);
        mm_buf_reset(&r->items);
        count = 0;
    }
    if (ok && count > 0)
        ok = send_have(r, slot, count);
    r->peers[slot].owes_have = !ok;
}

/* What is in items, to all. */
static void tell_everybody(struct replicate *r, size_t count)
{
    for (size_t slot = 0; count > 0 && slot < REPLICATE_PEERS_MAX; slot++) {
        struct peer *peer = &r->peers[slot];
        if (peer->is_up && !peer->owes_have)
            peer->owes_have = !send_have(r, slot, count);
    }
}

/* True: it was not known to be here. */
static bool note_whole(struct replicate *r, const struct cid *root)
{
    struct holder *holder = holders_add(&r->holders, &root->hash);
    if (holder == NULL || holder->is_here)
        return false;
    holder->is_here = true;
    r->options.host.held(r->options.host.ctx, root);
    return true;
}

void replicate_are_whole(struct replicate *r, const struct content_root *roots, size_t count)
{
    size_t new_count = 0;
    mm_buf_reset(&r->items);
    for (size_t i = 0; i < count; i++) {
        if (!note_whole(r, &roots[i].cid))
            continue;
        add_hash(r, &roots[i].cid.hash);
        new_count++;
    }
    tell_everybody(r, new_count);
}

void replicate_is_gone(struct replicate *r, const struct multihash *root)
{
    struct holder *holder = holders_find(&r->holders, root);
    if (holder != NULL)
        holder->is_here = false;
}

static bool is_due(struct replicate *r, uint64_t now_ms)
{
    struct round *round = &r->whole;
    if (round->has_place)
        return true;
    const uint64_t commits = content_commits(r->options.content);
    const bool is_again = round->next_ms == 0 || now_ms >= round->next_ms + WHOLE_AGAIN_MS;
    if (now_ms < round->next_ms || (commits == r->told_commits && !is_again))
        return false;
    r->told_commits = commits;
    return true;
}

bool replicate_look_for_whole(struct replicate *r, uint64_t now_ms)
{
    struct round *round = &r->whole;
    if (!is_due(r, now_ms))
        return false;
    struct content_roots *roots =
        content_roots_new(r->options.content, false, round->has_place ? &round->place : NULL);
    if (roots == NULL)
        return false;
    struct content_root root;
    size_t count = 0;
    mm_err err = MM_OK;
    mm_buf_reset(&r->items);
    for (size_t i = 0; i < ROWS_A_STEP && (err = content_roots_next(roots, &root)) == MM_OK; i++) {
        round->has_place = true;
        round->place = root.cid;
        if (root.state != CONTENT_ROOT_WHOLE) {
            replicate_is_gone(r, &root.cid.hash);
        } else if (note_whole(r, &root.cid)) {
            add_hash(r, &root.cid.hash);
            count++;
        }
    }
    content_roots_free(roots);
    tell_everybody(r, count);
    if (err == MM_OK)
        return true;
    round->has_place = false;
    round->next_ms = now_ms + WHOLE_EVERY_MS;
    return false;
}
