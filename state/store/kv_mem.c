/* The store in memory: a table per family (kv_table_internal.h), one sequence number, one lock.
 *
 * Readers share the lock, a write takes it for itself. A view (snapshot or iterator) is a sequence number in the list of
 * live views; what it sees stays where it is until it is released, so an iterator may lend out keys and values without
 * holding the lock. A write prepares all memory it needs before it changes anything, so it happens as a whole or not. */
#include <pthread.h>

#include "state/base/assert.h"
#include "state/base/heap.h"
#include "state/store/kv_internal.h"
#include "state/store/kv_table_internal.h"

struct view {
    uint64_t sequence;
    struct view *older, *newer;
};

struct memory {
    struct kv base;
    pthread_rwlock_t lock; /* over all that follows */
    struct table tables[KV_FAMILIES_MAX];
    uint64_t sequence;                              /* of the last change */
    struct view *oldest_view, *newest_view;         /* in the order of their sequences */
    struct table_version *first_ended, *last_ended; /* versions to free, in the order they ended */
    uint64_t size_bytes;
};

struct kv_snapshot {
    struct view view;
};

/* The operations of a batch, one after another: head, key, value. */
struct memory_batch {
    struct kv_batch base;
    struct mm_buf ops;
    size_t puts;
};

enum op_kind { OP_PUT, OP_DEL, OP_DEL_RANGE };

struct op {
    enum op_kind kind;
    size_t family;
    mm_bytes key;   /* or where the range starts */
    mm_bytes value; /* or where it ends */
};

struct op_head {
    uint8_t kind;
    uint8_t family;
    uint32_t key_len;
    uint32_t value_len;
};

struct memory_iter {
    struct kv_iter base;
    struct view view;
    size_t family;
    const struct table_node *node; /* NULL: not valid */
    const struct table_version *version;
};

static struct memory *memory_of(struct kv *kv)
{
    return (struct memory *)kv;
}

static void lock_shared(struct memory *memory)
{
    MM_ASSERT(pthread_rwlock_rdlock(&memory->lock) == 0);
}

static void lock_alone(struct memory *memory)
{
    MM_ASSERT(pthread_rwlock_wrlock(&memory->lock) == 0);
}

static void unlock(struct memory *memory)
{
    MM_ASSERT(pthread_rwlock_unlock(&memory->lock) == 0);
}

/* ---- views and versions that nobody sees any more ---- */

static void view_add(struct memory *memory, struct view *view, uint64_t sequence)
{
    struct view *older = memory->newest_view;
    while (older != NULL && older->sequence > sequence) /* an iterator of an old snapshot */
        older = older->older;
    *view = (struct view){ .sequence = sequence, .older = older };
    view->newer = older == NULL ? memory->oldest_view : older->newer;
    *(view->newer == NULL ? &memory->newest_view : &view->newer->older) = view;
    *(older == NULL ? &memory->oldest_view : &older->newer) = view;
}

static void view_remove(struct memory *memory, struct view *view)
{
    *(view->newer == NULL ? &memory->newest_view : &view->newer->older) = view->older;
    *(view->older == NULL ? &memory->oldest_view : &view->older->newer) = view->newer;
}

static struct table *table_of(struct memory *memory, const struct table_node *node)
{
    return &memory->tables[node->family];
}

static size_t node_bytes(const struct table_node *node)
{
    return sizeof *node + node->levels * sizeof(struct table_node *) + node->key_len;
}

static size_t version_bytes(const struct table_version *version)
{
    return sizeof *version + version->value_len;
}

static void end_version(struct memory *memory, struct table_version *version, uint64_t sequence)
{
    MM_ASSERT(version->until == UINT64_MAX && version->from < sequence);
    version->until = sequence;
    *(memory->last_ended == NULL ? &memory->first_ended : &memory->last_ended->next_ended) =
        version;
    memory->last_ended = version;
}

