/* An ordered key-value store behind one small interface: RocksDB on disk, a sorted table in memory.
 *
 * A store has a few column families ("families"), named when it is opened. Keys are bytes, ordered as memcmp orders them.
 * All changes of a unit go in as one batch: either all of them are there after a crash, or none. A synced batch is on disk
 * when kv_write returns, and so is every batch written before it. A snapshot is an unchanging view; reads without one see
 * the newest state.
 * Memory: values are returned in an mm_buf of the caller's, or borrowed from an iterator until it moves.
 * Threads: reads and writes from several threads at once are fine; a batch or an iterator belongs to one.
 * Errors: MM_ERR_IO, MM_ERR_NO_SPACE, MM_ERR_CORRUPT, MM_ERR_NO_MEMORY. After a failed write the store refuses further
 * writes with the same error until it is opened again: what reached the disk is then unknown. MM_ERR_NO_SPACE comes before the
 * disk is quite full, and again in kv_open_rocksdb. A database whose log could not be appended to is not closed by kv_close
 * but left to the end of the process, which should come then. */
#ifndef STATE_STORE_KV_H
#define STATE_STORE_KV_H

#include "state/base/buf.h"
#include "state/base/bytes.h"
#include "state/base/err.h"

enum { KV_FAMILIES_MAX = 8 }; /* opening 14 afresh took 47 ms, 7 took 20 */

struct kv;
struct kv_snapshot;
struct kv_iter;
struct kv_batch;

/* What a family holds, so that the store can be tuned for it. */
enum kv_use {
    KV_USE_POINT, /* looked up by whole key: bloom filters */
    KV_USE_RANGE, /* read in order from a seek */
    KV_USE_LARGE, /* large values, written once (content blocks): kept out of compaction */
};

struct kv_family {
    const char *name;
    enum kv_use use;
    bool is_sorted; /* written in large batches, each of them in the order of the keys */
    bool
        is_cached; /* by the caller: a block that is read for one of its keys is not kept in the store's cache */
};

struct kv_options {
    const struct kv_family *families;
    size_t family_count;
    size_t cache_bytes;        /* for blocks read from disk; 0: a small default */
    size_t write_buffer_bytes; /* for all families together; 0: a small default */
    bool create;               /* make the folder and database if they are not there */
    bool unsynced;             /* synced batches are not synced (benchmarks) */
};

/* path is a folder. Fails with MM_ERR_BUSY when another process has it open. Out: *kv, owned by the caller. */
MM_MUST_USE mm_err kv_open_rocksdb(struct kv **kv, const char *path,
                                   const struct kv_options *options, struct mm_reason *reason);
/* A store that is gone when it is closed. */
MM_MUST_USE mm_err kv_open_memory(struct kv **kv, const struct kv_options *options);
/* Releases everything; snapshots and iterators must be released before. */
void kv_close(struct kv *kv);

/* NULL on failure. */
struct kv_snapshot *kv_snapshot_new(struct kv *kv);
void kv_snapshot_free(struct kv *kv, struct kv_snapshot *snapshot);

/* Replaces what is in *value. MM_ERR_NOT_FOUND leaves it empty. snapshot may be NULL: the newest state. */
MM_MUST_USE mm_err kv_get(struct kv *kv, const struct kv_snapshot *snapshot, size_t family,
                          mm_bytes key, struct mm_buf *value);
/* The same without a copy: calls back with the value, borrowed for the call, and gives what that gives. The callback is short: it
 * does not use the store. */
typedef mm_err kv_seen_fn(void *ctx, mm_bytes value);
MM_MUST_USE mm_err kv_look(struct kv *kv, const struct kv_snapshot *snapshot, size_t family,
                           mm_bytes key, kv_seen_fn *seen, void *ctx);

/* NULL on failure. A batch may be reused after kv_batch_reset. */
struct kv_batch *kv_batch_new(struct kv *kv);
void kv_batch_free(struct kv_batch *batch);
void kv_batch_reset(struct kv_batch *batch);
/* Copies. In the order of the calls: a later one on the same key wins. A failure to allocate is remembered and
 * given by kv_write. */
void kv_batch_put(struct kv_batch *batch, size_t family, mm_bytes key, mm_bytes value);
void kv_batch_del(struct kv_batch *batch, size_t family, mm_bytes key);
/* All keys from <= key < to. */
void kv_batch_del_range(struct kv_batch *batch, size_t family, mm_bytes from, mm_bytes to);
size_t kv_batch_bytes(const struct kv_batch *batch);

/* KV_SYNCED: on disk. KV_BUFFERED: after a crash there as a whole or not at all, and not without the batches before it. KV_BULK: the
 * same, for much data in one family: it is not written to the log and then once more to where it stays, but only there. The next
 * batch of the other kinds pays for it: it waits until that family's table is on disk. So it is for batches of megabytes. */
enum kv_durability { KV_SYNCED, KV_BUFFERED, KV_BULK };
MM_MUST_USE mm_err kv_write(struct kv *kv, const struct kv_batch *batch,
                            enum kv_durability durability);

/* An iterator over one family, placed nowhere. NULL on failure. snapshot may be NULL: as of now. */
struct kv_iter *kv_iter_new(struct kv *kv, const struct kv_snapshot *snapshot, size_t family);
void kv_iter_free(struct kv_iter *iter);
/* To the first key >= key, or the last key <= key. */
void kv_iter_seek(struct kv_iter *iter, mm_bytes key);
void kv_iter_seek_back(struct kv_iter *iter, mm_bytes key);
void kv_iter_next(struct kv_iter *iter);
void kv_iter_prev(struct kv_iter *iter);
bool kv_iter_valid(const struct kv_iter *iter);
/* Borrowed until the iterator moves. Only when valid. */
mm_bytes kv_iter_key(const struct kv_iter *iter);
mm_bytes kv_iter_value(const struct kv_iter *iter);
/* MM_OK at the end of the keys; an error when reading failed. */
MM_MUST_USE mm_err kv_iter_err(const struct kv_iter *iter);

/* Rewrites all families into their smallest form, beside readers and writers. Takes as long as it takes, and room on the disk for what
 * is left: MM_ERR_NO_SPACE without room_bytes of it. MM_ERR_STOPPED: it did not come to its end. */
MM_MUST_USE mm_err kv_compact(struct kv *kv, uint64_t room_bytes);
/* From any thread: a compaction at work ends soon, and none begins any more. */
void kv_compact_stop(struct kv *kv);
/* Bytes on disk, or in memory, roughly. */
uint64_t kv_size_bytes(struct kv *kv);
/* Of one family, in its tables on disk: without what is still in memory, and with what is written over but not merged yet. Cheap
 * enough to be asked each second. A store in memory: 0. */
uint64_t kv_family_bytes(struct kv *kv, size_t family);
/* How much of what is read from disk is kept in memory from now on, instead of kv_options.cache_bytes. Any thread. */
void kv_cache_resize(struct kv *kv, size_t bytes);

#endif
