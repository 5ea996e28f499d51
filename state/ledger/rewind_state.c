/* Accounts, slots and trie nodes as they were at the target.
 *
 * What changed since is listed by each flush: keys of the flat state, and deltas of nodes. A key that several flushes changed is done
 * with the last of them: the one that has the block that its newest record is so since, or that took it away. Each key is written and
 * its history after the target deleted in one batch, so that after a crash it is either as it was or done, and what is done is seen by
 * its record. Nodes are found through the deltas of all blocks after the target: those are deleted when every node is done. */
#include "state/base/assert.h"
#include "state/base/endian.h"
#include "state/ledger/rewind_internal.h"

/* ---- rows of epochs ---- */

bool rewind_begins(const struct kv_iter *iter, const struct ledger_key *prefix)
{
    return kv_iter_valid(iter) && kv_iter_key(iter).len >= prefix->len &&
           memcmp(kv_iter_key(iter).ptr, prefix->b, prefix->len) == 0;
}

/* The last block of the flush that a row is of. False: it is of another epoch or part. */
static bool read_last(const struct kv_iter *iter, const struct ledger_key *prefix, uint64_t *last)
{
    if (!rewind_begins(iter, prefix) || kv_iter_key(iter).len < prefix->len + 8)
        return false;
    *last = mm_get_be64(kv_iter_key(iter).ptr + prefix->len);
    return true;
}

/* The last block of the flush before the first with blocks after the target, or of the epoch before. */
static mm_err find_before(struct rewind *rewind, struct kv_iter *iter, uint64_t epoch,
                          enum epoch_part part, uint64_t *before)
{
    const struct ledger_key prefix = key_epoch_part(epoch, part);
    struct ledger_key back = key_flush(epoch, part, rewind->target->block_num);
    back.b[back.len++] = 0xff; /* above each of its packs */
    uint64_t last;
    *before = epoch == 0 ? 0 : epoch * EPOCH_BLOCKS - 1;
    if (rewind->target->block_num <= *before)
        return MM_OK;
    kv_iter_seek_back(iter, key_bytes(&back));
    if (read_last(iter, &prefix, &last))
        *before = last;
    return kv_iter_err(iter);
}

static mm_err epoch_rows(struct rewind *rewind, struct kv_iter *iter, uint64_t epoch,
                         enum epoch_part part, flush_row_fn fn, void *ctx)
{
    const struct ledger_key prefix = key_epoch_part(epoch, part);
    const struct ledger_key first = key_flush(epoch, part, rewind->target->block_num + 1);
    struct flush_row row = { .epoch = epoch };
    uint64_t last;
    MM_TRY(find_before(rewind, iter, epoch, part, &row.before));
    row.last = row.before;
    for (kv_iter_seek(iter, key_bytes(&first)); read_last(iter, &prefix, &last);
         kv_iter_next(iter)) {
        row.before = last == row.last ? row.before : row.last;
        row.last = last;
        row.key = kv_iter_key(iter);
        row.value = kv_iter_value(iter);
        MM_TRY(fn(ctx, &row));
    }
    return kv_iter_err(iter);
}

mm_err rewind_each_row(struct rewind *rewind, enum epoch_part part, uint64_t first_epoch,
                       uint64_t last_epoch, flush_row_fn fn, void *ctx)
{
    struct kv_iter *iter = kv_iter_new(rewind->kv, rewind->before, LEDGER_HISTORY);
    mm_err err = iter == NULL ? MM_ERR_NO_MEMORY : MM_OK;
    for (uint64_t epoch = first_epoch; err == MM_OK && epoch <= last_epoch; epoch++)
        err = epoch_rows(rewind, iter, epoch, part, fn, ctx);
    if (iter != NULL)
        kv_iter_free(iter);
    return err;
}

/* ---- accounts and slots ---- */

mm_err rewind_keys_init(struct rewind_keys *keys, struct rewind *rewind)
{
    keys->state = kv_iter_new(rewind->kv, rewind->before, LEDGER_STATE);
    keys->history = kv_iter_new(rewind->kv, rewind->before, LEDGER_HISTORY);
    return keys->state == NULL || keys->history == NULL ? MM_ERR_NO_MEMORY : MM_OK;
}

void rewind_keys_fini(struct rewind_keys *keys)
{
    if (keys->state != NULL)
        kv_iter_free(keys->state);
    if (keys->history != NULL)
        kv_iter_free(keys->history);
}

