#include "tests/unit/state/store/fixture.h"

#include <stdio.h>

static const struct kv_family families[FAMILY_COUNT] = {
    [POINT] = { .name = "point", .use = KV_USE_POINT },
    [RANGE] = { .name = "range", .use = KV_USE_RANGE },
    [LARGE] = { .name = "large", .use = KV_USE_LARGE },
};

const struct kv_options fixture_options = {
    .families = families,
    .family_count = FAMILY_COUNT,
    .create = true,
};

static void open_disk(struct fixture *fixture)
{
    struct mm_reason reason = { "" };
    cr_assert_eq(kv_open_rocksdb(&fixture->kv, fixture->path, &fixture_options, &reason), MM_OK,
                 "%s", reason.text);
    fixture->batch = kv_batch_new(fixture->kv);
    cr_assert_not_null(fixture->batch);
}

void fixture_init(struct fixture *fixture, enum fixture_kind kind)
{
    *fixture = (struct fixture){ .kv = NULL };
    if (kind == FIXTURE_ROCKSDB) {
        folder_make(fixture->path, "store");
        open_disk(fixture);
        return;
    }
    cr_assert_eq(kv_open_memory(&fixture->kv, &fixture_options), MM_OK);
    fixture->batch = kv_batch_new(fixture->kv);
    cr_assert_not_null(fixture->batch);
}

static void close_store(struct fixture *fixture)
{
    kv_batch_free(fixture->batch);
    kv_close(fixture->kv);
}

void fixture_reopen(struct fixture *fixture)
{
    close_store(fixture);
    open_disk(fixture);
}

void fixture_fini(struct fixture *fixture)
{
    close_store(fixture);
    if (fixture->path[0] != '\0')
        folder_remove(fixture->path);
}

void write_batch(struct fixture *fixture)
{
    cr_assert_eq(kv_write(fixture->kv, fixture->batch, KV_BUFFERED), MM_OK);
    kv_batch_reset(fixture->batch);
}

void put(struct fixture *fixture, size_t family, const char *key, const char *value)
{
    kv_batch_put(fixture->batch, family, mm_bytes_str(key), mm_bytes_str(value));
    write_batch(fixture);
}

void del(struct fixture *fixture, size_t family, const char *key)
{
    kv_batch_del(fixture->batch, family, mm_bytes_str(key));
    write_batch(fixture);
}

void del_range(struct fixture *fixture, size_t family, const char *from, const char *to)
{
    kv_batch_del_range(fixture->batch, family, mm_bytes_str(from), mm_bytes_str(to));
    write_batch(fixture);
}

const char *get(struct fixture *fixture, const struct kv_snapshot *snapshot, size_t family,
                const char *key)
{
    static char text[4096];
    struct mm_buf value;
    mm_buf_init(&value, sizeof text - 1);
    const mm_err err = kv_get(fixture->kv, snapshot, family, mm_bytes_str(key), &value);
    if (err == MM_OK) {
        if (value.len > 0)
            memcpy(text, value.ptr, value.len);
        text[value.len] = '\0';
    } else {
        cr_assert_eq(err, MM_ERR_NOT_FOUND);
        cr_assert_eq(value.len, 0);
    }
    mm_buf_fini(&value);
    return err == MM_OK ? text : NULL;
}

static const char *list_way(struct fixture *fixture, const struct kv_snapshot *snapshot,
                            size_t family, bool forwards)
{
    static char text[4096];
    size_t len = 0;
    text[0] = '\0';
    struct kv_iter *iter = kv_iter_new(fixture->kv, snapshot, family);
    cr_assert_not_null(iter);
    cr_assert_not(kv_iter_valid(iter), "a new iterator is placed nowhere");
    if (forwards)
        kv_iter_seek(iter, MM_BYTES_LIT(""));
    else
        kv_iter_seek_back(iter, MM_BYTES_LIT("\xff\xff"));
    while (kv_iter_valid(iter)) {
        const mm_bytes key = kv_iter_key(iter);
        const mm_bytes value = kv_iter_value(iter);
        len += (size_t)snprintf(text + len, sizeof text - len, "%.*s=%.*s ", (int)key.len,
                                (const char *)key.ptr, (int)value.len, (const char *)value.ptr);
        cr_assert_lt(len, sizeof text);
        if (forwards)
            kv_iter_next(iter);
        else
            kv_iter_prev(iter);
    }
    cr_assert_eq(kv_iter_err(iter), MM_OK);
    kv_iter_free(iter);
    return text;
}

const char *list(struct fixture *fixture, const struct kv_snapshot *snapshot, size_t family)
{
    return list_way(fixture, snapshot, family, true);
}

const char *list_back(struct fixture *fixture, const struct kv_snapshot *snapshot, size_t family)
{
    return list_way(fixture, snapshot, family, false);
}
