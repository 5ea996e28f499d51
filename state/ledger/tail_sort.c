/* A tail in the order of its keys, for flushing. RocksDB's write buffer takes sorted rows in half the time, and what happened to a key
 * stands together then.
 *
 * Keys are compared eight bytes at a time: a run of keys that are alike so far is sorted by their next eight bytes as one number, by a
 * stable radix sort over the bytes that differ. Most keys are slots of one account, alike in 33 bytes and different in the next four,
 * so that each byte of a key is looked at once or not at all. */
#include "state/base/assert.h"
#include "state/base/endian.h"
#include "state/base/heap.h"
#include "state/ledger/history_internal.h"

enum { CHUNK_BYTES = 8, INSERTION_MAX = 96 };

static void insertion_sort(struct sort_item *items, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        const struct sort_item item = items[i];
        size_t at = i;
        for (; at > 0 && items[at - 1].chunk > item.chunk; at--)
            items[at] = items[at - 1];
        items[at] = item;
    }
}

/* Stable, by the byte `shift` bits up. */
static void sort_by_byte(struct sort_item *to, const struct sort_item *from, size_t count,
                         unsigned shift)
{
    size_t places[256] = { 0 };
    size_t place = 0;
    for (size_t i = 0; i < count; i++)
        places[from[i].chunk >> shift & 0xff]++;
    for (size_t i = 0; i < MM_COUNT_OF(places); i++) {
        const size_t here = places[i];
        places[i] = place;
        place += here;
    }
    for (size_t i = 0; i < count; i++)
        to[places[from[i].chunk >> shift & 0xff]++] = from[i];
}

/* scratch: as long. */
static void sort_by_chunk(struct sort_item *items, struct sort_item *scratch, size_t count)
{
    uint64_t differs = 0;
    for (size_t i = 1; i < count; i++)
        differs |= items[i].chunk ^ items[0].chunk;
    if (differs == 0)
        return;
    if (count <= INSERTION_MAX) {
        insertion_sort(items, count);
        return;
    }
    struct sort_item *from = items;
    struct sort_item *to = scratch;
    for (unsigned shift = 0; shift < 64; shift += 8) {
        if ((differs >> shift & 0xff) == 0)
            continue;
        sort_by_byte(to, from, count, shift);
        struct sort_item *const swap = from;
        from = to;
        to = swap;
    }
    if (from != items)
        memcpy(items, from, count * sizeof *items);
}

/* The next eight bytes of a key, zeros behind its end: no key of a family is the beginning of another of it. */
static uint64_t chunk_of(const struct tail_entry *entry, size_t depth)
{
    const mm_bytes key = tail_key(entry);
    uint8_t bytes[CHUNK_BYTES] = { 0 };
    if (depth + CHUNK_BYTES <= key.len)
        return mm_get_be64(key.ptr + depth);
    if (depth < key.len)
        memcpy(bytes, key.ptr + depth, key.len - depth);
    return mm_get_be64(bytes);
}

/* Sorts what is alike in `depth` bytes. Recurses once for each eight bytes of a key at most. */
static void sort_range(struct sort_item *items, struct sort_item *scratch, size_t count,
                       size_t depth)
{
    MM_ASSERT(depth < LEDGER_KEY_MAX + CHUNK_BYTES);
    for (size_t i = 0; i < count; i++)
        items[i].chunk = chunk_of(items[i].entry, depth);
    sort_by_chunk(items, scratch, count);
    for (size_t at = 0, end; at < count; at = end) {
        for (end = at + 1; end < count && items[end].chunk == items[at].chunk; end++) {
        }
        if (end - at > 1 && depth + CHUNK_BYTES < items[at].entry->key_len)
            sort_range(items + at, scratch, end - at, depth + CHUNK_BYTES);
    }
}

mm_err tail_sort(const struct tail *tail, struct tail_sorted *sorted)
{
    *sorted = (struct tail_sorted){ .count = tail->entry_count };
    struct sort_item *items = mm_heap_zeroed(tail->entry_count + 1, sizeof *items);
    struct sort_item *scratch = mm_heap_zeroed(tail->entry_count + 1, sizeof *scratch);
    if (items == NULL || scratch == NULL) {
        mm_heap_free(items);
        mm_heap_free(scratch);
        return MM_ERR_NO_MEMORY;
    }
    size_t at[KV_FAMILIES_MAX] = { 0 };
    for (const struct tail_entry *entry = tail->newest; entry != NULL; entry = entry->older)
        at[entry->family]++;
    for (size_t i = 0, from = 0; i < KV_FAMILIES_MAX; i++) {
        const size_t here = at[i];
        sorted->from[i] = at[i] = from;
        from += here;
    }
    sorted->from[KV_FAMILIES_MAX] = tail->entry_count;
    /* From the newest to the oldest, and so the versions of a key stay. */
    for (const struct tail_entry *entry = tail->newest; entry != NULL; entry = entry->older)
        items[at[entry->family]++].entry = entry;
    for (size_t i = 0; i < KV_FAMILIES_MAX; i++)
        sort_range(items + sorted->from[i], scratch, sorted->from[i + 1] - sorted->from[i], 0);
    mm_heap_free(scratch);
    sorted->items = items;
    return MM_OK;
}

void tail_sorted_fini(struct tail_sorted *sorted)
{
    mm_heap_free(sorted->items);
    *sorted = (struct tail_sorted){ .count = 0 };
}

struct tail_key_group tail_group(const struct tail_sorted *sorted, size_t at, size_t end)
{
    const struct sort_item *first = &sorted->items[at];
    const mm_bytes key = tail_key(first->entry);
    size_t count = 1;
    while (at + count < end && first[count].entry->hash == first->entry->hash &&
           mm_bytes_equal(tail_key(first[count].entry), key))
        count++;
    return (struct tail_key_group){ key, first, count };
}

mm_err tail_sort_rows(const struct tail *tail, struct sort_item **rows, size_t *count)
{
    *rows = NULL;
    *count = 0;
    size_t total = 0;
    const struct tail_block *newest = atomic_load(&tail->newest_block);
    for (const struct tail_block *block = newest; block != NULL; block = block->older)
        total += block->row_count;
    struct sort_item *items = mm_heap_zeroed(total + 1, sizeof *items);
    struct sort_item *scratch = mm_heap_zeroed(total + 1, sizeof *scratch);
    if (items == NULL || scratch == NULL) {
        mm_heap_free(items);
        mm_heap_free(scratch);
        return MM_ERR_NO_MEMORY;
    }
    size_t at =
        total; /* the oldest block first: a stable sort by row leaves the blocks of each ascending */
    for (const struct tail_block *block = newest; block != NULL; block = block->older) {
        for (size_t i = block->row_count; i-- > 0;)
            items[--at] =
                (struct sort_item){ .chunk = block->rows[i], .block_num = block->block_num };
    }
    sort_by_chunk(items, scratch, total);
    mm_heap_free(scratch);
    *rows = items;
    *count = total;
    return MM_OK;
}
