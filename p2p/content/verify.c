#include "p2p/content/verify.h"

#include "p2p/content/store_internal.h"
#include "p2p/content/walk.h"
#include "state/base/heap.h"

enum { BLOCKS_A_STEP = 16 };

enum phase { PHASE_BLOCKS, PHASE_ROOTS, PHASE_OVER };

struct content_verify {
    struct content *content;
    struct content_verify_options options;
    struct content_verify_report report;
    enum phase phase;
    struct store_key last; /* block that was hashed */
    struct mm_buf block;

    struct content_walk *walk; /* owned */
    struct cid root;           /* that is walked */
    bool has_root;
    bool is_lacking;
};

struct content_verify *content_verify_new(struct content *content,
                                          const struct content_verify_options *options)
{
    struct content_verify *verify = mm_heap_zeroed(1, sizeof *verify);
    if (verify == NULL)
        return NULL;
    verify->content = content;
    verify->options = *options;
    mm_buf_init(&verify->block, BLOCK_BYTES_MAX);
    const struct block_source source = content_source(content);
    verify->walk = content_walk_new(&source, &(struct walk_options){ .scope = WALK_ALL });
    if (verify->walk == NULL) {
        content_verify_free(verify);
        return NULL;
    }
    return verify;
}

void content_verify_free(struct content_verify *verify)
{
    if (verify == NULL)
        return;
    content_walk_free(verify->walk);
    mm_buf_fini(&verify->block);
    mm_heap_free(verify);
}

const struct content_verify_report *content_verify_report(const struct content_verify *verify)
{
    return &verify->report;
}

static void tell(const struct content_verify *verify, enum read_verdict verdict,
                 const struct cid *block, const struct cid *root)
{
    if (verify->options.found != NULL)
        verify->options.found(verify->options.context, verdict, block, root);
}

/* ---- blocks ---- */

static mm_err check_block(struct content_verify *verify, mm_bytes key)
{
    struct cid cid = { .version = 1, .codec = CID_RAW };
    size_t used;
    if (multihash_decode(&cid.hash, &used, key) != MULTIHASH_OK || used != key.len)
        return MM_ERR_CORRUPT;
    const mm_err err = content_get(verify->content, &verify->block, &cid);
    uint64_t bytes;
    if (err == MM_OK) {
        verify->report.blocks++;
        verify->report.bytes += mm_buf_bytes(&verify->block).len;
        return MM_OK;
    }
    if (err != MM_ERR_CORRUPT && err != MM_ERR_NOT_FOUND)
        return err;
    if (content_find(verify->content, &bytes, &cid) != MM_OK)
        return MM_OK; /* a collection removed it in the meantime */
    verify->report.corrupt++;
    tell(verify, err == MM_ERR_CORRUPT ? READ_CORRUPT : READ_NO_BLOCK, &cid, NULL);
    return verify->options.drops ? content_drop_corrupt(verify->content, &cid) : MM_OK;
}

static mm_err check_blocks(struct content_verify *verify)
{
    struct kv_iter *iter = kv_iter_new(verify->content->kv, NULL, FAMILY_SIZE);
    if (iter == NULL)
        return MM_ERR_NO_MEMORY;
    const mm_bytes last = store_key_bytes(&verify->last);
    kv_iter_seek(iter, last);
    if (last.len > 0 && kv_iter_valid(iter) && mm_bytes_equal(kv_iter_key(iter), last))
        kv_iter_next(iter);
    mm_err err = MM_OK;
    size_t count = 0;
    for (; err == MM_OK && count < BLOCKS_A_STEP && kv_iter_valid(iter); count++) {
        const mm_bytes key = kv_iter_key(iter);
        err = key.len > sizeof verify->last.bytes ? MM_ERR_CORRUPT : check_block(verify, key);
        if (err == MM_OK) {
            verify->last.len = key.len;
            memcpy(verify->last.bytes, key.ptr, key.len);
        }
        kv_iter_next(iter);
    }
    if (err == MM_OK)
        err = kv_iter_err(iter);
    kv_iter_free(iter);
    if (err == MM_OK && count < BLOCKS_A_STEP)
        verify->phase = PHASE_ROOTS;
    return err;
}

