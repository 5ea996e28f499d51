#include "p2p/content/store.h"

#include "p2p/content/store_internal.h"
#include "state/base/assert.h"
#include "state/base/endian.h"
#include "state/base/heap.h"

enum {
    ROOT_VALUE_MAX = 1 + 8 + 8 + CID_BYTES_MAX,
    TOKEN_KEY_BYTES = 20 + 32,
    TOKEN_VALUE_MAX = CONTENT_TOKEN_ROOTS_MAX * (1 + CID_BYTES_MAX),
};
_Static_assert((int)TOKEN_KEY_BYTES <= (int)CONTENT_OWNER_MAX, "a token can own a pin");
_Static_assert(CID_BYTES_MAX < 256, "a CID's length is a byte");

void store_put_root(struct kv_batch *batch, const struct content_root *root)
{
    const struct store_key key = store_key_of(&root->cid);
    uint8_t value[ROOT_VALUE_MAX];
    value[0] = (uint8_t)root->state;
    mm_put_be64(value + 1, root->bytes);
    mm_put_be64(value + 9, root->blocks);
    const size_t cid_len = cid_encode(value + 17, &root->cid);
    kv_batch_put(batch, FAMILY_ROOT, store_key_bytes(&key), (mm_bytes){ value, 17 + cid_len });
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

mm_err content_root_get(struct content *content, struct content_root *out, const struct cid *cid)
{
    *out = (struct content_root){ .bytes = 0 };
    const struct store_key key = store_key_of(cid);
    struct mm_buf value;
    mm_buf_init(&value, ROOT_VALUE_MAX);
    mm_err err = kv_get(content->kv, NULL, FAMILY_ROOT, store_key_bytes(&key), &value);
    if (err == MM_OK)
        err = decode_root(out, mm_buf_bytes(&value));
    mm_buf_fini(&value);
    return err;
}

struct content_roots {
    struct kv_iter *iter; /* owned */
    bool started;
};

struct content_roots *content_roots_new(struct content *content)
{
    struct content_roots *roots = mm_heap_zeroed(1, sizeof *roots);
    if (roots == NULL)
        return NULL;
    roots->iter = kv_iter_new(content->kv, NULL, FAMILY_ROOT);
    if (roots->iter == NULL) {
        mm_heap_free(roots);
        return NULL;
    }
    return roots;
}

void content_roots_free(struct content_roots *roots)
{
    if (roots == NULL)
        return;
    kv_iter_free(roots->iter);
    mm_heap_free(roots);
}

mm_err content_roots_next(struct content_roots *roots, struct content_root *root)
{
    *root = (struct content_root){ .bytes = 0 };
    if (!roots->started)
        kv_iter_seek(roots->iter, MM_BYTES_LIT(""));
    else if (kv_iter_valid(roots->iter))
        kv_iter_next(roots->iter);
    roots->started = true;
    if (!kv_iter_valid(roots->iter)) {
        MM_TRY(kv_iter_err(roots->iter));
        return MM_ERR_NOT_FOUND;
    }
    return decode_root(root, kv_iter_value(roots->iter));
}

/* --- tokens --- */

static void token_key(uint8_t out[TOKEN_KEY_BYTES], const struct content_token *token)
{
    memcpy(out, token->contract.b, 20);
    memcpy(out + 20, token->token_id.b, 32);
}

/* CIDs one behind the other, each after its length. */
static mm_err decode_token(struct cid roots[CONTENT_TOKEN_ROOTS_MAX], size_t *count, mm_bytes value)
{
    *count = 0;
    for (size_t at = 0; at < value.len;) {
        const size_t len = value.ptr[at++];
        if (len > value.len - at || *count == CONTENT_TOKEN_ROOTS_MAX ||
            cid_decode(&roots[*count], (mm_bytes){ value.ptr + at, len }) != CID_OK) {
            *count = 0;
            return MM_ERR_CORRUPT;
        }
        at += len;
        ++*count;
    }
    return MM_OK;
}

mm_err content_token_get(struct content *content, struct cid roots[CONTENT_TOKEN_ROOTS_MAX],
                         size_t *count, const struct content_token *token)
{
    *count = 0;
    uint8_t key[TOKEN_KEY_BYTES];
    token_key(key, token);
    struct mm_buf value;
    mm_buf_init(&value, TOKEN_VALUE_MAX);
    mm_err err = kv_get(content->kv, NULL, FAMILY_CREF, MM_BYTES_OF(key), &value);
    if (err == MM_OK)
        err = decode_token(roots, count, mm_buf_bytes(&value));
    mm_buf_fini(&value);
    return err;
}

static void put_token_row(struct kv_batch *batch, mm_bytes key, const struct cid *roots,
                          size_t count)
{
    uint8_t value[TOKEN_VALUE_MAX];
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        const size_t len = cid_encode(value + at + 1, &roots[i]);
        value[at] = (uint8_t)len;
        at += 1 + len;
    }
    if (count == 0)
        kv_batch_del(batch, FAMILY_CREF, key);
    else
        kv_batch_put(batch, FAMILY_CREF, key, (mm_bytes){ value, at });
}

