/* Blocks of a development chain: each is asked for, has what dev control says, and is sealed at once by the validator alone. */
#include "node/log/log.h"
#include "node/writer/writer_internal.h"

/* ---- a block ---- */

/* What the next block has, and the settings after it: a timestamp that was asked for counts once, and the clock goes on from it.
 * ahead_s after its parent is such a timestamp, whatever the machine's clock did in between. */
static uint64_t take_timestamp(struct settings *next, const struct ledger_view *view,
                               uint64_t ahead_s)
{
    const uint64_t parent = ledger_head_header(view)->timestamp;
    if (ahead_s > 0 && next->next_timestamp == 0 && next->step_s == UINT64_MAX)
        next->next_timestamp = parent + ahead_s;
    if (next->next_timestamp != 0) {
        const uint64_t timestamp = next->next_timestamp;
        next->clock_offset_s = (int64_t)timestamp - (int64_t)writer_wall_clock_s();
        next->next_timestamp = 0;
        return timestamp;
    }
    return next->step_s == UINT64_MAX ? writer_clock_s(next) : parent + next->step_s;
}

/* The settings after the block go to disk with it when it changes them. */
static mm_err plan_block(struct writer *writer, struct chain_proposal *proposal)
{
    struct making *making = &writer->making;
    MM_TRY(settings_copy(&making->next, &writer->settings));
    making->changes = making->ahead_s > 0 || making->next.next_timestamp != 0;
    struct ledger_view *view = ledger_acquire(chain_ledger(writer->chain));
    *proposal = (struct chain_proposal){
        .timestamp = take_timestamp(&making->next, view, making->ahead_s),
        .source = writer_source_of(&making->source),
        .skip_empty = making->may_skip,
        .coinbase = making->next.has_coinbase ? &making->next.coinbase : NULL,
    };
    ledger_release(view);
    if (!making->changes)
        return MM_OK;
    mm_buf_reset(&making->encoded);
    settings_encode(&making->encoded, &making->next);
    making->note = (struct ledger_note){ SETTINGS_NOTE, mm_buf_bytes(&making->encoded) };
    proposal->note = &making->note;
    return mm_buf_err(&making->encoded);
}

/* One block for each time that one is wanted. */
static bool begin_wanted(struct writer *writer, struct chain_proposal *proposal)
{
    struct making *making = &writer->making;
    if (!making->is_wanted)
        return false;
    making->is_wanted = false;
    making->err = writer_take_transactions(writer, &making->source);
    if (making->err == MM_OK && making->may_skip && making->source.batch.count == 0)
        return false;
    if (making->err == MM_OK)
        making->err = plan_block(writer, proposal);
    return making->err == MM_OK;
}

static mm_err finish_wanted(struct writer *writer, mm_err err, size_t *included)
{
    struct making *making = &writer->making;
    pool_finish(writer->pool, &making->source.batch);
    if (err == MM_OK)
        err = making->err;
    if (err != MM_OK || !making->is_made) {
        settings_fini(&making->next);
        return err;
    }
    if (making->changes)
        writer_adopt(writer, &making->next);
    else
        settings_fini(&making->next);
    *included = making->block.tx_count;
    return writer_tell_head(writer, &making->block);
}

mm_err writer_make_block(struct writer *writer, bool may_skip, uint64_t ahead_s, size_t *included)
{
    struct making *making = &writer->making;
    *included = 0;
    if (!chain_seals_alone(writer->chain)) {
        log_event(LOG_WARN, "no block: it needs the seals of other validators", NULL);
        return MM_OK; /* transactions wait; going back can end it */
    }
    making->is_wanted = true;
    making->is_made = false;
    making->may_skip = may_skip;
    making->ahead_s = ahead_s;
    making->err = MM_OK;
    const mm_err err = consensus_pending(writer->consensus, true);
    making->is_wanted = false;
    return finish_wanted(writer, err, included);
}

/* ---- the consensus' host ---- */

static bool begin_block(void *ctx, struct chain_proposal *proposal)
{
    return begin_wanted(ctx, proposal);
}

/* The batch is finished with when the block is visible. */
static void end_block(void *ctx)
{
    (void)ctx;
}

/* One that is asked for is asked for by consensus_pending. */
static bool is_pending(void *ctx)
{
    (void)ctx;
    return false;
}

/* A validator alone has nobody to say it to, and one of several gets no block here. */
static void send(void *ctx, unsigned code, mm_bytes message)
{
    (void)ctx, (void)code, (void)message;
}

static void committed(void *ctx, const struct chain_block *block)
{
    struct writer *writer = ctx;
    writer->making.is_made = true;
    writer->making.block = *block;
}

/* A development chain's clock is what its owner says. */
static uint64_t clock_s(void *ctx)
{
    return writer_clock_s(&((struct writer *)ctx)->settings);
}

mm_err writer_begin_alone(struct writer *writer)
{
    const struct consensus_options options = {
        .chain = writer->chain,
        .key = chain_sealer(writer->chain),
        .host = { writer, begin_block, end_block, is_pending, send, committed, NULL, writer_now_ms,
                  clock_s },
        .base_timeout_ms = QBFT_BASE_TIMEOUT_MS,
        .cap_timeout_ms = QBFT_CAP_TIMEOUT_MS,
    };
    mm_buf_init(&writer->making.encoded, SETTINGS_BYTES_MAX);
    return consensus_new(&writer->consensus, &options, NULL);
}
