/* The store on disk: RocksDB, a column family per family.
 *
 * RocksDB insists on a column family named "default", so the first family takes that name: each one costs about 2 ms when
 * the database is made. Families that change places are still noticed, by the names of the others.
 * A batch is a WriteBatch and a synced write one append to the write-ahead log and one fdatasync. RocksDB syncs the closed
 * logs before a flush of one family can make its part of a batch durable, so batches are whole across families.
 * A bulk batch is of one family and passes the log by. Before the next batch goes into the log that family is flushed, or a crash
 * could take the one and leave the other.
 * A clean close writes the memory tables out and syncs the log: buffered batches survive whatever happens to the machine
 * later, and the next open has no log to read (5 ms instead of 105 after 40 000 small changes). */
#include <pthread.h>

#include "state/base/assert.h"
#include "state/base/heap.h"
#include "state/store/kv_internal.h"
#include "state/store/kv_rocksdb_internal.h"

enum { FORCE_OPTIMIZED = 3, BATCH_KEPT_BYTES = 1 << 20 };

struct disk {
    struct kv base;
    rocksdb_t *db;
    rocksdb_column_family_handle_t *families[KV_FAMILIES_MAX];
    rocksdb_cache_t *cache;
    rocksdb_readoptions_t *read_newest;
    rocksdb_readoptions_t *read_newest_once; /* what is read is not kept in the cache */
    rocksdb_writeoptions_t *write_synced;
    rocksdb_writeoptions_t *write_buffered;
    rocksdb_writeoptions_t *write_bulk;
    char *path;                      /* owned */
    pthread_mutex_t write_lock;      /* one write at a time: see write_batch */
    mm_err log_err;                  /* the first append to the log that failed */
    bool is_large[KV_FAMILIES_MAX];  /* KV_USE_LARGE */
    bool is_cached[KV_FAMILIES_MAX]; /* by the caller */
    uint32_t bulk_families; /* bit i: family i may have changes in memory that are in no log */
    atomic_bool compacts_no_more;
};

struct kv_snapshot {
    const rocksdb_snapshot_t *snapshot;
    rocksdb_readoptions_t *read;
    rocksdb_readoptions_t *read_once;
};

struct disk_batch {
    struct kv_batch base;
    rocksdb_writebatch_t *batch;
};

struct disk_iter {
    struct kv_iter base;
    rocksdb_iterator_t *iter;
};

static struct disk *disk_of(struct kv *kv)
{
    return (struct disk *)kv;
}

static const char *chars(mm_bytes bytes)
{
    return bytes.ptr == NULL ? "" : (const char *)bytes.ptr;
}

/* ---- reading ---- */

static rocksdb_readoptions_t *read_once_options(void)
{
    rocksdb_readoptions_t *options = rocksdb_readoptions_create();
    rocksdb_readoptions_set_fill_cache(options, 0);
    return options;
}

static struct kv_snapshot *snapshot_new(struct kv *kv)
{
    struct kv_snapshot *snapshot = mm_heap_alloc(sizeof *snapshot);
    if (snapshot == NULL)
        return NULL;
    snapshot->snapshot = rocksdb_create_snapshot(disk_of(kv)->db);
    snapshot->read = rocksdb_readoptions_create();
    snapshot->read_once = read_once_options();
    rocksdb_readoptions_set_snapshot(snapshot->read, snapshot->snapshot);
    rocksdb_readoptions_set_snapshot(snapshot->read_once, snapshot->snapshot);
    return snapshot;
}

static void snapshot_free(struct kv *kv, struct kv_snapshot *snapshot)
{
    rocksdb_readoptions_destroy(snapshot->read);
    rocksdb_readoptions_destroy(snapshot->read_once);
    rocksdb_release_snapshot(disk_of(kv)->db, snapshot->snapshot);
    mm_heap_free(snapshot);
}

static const rocksdb_readoptions_t *read_at(struct disk *disk, const struct kv_snapshot *snapshot)
{
    return snapshot == NULL ? disk->read_newest : snapshot->read;
}

