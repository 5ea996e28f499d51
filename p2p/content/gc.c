#include "p2p/content/gc.h"

#include "p2p/content/gc_internal.h"
#include "state/base/assert.h"
#include "state/base/heap.h"

struct gc_key gc_key_of_cid(enum gc_row row, const struct cid *cid)
{
    struct gc_key key;
    key.bytes[0] = (uint8_t)row;
    key.len = 1 + cid_encode(key.bytes + 1, cid);
    return key;
}

struct gc_key gc_key_of_block(enum gc_row row, mm_bytes multihash)
{
    struct gc_key key = { .len = 1 + multihash.len };
    MM_ASSERT(multihash.len <= MULTIHASH_BYTES_MAX);
    key.bytes[0] = (uint8_t)row;
    memcpy(key.bytes + 1, multihash.ptr, multihash.len);
    return key;
}

struct gc_key gc_key_of_codec(enum gc_row row, mm_bytes multihash, uint64_t codec)
{
    struct gc_key key = gc_key_of_block(row, multihash);
    key.bytes[key.len++] = (uint8_t)(codec >> 8);
    key.bytes[key.len++] = (uint8_t)codec;
    return key;
}

bool gc_has_links(uint64_t codec)
{
    return codec == CID_DAG_PB || codec == CID_DAG_CBOR || codec == CID_DAG_JSON;
}

struct kv_iter *gc_iter(const struct content_gc *gc, enum content_family family, mm_bytes first)
{
    struct kv_iter *iter = kv_iter_new(gc->content->kv, NULL, family);
    if (iter == NULL)
        return NULL;
    const mm_bytes last = { gc->cursor.bytes, gc->cursor.len };
    kv_iter_seek(iter, last.len == 0 ? first : last);
    if (last.len > 0 && kv_iter_valid(iter) && mm_bytes_equal(kv_iter_key(iter), last))
        kv_iter_next(iter);
    return iter;
}

void gc_move_to(struct content_gc *gc, mm_bytes key)
{
    MM_ASSERT(key.len <= sizeof gc->cursor.bytes);
    gc->cursor.len = key.len;
    memcpy(gc->cursor.bytes, key.ptr, key.len);
}

void gc_begin_phase(struct content_gc *gc, enum gc_phase phase)
{
    gc->phase = phase;
    gc->cursor.len = 0;
}

bool gc_is_told(const struct content_gc *gc)
{
    return gc->told_count > 0 || gc->told_rows;
}

static mm_err ignore(void *ctx, mm_bytes value)
{
    (void)ctx;
    (void)value;
    return MM_OK;
}

mm_err gc_has_row(struct content_gc *gc, bool *has, const struct gc_key *key)
{
    const mm_err err = kv_look(gc->content->kv, NULL, FAMILY_MARK, gc_key_bytes(key), ignore, NULL);
    *has = err == MM_OK;
    return err == MM_ERR_NOT_FOUND ? MM_OK : err;
}

mm_err gc_write(struct content_gc *gc)
{
    const mm_err err = store_write(gc->content, gc->batch, KV_BUFFERED);
    kv_batch_reset(gc->batch);
    return err;
}

/* ---- what it is told, with the store's lock held ---- */

static void tell(struct content_gc *gc, struct kv_batch *batch, const struct cid *cid)
{
    if (gc->told_count < GC_TOLD_MAX) {
        gc->told[gc->told_count++] = *cid;
        return;
    }
    const struct gc_key open = gc_key_of_cid(GC_ROW_OPEN, cid);
    kv_batch_put(batch, FAMILY_MARK, gc_key_bytes(&open), MM_BYTES_LIT(""));
    gc->told_rows = true;
}

void store_tell_collection(struct content *content, struct kv_batch *batch,
                           const struct content_pin *pin)
{
    if (content->gc == NULL || !multihash_is_supported(&pin->root.hash))
        return;
    struct cid root = pin->root;
    if (pin->depth != CONTENT_PIN_RECURSIVE)
        root.codec = CID_RAW; /* without its links */
    tell(content->gc, batch, &root);
}

mm_err store_tell_block(struct content *content, struct kv_batch *batch, mm_bytes multihash)
{
    static const uint64_t codecs[] = { CID_DAG_PB, CID_DAG_CBOR, CID_DAG_JSON };
    struct content_gc *gc = content->gc;
    if (gc == NULL || gc->missing == 0)
        return MM_OK;
    for (size_t i = 0; i < MM_COUNT_OF(codecs); i++) {
        const struct gc_key missing = gc_key_of_codec(GC_ROW_MISSING, multihash, codecs[i]);
        bool is_missing;
        MM_TRY(gc_has_row(gc, &is_missing, &missing));
        struct cid cid = { .version = 1, .codec = codecs[i] };
        size_t used;
        if (is_missing && multihash_decode(&cid.hash, &used, multihash) == MULTIHASH_OK)
            tell(gc, batch, &cid);
    }
    return MM_OK;
}

/* ---- beginning and end ---- */

