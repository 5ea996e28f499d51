#include "tests/lib/lossy_store.h"

#include "state/base/assert.h"
#include "state/base/heap.h"
#include "state/store/kv_internal.h"

/* The store in memory, with some of its functions replaced. */
struct lossy_store {
    struct kv_ops ops; /* first: it is found by them */
    const struct kv_ops *inner;
    struct kv_options options;
    struct kv *saved;            /* what the disk has, while it is closed */
    struct kv_snapshot *durable; /* while it is open: as of the last synced write */
    enum lossy_fate (*fate)(void *ctx, enum kv_durability durability);
    void *ctx;
};

static struct lossy_store *store_of(struct kv *kv)
{
    return (struct lossy_store *)(uintptr_t)kv->ops;
}

static void keep(struct lossy_store *store, struct kv *kv)
{
    if (store->durable != NULL)
        store->inner->snapshot_free(kv, store->durable);
    store->durable = store->inner->snapshot_new(kv);
    MM_ASSERT(store->durable != NULL);
}

static mm_err write_through(struct lossy_store *store, struct kv *kv, const struct kv_batch *batch,
                            enum kv_durability durability)
{
    MM_TRY(store->inner->write(kv, batch, durability));
    if (durability == KV_SYNCED)
        keep(store, kv);
    return MM_OK;
}

static mm_err write_batch(struct kv *kv, const struct kv_batch *batch,
                          enum kv_durability durability)
{
    struct lossy_store *store = store_of(kv);
    switch (store->fate == NULL ? LOSSY_PASSES : store->fate(store->ctx, durability)) {
    case LOSSY_PASSES:
        return write_through(store, kv, batch, durability);
    case LOSSY_FAILS:
        return MM_ERR_IO;
    case LOSSY_FAILS_LATE:
        MM_TRY(write_through(store, kv, batch, KV_SYNCED));
        return MM_ERR_IO;
    case LOSSY_FULL:
        return MM_ERR_NO_SPACE;
    }
    MM_UNREACHABLE();
}

static void copy_family(struct lossy_store *store, struct kv_batch *batch, struct kv *kv,
                        size_t family)
{
    struct kv_iter *iter = store->inner->iter_new(kv, store->durable, family);
    MM_ASSERT(iter != NULL);
    for (store->inner->iter_seek(iter, (mm_bytes){ NULL, 0 }); store->inner->iter_valid(iter);
         store->inner->iter_next(iter))
        kv_batch_put(batch, family, store->inner->iter_key(iter), store->inner->iter_value(iter));
    store->inner->iter_free(iter);
}

static void close_store(struct kv *kv)
{
    struct lossy_store *store = store_of(kv);
    MM_ASSERT(kv_open_memory(&store->saved, &store->options) == MM_OK);
    struct kv_batch *batch = kv_batch_new(store->saved);
    MM_ASSERT(batch != NULL);
    for (size_t family = 0; family < store->options.family_count; family++)
        copy_family(store, batch, kv, family);
    MM_ASSERT(kv_write(store->saved, batch, KV_SYNCED) == MM_OK);
    kv_batch_free(batch);
    store->inner->snapshot_free(kv, store->durable);
    store->durable = NULL;
    kv->ops = store->inner;
    kv->ops->close(kv);
}

struct lossy_store *
lossy_store_new(enum lossy_fate (*fate)(void *ctx, enum kv_durability durability), void *ctx)
{
    struct lossy_store *store = mm_heap_zeroed(1, sizeof *store);
    MM_ASSERT(store != NULL);
    store->fate = fate;
    store->ctx = ctx;
    return store;
}

void lossy_store_free(struct lossy_store *store)
{
    if (store == NULL)
        return;
    MM_ASSERT(store->durable == NULL);
    kv_close(store->saved);
    mm_heap_free(store);
}

struct kv *lossy_store_open(struct lossy_store *store, const struct kv_options *options)
{
    struct kv *kv = store->saved;
    MM_ASSERT(store->durable == NULL);
    if (kv == NULL)
        MM_ASSERT(kv_open_memory(&kv, options) == MM_OK);
    store->saved = NULL;
    store->options = *options;
    store->inner = kv->ops;
    store->ops = *kv->ops;
    store->ops.write = write_batch;
    store->ops.close = close_store;
    kv->ops = &store->ops;
    keep(store, kv);
    return kv;
}