/* The version is the oldest of its key, because the older ones ended, and were freed, before it. */
static void free_version(struct memory *memory, struct table_version *version)
{
    struct table_node *node = version->node;
    MM_ASSERT(version->older == NULL);
    memory->size_bytes -= version_bytes(version);
    if (version->newer != NULL) {
        version->newer->older = NULL;
    } else {
        node->newest = NULL;
        memory->size_bytes -= node_bytes(node);
        table_remove(table_of(memory, node), node);
    }
    mm_heap_free(version);
}

static void reclaim(struct memory *memory)
{
    const uint64_t oldest =
        memory->oldest_view == NULL ? memory->sequence : memory->oldest_view->sequence;
    while (memory->first_ended != NULL && memory->first_ended->until <= oldest) {
        struct table_version *version = memory->first_ended;
        memory->first_ended = version->next_ended;
        if (memory->first_ended == NULL)
            memory->last_ended = NULL;
        free_version(memory, version);
    }
}

static struct kv_snapshot *snapshot_new(struct kv *kv)
{
    struct memory *memory = memory_of(kv);
    struct kv_snapshot *snapshot = mm_heap_alloc(sizeof *snapshot);
    if (snapshot == NULL)
        return NULL;
    lock_alone(memory);
    view_add(memory, &snapshot->view, memory->sequence);
    unlock(memory);
    return snapshot;
}

static void snapshot_free(struct kv *kv, struct kv_snapshot *snapshot)
{
    struct memory *memory = memory_of(kv);
    lock_alone(memory);
    view_remove(memory, &snapshot->view);
    reclaim(memory);
    unlock(memory);
    mm_heap_free(snapshot);
}

static mm_err look(struct kv *kv, const struct kv_snapshot *snapshot, size_t family, mm_bytes key,
                   kv_seen_fn *seen, void *ctx)
{
    struct memory *memory = memory_of(kv);
    mm_err err = MM_ERR_NOT_FOUND;
    lock_shared(memory);
    const struct table_node *node = table_find(&memory->tables[family], key);
    if (node != NULL && mm_bytes_equal(table_key(node), key)) {
        const uint64_t sequence = snapshot == NULL ? memory->sequence : snapshot->view.sequence;
        const struct table_version *version = table_visible(node, sequence);
        if (version != NULL)
            err = seen(ctx, mm_bytes_from(version->value, version->value_len));
    }
    unlock(memory);
    return err;
}

/* ---- batches ---- */

static struct kv_batch *batch_new(struct kv *kv)
{
    struct memory_batch *batch = mm_heap_zeroed(1, sizeof *batch);
    if (batch == NULL)
        return NULL;
    batch->base.kv = kv;
    mm_buf_init(&batch->ops, SIZE_MAX / 4);
    return &batch->base;
}

static void batch_free(struct kv_batch *base)
{
    struct memory_batch *batch = (struct memory_batch *)base;
    mm_buf_fini(&batch->ops);
    mm_heap_free(batch);
}

static void batch_reset(struct kv_batch *base)
{
    struct memory_batch *batch = (struct memory_batch *)base;
    mm_buf_reset(&batch->ops);
    batch->puts = 0;
}

static void batch_add(struct kv_batch *base, enum op_kind kind, size_t family, mm_bytes key,
                      mm_bytes value)
{
    struct memory_batch *batch = (struct memory_batch *)base;
    const struct op_head head = {
        .kind = (uint8_t)kind,
        .family = (uint8_t)family,
        .key_len = (uint32_t)key.len,
        .value_len = (uint32_t)value.len,
    };
    mm_buf_add(&batch->ops, mm_bytes_from(&head, sizeof head));
    mm_buf_add(&batch->ops, key);
    mm_buf_add(&batch->ops, value);
    base->err = mm_buf_err(&batch->ops);
    batch->puts += kind == OP_PUT;
}

static void batch_put(struct kv_batch *batch, size_t family, mm_bytes key, mm_bytes value)
{
    batch_add(batch, OP_PUT, family, key, value);
}

