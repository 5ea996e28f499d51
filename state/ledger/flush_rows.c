/* The rows of a flush, from a closed tail.
 *
 *     receipts, lookups, code     as they are
 *     index rows                  of each block
 *     accounts, slots             the newest version with its block; each version that a block ended, to history. The one before the tail
 *                                 is the record on disk, read and written as it stands
 *     trie nodes                  the newest version with its block; what each block did as a delta, in packs
 *     changed keys                of the flat state, so that they can be taken back
 *
 * Deltas and changed keys stand by epoch, and only of blocks that proofs or rewinds still reach. */
#include "state/base/assert.h"
#include "state/base/endian.h"
#include "state/base/heap.h"
#include "state/ledger/history_internal.h"
#include "state/trie/node_delta.h"

struct rows {
    struct kv *kv;
    const struct kv_snapshot *before;
    struct kv_batch *batch;
    const struct tail *tail;
    const struct flush_kept *kept;
    struct tail_sorted sorted;
    struct mm_buf value;
    struct mm_buf delta;
    struct delta_pack pack;
};

static void put(struct rows *rows, enum ledger_family family, mm_bytes key, mm_bytes value)
{
    kv_batch_put(rows->batch, (size_t)family, key, value);
}

/* No proof at a block before this one is promised any more, nor is there a way back. */
static bool is_kept(const struct rows *rows, uint64_t block_num)
{
    return rows->tail->last_block - block_num < rows->kept->proof_window ||
           block_num > rows->kept->keep_from;
}

/* ---- the newest versions ---- */

static void put_newest(struct rows *rows, enum ledger_family family,
                       const struct tail_key_group *group)
{
    const struct tail_entry *newest = group->versions[0].entry;
    const struct tail_entry *oldest = group->versions[group->count - 1].entry;
    if (newest->is_present)
        put(rows, family, group->key,
            record_is_dated(family, group->key) ? tail_record(newest) : tail_value(newest));
    else if (oldest->was_present)
        kv_batch_del(rows->batch, (size_t)family, group->key); /* else it came and went in memory */
}

/* ---- history of the flat state ---- */

static mm_err put_old_state(struct rows *rows, const struct tail_key_group *group, size_t i)
{
    const struct tail_entry *entry = group->versions[i].entry;
    const struct ledger_key key = key_state_history(group->key, entry->block_num);
    if (!entry->was_present)
        return MM_OK;
    if (i + 1 < group->count) {
        put(rows, LEDGER_HISTORY, key_bytes(&key), tail_record(group->versions[i + 1].entry));
        return MM_OK;
    }
    const mm_err err = kv_get(rows->kv, rows->before, LEDGER_STATE, group->key, &rows->value);
    if (err != MM_OK)
        return err == MM_ERR_NOT_FOUND ? MM_ERR_CORRUPT : err;
    put(rows, LEDGER_HISTORY, key_bytes(&key), mm_buf_bytes(&rows->value));
    return MM_OK;
}

static mm_err put_family(struct rows *rows, enum ledger_family family)
{
    const size_t end = rows->sorted.from[family + 1];
    for (size_t at = rows->sorted.from[family]; at < end;) {
        const struct tail_key_group group = tail_group(&rows->sorted, at, end);
        put_newest(rows, family, &group);
        if (family == LEDGER_STATE && record_is_dated(family, group.key)) {
            for (size_t i = group.count; i-- > 0;)
                MM_TRY(put_old_state(rows, &group, i));
        }
        at += group.count;
    }
    return MM_OK;
}

/* ---- deltas of the trie ---- */

static mm_err put_pack(struct rows *rows, uint64_t epoch, uint64_t last_block)
{
    struct delta_pack *pack = &rows->pack;
    if (pack->count == 0)
        return MM_OK;
    const struct ledger_key key =
        key_deltas(epoch, last_block, key_bytes(&pack->first), pack->first_block);
    mm_buf_reset(&rows->value);
    deltas_encode(pack, &rows->value);
    MM_TRY(mm_buf_err(&pack->data));
    MM_TRY(mm_buf_err(&pack->starts));
    MM_TRY(mm_buf_err(&rows->value));
    put(rows, LEDGER_HISTORY, key_bytes(&key), mm_buf_bytes(&rows->value));
    deltas_reset(pack);
    return MM_OK;
}

static mm_err add_delta(struct rows *rows, const struct tail_key_group *group, size_t i)
{
    const struct tail_entry *entry = group->versions[i].entry;
    const bool is_last = i + 1 == group->count;
    const struct tail_entry *before = is_last ? NULL : group->versions[i + 1].entry;
    const mm_bytes none = { NULL, 0 };
    const mm_bytes older = is_last              ? tail_old(entry)
                           : before->is_present ? tail_value(before)
                                                : none;
    MM_ASSERT((older.len > 0) == entry->was_present);
    mm_buf_reset(&rows->delta);
    trie_delta_encode(&rows->delta, older, entry->is_present ? tail_value(entry) : none);
    MM_TRY(mm_buf_err(&rows->delta));
    deltas_add(&rows->pack, &(struct delta_entry){
                                .node_key = group->key,
                                .block_num = entry->block_num,
                                .since = is_last ? entry->old_since : before->block_num,
                                .delta = mm_buf_bytes(&rows->delta),
                            });
    return MM_OK;
}

