#include "state/ledger/flat_cache.h"

#include <assert.h>
#include <pthread.h>
#include <stdalign.h>
#include <string.h>

#include "state/base/assert.h"
#include "state/base/heap.h"

enum { LOCKS = 64, ABSENT = 0xff };

static_assert((int)FLAT_BYTES < (int)ABSENT, "a length is told from an absence");

struct set {
    uint32_t epoch; /* of another one: the set is empty */
    uint8_t hand;   /* where the search for a place goes on */
    uint8_t used;   /* a bit a way: found since the hand passed it */
    uint16_t filled;
    uint32_t tags[FLAT_WAYS]; /* of the hash: most keys differ in them */
    uint8_t key_lens[FLAT_WAYS];
    uint8_t value_lens[FLAT_WAYS]; /* or ABSENT */
    uint8_t unused[8];
    uint8_t bytes[FLAT_WAYS][FLAT_BYTES]; /* the key and then the value */
};
static_assert(sizeof(struct set) == 1024, "whole cache lines, and a page has four");

/* Turn and epoch are the cache's, kept by each lock so that they are read under it. */
struct guard {
    alignas(64) pthread_mutex_t mutex;
    uint64_t turn;
    uint32_t epoch;
};

struct flat_cache {
    struct set *sets; /* owned */
    size_t set_count; /* a power of two */
    struct guard guards[LOCKS];
};

struct flat_cache *flat_cache_new(size_t bytes_max)
{
    size_t set_count = LOCKS;
    while (2 * set_count * sizeof(struct set) <= bytes_max)
        set_count *= 2;
    struct flat_cache *cache = mm_heap_zeroed(1, sizeof *cache);
    if (cache == NULL)
        return NULL;
    cache->sets = mm_heap_zeroed(set_count, sizeof *cache->sets);
    if (cache->sets == NULL) {
        mm_heap_free(cache);
        return NULL;
    }
    cache->set_count = set_count;
    for (size_t i = 0; i < LOCKS; i++) {
        (void)pthread_mutex_init(&cache->guards[i].mutex, NULL);
        cache->guards[i].epoch = 1; /* cleared memory is of epoch 0: empty */
    }
    return cache;
}

void flat_cache_free(struct flat_cache *cache)
{
    if (cache == NULL)
        return;
    for (size_t i = 0; i < LOCKS; i++)
        (void)pthread_mutex_destroy(&cache->guards[i].mutex);
    mm_heap_free(cache->sets);
    mm_heap_free(cache);
}

/* ---- one set, under its lock ---- */

/* Hashes of keys that differ in their last byte differ in few bits of the middle. */
static uint64_t spread(uint64_t hash)
{
    return hash * UINT64_C(0x9e3779b97f4a7c15);
}

static struct set *set_of(struct flat_cache *cache, uint64_t hash, struct guard **guard)
{
    const size_t index = (size_t)(spread(hash) >> 36) & (cache->set_count - 1);
    *guard = &cache->guards[index % LOCKS];
    return &cache->sets[index];
}

static uint32_t tag_of(uint64_t hash)
{
    return (uint32_t)hash;
}

/* The way that has the key, or FLAT_WAYS. */
static size_t way_of(const struct set *set, uint32_t epoch, uint64_t hash, mm_bytes key)
{
    const uint32_t tag = tag_of(hash);
    if (set->epoch != epoch)
        return FLAT_WAYS;
    for (size_t way = 0; way < FLAT_WAYS; way++) {
        if (set->tags[way] == tag && (set->filled & 1u << way) != 0 &&
            set->key_lens[way] == key.len && memcmp(set->bytes[way], key.ptr, key.len) == 0)
            return way;
    }
    return FLAT_WAYS;
}

