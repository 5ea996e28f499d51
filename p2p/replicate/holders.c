#include <sodium.h>

#include "p2p/replicate/replicate_internal.h"
#include "state/base/assert.h"
#include "state/base/heap.h"

enum { SLOTS_MIN = 256 };
_Static_assert(sizeof((struct holders *)0)->key == crypto_shorthash_KEYBYTES, "SipHash's key");

/* Longer digests there are none: identity content is no root of anybody's (replicate_read_hash). */
static void fill(struct holder *holder, const struct multihash *hash)
{
    MM_ASSERT(hash->len <= HOLDER_DIGEST_MAX && hash->code != 0);
    holder->code = hash->code;
    holder->len = hash->len;
    memcpy(holder->digest, hash->digest, hash->len);
}

static struct holder *place_of(const struct holders *holders, const struct holder *wanted)
{
    uint64_t value;
    uint8_t out[crypto_shorthash_BYTES];
    (void)crypto_shorthash(out, wanted->digest, wanted->len, holders->key);
    memcpy(&value, out, sizeof value);
    for (size_t at = (size_t)value;; at++) {
        struct holder *place = &holders->slots[at & (holders->slot_count - 1)];
        if (place->code == 0 || (place->code == wanted->code && place->len == wanted->len &&
                                 memcmp(place->digest, wanted->digest, wanted->len) == 0))
            return place;
    }
}

struct holder *holders_find(const struct holders *holders, const struct multihash *hash)
{
    struct holder wanted = { .peers = 0 };
    if (holders->slot_count == 0 || hash->code == MULTIHASH_IDENTITY)
        return NULL;
    fill(&wanted, hash);
    struct holder *place = place_of(holders, &wanted);
    return place->code == 0 ? NULL : place;
}

/* Those that nobody has go. False: no memory. */
static bool rebuild(struct holders *holders)
{
    size_t live = 0;
    for (size_t i = 0; i < holders->slot_count; i++)
        live += holders->slots[i].peers != 0 || holders->slots[i].is_here;
    struct holders next = *holders;
    next.slot_count = SLOTS_MIN;
    while (next.slot_count < 4 * live)
        next.slot_count *= 2;
    if (next.slot_count > 2 * (size_t)REPLICATE_KNOWN_MAX)
        next.slot_count = 2 * (size_t)REPLICATE_KNOWN_MAX;
    next.count = live;
    next.slots = mm_heap_zeroed(next.slot_count, sizeof *next.slots);
    if (next.slots == NULL)
        return false;
    for (size_t i = 0; i < holders->slot_count; i++) {
        const struct holder *holder = &holders->slots[i];
        if (holder->peers != 0 || holder->is_here)
            *place_of(&next, holder) = *holder;
    }
    mm_heap_free(holders->slots);
    *holders = next;
    return true;
}

struct holder *holders_add(struct holders *holders, const struct multihash *hash)
{
    struct holder wanted = { .peers = 0 };
    if (hash->code == MULTIHASH_IDENTITY)
        return NULL;
    fill(&wanted, hash);
    if (holders->slot_count > 0) {
        struct holder *place = place_of(holders, &wanted);
        if (place->code != 0)
            return place;
    }
    if (2 * (holders->count + 1) > holders->slot_count && !rebuild(holders))
        return NULL;
    if (2 * (holders->count + 1) > holders->slot_count)
        return NULL;
    struct holder *place = place_of(holders, &wanted);
    *place = wanted;
    holders->count++;
    return place;
}

void holders_drop_peer(struct holders *holders, size_t slot)
{
    for (size_t i = 0; i < holders->slot_count; i++)
        holders->slots[i].peers &= ~((uint64_t)1 << slot);
}

void holders_fini(struct holders *holders)
{
    mm_heap_free(holders->slots);
    *holders = (struct holders){ .slots = NULL };
}
