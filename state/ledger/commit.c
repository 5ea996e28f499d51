/* The writer's half: a block is stored, and what follows from it becomes visible. */
#include "state/base/assert.h"
#include "state/ledger/ledger_internal.h"

static mm_err store(struct ledger *ledger, const struct ledger_block *block,
                    enum kv_durability durability)
{
    MM_ASSERT(!ledger->is_empty && block->header->number == ledger->stored + 1);
    kv_batch_reset(ledger->store_batch);
    MM_TRY(ledger_put_block(ledger->store_batch, block));
    ledger_put_number(ledger->store_batch, "head", block->header->number);
    notes_put(ledger->store_batch, block->notes, block->note_count);
    MM_TRY(kv_write(ledger->kv, ledger->store_batch, durability));
    ledger->stored = block->header->number;
    return MM_OK;
}

mm_err ledger_store(struct ledger *ledger, const struct ledger_block *block)
{
    return store(ledger, block, KV_SYNCED);
}

/* The current view with another head or other edits. */
static mm_err publish_parts(struct ledger *ledger, const struct header *header,
                            const mm_hash32 *hash, struct tail *edits,
                            const struct header_overrides *next_header)
{
    (void)pthread_mutex_lock(&ledger->lock);
    struct ledger_view *old = ledger->current;
    struct ledger_view *next =
        ledger_view_new(ledger, &(struct view_parts){ header, hash, old->tails[0], old->tails[1],
                                                      edits, old->pin, next_header });
    if (next != NULL)
        ledger->current = next;
    (void)pthread_mutex_unlock(&ledger->lock);
    if (next == NULL)
        return MM_ERR_NO_MEMORY;
    ledger_release(old);
    return MM_OK;
}

mm_err ledger_apply(struct ledger *ledger, const struct ledger_block *block)
{
    /* The writer alone changes the head, and the flusher never does: `current` cannot become another block meanwhile. */
    struct ledger_view *view = ledger_acquire(ledger);
    MM_ASSERT(view != NULL && block->header->number == view->head + 1 &&
              block->header->number <= ledger->stored);
    mm_err err = ledger_gather_block(view->tails[0], block);
    ledger_release(view);
    MM_TRY(err);
    return publish_parts(ledger, block->header, &block->hash, NULL, NULL);
}

/* ---- many blocks ---- */

mm_err ledger_append(struct ledger_view *on, struct ledger_view **next,
                     const struct ledger_block *block)
{
    struct ledger *ledger = on->ledger;
    *next = NULL;
    MM_ASSERT(on->head == ledger->stored && on->edits == NULL);
    MM_TRY(store(ledger, block, KV_BUFFERED));
    MM_TRY(ledger_gather_block(on->tails[0], block));
    *next = ledger_view_new(ledger, &(struct view_parts){ block->header, &block->hash, on->tails[0],
                                                          on->tails[1], NULL, on->pin, NULL });
    return *next != NULL ? MM_OK : MM_ERR_NO_MEMORY;
}

mm_err ledger_show(struct ledger_view *view)
{
    struct ledger *ledger = view->ledger;
    MM_ASSERT(view->head == ledger->stored);
    /* A synced write syncs those before it. */
    kv_batch_reset(ledger->store_batch);
    ledger_put_number(ledger->store_batch, "head", ledger->stored);
    MM_TRY(kv_write(ledger->kv, ledger->store_batch, KV_SYNCED));
    /* Not the view itself: the flusher may have written its older tail meanwhile. */
    return publish_parts(ledger, &view->header, &view->head_hash, NULL, NULL);
}

/* ---- edits ---- */

static mm_err read_overrides(struct header_overrides *overrides, mm_bytes encoded)
{
    struct mm_arena arena;
    const struct edit *edits = NULL;
    size_t count = 0;
    mm_arena_init(&arena, SIZE_MAX);
    const mm_err err = edits_decode(&arena, &edits, &count, encoded);
    *overrides = edits_overrides(edits, count);
    mm_arena_fini(&arena);
    return err;
}

mm_err ledger_set_edits(struct ledger *ledger, mm_bytes edits, const struct exec_changes *changes)
{
    struct header_overrides overrides;
    MM_TRY(read_overrides(&overrides, edits));
    struct ledger_view *view = ledger_acquire(ledger);
    MM_ASSERT(view != NULL && view->head == ledger->stored);
    struct tail *tail = tail_new(view->head + 1);
    mm_err err = tail == NULL ? MM_ERR_NO_MEMORY : MM_OK;
    if (err == MM_OK)
        err = ledger_gather_state(tail, view->head + 1, changes);
    if (err == MM_OK) {
        kv_batch_reset(ledger->store_batch);
        ledger_put_block_part(ledger->store_batch, view->head + 1, BLOCK_EDITS, edits);
        err = kv_write(ledger->kv, ledger->store_batch, KV_SYNCED);
    }
    if (err == MM_OK)
        err = publish_parts(ledger, &view->header, &view->head_hash, tail, &overrides);
    tail_release(tail);
    ledger_release(view);
    return err;
}
