/* The table of what is announced and not here: entries in their order of arrival, and their places sorted by hash, so that no
 * choice of hashes makes it slow. */
#include "p2p/gossip/gossip_internal.h"
#include "state/base/assert.h"
#include "state/base/heap.h"

_Static_assert(GOSSIP_WANTED_MAX <= UINT16_MAX, "places are 16 bits");

mm_err gossip_wanted_init(struct wanted_table *table)
{
    table->due_ms = GOSSIP_NEVER;
    table->entries = mm_heap_alloc((GOSSIP_WANTED_MAX + 1) * sizeof *table->entries);
    table->sorted = mm_heap_alloc(GOSSIP_WANTED_MAX * sizeof *table->sorted);
    if (table->entries == NULL || table->sorted == NULL)
        return MM_ERR_NO_MEMORY;
    table->free = WANTED_NONE;
    table->entries[WANTED_NONE].next = WANTED_NONE;
    table->entries[WANTED_NONE].previous = WANTED_NONE;
    return MM_OK;
}

void gossip_wanted_fini(struct wanted_table *table)
{
    mm_heap_free(table->entries);
    mm_heap_free(table->sorted);
}

/* The first place in `sorted` whose hash is not below. */
static size_t lower_bound(const struct wanted_table *table, const mm_hash32 *hash)
{
    size_t low = 0;
    size_t high = table->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const struct wanted *entry = &table->entries[table->sorted[middle]];
        if (memcmp(entry->hash.b, hash->b, sizeof hash->b) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

size_t gossip_wanted_find(const struct wanted_table *table, const mm_hash32 *hash)
{
    const size_t at = lower_bound(table, hash);
    if (at == table->count || !mm_hash_equal(&table->entries[table->sorted[at]].hash, hash))
        return WANTED_NONE;
    return table->sorted[at];
}

/* One that was used before, or the next that never was: what is never used takes no memory. */
static uint16_t take_free(struct wanted_table *table)
{
    const uint16_t place = table->free;
    if (place != WANTED_NONE)
        table->free = table->entries[place].next;
    else if (table->fresh < GOSSIP_WANTED_MAX)
        return table->fresh++;
    return place;
}

/* The list is a ring through the end entry: its `next` is the oldest, its `previous` the newest. */
size_t gossip_wanted_put(struct wanted_table *table, const mm_hash32 *hash)
{
    const uint16_t place = take_free(table);
    if (place == WANTED_NONE)
        return WANTED_NONE;
    struct wanted *entry = &table->entries[place];
    struct wanted *end = &table->entries[WANTED_NONE];
    const size_t at = lower_bound(table, hash);
    memmove(&table->sorted[at + 1], &table->sorted[at],
            (table->count - at) * sizeof *table->sorted);
    table->sorted[at] = place;
    table->count++;
    *entry = (struct wanted){ .hash = *hash, .next = WANTED_NONE, .previous = end->previous };
    table->entries[end->previous].next = place;
    end->previous = place;
    return place;
}

void gossip_wanted_del(struct wanted_table *table, size_t place)
{
    struct wanted *entry = &table->entries[place];
    const size_t at = lower_bound(table, &entry->hash);
    MM_ASSERT(at < table->count && table->sorted[at] == place);
    table->count--;
    memmove(&table->sorted[at], &table->sorted[at + 1],
            (table->count - at) * sizeof *table->sorted);
    table->entries[entry->previous].next = entry->next;
    table->entries[entry->next].previous = entry->previous;
    entry->next = table->free;
    table->free = (uint16_t)place;
}
