/* Writing behind: a closed tail becomes one batch, with the number of the last block it covers. */
#include <stdlib.h>

#include "state/base/assert.h"
#include "state/base/heap.h"
#include "state/ledger/ledger_internal.h"

void ledger_keep_from(struct ledger *ledger, uint64_t block_num)
{
    atomic_store(&ledger->keep_from, block_num);
}

bool ledger_wants_flush(struct ledger *ledger)
{
    struct ledger_view *view = ledger_acquire(ledger);
    const bool wants = view != NULL && view->tails[0]->arena.total_bytes > ledger->tail_bytes_max;
    ledger_release(view);
    return wants;
}

bool ledger_rotate(struct ledger *ledger)
{
    struct ledger_view *view = ledger_acquire(ledger);
    if (view == NULL)
        return false;
    struct tail *full = view->tails[0];
    struct tail *fresh = NULL;
    bool is_rotated = false;
    if (full->last_block >= full->first_block) {
        fresh = tail_new(full->last_block + 1);
        (void)pthread_mutex_lock(&ledger->lock);
        struct ledger_view *old = ledger->current;
        struct ledger_view *next = NULL;
        if (fresh != NULL && old->tails[1] == NULL)
            next = ledger_view_new(ledger,
                                   &(struct view_parts){ &old->header, &old->head_hash, fresh, full,
                                                         old->edits, old->pin, &old->next });
        if (next != NULL)
            ledger->current = next;
        (void)pthread_mutex_unlock(&ledger->lock);
        is_rotated = next != NULL;
        if (is_rotated)
            ledger_release(old);
    }
    tail_release(fresh);
    ledger_release(view);
    return is_rotated;
}

/* ---- the batch ---- */

/* A row to be written. Rows are sorted before they go into the batch: RocksDB's write buffer takes sorted rows in half the time,
 * because each insertion begins where the last one ended. */
struct row {
    mm_bytes key;
    mm_bytes value;
    uint8_t family;
    bool is_put;
};

struct rows {
    struct mm_arena arena;
    struct row *items;
    size_t count;
    size_t capacity;
    uint64_t keep_from;
};

static mm_err add_row(struct rows *rows, enum ledger_family family, mm_bytes key, mm_bytes value,
                      bool is_put)
{
    if (rows->count == rows->capacity) {
        struct row *items = mm_heap_grow(rows->items, &rows->capacity, 1024, sizeof *items);
        if (items == NULL)
            return MM_ERR_NO_MEMORY;
        rows->items = items;
    }
    rows->items[rows->count++] = (struct row){ key, value, (uint8_t)family, is_put };
    return MM_OK;
}

static mm_err add_key_row(struct rows *rows, enum ledger_family family,
                          const struct ledger_key *key, mm_bytes value)
{
    mm_bytes copy;
    MM_TRY(mm_arena_copy(&rows->arena, &copy, key_bytes(key)));
    return add_row(rows, family, copy, value, true);
}

static mm_err add_history(struct ledger *ledger, struct rows *rows, const struct tail_entry *entry,
                          uint64_t last_block)
{
    if (!entry->keeps_old)
        return MM_OK;
    struct ledger_key key;
    if (entry->family == LEDGER_STATE) {
        key = key_state_history(entry->key, entry->block_num);
    } else {
        MM_ASSERT(entry->family == LEDGER_TRIE);
        if (last_block - entry->block_num >= ledger->proof_window &&
            entry->block_num <= rows->keep_from)
            return MM_OK; /* no proof at a block before this one is promised any more */
        key = key_trie_history(entry->key, entry->block_num);
    }
    uint8_t *value = mm_arena_alloc(&rows->arena, entry->old.len + 1);
    if (value == NULL)
        return MM_ERR_NO_MEMORY;
    value[0] = entry->was_present ? 1 : 0;
    if (entry->old.len > 0)
        memcpy(value + 1, entry->old.ptr, entry->old.len);
    return add_key_row(rows, LEDGER_HISTORY, &key, mm_bytes_from(value, entry->old.len + 1));
}

static mm_err add_entries(struct ledger *ledger, struct rows *rows, struct tail *tail)
{
    for (const struct tail_entry *entry = tail->newest; entry != NULL; entry = entry->older) {
        const enum ledger_family family = (enum ledger_family)entry->family;
        MM_TRY(add_history(ledger, rows, entry, tail->last_block));
        /* Of each key the newest version alone is the current value. */
        if (tail_find(tail, family, entry->key, UINT64_MAX) == entry)
            MM_TRY(add_row(rows, family, entry->key, entry->value, entry->is_present));
    }
    for (const struct tail_block *block = atomic_load(&tail->newest_block); block != NULL;
         block = block->older) {
        for (size_t i = 0; i < block->row_count; i++) {
            const struct ledger_key key = key_log_index(block->rows[i], block->block_num);
            MM_TRY(add_key_row(rows, LEDGER_INDEX, &key, (mm_bytes){ NULL, 0 }));
        }
    }
    return MM_OK;
}

static int by_family_and_key(const void *a, const void *b)
{
    const struct row *x = a;
    const struct row *y = b;
    if (x->family != y->family)
        return x->family < y->family ? -1 : 1;
    return mm_bytes_compare(x->key, y->key);
}

