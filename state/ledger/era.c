/* Eras: what lets a view go on reading the blocks of a chain that was taken back. */
#include "state/base/assert.h"
#include "state/base/heap.h"
#include "state/ledger/ledger_internal.h"

struct era *era_new(struct kv *kv, const struct era *before, uint64_t block_num)
{
    struct era *era = mm_heap_zeroed(1, sizeof *era);
    if (era == NULL)
        return NULL;
    atomic_init(&era->users, 1);
    atomic_init(&era->blocks, NULL);
    era->kv = kv;
    if (before == NULL)
        return era;
    era->number = before->number + 1;
    era->turns = mm_heap_zeroed(before->turn_count + 1, sizeof *era->turns);
    if (era->turns == NULL) {
        mm_heap_free(era);
        return NULL;
    }
    while (era->turn_count < before->turn_count &&
           before->turns[era->turn_count].block_num < block_num) {
        era->turns[era->turn_count] = before->turns[era->turn_count];
        era->turn_count++;
    }
    era->turns[era->turn_count++] = (struct era_turn){ era->number, block_num };
    return era;
}

void era_release(struct era *era)
{
    if (era == NULL || atomic_fetch_sub_explicit(&era->users, 1, memory_order_acq_rel) != 1)
        return;
    struct kv_snapshot *blocks = atomic_load(&era->blocks);
    if (blocks != NULL)
        kv_snapshot_free(era->kv, blocks);
    mm_heap_free(era->turns);
    mm_heap_free(era);
}

void era_end(struct era *era, struct kv_snapshot *taken_snapshot)
{
    MM_ASSERT(atomic_load(&era->blocks) == NULL);
    atomic_store(&era->blocks, taken_snapshot);
}

/* The snapshot is there before the first row changes. So what was read while there was none after the read is of this era; else
 * it may be of the next one, and is read again. */
mm_err era_look(struct era *era, struct kv *kv, const struct ledger_key *key, kv_seen_fn *seen,
                void *ctx)
{
    const struct kv_snapshot *blocks = era == NULL ? NULL : atomic_load(&era->blocks);
    const mm_err err = kv_look(kv, blocks, LEDGER_BLOCK, key_bytes(key), seen, ctx);
    if (era == NULL || blocks != NULL)
        return err;
    blocks = atomic_load(&era->blocks);
    return blocks == NULL ? err : kv_look(kv, blocks, LEDGER_BLOCK, key_bytes(key), seen, ctx);
}

static mm_err copy_value(void *ctx, mm_bytes value)
{
    mm_buf_reset(ctx);
    mm_buf_add(ctx, value);
    return mm_buf_err(ctx);
}

mm_err era_read(struct era *era, struct kv *kv, struct mm_buf *value, const struct ledger_key *key)
{
    mm_buf_reset(value);
    const mm_err err = era_look(era, kv, key, copy_value, value);
    if (err != MM_OK)
        mm_buf_reset(value);
    return err;
}

uint64_t ledger_era(const struct ledger_view *view)
{
    return view->era->number;
}

uint64_t ledger_common(const struct ledger_view *view, uint64_t era)
{
    const struct era *ours = view->era;
    for (size_t i = 0; i < ours->turn_count; i++) {
        if (ours->turns[i].number > era) /* ascending by block: the first is the lowest */
            return ours->turns[i].block_num;
    }
    return UINT64_MAX;
}