/* Of the blocks from first to last, which are of one epoch. */
static mm_err put_deltas(struct rows *rows, uint64_t first_block, uint64_t last_block)
{
    const uint64_t epoch = last_block / EPOCH_BLOCKS;
    const size_t end = rows->sorted.from[LEDGER_TRIE + 1];
    for (size_t at = rows->sorted.from[LEDGER_TRIE]; at < end;) {
        const struct tail_key_group group = tail_group(&rows->sorted, at, end);
        for (size_t i = group.count; i-- > 0;) {
            const struct tail_entry *entry = group.versions[i].entry;
            if (entry->block_num < first_block || entry->block_num > last_block ||
                !is_kept(rows, entry->block_num))
                continue;
            MM_TRY(add_delta(rows, &group, i));
            if (!entry->is_present) {
                const struct ledger_key gone = key_gone(group.key, entry->block_num);
                put(rows, LEDGER_HISTORY, key_bytes(&gone), (mm_bytes){ NULL, 0 });
            }
            if (mm_buf_bytes(&rows->pack.data).len >= DELTAS_BYTES)
                MM_TRY(put_pack(rows, epoch, last_block));
        }
        at += group.count;
    }
    return put_pack(rows, epoch, last_block);
}

/* ---- changed keys ---- */

static bool has_kept(const struct rows *rows, const struct tail_key_group *group,
                     uint64_t first_block, uint64_t last_block)
{
    for (size_t i = 0; i < group->count; i++) {
        const uint64_t block_num = group->versions[i].entry->block_num;
        if (block_num >= first_block && block_num <= last_block && is_kept(rows, block_num))
            return true;
    }
    return false;
}

static mm_err put_changed(struct rows *rows, uint64_t first_block, uint64_t last_block)
{
    const size_t end = rows->sorted.from[LEDGER_STATE + 1];
    size_t slot_at = rows->sorted.from[LEDGER_STATE];
    while (slot_at < end && tail_key(rows->sorted.items[slot_at].entry).ptr[0] != 's')
        slot_at++;
    struct mm_buf *list = &rows->value;
    mm_buf_reset(list);
    for (size_t at = rows->sorted.from[LEDGER_STATE]; at < end;) {
        const struct tail_key_group account = tail_group(&rows->sorted, at, end);
        if (account.key.ptr[0] != 'a')
            break; /* code and slots stand behind */
        at += account.count;
        const size_t account_at = list->len;
        const bool is_listed = has_kept(rows, &account, first_block, last_block);
        if (is_listed)
            changed_add_account(list, account.key.ptr + 1);
        while (slot_at < end) {
            const struct tail_key_group slot = tail_group(&rows->sorted, slot_at, end);
            if (memcmp(slot.key.ptr + 1, account.key.ptr + 1, 32) != 0)
                break;
            if (has_kept(rows, &slot, first_block, last_block)) {
                MM_ASSERT(is_listed);
                changed_add_slot(list, account_at, slot.key.ptr + 33);
            }
            slot_at += slot.count;
        }
    }
    MM_TRY(mm_buf_err(list));
    if (list->len == 0)
        return MM_OK;
    const struct ledger_key key = key_flush(last_block / EPOCH_BLOCKS, EPOCH_CHANGED, last_block);
    put(rows, LEDGER_HISTORY, key_bytes(&key), mm_buf_bytes(list));
    return MM_OK;
}

/* ---- all of them ---- */

static mm_err put_index(struct rows *rows)
{
    struct sort_item *items;
    size_t count;
    MM_TRY(tail_sort_rows(rows->tail, &items, &count));
    for (size_t i = 0; i < count; i++) {
        const struct ledger_key key = key_log_index(items[i].chunk, items[i].block_num);
        put(rows, LEDGER_INDEX, key_bytes(&key), (mm_bytes){ NULL, 0 });
    }
    mm_heap_free(items);
    return MM_OK;
}

static mm_err put_epochs(struct rows *rows)
{
    const uint64_t last = rows->tail->last_block;
    for (uint64_t from = rows->tail->first_block, to; from <= last; from = to + 1) {
        to = from - from % EPOCH_BLOCKS + EPOCH_BLOCKS - 1;
        if (to > last)
            to = last;
        if (!is_kept(rows, to))
            continue; /* nor what is before it */
        MM_TRY(put_changed(rows, from, to));
        MM_TRY(put_deltas(rows, from, to));
    }
    return MM_OK;
}

static mm_err put_all(struct rows *rows)
{
    MM_TRY(tail_sort(rows->tail, &rows->sorted));
    MM_TRY(put_family(rows, LEDGER_RECEIPT));
    MM_TRY(put_family(rows, LEDGER_LOOKUP));
    MM_TRY(put_family(rows, LEDGER_STATE));
    MM_TRY(put_family(rows, LEDGER_TRIE));
    MM_TRY(put_epochs(rows));
    return put_index(rows);
}

mm_err flush_rows(struct kv *kv, const struct kv_snapshot *before, struct kv_batch *batch,
                  struct tail *tail, const struct flush_kept *kept)
{
    struct rows rows = { .kv = kv, .before = before, .batch = batch, .tail = tail, .kept = kept };
    mm_buf_init(&rows.value, LEDGER_VALUE_MAX);
    mm_buf_init(&rows.delta, LEDGER_VALUE_MAX);
    deltas_init(&rows.pack);
    const mm_err err = put_all(&rows);
    tail_sorted_fini(&rows.sorted);
    deltas_fini(&rows.pack);
    mm_buf_fini(&rows.delta);
    mm_buf_fini(&rows.value);
    return err;
}
