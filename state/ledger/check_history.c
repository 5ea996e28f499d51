/* History, as far as it can be judged without executing anything: each record is of a key and a block that can have one, and says
 * something that the key can have had; and what proofs reach is proven (check_flushes.c). */
#include "state/base/endian.h"
#include "state/ledger/check_internal.h"

enum { PROGRESS_ROWS = 1 << 16 };

struct rows {
    struct ledger_check *check;
    uint64_t count;
    struct ledger_key last; /* the key of the row before … */
    uint64_t last_block;    /* … and its block */
};

bool check_is_state_key(mm_bytes key)
{
    return (key.len == 33 && key.ptr[0] == 'a') || (key.len == 65 && key.ptr[0] == 's');
}

static const char *fault_of_value(mm_bytes key, mm_bytes value)
{
    struct account account;
    if (key.ptr[0] == 'a')
        return account_decode(&account, value) == RLP_OK ? NULL : "its account does not decode";
    return value.len <= 32 && value.ptr[0] != 0
               ? NULL
               : "its value is not 1 to 32 bytes without leading zeros";
}

static const char *fault_of_row(struct rows *rows, mm_bytes key, mm_bytes row, uint64_t block_num)
{
    const struct ledger_view *view = rows->check->view;
    mm_bytes value;
    uint64_t since;
    if (block_num <= view->ledger->begins || block_num > view->pin->flushed)
        return "is of a block that is not flushed, or cannot have one";
    const bool has_before = mm_bytes_equal(key, key_bytes(&rows->last));
    const uint64_t earliest = has_before ? rows->last_block : view->ledger->begins;
    memcpy(rows->last.b, key.ptr, key.len);
    rows->last.len = key.len;
    rows->last_block = block_num;
    if (record_open(row, &value, &since) != MM_OK || since < earliest || since >= block_num)
        return "is no record of a block before it";
    return fault_of_value(key, value);
}

static mm_err check_row(void *ctx, mm_bytes key, mm_bytes row)
{
    struct rows *rows = ctx;
    struct ledger_check *check = rows->check;
    const char *fault = NULL;
    if (++rows->count % PROGRESS_ROWS == 0)
        ledger_check_progress(check, "history", rows->count, 0);
    if (key.len > 0 && key.ptr[0] == 'e')
        return check_epoch_row(check, key, row);
    const size_t len = key.len < 8 ? 0 : key.len - 8;
    if (!check_is_state_key(mm_bytes_from(key.ptr, len)))
        fault = "is there, and nothing asks for it";
    else
        fault = fault_of_row(rows, mm_bytes_from(key.ptr, len), row, mm_get_be64(key.ptr + len));
    check_fault(check, LEDGER_HISTORY, key, fault);
    return MM_OK;
}

/* The last row of a key ends where its newest record begins, or before. */
static mm_err fault_of_order(struct kv_iter *iter, const char **fault, mm_bytes key, uint64_t since)
{
    const struct ledger_key last = key_state_history(key, UINT64_MAX);
    kv_iter_seek_back(iter, key_bytes(&last));
    if (kv_iter_valid(iter) && kv_iter_key(iter).len == last.len &&
        memcmp(kv_iter_key(iter).ptr, last.b, key.len) == 0 &&
        mm_get_be64(kv_iter_key(iter).ptr + key.len) > since)
        *fault = "is so since a block before the last that changed it";
    const mm_err err = kv_iter_err(iter);
    return err == MM_ERR_CORRUPT || err == MM_ERR_IO ? MM_OK : err;
}

struct newest {
    struct ledger_check *check;
    struct kv_iter *iter; /* over history */
};

/* Records that there are; what they are was judged with the roots. */
static mm_err check_newest(void *ctx, mm_bytes key, mm_bytes record)
{
    struct newest *newest = ctx;
    struct ledger_check *check = newest->check;
    const char *fault = NULL;
    mm_bytes value;
    uint64_t since;
    if (!check_is_state_key(key) || record_open(record, &value, &since) != MM_OK)
        return MM_OK;
    if (since < check->view->ledger->begins || since > check->view->pin->flushed)
        fault = "is so since a block that is not flushed, or cannot have done it";
    else
        MM_TRY(fault_of_order(newest->iter, &fault, key, since));
    check_fault(check, LEDGER_STATE, key, fault);
    return MM_OK;
}

static mm_err check_records(struct ledger_check *check)
{
    struct newest newest = { check, kv_iter_new(check->kv, check->snapshot, LEDGER_HISTORY) };
    if (newest.iter == NULL)
        return MM_ERR_NO_MEMORY;
    const mm_err err = check_each(check, LEDGER_STATE, check_newest, &newest);
    kv_iter_free(newest.iter);
    return err;
}

mm_err ledger_check_history(struct ledger_check *check)
{
    struct rows rows = { .check = check };
    MM_TRY(check_each(check, LEDGER_HISTORY, check_row, &rows));
    MM_TRY(check_records(check));
    MM_TRY(check_changed(check));
    MM_TRY(check_flushes(check));
    ledger_check_progress(check, "history", rows.count, rows.count);
    return MM_OK;
}
