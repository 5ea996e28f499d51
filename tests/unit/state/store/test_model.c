/* A property: after any sequence of changes both stores hold what a plain sorted array holds, now and in each snapshot. */
#include "tests/unit/state/store/fixture.h"

enum {
    OPERATIONS = 20000,
    KEYS = 200, /* few, so that changes meet */
    SNAPSHOTS_MAX = 4,
};

/* The model: for each key in order its value, or 0 when it is not there. */
struct model {
    uint32_t values[KEYS];
};

struct watched {
    struct kv_snapshot *snapshot;
    struct model model;
};

struct run {
    struct fixture fixture;
    struct model now;
    struct model pending; /* now with the batch in work */
    struct watched watched[SNAPSHOTS_MAX];
    uint64_t random;
};

static uint32_t random_below(struct run *run, uint32_t limit)
{
    run->random = run->random * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(run->random >> 33) % limit;
}

/* Two bytes, or three with a common prefix, so that prefixes are keys as well; the order is that of the index. */
static mm_bytes key_of(uint32_t index, uint8_t space[3])
{
    space[0] = (uint8_t)(index / 20);
    space[1] = (uint8_t)(index % 20 / 2 * 25);
    space[2] = 0;
    return mm_bytes_from(space, 2 + index % 2);
}

static void check_value(mm_bytes value, uint32_t expected)
{
    uint32_t got;
    cr_assert_eq(value.len, sizeof got);
    memcpy(&got, value.ptr, sizeof got);
    cr_assert_eq(got, expected);
}

static void check_all(struct run *run, const struct kv_snapshot *snapshot,
                      const struct model *model)
{
    uint8_t space[3];
    struct kv_iter *iter = kv_iter_new(run->fixture.kv, snapshot, RANGE);
    kv_iter_seek(iter, MM_BYTES_LIT(""));
    for (uint32_t i = 0; i < KEYS; i++) {
        if (model->values[i] == 0)
            continue;
        cr_assert(kv_iter_valid(iter));
        cr_assert(mm_bytes_equal(kv_iter_key(iter), key_of(i, space)));
        check_value(kv_iter_value(iter), model->values[i]);
        kv_iter_next(iter);
    }
    cr_assert_not(kv_iter_valid(iter));
    kv_iter_seek_back(iter, MM_BYTES_LIT("\xff"));
    for (uint32_t i = KEYS; i-- > 0;) {
        if (model->values[i] == 0)
            continue;
        cr_assert(kv_iter_valid(iter));
        cr_assert(mm_bytes_equal(kv_iter_key(iter), key_of(i, space)));
        kv_iter_prev(iter);
    }
    cr_assert_not(kv_iter_valid(iter));
    kv_iter_free(iter);
}

static void check_one(struct run *run, const struct kv_snapshot *snapshot,
                      const struct model *model)
{
    uint8_t space[3];
    const uint32_t at = random_below(run, KEYS);
    struct mm_buf value;
    mm_buf_init(&value, 100);
    const mm_err err = kv_get(run->fixture.kv, snapshot, RANGE, key_of(at, space), &value);
    cr_assert_eq(err, model->values[at] == 0 ? MM_ERR_NOT_FOUND : MM_OK);
    if (err == MM_OK)
        check_value(mm_buf_bytes(&value), model->values[at]);
    mm_buf_fini(&value);
    struct kv_iter *iter = kv_iter_new(run->fixture.kv, snapshot, RANGE);
    uint32_t up = at, down = at;
    while (up < KEYS && model->values[up] == 0)
        up++;
    while (down > 0 && model->values[down] == 0)
        down--;
    kv_iter_seek(iter, key_of(at, space));
    cr_assert_eq(kv_iter_valid(iter), up < KEYS);
    if (up < KEYS)
        cr_assert(mm_bytes_equal(kv_iter_key(iter), key_of(up, space)));
    kv_iter_seek_back(iter, key_of(at, space));
    cr_assert_eq(kv_iter_valid(iter), model->values[down] != 0);
    if (model->values[down] != 0)
        cr_assert(mm_bytes_equal(kv_iter_key(iter), key_of(down, space)));
    kv_iter_free(iter);
}

static void change(struct run *run, uint32_t number)
{
    uint8_t space[3], end[3];
    const uint32_t at = random_below(run, KEYS);
    const uint32_t kind = random_below(run, 100);
    if (kind < 60) {
        kv_batch_put(run->fixture.batch, RANGE, key_of(at, space),
                     mm_bytes_from(&number, sizeof number));
        run->pending.values[at] = number;
    } else if (kind < 97) {
        kv_batch_del(run->fixture.batch, RANGE, key_of(at, space));
        run->pending.values[at] = 0;
    } else {
        const uint32_t to = at + random_below(run, KEYS - at);
        kv_batch_del_range(run->fixture.batch, RANGE, key_of(at, space), key_of(to, end));
        for (uint32_t i = at; i < to; i++)
            run->pending.values[i] = 0;
    }
}

static void turn_snapshot(struct run *run)
{
    struct watched *watched = &run->watched[random_below(run, SNAPSHOTS_MAX)];
    if (watched->snapshot != NULL) {
        check_all(run, watched->snapshot, &watched->model);
        kv_snapshot_free(run->fixture.kv, watched->snapshot);
        watched->snapshot = NULL;
    } else {
        watched->snapshot = kv_snapshot_new(run->fixture.kv);
        watched->model = run->now;
    }
}

static void run_against_model(enum fixture_kind kind)
{
    static struct run run = { .random = 1 };
    fixture_init(&run.fixture, kind);
    for (uint32_t number = 1; number <= OPERATIONS; number++) {
        change(&run, number);
        if (random_below(&run, 4) == 0) {
            write_batch(&run.fixture);
            run.now = run.pending;
        }
        /* RocksDB looks at all range deletions of its write buffer for each iterator: half a millisecond here. */
        if (kind == FIXTURE_ROCKSDB && random_below(&run, 10) != 0)
            continue;
        check_one(&run, NULL, &run.now);
        if (random_below(&run, 20) == 0)
            turn_snapshot(&run);
        const struct watched *watched = &run.watched[random_below(&run, SNAPSHOTS_MAX)];
        if (watched->snapshot != NULL)
            check_one(&run, watched->snapshot, &watched->model);
        if (kind == FIXTURE_ROCKSDB && random_below(&run, 100) == 0)
            cr_assert_eq(kv_compact(run.fixture.kv, 0), MM_OK);
    }
    check_all(&run, NULL, &run.now);
    for (size_t i = 0; i < SNAPSHOTS_MAX; i++)
        kv_snapshot_free(run.fixture.kv, run.watched[i].snapshot);
    fixture_fini(&run.fixture);
}

Test(kv_memory, holds_what_a_sorted_array_holds_after_20000_changes)
{
    run_against_model(FIXTURE_MEMORY);
}

Test(kv_rocksdb, holds_what_a_sorted_array_holds_after_20000_changes)
{
    run_against_model(FIXTURE_ROCKSDB);
}
