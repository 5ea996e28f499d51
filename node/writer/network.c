/* The writer among several validators: what it hears goes to the consensus, blocks that others decided go to the chain, and whoever
 * looks is told where it stands. */
#include "node/log/log.h"
#include "node/writer/writer_internal.h"
#include "state/base/assert.h"
#include "state/base/heap.h"

enum {
    PARTS_ARENA_MAX = 64 << 20, /* transactions of one block */
    /* Of a round's time a block may take so small a part to be built: it has to travel, to be executed by everyone, on slower machines
     * than this one too, and to be voted on twice. A block that is too large for its round is in none. */
    BUILD_SHARE = 8,
};

/* ---- the consensus' host ---- */

static bool may_be_empty(const struct writer_part *network)
{
    return network->empty_period_ms > 0 &&
           writer_now_ms(NULL) >= network->head_since_ms + network->empty_period_ms;
}

static bool begin_block(void *ctx, struct chain_proposal *proposal)
{
    struct writer *writer = ctx;
    struct writer_part *network = writer->network;
    atomic_store(&network->has_pending, false); /* what comes now may be all that there is */
    network->err = writer_take_transactions(writer, &network->source);
    network->source.until_ms = writer_now_ms(NULL) + network->build_ms;
    *proposal = (struct chain_proposal){
        .timestamp = writer_wall_clock_s(),
        .source = writer_source_of(&network->source),
        .skip_empty = !may_be_empty(network),
    };
    return network->err == MM_OK;
}

static bool has_any(const struct pool_batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        if (batch->verdicts[i] == TX_OK)
            return true;
    }
    return false;
}

/* Nothing leaves the pool before a block is decided, be it this one or another. Where none could be made, the next transaction is a
 * reason to try again. */
static void end_block(void *ctx)
{
    struct writer *writer = ctx;
    if (has_any(&writer->network->source.batch))
        atomic_store(&writer->network->has_pending, true);
    pool_put_back(writer->pool, &writer->network->source.batch);
}

static bool is_pending(void *ctx)
{
    struct writer *writer = ctx;
    const mm_u256 base_fee = writer_base_fee(writer);
    /* Before the pool is asked: what comes into it after that finds false, and wakes the writer. */
    atomic_store(&writer->network->has_pending, false);
    const bool pays = pool_pays(writer->pool, &base_fee);
    atomic_store(&writer->network->has_pending, pays);
    return pays;
}

static void send(void *ctx, unsigned code, mm_bytes message)
{
    const struct writer_network *host = &((struct writer *)ctx)->network->host;
    host->broadcast(host->ctx, code, message);
}

/* The senders of an imported block's transactions have other nonces now. */
static mm_err settle_pool(struct writer *writer, struct ledger_view *view,
                          const struct chain_block *block)
{
    struct mm_arena arena;
    const struct ledger_tx *txs = NULL;
    mm_arena_init(&arena, PARTS_ARENA_MAX);
    const mm_err err = ledger_txs(view, &arena, &txs, block->number, 0, block->tx_count);
    for (size_t i = 0; err == MM_OK && i < block->tx_count; i++) /* the last of a sender counts */
        pool_reset_nonce(writer->pool, &txs[i].tx.sender, txs[i].tx.nonce + 1);
    mm_arena_fini(&arena);
    return err;
}

static mm_err take_head(struct writer *writer, struct ledger_view *view, uint64_t number)
{
    struct chain_block block = { .number = number };
    MM_TRY(ledger_tx_count(view, &block.tx_count, number));
    MM_TRY(settle_pool(writer, view, &block));
    return writer_tell_head(writer, &block);
}

/* From this one to the head. */
static mm_err take_heads(struct writer *writer, uint64_t first)
{
    mm_err err = MM_OK;
    struct ledger_view *view = ledger_acquire(chain_ledger(writer->chain));
    for (uint64_t i = first; err == MM_OK && i <= ledger_head(view); i++)
        err = take_head(writer, view, i);
    ledger_release(view);
    writer->network->head_since_ms = writer_now_ms(NULL);
    return err;
}

static void committed(void *ctx, const struct chain_block *block)
{
    struct writer *writer = ctx;
    const mm_err err = writer_tell_head(writer, block);
    writer->network->head_since_ms = writer_now_ms(NULL);
    if (err != MM_OK)
        writer->network->err = err;
}

static void keep_evidence(void *ctx, const struct qbft_evidence *evidence)
{
    struct writer *writer = ctx;
    const mm_err err = writer_keep_evidence(writer, evidence);
    if (err != MM_OK)
        writer->network->err = err;
}

static uint64_t clock_s(void *ctx)
{
    (void)ctx;
    return writer_wall_clock_s();
}

/* ---- what it hears ---- */

/* Those that the chain has already are left out: consensus was faster. *done: how many of all the chain has now. */
static mm_err import_new(struct writer *writer, const struct writer_blocks *blocks, size_t *done,
                         struct block_refusal *refusal)
{
    const uint64_t next = ledger_stored(chain_ledger(writer->chain)) + 1;
    if (next < blocks->first || next - blocks->first >= blocks->count) {
        *done = next < blocks->first ? 0 : blocks->count;
        return MM_OK;
    }
    *done = (size_t)(next - blocks->first);
    while (*done < blocks->count && refusal->verdict == BLOCK_OK) {
        size_t imported;
        MM_TRY(chain_import(writer->chain, &imported, refusal, blocks->items + *done,
                            blocks->count - *done));
        *done += imported;
        MM_TRY(writer_write_behind(writer, false));
    }
    return MM_OK;
}