/* An empty way, or the first from the hand on that was not found since it passed there last. */
static size_t choose_way(struct set *set)
{
    for (size_t way = 0; way < FLAT_WAYS; way++) {
        if ((set->filled & 1u << way) == 0)
            return way;
    }
    while ((set->used & 1u << set->hand) != 0) {
        set->used = (uint8_t)(set->used & ~(1u << set->hand));
        set->hand = (uint8_t)((set->hand + 1) % FLAT_WAYS);
    }
    const size_t way = set->hand;
    set->hand = (uint8_t)((set->hand + 1) % FLAT_WAYS);
    return way;
}

static void fill_way(struct set *set, size_t way, uint64_t hash, mm_bytes key,
                     const mm_bytes *value)
{
    set->filled = (uint16_t)(set->filled | 1u << way);
    set->tags[way] = tag_of(hash);
    set->key_lens[way] = (uint8_t)key.len;
    set->value_lens[way] = value == NULL ? (uint8_t)ABSENT : (uint8_t)value->len;
    memcpy(set->bytes[way], key.ptr, key.len);
    if (value != NULL && value->len > 0)
        memcpy(set->bytes[way] + key.len, value->ptr, value->len);
}

/* ---- any thread ---- */

bool flat_cache_find(struct flat_cache *cache, struct flat_value *value, uint64_t turn,
                     uint64_t hash, mm_bytes key)
{
    struct guard *guard;
    struct set *set = set_of(cache, hash, &guard);
    if (pthread_mutex_trylock(&guard->mutex) != 0)
        return false;
    const size_t way =
        guard->turn == turn ? way_of(set, guard->epoch, hash, key) : (size_t)FLAT_WAYS;
    if (way < FLAT_WAYS) {
        const uint8_t len = set->value_lens[way];
        value->is_present = len != ABSENT;
        value->len = len == ABSENT ? 0 : len;
        memcpy(value->b, set->bytes[way] + key.len, value->len);
        set->used = (uint8_t)(set->used | 1u << way);
    }
    (void)pthread_mutex_unlock(&guard->mutex);
    return way < FLAT_WAYS;
}

void flat_cache_add(struct flat_cache *cache, uint64_t turn, uint64_t hash, mm_bytes key,
                    const mm_bytes *value)
{
    struct guard *guard;
    struct set *set = set_of(cache, hash, &guard);
    if (key.len + (value == NULL ? 0 : value->len) > FLAT_BYTES)
        return;
    if (pthread_mutex_trylock(&guard->mutex) != 0)
        return;
    if (guard->turn == turn) {
        if (set->epoch != guard->epoch) {
            set->epoch = guard->epoch;
            set->filled = 0;
            set->used = 0;
        }
        /* Two readers may have fetched the same value. */
        if (way_of(set, guard->epoch, hash, key) == FLAT_WAYS)
            fill_way(set, choose_way(set), hash, key, value);
    }
    (void)pthread_mutex_unlock(&guard->mutex);
}

/* ---- whoever changes the store ---- */

static uint64_t begin(struct flat_cache *cache, uint32_t epochs)
{
    uint64_t turn = 0;
    for (size_t i = 0; i < LOCKS; i++) {
        struct guard *guard = &cache->guards[i];
        (void)pthread_mutex_lock(&guard->mutex);
        turn = ++guard->turn;
        guard->epoch += epochs;
        /* After 2^32 restarts, which are rewinds of the chain, an old set could be taken for a new one. */
        MM_ASSERT(guard->epoch != 0);
        (void)pthread_mutex_unlock(&guard->mutex);
    }
    return turn;
}

uint64_t flat_cache_next(struct flat_cache *cache)
{
    return begin(cache, 0);
}

uint64_t flat_cache_restart(struct flat_cache *cache)
{
    return begin(cache, 1);
}

void flat_cache_forget(struct flat_cache *cache, uint64_t hash, mm_bytes key)
{
    struct guard *guard;
    struct set *set = set_of(cache, hash, &guard);
    (void)pthread_mutex_lock(&guard->mutex);
    const size_t way = way_of(set, guard->epoch, hash, key);
    if (way < FLAT_WAYS)
        set->filled = (uint16_t)(set->filled & ~(1u << way));
    (void)pthread_mutex_unlock(&guard->mutex);
}