static void clear_marks(struct kv_batch *batch)
{
    static const uint8_t end[] = { 0xff };
    kv_batch_del_range(batch, FAMILY_MARK, MM_BYTES_LIT(""), MM_BYTES_OF(end));
}

/* Marks that a collection left which did not come to its end go, and the epoch of this one begins. */
static mm_err begin(struct content_gc *gc)
{
    struct content *content = gc->content;
    mm_err err = MM_ERR_BUSY;
    clear_marks(gc->batch);
    store_lock(content);
    if (content->gc == NULL) {
        store_put_totals(gc->batch, content->bytes, content->blocks, content->epoch + 1);
        err = kv_write(content->kv, gc->batch, KV_BUFFERED);
    }
    if (err == MM_OK) {
        content->epoch++;
        content->gc = gc;
        gc->limit = store_oldest_epoch(content);
    }
    store_unlock(content);
    kv_batch_reset(gc->batch);
    return err;
}

mm_err content_gc_new(struct content_gc **out, struct content *content,
                      const struct content_gc_options *options)
{
    *out = NULL;
    struct content_gc *gc = mm_heap_zeroed(1, sizeof *gc);
    if (gc == NULL)
        return MM_ERR_NO_MEMORY;
    gc->content = content;
    gc->options = *options;
    gc->after_mark = GC_ROOTS;
    mm_buf_init(&gc->block, BLOCK_BYTES_MAX);
    gc->batch = kv_batch_new(content->kv);
    gc->open = mm_heap_zeroed(GC_OPEN_MAX, sizeof *gc->open);
    gc->told = mm_heap_zeroed(GC_TOLD_MAX, sizeof *gc->told);
    const bool has_memory = gc->batch != NULL && gc->open != NULL && gc->told != NULL;
    const mm_err err = has_memory ? begin(gc) : MM_ERR_NO_MEMORY;
    if (err != MM_OK) {
        content_gc_free(gc);
        return err;
    }
    *out = gc;
    return MM_OK;
}

/* Nobody tells this one anything any more. */
static void leave(struct content_gc *gc)
{
    store_lock(gc->content);
    if (gc->content->gc == gc)
        gc->content->gc = NULL;
    store_unlock(gc->content);
}

void content_gc_free(struct content_gc *gc)
{
    if (gc == NULL)
        return;
    leave(gc);
    if (gc->batch != NULL)
        kv_batch_free(gc->batch);
    mm_buf_fini(&gc->block);
    mm_heap_free(gc->open);
    mm_heap_free(gc->told);
    mm_heap_free(gc);
}

static mm_err count_missing(struct content_gc *gc)
{
    static const uint8_t first[] = { GC_ROW_MISSING };
    struct kv_iter *iter = gc_iter(gc, FAMILY_MARK, MM_BYTES_OF(first));
    if (iter == NULL)
        return MM_ERR_NO_MEMORY;
    for (; kv_iter_valid(iter); kv_iter_next(iter))
        gc->report.missing++;
    const mm_err err = kv_iter_err(iter);
    kv_iter_free(iter);
    return err;
}

static mm_err end(struct content_gc *gc)
{
    MM_TRY(count_missing(gc));
    clear_marks(gc->batch);
    MM_TRY(gc_write(gc));
    leave(gc); /* last: the marks that there are from now on are the next one's */
    gc_begin_phase(gc, GC_OVER);
    return MM_OK;
}

mm_err content_gc_step(struct content_gc *gc, bool *is_over)
{
    *is_over = false;
    switch (gc->phase) {
    case GC_PINS:
        return gc_scan_pins(gc);
    case GC_MARK:
        return gc_mark(gc);
    case GC_ROOTS:
        return gc_drop_roots(gc);
    case GC_SWEEP:
        return gc_sweep(gc);
    case GC_STRAYS:
        return gc_remove_strays(gc);
    case GC_CLEAR:
        MM_TRY(end(gc));
        break;
    case GC_OVER:
        break;
    }
    *is_over = true;
    return gc->report.damaged > 0 ? MM_ERR_CORRUPT : MM_OK;
}

const struct content_gc_report *content_gc_report(const struct content_gc *gc)
{
    return &gc->report;
}

mm_err content_gc_run(struct content *content, struct content_gc_report *report,
                      const struct content_gc_options *options)
{
    if (report != NULL)
        *report = (struct content_gc_report){ .missing = 0 };
    struct content_gc *gc;
    MM_TRY(content_gc_new(&gc, content, options));
    mm_err err = MM_OK;
    for (bool is_over = false; err == MM_OK && !is_over;)
        err = content_gc_step(gc, &is_over);
    if (report != NULL)
        *report = gc->report;
    content_gc_free(gc);
    return err;
}

mm_err content_compact(struct content *content)
{
    return kv_compact(content->kv, content_totals(content).bytes);
}

void content_compact_stop(struct content *content)
{
    kv_compact_stop(content->kv);
}

bool content_wants_compaction(struct content *content)
{
    const struct content_totals totals = content_totals(content);
    return totals.disk_bytes > 2 * totals.bytes + CONTENT_SLACK_BYTES;
}