/* For a key by itself. */
static const rocksdb_readoptions_t *look_at(struct disk *disk, const struct kv_snapshot *snapshot,
                                            size_t family)
{
    if (!disk->is_cached[family])
        return read_at(disk, snapshot);
    return snapshot == NULL ? disk->read_newest_once : snapshot->read_once;
}

static mm_err look(struct kv *kv, const struct kv_snapshot *snapshot, size_t family, mm_bytes key,
                   kv_seen_fn *seen, void *ctx)
{
    struct disk *disk = disk_of(kv);
    char *text = NULL;
    rocksdb_pinnableslice_t *slice =
        rocksdb_get_pinned_cf(disk->db, look_at(disk, snapshot, family), disk->families[family],
                              chars(key), key.len, &text);
    if (text != NULL)
        return disk_err_take(text);
    if (slice == NULL)
        return MM_ERR_NOT_FOUND;
    size_t len = 0;
    const char *ptr = rocksdb_pinnableslice_value(slice, &len);
    const mm_err err = seen(ctx, mm_bytes_from(ptr, len));
    rocksdb_pinnableslice_destroy(slice);
    return err;
}

/* ---- writing ---- */

static struct kv_batch *batch_new(struct kv *kv)
{
    struct disk_batch *batch = mm_heap_zeroed(1, sizeof *batch);
    if (batch == NULL)
        return NULL;
    batch->base.kv = kv;
    batch->batch = rocksdb_writebatch_create();
    return &batch->base;
}

static void batch_free(struct kv_batch *base)
{
    struct disk_batch *batch = (struct disk_batch *)base;
    rocksdb_writebatch_destroy(batch->batch);
    mm_heap_free(batch);
}

static void batch_reset(struct kv_batch *base)
{
    struct disk_batch *batch = (struct disk_batch *)base;
    size_t size = 0;
    (void)rocksdb_writebatch_data(batch->batch, &size);
    if (size <= BATCH_KEPT_BYTES) {
        rocksdb_writebatch_clear(batch->batch);
        return;
    }
    /* Clearing keeps the memory, of a flush some 8 MiB until the next one. */
    rocksdb_writebatch_destroy(batch->batch);
    batch->batch = rocksdb_writebatch_create();
}

static void batch_put(struct kv_batch *base, size_t family, mm_bytes key, mm_bytes value)
{
    rocksdb_writebatch_put_cf(((struct disk_batch *)base)->batch,
                              disk_of(base->kv)->families[family], chars(key), key.len,
                              chars(value), value.len);
}

static void batch_del(struct kv_batch *base, size_t family, mm_bytes key)
{
    rocksdb_writebatch_delete_cf(((struct disk_batch *)base)->batch,
                                 disk_of(base->kv)->families[family], chars(key), key.len);
}

static void batch_del_range(struct kv_batch *base, size_t family, mm_bytes from, mm_bytes to)
{
    rocksdb_writebatch_delete_range_cf(((struct disk_batch *)base)->batch,
                                       disk_of(base->kv)->families[family], chars(from), from.len,
                                       chars(to), to.len);
}

static size_t batch_bytes(const struct kv_batch *base)
{
    size_t size = 0;
    (void)rocksdb_writebatch_data(((const struct disk_batch *)base)->batch, &size);
    return size;
}

/* Writes what is in memory of a family to its tables. */
static mm_err flush_family(struct disk *disk, size_t family)
{
    rocksdb_flushoptions_t *options = rocksdb_flushoptions_create();
    rocksdb_flushoptions_set_wait(options, 1);
    char *text = NULL;
    rocksdb_flush_cf(disk->db, options, disk->families[family], &text);
    rocksdb_flushoptions_destroy(options);
    return disk_err_take(text);
}

static mm_err flush_bulk(struct disk *disk)
{
    for (size_t i = 0; i < disk->base.family_count; i++) {
        if ((disk->bulk_families >> i & 1) == 0)
            continue;
        MM_TRY(flush_family(disk, i));
        disk->bulk_families &= ~(1u << i);
    }
    return MM_OK;
}

