/* Row by row with a ledger that executed the same blocks again: two iterators side by side. */
#include "state/base/assert.h"
#include "state/base/endian.h"
#include "state/ledger/check_internal.h"

struct pair {
    struct ledger_check *check;
    enum ledger_family family;
    struct kv_iter *ours;
    struct kv_iter *again;
};

static void report(const struct pair *pair, mm_bytes key, const char *what)
{
    char name[CHECK_NAME_BYTES];
    check_name(name, pair->family, key);
    ledger_check_report(pair->check, "%s: %s", name, what);
}

/* Rows that follow from when something was flushed (what epochs keep: check_compare_epochs), or from nothing that was executed. */
static bool is_left_out(const struct pair *pair, mm_bytes key)
{
    if (pair->family == LEDGER_HISTORY)
        return key.len > 0 && key.ptr[0] == 'e';
    if (pair->family != LEDGER_BLOCK)
        return false;
    const struct ledger_key waiting = key_block_part(pair->check->view->head + 1, BLOCK_EDITS);
    return mm_bytes_equal(key, key_bytes(&waiting));
}

static void skip(const struct pair *pair, struct kv_iter *iter)
{
    while (kv_iter_valid(iter) && is_left_out(pair, kv_iter_key(iter)))
        kv_iter_next(iter);
}

static mm_err compare(const struct pair *pair)
{
    kv_iter_seek(pair->ours, (mm_bytes){ NULL, 0 });
    kv_iter_seek(pair->again, (mm_bytes){ NULL, 0 });
    for (;;) {
        skip(pair, pair->ours);
        skip(pair, pair->again);
        const bool has_ours = kv_iter_valid(pair->ours);
        const bool has_again = kv_iter_valid(pair->again);
        if (!has_ours && !has_again)
            break;
        const int order = !has_ours ? 1
                          : !has_again
                              ? -1
                              : mm_bytes_compare(kv_iter_key(pair->ours), kv_iter_key(pair->again));
        if (order < 0)
            report(pair, kv_iter_key(pair->ours), "executing the blocks again gives no such row");
        else if (order > 0)
            report(pair, kv_iter_key(pair->again),
                   "is missing: executing the blocks again gives it");
        else if (!mm_bytes_equal(kv_iter_value(pair->ours), kv_iter_value(pair->again)))
            report(pair, kv_iter_key(pair->ours), "executing the blocks again gives another value");
        if (order <= 0)
            kv_iter_next(pair->ours);
        if (order >= 0)
            kv_iter_next(pair->again);
    }
    MM_TRY(kv_iter_err(pair->again));
    const mm_err err = kv_iter_err(pair->ours);
    if (err == MM_ERR_CORRUPT || err == MM_ERR_IO) {
        ledger_check_report(pair->check, "family %s: cannot be read to its end: %s",
                            LEDGER_FAMILIES[pair->family].name, mm_err_text(err));
        return MM_OK;
    }
    return err;
}

/* ---- what epochs keep ---- */

/* One of the two ledgers looked through, the other looked up. */
struct side {
    struct ledger_check *check;
    uint64_t
        from; /* blocks after this one: before it, what there is follows from when it was flushed */
    struct ledger_past other;
    const char *missing;
    bool compares;
};

static void report_delta(const struct side *side, const struct delta_entry *entry, const char *what)
{
    char name[CHECK_NAME_BYTES];
    check_name(name, LEDGER_TRIE, entry->node_key);
    ledger_check_report(side->check, "history: %s before block %llu: %s", name,
                        (unsigned long long)entry->block_num, what);
}

static mm_err compare_pack(struct side *side, mm_bytes key, mm_bytes packed)
{
    struct delta_cursor cursor;
    mm_err err = deltas_open(&cursor, packed, mm_get_be64(key.ptr + 1));
    while (err == MM_OK && (err = deltas_next(&cursor)) == MM_OK) {
        const struct delta_entry *entry = &cursor.entry;
        const struct delta_entry *other = &side->other.pack.entry;
        if (entry->block_num <= side->from)
            continue;
        err = past_find_delta(&side->other, entry->node_key, entry->block_num);
        if (err != MM_OK && err != MM_ERR_NOT_FOUND && err != MM_ERR_CORRUPT)
            return err;
        if (err != MM_OK)
            report_delta(side, entry, side->missing);
        else if (side->compares &&
                 (other->since != entry->since || !mm_bytes_equal(other->delta, entry->delta)))
            report_delta(side, entry, "executing the blocks again gives another value");
        err = MM_OK;
    }
    return err == MM_ERR_NOT_FOUND || err == MM_ERR_CORRUPT ? MM_OK : err; /* said already */
}

