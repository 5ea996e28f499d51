/* The lists of changed keys against what history knows: a change is where a record begins or ends.
 *
 * One pass over the lists gives the flushes and a number for each (flush, key) that they name; one over records and history looks each
 * change up in them, and gathers its number; and a last one over the lists looks for keys that did not change. Of blocks before the window
 * a list may have what it likes of what changed. Memory: 16 bytes a change. */
#include "state/base/assert.h"
#include "state/base/endian.h"
#include "state/base/heap.h"
#include "state/ledger/check_internal.h"

struct changes {
    struct ledger_check *check;
    struct check_set lasts; /* of the flushes that have a list; ascending */
    struct check_set listed;
    struct check_set changed;
    uint64_t unlisted;
    bool is_second; /* pass over the lists */
};

enum { UNLISTED_SHOWN = 100 }; /* a list that is lost leaves all of its keys out */

/* Accounts by their whole key, slots by as much of it as lists have. */
static uint64_t number_of(uint64_t last_block, mm_bytes key)
{
    uint8_t bytes[8 + 33 + SLOT_PREFIX_BYTES];
    const size_t most = sizeof bytes - 8;
    const size_t len = key.len < most ? key.len : most;
    mm_put_be64(bytes, last_block);
    memcpy(bytes + 8, key.ptr, len);
    return check_hash(mm_bytes_from(bytes, 8 + len));
}

/* The list that a block's changes stand in, by the last block of its flush. False: there is none. */
static bool find_list(const struct changes *changes, uint64_t block_num, uint64_t *last)
{
    size_t low = 0;
    size_t high = changes->lasts.count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (changes->lasts.items[middle] < block_num)
            low = middle + 1;
        else
            high = middle;
    }
    *last = low < changes->lasts.count ? changes->lasts.items[low] : 0;
    return low < changes->lasts.count && *last / EPOCH_BLOCKS == block_num / EPOCH_BLOCKS;
}

/* ---- lists ---- */

static mm_err look_at_list(struct changes *changes, mm_bytes key, uint64_t last, mm_bytes list)
{
    struct changed_cursor cursor = { .list = list };
    mm_err err;
    while ((err = changed_next(&cursor)) == MM_OK) {
        uint8_t name[33 + SLOT_PREFIX_BYTES];
        const bool is_account = cursor.slot == NULL;
        name[0] = is_account ? 'a' : 's';
        memcpy(name + 1, cursor.addr_key, 32);
        if (!is_account)
            memcpy(name + 33, cursor.slot, SLOT_PREFIX_BYTES);
        const uint64_t number = number_of(last, mm_bytes_from(name, is_account ? 33 : sizeof name));
        if (!changes->is_second)
            MM_TRY(check_set_add(&changes->listed, number));
        else if (!check_set_has(&changes->changed, number)) {
            check_fault(changes->check, LEDGER_HISTORY, key,
                        "names a key that its blocks did not change");
            return MM_OK;
        }
    }
    if (err == MM_ERR_CORRUPT && !changes->is_second)
        check_fault(changes->check, LEDGER_HISTORY, key, "is no list of keys");
    return MM_OK;
}

static mm_err each_list(struct changes *changes)
{
    struct ledger_check *check = changes->check;
    struct kv_iter *iter = kv_iter_new(check->kv, check->snapshot, LEDGER_HISTORY);
    if (iter == NULL)
        return MM_ERR_NO_MEMORY;
    mm_err err = MM_OK;
    const uint64_t last_epoch = check->view->pin->flushed / EPOCH_BLOCKS;
    for (uint64_t epoch = check->view->ledger->first_epoch; err == MM_OK && epoch <= last_epoch;
         epoch++) {
        const struct ledger_key prefix = key_epoch_part(epoch, EPOCH_CHANGED);
        for (kv_iter_seek(iter, key_bytes(&prefix)); err == MM_OK && kv_iter_valid(iter);
             kv_iter_next(iter)) {
            const mm_bytes key = kv_iter_key(iter);
            if (key.len != prefix.len + 8 || memcmp(key.ptr, prefix.b, prefix.len) != 0)
                break;
            const uint64_t last = mm_get_be64(key.ptr + prefix.len);
            if (!changes->is_second)
                err = check_set_add(&changes->lasts, last);
            if (!changes->is_second &&
                (last / EPOCH_BLOCKS != epoch || last > check->view->pin->flushed))
                check_fault(
                    check, LEDGER_HISTORY, key,
                    "is of a flush that was not, or stands in an epoch that is not its own");
            if (err == MM_OK)
                err = look_at_list(changes, key, last, kv_iter_value(iter));
        }
        if (err == MM_OK)
            err = kv_iter_err(iter);
    }
    kv_iter_free(iter);
    /* What cannot be read was said already. */
    return err == MM_ERR_CORRUPT || err == MM_ERR_IO ? MM_OK : err;
}

/* ---- changes ---- */

static mm_err look_at_change(struct changes *changes, mm_bytes key, uint64_t block_num)
{
    const struct ledger_view *view = changes->check->view;
    const bool must_be_listed =
        block_num > view->pin->proofs_from && block_num <= view->pin->flushed;
    uint64_t last;
    bool is_listed = find_list(changes, block_num, &last);
    if (is_listed) {
        const uint64_t number = number_of(last, key);
        is_listed = check_set_has(&changes->listed, number);
        MM_TRY(check_set_add(&changes->changed, number));
    }
    if (is_listed || !must_be_listed)
        return MM_OK;
    if (changes->unlisted++ < UNLISTED_SHOWN) {
        char name[CHECK_NAME_BYTES];
        check_name(name, LEDGER_STATE, key);
        ledger_check_report(changes->check,
                            "%s: changed with block %llu, and the list of that flush has it not",
                            name, (unsigned long long)block_num);
    }
    return MM_OK;
}

static mm_err look_at_row(void *ctx, mm_bytes key, mm_bytes row)
{
    mm_bytes value;
    uint64_t since;
    if (key.len < 8 || key.ptr[0] == 'e' || record_open(row, &value, &since) != MM_OK)
        return MM_OK;
    const mm_bytes what = mm_bytes_from(key.ptr, key.len - 8);
    MM_TRY(look_at_change(ctx, what, mm_get_be64(key.ptr + what.len)));
    return look_at_change(ctx, what, since);
}

static mm_err look_at_record(void *ctx, mm_bytes key, mm_bytes record)
{
    mm_bytes value;
    uint64_t since;
    if (!record_is_dated(LEDGER_STATE, key) || record_open(record, &value, &since) != MM_OK)
        return MM_OK;
    return look_at_change(ctx, key, since);
}

static mm_err compare(struct changes *changes)
{
    MM_TRY(each_list(changes));
    check_set_sort(&changes->listed);
    check_set_sort(&changes->lasts); /* ascending but where damaged */
    MM_TRY(check_each(changes->check, LEDGER_HISTORY, look_at_row, changes));
    MM_TRY(check_each(changes->check, LEDGER_STATE, look_at_record, changes));
    if (changes->unlisted > UNLISTED_SHOWN)
        ledger_check_report(changes->check,
                            "history: %llu changes more are not in the list of their flush",
                            (unsigned long long)(changes->unlisted - UNLISTED_SHOWN));
    check_set_sort(&changes->changed);
    changes->is_second = true;
    return each_list(changes);
}

mm_err check_changed(struct ledger_check *check)
{
    struct changes changes = { .check = check };
    const mm_err err = compare(&changes);
    check_set_fini(&changes.lasts);
    check_set_fini(&changes.listed);
    check_set_fini(&changes.changed);
    return err;
}
