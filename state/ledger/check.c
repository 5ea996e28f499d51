/* Looking rows up, counting them, and naming those that nobody expected. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "state/base/assert.h"
#include "state/base/endian.h"
#include "state/base/heap.h"
#include "state/codec/hex.h"
#include "state/crypto/keccak.h"
#include "state/ledger/check_internal.h"

/* ---- life ---- */

mm_err ledger_check_new(struct ledger_check **out, struct ledger_view *view,
                        const struct ledger_check_sink *sink)
{
    *out = NULL;
    MM_ASSERT(view->pin->flushed == view->head);
    struct ledger_check *check = mm_heap_zeroed(1, sizeof *check);
    if (check == NULL)
        return MM_ERR_NO_MEMORY;
    atomic_fetch_add_explicit(&view->users, 1, memory_order_relaxed);
    check->view = view;
    check->kv = view->pin->kv;
    check->snapshot = view->pin->snapshot;
    check->sink = *sink;
    mm_buf_init(&check->value, LEDGER_VALUE_MAX);
    past_init(&check->past, check->kv, check->snapshot, view->pin->flushed);
    *out = check;
    return MM_OK;
}

void ledger_check_free(struct ledger_check *check)
{
    if (check == NULL)
        return;
    for (size_t i = 0; i < KV_FAMILIES_MAX; i++)
        check_set_fini(&check->sets[i]);
    past_fini(&check->past);
    mm_buf_fini(&check->value);
    ledger_release(check->view);
    mm_heap_free(check);
}

uint64_t ledger_check_problems(const struct ledger_check *check)
{
    return check->problems;
}

void ledger_check_report(struct ledger_check *check, const char *format, ...)
{
    if (check->is_muted)
        return;
    char line[CHECK_LINE_BYTES];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(line, sizeof line, format, args);
    va_end(args);
    check->problems++;
    if (check->sink.problem != NULL)
        check->sink.problem(check->sink.ctx, line);
}

void ledger_check_progress(struct ledger_check *check, const char *what, uint64_t done,
                           uint64_t total)
{
    if (!check->is_muted && check->sink.progress != NULL)
        check->sink.progress(check->sink.ctx, what, done, total);
}

void check_fault(struct ledger_check *check, enum ledger_family family, mm_bytes key,
                 const char *fault)
{
    char name[CHECK_NAME_BYTES];
    if (fault == NULL)
        return;
    check_name(name, family, key);
    ledger_check_report(check, "%s: %s", name, fault);
}

/* ---- rows ---- */

mm_err check_set_add(struct check_set *set, uint64_t item)
{
    if (set->count == set->capacity) {
        uint64_t *items = mm_heap_grow(set->items, &set->capacity, 1024, sizeof *items);
        if (items == NULL)
            return MM_ERR_NO_MEMORY;
        set->items = items;
    }
    set->items[set->count++] = item;
    return MM_OK;
}

