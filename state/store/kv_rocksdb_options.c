/* How RocksDB is tuned: for a node that opens in milliseconds, idles in little memory, and keeps what it was told to keep.
 * Each setting has its reason beside it. */
#include "state/base/assert.h"
#include "state/store/kv_rocksdb_internal.h"

enum {
    CACHE_BYTES_DEFAULT = 8 << 20,
    WRITE_BUFFER_BYTES_DEFAULT = 8 << 20,
    ARENA_BYTES_MIN = 16 << 10,
    ARENA_BYTES_MAX = 1 << 20,
    WAL_BYTES_MIN = 8 << 20,
    SORTED_BUFFER_BYTES = 1 << 20,
    BUFFER_BLOOM_SHARE =
        256, /* of the write buffers: a byte and more a key for the 30 000 small keys that they hold */
    SORTED_BLOOM_SHARE = 8, /* of a sorted family's, which a batch of 100 000 keys overfills */
    RUNS_MAX = 8,           /* of a family, and some are merged */
    RUNS_AT_ONCE_MIN = 4,
    OLD_ROWS_PERCENT = 100, /* of the oldest run's size, and all of it is merged */
    OPEN_FILES_MAX = 512,
    BLOOM_BITS_PER_KEY = 10, /* 1 % of the absent keys cost a read */
    BLOCK_BYTES_POINT = 4 << 10,
    BLOCK_BYTES_RANGE = 16 << 10,
    BLOB_BYTES_MIN = 4 << 10,
    BLOB_FILE_BYTES = 64 << 20,
    INFO_LEVEL_WARN = 2,
};

#define KEYS_A_BUCKET 0.75 /* RocksDB's proposal */

static size_t write_buffer_bytes(const struct kv_options *options)
{
    return options->write_buffer_bytes == 0 ? (size_t)WRITE_BUFFER_BYTES_DEFAULT
                                            : options->write_buffer_bytes;
}

static size_t clamp(size_t value, size_t low, size_t high)
{
    return value < low ? low : value > high ? high : value;
}

/* Settings that the C API has no function for. Preallocation makes the folder larger than its data: 8 MiB instead of 2 after
 * 3000 blocks of 600 bytes; a synced write takes the same 0.3 ms with and without it.
 * Not set: memtable_insert_with_hint_prefix_extractor. Sorted rows would go into a filled buffer at a third less, but 7.8 keeps one
 * place for both lists of a buffer, rows and deleted ranges, it seems: its own assertions failed where ranges are deleted. */
static mm_err rare_options(rocksdb_options_t **db, struct mm_reason *reason)
{
    rocksdb_options_t *plain = rocksdb_options_create();
    *db = rocksdb_options_create();
    char *text = NULL;
    rocksdb_get_options_from_string(plain, "allow_fallocate=false", *db, &text);
    rocksdb_options_destroy(plain);
    const mm_err err = disk_err(text);
    if (err != MM_OK)
        (void)mm_fail(reason, err, "RocksDB refuses an option: %s", text);
    rocksdb_free(text);
    return err;
}

static void tune_safety(rocksdb_options_t *db)
{
    /* After a power cut: everything up to the first record of the log that is not whole, and nothing behind it. */
    rocksdb_options_set_wal_recovery_mode(db, rocksdb_point_in_time_recovery);
    rocksdb_options_set_recycle_log_file_num(db,
                                             0); /* old records in a log would weaken the above */
    rocksdb_options_set_paranoid_checks(db, 1);
    rocksdb_options_set_use_fsync(db, 0); /* fdatasync writes sizes too */
}

