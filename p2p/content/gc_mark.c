/* Marks: from the pins along the links. */
#include "p2p/content/gc_internal.h"
#include "p2p/content/links.h"

enum {
    PINS_A_STEP = 64,
    BLOCKS_A_STEP = 16,   /* read and hashed: 2 MiB each at most, mostly a tenth of it */
    TOLD_BLOCKS_MAX = 64, /* while a sweep waits for them */
};

static struct gc_key followed_key(const struct cid *cid)
{
    const struct store_key block = store_key_of(cid);
    return gc_key_of_codec(GC_ROW_FOLLOWED, store_key_bytes(&block), cid->codec);
}

static void put_row(struct content_gc *gc, const struct gc_key *key)
{
    kv_batch_put(gc->batch, FAMILY_MARK, gc_key_bytes(key), MM_BYTES_LIT(""));
}

/* Its links are to be followed. */
static void open_block(struct content_gc *gc, const struct cid *cid)
{
    if (gc->open_count < GC_OPEN_MAX) {
        gc->open[gc->open_count++] = *cid;
        return;
    }
    const struct gc_key row = gc_key_of_cid(GC_ROW_OPEN, cid);
    put_row(gc, &row);
    gc->has_spilled = true;
}

/* Looked at again with the lock held, so that who puts it finds the row. Out: *is_missing. */
static mm_err note_missing(struct content_gc *gc, bool *is_missing, const struct cid *cid)
{
    const struct store_key block = store_key_of(cid);
    const struct gc_key row = gc_key_of_codec(GC_ROW_MISSING, store_key_bytes(&block), cid->codec);
    struct kv_batch *batch = kv_batch_new(gc->content->kv);
    if (batch == NULL)
        return MM_ERR_NO_MEMORY;
    kv_batch_put(batch, FAMILY_MARK, gc_key_bytes(&row), MM_BYTES_LIT(""));
    uint64_t bytes;
    uint64_t epoch;
    store_lock(gc->content);
    mm_err err = store_find_size(gc->content, &bytes, &epoch, store_key_bytes(&block));
    *is_missing = err == MM_ERR_NOT_FOUND;
    if (*is_missing) {
        err = kv_write(gc->content->kv, batch, KV_BUFFERED);
        gc->missing++;
    }
    store_unlock(gc->content);
    kv_batch_free(batch);
    return err;
}

static mm_err is_here(struct content_gc *gc, bool *is_here, const struct cid *cid)
{
    *is_here = true;
    if (cid->hash.code == MULTIHASH_IDENTITY)
        return MM_OK;
    const struct store_key block = store_key_of(cid);
    uint64_t bytes;
    uint64_t epoch;
    const mm_err err = store_find_size(gc->content, &bytes, &epoch, store_key_bytes(&block));
    if (err != MM_ERR_NOT_FOUND)
        return err;
    bool is_missing;
    MM_TRY(note_missing(gc, &is_missing, cid));
    *is_here = !is_missing;
    return MM_OK;
}

/* What a pin or a link names: it stays, and its links are to be followed. */
static mm_err meet(struct content_gc *gc, const struct cid *cid)
{
    if (!multihash_is_supported(&cid->hash))
        return MM_OK; /* such a block is never stored */
    bool here;
    MM_TRY(is_here(gc, &here, cid));
    if (!here)
        return MM_OK;
    const struct store_key block = store_key_of(cid);
    const struct gc_key kept = gc_key_of_block(GC_ROW_KEPT, store_key_bytes(&block));
    if (cid->hash.code != MULTIHASH_IDENTITY)
        put_row(gc, &kept);
    if (!gc_has_links(cid->codec))
        return MM_OK;
    const struct gc_key followed = followed_key(cid);
    bool is_followed;
    MM_TRY(gc_has_row(gc, &is_followed, &followed));
    if (!is_followed)
        open_block(gc, cid);
    return MM_OK;
}

/* ---- pins ---- */

/* Whether it still is so is asked again with the lock held: it may have been put anew. */
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
    const struct gc_key followed = followed_key(cid);
    bool is_followed;
    MM_TRY(gc_has_row(gc, &is_followed, &followed));
    if (is_followed)
        return MM_OK;
    const mm_err err = content_get(gc->content, &gc->block, cid);
    if (err == MM_ERR_NOT_FOUND)
        return meet(gc, cid);
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

/* Rows that memory had no room for, half of what it has. Into the batch. */
static mm_err take_rows(struct content_gc *gc)
{
    static const uint8_t first[] = { GC_ROW_OPEN };
    struct kv_iter *iter = kv_iter_new(gc->content->kv, NULL, FAMILY_MARK);
    if (iter == NULL)
        return MM_ERR_NO_MEMORY;
    mm_err err = MM_OK;
    kv_iter_seek(iter, MM_BYTES_OF(first));
    while (err == MM_OK && gc->open_count < GC_OPEN_MAX / 2 && kv_iter_valid(iter) &&
           kv_iter_key(iter).ptr[0] == GC_ROW_OPEN) {
        const mm_bytes row = kv_iter_key(iter);
        struct cid cid;
        err = cid_decode(&cid, mm_bytes_from(row.ptr + 1, row.len - 1)) == CID_OK ? MM_OK
                                                                                  : MM_ERR_CORRUPT;
        kv_batch_del(gc->batch, FAMILY_MARK, row);
        if (err == MM_OK)
            err = meet(gc, &cid);
        kv_iter_next(iter);
    }
    gc->has_spilled = kv_iter_valid(iter) && kv_iter_key(iter).ptr[0] == GC_ROW_OPEN;
    if (err == MM_OK)
        err = kv_iter_err(iter);
    kv_iter_free(iter);
    return err == MM_OK ? gc_write(gc) : err;
}

/* Out: *count, blocks whose links were followed. */
static mm_err follow_some(struct content_gc *gc, size_t *count, size_t max)
{
    mm_err err = MM_OK;
    for (*count = 0; err == MM_OK && *count < max && gc->open_count > 0; ++*count) {
        const struct cid cid = gc->open[--gc->open_count];
        err = follow_links(gc, &cid);
    }
    if (err == MM_OK)
        err = gc_write(gc);
    if (err == MM_OK && gc->open_count == 0 && gc->has_spilled)
        err = take_rows(gc);
    return err;
}

/* What was told becomes open. */
static mm_err take_told(struct content_gc *gc)
{
    for (;;) {
        store_lock(gc->content);
        const bool has = gc->told_count > 0;
        struct cid cid;
        if (has)
            cid = gc->told[--gc->told_count];
        gc->has_spilled |= gc->told_rows;
        gc->told_rows = false;
        store_unlock(gc->content);
        if (!has)
            return gc_write(gc);
        MM_TRY(meet(gc, &cid));
    }
}

mm_err gc_mark_told(struct content_gc *gc, bool *is_done)
{
    size_t count;
    MM_TRY(take_told(gc));
    MM_TRY(follow_some(gc, &count, TOLD_BLOCKS_MAX));
    *is_done = gc->open_count == 0 && !gc->has_spilled;
    return MM_OK;
}

mm_err gc_mark(struct content_gc *gc)
{
    size_t count;
    MM_TRY(take_told(gc));
    MM_TRY(follow_some(gc, &count, BLOCKS_A_STEP));
    if (gc->open_count > 0 || gc->has_spilled)
        return MM_OK;
    gc_begin_phase(gc, gc->report.damaged > 0 ? GC_CLEAR : gc->after_mark);
    if (gc->phase == GC_SWEEP)
        gc->cursor = gc->resume;
    return MM_OK;
}