/* The pin of a root that the token named before and does not name now. */
static void release(struct kv_batch *batch, struct content_pin *pin, uint64_t expires_ms)
{
    pin->expires_ms = expires_ms;
    if (expires_ms != 0) {
        store_put_pin(batch, pin);
        return;
    }
    store_del_pin(batch, pin);
}

static mm_err fill_token_batch(struct content *content, struct kv_batch *batch,
                               const struct content_token *token, const struct cid *roots,
                               size_t count, uint64_t old_expires_ms)
{
    uint8_t key[TOKEN_KEY_BYTES];
    token_key(key, token);
    struct content_pin pin = { .kind = CONTENT_PIN_CHAIN,
                               .depth = CONTENT_PIN_RECURSIVE,
                               .owner = MM_BYTES_OF(key) };
    struct cid old[CONTENT_TOKEN_ROOTS_MAX];
    size_t old_count;
    const mm_err err = content_token_get(content, old, &old_count, token);
    if (err != MM_OK && err != MM_ERR_NOT_FOUND)
        return err;
    for (size_t i = 0; i < old_count;
         i++) { /* a root that is named again gets its pin back below: a later put wins */
        pin.root = old[i];
        release(batch, &pin, old_expires_ms);
    }
    pin.expires_ms = 0;
    for (size_t i = 0; i < count; i++) {
        pin.root = roots[i];
        store_put_pin(batch, &pin);
        struct content_root known;
        const mm_err found = content_root_get(content, &known, &roots[i]);
        if (found == MM_ERR_NOT_FOUND)
            store_put_root(batch,
                           &(struct content_root){ .cid = roots[i], .state = CONTENT_ROOT_WANT });
        else if (found != MM_OK)
            return found;
    }
    put_token_row(batch, MM_BYTES_OF(key), roots, count);
    return MM_OK;
}

mm_err content_token_put(struct content *content, const struct content_token *token,
                         const struct cid *roots, size_t count, uint64_t old_expires_ms)
{
    if (count > CONTENT_TOKEN_ROOTS_MAX)
        return MM_ERR_LIMIT;
    for (size_t i = 0; i < count; i++)
        if (!multihash_is_supported(&roots[i].hash))
            return MM_ERR_INVALID;
    struct kv_batch *batch = kv_batch_new(content->kv);
    if (batch == NULL)
        return MM_ERR_NO_MEMORY;
    store_lock(content);
    mm_err err = fill_token_batch(content, batch, token, roots, count, old_expires_ms);
    if (err == MM_OK)
        err = kv_write(content->kv, batch, KV_SYNCED);
    store_unlock(content);
    kv_batch_free(batch);
    return err;
}
