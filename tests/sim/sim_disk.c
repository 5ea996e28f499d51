/* A disk as a log: writes are in the order in which they came, a sync makes all of them last, and a crash takes the rest. A torn
 * write at the end of the log is one that was not there: its checksum says so. */
#include "state/base/assert.h"
#include "state/base/heap.h"
#include "tests/sim/sim_internal.h"

/* ---- records ---- */

static void empty(struct sim_record *record)
{
    for (size_t i = 0; i < record->block_count; i++)
        qbft_block_unref(record->blocks[i]);
    mm_heap_free(record->bytes);
    *record = (struct sim_record){ .is_there = false };
}

static void fill(struct sim_record *record, mm_bytes bytes, struct qbft_block *const *blocks,
                 size_t block_count)
{
    empty(record);
    record->is_there = true;
    record->len = bytes.len;
    record->bytes = mm_heap_alloc(bytes.len);
    MM_ASSERT(record->bytes != NULL);
    memcpy(record->bytes, bytes.ptr, bytes.len);
    for (; record->block_count < block_count; record->block_count++)
        record->blocks[record->block_count] = qbft_block_ref(blocks[record->block_count]);
}

static void copy(struct sim_record *to, const struct sim_record *from)
{
    const bool is_damaged = from->is_damaged;
    if (from->is_there)
        fill(to, mm_bytes_from(from->bytes, from->len), from->blocks, from->block_count);
    else
        empty(to);
    to->is_damaged = is_damaged;
}

/* ---- the log ---- */

static void sync_all(struct sim_disk *disk)
{
    disk->synced_count = disk->count;
    disk->synced_state = disk->state;
    copy(&disk->synced_record, &disk->record);
}

void sim_disk_init(struct sim_disk *disk, const struct sim_state *genesis)
{
    *disk = (struct sim_disk){ .state = *genesis, .synced_state = *genesis };
}

void sim_disk_fini(struct sim_disk *disk)
{
    for (size_t i = 0; i < disk->count; i++)
        qbft_block_unref(disk->chain[i].block);
    mm_heap_free(disk->chain);
    empty(&disk->record);
    empty(&disk->synced_record);
}

bool sim_disk_put_record(struct sim_disk *disk, const struct qbft_result *result, bool is_synced)
{
    if (disk->is_full)
        return false;
    fill(&disk->record, result->record, result->record_blocks, result->record_block_count);
    if (is_synced)
        sync_all(disk);
    return true;
}

bool sim_disk_put_blocks(struct sim_disk *disk, const struct sim_decided *blocks, size_t count,
                         const struct sim_state *state, bool is_synced)
{
    if (disk->is_full)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (disk->count == disk->capacity) {
            disk->chain = mm_heap_grow(disk->chain, &disk->capacity, 64, sizeof *disk->chain);
            MM_ASSERT(disk->chain != NULL);
        }
        disk->chain[disk->count] = blocks[i];
        (void)qbft_block_ref(disk->chain[disk->count++].block);
    }
    disk->state = *state;
    if (is_synced)
        sync_all(disk);
    return true;
}

void sim_disk_crash(struct sim_disk *disk)
{
    while (disk->count > disk->synced_count)
        qbft_block_unref(disk->chain[--disk->count].block);
    disk->state = disk->synced_state;
    copy(&disk->record, &disk->synced_record);
}

struct qbft_block *sim_disk_find(void *ctx, const mm_hash32 *hash)
{
    const struct sim_disk *disk = ctx;
    for (size_t i = 0; i < disk->record.block_count; i++) {
        if (mm_hash_equal(&disk->record.blocks[i]->hash, hash))
            return qbft_block_ref(disk->record.blocks[i]);
    }
    return NULL;
}