static void batch_del(struct kv_batch *batch, size_t family, mm_bytes key)
{
    batch_add(batch, OP_DEL, family, key, (mm_bytes){ NULL, 0 });
}

static void batch_del_range(struct kv_batch *batch, size_t family, mm_bytes from, mm_bytes to)
{
    batch_add(batch, OP_DEL_RANGE, family, from, to);
}

static size_t batch_bytes(const struct kv_batch *base)
{
    return ((const struct memory_batch *)base)->ops.len;
}

/* Takes one operation off the front. False at the end. */
static bool next_op(mm_bytes *rest, struct op *op)
{
    if (rest->len == 0)
        return false;
    struct op_head head;
    memcpy(&head, rest->ptr, sizeof head);
    const uint8_t *at = rest->ptr + sizeof head;
    *op = (struct op){
        .kind = (enum op_kind)head.kind,
        .family = head.family,
        .key = mm_bytes_from(at, head.key_len),
        .value = mm_bytes_from(at + head.key_len, head.value_len),
    };
    const size_t len = sizeof head + head.key_len + head.value_len;
    MM_ASSERT(len <= rest->len);
    *rest = mm_bytes_from(rest->ptr + len, rest->len - len);
    return true;
}

/* ---- writing: first the memory, then the changes ---- */

/* What one put may need. */
struct prepared {
    struct table_node *node; /* NULL: the key was there */
    struct table_version *version;
};

static void drop_prepared(struct prepared *prepared, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        mm_heap_free(prepared[i].node);
        mm_heap_free(prepared[i].version);
    }
    mm_heap_free(prepared);
}

static struct table_node *find_equal(const struct table *table, mm_bytes key)
{
    struct table_node *node = table_find(table, key);
    return node != NULL && mm_bytes_equal(table_key(node), key) ? node : NULL;
}

/* Memory for each put of the batch, or NULL. */
static struct prepared *prepare(struct memory *memory, const struct memory_batch *batch)
{
    struct prepared *prepared = mm_heap_zeroed(batch->puts, sizeof *prepared);
    if (prepared == NULL)
        return NULL;
    mm_bytes rest = mm_buf_bytes(&batch->ops);
    size_t at = 0;
    for (struct op op; next_op(&rest, &op);) {
        if (op.kind != OP_PUT)
            continue;
        struct table *table = &memory->tables[op.family];
        prepared[at].version = table_version_new(op.value);
        const bool is_new = find_equal(table, op.key) == NULL;
        if (is_new)
            prepared[at].node = table_node_new(table, op.key, op.family);
        if (prepared[at].version == NULL || (is_new && prepared[at].node == NULL)) {
            drop_prepared(prepared, batch->puts);
            return NULL;
        }
        at++;
    }
    MM_ASSERT(at == batch->puts);
    return prepared;
}

static void end_newest(struct memory *memory, struct table_node *node)
{
    if (node->newest != NULL && node->newest->until == UINT64_MAX)
        end_version(memory, node->newest, memory->sequence);
}

/* Takes what it uses out of *prepared. */
static void apply_put(struct memory *memory, const struct op *op, struct prepared *prepared)
{
    struct table *table = &memory->tables[op->family];
    struct table_node *node = find_equal(table, op->key);
    if (node == NULL) {
        node = prepared->node;
        prepared->node = NULL;
        table_insert(table, node);
        memory->size_bytes += node_bytes(node);
    }
    end_newest(memory, node);
    struct table_version *version = prepared->version;
    prepared->version = NULL;
    version->from = memory->sequence;
    version->node = node;
    version->older = node->newest;
    if (version->older != NULL)
        version->older->newer = version;
    node->newest = version;
    memory->size_bytes += version_bytes(version);
}

static void apply_del_range(struct memory *memory, const struct op *op)
{
    struct table_node *node = table_find(&memory->tables[op->family], op->key);
    while (node != NULL && mm_bytes_compare(table_key(node), op->value) < 0) {
        end_newest(memory, node);
        node = table_next(node);
    }
}

