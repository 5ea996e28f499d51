/* Executing a stored block again: it must give what its header says, to the last bit. */
#include "node/import/chain_internal.h"

static mm_err refuse(struct mm_reason *reason, const struct block *block,
                     const struct block_refusal *refusal)
{
    struct mm_reason why = { .text = "" };
    block_refusal_describe(&why, refusal);
    return mm_fail(reason, MM_ERR_CORRUPT, "block %llu, executed again, %.250s",
                   (unsigned long long)block->header.number, why.text);
}

static mm_err execute(struct executed *executed, struct block_refusal *refusal,
                      struct execution *execution, const struct block *block)
{
    const struct header_overrides overrides =
        edits_overrides(execution->edits, execution->edit_count);
    refusal->header = header_check_with(&block->header, ledger_head_header(execution->view),
                                        ledger_head_hash(execution->view), &overrides);
    if (refusal->header == HEADER_OK)
        return chain_execute_block(executed, refusal, execution, block);
    refusal->verdict = BLOCK_HEADER;
    return MM_OK;
}

static mm_err replay_on(struct ledger_view *view, const struct exec_natives *natives,
                        struct mm_arena *arena, const struct block *block,
                        const struct certificate *certificate, mm_bytes edits,
                        struct mm_reason *reason)
{
    struct executed executed;
    struct block_refusal refusal = { .verdict = BLOCK_OK };
    struct execution execution = { .natives = natives, .view = view, .arena = arena };
    if (edits.len > 0)
        MM_TRY(edits_decode(arena, &execution.edits, &execution.edit_count, edits));
    MM_TRY(execute(&executed, &refusal, &execution, block));
    if (refusal.verdict != BLOCK_OK)
        return refuse(reason, block, &refusal);
    const struct block_result *result = &executed.result;
    const struct ledger_block applied = {
        .header = &block->header,
        .hash = block->hash,
        .txs = result->txs,
        .results = result->results,
        .tx_count = result->tx_count,
        .certificate = certificate,
        .edits = edits,
        .changes = &result->changes,
        .nodes = executed.nodes,
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
