/* What has no mark goes. */
#include "p2p/content/gc_internal.h"
#include "state/base/endian.h"

enum { ROOTS_A_STEP = 64, ROWS_A_STEP = 1024, TRIES_A_STEP = 16 };

/* ---- root records ---- */

/* The caller holds the lock. */
static mm_err is_pinned(const struct content_gc *gc, bool *is_pinned, mm_bytes root)
{
    struct kv_iter *iter = kv_iter_new(gc->content->kv, NULL, FAMILY_PIN);
    if (iter == NULL)
        return MM_ERR_NO_MEMORY;
    kv_iter_seek(iter, root);
    const bool valid = kv_iter_valid(iter);
    const mm_bytes key = valid ? kv_iter_key(iter) : MM_BYTES_LIT("");
    *is_pinned = key.len >= root.len && memcmp(key.ptr, root.ptr, root.len) == 0;
    const mm_err err = kv_iter_err(iter);
    kv_iter_free(iter);
    return err;
}

static mm_err drop_roots_locked(struct content_gc *gc, struct kv_iter *iter, size_t *count)
{
    for (*count = 0; *count < ROOTS_A_STEP && kv_iter_valid(iter); ++*count) {
        bool pinned;
        MM_TRY(is_pinned(gc, &pinned, kv_iter_key(iter)));
        if (!pinned)
            store_del_root(gc->batch, kv_iter_key(iter));
        gc_move_to(gc, kv_iter_key(iter));
        kv_iter_next(iter);
    }
    MM_TRY(kv_iter_err(iter));
    return kv_write(gc->content->kv, gc->batch, KV_BUFFERED);
}

/* Before the blocks: a record never says that something is whole of which a part was removed. */
mm_err gc_drop_roots(struct content_gc *gc)
{
    if (gc->options.is_dry) {
        gc_begin_phase(gc, GC_SWEEP);
        return MM_OK;
    }
    store_lock(gc->content);
    struct kv_iter *iter = gc_iter(gc, FAMILY_ROOT, MM_BYTES_LIT(""));
    size_t count = 0;
    const mm_err err = iter == NULL ? MM_ERR_NO_MEMORY : drop_roots_locked(gc, iter, &count);
    store_unlock(gc->content);
    if (iter != NULL)
        kv_iter_free(iter);
    kv_batch_reset(gc->batch);
    if (err == MM_OK && count < ROOTS_A_STEP)
        gc_begin_phase(gc, GC_SWEEP);
    return err;
}

/* ---- blocks ---- */

struct garbage {
    struct store_key keys[GC_BATCH_ROWS];
    size_t count;
};

static mm_err look_at(struct content_gc *gc, struct garbage *garbage, mm_bytes key, mm_bytes row)
{
    if (row.len != 16 || key.len > MULTIHASH_BYTES_MAX)
        return MM_ERR_CORRUPT;
    const struct gc_key kept = gc_key_of_block(GC_ROW_KEPT, key);
    bool is_kept;
    MM_TRY(gc_has_row(gc, &is_kept, &kept));
    gc->report.kept_blocks += is_kept;
    if (is_kept || mm_get_be64(row.ptr + 8) >= gc->limit)
        return MM_OK;
    struct store_key *taken = &garbage->keys[garbage->count++];
    taken->len = key.len;
    memcpy(taken->bytes, key.ptr, key.len);
    return MM_OK;
}

static void tell(struct content_gc *gc, const struct store_key *key, uint64_t bytes)
{
    gc->report.removed_blocks++;
    gc->report.removed_bytes += bytes;
    if (gc->options.removed == NULL)
        return;
    struct cid cid = { .version = 1, .codec = CID_RAW };
    size_t used;
    if (multihash_decode(&cid.hash, &used, store_key_bytes(key)) == MULTIHASH_OK)
        gc->options.removed(gc->options.context, &cid, bytes);
}