static const rocksdb_writeoptions_t *how_to_write(const struct disk *disk,
                                                  enum kv_durability durability)
{
    switch (durability) {
    case KV_SYNCED:
        return disk->write_synced;
    case KV_BUFFERED:
        return disk->write_buffered;
    case KV_BULK:
        return disk->write_bulk;
    }
    MM_UNREACHABLE();
}

/* RocksDB asserts (and Debian builds its assertions in) when its log is used again after an append to it failed: by a write
 * that waited behind the one that failed, or by closing. So writes go one by one, none after a failure, and a database with
 * such a log is not closed (close_store). RocksDB would have queued them as well. */
static mm_err write_batch(struct kv *kv, const struct kv_batch *base, enum kv_durability durability)
{
    struct disk *disk = disk_of(kv);
    char *text = NULL;
    (void)pthread_mutex_lock(&disk->write_lock);
    mm_err err = disk->log_err;
    if (err == MM_OK && !disk_has_room(disk->path, 2 * (uint64_t)batch_bytes(base)))
        err = MM_ERR_NO_SPACE;
    if (err == MM_OK && durability != KV_BULK)
        err = flush_bulk(disk);
    if (err == MM_OK) {
        if (durability == KV_BULK)
            disk->bulk_families |= base->families;
        rocksdb_write(disk->db, how_to_write(disk, durability),
                      ((const struct disk_batch *)base)->batch, &text);
        err = disk_err(text);
        /* A failed sync leaves the log usable. The text has the path in it as well: the word alone says nothing. */
        if (err != MM_OK && strstr(text, "While fdatasync: ") == NULL)
            disk->log_err = err;
        rocksdb_free(text);
    }
    (void)pthread_mutex_unlock(&disk->write_lock);
    return err;
}

/* ---- iterators ---- */

static struct kv_iter *iter_new(struct kv *kv, const struct kv_snapshot *snapshot, size_t family)
{
    struct disk *disk = disk_of(kv);
    struct disk_iter *iter = mm_heap_zeroed(1, sizeof *iter);
    if (iter == NULL)
        return NULL;
    iter->base.kv = kv;
    iter->iter =
        rocksdb_create_iterator_cf(disk->db, read_at(disk, snapshot), disk->families[family]);
    return &iter->base;
}

static rocksdb_iterator_t *iter_of(const struct kv_iter *base)
{
    return ((const struct disk_iter *)base)->iter;
}

static void iter_free(struct kv_iter *base)
{
    rocksdb_iter_destroy(iter_of(base));
    mm_heap_free(base);
}

static void iter_seek(struct kv_iter *base, mm_bytes key)
{
    rocksdb_iter_seek(iter_of(base), chars(key), key.len);
}

static void iter_seek_back(struct kv_iter *base, mm_bytes key)
{
    rocksdb_iter_seek_for_prev(iter_of(base), chars(key), key.len);
}

static void iter_next(struct kv_iter *base)
{
    rocksdb_iter_next(iter_of(base));
}

static void iter_prev(struct kv_iter *base)
{
    rocksdb_iter_prev(iter_of(base));
}

static bool iter_valid(const struct kv_iter *base)
{
    return rocksdb_iter_valid(iter_of(base)) != 0;
}

static mm_bytes iter_key(const struct kv_iter *base)
{
    size_t len = 0;
    const char *ptr = rocksdb_iter_key(iter_of(base), &len);
    return mm_bytes_from(ptr, len);
}

static mm_bytes iter_value(const struct kv_iter *base)
{
    size_t len = 0;
    const char *ptr = rocksdb_iter_value(iter_of(base), &len);
    return mm_bytes_from(ptr, len);
}

static mm_err iter_err(const struct kv_iter *base)
{
    char *text = NULL;
    rocksdb_iter_get_error(iter_of(base), &text);
    return disk_err_take(text);
}

