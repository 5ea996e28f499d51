/* BLOCK and MISSING: what comes of a WANT. */
#include "p2p/replicate/replicate_internal.h"

/* The WANT of that id. NULL: it is over, or there never was one, and then the peer is gone. */
static struct want *find_want(struct replicate *r, size_t slot, uint64_t id, uint64_t now_ms)
{
    struct peer *peer = &r->peers[slot];
    for (size_t i = 0; i < REPLICATE_WANTS; i++) {
        if (peer->wants[i].is_open && peer->wants[i].id == id)
            return &peer->wants[i];
    }
    if (id < peer->first_id || id >= r->next_id)
        replicate_misbehaved(r, slot, REPLICATE_UNASKED, now_ms);
    return NULL;
}

/* NULL: it was not asked for, or came already. */
static struct item *find_item(struct want *want, mm_bytes bytes)
{
    struct multihash hash;
    if (!replicate_read_hash(&hash, bytes))
        return NULL;
    for (size_t i = 0; i < want->count; i++) {
        if (!want->items[i].is_done && multihash_equal(&want->items[i].hash, &hash))
            return &want->items[i];
    }
    return NULL;
}

/* MM_ERR_INVALID: it is another block. */
static mm_err store(struct replicate *r, const struct cid *cid, mm_bytes bytes, uint64_t now_ms)
{
    if (!replicate_has_writer(r, now_ms))
        return MM_ERR_NO_MEMORY;
    r->has_put = true;
    return content_writer_put(r->writer, cid, bytes);
}

static void keep(struct replicate *r, size_t slot, struct item *item, mm_bytes bytes,
                 uint64_t now_ms)
{
    const struct lacking *lacking = &r->lacking[item->lacking];
    const bool is_wanted = lacking->turn == item->turn && lacking->state == LACKING_ASKED;
    const struct cid cid = { .version = 1, .codec = CID_RAW, .hash = item->hash };
    if (!is_wanted)
        return; /* the job ended meanwhile: what was asked for and is not wanted any more is dropped */
    const mm_err err = store(r, &cid, bytes, now_ms);
    if (err == MM_ERR_INVALID) {
        item->is_done = false; /* others are to be asked */
        replicate_misbehaved(r, slot, REPLICATE_WRONG, now_ms);
        return;
    }
    if (err == MM_OK && r->jobs[lacking->job].is_single)
        replicate_sync(r, now_ms); /* somebody waits to read it */
    if (err != MM_OK) {
        replicate_store_failed(r, err, now_ms);
        return;
    }
    r->counts.fetched_blocks++;
    r->counts.fetched_bytes += bytes.len;
    if (lacking->turn == item->turn) /* the store may have failed to sync */
        replicate_end_lacking(r, item->lacking, true);
}

void replicate_take_block(struct replicate *r, size_t slot, mm_bytes payload, uint64_t now_ms)
{
    struct payload_block block;
    if (payload_block_decode(&block, payload) != RLP_OK) {
        replicate_misbehaved(r, slot, REPLICATE_FRAME, now_ms);
        return;
    }
    allowance_spend(&r->fetched, (int64_t)block.bytes.len);
    struct want *want = find_want(r, slot, block.id, now_ms);
    if (want == NULL)
        return;
    struct item *item = find_item(want, block.multihash);
    want->bytes += block.bytes.len;
    if (item == NULL || want->bytes > REPLICATE_ANSWER_BYTES_MAX) {
        replicate_misbehaved(r, slot, item == NULL ? REPLICATE_UNASKED : REPLICATE_TOO_MUCH,
                             now_ms);
        return;
    }
    item->is_done = true;
    want->deadline_ms = now_ms + REPLICATE_REQUEST_MS;
    keep(r, slot, item, block.bytes, now_ms);
}

/* It has not what it said. */
static void disbelieve(struct replicate *r, size_t slot, const struct cid *root)
{
    const uint64_t bit = (uint64_t)1 << slot;
    struct holder *holder = holders_find(&r->holders, &root->hash);
    if (holder == NULL || (holder->peers & bit) == 0)
        return;
    holder->peers &= ~bit;
    r->peers[slot].told_count--;
}

static void refuse(struct replicate *r, size_t slot, struct item *item)
{
    struct lacking *lacking = &r->lacking[item->lacking];
    item->is_done = true;
    if (lacking->turn != item->turn || lacking->state != LACKING_ASKED)
        return;
    lacking->state = LACKING_WANTED;
    lacking->tried |= (uint64_t)1 << slot;
    disbelieve(r, slot, &r->jobs[lacking->job].root);
}

void replicate_take_missing(struct replicate *r, size_t slot, mm_bytes payload, uint64_t now_ms)
{
    struct payload_missing missing;
    mm_bytes hash;
    if (payload_missing_decode(&missing, payload) != RLP_OK) {
        replicate_misbehaved(r, slot, REPLICATE_FRAME, now_ms);
        return;
    }
    struct want *want = find_want(r, slot, missing.id, now_ms);
    if (want == NULL)
        return;
    struct rlp at = payload_items(&missing.blocks);
    while (payload_next_multihash(&at, &hash)) {
        struct item *item = find_item(want, hash);
        if (item == NULL) {
            replicate_misbehaved(r, slot, REPLICATE_UNASKED, now_ms);
            return;
        }
        refuse(r, slot, item);
    }
    bool is_empty = true;
    for (size_t i = 0; i < want->count; i++)
        is_empty = is_empty && !want->items[i].is_done;
    replicate_close_want(r, slot, want, is_empty);
}
