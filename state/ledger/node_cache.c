#include "state/ledger/node_cache.h"

#include <pthread.h>
#include <string.h>

#include "state/base/assert.h"
#include "state/base/heap.h"

enum {
    PARTS = 16,
    WAYS = 4,
    PLACE_SHARE = 256, /* bytes of the ring for each place: nodes are that large, or larger */
    ENTRY_ALIGN = 8,
};

#define ABSENT UINT32_MAX

struct entry {
    uint32_t value_len; /* or ABSENT */
    uint16_t key_len;
    uint8_t bytes[]; /* the key and then the record */
};

/* Positions are counted from the first byte that was ever written, so that an old one is told from a new one at the same offset. */
struct place {
    uint64_t at;
    uint64_t hash;
};

struct part {
    pthread_mutex_t mutex;
    uint64_t turn;
    uint64_t from; /* what was written before does not count */
    uint64_t end;  /* where the next entry goes */
    uint8_t *ring; /* owned */
    size_t ring_len;
    struct place *places; /* owned; sets of WAYS */
    size_t set_count;     /* a power of two */
};

struct node_cache {
    struct part parts[PARTS];
};

/* Replaces its memory, and with it all that is known. */
static bool part_resize(struct part *part, size_t bytes)
{
    const size_t ring_len = bytes / ENTRY_ALIGN * ENTRY_ALIGN;
    size_t set_count = 1;
    while (2 * set_count * WAYS * PLACE_SHARE <= bytes)
        set_count *= 2;
    uint8_t *ring = mm_heap_zeroed(ring_len, 1);
    struct place *places = mm_heap_zeroed(set_count * WAYS, sizeof *places);
    if (ring == NULL || places == NULL) {
        mm_heap_free(ring);
        mm_heap_free(places);
        return false;
    }
    mm_heap_free(part->ring);
    mm_heap_free(part->places);
    part->ring = ring;
    part->ring_len = ring_len;
    part->places = places;
    part->set_count = set_count;
    /* A cleared place is of position 0, which is before. */
    part->from = part->end = ring_len;
    return true;
}

struct node_cache *node_cache_new(size_t bytes_max)
{
    struct node_cache *cache = mm_heap_zeroed(1, sizeof *cache);
    if (cache == NULL)
        return NULL;
    for (size_t i = 0; i < PARTS; i++)
        (void)pthread_mutex_init(&cache->parts[i].mutex, NULL);
    if (node_cache_resize(cache, bytes_max))
        return cache;
    node_cache_free(cache);
    return NULL;
}

void node_cache_free(struct node_cache *cache)
{
    if (cache == NULL)
        return;
    for (size_t i = 0; i < PARTS; i++) {
        (void)pthread_mutex_destroy(&cache->parts[i].mutex);
        mm_heap_free(cache->parts[i].ring);
        mm_heap_free(cache->parts[i].places);
    }
    mm_heap_free(cache);
}

/* ---- one part, under its lock ---- */

/* Hashes of keys that differ in their last byte differ in few bits of the middle. */
static uint64_t spread(uint64_t hash)
{
    return hash * UINT64_C(0x9e3779b97f4a7c15);
}

static struct part *part_of(struct node_cache *cache, uint64_t hash)
{
    return &cache->parts[(spread(hash) >> 60) % PARTS];
}

static struct place *set_of(const struct part *part, uint64_t hash)
{
    return &part->places[((size_t)(spread(hash) >> 32) & (part->set_count - 1)) * WAYS];
}

/* Whatever is written goes over what was written a whole ring before, from its beginning on. */
static bool is_live(const struct part *part, const struct place *place)
{
    return place->at >= part->from && part->end - place->at <= part->ring_len;
}

static struct entry *entry_at(const struct part *part, uint64_t at)
{
    return (struct entry *)(void *)(part->ring + at % part->ring_len);
}

static struct place *find(const struct part *part, uint64_t hash, mm_bytes key)
{
    struct place *set = set_of(part, hash);
    for (size_t way = 0; way < WAYS; way++) {
        if (set[way].hash != hash || !is_live(part, &set[way]))
            continue;
        const struct entry *entry = entry_at(part, set[way].at);
        if (entry->key_len == key.len && memcmp(entry->bytes, key.ptr, key.len) == 0)
            return &set[way];
    }
    return NULL;
}

