/* Taking the chain back to an earlier block.
 *
 *     flushed after the target:   blocks from the last down   rows of the block, receipts, lookups, index
 *                                 accounts and slots that changed since  ─► what each was at the target
 *                                 trie nodes that changed since          ─► the same
 *                                 deltas and lists of the blocks after it
 *     else:                       blocks alone; the tail is made again without them
 *
 * Every piece of work (a block, an account, a slot, a node) is done by one batch, and what is done is seen to be so: a block has no rows
 * any more, a record is so since a block up to the target. So it may be interrupted after any batch and begun again. Small rewinds are
 * one synced batch. A large one begins with a batch that has the new head and a marker with the target, and from there on the chain is
 * the new one: opening completes the work. */
#include "state/base/assert.h"
#include "state/base/endian.h"
#include "state/base/heap.h"
#include "state/ledger/rewind_internal.h"

static const char marker[] = "rewind";

/* ---- batches ---- */

static mm_err put_marker(struct rewind *rewind)
{
    const struct ledger_key key = key_meta(marker);
    struct mm_buf value;
    uint8_t number[8];
    mm_buf_init(&value, LEDGER_VALUE_MAX);
    mm_put_be64(number, rewind->target->block_num);
    mm_buf_add(&value, MM_BYTES_OF(number));
    mm_buf_add(&value, rewind->target->edits);
    const mm_err err = mm_buf_err(&value);
    if (err == MM_OK)
        kv_batch_put(rewind->batch, LEDGER_META, key_bytes(&key), mm_buf_bytes(&value));
    mm_buf_fini(&value);
    return err;
}

/* What makes the chain the new one. */
static void put_head(struct rewind *rewind)
{
    ledger_put_number(rewind->batch, "head", rewind->target->block_num);
    notes_put(rewind->batch, rewind->target->notes, rewind->target->note_count);
}

mm_err rewind_step(struct rewind *rewind)
{
    if (kv_batch_bytes(rewind->batch) < rewind->ledger->rewind_bytes_max)
        return MM_OK;
    const enum kv_durability durability = rewind->is_marked ? KV_BUFFERED : KV_SYNCED;
    if (!rewind->is_marked) {
        MM_TRY(put_marker(rewind));
        put_head(rewind);
    }
    MM_TRY(kv_write(rewind->kv, rewind->batch, durability));
    kv_batch_reset(rewind->batch);
    rewind->is_marked = true;
    return MM_OK;
}

static mm_err write_last(struct rewind *rewind)
{
    const struct ledger_target *target = rewind->target;
    const struct ledger_key mark = key_meta(marker);
    const struct ledger_key edits = key_block_part(target->block_num + 1, BLOCK_EDITS);
    if (rewind->is_marked)
        kv_batch_del(rewind->batch, LEDGER_META, key_bytes(&mark));
    else
        put_head(rewind);
    if (rewind->flushed > target->block_num)
        ledger_put_number(rewind->batch, "flushed", target->block_num);
    if (target->edits.len > 0)
        kv_batch_put(rewind->batch, LEDGER_BLOCK, key_bytes(&edits), target->edits);
    return kv_write(rewind->kv, rewind->batch, KV_SYNCED);
}

static mm_err change_disk(struct rewind *rewind)
{
    kv_batch_reset(rewind->batch);
    mm_err err = rewind_blocks(rewind);
    if (err == MM_OK && rewind->flushed > rewind->target->block_num)
        err = rewind_state(rewind);
    if (err == MM_OK)
        err = write_last(rewind);
    kv_batch_reset(rewind->batch);
    return err;
}

/* ---- in memory ---- */

/* The tail as it was at that block: what later blocks added is left out. */
static mm_err shorter_tail(struct tail **out, struct tail *tail, uint64_t block_num)
{
    struct mm_arena arena;
    struct tail *made = tail_new(tail->first_block);
    mm_arena_init(&arena, SIZE_MAX);
    const struct tail_entry **entries =
        MM_ARENA_ARRAY(&arena, const struct tail_entry *, tail->entry_count);
    const struct tail_block **blocks = MM_ARENA_ARRAY(
        &arena, const struct tail_block *, (size_t)(tail->last_block + 1 - tail->first_block));
    mm_err err = made == NULL || entries == NULL || blocks == NULL ? MM_ERR_NO_MEMORY : MM_OK;
    size_t count = 0;
    for (const struct tail_entry *entry = tail->newest; err == MM_OK && entry != NULL;
         entry = entry->older)
        entries[count++] = entry;
    while (err == MM_OK && count > 0) {
        const struct tail_entry *entry = entries[--count];
        if (entry->block_num <= block_num)
            err = tail_add(made, entry->block_num,
                           &(struct tail_change){
                               .family = (enum ledger_family)entry->family,
                               .key = tail_key(entry),
                               .value = tail_value(entry),
                               .is_present = entry->is_present,
                               .was_present = entry->was_present,
                               .old = tail_old(entry),
                               .old_since = entry->old_since,
                           });
    }
    for (const struct tail_block *block = atomic_load(&tail->newest_block);
         err == MM_OK && block != NULL; block = block->older)
        blocks[count++] = block;
    while (err == MM_OK && count > 0) {
        const struct tail_block *block = blocks[--count];
        if (block->block_num <= block_num)
            err = tail_add_block(made, block->block_num, block->rows, block->row_count);
    }
    mm_arena_fini(&arena);
    if (err != MM_OK)
        tail_release(made);
    *out = err == MM_OK ? made : NULL;
    return err;
}