static mm_err import(struct writer *writer, const struct writer_blocks *blocks)
{
    const struct writer_network *host = &writer->network->host;
    const uint64_t before = ledger_stored(chain_ledger(writer->chain));
    struct block_refusal refusal = { .verdict = BLOCK_OK };
    size_t done;
    MM_TRY(import_new(writer, blocks, &done, &refusal));
    if (ledger_stored(chain_ledger(writer->chain)) > before) {
        MM_TRY(take_heads(writer, before + 1));
        MM_TRY(consensus_imported(writer->consensus));
    }
    host->imported(host->ctx, blocks, done, &refusal);
    return MM_OK;
}

static mm_err hear(struct writer *writer, const struct news *news)
{
    switch (news->kind) {
    case NEWS_MESSAGE:
        return consensus_message(writer->consensus, &news->message);
    case NEWS_BLOCKS:
        return import(writer, news->blocks);
    case NEWS_LAGGING:
        return consensus_lagging(writer->consensus, news->flag);
    }
    MM_UNREACHABLE();
}

static mm_err hear_all(struct writer *writer)
{
    mm_err err = MM_OK;
    struct news *news = writer_take_news(writer);
    while (news != NULL) {
        struct news *next = news->next;
        if (err == MM_OK)
            err = hear(writer, news);
        if (err == MM_OK)
            err = writer->network->err;
        writer_free_news(news);
        news = next;
    }
    return err;
}

/* ---- turns ---- */

mm_err writer_take_part(struct writer *writer)
{
    struct writer_part *network = writer->network;
    MM_TRY(hear_all(writer));
    const bool had_pending = atomic_load(&network->has_pending);
    const bool has_pending = is_pending(writer);
    if (has_pending || had_pending)
        MM_TRY(consensus_pending(writer->consensus, has_pending));
    if (consensus_deadline_ms(writer->consensus) <= writer_now_ms(NULL))
        MM_TRY(consensus_tick(writer->consensus));
    return network->err;
}

bool writer_network_deadline(const struct writer *writer, struct timespec *deadline)
{
    const uint64_t at_ms = consensus_deadline_ms(writer->consensus);
    if (at_ms == UINT64_MAX)
        return false;
    *deadline = (struct timespec){ .tv_sec = (time_t)(at_ms / 1000),
                                   .tv_nsec = (long)(at_ms % 1000) * 1000000 };
    return true;
}

/* ---- life ---- */

static bool find_sender(void *ctx, mm_addr *sender, const mm_hash32 *tx_hash)
{
    return pool_find_sender(ctx, sender, tx_hash);
}

static void reset_nonce(void *ctx, const mm_addr *sender, uint64_t nonce)
{
    pool_reset_nonce(ctx, sender, nonce);
}

mm_err writer_begin_network(struct writer *writer, const struct writer_network *host)
{
    const struct genesis_qbft *qbft = &chain_genesis(writer->chain)->qbft;
    const struct consensus_options options = {
        .chain = writer->chain,
        .key = chain_sealer(writer->chain),
        .host = { writer, begin_block, end_block, is_pending, send, committed, keep_evidence,
                  writer_now_ms, clock_s },
        .base_timeout_ms = qbft->request_timeout_ms,
        .cap_timeout_ms = qbft->request_timeout_ms > QBFT_CAP_TIMEOUT_MS ? qbft->request_timeout_ms
                                                                         : QBFT_CAP_TIMEOUT_MS,
        .min_period_ms = qbft->block_period_ms,
        .empty_period_ms = qbft->empty_block_period_ms,
    };
    const struct chain_senders senders = { writer->pool, find_sender, reset_nonce };
    bool is_forgetful = false;
    chain_know_senders(writer->chain, &senders);
    writer->network = mm_heap_zeroed(1, sizeof *writer->network);
    if (writer->network == NULL)
        return MM_ERR_NO_MEMORY;
    writer->settings = settings_default(0);
    writer->settings.is_automine = false; /* nobody here says when a block is made */
    writer->network->host = *host;
    writer->network->empty_period_ms = qbft->empty_block_period_ms;
    writer->network->build_ms = qbft->request_timeout_ms / BUILD_SHARE;
    writer->network->head_since_ms = writer_now_ms(NULL);
    MM_TRY(writer_load_evidence(writer));
    MM_TRY(consensus_new(&writer->consensus, &options, &is_forgetful));
    if (is_forgetful)
        log_event(LOG_WARN,
                  "what this validator signed last is not known: it signs again when the next "
                  "blocks are decided",
                  NULL);
    return writer->network->err;
}

void writer_end_network(struct writer *writer)
{
    if (writer->network == NULL)
        return;
    struct news *news = writer_take_news(writer);
    while (news != NULL) {
        struct news *next = news->next;
        writer_free_news(news);
        news = next;
    }
    mm_heap_free(writer->network);
}
