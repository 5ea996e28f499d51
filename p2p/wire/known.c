#include "p2p/wire/known.h"

#include <sodium.h>

#include "state/base/assert.h"
#include "state/base/heap.h"

_Static_assert(KNOWN_KEY_BYTES == crypto_shorthash_KEYBYTES, "SipHash's key");

struct known {
    uint8_t key[KNOWN_KEY_BYTES];
    bool is_keyed; /* the hashes are, and need no key here */
    size_t capacity;
    size_t count;
    size_t next;     /* the place that the next hash takes */
    size_t mask;     /* slots - 1; slots is a power of two, at least twice the capacity */
    uint32_t *slots; /* place in the ring + 1; 0: free */
    mm_hash32 ring[];
};

mm_err known_new_of_keyed(struct known **known, size_t capacity)
{
    MM_ASSERT(capacity > 0 && capacity < UINT32_MAX / 4);
    size_t slots = 4;
    while (slots < 2 * capacity)
        slots *= 2;
    struct known *new = mm_heap_alloc(sizeof *new + capacity * sizeof *new->ring);
    *known = NULL;
    if (new == NULL)
        return MM_ERR_NO_MEMORY;
    *new = (struct known){ .is_keyed = true, .capacity = capacity, .mask = slots - 1 };
    new->slots = mm_heap_zeroed(slots, sizeof *new->slots);
    if (new->slots == NULL) {
        mm_heap_free(new);
        return MM_ERR_NO_MEMORY;
    }
    *known = new;
    return MM_OK;
}

mm_err known_new(struct known **known, size_t capacity, const uint8_t key[KNOWN_KEY_BYTES])
{
    const mm_err err = known_new_of_keyed(known, capacity);
    if (err != MM_OK)
        return err;
    (*known)->is_keyed = false;
    memcpy((*known)->key, key, sizeof(*known)->key);
    return MM_OK;
}

void known_free(struct known *known)
{
    if (known == NULL)
        return;
    mm_heap_free(known->slots);
    mm_heap_free(known);
}

static size_t home(const struct known *known, const mm_hash32 *hash)
{
    uint64_t value;
    uint8_t out[crypto_shorthash_BYTES];
    if (!known->is_keyed)
        (void)crypto_shorthash(out, hash->b, sizeof hash->b, known->key);
    memcpy(&value, known->is_keyed ? hash->b : out, sizeof value);
    return (size_t)value & known->mask;
}

/* The slot that has the hash, or the free one where it belongs. */
static size_t find_slot(const struct known *known, const mm_hash32 *hash)
{
    size_t slot = home(known, hash);
    while (known->slots[slot] != 0 && !mm_hash_equal(&known->ring[known->slots[slot] - 1], hash))
        slot = (slot + 1) & known->mask;
    return slot;
}

/* Takes a slot out of its run: what comes behind it moves up, unless it would come before its home. */
static void free_slot(struct known *known, size_t hole)
{
    for (size_t slot = hole;;) {
        known->slots[hole] = 0;
        for (;;) {
            slot = (slot + 1) & known->mask;
            if (known->slots[slot] == 0)
                return;
            const size_t at = home(known, &known->ring[known->slots[slot] - 1]);
            if (((slot - at) & known->mask) >= ((slot - hole) & known->mask))
                break;
        }
        known->slots[hole] = known->slots[slot];
        hole = slot;
    }
}

bool known_has(const struct known *known, const mm_hash32 *hash)
{
    return known->slots[find_slot(known, hash)] != 0;
}

bool known_add(struct known *known, const mm_hash32 *hash)
{
    if (known_has(known, hash))
        return false;
    if (known->count == known->capacity) {
        const size_t slot = find_slot(known, &known->ring[known->next]);
        MM_ASSERT(known->slots[slot] == known->next + 1);
        free_slot(known, slot);
    } else {
        known->count++;
    }
    known->ring[known->next] = *hash;
    known->slots[find_slot(known, hash)] = (uint32_t)known->next + 1;
    known->next = (known->next + 1) % known->capacity;
    return true;
}

size_t known_count(const struct known *known)
{
    return known->count;
}

void known_clear(struct known *known)
{
    memset(known->slots, 0, (known->mask + 1) * sizeof *known->slots);
    known->count = 0;
    known->next = 0;
}