/* ---- the store ---- */

static mm_err flush(struct disk *disk)
{
    mm_err err = MM_OK;
    for (size_t i = 0; i < disk->base.family_count && err == MM_OK; i++)
        err = flush_family(disk, i);
    return err;
}

/* Whether a compaction moves the values of a family that are still wanted out of their blob files, so that those can go. */
static mm_err set_blob_gc(struct disk *disk, size_t family, bool on)
{
    const char *const names[] = { "enable_blob_garbage_collection",
                                  "blob_garbage_collection_age_cutoff" };
    const char *const values[] = { on ? "true" : "false", on ? "1.0" : "0.25" };
    char *text = NULL;
    rocksdb_set_options_cf(disk->db, disk->families[family], 2, names, values, &text);
    return disk_err_take(text);
}

static mm_err set_all_blob_gc(struct disk *disk, bool on)
{
    for (size_t i = 0; i < disk->base.family_count; i++)
        if (disk->is_large[i])
            MM_TRY(set_blob_gc(disk, i, on));
    return MM_OK;
}

static mm_err compact(struct kv *kv, uint64_t room_bytes)
{
    struct disk *disk = disk_of(kv);
    if (!disk_has_room(disk->path, room_bytes))
        return MM_ERR_NO_SPACE;
    MM_TRY(flush(disk));
    MM_TRY(set_all_blob_gc(disk, true));
    rocksdb_compactoptions_t *options = rocksdb_compactoptions_create();
    rocksdb_compactoptions_set_bottommost_level_compaction(options, FORCE_OPTIMIZED);
    for (size_t i = 0; i < kv->family_count; i++)
        rocksdb_compact_range_cf_opt(disk->db, disk->families[i], options, NULL, 0, NULL, 0);
    rocksdb_compactoptions_destroy(options);
    MM_TRY(set_all_blob_gc(disk, false));
    return atomic_load(&disk->compacts_no_more) ? MM_ERR_STOPPED : MM_OK;
}

static void compact_stop(struct kv *kv)
{
    struct disk *disk = disk_of(kv);
    atomic_store(&disk->compacts_no_more, true);
    rocksdb_disable_manual_compaction(disk->db);
}

static uint64_t size_bytes(struct kv *kv)
{
    return disk_size(disk_of(kv)->path);
}

static uint64_t family_bytes(struct kv *kv, size_t family)
{
    struct disk *disk = disk_of(kv);
    uint64_t bytes = 0;
    return rocksdb_property_int_cf(disk->db, disk->families[family], "rocksdb.live-sst-files-size",
                                   &bytes) == 0
               ? bytes
               : 0;
}

static void cache_resize(struct kv *kv, size_t bytes)
{
    rocksdb_cache_set_capacity(disk_of(kv)->cache, bytes);
}

/* As far as it goes: what was promised to be on disk is there already. */
static void flush_for_close(struct disk *disk)
{
    if (atomic_load(&disk->base.write_err) != MM_OK)
        return;
    if (flush(disk) != MM_OK)
        return;
    char *text = NULL;
    rocksdb_flush_wal(disk->db, 1, &text);
    rocksdb_free(text);
}

static void close_store(struct kv *kv)
{
    struct disk *disk = disk_of(kv);
    if (disk->log_err != MM_OK) {
        /* Left open until the process ends, which it should now; still reachable, so that a leak checker knows it is meant. */
        static struct disk *left_open[1];
        left_open[0] = disk;
        MM_ASSERT(left_open[0] == disk);
        return;
    }
    if (disk->db != NULL) {
        flush_for_close(disk);
        rocksdb_cancel_all_background_work(disk->db, 1);
        for (size_t i = 0; i < kv->family_count; i++)
            rocksdb_column_family_handle_destroy(disk->families[i]);
        rocksdb_close(disk->db);
    }
    if (disk->cache != NULL)
        rocksdb_cache_destroy(disk->cache);
    rocksdb_readoptions_destroy(disk->read_newest);
    rocksdb_readoptions_destroy(disk->read_newest_once);
    rocksdb_writeoptions_destroy(disk->write_synced);
    rocksdb_writeoptions_destroy(disk->write_buffered);
    rocksdb_writeoptions_destroy(disk->write_bulk);
    (void)pthread_mutex_destroy(&disk->write_lock);
    mm_heap_free(disk->path);
    mm_heap_free(disk);
}

