/* Where the transactions of a block come from. */
#include "node/writer/writer_internal.h"

static const struct tx *source_next(void *ctx)
{
    enum { LOOK_EVERY = 64 };
    struct writer_source *source = ctx;
    if (source->until_ms != 0 && source->next % LOOK_EVERY == 0 &&
        writer_now_ms(NULL) >= source->until_ms)
        return NULL;
    return source->next < source->batch.count ? pool_batch_tx(&source->batch, source->next) : NULL;
}

static void source_tried(void *ctx, const struct tx *tx, enum tx_verdict verdict)
{
    struct writer_source *source = ctx;
    (void)tx;
    source->batch.verdicts[source->next++] = verdict;
}

struct chain_source writer_source_of(struct writer_source *source)
{
    return (struct chain_source){ source, source_next, source_tried };
}

mm_u256 writer_base_fee(struct writer *writer)
{
    struct ledger_view *view = ledger_acquire(chain_ledger(writer->chain));
    const mm_u256 base_fee = ledger_next(view).base_fee;
    ledger_release(view);
    return base_fee;
}

mm_err writer_take_transactions(struct writer *writer, struct writer_source *source)
{
    const mm_u256 base_fee = writer_base_fee(writer);
    source->next = 0;
    return pool_take(writer->pool, &source->batch, &base_fee);
}
