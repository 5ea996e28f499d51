#include "p2p/content/seen.h"

#include "state/base/assert.h"
#include "state/base/endian.h"
#include "state/base/heap.h"

enum { SLOTS_FIRST = 64, SLOTS_KEPT = 4096 };

void seen_init(struct seen *seen)
{
    *seen = (struct seen){ .count = 0 };
}

void seen_fini(struct seen *seen)
{
    mm_heap_free(seen->slots);
    seen_init(seen);
}

void seen_reset(struct seen *seen)
{
    if (seen->slot_count > SLOTS_KEPT) {
        seen_fini(seen);
        return;
    }
    if (seen->count > 0)
        memset(seen->slots, 0, seen->slot_count * sizeof *seen->slots);
    seen->count = 0;
}

static struct seen_entry entry_of(const struct multihash *hash, uint16_t tag)
{
    MM_ASSERT(hash->code != MULTIHASH_IDENTITY && hash->code <= UINT16_MAX && hash->len >= 32);
    struct seen_entry entry = { .what = (uint32_t)hash->code << 16 | tag };
    memcpy(entry.digest, hash->digest, sizeof entry.digest);
    return entry;
}

/* The slot of an entry: its own, or the empty one where it would go. Digests are evenly spread as they are. */
static struct seen_entry *slot_of(struct seen_entry *slots, size_t slot_count,
                                  const struct seen_entry *entry)
{
    for (size_t at = (size_t)mm_get_be64(entry->digest) + entry->what;; at++) {
        struct seen_entry *slot = &slots[at & (slot_count - 1)];
        if (slot->what == 0 || (slot->what == entry->what &&
                                memcmp(slot->digest, entry->digest, sizeof slot->digest) == 0))
            return slot;
    }
}

bool seen_has(const struct seen *seen, const struct multihash *hash, uint16_t tag)
{
    const struct seen_entry entry = entry_of(hash, tag);
    return seen->count > 0 && slot_of(seen->slots, seen->slot_count, &entry)->what != 0;
}

static mm_err grow(struct seen *seen)
{
    const size_t slot_count = seen->slot_count == 0 ? (size_t)SLOTS_FIRST : 2 * seen->slot_count;
    struct seen_entry *slots = mm_heap_zeroed(slot_count, sizeof *slots);
    if (slots == NULL)
        return MM_ERR_NO_MEMORY;
    for (size_t i = 0; i < seen->slot_count; i++)
        if (seen->slots[i].what != 0)
            *slot_of(slots, slot_count, &seen->slots[i]) = seen->slots[i];
    mm_heap_free(seen->slots);
    seen->slots = slots;
    seen->slot_count = slot_count;
    return MM_OK;
}

mm_err seen_add(struct seen *seen, bool *is_new, const struct multihash *hash, uint16_t tag)
{
    *is_new = false;
    if (2 * (seen->count + 1) > seen->slot_count)
        MM_TRY(grow(seen));
    const struct seen_entry entry = entry_of(hash, tag);
    struct seen_entry *slot = slot_of(seen->slots, seen->slot_count, &entry);
    *is_new = slot->what == 0;
    *slot = entry;
    seen->count += *is_new;
    return MM_OK;
}
