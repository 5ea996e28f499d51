/* Strays: blocks that a process wrote in bulk which was killed before it counted them. Nothing names them, so they are found only by
 * going through all blocks, which reads every one. That is done once after such an end. */
#include "p2p/content/gc_internal.h"

enum { BLOCKS_A_STEP = 32 };

struct strays {
    struct store_key keys[BLOCKS_A_STEP];
    size_t count;
};

static mm_err look_at(struct content_gc *gc, struct strays *strays, mm_bytes key)
{
    uint64_t bytes;
    uint64_t epoch;
    const mm_err err = store_find_size(gc->content, &bytes, &epoch, key);
    if (err != MM_ERR_NOT_FOUND)
        return err;
    if (key.len > MULTIHASH_BYTES_MAX)
        return MM_ERR_CORRUPT;
    struct store_key *stray = &strays->keys[strays->count++];
    stray->len = key.len;
    memcpy(stray->bytes, key.ptr, key.len);
    return MM_OK;
}

static mm_err gather(struct content_gc *gc, struct strays *strays, bool *is_end)
{
    struct kv_iter *iter = gc_iter(gc, FAMILY_BLK, MM_BYTES_LIT(""));
    if (iter == NULL)
        return MM_ERR_NO_MEMORY;
    mm_err err = MM_OK;
    for (size_t i = 0; err == MM_OK && i < BLOCKS_A_STEP && kv_iter_valid(iter); i++) {
        err = look_at(gc, strays, kv_iter_key(iter));
        gc_move_to(gc, kv_iter_key(iter));
        kv_iter_next(iter);
    }
    *is_end = !kv_iter_valid(iter);
    if (err == MM_OK)
        err = kv_iter_err(iter);
    kv_iter_free(iter);
    return err;
}

/* What a writer at work has written and not counted looks the same, so with one nothing is removed. */
static mm_err remove_locked(struct content_gc *gc, const struct strays *strays)
{
    if (gc->content->writers != NULL) {
        gc->left_strays = true;
        return MM_OK;
    }
    for (size_t i = 0; i < strays->count; i++) {
        const mm_bytes key = store_key_bytes(&strays->keys[i]);
        uint64_t bytes;
        uint64_t epoch;
        const mm_err err = store_find_size(gc->content, &bytes, &epoch, key);
        if (err == MM_ERR_NOT_FOUND) {
            kv_batch_del(gc->batch, FAMILY_BLK, key);
            gc->report.strays++;
        } else if (err != MM_OK) {
            return err;
        }
    }
    return kv_write(gc->content->kv, gc->batch, KV_BUFFERED);
}

mm_err gc_remove_strays(struct content_gc *gc)
{
    struct content *content = gc->content;
    store_lock(content);
    const bool has_strays = content->has_strays;
    store_unlock(content);
    if (!has_strays || gc->options.is_dry) {
        gc_begin_phase(gc, GC_CLEAR);
        return MM_OK;
    }
    struct strays strays;
    strays.count = 0;
    bool is_end;
    MM_TRY(gather(gc, &strays, &is_end));
    mm_err err = MM_OK;
    store_lock(content);
    if (strays.count > 0)
        err = remove_locked(gc, &strays);
    if (err == MM_OK && is_end && !gc->left_strays)
        err = store_forget_strays(content);
    store_unlock(content);
    kv_batch_reset(gc->batch);
    if (err == MM_OK && is_end)
        gc_begin_phase(gc, GC_CLEAR);
    return err;
}
