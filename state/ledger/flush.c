/* Writing behind: a closed tail becomes one batch, with the number of the last block it covers. */
#include "state/base/assert.h"
#include "state/ledger/history_internal.h"

void ledger_keep_from(struct ledger *ledger, uint64_t block_num)
{
    atomic_store(&ledger->keep_from, block_num);
}

bool ledger_wants_flush(struct ledger *ledger)
{
    struct ledger_view *view = ledger_acquire(ledger);
    const bool wants =
        view != NULL && view->tails[0]->arena.total_bytes > atomic_load(&ledger->tail_bytes_max);
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

/* How far the epochs reach back after this flush. */
struct reach {
    uint64_t proofs_from;
    uint64_t first_epoch;
};

/* Drops the epochs of which every block is before the proof window. A proof at `proofs_from` needs what later blocks did alone. */
static struct reach drop_epochs(struct ledger *ledger, uint64_t head, uint64_t keep_from)
{
    struct reach reach = { ledger->proofs_from, ledger->first_epoch };
    const uint64_t window_from = head < ledger->proof_window ? 0 : head - ledger->proof_window;
    const uint64_t proofs_from = window_from < keep_from ? window_from : keep_from;
    if (proofs_from <= reach.proofs_from)
        return reach;
    reach.proofs_from = proofs_from;
    ledger_put_number(ledger->flush_batch, "proofs-from", reach.proofs_from);
    const uint64_t first_kept = (reach.proofs_from + 1) / EPOCH_BLOCKS;
    if (first_kept > reach.first_epoch) {
        const struct ledger_key from = key_epoch(reach.first_epoch);
        const struct ledger_key to = key_epoch(first_kept);
        kv_batch_del_range(ledger->flush_batch, LEDGER_HISTORY, key_bytes(&from), key_bytes(&to));
        ledger_put_number(ledger->flush_batch, "epoch", first_kept);
        reach.first_epoch = first_kept;
    }
    return reach;
}

/* The turn of the snapshot that has the tail: what the caches know of other keys is still true. */
static uint64_t next_turn(struct ledger *ledger, struct tail *flushed)
{
    ledger_memory_follow(ledger);
    const uint64_t turn = flat_cache_next(ledger->cache);
    node_cache_next(ledger->nodes, turn);
    for (const struct tail_entry *entry = flushed->newest; entry != NULL; entry = entry->older) {
        const mm_bytes record = tail_record(entry);
        if (entry->family == LEDGER_STATE)
            flat_cache_forget(ledger->cache, entry->hash, tail_key(entry));
        else if (entry->family == LEDGER_TRIE &&
                 tail_find_hashed(flushed, entry->hash, LEDGER_TRIE, tail_key(entry),
                                  flushed->last_block) == entry) /* the newest version */
            node_cache_put(ledger->nodes, entry->hash, tail_key(entry),
                           entry->is_present ? &record : NULL);
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
    const struct flush_kept kept = { ledger->proof_window, keep_from };
    mm_err err = flush_rows(ledger->kv, view->pin->snapshot, ledger->flush_batch, tail, &kept);
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