struct ledger_key rewind_listed(const struct changed_cursor *cursor)
{
    mm_hash32 addr_key;
    memcpy(addr_key.b, cursor->addr_key, sizeof addr_key.b);
    if (cursor->slot == NULL)
        return key_account(&addr_key);
    mm_hash32 slot_key = { { 0 } };
    memcpy(slot_key.b, cursor->slot, SLOT_PREFIX_BYTES);
    struct ledger_key key = key_slot(&addr_key, &slot_key);
    key.len -= sizeof slot_key.b - SLOT_PREFIX_BYTES;
    return key;
}

struct restore {
    struct rewind *rewind;
    struct rewind_keys keys;
    struct ledger_past past;
    struct mm_buf record;
};

static bool is_of(const struct flush_row *flush, uint64_t block_num)
{
    return block_num > flush->before && block_num <= flush->last;
}

/* What it was is in its first row after the target; what has none was not there. Moves the history iterator alone. */
static mm_err restore_key(struct restore *restore, const struct ledger_key *key)
{
    struct rewind *rewind = restore->rewind;
    const uint64_t target = rewind->target->block_num;
    struct kv_iter *rows = restore->keys.history;
    const struct ledger_key first = key_state_history(key_bytes(key), target + 1);
    bool was_there = false;
    MM_TRY(rewind_step(rewind));
    kv_iter_seek(rows, key_bytes(&first));
    if (rewind_begins(rows, key)) {
        mm_bytes value;
        uint64_t since;
        MM_TRY(record_open(kv_iter_value(rows), &value, &since));
        was_there = since <= target;
        if (was_there)
            kv_batch_put(rewind->batch, LEDGER_STATE, key_bytes(key), kv_iter_value(rows));
    }
    if (!was_there)
        kv_batch_del(rewind->batch, LEDGER_STATE, key_bytes(key));
    for (; rewind_begins(rows, key); kv_iter_next(rows))
        kv_batch_del(rewind->batch, LEDGER_HISTORY, kv_iter_key(rows));
    return kv_iter_err(rows);
}

static mm_err copy_key(struct ledger_key *key, mm_bytes bytes)
{
    if (bytes.len > LEDGER_KEY_MAX)
        return MM_ERR_CORRUPT;
    memcpy(key->b, bytes.ptr, bytes.len);
    key->len = bytes.len;
    return MM_OK;
}

/* Keys that are there now. */
static mm_err restore_present(struct restore *restore, const struct flush_row *flush,
                              const struct ledger_key *prefix)
{
    struct kv_iter *state = restore->keys.state;
    for (kv_iter_seek(state, key_bytes(prefix)); rewind_begins(state, prefix);
         kv_iter_next(state)) {
        struct ledger_key key;
        mm_bytes value;
        uint64_t since;
        MM_TRY(copy_key(&key, kv_iter_key(state)));
        MM_TRY(record_open(kv_iter_value(state), &value, &since));
        if (is_of(flush, since) && since > restore->rewind->target->block_num)
            MM_TRY(restore_key(restore, &key));
    }
    return kv_iter_err(state);
}

static mm_err is_present(struct restore *restore, const struct ledger_key *key, bool *is_there)
{
    kv_iter_seek(restore->keys.state, key_bytes(key));
    *is_there = rewind_begins(restore->keys.state, key);
    return kv_iter_err(restore->keys.state);
}

/* Keys that are not there any more: the last row of each has the block that took it. */
static mm_err restore_gone(struct restore *restore, const struct flush_row *flush,
                           const struct ledger_key *prefix)
{
    struct kv_iter *rows = restore->keys.history;
    struct ledger_key beyond = *prefix;
    memset(beyond.b + beyond.len, 0xff, sizeof beyond.b - beyond.len);
    beyond.len = sizeof beyond.b;
    for (kv_iter_seek_back(rows, key_bytes(&beyond)); rewind_begins(rows, prefix);
         kv_iter_prev(rows)) {
        struct ledger_key key;
        bool is_there;
        MM_TRY(copy_key(&key, kv_iter_key(rows)));
        if (key.len < prefix->len + 8)
            return MM_ERR_CORRUPT;
        const uint64_t block_num = mm_get_be64(key.b + key.len - 8);
        key.len -= 8;
        MM_TRY(is_present(restore, &key, &is_there));
        if (!is_there && is_of(flush, block_num) && block_num > restore->rewind->target->block_num)
            MM_TRY(restore_key(restore, &key));
        /* On with the key before this one. */
        const struct ledger_key first = key_state_history(key_bytes(&key), 0);
        kv_iter_seek(rows, key_bytes(&first));
    }
    return kv_iter_err(rows);
}