static void apply(struct memory *memory, const struct memory_batch *batch,
                  struct prepared *prepared)
{
    mm_bytes rest = mm_buf_bytes(&batch->ops);
    for (struct op op; next_op(&rest, &op);) {
        memory->sequence++;
        switch (op.kind) {
        case OP_PUT:
            apply_put(memory, &op, prepared++);
            break;
        case OP_DEL: {
            struct table_node *node = find_equal(&memory->tables[op.family], op.key);
            if (node != NULL)
                end_newest(memory, node);
            break;
        }
        case OP_DEL_RANGE:
            apply_del_range(memory, &op);
            break;
        }
    }
}

static mm_err write_batch(struct kv *kv, const struct kv_batch *base, enum kv_durability durability)
{
    (void)durability; /* nothing here outlives the process */
    struct memory *memory = memory_of(kv);
    const struct memory_batch *batch = (const struct memory_batch *)base;
    lock_alone(memory);
    struct prepared *prepared = prepare(memory, batch);
    if (prepared != NULL) {
        apply(memory, batch, prepared);
        reclaim(memory);
    }
    unlock(memory);
    if (prepared == NULL)
        return MM_ERR_NO_MEMORY;
    drop_prepared(prepared, batch->puts);
    return MM_OK;
}

/* ---- iterators ---- */

static struct kv_iter *iter_new(struct kv *kv, const struct kv_snapshot *snapshot, size_t family)
{
    struct memory *memory = memory_of(kv);
    struct memory_iter *iter = mm_heap_zeroed(1, sizeof *iter);
    if (iter == NULL)
        return NULL;
    iter->base.kv = kv;
    iter->family = family;
    lock_alone(memory);
    view_add(memory, &iter->view, snapshot == NULL ? memory->sequence : snapshot->view.sequence);
    unlock(memory);
    return &iter->base;
}

static void iter_free(struct kv_iter *base)
{
    struct memory_iter *iter = (struct memory_iter *)base;
    struct memory *memory = memory_of(base->kv);
    lock_alone(memory);
    view_remove(memory, &iter->view);
    reclaim(memory);
    unlock(memory);
    mm_heap_free(iter);
}

/* Stops at the first node from here on that the view sees, going forwards or backwards. */
static void settle(struct memory_iter *iter, const struct table_node *node, bool forwards)
{
    const struct table *table = &memory_of(iter->base.kv)->tables[iter->family];
    iter->node = NULL;
    iter->version = NULL;
    while (node != NULL) {
        const struct table_version *version = table_visible(node, iter->view.sequence);
        if (version != NULL) {
            iter->node = node;
            iter->version = version;
            return;
        }
        node = forwards ? table_next(node) : table_prev(table, node);
    }
}

static void iter_seek(struct kv_iter *base, mm_bytes key)
{
    struct memory_iter *iter = (struct memory_iter *)base;
    struct memory *memory = memory_of(base->kv);
    lock_shared(memory);
    settle(iter, table_find(&memory->tables[iter->family], key), true);
    unlock(memory);
}

static void iter_seek_back(struct kv_iter *base, mm_bytes key)
{
    struct memory_iter *iter = (struct memory_iter *)base;
    struct memory *memory = memory_of(base->kv);
    lock_shared(memory);
    settle(iter, table_find_back(&memory->tables[iter->family], key), false);
    unlock(memory);
}

static void iter_next(struct kv_iter *base)
{
    struct memory_iter *iter = (struct memory_iter *)base;
    struct memory *memory = memory_of(base->kv);
    lock_shared(memory);
    settle(iter, table_next(iter->node), true);
    unlock(memory);
}

static void iter_prev(struct kv_iter *base)
{
    struct memory_iter *iter = (struct memory_iter *)base;
    struct memory *memory = memory_of(base->kv);
    lock_shared(memory);
    settle(iter, table_prev(&memory->tables[iter->family], iter->node), false);
    unlock(memory);
}

