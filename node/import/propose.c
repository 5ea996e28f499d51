/* The next block of a chain with one validator: built, sealed and committed at once. */
#include "node/import/chain_internal.h"
#include "state/base/assert.h"

bool chain_seals_alone(const struct chain *chain)
{
    if (chain->sealer == NULL || validators_quorum(chain->validators.count) != 1)
        return false;
    const mm_addr sealer = secp_secret_addr(chain->sealer);
    return validators_has(&chain->validators, &sealer);
}

/* With one validator the set's quorum is its own seal. */
static void seal(const struct chain *chain, struct certificate *certificate, uint64_t number,
                 const mm_hash32 *hash)
{
    const struct seal_domain domain = chain_seal_domain(chain);
    const mm_hash32 digest = seal_commit_digest(&domain, number, 0, hash);
    *certificate = (struct certificate){ .round = 0,
                                         .seals = { secp_sign(chain->sealer, &digest) },
                                         .seal_count = 1 };
}

static mm_err offer_source(void *ctx, struct block_run *run)
{
    const struct chain_source *source = ctx;
    const struct tx *tx;
    while ((tx = source->next(source->ctx)) != NULL) {
        struct exec_outcome outcome;
        MM_TRY(block_run_add(run, &outcome, tx));
        source->tried(source->ctx, tx, outcome.verdict);
    }
    return MM_OK;
}

static mm_err propose_on(struct chain *chain, struct ledger_view *view,
                         struct chain_block *committed, const struct chain_proposal *proposal)
{
    const struct header *parent = ledger_head_header(view);
    struct chain_source source = proposal->source;
    struct executed executed;
    struct certificate certificate;
    const struct execution execution = {
        .natives = chain->natives,
        .view = view,
        .arena = &chain->arena,
        .timestamp =
            proposal->timestamp > parent->timestamp ? proposal->timestamp : parent->timestamp,
        .gas_limit = proposal->gas_limit == 0 ? parent->gas_limit : proposal->gas_limit,
        .coinbase =
            proposal->coinbase != NULL ? *proposal->coinbase : secp_secret_addr(chain->sealer),
        .edits = chain->edits,
        .edit_count = chain->edit_count,
        .skip_empty = proposal->skip_empty,
        .offer = offer_source,
        .ctx = &source,
    };
    MM_TRY(chain_execute(&executed, &execution));
    const struct block_result *result = &executed.result;
    const mm_hash32 hash = header_hash(&result->header);
    const struct header_overrides overrides = edits_overrides(chain->edits, chain->edit_count);
    MM_DCHECK(header_check_with(&result->header, parent, ledger_head_hash(view), &overrides) ==
              HEADER_OK);
    (void)overrides;
    seal(chain, &certificate, result->header.number, &hash);
    struct ledger_block block = {
        .header = &result->header,
        .hash = hash,
        .txs = result->txs,
        .results = result->results,
        .tx_count = result->tx_count,
        .certificate = &certificate,
        .changes = &result->changes,
        .nodes = executed.nodes,
        .notes = proposal->note,
        .note_count = proposal->note != NULL,
    };
    MM_TRY(chain_encode_edits(chain, &chain->arena, &block.edits, result));
    MM_TRY(ledger_store(chain->ledger, &block));
    MM_TRY(ledger_apply(chain->ledger, &block));
    chain->edit_count = 0;
    if (executed.has_new_validators)
        chain->validators = executed.validators;
    *committed = (struct chain_block){ result->header.number, hash, result->tx_count };
    return MM_OK;
}

mm_err chain_propose(struct chain *chain, struct chain_block *block,
                     const struct chain_proposal *proposal)
{
    *block = (struct chain_block){ 0 };
    if (!chain_seals_alone(chain))
        return MM_ERR_BUSY;
    mm_arena_reset(&chain->arena);
    struct ledger_view *view = ledger_acquire(chain->ledger);
    const mm_err err = propose_on(chain, view, block, proposal);
    ledger_release(view);
    return err;
}
