/* The pieces of the store on disk: how RocksDB is tuned (kv_rocksdb_options.c), how its error texts become ours
 * (kv_rocksdb_err.c), and the store itself (kv_rocksdb.c). */
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

/* kv_rocksdb_crc32c.c. The first stands in for RocksDB's own function, by its name in the library. */
#if defined(__x86_64__)
uint32_t disk_crc32c_extend(uint32_t crc, const char *ptr,
                            size_t len) __asm__("_ZN7rocksdb6crc32c6ExtendEjPKcm");
#endif
/* Whether checksums come out as published. */
bool disk_crc32c_check(void);

#endif
