/* Executing a stored block again: it must give what its header says, to the last bit. */
#include "node/import/chain_internal.h"
#include "state/base/assert.h"

static mm_err differs(struct mm_reason *reason, const struct block *block, const char *what)
{
    return mm_fail(reason, MM_ERR_CORRUPT,
                   "block %llu, executed again, gives another %s than its header says",
                   (unsigned long long)block->header.number, what);
}

static mm_err run_all(struct block_run *run, const struct block_run_options *options,
                      const struct block *block, struct mm_reason *reason)
{
    struct edit_senders senders = { options->edits, options->edit_count, 0 };
    for (size_t i = 0; i < block->tx_count; i++) {
        struct tx tx = block->txs[i];
        struct exec_outcome outcome = { .verdict = tx_check(&tx, options->chain_id) };
        if (outcome.verdict == TX_OK)
            outcome.verdict = edits_sender(&senders, &tx, i);
        if (outcome.verdict == TX_OK)
            MM_TRY(block_run_add(run, &outcome, &tx));
        if (outcome.verdict != TX_OK)
            return mm_fail(
                reason, MM_ERR_CORRUPT, "block %llu, executed again, refuses transaction %zu: %s",
                (unsigned long long)block->header.number, i, tx_verdict_text(outcome.verdict));
    }
    return MM_OK;
}

struct block_edits {
    const struct edit *items;
    size_t count;
};

static mm_err run_block(struct ledger_view *view, const struct exec_natives *natives,
                        struct mm_arena *arena, struct block_result *result,
                        const struct block *block, const struct block_edits *edits,
                        struct mm_reason *reason)
{
    struct ledger_state state;
    ledger_state_init(&state, view, ledger_head(view));
    const struct exec_view exec_view = ledger_exec_view(&state);
    struct block_run_options options = {
        .view = &exec_view,
        .natives = natives,
        .chain_id = ledger_chain_id(ledger_of(view)),
        .parent = ledger_head_header(view),
        .parent_hash = *ledger_head_hash(view),
        .timestamp = block->header.timestamp,
        .gas_limit = block->header.gas_limit,
        .coinbase = block->header.coinbase,
        .edits = edits->items,
        .edit_count = edits->count,
    };
    memcpy(options.extra, block->header.extra, MM_EXTRA_BYTES);
    struct block_run *run = NULL;
    mm_err err = block_run_new(arena, &run, &options);
    if (err == MM_OK)
        err = run_all(run, &options, block, reason);
    if (err == MM_OK)
        err = block_run_finish(run, result);
    ledger_state_fini(&state);
    return err;
}

static mm_err compare(const struct block_result *result, const struct block *block,
                      const mm_hash32 *state_root, struct mm_reason *reason)
{
    const struct header *ours = &result->header;
    const struct header *theirs = &block->header;
    if (!mm_hash_equal(state_root, &theirs->state_root))
        return differs(reason, block, "state root");
    if (!mm_hash_equal(&ours->receipts_root, &theirs->receipts_root))
        return differs(reason, block, "receipts root");
    if (!mm_hash_equal(&ours->tx_root, &theirs->tx_root))
        return differs(reason, block, "transactions root");
    if (ours->gas_used != theirs->gas_used ||
        memcmp(&ours->bloom, &theirs->bloom, sizeof ours->bloom) != 0)
        return differs(reason, block, "gas used or bloom");
    return MM_OK;
}

static mm_err replay_on(struct ledger_view *view, const struct exec_natives *natives,
                        struct mm_arena *arena, const struct block *block,
                        const struct certificate *certificate, mm_bytes edits,
                        struct mm_reason *reason)
{
    struct block_result result;
    struct ledger_nodes *nodes = NULL;
    mm_hash32 state_root;
    struct block_edits decoded = { NULL, 0 };
    if (edits.len > 0)
        MM_TRY(edits_decode(arena, &decoded.items, &decoded.count, edits));
    const struct header_overrides overrides = edits_overrides(decoded.items, decoded.count);
    const enum header_verdict verdict = header_check_with(&block->header, ledger_head_header(view),
                                                          ledger_head_hash(view), &overrides);
    if (verdict != HEADER_OK)
        return mm_fail(reason, MM_ERR_CORRUPT, "block %llu does not follow from its parent: %s",
                       (unsigned long long)block->header.number, header_verdict_text(verdict));
    MM_TRY(run_block(view, natives, arena, &result, block, &decoded, reason));
    MM_TRY(ledger_state_root(view, arena, &state_root, &nodes, &result.changes));
    MM_TRY(compare(&result, block, &state_root, reason));
    const struct ledger_block applied = {
        .header = &block->header,
        .hash = block->hash,
        .txs = result.txs,
        .results = result.results,
        .tx_count = result.tx_count,
        .certificate = certificate,
        .edits = edits,
        .changes = &result.changes,
        .nodes = nodes,
    };
    if (ledger_stored(ledger_of(view)) < block->header.number) /* a replay into another ledger */
        MM_TRY(ledger_store(ledger_of(view), &applied));
    return ledger_apply(ledger_of(view), &applied);
}

mm_err chain_replay_block(struct ledger *ledger, const struct exec_natives *natives,
                          struct mm_arena *arena, const struct block *block,
                          const struct certificate *certificate, mm_bytes edits,
                          struct mm_reason *reason)
{
    struct ledger_view *view = ledger_acquire(ledger);
    const mm_err err = replay_on(view, natives, arena, block, certificate, edits, reason);
    ledger_release(view);
    return err;
}