static void tune_size(rocksdb_options_t *db, const struct kv_options *options)
{
    const size_t buffers = write_buffer_bytes(options);
    rocksdb_options_set_db_write_buffer_size(db, buffers);
    /* The log is read again at the next start, and stands on the disk beside the tables; so it must stay small as well. A family of
     * which little is written keeps old logs until it is written out for this. With half of the buffers 20 000 mints cost no more
     * than with twice as much, and 16 MiB less stand on the disk. */
    rocksdb_options_set_max_total_wal_size(db, clamp(buffers / 2, WAL_BYTES_MIN, SIZE_MAX));
    rocksdb_options_set_max_open_files(db, OPEN_FILES_MAX); /* and so not all are opened at start */
    rocksdb_options_set_max_file_opening_threads(db, 1);
    rocksdb_options_set_skip_stats_update_on_db_open(db, 1);
    rocksdb_options_set_max_background_jobs(db, 2); /* one to flush, one to compact */
    rocksdb_options_set_bytes_per_sync(db, 1 << 20);
    rocksdb_options_set_manifest_preallocation_size(db, 0);
    rocksdb_options_set_stats_dump_period_sec(db, 0);
    rocksdb_options_set_stats_persist_period_sec(db, 0);
    rocksdb_options_set_keep_log_file_num(db, 1);
    rocksdb_options_set_info_log_level(db, INFO_LEVEL_WARN);
}

static void tune_table(rocksdb_options_t *family, enum kv_use use, rocksdb_cache_t *cache)
{
    rocksdb_block_based_table_options_t *table = rocksdb_block_based_options_create();
    rocksdb_block_based_options_set_block_cache(table, cache);
    /* Indexes live in the cache, and filters of keys that are looked up do not: to find them there took longer than to ask them. They
     * are 1.25 bytes a key, 8 of a token. */
    rocksdb_block_based_options_set_cache_index_and_filter_blocks(table, use != KV_USE_POINT);
    rocksdb_block_based_options_set_cache_index_and_filter_blocks_with_high_priority(table, 1);
    rocksdb_block_based_options_set_pin_l0_filter_and_index_blocks_in_cache(table, 1);
    rocksdb_block_based_options_set_format_version(table, 5);
    if (use == KV_USE_RANGE) {
        rocksdb_block_based_options_set_block_size(table, BLOCK_BYTES_RANGE);
    } else {
        rocksdb_block_based_options_set_block_size(table, BLOCK_BYTES_POINT);
        /* The index in parts of 4 KiB, found by a small one: of a file of a million keys it is more than a shard of the cache holds. */
        rocksdb_block_based_options_set_index_type(
            table, rocksdb_block_based_table_index_type_two_level_index_search);
        rocksdb_block_based_options_set_data_block_index_type(
            table, rocksdb_block_based_table_data_block_index_type_binary_search_and_hash);
        rocksdb_block_based_options_set_data_block_hash_ratio(table, KEYS_A_BUCKET);
        rocksdb_block_based_options_set_filter_policy(
            table, rocksdb_filterpolicy_create_bloom_full(BLOOM_BITS_PER_KEY)); /* taken */
    }
    rocksdb_options_set_block_based_table_factory(family, table);
    rocksdb_block_based_options_destroy(table);
}

/* New rows with keys by hash fall all over a family. Level by level, each four new files are merged with all of the first level, ten
 * times their size: after 200 000 mints that was as much work as making the blocks. Runs of like size are merged once they are
 * several, so a row is written some three times, and a look-up asks the filters of some more files. Four at once and eight before it
 * begins: with half a million tokens two at once and four took a third more reading and writing. */
static void merge_runs(rocksdb_options_t *family)
{
    rocksdb_universal_compaction_options_t *runs = rocksdb_universal_compaction_options_create();
    rocksdb_universal_compaction_options_set_max_size_amplification_percent(runs, OLD_ROWS_PERCENT);
    rocksdb_universal_compaction_options_set_min_merge_width(runs, RUNS_AT_ONCE_MIN);
    rocksdb_options_set_level0_file_num_compaction_trigger(family, RUNS_MAX);
    rocksdb_options_set_compaction_style(family, rocksdb_universal_compaction);
    rocksdb_options_set_universal_compaction_options(family, runs);
    rocksdb_universal_compaction_options_destroy(runs);
}