static mm_err restore_listed(void *ctx, const struct flush_row *flush)
{
    struct restore *restore = ctx;
    struct changed_cursor cursor = { .list = flush->value };
    mm_err err;
    while ((err = changed_next(&cursor)) == MM_OK) {
        const struct ledger_key prefix = rewind_listed(&cursor);
        MM_TRY(restore_present(restore, flush, &prefix));
        MM_TRY(restore_gone(restore, flush, &prefix));
    }
    return err == MM_ERR_NOT_FOUND ? MM_OK : err;
}

/* ---- trie nodes ---- */

/* Whether this is the last that happened to the node. */
static mm_err is_newest(struct restore *restore, const struct delta_entry *entry, bool *is)
{
    struct rewind *rewind = restore->rewind;
    mm_bytes value;
    uint64_t since;
    *is = false;
    mm_err err = kv_get(rewind->kv, rewind->before, LEDGER_TRIE, entry->node_key, &restore->record);
    if (err == MM_OK) {
        MM_TRY(record_open(mm_buf_bytes(&restore->record), &value, &since));
        *is = since == entry->block_num;
        return MM_OK;
    }
    if (err != MM_ERR_NOT_FOUND)
        return err;
    const struct ledger_key gone = key_gone(entry->node_key, entry->block_num);
    err = kv_get(rewind->kv, rewind->before, LEDGER_HISTORY, key_bytes(&gone), &restore->record);
    *is = err == MM_OK;
    return err == MM_ERR_NOT_FOUND ? MM_OK : err;
}

static mm_err restore_node(struct restore *restore, mm_bytes node_key)
{
    struct rewind *rewind = restore->rewind;
    mm_bytes value;
    uint64_t since;
    MM_TRY(rewind_step(rewind));
    const mm_err err =
        past_node(&restore->past, node_key, rewind->target->block_num, &value, &since);
    if (err == MM_ERR_NOT_FOUND) {
        kv_batch_del(rewind->batch, LEDGER_TRIE, node_key);
        return MM_OK;
    }
    MM_TRY(err);
    mm_buf_reset(&restore->record);
    record_dated(&restore->record, since, value);
    MM_TRY(mm_buf_err(&restore->record));
    kv_batch_put(rewind->batch, LEDGER_TRIE, node_key, mm_buf_bytes(&restore->record));
    return MM_OK;
}

static mm_err restore_nodes(void *ctx, const struct flush_row *flush)
{
    struct restore *restore = ctx;
    struct delta_cursor cursor;
    mm_err err;
    MM_TRY(deltas_open(&cursor, flush->value, flush->epoch));
    while ((err = deltas_next(&cursor)) == MM_OK) {
        bool is_last;
        if (cursor.entry.block_num <= restore->rewind->target->block_num)
            continue;
        MM_TRY(is_newest(restore, &cursor.entry, &is_last));
        if (is_last)
            MM_TRY(restore_node(restore, cursor.entry.node_key));
    }
    return err == MM_ERR_NOT_FOUND ? MM_OK : err;
}

/* ---- all of it ---- */

mm_err rewind_state(struct rewind *rewind)
{
    struct restore restore = { .rewind = rewind };
    mm_buf_init(&restore.record, LEDGER_VALUE_MAX);
    past_init(&restore.past, rewind->kv, rewind->before, rewind->flushed);
    const uint64_t first = (rewind->target->block_num + 1) / EPOCH_BLOCKS;
    const uint64_t last = rewind->flushed / EPOCH_BLOCKS;
    mm_err err = rewind_keys_init(&restore.keys, rewind);
    if (err == MM_OK)
        err = rewind_each_row(rewind, EPOCH_CHANGED, first, last, restore_listed, &restore);
    if (err == MM_OK)
        err = rewind_each_row(rewind, EPOCH_DELTAS, first, last, restore_nodes, &restore);
    if (err == MM_OK)
        err = rewind_epochs(rewind, &restore.keys);
    rewind_keys_fini(&restore.keys);
    past_fini(&restore.past);
    mm_buf_fini(&restore.record);
    return err;
}
