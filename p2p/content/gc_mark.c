/* Marks: from the pins along the links. */
#include "p2p/content/gc_internal.h"
#include "p2p/content/links.h"
#include "state/base/endian.h"

enum {
    PINS_A_STEP = 64,
    MISSING_A_STEP = 256,
    BLOCKS_A_STEP = 16, /* read and hashed: 2 MiB each at most, mostly a tenth of it */
};

static bool has_links(uint64_t codec)
{
    return codec == CID_DAG_PB || codec == CID_DAG_CBOR || codec == CID_DAG_JSON;
}

static struct gc_key followed_key(const struct cid *cid)
{
    const struct store_key block = store_key_of(cid);
    struct gc_key key = gc_key_of_block(GC_ROW_FOLLOWED, store_key_bytes(&block));
    key.bytes[key.len++] = (uint8_t)(cid->codec >> 8);
    key.bytes[key.len++] = (uint8_t)cid->codec;
    return key;
}

static void put_row(struct content_gc *gc, const struct gc_key *key)
{
    kv_batch_put(gc->batch, FAMILY_MARK, gc_key_bytes(key), MM_BYTES_LIT(""));
}

/* What a pin or a link names: it stays, and its links are to be followed. Into the batch. */
static mm_err meet(struct content_gc *gc, const struct cid *cid)
{
    if (!multihash_is_supported(&cid->hash))
        return MM_OK; /* such a block is never stored */
    const struct store_key block = store_key_of(cid);
    const bool is_identity = cid->hash.code == MULTIHASH_IDENTITY;
    uint64_t bytes;
    uint64_t epoch;
    const mm_err err =
        is_identity ? MM_OK : store_find_size(gc->content, &bytes, &epoch, store_key_bytes(&block));
    if (err == MM_ERR_NOT_FOUND) {
        const struct gc_key missing = gc_key_of_cid(GC_ROW_MISSING, cid);
        put_row(gc, &missing);
        return MM_OK;
    }
    MM_TRY(err);
    const struct gc_key kept = gc_key_of_block(GC_ROW_KEPT, store_key_bytes(&block));
    if (!is_identity)
        put_row(gc, &kept);
    if (!has_links(cid->codec))
        return MM_OK;
    const struct gc_key followed = followed_key(cid);
    bool is_followed;
    MM_TRY(gc_has_row(gc, &is_followed, &followed));
    const struct gc_key open = gc_key_of_cid(GC_ROW_OPEN, cid);
    if (!is_followed)
        put_row(gc, &open);
    return MM_OK;
}

/* ---- pins ---- */

/* Out: *goes, it has run out. Whether it still is so is asked again with the lock held: it may have been put anew. */
static mm_err expire(struct content_gc *gc, const struct content_pin *pin)
{
    gc->report.expired_pins++;
    if (gc->options.is_dry)
        return MM_OK;
    struct content_pin there;
    store_lock(gc->content);
    mm_err err = store_find_pin(gc->content, &there, pin);
    if (err == MM_OK && there.expires_ms == pin->expires_ms) {
        struct kv_batch *batch = kv_batch_new(gc->content->kv);
        err = batch == NULL ? MM_ERR_NO_MEMORY : MM_OK;
        if (err == MM_OK) {
            store_del_pin(batch, pin);
            err = kv_write(gc->content->kv, batch, KV_BUFFERED);
            kv_batch_free(batch);
        }
    }
    store_unlock(gc->content);
    return err == MM_ERR_NOT_FOUND ? MM_OK : err;
}

static mm_err scan_pin(struct content_gc *gc, mm_bytes key, mm_bytes value)
{
    struct content_pin pin;
    MM_TRY(store_decode_pin(&pin, key, value));
    if (pin.expires_ms != 0 && pin.expires_ms <= gc->options.now_ms)
        return expire(gc, &pin);
    if (pin.depth == CONTENT_PIN_DIRECT)
        pin.root.codec = CID_RAW; /* without its links */
    return meet(gc, &pin.root);
}

mm_err gc_scan_pins(struct content_gc *gc)
{
    struct kv_iter *iter = gc_iter(gc, FAMILY_PIN, MM_BYTES_LIT(""));
    if (iter == NULL)
        return MM_ERR_NO_MEMORY;
    mm_err err = MM_OK;
    size_t count = 0;
    for (; err == MM_OK && count < PINS_A_STEP && kv_iter_valid(iter); count++) {
        err = scan_pin(gc, kv_iter_key(iter), kv_iter_value(iter));
        gc_move_to(gc, kv_iter_key(iter));
        kv_iter_next(iter);
    }
    if (err == MM_OK)
        err = kv_iter_err(iter);
    kv_iter_free(iter);
    if (err == MM_OK)
        err = gc_write(gc);
    if (err == MM_OK && count < PINS_A_STEP)
        gc_begin_phase(gc, GC_MARK);
    return err;
}

/* ---- links ---- */

