/* Executing one block on top of a view's head: what building, verifying and replaying have in common. Nothing is written. */
#include "node/import/chain_internal.h"

static mm_err run_transactions(const struct execution *execution, struct block_result *result)
{
    struct ledger_state state;
    struct ledger_view *view = execution->view;
    ledger_state_init(&state, view, ledger_head(view));
    const struct exec_view exec_view = ledger_exec_view(&state);
    const struct block_run_options options = {
        .view = &exec_view,
        .natives = execution->natives,
        .chain_id = execution->chain_id,
        .parent = ledger_head_header(view),
        .parent_hash = *ledger_head_hash(view),
        .timestamp = execution->timestamp,
        .gas_limit = execution->gas_limit,
        .coinbase = execution->coinbase,
        .edits = execution->edits,
        .edit_count = execution->edit_count,
    };
    struct block_run *run = NULL;
    mm_err err = block_run_new(execution->arena, &run, &options);
    if (err == MM_OK)
        err = execution->offer(execution->ctx, run);
    if (err == MM_OK)
        err = block_run_finish(run, result);
    ledger_state_fini(&state);
    return err;
}

/* extraData: the commitment to the set that seals the next block, as the state after this one has it. */
static mm_err commit_to_validators(struct ledger_view *view, struct executed *executed)
{
    struct header *header = &executed->result.header;
    MM_TRY(chain_validators_after(view, &executed->validators, &executed->has_new_validators,
                                  &executed->result.changes));
    if (!executed->has_new_validators) {
        memcpy(header->extra, ledger_head_header(view)->extra, MM_EXTRA_BYTES);
        return MM_OK;
    }
    const mm_hash32 commitment = validators_commitment(&executed->validators);
    memcpy(header->extra, commitment.b, MM_EXTRA_BYTES);
    return MM_OK;
}

mm_err chain_execute(struct executed *executed, const struct execution *execution)
{
    *executed = (struct executed){ .nodes = NULL };
    MM_TRY(run_transactions(execution, &executed->result));
    if (execution->skip_empty && executed->result.tx_count == 0)
        return MM_ERR_NOT_FOUND;
    MM_TRY(ledger_state_root(execution->view, execution->arena, &executed->result.header.state_root,
                             &executed->nodes, &executed->result.changes));
    return commit_to_validators(execution->view, executed);
}

/* ---- a block that is there already ---- */

struct offer {
    const struct execution *execution;
    const struct block *block;
    struct block_refusal *refusal;
};

/* From the edits where they name it, then from who knows it, else from the signature. */
static enum tx_verdict find_sender(const struct execution *execution, struct edit_senders *edits,
                                   struct tx *tx, size_t index)
{
    const struct chain_senders *known = execution->senders;
    if (known == NULL || known->find == NULL || execution->edit_count > 0)
        return edits_sender(edits, tx, index);
    tx->is_impersonated = false;
    return known->find(known->ctx, &tx->sender, &tx->hash) ? TX_OK : tx_recover(tx, SECP_LOW_S);
}

static mm_err offer_block(void *ctx, struct block_run *run)
{
    const struct offer *offer = ctx;
    const struct execution *execution = offer->execution;
    struct edit_senders senders = { execution->edits, execution->edit_count, 0 };
    for (size_t i = 0; i < offer->block->tx_count; i++) {
        struct tx tx = offer->block->txs[i];
        struct exec_outcome outcome = { .verdict = tx_check(&tx, execution->chain_id) };
        if (outcome.verdict == TX_OK)
            outcome.verdict = find_sender(execution, &senders, &tx, i);
        if (outcome.verdict == TX_OK)
            MM_TRY(block_run_add(run, &outcome, &tx));
        if (outcome.verdict != TX_OK) {
            *offer->refusal =
                (struct block_refusal){ .verdict = BLOCK_TX, .tx = outcome.verdict, .tx_index = i };
            return MM_ERR_INVALID; /* ends the execution; the refusal says it */
        }
    }
    return MM_OK;
}

static enum block_verdict compare(const struct header *ours, const struct header *theirs)
{
    if (!mm_hash_equal(&ours->tx_root, &theirs->tx_root))
        return BLOCK_TX_ROOT;
    if (ours->gas_used != theirs->gas_used)
        return BLOCK_GAS_USED;
    if (!mm_hash_equal(&ours->receipts_root, &theirs->receipts_root))
        return BLOCK_RECEIPTS_ROOT;
    if (memcmp(&ours->bloom, &theirs->bloom, sizeof ours->bloom) != 0)
        return BLOCK_BLOOM;
    if (!mm_hash_equal(&ours->state_root, &theirs->state_root))
        return BLOCK_STATE_ROOT;
    if (ours->extra_len != theirs->extra_len ||
        memcmp(ours->extra, theirs->extra, ours->extra_len) != 0)
        return BLOCK_VALIDATORS;
    return BLOCK_OK;
}

mm_err chain_execute_block(struct executed *executed, struct block_refusal *refusal,
                           struct execution *execution, const struct block *block)
{
    struct offer offer = { execution, block, refusal };
    execution->chain_id = edits_chain_id(execution->edits, execution->edit_count,
                                         ledger_chain_id(ledger_of(execution->view)));
    execution->timestamp = block->header.timestamp;
    execution->gas_limit = block->header.gas_limit;
    execution->coinbase = block->header.coinbase;
    execution->offer = offer_block;
    execution->ctx = &offer;
    const mm_err err = chain_execute(executed, execution);
    if (refusal->verdict == BLOCK_OK && err == MM_OK)
        refusal->verdict = compare(&executed->result.header, &block->header);
    return refusal->verdict == BLOCK_OK ? err : MM_OK;
}
