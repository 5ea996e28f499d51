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

/* Rows that follow from when something was flushed (trie history before the first provable block), or from nothing that was
 * executed. */
static bool is_left_out(const struct pair *pair, mm_bytes key)
{
    if (pair->family == LEDGER_HISTORY)
        return key.len > 8 && key.ptr[0] == 'e' &&
               mm_get_be64(key.ptr + key.len - 8) <= pair->check->view->pin->proofs_from;
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
    ledger_release(view);
    return err;
}
