#include "p2p/content/store.h"

#include "p2p/content/store_internal.h"
#include "state/base/assert.h"
#include "state/base/endian.h"
#include "state/base/heap.h"

enum {
    PIN_KEY_MAX = MULTIHASH_BYTES_MAX + 1 + CONTENT_OWNER_MAX,
    PIN_VALUE_MAX = 1 + 8 + CID_BYTES_MAX,
};

/* multihash, which ends where its length says | kind | owner */
static size_t pin_key(uint8_t out[PIN_KEY_MAX], const struct cid *root, enum content_pin_kind kind,
                      mm_bytes owner)
{
    MM_ASSERT(owner.len <= CONTENT_OWNER_MAX);
    size_t at = multihash_encode(out, &root->hash);
    out[at++] = (uint8_t)kind;
    if (owner.len > 0)
        memcpy(out + at, owner.ptr, owner.len);
    return at + owner.len;
}

void store_put_pin(struct kv_batch *batch, const struct content_pin *pin)
{
    uint8_t key[PIN_KEY_MAX];
    const size_t key_len = pin_key(key, &pin->root, pin->kind, pin->owner);
    uint8_t value[PIN_VALUE_MAX];
    value[0] = (uint8_t)pin->depth;
    mm_put_be64(value + 1, pin->expires_ms);
    const size_t cid_len = cid_encode(value + 9, &pin->root);
    kv_batch_put(batch, FAMILY_PIN, (mm_bytes){ key, key_len }, (mm_bytes){ value, 9 + cid_len });
}

void store_del_pin(struct kv_batch *batch, const struct content_pin *pin)
{
    uint8_t key[PIN_KEY_MAX];
    const size_t key_len = pin_key(key, &pin->root, pin->kind, pin->owner);
    kv_batch_del(batch, FAMILY_PIN, (mm_bytes){ key, key_len });
}

mm_err store_decode_pin(struct content_pin *pin, mm_bytes key, mm_bytes value)
{
    struct multihash hash;
    size_t used;
    if (multihash_decode(&hash, &used, key) != MULTIHASH_OK || key.len == used || value.len < 9)
        return MM_ERR_CORRUPT;
    if (cid_decode(&pin->root, (mm_bytes){ value.ptr + 9, value.len - 9 }) != CID_OK)
        return MM_ERR_CORRUPT;
    const uint8_t kind = key.ptr[used];
    if (kind < CONTENT_PIN_CHAIN || kind > CONTENT_PIN_UPLOAD ||
        !multihash_equal(&hash, &pin->root.hash))
        return MM_ERR_CORRUPT;
    if (value.ptr[0] != CONTENT_PIN_RECURSIVE && value.ptr[0] != CONTENT_PIN_DIRECT)
        return MM_ERR_CORRUPT;
    pin->kind = (enum content_pin_kind)kind;
    pin->owner = (mm_bytes){ key.ptr + used + 1, key.len - used - 1 };
    pin->depth = (enum content_pin_depth)value.ptr[0];
    pin->expires_ms = mm_get_be64(value.ptr + 1);
    return MM_OK;
}

mm_err store_find_pin(struct content *content, struct content_pin *out,
                      const struct content_pin *like)
{
    uint8_t key[PIN_KEY_MAX];
    const mm_bytes row = { key, pin_key(key, &like->root, like->kind, like->owner) };
    struct mm_buf value;
    mm_buf_init(&value, PIN_VALUE_MAX);
    mm_err err = kv_get(content->kv, NULL, FAMILY_PIN, row, &value);
    if (err == MM_OK)
        err = store_decode_pin(out, row, mm_buf_bytes(&value));
    out->owner = like->owner;
    mm_buf_fini(&value);
    return err;
}

mm_err content_pin_put(struct content *content, const struct content_pin *pin)
{
    if (!multihash_is_supported(&pin->root.hash) || pin->owner.len > CONTENT_OWNER_MAX)
        return MM_ERR_INVALID;
    struct kv_batch *batch = kv_batch_new(content->kv);
    if (batch == NULL)
        return MM_ERR_NO_MEMORY;
    store_put_pin(batch, pin);
    store_lock(content);
    store_tell_collection(content, batch, pin);
    const mm_err err = kv_write(content->kv, batch, KV_SYNCED);
    content->commits++;
    store_unlock(content);
    kv_batch_free(batch);
    return err;
}

mm_err content_pin_del(struct content *content, const struct cid *root, enum content_pin_kind kind,
                       mm_bytes owner)
{
    if (owner.len > CONTENT_OWNER_MAX)
        return MM_ERR_NOT_FOUND;
    const struct content_pin pin = { .root = *root, .kind = kind, .owner = owner };
    struct content_pin there;
    MM_TRY(store_find_pin(content, &there, &pin));
    struct kv_batch *batch = kv_batch_new(content->kv);
    if (batch == NULL)
        return MM_ERR_NO_MEMORY;
    store_del_pin(batch, &pin);
    store_lock(content);
    const mm_err err = kv_write(content->kv, batch, KV_SYNCED);
    content->commits++;
    store_unlock(content);
    kv_batch_free(batch);
    return err;
}

struct content_pins {
    struct kv_iter *iter; /* owned */
    struct store_key prefix;
    bool started;
};

struct content_pins *content_pins_new(struct content *content, const struct cid *root)
{
    struct content_pins *pins = mm_heap_zeroed(1, sizeof *pins);
    if (pins == NULL)
        return NULL;
    if (root != NULL)
        pins->prefix = store_key_of(root);
    pins->iter = kv_iter_new(content->kv, NULL, FAMILY_PIN);
    if (pins->iter == NULL) {
        mm_heap_free(pins);
        return NULL;
    }
    return pins;
}

void content_pins_free(struct content_pins *pins)
{
    if (pins == NULL)
        return;
    kv_iter_free(pins->iter);
    mm_heap_free(pins);
}

mm_err content_pins_next(struct content_pins *pins, struct content_pin *pin)
{
    *pin = (struct content_pin){ .expires_ms = 0 };
    const mm_bytes prefix = store_key_bytes(&pins->prefix);
    if (pins->started && kv_iter_valid(pins->iter))
        kv_iter_next(pins->iter);
    else if (!pins->started)
        kv_iter_seek(pins->iter, prefix);
    pins->started = true;
    if (!kv_iter_valid(pins->iter)) {
        MM_TRY(kv_iter_err(pins->iter));
        return MM_ERR_NOT_FOUND;
    }
    const mm_bytes key = kv_iter_key(pins->iter);
    if (prefix.len > 0 && (key.len < prefix.len || memcmp(key.ptr, prefix.ptr, prefix.len) != 0))
        return MM_ERR_NOT_FOUND;
    return store_decode_pin(pin, key, kv_iter_value(pins->iter));
}
