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
    ENTRY_SLACK = 72, /* one more leaf in a branch: its path, its value, their lengths */
};

#define ABSENT UINT32_MAX

struct entry {
    uint32_t value_len; /* or ABSENT */
    uint16_t key_len;
    uint16_t room;   /* of bytes, in units of ENTRY_ALIGN */
    uint8_t bytes[]; /* the key and then the record */
};
_Static_assert(sizeof(struct entry) == ENTRY_ALIGN, "entries lie one behind another");

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

static mm_bytes entry_key(const struct entry *entry)
{
    return mm_bytes_from(entry->bytes, entry->key_len);
}

static struct place *find(const struct part *part, uint64_t hash, mm_bytes key)
{
    struct place *set = set_of(part, hash);
    for (size_t way = 0; way < WAYS; way++) {
        if (set[way].hash != hash || !is_live(part, &set[way]))
            continue;
        const struct entry *entry = entry_at(part, set[way].at);
        if (mm_bytes_equal(entry_key(entry), key))
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

static void fill(struct entry *entry, mm_bytes key, const mm_bytes *record)
{
    entry->key_len = (uint16_t)key.len;
    entry->value_len = record == NULL ? ABSENT : (uint32_t)record->len;
    memcpy(entry->bytes, key.ptr, key.len);
    if (record != NULL && record->len > 0)
        memcpy(entry->bytes + key.len, record->ptr, record->len);
}

/* A new entry at the end. */
static void append(struct part *part, uint64_t hash, mm_bytes key, const mm_bytes *record)
{
    const size_t len = key.len + (record == NULL ? 0 : record->len + ENTRY_SLACK);
    const size_t room = (len + ENTRY_ALIGN - 1) / ENTRY_ALIGN;
    const size_t size = sizeof(struct entry) + room * ENTRY_ALIGN;
    if (size > part->ring_len / 4 || key.len > UINT16_MAX || room > UINT16_MAX)
        return;
    const size_t left = part->ring_len - (size_t)(part->end % part->ring_len);
    if (left < size)
        part->end += left; /* in one piece */
    struct place *place = choose(part, hash);
    struct entry *entry = entry_at(part, part->end);
    entry->room = (uint16_t)room;
    fill(entry, key, record);
    *place = (struct place){ part->end, hash };
    part->end += size;
}

/* Over the entry that is there, where it has the room: a branch near the root is written with each flush, and would fill the ring
 * with its old versions. */
static void replace(struct part *part, uint64_t hash, mm_bytes key, const mm_bytes *record)
{
    struct place *place = find(part, hash, key);
    if (place == NULL) {
        append(part, hash, key, record);
        return;
    }
    struct entry *entry = entry_at(part, place->at);
    if (key.len + (record == NULL ? 0 : record->len) <= (size_t)entry->room * ENTRY_ALIGN) {
        fill(entry, key, record);
        return;
    }
    place->at = 0;
    append(part, hash, key, record);
}

/* What is known goes along. False: no memory, and the part is as it was. */
static bool part_resize(struct part *part, size_t bytes)
{
    struct part next = { .turn = part->turn, .ring_len = bytes / ENTRY_ALIGN * ENTRY_ALIGN };
    next.set_count = 1;
    while (2 * next.set_count * WAYS * PLACE_SHARE <= bytes)
        next.set_count *= 2;
    next.ring = mm_heap_zeroed(next.ring_len, 1);
    next.places = mm_heap_zeroed(next.set_count * WAYS, sizeof *next.places);
    if (next.ring == NULL || next.places == NULL) {
        mm_heap_free(next.ring);
        mm_heap_free(next.places);
        return false;
    }
    /* A cleared place is of position 0, which is before. */
    next.from = next.end = next.ring_len;
    for (size_t i = 0; i < part->set_count * WAYS; i++) {
        const struct place *place = &part->places[i];
        if (!is_live(part, place))
            continue;
        const struct entry *entry = entry_at(part, place->at);
        const mm_bytes key = entry_key(entry);
        const mm_bytes record = mm_bytes_from(entry->bytes + key.len, entry->value_len);
        append(&next, place->hash, key, entry->value_len == ABSENT ? NULL : &record);
    }
    mm_heap_free(part->ring);
    mm_heap_free(part->places);
    part->from = next.from;
    part->end = next.end;
    part->ring = next.ring;
    part->ring_len = next.ring_len;
    part->places = next.places;
    part->set_count = next.set_count;
    return true;
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
        append(part, hash, key, record);
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

void node_cache_put(struct node_cache *cache, uint64_t hash, mm_bytes key, const mm_bytes *record)
{
    struct part *part = part_of(cache, hash);
    (void)pthread_mutex_lock(&part->mutex);
    replace(part, hash, key, record);
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
