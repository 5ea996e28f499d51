/* The pieces of the store on disk: how RocksDB is tuned (kv_rocksdb_options.c), how its error texts become ours
 * (kv_rocksdb_err.c), its folder (kv_rocksdb_folder.c), and the store itself (kv_rocksdb.c). */
#ifndef STATE_STORE_KV_ROCKSDB_INTERNAL_H
#define STATE_STORE_KV_ROCKSDB_INTERNAL_H

#include <rocksdb/c.h>

#include "state/store/kv.h"

struct disk_options {
    rocksdb_options_t *db;
    rocksdb_options_t *families[KV_FAMILIES_MAX];
    rocksdb_cache_t *cache;
};

/* Out: *tuned, to be released by disk_options_fini, after a failure too. */
MM_MUST_USE mm_err disk_options_init(struct disk_options *tuned, const struct kv_options *options,
                                     struct mm_reason *reason);
void disk_options_fini(struct disk_options *tuned);

/* What a status text of RocksDB means. NULL: MM_OK. */
mm_err disk_err(const char *text);
/* The same, and frees the text. */
mm_err disk_err_take(char *taken_text);
/* The same, with the line for a person. */
mm_err disk_err_explain(struct mm_reason *reason, const char *path, char *taken_text);

/* ---- kv_rocksdb_folder.c ---- */

/* Room that must be left on the disk for a write to be tried: for the buffers in memory, which go to files of their own later,
 * and for compaction beside them. A RocksDB that meets a full disk in its own threads ends the process (Debian builds its
 * assertions in); so the disk is called full before it is. */
enum { DISK_RESERVE_BYTES = 48 << 20 };
/* Whether so many bytes fit, with that to spare. */
bool disk_has_room(const char *path, uint64_t bytes);
/* Makes the folder and those above it. */
MM_MUST_USE mm_err disk_make_folders(const char *path, struct mm_reason *reason);
/* RocksDB writes its CURRENT file last when it makes a database. Asking first keeps an open without `create` from leaving
 * log files in a folder that is not a database. */
bool disk_exists(const char *path);
/* What the folder takes on the disk: RocksDB's own counters leave the log and the manifest out. */
uint64_t disk_size(const char *path);

/* kv_rocksdb_crc32c.c. The first stands in for RocksDB's own function, by its name in the library. */
#if defined(__x86_64__)
uint32_t disk_crc32c_extend(uint32_t crc, const char *ptr,
                            size_t len) __asm__("_ZN7rocksdb6crc32c6ExtendEjPKcm");
#endif
/* Whether checksums come out as published. */
bool disk_crc32c_check(void);

#endif
