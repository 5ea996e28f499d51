#include "p2p/content/store.h"

#include "p2p/content/store_internal.h"
#include "state/base/assert.h"
#include "state/base/endian.h"
#include "state/base/heap.h"

enum { ROOT_VALUE_MAX = 1 + 8 + 8 + CID_BYTES_MAX };

#define LACKS_PREFIX MM_BYTES_LIT("lacks/")

struct lacks_key {
    uint8_t bytes[6 + MULTIHASH_BYTES_MAX];
    size_t len;
};

static struct lacks_key lacks_key_of(const struct store_key *root)
{
    struct lacks_key key = { .len = LACKS_PREFIX.len + root->len };
    memcpy(key.bytes, LACKS_PREFIX.ptr, LACKS_PREFIX.len);
    memcpy(key.bytes + LACKS_PREFIX.len, root->bytes, root->len);
    return key;
}

void store_put_root(struct kv_batch *batch, const struct content_root *root)
{
    const struct store_key key = store_key_of(&root->cid);
    uint8_t value[ROOT_VALUE_MAX];
    value[0] = (uint8_t)root->state;
    mm_put_be64(value + 1, root->bytes);
    mm_put_be64(value + 9, root->blocks);
    const size_t cid_len = cid_encode(value + 17, &root->cid);
    kv_batch_put(batch, FAMILY_ROOT, store_key_bytes(&key), (mm_bytes){ value, 17 + cid_len });
    const struct lacks_key lacks = lacks_key_of(&key);
    if (root->state == CONTENT_ROOT_WHOLE)
        kv_batch_del(batch, FAMILY_META, (mm_bytes){ lacks.bytes, lacks.len });
    else
        kv_batch_put(batch, FAMILY_META, (mm_bytes){ lacks.bytes, lacks.len }, MM_BYTES_LIT(""));
}

void store_del_root(struct kv_batch *batch, mm_bytes key)
{
    struct store_key root = { .len = key.len };
    memcpy(root.bytes, key.ptr, key.len);
    const struct lacks_key lacks = lacks_key_of(&root);
    kv_batch_del(batch, FAMILY_ROOT, key);
    kv_batch_del(batch, FAMILY_META, (mm_bytes){ lacks.bytes, lacks.len });
}

static mm_err decode_root(struct content_root *root, mm_bytes value)
{
    *root = (struct content_root){ .bytes = 0 };
    struct cid cid;
    if (value.len < 17 || cid_decode(&cid, (mm_bytes){ value.ptr + 17, value.len - 17 }) != CID_OK)
        return MM_ERR_CORRUPT;
    if (value.ptr[0] < CONTENT_ROOT_WANT || value.ptr[0] > CONTENT_ROOT_WHOLE)
        return MM_ERR_CORRUPT;
    *root = (struct content_root){
        .cid = cid,
        .state = (enum content_root_state)value.ptr[0],
        .bytes = mm_get_be64(value.ptr + 1),
        .blocks = mm_get_be64(value.ptr + 9),
    };
    return MM_OK;
}

mm_err content_root_put(struct content *content, const struct content_root *root)
{
    if (!multihash_is_supported(&root->cid.hash))
        return MM_ERR_INVALID;
    struct kv_batch *batch = kv_batch_new(content->kv);
    if (batch == NULL)
        return MM_ERR_NO_MEMORY;
    store_put_root(batch, root);
    store_lock(content);
    const mm_err err = kv_write(content->kv, batch, KV_SYNCED);
    store_unlock(content);
    kv_batch_free(batch);
    return err;
}

static mm_err get_root(struct content *content, struct content_root *out, mm_bytes key)
{
    *out = (struct content_root){ .bytes = 0 };
    struct mm_buf value;
    mm_buf_init(&value, ROOT_VALUE_MAX);
    mm_err err = kv_get(content->kv, NULL, FAMILY_ROOT, key, &value);
    if (err == MM_OK)
        err = decode_root(out, mm_buf_bytes(&value));
    mm_buf_fini(&value);
    return err;
}

mm_err content_root_get(struct content *content, struct content_root *out, const struct cid *cid)
{
    const struct store_key key = store_key_of(cid);
    return get_root(content, out, store_key_bytes(&key));
}

struct content_roots {
    struct content *content;
    struct kv_iter *iter; /* owned; at the next row */
    bool lacking_only;
};

struct content_roots *content_roots_new(struct content *content, bool lacking_only,
                                        const struct cid *after)
{
    struct content_roots *roots = mm_heap_zeroed(1, sizeof *roots);
    if (roots == NULL)
        return NULL;
    roots->content = content;
    roots->lacking_only = lacking_only;
    roots->iter = kv_iter_new(content->kv, NULL, lacking_only ? FAMILY_META : FAMILY_ROOT);
    if (roots->iter == NULL) {
        mm_heap_free(roots);
        return NULL;
    }
    struct store_key key = { .len = 0 };
    if (after != NULL)
        key = store_key_of(after);
    const struct lacks_key lacks = lacks_key_of(&key);
    const mm_bytes from =
        lacking_only ? (mm_bytes){ lacks.bytes, lacks.len } : store_key_bytes(&key);
    kv_iter_seek(roots->iter, from);
    if (after != NULL && kv_iter_valid(roots->iter) &&
        mm_bytes_equal(kv_iter_key(roots->iter), from))
        kv_iter_next(roots->iter);
    return roots;
}

void content_roots_free(struct content_roots *roots)
{
    if (roots == NULL)
        return;
    kv_iter_free(roots->iter);
    mm_heap_free(roots);
}

/* The record that the iterator is at. MM_ERR_NOT_FOUND: it went in the meantime, or *is_over. */
static mm_err read_row(struct content_roots *roots, struct content_root *root, bool *is_over)
{
    *is_over = false;
    if (!roots->lacking_only)
        return decode_root(root, kv_iter_value(roots->iter));
    const mm_bytes key = kv_iter_key(roots->iter);
    *is_over =
        key.len <= LACKS_PREFIX.len || memcmp(key.ptr, LACKS_PREFIX.ptr, LACKS_PREFIX.len) != 0;
    if (*is_over)
        return MM_ERR_NOT_FOUND;
    return get_root(roots->content, root,
                    (mm_bytes){ key.ptr + LACKS_PREFIX.len, key.len - LACKS_PREFIX.len });
}

mm_err content_roots_next(struct content_roots *roots, struct content_root *root)
{
    *root = (struct content_root){ .bytes = 0 };
    while (kv_iter_valid(roots->iter)) {
        bool is_over;
        const mm_err err = read_row(roots, root, &is_over);
        if (is_over)
            return MM_ERR_NOT_FOUND;
        kv_iter_next(roots->iter);
        if (err != MM_ERR_NOT_FOUND)
            return err;
    }
    MM_TRY(kv_iter_err(roots->iter));
    return MM_ERR_NOT_FOUND;
}
