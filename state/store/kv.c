#include "state/store/kv.h"

#include "state/base/assert.h"
#include "state/store/kv_internal.h"

void kv_options_check(const struct kv_options *options)
{
    MM_ASSERT(options->family_count > 0 && options->family_count <= KV_FAMILIES_MAX);
    for (size_t i = 0; i < options->family_count; i++)
        MM_ASSERT(options->families[i].name != NULL && options->families[i].name[0] != '\0');
}

void kv_close(struct kv *kv)
{
    if (kv == NULL)
        return;
    MM_ASSERT(atomic_load(&kv->views) == 0);
    kv->ops->close(kv);
}

struct kv_snapshot *kv_snapshot_new(struct kv *kv)
{
    struct kv_snapshot *snapshot = kv->ops->snapshot_new(kv);
    if (snapshot != NULL)
        atomic_fetch_add(&kv->views, 1);
    return snapshot;
}

void kv_snapshot_free(struct kv *kv, struct kv_snapshot *snapshot)
{
    if (snapshot == NULL)
        return;
    kv->ops->snapshot_free(kv, snapshot);
    MM_ASSERT(atomic_fetch_sub(&kv->views, 1) > 0);
}

mm_err kv_look(struct kv *kv, const struct kv_snapshot *snapshot, size_t family, mm_bytes key,
               kv_seen_fn *seen, void *ctx)
{
    MM_ASSERT(family < kv->family_count);
    return kv->ops->look(kv, snapshot, family, key, seen, ctx);
}

static mm_err copy_value(void *ctx, mm_bytes value)
{
    mm_buf_add(ctx, value);
    return mm_buf_err(ctx);
}

mm_err kv_get(struct kv *kv, const struct kv_snapshot *snapshot, size_t family, mm_bytes key,
              struct mm_buf *value)
{
    mm_buf_reset(value);
    return kv_look(kv, snapshot, family, key, copy_value, value);
}

struct kv_batch *kv_batch_new(struct kv *kv)
{
    return kv->ops->batch_new(kv);
}

void kv_batch_free(struct kv_batch *batch)
{
    if (batch != NULL)
        batch->kv->ops->batch_free(batch);
}

void kv_batch_reset(struct kv_batch *batch)
{
    batch->err = MM_OK;
    batch->families = 0;
    batch->kv->ops->batch_reset(batch);
}

void kv_batch_put(struct kv_batch *batch, size_t family, mm_bytes key, mm_bytes value)
{
    MM_ASSERT(family < batch->kv->family_count);
    MM_ASSERT(key.len <= UINT32_MAX && value.len <= UINT32_MAX); /* RocksDB's limit */
    batch->families |= 1u << family;
    batch->kv->ops->batch_put(batch, family, key, value);
}

void kv_batch_del(struct kv_batch *batch, size_t family, mm_bytes key)
{
    MM_ASSERT(family < batch->kv->family_count);
    batch->families |= 1u << family;
    batch->kv->ops->batch_del(batch, family, key);
}

void kv_batch_del_range(struct kv_batch *batch, size_t family, mm_bytes from, mm_bytes to)
{
    MM_ASSERT(family < batch->kv->family_count);
    /* An empty range is no change; RocksDB would log a reversed one and then fail on it, at each replay too. */
    if (mm_bytes_compare(from, to) >= 0)
        return;
    batch->families |= 1u << family;
    batch->kv->ops->batch_del_range(batch, family, from, to);
}

size_t kv_batch_bytes(const struct kv_batch *batch)
{
    return batch->kv->ops->batch_bytes(batch);
}

mm_err kv_write(struct kv *kv, const struct kv_batch *batch, enum kv_durability durability)
{
    MM_ASSERT(batch->kv == kv);
    MM_ASSERT(durability != KV_BULK || (batch->families & (batch->families - 1)) == 0);
    const mm_err earlier = (mm_err)atomic_load(&kv->write_err);
    if (earlier != MM_OK)
        return earlier;
    if (batch->err != MM_OK)
        return batch->err; /* nothing was tried: the store itself is as good as before */
    const mm_err err = kv->ops->write(kv, batch, durability);
    if (err != MM_OK) {
        int none = MM_OK;
        (void)atomic_compare_exchange_strong(&kv->write_err, &none, (int)err);
    }
    return err;
}

struct kv_iter *kv_iter_new(struct kv *kv, const struct kv_snapshot *snapshot, size_t family)
{
    MM_ASSERT(family < kv->family_count);
    struct kv_iter *iter = kv->ops->iter_new(kv, snapshot, family);
    if (iter != NULL)
        atomic_fetch_add(&kv->views, 1);
    return iter;
}

void kv_iter_free(struct kv_iter *iter)
{
    if (iter == NULL)
        return;
    struct kv *kv = iter->kv;
    kv->ops->iter_free(iter);
    MM_ASSERT(atomic_fetch_sub(&kv->views, 1) > 0);
}

void kv_iter_seek(struct kv_iter *iter, mm_bytes key)
{
    iter->kv->ops->iter_seek(iter, key);
}

void kv_iter_seek_back(struct kv_iter *iter, mm_bytes key)
{
    iter->kv->ops->iter_seek_back(iter, key);
}

void kv_iter_next(struct kv_iter *iter)
{
    MM_ASSERT(kv_iter_valid(iter));
    iter->kv->ops->iter_next(iter);
}

void kv_iter_prev(struct kv_iter *iter)
{
    MM_ASSERT(kv_iter_valid(iter));
    iter->kv->ops->iter_prev(iter);
}

bool kv_iter_valid(const struct kv_iter *iter)
{
    return iter->kv->ops->iter_valid(iter);
}

mm_bytes kv_iter_key(const struct kv_iter *iter)
{
    MM_ASSERT(kv_iter_valid(iter));
    return iter->kv->ops->iter_key(iter);
}

mm_bytes kv_iter_value(const struct kv_iter *iter)
{
    MM_ASSERT(kv_iter_valid(iter));
    return iter->kv->ops->iter_value(iter);
}

mm_err kv_iter_err(const struct kv_iter *iter)
{
    return iter->kv->ops->iter_err(iter);
}

mm_err kv_compact(struct kv *kv, uint64_t room_bytes)
{
    return kv->ops->compact(kv, room_bytes);
}

void kv_compact_stop(struct kv *kv)
{
    kv->ops->compact_stop(kv);
}

uint64_t kv_size_bytes(struct kv *kv)
{
    return kv->ops->size_bytes(kv);
}

uint64_t kv_family_bytes(struct kv *kv, size_t family)
{
    MM_ASSERT(family < kv->family_count);
    return kv->ops->family_bytes(kv, family);
}

void kv_cache_resize(struct kv *kv, size_t bytes)
{
    kv->ops->cache_resize(kv, bytes);
}