static bool hear_link(void *context, const struct cid *cid)
{
    struct content_gc *gc = context;
    gc->err = meet(gc, cid);
    return gc->err == MM_OK;
}

/* A block that must be read and cannot: not here any more is no harm (it is missing then); corrupt is. */
static mm_err follow_links(struct content_gc *gc, const struct cid *cid)
{
    const mm_err err = content_get(gc->content, &gc->block, cid);
    if (err == MM_ERR_NOT_FOUND)
        return meet(gc, cid);
    const struct gc_key followed = followed_key(cid);
    put_row(gc, &followed);
    if (err == MM_ERR_CORRUPT) {
        if (gc->report.damaged++ == 0)
            gc->report.damaged_at = *cid;
        return MM_OK;
    }
    MM_TRY(err);
    gc->err = MM_OK;
    switch (
        content_links(cid, mm_buf_bytes(&gc->block), &(struct links_listener){ gc, hear_link })) {
    case LINKS_OK:
    case LINKS_MALFORMED: /* nobody can walk beyond what it has */
        return MM_OK;
    case LINKS_STOPPED:
        return gc->err;
    case LINKS_NO_MEMORY:
        break;
    }
    return MM_ERR_NO_MEMORY;
}

static mm_err mark_open(struct content_gc *gc, mm_bytes row)
{
    struct cid cid;
    if (cid_decode(&cid, (mm_bytes){ row.ptr + 1, row.len - 1 }) != CID_OK)
        return MM_ERR_CORRUPT;
    const struct gc_key followed = followed_key(&cid);
    bool is_followed = false;
    if (has_links(cid.codec))
        MM_TRY(gc_has_row(gc, &is_followed, &followed));
    kv_batch_del(gc->batch, FAMILY_MARK, row);
    if (is_followed || !has_links(cid.codec))
        return MM_OK;
    return follow_links(gc, &cid);
}

/* Nothing is open any more, unless a pin was put. */
static void end_mark(struct content_gc *gc)
{
    store_lock(gc->content);
    const bool again = gc_was_told(gc);
    store_unlock(gc->content);
    if (again) {
        gc_begin_phase(gc, GC_LOOK_AGAIN);
        return;
    }
    gc_begin_phase(gc, gc->report.damaged > 0 ? GC_CLEAR : gc->after_mark);
    if (gc->phase == GC_SWEEP)
        gc->cursor = gc->resume;
}

mm_err gc_mark(struct content_gc *gc)
{
    static const uint8_t first[] = { GC_ROW_OPEN };
    const bool from_first = gc->cursor.len == 0;
    struct kv_iter *iter = gc_iter(gc, FAMILY_MARK, MM_BYTES_OF(first));
    if (iter == NULL)
        return MM_ERR_NO_MEMORY;
    mm_err err = MM_OK;
    size_t count = 0;
    bool is_end = false;
    while (err == MM_OK && count < BLOCKS_A_STEP && !is_end) {
        is_end = !kv_iter_valid(iter) || kv_iter_key(iter).ptr[0] != GC_ROW_OPEN;
        if (is_end)
            break;
        gc_move_to(gc, kv_iter_key(iter));
        err = mark_open(gc, kv_iter_key(iter));
        count++;
        kv_iter_next(iter);
    }
    if (err == MM_OK)
        err = kv_iter_err(iter);
    kv_iter_free(iter);
    if (err == MM_OK)
        err = gc_write(gc);
    if (err == MM_OK && is_end) {
        if (from_first && count == 0)
            end_mark(gc);
        else
            gc->cursor.len = 0; /* links lead anywhere: from the first again */
    }
    return err;
}

/* What was missing when a link to it was met may have come since, and what hangs from it may be there. */
mm_err gc_look_again(struct content_gc *gc)
{
    static const uint8_t first[] = { GC_ROW_MISSING };
    struct kv_iter *iter = gc_iter(gc, FAMILY_MARK, MM_BYTES_OF(first));
    if (iter == NULL)
        return MM_ERR_NO_MEMORY;
    mm_err err = MM_OK;
    size_t count = 0;
    for (; err == MM_OK && count < MISSING_A_STEP && kv_iter_valid(iter); count++) {
        const mm_bytes row = kv_iter_key(iter);
        struct cid cid;
        gc_move_to(gc, row);
        err = cid_decode(&cid, (mm_bytes){ row.ptr + 1, row.len - 1 }) == CID_OK ? MM_OK
                                                                                 : MM_ERR_CORRUPT;
        kv_batch_del(gc->batch, FAMILY_MARK, row);
        if (err == MM_OK)
            err = meet(gc, &cid); /* still missing: the row is put again */
        kv_iter_next(iter);
    }
    if (err == MM_OK)
        err = kv_iter_err(iter);
    kv_iter_free(iter);
    if (err == MM_OK)
        err = gc_write(gc);
    if (err == MM_OK && count < MISSING_A_STEP)
        gc_begin_phase(gc, GC_MARK);
    return err;
}