static mm_err put_rows(struct ledger *ledger, struct tail *tail, uint64_t keep_from)
{
    struct rows rows = { .keep_from = keep_from };
    mm_arena_init(&rows.arena, SIZE_MAX);
    const mm_err err = add_entries(ledger, &rows, tail);
    if (err == MM_OK && rows.count > 1)
        qsort(rows.items, rows.count, sizeof *rows.items, by_family_and_key);
    for (size_t i = 0; err == MM_OK && i < rows.count; i++) {
        if (rows.items[i].is_put)
            kv_batch_put(ledger->flush_batch, rows.items[i].family, rows.items[i].key,
                         rows.items[i].value);
        else
            kv_batch_del(ledger->flush_batch, rows.items[i].family, rows.items[i].key);
    }
    mm_arena_fini(&rows.arena);
    mm_heap_free(rows.items);
    return err;
}

/* How far trie history reaches back after this flush. */
struct reach {
    uint64_t proofs_from;
    uint64_t first_epoch;
};

/* Drops the epochs of trie history of which every record is before the proof window. A proof at `proofs_from` needs the
 * records of later blocks alone. */
static struct reach drop_epochs(struct ledger *ledger, uint64_t head, uint64_t keep_from)
{
    struct reach reach = { ledger->proofs_from, ledger->first_epoch };
    const uint64_t window_from = head < ledger->proof_window ? 0 : head - ledger->proof_window;
    const uint64_t proofs_from = window_from < keep_from ? window_from : keep_from;
    if (proofs_from <= reach.proofs_from)
        return reach;
    reach.proofs_from = proofs_from;
    ledger_put_number(ledger->flush_batch, "proofs-from", reach.proofs_from);
    const uint64_t first_kept = (reach.proofs_from + 1) / TRIE_EPOCH_BLOCKS;
    if (first_kept > reach.first_epoch) {
        const struct ledger_key from = key_trie_epoch(reach.first_epoch);
        const struct ledger_key to = key_trie_epoch(first_kept);
        kv_batch_del_range(ledger->flush_batch, LEDGER_HISTORY, key_bytes(&from), key_bytes(&to));
        ledger_put_number(ledger->flush_batch, "epoch", first_kept);
        reach.first_epoch = first_kept;
    }
    return reach;
}

/* The turn of the snapshot that has the tail: what the cache knows of other keys is still true. */
static uint64_t next_turn(struct ledger *ledger, const struct tail *flushed)
{
    const uint64_t turn = flat_cache_next(ledger->cache);
    for (const struct tail_entry *entry = flushed->newest; entry != NULL; entry = entry->older) {
        if (entry->family == LEDGER_STATE)
            flat_cache_forget(ledger->cache, entry->hash, entry->key);
    }
    return turn;
}

/* The view without the tail that is on disk now, over a snapshot that has it. */
static mm_err publish_flushed(struct ledger *ledger, struct tail *flushed)
{
    struct pin *pin = pin_new(ledger, flushed->last_block, next_turn(ledger, flushed));
    if (pin == NULL)
        return MM_ERR_NO_MEMORY;
    (void)pthread_mutex_lock(&ledger->lock);
    struct ledger_view *old = ledger->current;
    MM_ASSERT(old->tails[1] == flushed);
    struct ledger_view *next =
        ledger_view_new(ledger, &(struct view_parts){ &old->header, &old->head_hash, old->tails[0],
                                                      NULL, old->edits, pin, &old->next });
    if (next != NULL) {
        ledger->current = next;
        ledger->flushed = flushed->last_block;
    }
    (void)pthread_mutex_unlock(&ledger->lock);
    pin_release(pin);
    if (next == NULL)
        return MM_ERR_NO_MEMORY;
    ledger_release(old);
    return MM_OK;
}

mm_err ledger_flush(struct ledger *ledger)
{
    struct ledger_view *view = ledger_acquire(ledger);
    if (view == NULL || view->tails[1] == NULL) {
        ledger_release(view);
        return MM_OK;
    }
    struct tail *tail = view->tails[1];
    const uint64_t keep_from = atomic_load(&ledger->keep_from);
    kv_batch_reset(ledger->flush_batch);
    mm_err err = put_rows(ledger, tail, keep_from);
    const struct reach reach = drop_epochs(ledger, tail->last_block, keep_from);
    ledger_put_number(ledger->flush_batch, "flushed", tail->last_block);
    /* Not synced: the next block's synced write carries it to the disk, and until then re-execution makes up for it. */
    if (err == MM_OK)
        err = kv_write(ledger->kv, ledger->flush_batch, KV_BUFFERED);
    kv_batch_reset(ledger->flush_batch);
    if (err == MM_OK) {
        ledger->proofs_from = reach.proofs_from;
        ledger->first_epoch = reach.first_epoch;
        err = publish_flushed(ledger, tail);
    }
    ledger_release(view);
    return err;
}

mm_err ledger_flush_all(struct ledger *ledger)
{
    MM_TRY(ledger_flush(ledger));
    if (ledger_rotate(ledger))
        MM_TRY(ledger_flush(ledger));
    return MM_OK;
}