static void tune_family(rocksdb_options_t *family, const struct kv_family *kind,
                        const struct kv_options *options, rocksdb_cache_t *cache)
{
    const size_t buffers = write_buffer_bytes(options);
    /* A sorted batch is the last one in its buffer, and the next one finds an empty one: sorted rows go behind each other there.
     * Among others each is looked for its place from the start. The sum is bounded for all families. */
    rocksdb_options_set_write_buffer_size(family, kind->is_sorted ? SORTED_BUFFER_BYTES : buffers);
    rocksdb_options_set_max_write_buffer_number(family, 3);
    /* The buffers are counted by whole arena blocks: with the default of 1 MiB each, eight families full of nothing would
     * count as 8 MiB and be flushed at every write. */
    rocksdb_options_set_arena_block_size(family,
                                         clamp(buffers / 128, ARENA_BYTES_MIN, ARENA_BYTES_MAX));
    rocksdb_options_set_level_compaction_dynamic_level_bytes(family, 1); /* at most 1.1x on disk */
    if (kind->use != KV_USE_LARGE)
        merge_runs(family);
    tune_table(family, kind->use, cache);
    if (kind->use == KV_USE_POINT) {
        /* Most slots that a mint looks up are new: this says so in some 300 instructions, looking through the buffer in 4 000. */
        rocksdb_options_set_memtable_prefix_bloom_size_ratio(
            family, kind->is_sorted ? 1.0 / SORTED_BLOOM_SHARE : 1.0 / BUFFER_BLOOM_SHARE);
        rocksdb_options_set_memtable_whole_key_filtering(family, 1);
    }
    /* LZ4 for all: it takes a sixth off trie nodes and a third off accounts and slots; 20 000 mints took no less time without it. */
    if (kind->use != KV_USE_LARGE) {
        rocksdb_options_set_compression(family, rocksdb_lz4_compression);
        /* What is written first is merged soon. */
        rocksdb_options_set_min_level_to_compress(family, 1);
        return;
    }
    /* Content is compressed already, and must not be copied by each compaction: a compaction with blob_gc rewrites what it meets in
     * the oldest quarter of the blob files, dead or alive. kv_compact does it on purpose. */
    rocksdb_options_set_compression(family, rocksdb_no_compression);
    rocksdb_options_set_max_write_buffer_number(
        family, 2); /* one fills while one is written: memory of a large upload */
    rocksdb_options_set_enable_blob_files(family, 1);
    rocksdb_options_set_min_blob_size(family, BLOB_BYTES_MIN);
    rocksdb_options_set_blob_file_size(family, BLOB_FILE_BYTES);
    rocksdb_options_set_blob_compression_type(family, rocksdb_no_compression);
}

mm_err disk_options_init(struct disk_options *tuned, const struct kv_options *options,
                         struct mm_reason *reason)
{
    *tuned = (struct disk_options){ .db = NULL };
    MM_TRY(rare_options(&tuned->db, reason));
    tune_safety(tuned->db);
    tune_size(tuned->db, options);
    rocksdb_options_set_create_if_missing(tuned->db, options->create);
    /* A family that a newer version added to an older database. */
    rocksdb_options_set_create_missing_column_families(tuned->db, 1);
    tuned->cache = rocksdb_cache_create_lru(options->cache_bytes == 0 ? (size_t)CACHE_BYTES_DEFAULT
                                                                      : options->cache_bytes);
    for (size_t i = 0; i < options->family_count; i++) {
        tuned->families[i] = rocksdb_options_create_copy(tuned->db);
        tune_family(tuned->families[i], &options->families[i], options, tuned->cache);
    }
    return MM_OK;
}

void disk_options_fini(struct disk_options *tuned)
{
    for (size_t i = 0; i < KV_FAMILIES_MAX; i++) {
        if (tuned->families[i] != NULL)
            rocksdb_options_destroy(tuned->families[i]);
    }
    if (tuned->cache != NULL)
        rocksdb_cache_destroy(tuned->cache);
    if (tuned->db != NULL)
        rocksdb_options_destroy(tuned->db);
    *tuned = (struct disk_options){ .db = NULL };
}