/* Each row is read again: a writer may have touched it. */
static mm_err remove_locked(struct content_gc *gc, struct garbage *garbage,
                            uint64_t bytes_of[GC_BATCH_ROWS])
{
    struct content *content = gc->content;
    uint64_t bytes = content->bytes;
    uint64_t blocks = content->blocks;
    for (size_t i = 0; i < garbage->count; i++) {
        uint64_t epoch;
        const mm_bytes key = store_key_bytes(&garbage->keys[i]);
        const mm_err err = store_find_size(content, &bytes_of[i], &epoch, key);
        if (err != MM_OK && err != MM_ERR_NOT_FOUND)
            return err;
        if (err == MM_ERR_NOT_FOUND || epoch >= gc->limit) {
            garbage->keys[i].len = 0;
            continue;
        }
        kv_batch_del(gc->batch, FAMILY_BLK, key);
        kv_batch_del(gc->batch, FAMILY_SIZE, key);
        bytes -= bytes < bytes_of[i] ? bytes : bytes_of[i];
        blocks -= blocks > 0;
    }
    if (gc->options.is_dry)
        return MM_OK;
    store_put_totals(gc->batch, bytes, blocks, content->epoch);
    MM_TRY(kv_write(content->kv, gc->batch, KV_BUFFERED));
    content->bytes = bytes;
    content->blocks = blocks;
    return MM_OK;
}

/* Out: *is_told: nothing was removed, something is to be marked first. */
static mm_err try_to_remove(struct content_gc *gc, struct garbage *garbage, bool *is_told)
{
    uint64_t bytes_of[GC_BATCH_ROWS];
    store_lock(gc->content);
    *is_told = gc_is_told(gc);
    const mm_err err = *is_told ? MM_OK : remove_locked(gc, garbage, bytes_of);
    store_unlock(gc->content);
    kv_batch_reset(gc->batch);
    for (size_t i = 0; err == MM_OK && !*is_told && i < garbage->count; i++)
        if (garbage->keys[i].len > 0)
            tell(gc, &garbage->keys[i], bytes_of[i]);
    return err;
}

/* What was marked since it was gathered is none any more. */
static mm_err sift(struct content_gc *gc, struct garbage *garbage)
{
    size_t left = 0;
    for (size_t i = 0; i < garbage->count; i++) {
        const struct gc_key kept = gc_key_of_block(GC_ROW_KEPT, store_key_bytes(&garbage->keys[i]));
        bool is_kept;
        MM_TRY(gc_has_row(gc, &is_kept, &kept));
        gc->report.kept_blocks += is_kept;
        if (!is_kept)
            garbage->keys[left++] = garbage->keys[i];
    }
    garbage->count = left;
    return MM_OK;
}

/* Pins come in all the time, with little below them that is not marked: that is marked here and now, and the sweep goes on. Out:
 * *is_done; else there is more to be marked than that. */
static mm_err remove_all(struct content_gc *gc, struct garbage *garbage, bool *is_done)
{
    for (size_t i = 0; i < TRIES_A_STEP; i++) {
        bool is_told;
        MM_TRY(try_to_remove(gc, garbage, &is_told));
        *is_done = !is_told;
        if (*is_done)
            return MM_OK;
        bool is_marked;
        MM_TRY(gc_mark_told(gc, &is_marked));
        if (!is_marked || gc->report.damaged > 0) /* then nothing more is removed */
            return MM_OK;
        MM_TRY(sift(gc, garbage));
    }
    return MM_OK;
}

static mm_err gather(struct content_gc *gc, struct garbage *garbage, bool *is_end)
{
    struct kv_iter *iter = gc_iter(gc, FAMILY_SIZE, MM_BYTES_LIT(""));
    if (iter == NULL)
        return MM_ERR_NO_MEMORY;
    mm_err err = MM_OK;
    for (size_t rows = 0; err == MM_OK && rows < ROWS_A_STEP && kv_iter_valid(iter) &&
                          garbage->count < GC_BATCH_ROWS;
         rows++) {
        err = look_at(gc, garbage, kv_iter_key(iter), kv_iter_value(iter));
        gc_move_to(gc, kv_iter_key(iter));
        kv_iter_next(iter);
    }
    *is_end = !kv_iter_valid(iter);
    if (err == MM_OK)
        err = kv_iter_err(iter);
    kv_iter_free(iter);
    return err;
}

mm_err gc_sweep(struct content_gc *gc)
{
    struct garbage garbage;
    garbage.count = 0;
    bool is_end;
    bool is_done = true;
    const struct gc_cursor before = gc->cursor;
    const uint64_t kept_before = gc->report.kept_blocks;
    MM_TRY(gather(gc, &garbage, &is_end));
    if (garbage.count > 0)
        MM_TRY(remove_all(gc, &garbage, &is_done));
    if (!is_done) { /* these rows again afterwards */
        gc->resume = before;
        gc->report.kept_blocks = kept_before;
        gc->after_mark = GC_SWEEP;
        gc_begin_phase(gc, GC_MARK);
    } else if (is_end) {
        gc_begin_phase(gc, GC_STRAYS);
    }
    return MM_OK;
}
