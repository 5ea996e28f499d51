/* The tail: a hash table with chained versions, one writer, any number of readers without a lock.
 *
 * An entry is complete before it is linked in (release), and never changes afterwards; a reader that loads a bucket (acquire)
 * sees whole entries. New versions come first in their bucket. Memory goes all at once, when the last view lets go. */
#include "state/base/assert.h"
#include "state/base/endian.h"
#include "state/base/heap.h"
#include "state/ledger/ledger_internal.h"

enum {
    TAIL_ARENA_MAX = 1 << 30
}; /* one block may pass the tail's size; it is bounded by the block's gas */

struct tail *tail_new(uint64_t first_block)
{
    struct tail *tail = mm_heap_zeroed(1, sizeof *tail);
    if (tail == NULL)
        return NULL;
    atomic_init(&tail->users, 1);
    mm_arena_init(&tail->arena, TAIL_ARENA_MAX);
    tail->first_block = first_block;
    tail->last_block = first_block - 1;
    return tail;
}

void tail_acquire(struct tail *tail)
{
    atomic_fetch_add_explicit(&tail->users, 1, memory_order_relaxed);
}

void tail_release(struct tail *tail)
{
    if (tail == NULL || atomic_fetch_sub_explicit(&tail->users, 1, memory_order_acq_rel) != 1)
        return;
    mm_arena_fini(&tail->arena);
    mm_heap_free(tail);
}

uint64_t tail_hash(enum ledger_family family, mm_bytes key)
{
    uint64_t hash = (uint64_t)family * UINT64_C(0x9e3779b97f4a7c15) + key.len;
    size_t at = 0;
    for (; at + 8 <= key.len; at += 8) {
        uint64_t word;
        memcpy(&word, key.ptr + at, sizeof word);
        hash = (hash ^ word) * UINT64_C(0xff51afd7ed558ccd);
        hash ^= hash >> 32;
    }
    for (; at < key.len; at++)
        hash = (hash ^ key.ptr[at]) * UINT64_C(0x100000001b3);
    return hash ^ (hash >> 29);
}

static uint8_t *put(uint8_t *at, mm_bytes bytes)
{
    if (bytes.len > 0)
        memcpy(at, bytes.ptr, bytes.len);
    return at + bytes.len;
}

mm_err tail_add(struct tail *tail, uint64_t block_num, const struct tail_change *change)
{
    struct tail_entry *entry =
        mm_arena_alloc(&tail->arena, sizeof *entry + SINCE_BYTES + change->value.len +
                                         change->key.len + change->old.len);
    if (entry == NULL)
        return MM_ERR_NO_MEMORY;
    *entry = (struct tail_entry){
        .older = tail->newest,
        .block_num = block_num,
        .hash = tail_hash(change->family, change->key),
        .old_since = change->old_since,
        .value_len = (uint32_t)change->value.len,
        .old_len = (uint32_t)change->old.len,
        .key_len = (uint16_t)change->key.len,
        .family = (uint8_t)change->family,
        .is_present = change->is_present,
        .was_present = change->was_present,
    };
    mm_put_be64(entry->bytes, block_num);
    (void)put(put(put(entry->bytes + SINCE_BYTES, change->value), change->key), change->old);
    tail->newest = entry;
    tail->entry_count++;
    _Atomic(struct tail_entry *) *bucket = &tail->buckets[entry->hash % TAIL_BUCKETS];
    entry->older_in_bucket = atomic_load_explicit(bucket, memory_order_relaxed);
    atomic_store_explicit(bucket, entry, memory_order_release);
    return MM_OK;
}

mm_err tail_add_block(struct tail *tail, uint64_t block_num, const uint64_t *rows, size_t row_count)
{
    MM_ASSERT(block_num == tail->last_block + 1);
    struct tail_block *block = MM_ARENA_NEW(&tail->arena, struct tail_block);
    mm_bytes copied;
    if (block == NULL)
        return MM_ERR_NO_MEMORY;
    MM_TRY(mm_arena_copy(&tail->arena, &copied, mm_bytes_from(rows, row_count * sizeof *rows)));
    block->block_num = block_num;
    block->rows = (const void *)copied.ptr;
    block->row_count = row_count;
    block->older = atomic_load_explicit(&tail->newest_block, memory_order_relaxed);
    tail->last_block = block_num;
    atomic_store_explicit(&tail->newest_block, block, memory_order_release);
    return MM_OK;
}

const struct tail_entry *tail_find(struct tail *tail, enum ledger_family family, mm_bytes key,
                                   uint64_t block_num)
{
    return tail_find_hashed(tail, tail_hash(family, key), family, key, block_num);
}

const struct tail_entry *tail_find_hashed(struct tail *tail, uint64_t hash,
                                          enum ledger_family family, mm_bytes key,
                                          uint64_t block_num)
{
    const struct tail_entry *entry =
        atomic_load_explicit(&tail->buckets[hash % TAIL_BUCKETS], memory_order_acquire);
    for (; entry != NULL; entry = entry->older_in_bucket) {
        if (entry->hash == hash && entry->block_num <= block_num &&
            entry->family == (uint8_t)family && mm_bytes_equal(tail_key(entry), key))
            return entry;
    }
    return NULL;
}