static bool iter_valid(const struct kv_iter *base)
{
    return ((const struct memory_iter *)base)->node != NULL;
}

static mm_bytes iter_key(const struct kv_iter *base)
{
    return table_key(((const struct memory_iter *)base)->node);
}

static mm_bytes iter_value(const struct kv_iter *base)
{
    const struct table_version *version = ((const struct memory_iter *)base)->version;
    return mm_bytes_from(version->value, version->value_len);
}

static mm_err iter_err(const struct kv_iter *base)
{
    (void)base;
    return MM_OK;
}

/* ---- the store ---- */

static mm_err compact(struct kv *kv, uint64_t room_bytes)
{
    (void)kv; /* it is always in its smallest form */
    (void)room_bytes;
    return MM_OK;
}

static void compact_stop(struct kv *kv)
{
    (void)kv;
}

static uint64_t size_bytes(struct kv *kv)
{
    struct memory *memory = memory_of(kv);
    lock_shared(memory);
    const uint64_t size = memory->size_bytes;
    unlock(memory);
    return size;
}

static uint64_t family_bytes(struct kv *kv, size_t family)
{
    (void)kv; /* nothing is on disk */
    (void)family;
    return 0;
}

static void cache_resize(struct kv *kv, size_t bytes)
{
    (void)kv; /* nothing is read from disk */
    (void)bytes;
}

static void close_store(struct kv *kv)
{
    struct memory *memory = memory_of(kv);
    for (size_t i = 0; i < kv->family_count; i++)
        table_fini(&memory->tables[i]);
    MM_ASSERT(pthread_rwlock_destroy(&memory->lock) == 0);
    mm_heap_free(memory);
}

static const struct kv_ops memory_ops = {
    .close = close_store,
    .snapshot_new = snapshot_new,
    .snapshot_free = snapshot_free,
    .look = look,
    .batch_new = batch_new,
    .batch_free = batch_free,
    .batch_reset = batch_reset,
    .batch_put = batch_put,
    .batch_del = batch_del,
    .batch_del_range = batch_del_range,
    .batch_bytes = batch_bytes,
    .write = write_batch,
    .iter_new = iter_new,
    .iter_free = iter_free,
    .iter_seek = iter_seek,
    .iter_seek_back = iter_seek_back,
    .iter_next = iter_next,
    .iter_prev = iter_prev,
    .iter_valid = iter_valid,
    .iter_key = iter_key,
    .iter_value = iter_value,
    .iter_err = iter_err,
    .compact = compact,
    .compact_stop = compact_stop,
    .size_bytes = size_bytes,
    .family_bytes = family_bytes,
    .cache_resize = cache_resize,
};

/* Many readers must not keep a writer out for ever, so a waiting writer goes first. */
static void lock_init(pthread_rwlock_t *lock)
{
    pthread_rwlockattr_t attr;
    MM_ASSERT(pthread_rwlockattr_init(&attr) == 0);
    MM_ASSERT(pthread_rwlockattr_setkind_np(&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP) ==
              0);
    MM_ASSERT(pthread_rwlock_init(lock, &attr) == 0);
    MM_ASSERT(pthread_rwlockattr_destroy(&attr) == 0);
}

mm_err kv_open_memory(struct kv **kv, const struct kv_options *options)
{
    *kv = NULL;
    kv_options_check(options);
    struct memory *memory = mm_heap_zeroed(1, sizeof *memory);
    if (memory == NULL)
        return MM_ERR_NO_MEMORY;
    memory->base.ops = &memory_ops;
    memory->base.family_count = options->family_count;
    lock_init(&memory->lock);
    for (size_t i = 0; i < options->family_count; i++) {
        if (!table_init(&memory->tables[i])) {
            close_store(&memory->base);
            return MM_ERR_NO_MEMORY;
        }
    }
    *kv = &memory->base;
    return MM_OK;
}