static mm_err compare_gone(struct side *side, mm_bytes key)
{
    struct mm_buf value;
    if (mm_get_be64(key.ptr + key.len - 8) <= side->from)
        return MM_OK;
    mm_buf_init(&value, 64);
    const mm_err err = kv_get(side->other.kv, side->other.snapshot, LEDGER_HISTORY, key, &value);
    mm_buf_fini(&value);
    if (err == MM_ERR_NOT_FOUND)
        check_fault(side->check, LEDGER_HISTORY, key, side->missing);
    return err == MM_ERR_NOT_FOUND ? MM_OK : err;
}

static mm_err compare_rows(struct side *side, struct kv_iter *iter)
{
    for (kv_iter_seek(iter, MM_BYTES_LIT("e")); kv_iter_valid(iter); kv_iter_next(iter)) {
        const mm_bytes key = kv_iter_key(iter);
        if (key.len < 18 || key.ptr[0] != 'e')
            break;
        if (key.ptr[9] == EPOCH_DELTAS)
            MM_TRY(compare_pack(side, key, kv_iter_value(iter)));
        else if (key.ptr[9] == EPOCH_GONE)
            MM_TRY(compare_gone(side, key));
    }
    const mm_err err = kv_iter_err(iter);
    return err == MM_ERR_CORRUPT || err == MM_ERR_IO ? MM_OK : err;
}

static mm_err compare_side(struct side *side, const struct pin *ours, const struct pin *other)
{
    struct kv_iter *iter = kv_iter_new(ours->kv, ours->snapshot, LEDGER_HISTORY);
    if (iter == NULL)
        return MM_ERR_NO_MEMORY;
    past_init(&side->other, other->kv, other->snapshot, other->flushed);
    const mm_err err = compare_rows(side, iter);
    past_fini(&side->other);
    kv_iter_free(iter);
    return err;
}

static mm_err compare_epochs(struct ledger_check *check, const struct pin *again)
{
    const struct pin *ours = check->view->pin;
    struct side forth = { .check = check,
                          .from = ours->proofs_from,
                          .missing = "executing the blocks again gives no such row",
                          .compares = true };
    struct side back = { .check = check,
                         .from = ours->proofs_from,
                         .missing = "is missing: executing the blocks again gives it" };
    MM_TRY(compare_side(&forth, ours, again));
    return compare_side(&back, again, ours);
}

uint64_t ledger_check_window(const struct ledger_check *check)
{
    return check->view->head - check->view->pin->proofs_from;
}

mm_err ledger_check_compare(struct ledger_check *check, struct ledger *again)
{
    static const enum ledger_family families[] = { LEDGER_BLOCK, LEDGER_RECEIPT, LEDGER_LOOKUP,
                                                   LEDGER_STATE, LEDGER_TRIE,    LEDGER_HISTORY,
                                                   LEDGER_INDEX };
    struct ledger_view *view = ledger_acquire(again);
    MM_ASSERT(view != NULL && view->pin->flushed == view->head && view->head == check->view->head);
    mm_err err = MM_OK;
    for (size_t i = 0; err == MM_OK && i < MM_COUNT_OF(families); i++) {
        struct pair pair = {
            .check = check,
            .family = families[i],
            .ours = kv_iter_new(check->kv, check->snapshot, families[i]),
            .again = kv_iter_new(view->pin->kv, view->pin->snapshot, families[i]),
        };
        err = pair.ours == NULL || pair.again == NULL ? MM_ERR_NO_MEMORY : compare(&pair);
        if (pair.ours != NULL)
            kv_iter_free(pair.ours);
        if (pair.again != NULL)
            kv_iter_free(pair.again);
    }
    if (err == MM_OK)
        err = compare_epochs(check, view->pin);
    ledger_release(view);
    return err;
}
