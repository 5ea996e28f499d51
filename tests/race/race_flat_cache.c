/* Readers of the flat cache while turns change: each reader has the values of the turn it reads, as a view has its snapshot, and
 * must never find another turn's. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "state/base/assert.h"
#include "state/ledger/flat_cache.h"
#include "tests/lib/random.h"

enum { READERS = 3, KEYS = 200, TURNS = 2000 };

/* A snapshot. */
struct snapshot {
    uint64_t turn;
    uint16_t values[KEYS];
};

static struct snapshot snapshots[TURNS];
static _Atomic(struct snapshot *) current;
static struct flat_cache *cache;
static atomic_ulong found_count;

static mm_bytes key_of(uint8_t out[33], uint64_t number)
{
    memset(out, 0x5a, 33);
    memcpy(out, &number, sizeof number);
    return mm_bytes_from(out, 33);
}

static uint64_t hash_of(uint64_t number)
{
    return number % 40 * UINT64_C(0x9e3779b97f4a7c15); /* so that sets are full */
}

static void *read_on(void *arg)
{
    struct test_random random = { (uint64_t)(uintptr_t)arg };
    unsigned long found = 0;
    for (;;) {
        const struct snapshot *snapshot = atomic_load(&current);
        if (snapshot == NULL)
            break;
        for (int i = 0; i < 20; i++) {
            uint8_t bytes[33];
            struct flat_value value;
            const uint64_t number = test_random_below(&random, KEYS);
            const mm_bytes key = key_of(bytes, number);
            const mm_bytes right = mm_bytes_from(&snapshot->values[number], sizeof(uint16_t));
            if (flat_cache_find(cache, &value, snapshot->turn, hash_of(number), key)) {
                MM_ASSERT(value.is_present && value.len == right.len &&
                          memcmp(value.b, right.ptr, right.len) == 0);
                found++;
            } else {
                flat_cache_add(cache, snapshot->turn, hash_of(number), key, &right);
            }
        }
    }
    atomic_fetch_add(&found_count, found);
    return NULL;
}

int main(void)
{
    pthread_t readers[READERS];
    struct test_random random = { 3 };
    cache = flat_cache_new(64 << 10);
    MM_ASSERT(cache != NULL);
    snapshots[0].turn = flat_cache_restart(cache);
    atomic_store(&current, &snapshots[0]);
    for (size_t i = 0; i < READERS; i++)
        MM_ASSERT(pthread_create(&readers[i], NULL, read_on, (void *)(i + 1)) == 0);
    for (size_t i = 1; i < TURNS; i++) {
        struct snapshot *next = &snapshots[i];
        *next = snapshots[i - 1];
        const bool is_restart = test_random_below(&random, 50) == 0;
        next->turn = is_restart ? flat_cache_restart(cache) : flat_cache_next(cache);
        for (size_t j = 0; j < 20; j++) {
            uint8_t bytes[33];
            const uint64_t number = test_random_below(&random, KEYS);
            next->values[number]++;
            if (!is_restart)
                flat_cache_forget(cache, hash_of(number), key_of(bytes, number));
        }
        atomic_store(&current, next);
    }
    atomic_store(&current, NULL);
    for (size_t i = 0; i < READERS; i++)
        MM_ASSERT(pthread_join(readers[i], NULL) == 0);
    (void)printf("%lu values found in %d turns\n", atomic_load(&found_count), TURNS);
    flat_cache_free(cache);
    return 0;
}