/* A place that nothing stands at, or the oldest one. */
static struct place *choose(const struct part *part, uint64_t hash)
{
    struct place *set = set_of(part, hash);
    struct place *chosen = &set[0];
    for (size_t way = 0; way < WAYS; way++) {
        if (!is_live(part, &set[way]))
            return &set[way];
        if (set[way].at < chosen->at)
            chosen = &set[way];
    }
    return chosen;
}

static void write(struct part *part, uint64_t hash, mm_bytes key, const mm_bytes *record)
{
    const size_t value_len = record == NULL ? 0 : record->len;
    const size_t size =
        (sizeof(struct entry) + key.len + value_len + ENTRY_ALIGN - 1) / ENTRY_ALIGN * ENTRY_ALIGN;
    if (size > part->ring_len / 4 || key.len > UINT16_MAX)
        return;
    const size_t left = part->ring_len - (size_t)(part->end % part->ring_len);
    if (left < size)
        part->end += left; /* in one piece */
    struct place *place = choose(part, hash);
    struct entry *entry = entry_at(part, part->end);
    entry->key_len = (uint16_t)key.len;
    entry->value_len = record == NULL ? ABSENT : (uint32_t)value_len;
    memcpy(entry->bytes, key.ptr, key.len);
    if (value_len > 0)
        memcpy(entry->bytes + key.len, record->ptr, value_len);
    *place = (struct place){ part->end, hash };
    part->end += size;
}

/* ---- any thread ---- */

static enum node_known read(const struct part *part, struct mm_buf *record, uint64_t hash,
                            mm_bytes key)
{
    const struct place *place = find(part, hash, key);
    if (place == NULL)
        return NODE_UNKNOWN;
    const struct entry *entry = entry_at(part, place->at);
    if (entry->value_len == ABSENT)
        return NODE_ABSENT;
    mm_buf_add(record, mm_bytes_from(entry->bytes + key.len, entry->value_len));
    return mm_buf_err(record) == MM_OK ? NODE_PRESENT : NODE_UNKNOWN;
}

enum node_known node_cache_find(struct node_cache *cache, struct mm_buf *record, uint64_t turn,
                                uint64_t hash, mm_bytes key)
{
    struct part *part = part_of(cache, hash);
    mm_buf_reset(record);
    if (pthread_mutex_trylock(&part->mutex) != 0)
        return NODE_UNKNOWN;
    const enum node_known known = part->turn == turn ? read(part, record, hash, key) : NODE_UNKNOWN;
    (void)pthread_mutex_unlock(&part->mutex);
    return known;
}

void node_cache_add(struct node_cache *cache, uint64_t turn, uint64_t hash, mm_bytes key,
                    const mm_bytes *record)
{
    struct part *part = part_of(cache, hash);
    if (pthread_mutex_trylock(&part->mutex) != 0)
        return;
    if (part->turn == turn && find(part, hash, key) == NULL)
        write(part, hash, key, record);
    (void)pthread_mutex_unlock(&part->mutex);
}

/* ---- whoever changes the store ---- */

static void begin(struct node_cache *cache, uint64_t turn, bool is_empty)
{
    for (size_t i = 0; i < PARTS; i++) {
        struct part *part = &cache->parts[i];
        (void)pthread_mutex_lock(&part->mutex);
        part->turn = turn;
        if (is_empty) {
            /* Beyond everything that was written, at the beginning of the ring. */
            part->end += part->ring_len - part->end % part->ring_len;
            part->from = part->end;
        }
        (void)pthread_mutex_unlock(&part->mutex);
    }
}

void node_cache_next(struct node_cache *cache, uint64_t turn)
{
    begin(cache, turn, false);
}

void node_cache_restart(struct node_cache *cache, uint64_t turn)
{
    begin(cache, turn, true);
}

void node_cache_forget(struct node_cache *cache, uint64_t hash, mm_bytes key)
{
    struct part *part = part_of(cache, hash);
    (void)pthread_mutex_lock(&part->mutex);
    struct place *place = find(part, hash, key);
    if (place != NULL)
        place->at = 0;
    (void)pthread_mutex_unlock(&part->mutex);
}

bool node_cache_resize(struct node_cache *cache, size_t bytes_max)
{
    bool is_whole = true;
    for (size_t i = 0; i < PARTS && is_whole; i++) {
        struct part *part = &cache->parts[i];
        (void)pthread_mutex_lock(&part->mutex);
        is_whole = part_resize(part, bytes_max / PARTS);
        (void)pthread_mutex_unlock(&part->mutex);
    }
    return is_whole;
}
