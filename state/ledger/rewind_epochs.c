/* What epochs keep of blocks after the target goes, when every record is what it was: from the target's epoch row by row, later epochs
 * whole. A flush with blocks on both sides of the target is written again without those after it, in one batch: its last block is the
 * target then. */
#include "state/base/assert.h"
#include "state/base/endian.h"
#include "state/ledger/rewind_internal.h"

struct cutting {
    struct rewind *rewind;
    struct rewind_keys *keys;
    struct delta_pack pack; /* of what stays of the flush */
    struct mm_buf value;
};

static void del_row(struct cutting *cutting, mm_bytes key)
{
    kv_batch_del(cutting->rewind->batch, LEDGER_HISTORY, key);
}

/* ---- deltas ---- */

static mm_err put_pack(struct cutting *cutting)
{
    struct delta_pack *pack = &cutting->pack;
    const uint64_t target = cutting->rewind->target->block_num;
    if (pack->count == 0)
        return MM_OK;
    const struct ledger_key key =
        key_deltas(target / EPOCH_BLOCKS, target, key_bytes(&pack->first), pack->first_block);
    mm_buf_reset(&cutting->value);
    deltas_encode(pack, &cutting->value);
    MM_TRY(mm_buf_err(&pack->data));
    MM_TRY(mm_buf_err(&pack->starts));
    MM_TRY(mm_buf_err(&cutting->value));
    kv_batch_put(cutting->rewind->batch, LEDGER_HISTORY, key_bytes(&key),
                 mm_buf_bytes(&cutting->value));
    deltas_reset(pack);
    return MM_OK;
}

static mm_err cut_deltas(void *ctx, const struct flush_row *flush)
{
    struct cutting *cutting = ctx;
    const uint64_t target = cutting->rewind->target->block_num;
    struct delta_cursor cursor;
    mm_err err = MM_ERR_NOT_FOUND;
    if (flush->before < target) {
        MM_TRY(deltas_open(&cursor, flush->value, flush->epoch));
        while ((err = deltas_next(&cursor)) == MM_OK) {
            if (cursor.entry.block_num > target)
                continue;
            deltas_add(&cutting->pack, &cursor.entry);
            if (mm_buf_bytes(&cutting->pack.data).len >= DELTAS_BYTES)
                MM_TRY(put_pack(cutting));
        }
    }
    del_row(cutting, flush->key);
    return err == MM_ERR_NOT_FOUND ? MM_OK : err;
}

/* ---- changed keys ---- */

static bool is_left(const struct cutting *cutting, const struct flush_row *flush,
                    uint64_t block_num)
{
    return block_num > flush->before && block_num <= cutting->rewind->target->block_num;
}

/* Whether what begins so changed in a block of the flush up to the target. Records of after it may be there still or not. */
static mm_err has_changed(struct cutting *cutting, const struct flush_row *flush,
                          const struct ledger_key *prefix, bool *has)
{
    struct kv_iter *const iters[] = { cutting->keys->state, cutting->keys->history };
    *has = false;
    for (size_t i = 0; i < MM_COUNT_OF(iters); i++) {
        struct kv_iter *iter = iters[i];
        for (kv_iter_seek(iter, key_bytes(prefix)); !*has && rewind_begins(iter, prefix);
             kv_iter_next(iter)) {
            const mm_bytes key = kv_iter_key(iter);
            mm_bytes value;
            uint64_t since;
            MM_TRY(record_open(kv_iter_value(iter), &value, &since));
            *has = is_left(cutting, flush, since) ||
                   (i == 1 && is_left(cutting, flush, mm_get_be64(key.ptr + key.len - 8)));
        }
        MM_TRY(kv_iter_err(iter));
    }
    return MM_OK;
}

static mm_err put_left(struct cutting *cutting, const struct flush_row *flush)
{
    const uint64_t target = cutting->rewind->target->block_num;
    struct changed_cursor cursor = { .list = flush->value };
    size_t account_at = 0;
    bool has_account = false;
    mm_err err;
    mm_buf_reset(&cutting->value);
    while ((err = changed_next(&cursor)) == MM_OK) {
        const struct ledger_key prefix = rewind_listed(&cursor);
        bool has;
        MM_TRY(has_changed(cutting, flush, &prefix, &has));
        if (cursor.slot == NULL) {
            account_at = mm_buf_bytes(&cutting->value).len;
            has_account = has;
            if (has)
                changed_add_account(&cutting->value, cursor.addr_key);
        } else if (has && has_account) {
            changed_add_slot(&cutting->value, account_at, cursor.slot);
        }
    }
    if (err != MM_ERR_NOT_FOUND)
        return err;
    MM_TRY(mm_buf_err(&cutting->value));
    if (mm_buf_bytes(&cutting->value).len == 0)
        return MM_OK;
    const struct ledger_key key = key_flush(target / EPOCH_BLOCKS, EPOCH_CHANGED, target);
    kv_batch_put(cutting->rewind->batch, LEDGER_HISTORY, key_bytes(&key),
                 mm_buf_bytes(&cutting->value));
    return MM_OK;
}

static mm_err cut_changed(void *ctx, const struct flush_row *flush)
{
    struct cutting *cutting = ctx;
    const uint64_t target = cutting->rewind->target->block_num;
    if (flush->before < target)
        MM_TRY(put_left(cutting, flush));
    del_row(cutting, flush->key);
    return MM_OK;
}

/* ---- nodes that went ---- */

static mm_err cut_gone(struct cutting *cutting)
{
    const uint64_t target = cutting->rewind->target->block_num;
    const struct ledger_key prefix = key_epoch_part(target / EPOCH_BLOCKS, EPOCH_GONE);
    struct kv_iter *rows = cutting->keys->history;
    for (kv_iter_seek(rows, key_bytes(&prefix)); rewind_begins(rows, &prefix); kv_iter_next(rows)) {
        const mm_bytes key = kv_iter_key(rows);
        if (key.len < prefix.len + 8)
            return MM_ERR_CORRUPT;
        if (mm_get_be64(key.ptr + key.len - 8) > target)
            del_row(cutting, key);
    }
    return kv_iter_err(rows);
}

static mm_err cut(struct cutting *cutting)
{
    struct rewind *rewind = cutting->rewind;
    const uint64_t epoch = rewind->target->block_num / EPOCH_BLOCKS;
    const struct ledger_key from = key_epoch(epoch + 1);
    const struct ledger_key to = key_epoch(rewind->flushed / EPOCH_BLOCKS + 1);
    MM_TRY(rewind_each_row(rewind, EPOCH_DELTAS, epoch, epoch, cut_deltas, cutting));
    MM_TRY(put_pack(cutting));
    MM_TRY(rewind_each_row(rewind, EPOCH_CHANGED, epoch, epoch, cut_changed, cutting));
    MM_TRY(cut_gone(cutting));
    if (mm_bytes_compare(key_bytes(&from), key_bytes(&to)) < 0)
        kv_batch_del_range(rewind->batch, LEDGER_HISTORY, key_bytes(&from), key_bytes(&to));
    return MM_OK;
}

mm_err rewind_epochs(struct rewind *rewind, struct rewind_keys *keys)
{
    struct cutting cutting = { .rewind = rewind, .keys = keys };
    MM_TRY(rewind_step(rewind)); /* from here on in one batch */
    deltas_init(&cutting.pack);
    mm_buf_init(&cutting.value, LEDGER_VALUE_MAX);
    const mm_err err = cut(&cutting);
    mm_buf_fini(&cutting.value);
    deltas_fini(&cutting.pack);
    return err;
}