static const struct kv_ops disk_ops = {
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

static struct disk *disk_new(const char *path, const struct kv_options *options)
{
    struct disk *disk = mm_heap_zeroed(1, sizeof *disk);
    if (disk == NULL)
        return NULL;
    const size_t path_bytes = strlen(path) + 1;
    disk->path = mm_heap_alloc(path_bytes);
    if (disk->path == NULL) {
        mm_heap_free(disk);
        return NULL;
    }
    memcpy(disk->path, path, path_bytes);
    (void)pthread_mutex_init(&disk->write_lock, NULL);
    disk->base.ops = &disk_ops;
    disk->base.family_count = options->family_count;
    for (size_t i = 0; i < options->family_count; i++) {
        disk->is_large[i] = options->families[i].use == KV_USE_LARGE;
        disk->is_cached[i] = options->families[i].is_cached;
    }
    disk->read_newest = rocksdb_readoptions_create();
    disk->read_newest_once = read_once_options();
    disk->write_synced = rocksdb_writeoptions_create();
    rocksdb_writeoptions_set_sync(disk->write_synced, !options->unsynced);
    disk->write_buffered = rocksdb_writeoptions_create();
    /* Buffered batches are large and come sorted: each insertion begins where the last one ended. */
    rocksdb_writeoptions_set_memtable_insert_hint_per_batch(disk->write_buffered, 1);
    disk->write_bulk = rocksdb_writeoptions_create();
    rocksdb_writeoptions_disable_WAL(disk->write_bulk, 1);
    return disk;
}

static mm_err open_db(struct disk *disk, const struct kv_options *options,
                      const struct disk_options *tuned, struct mm_reason *reason)
{
    const char *names[KV_FAMILIES_MAX];
    const rocksdb_options_t *family_options[KV_FAMILIES_MAX];
    const size_t count = options->family_count;
    for (size_t i = 0; i < count; i++) {
        names[i] = i == 0 ? "default" : options->families[i].name;
        family_options[i] = tuned->families[i];
    }
    char *text = NULL;
    disk->db = rocksdb_open_column_families(tuned->db, disk->path, (int)count, names,
                                            family_options, disk->families, &text);
    return disk_err_explain(reason, disk->path, text);
}

mm_err kv_open_rocksdb(struct kv **kv, const char *path, const struct kv_options *options,
                       struct mm_reason *reason)
{
    *kv = NULL;
    kv_options_check(options);
    MM_ASSERT(disk_crc32c_check());
    if (!disk_exists(path)) {
        if (!options->create)
            return mm_fail(reason, MM_ERR_NOT_FOUND, "there is no database at %s", path);
        MM_TRY(disk_make_folders(path, reason));
    }
    if (!disk_has_room(path, 0))
        return mm_fail(reason, MM_ERR_NO_SPACE,
                       "no space left for the database %s: less than %d MiB are free", path,
                       DISK_RESERVE_BYTES >> 20);
    struct disk *disk = disk_new(path, options);
    if (disk == NULL)
        return mm_fail(reason, MM_ERR_NO_MEMORY, "out of memory");
    struct disk_options tuned;
    mm_err err = disk_options_init(&tuned, options, reason);
    if (err == MM_OK)
        err = open_db(disk, options, &tuned, reason);
    disk->cache = tuned.cache; /* taken: the database shares it */
    tuned.cache = NULL;
    disk_options_fini(&tuned);
    if (err != MM_OK) {
        close_store(&disk->base);
        return err;
    }
    *kv = &disk->base;
    return MM_OK;
}
