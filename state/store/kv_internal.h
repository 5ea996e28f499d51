/* What the two stores share: the table of functions that kv.c calls, and the base of each object.
 *
 *     struct kv (kv_internal.h)  <-  first member of struct disk (kv_rocksdb.c) and struct memory (kv_mem.c)
 *
 * kv.c checks what holds for both (family numbers, empty ranges, released views, no write after a failed one); an
 * implementation sees only calls that passed. */
#ifndef STATE_STORE_KV_INTERNAL_H
#define STATE_STORE_KV_INTERNAL_H

#include <stdatomic.h>

#include "state/store/kv.h"

struct kv_ops {
    void (*close)(struct kv *kv);

    struct kv_snapshot *(*snapshot_new)(struct kv *kv);
    void (*snapshot_free)(struct kv *kv, struct kv_snapshot *snapshot);
    mm_err (*look)(struct kv *kv, const struct kv_snapshot *snapshot, size_t family, mm_bytes key,
                   kv_seen_fn *seen, void *ctx);

    struct kv_batch *(*batch_new)(struct kv *kv);
    void (*batch_free)(struct kv_batch *batch);
    void (*batch_reset)(struct kv_batch *batch);
    void (*batch_put)(struct kv_batch *batch, size_t family, mm_bytes key, mm_bytes value);
    void (*batch_del)(struct kv_batch *batch, size_t family, mm_bytes key);
    void (*batch_del_range)(struct kv_batch *batch, size_t family, mm_bytes from, mm_bytes to);
    size_t (*batch_bytes)(const struct kv_batch *batch);
    mm_err (*write)(struct kv *kv, const struct kv_batch *batch, enum kv_durability durability);

    struct kv_iter *(*iter_new)(struct kv *kv, const struct kv_snapshot *snapshot, size_t family);
    void (*iter_free)(struct kv_iter *iter);
    void (*iter_seek)(struct kv_iter *iter, mm_bytes key);
    void (*iter_seek_back)(struct kv_iter *iter, mm_bytes key);
    void (*iter_next)(struct kv_iter *iter);
    void (*iter_prev)(struct kv_iter *iter);
    bool (*iter_valid)(const struct kv_iter *iter);
    mm_bytes (*iter_key)(const struct kv_iter *iter);
    mm_bytes (*iter_value)(const struct kv_iter *iter);
    mm_err (*iter_err)(const struct kv_iter *iter);

    mm_err (*compact)(struct kv *kv, uint64_t room_bytes);
    void (*compact_stop)(struct kv *kv);
    uint64_t (*size_bytes)(struct kv *kv);
    uint64_t (*family_bytes)(struct kv *kv, size_t family);
    void (*cache_resize)(struct kv *kv, size_t bytes);
};

struct kv {
    const struct kv_ops *ops;
    size_t family_count;
    atomic_size_t views;  /* snapshots and iterators that are not released yet */
    atomic_int write_err; /* mm_err of the first write that failed */
};

struct kv_batch {
    struct kv *kv;
    mm_err err;        /* what an append could not do */
    uint32_t families; /* bit i: there is a change of family i */
};

struct kv_iter {
    struct kv *kv;
};

/* What both kinds of store demand of their options. */
void kv_options_check(const struct kv_options *options);

#endif