static mm_err publish_shorter(struct ledger *ledger, uint64_t block_num)
{
    struct ledger_view *old = ledger_acquire(ledger);
    struct header header;
    struct mm_buf scratch;
    struct tail *tail = NULL;
    struct ledger_view *view = NULL;
    mm_buf_init(&scratch, MM_BLOCK_BYTES_MAX);
    mm_err err = block_read_header(ledger, NULL, &scratch, &header, block_num);
    mm_buf_fini(&scratch);
    if (err == MM_OK)
        err = shorter_tail(&tail, old->tails[0], block_num);
    if (err == MM_OK) {
        const mm_hash32 hash = header_hash(&header);
        view = ledger_view_new(
            ledger, &(struct view_parts){
                        .header = &header, .hash = &hash, .newest = tail, .pin = old->pin });
        err = view == NULL ? MM_ERR_NO_MEMORY : MM_OK;
    }
    tail_release(tail);
    if (err == MM_OK)
        ledger_publish(ledger, view);
    ledger_release(old);
    return err;
}

static mm_err publish_target(struct ledger *ledger, const struct rewind *rewind)
{
    const uint64_t block_num = rewind->target->block_num;
    ledger->stored = block_num;
    if (rewind->flushed <= block_num)
        return publish_shorter(ledger, block_num);
    (void)pthread_mutex_lock(&ledger->lock);
    ledger->flushed = block_num;
    (void)pthread_mutex_unlock(&ledger->lock);
    return ledger_start_views(ledger);
}

/* The end of the era: from here on the views that there are read blocks from a snapshot. */
static mm_err end_era(struct ledger *ledger, struct rewind *rewind, struct era **next)
{
    struct kv_snapshot *before = kv_snapshot_new(ledger->kv);
    *next = era_new(ledger->kv, ledger->era, rewind->target->block_num);
    if (before == NULL || *next == NULL) {
        if (before != NULL)
            kv_snapshot_free(ledger->kv, before);
        era_release(*next);
        return MM_ERR_NO_MEMORY;
    }
    era_end(ledger->era, before);
    rewind->before = before;
    return MM_OK;
}

mm_err ledger_rewind(struct ledger *ledger, const struct ledger_target *target)
{
    MM_ASSERT(target->block_num <= ledger->stored);
    MM_TRY(ledger_flush(ledger));
    if (ledger->flushed > target->block_num) {
        if (target->block_num < ledger->proofs_from)
            return MM_ERR_LIMIT;
        MM_TRY(ledger_flush_all(ledger));
        if (target->block_num < ledger->proofs_from)
            return MM_ERR_LIMIT;
    }
    struct rewind rewind = { .ledger = ledger,
                             .kv = ledger->kv,
                             .target = target,
                             .flushed = ledger->flushed,
                             .batch = ledger->store_batch };
    struct era *next = NULL;
    MM_TRY(end_era(ledger, &rewind, &next));
    struct era *ended = ledger->era;
    mm_err err = change_disk(&rewind);
    ledger->era = next;
    if (err == MM_OK)
        err = publish_target(ledger, &rewind);
    era_release(ended);
    return err;
}

/* ---- after a crash ---- */

static mm_err complete(struct ledger *ledger, struct mm_buf *value, uint64_t flushed)
{
    const mm_bytes marked = mm_buf_bytes(value);
    if (marked.len < 8)
        return MM_ERR_CORRUPT;
    const struct ledger_target target = {
        .block_num = mm_get_be64(marked.ptr),
        .edits = mm_bytes_from(marked.ptr + 8, marked.len - 8),
    };
    struct kv_snapshot *before = kv_snapshot_new(ledger->kv);
    if (before == NULL)
        return MM_ERR_NO_MEMORY;
    struct rewind rewind = { .ledger = ledger,
                             .kv = ledger->kv,
                             .before = before,
                             .target = &target,
                             .flushed = flushed,
                             .batch = ledger->store_batch,
                             .is_marked = true };
    const mm_err err = change_disk(&rewind);
    kv_snapshot_free(ledger->kv, before);
    return err;
}

mm_err ledger_finish_rewind(struct ledger *ledger, struct mm_reason *reason)
{
    const struct ledger_key mark = key_meta(marker);
    const struct ledger_key flushed_key = key_meta("flushed");
    struct mm_buf value;
    struct mm_buf number;
    mm_buf_init(&value, LEDGER_VALUE_MAX);
    mm_buf_init(&number, 64);
    mm_err err = kv_get(ledger->kv, NULL, LEDGER_META, key_bytes(&mark), &value);
    const bool is_due = err == MM_OK;
    if (is_due)
        err = kv_get(ledger->kv, NULL, LEDGER_META, key_bytes(&flushed_key), &number);
    if (is_due && err == MM_OK && mm_buf_bytes(&number).len != 8)
        err = MM_ERR_CORRUPT;
    if (is_due && err == MM_OK)
        err = complete(ledger, &value, mm_get_be64(mm_buf_bytes(&number).ptr));
    mm_buf_fini(&value);
    mm_buf_fini(&number);
    if (!is_due && err == MM_ERR_NOT_FOUND)
        return MM_OK;
    return err == MM_OK ? MM_OK
                        : mm_fail(reason, err, "taking the chain back cannot be completed: %s",
                                  mm_err_text(err));
}