static int by_number(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a;
    const uint64_t y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

void check_set_sort(struct check_set *set)
{
    if (set->count > 1)
        qsort(set->items, set->count, sizeof *set->items, by_number);
}

bool check_set_has(const struct check_set *set, uint64_t item)
{
    return set->count > 0 &&
           bsearch(&item, set->items, set->count, sizeof *set->items, by_number) != NULL;
}

void check_set_fini(struct check_set *set)
{
    mm_heap_free(set->items);
    *set = (struct check_set){ 0 };
}

uint64_t check_hash(mm_bytes key)
{
    const mm_hash32 hash = keccak256(key);
    return mm_get_be64(hash.b);
}

mm_err check_find(struct ledger_check *check, mm_bytes *value, bool *is_here,
                  enum ledger_family family, mm_bytes key)
{
    *value = (mm_bytes){ NULL, 0 };
    *is_here = false;
    if (check->collects[family])
        MM_TRY(check_set_add(&check->sets[family], check_hash(key)));
    const mm_err err = kv_get(check->kv, check->snapshot, (size_t)family, key, &check->value);
    if (err == MM_ERR_NOT_FOUND)
        return MM_OK;
    if (err == MM_ERR_CORRUPT || err == MM_ERR_IO) {
        char name[CHECK_NAME_BYTES];
        check_name(name, family, key);
        ledger_check_report(check, "%s: cannot be read: %s", name, mm_err_text(err));
        check->is_unsure[family] = true;
        return MM_OK;
    }
    MM_TRY(err);
    if (!check->is_muted)
        check->found[family]++;
    *value = mm_buf_bytes(&check->value);
    *is_here = true;
    return MM_OK;
}

mm_err check_must_find(struct ledger_check *check, mm_bytes *value, bool *is_here,
                       enum ledger_family family, mm_bytes key)
{
    const uint64_t problems = check->problems;
    MM_TRY(check_find(check, value, is_here, family, key));
    if (!*is_here && check->problems == problems) {
        char name[CHECK_NAME_BYTES];
        check_name(name, family, key);
        ledger_check_report(check, "%s: is missing", name);
    }
    return MM_OK;
}

mm_err check_expect(struct ledger_check *check, enum ledger_family family, mm_bytes key,
                    mm_bytes expected)
{
    mm_bytes value;
    bool is_here;
    MM_TRY(check_must_find(check, &value, &is_here, family, key));
    if (is_here && !mm_bytes_equal(value, expected)) {
        char name[CHECK_NAME_BYTES];
        check_name(name, family, key);
        ledger_check_report(check, "%s: is not what follows from the blocks and the state", name);
    }
    return MM_OK;
}

mm_err check_each(struct ledger_check *check, enum ledger_family family, check_row_fn row,
                  void *ctx)
{
    struct kv_iter *iter = kv_iter_new(check->kv, check->snapshot, (size_t)family);
    if (iter == NULL)
        return MM_ERR_NO_MEMORY;
    mm_err err = MM_OK;
    for (kv_iter_seek(iter, (mm_bytes){ NULL, 0 }); err == MM_OK && kv_iter_valid(iter);
         kv_iter_next(iter))
        err = row(ctx, kv_iter_key(iter), kv_iter_value(iter));
    if (err == MM_OK)
        err = kv_iter_err(iter);
    kv_iter_free(iter);
    if (err == MM_ERR_CORRUPT || err == MM_ERR_IO) {
        ledger_check_report(check, "family %s: cannot be read to its end: %s",
                            LEDGER_FAMILIES[family].name, mm_err_text(err));
        check->is_unsure[family] = true;
        return MM_OK;
    }
    return err;
}

/* ---- strangers ---- */

static mm_err count_row(void *ctx, mm_bytes key, mm_bytes value)
{
    (void)key;
    (void)value;
    ++*(uint64_t *)ctx;
    return MM_OK;
}

struct naming {
    struct ledger_check *check;
    enum ledger_family family;
};

static mm_err name_stranger(void *ctx, mm_bytes key, mm_bytes value)
{
    const struct naming *naming = ctx;
    const struct check_set *set = &naming->check->sets[naming->family];
    const uint64_t hash = check_hash(key);
    (void)value;
    if (check_set_has(set, hash))
        return MM_OK;
    char name[CHECK_NAME_BYTES];
    check_name(name, naming->family, key);
    ledger_check_report(naming->check, "%s: is there, and nothing asks for it", name);
    return MM_OK;
}

mm_err check_strangers(struct ledger_check *check, enum ledger_family family,
                       mm_err (*again)(struct ledger_check *check))
{
    uint64_t total = 0;
    MM_TRY(check_each(check, family, count_row, &total));
    if (total == check->found[family])
        return MM_OK;
    if (check->is_unsure[family]) {
        ledger_check_report(
            check,
            "family %s: %llu rows more than what could be read asks for; not named one by one",
            LEDGER_FAMILIES[family].name, (unsigned long long)(total - check->found[family]));
        return MM_OK;
    }
    check->is_muted = true;
    check->collects[family] = true;
    const mm_err err = again(check);
    check->collects[family] = false;
    check->is_muted = false;
    MM_TRY(err);
    struct check_set *set = &check->sets[family];
    check_set_sort(set);
    struct naming naming = { check, family };
    MM_TRY(check_each(check, family, name_stranger, &naming));
    check_set_fini(set);
    return MM_OK;
}
