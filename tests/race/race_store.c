/* The store in memory under threads: one writer, and readers with snapshots and iterators beside it.
 *
 * The writer keeps a sum: each batch moves an amount from one key to another, and now and then deletes a key (its amount goes
 * elsewhere first). So in every view all amounts together make TOTAL; a reader that meets another sum saw half a batch, or a
 * value that was freed under it. ThreadSanitizer looks for the rest. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "state/store/kv.h"
#include "tests/race/check.h"

enum {
    KEYS = 64,
    READERS = 3,
    BATCHES = 20000,
    TOTAL = KEYS * 1000,
};

static struct kv *kv;
static atomic_bool done;

static uint32_t random_below(uint64_t *random, uint32_t limit)
{
    *random = *random * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*random >> 33) % limit;
}

static uint32_t number_of(mm_bytes bytes)
{
    uint32_t number;
    CHECK(bytes.len == sizeof number);
    memcpy(&number, bytes.ptr, sizeof number);
    return number;
}

static void put_number(struct kv_batch *batch, uint8_t key, uint32_t number)
{
    kv_batch_put(batch, 0, mm_bytes_from(&key, 1), mm_bytes_from(&number, sizeof number));
}

static void write_all(void)
{
    static uint32_t amounts[KEYS];
    uint64_t random = 1;
    struct kv_batch *batch = kv_batch_new(kv);
    CHECK(batch != NULL);
    for (uint8_t key = 0; key < KEYS; key++)
        put_number(batch, key, amounts[key] = TOTAL / KEYS);
    CHECK(kv_write(kv, batch, KV_SYNCED) == MM_OK);
    for (int i = 0; i < BATCHES; i++) {
        const uint8_t from = (uint8_t)random_below(&random, KEYS);
        const uint8_t to = (uint8_t)random_below(&random, KEYS);
        const uint32_t amount = random_below(&random, 4) == 0 ? amounts[from] : amounts[from] / 2;
        amounts[from] -= amount;
        amounts[to] += amount;
        kv_batch_reset(batch);
        if (amounts[from] == 0)
            kv_batch_del_range(batch, 0, mm_bytes_from(&from, 1),
                               mm_bytes_from(&(uint8_t){ from + 1 }, 1));
        else
            put_number(batch, from, amounts[from]);
        put_number(batch, to, amounts[to]);
        if (from == to && amounts[to] == 0)
            kv_batch_del(batch, 0, mm_bytes_from(&to, 1));
        CHECK(kv_write(kv, batch, KV_SYNCED) == MM_OK);
    }
    kv_batch_free(batch);
}

static void check_sum(const struct kv_snapshot *snapshot, bool forwards)
{
    uint32_t sum = 0;
    struct kv_iter *iter = kv_iter_new(kv, snapshot, 0);
    CHECK(iter != NULL);
    if (forwards)
        kv_iter_seek(iter, MM_BYTES_LIT(""));
    else
        kv_iter_seek_back(iter, MM_BYTES_LIT("\xff"));
    while (kv_iter_valid(iter)) {
        sum += number_of(kv_iter_value(iter));
        if (forwards)
            kv_iter_next(iter);
        else
            kv_iter_prev(iter);
    }
    CHECK(kv_iter_err(iter) == MM_OK);
    CHECK(sum == TOTAL);
    kv_iter_free(iter);
}

static void check_gets(const struct kv_snapshot *snapshot)
{
    uint32_t sum = 0;
    struct mm_buf value;
    mm_buf_init(&value, 16);
    for (uint8_t key = 0; key < KEYS; key++) {
        const mm_err err = kv_get(kv, snapshot, 0, mm_bytes_from(&key, 1), &value);
        CHECK(err == MM_OK || err == MM_ERR_NOT_FOUND);
        if (err == MM_OK)
            sum += number_of(mm_buf_bytes(&value));
    }
    CHECK(sum == TOTAL);
    mm_buf_fini(&value);
}

static void *read_all(void *argument)
{
    size_t *rounds = argument;
    do {
        struct kv_snapshot *snapshot = kv_snapshot_new(kv);
        CHECK(snapshot != NULL);
        check_sum(snapshot, true);
        check_gets(snapshot);
        check_sum(snapshot, false);
        kv_snapshot_free(kv, snapshot);
        check_sum(NULL, *rounds % 2 == 0);
        (*rounds)++;
    } while (!atomic_load(&done));
    return NULL;
}

int main(void)
{
    const struct kv_family family = { .name = "amounts", .use = KV_USE_RANGE };
    CHECK(kv_open_memory(&kv, &(struct kv_options){ .families = &family, .family_count = 1 }) ==
          MM_OK);
    struct kv_batch *first = kv_batch_new(kv);
    for (uint8_t key = 0; key < KEYS; key++)
        put_number(first, key, TOTAL / KEYS);
    CHECK(kv_write(kv, first, KV_SYNCED) == MM_OK);
    kv_batch_free(first);
    pthread_t readers[READERS];
    size_t rounds[READERS] = { 0 };
    for (size_t i = 0; i < READERS; i++)
        CHECK(pthread_create(&readers[i], NULL, read_all, &rounds[i]) == 0);
    write_all();
    atomic_store(&done, true);
    size_t sum = 0;
    for (size_t i = 0; i < READERS; i++) {
        CHECK(pthread_join(readers[i], NULL) == 0);
        sum += rounds[i];
    }
    printf("%d batches beside %zu rounds of reading\n", BATCHES, sum);
    kv_close(kv);
    return 0;
}