/* ---- roots ---- */

/* The record of a root that is not whole must not say that it is. */
static mm_err end_root(struct content_verify *verify)
{
    verify->has_root = false;
    verify->report.roots++;
    if (!verify->is_lacking)
        return MM_OK;
    verify->report.lacking++;
    struct content_root record;
    const mm_err err = content_root_get(verify->content, &record, &verify->root);
    if (err != MM_OK && err != MM_ERR_NOT_FOUND)
        return err;
    if (err == MM_OK && record.state != CONTENT_ROOT_WHOLE)
        return MM_OK;
    record.cid = verify->root;
    record.state = CONTENT_ROOT_PARTIAL;
    return content_root_put(verify->content, &record);
}

/* Behind every pin of the root that was walked last. */
static void seek_next(struct content_verify *verify, struct kv_iter *iter)
{
    uint8_t bytes[MULTIHASH_BYTES_MAX + 1];
    size_t len = 0;
    if (verify->report.roots > 0) {
        const struct store_key last = store_key_of(&verify->root);
        memcpy(bytes, last.bytes, last.len);
        len = last.len;
        bytes[len++] = 0xff; /* no kind of pin */
    }
    kv_iter_seek(iter, mm_bytes_from(bytes, len));
}

/* The next root, with all below it if one of its pins is recursive. No iterator is kept between steps: it would keep from the store
 * what others have removed meanwhile. */
static mm_err find_root(struct content_verify *verify, struct kv_iter *iter)
{
    bool has = false;
    bool is_deep = false;
    for (seek_next(verify, iter); kv_iter_valid(iter); kv_iter_next(iter)) {
        struct content_pin pin;
        MM_TRY(store_decode_pin(&pin, kv_iter_key(iter), kv_iter_value(iter)));
        if (has && !cid_same_block(&pin.root, &verify->root))
            break;
        if (!has || (pin.depth == CONTENT_PIN_RECURSIVE && !is_deep))
            verify->root = pin.root;
        is_deep |= pin.depth == CONTENT_PIN_RECURSIVE;
        has = true;
    }
    MM_TRY(kv_iter_err(iter));
    if (has && !is_deep)
        verify->root.codec = CID_RAW; /* the one block */
    return has ? MM_OK : MM_ERR_NOT_FOUND;
}

static mm_err next_root(struct content_verify *verify)
{
    struct kv_iter *iter = kv_iter_new(verify->content->kv, NULL, FAMILY_PIN);
    if (iter == NULL)
        return MM_ERR_NO_MEMORY;
    const mm_err err = find_root(verify, iter);
    kv_iter_free(iter);
    MM_TRY(err);
    verify->has_root = true;
    verify->is_lacking = false;
    content_walk_begin(verify->walk, &verify->root);
    return MM_OK;
}

static mm_err walk_on(struct content_verify *verify)
{
    for (size_t i = 0; i < BLOCKS_A_STEP; i++) {
        struct cid cid;
        mm_bytes block;
        const enum read_verdict verdict = content_walk_next(verify->walk, &cid, &block);
        if (verdict == READ_END)
            return end_root(verify);
        if (verdict == READ_OK)
            continue;
        if (verdict == READ_FAILED)
            return content_walk_err(verify->walk);
        verify->report.missing += verdict == READ_NO_BLOCK;
        verify->is_lacking |= verdict == READ_NO_BLOCK || verdict == READ_CORRUPT;
        tell(verify, verdict, content_walk_at(verify->walk), &verify->root);
    }
    return MM_OK;
}

mm_err content_verify_step(struct content_verify *verify, bool *is_over)
{
    *is_over = false;
    if (verify->phase == PHASE_BLOCKS)
        return check_blocks(verify);
    if (verify->phase == PHASE_ROOTS && verify->has_root)
        return walk_on(verify);
    if (verify->phase == PHASE_ROOTS) {
        const mm_err err = next_root(verify);
        if (err != MM_ERR_NOT_FOUND)
            return err;
        verify->phase = PHASE_OVER;
    }
    *is_over = true;
    return MM_OK;
}
