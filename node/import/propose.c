#include "node/import/chain_internal.h"
#include "state/base/assert.h"
#include "state/base/heap.h"
#include "state/crypto/keccak.h"

/* With one validator the set's quorum is its own seal. */
static mm_err seal(const struct chain *chain, struct certificate *certificate, uint64_t number,
                   const mm_hash32 *hash)
{
    MM_ASSERT(chain->sealer != NULL);
    if (validators_quorum(chain->validators.count) != 1)
        return MM_ERR_INVALID;
    const struct seal_domain domain = chain_seal_domain(chain);
    const mm_hash32 digest = seal_commit_digest(&domain, number, 0, hash);
    *certificate = (struct certificate){ .round = 0,
                                         .seals = { secp_sign(chain->sealer, &digest) },
                                         .seal_count = 1 };
    return MM_OK;
}

static mm_err run_transactions(struct block_run *run, const struct chain_source *source)
{
    const struct tx *tx;
    while ((tx = source->next(source->ctx)) != NULL) {
        struct exec_outcome outcome;
        MM_TRY(block_run_add(run, &outcome, tx));
        source->tried(source->ctx, tx, outcome.verdict);
    }
    return MM_OK;
}

static mm_err run_block(struct chain *chain, struct ledger_view *view, struct block_result *result,
                        const struct chain_proposal *proposal)
{
    struct ledger_state state;
    ledger_state_init(&state, view, ledger_head(view));
    const struct exec_view exec_view = ledger_exec_view(&state);
    const struct header *parent = ledger_head_header(view);
    struct block_run_options options = {
        .view = &exec_view,
        .natives = chain->natives,
        .chain_id = chain->genesis.chain_id,
        .parent = parent,
        .parent_hash = *ledger_head_hash(view),
        .timestamp =
            proposal->timestamp > parent->timestamp ? proposal->timestamp : parent->timestamp,
        .gas_limit = proposal->gas_limit == 0 ? parent->gas_limit : proposal->gas_limit,
        .coinbase =
            proposal->coinbase != NULL ? *proposal->coinbase : secp_secret_addr(chain->sealer),
        .edits = chain->edits,
        .edit_count = chain->edit_count,
    };
    memcpy(options.extra, parent->extra,
           MM_EXTRA_BYTES); /* the set changes by votes, which a later step brings */
    struct block_run *run = NULL;
    mm_err err = block_run_new(&chain->arena, &run, &options);
    if (err == MM_OK)
        err = run_transactions(run, &proposal->source);
    if (err == MM_OK)
        err = block_run_finish(run, result);
    ledger_state_fini(&state);
    return err;
}

static mm_err encode_edits(struct chain *chain, mm_bytes *encoded, const struct edit *edits,
                           size_t count)
{
    *encoded = (mm_bytes){ NULL, 0 };
    if (count == 0)
        return MM_OK;
    struct mm_buf buf;
    mm_buf_init(&buf, 64 << 20);
    edits_encode(&buf, edits, count);
    mm_err err = mm_buf_err(&buf);
    if (err == MM_OK)
        err = mm_arena_copy(&chain->arena, encoded, mm_buf_bytes(&buf));
    mm_buf_fini(&buf);
    return err;
}

/* Those that waited, and the senders that dev control speaks for. */
static mm_err encode_block_edits(struct chain *chain, mm_bytes *encoded,
                                 const struct block_result *result)
{
    size_t count = chain->edit_count;
    for (size_t i = 0; i < result->tx_count; i++)
        count += result->txs[i].is_impersonated;
    struct edit *edits = MM_ARENA_ARRAY(&chain->arena, struct edit, count);
    if (edits == NULL)
        return MM_ERR_NO_MEMORY;
    if (chain->edit_count > 0)
        memcpy(edits, chain->edits, chain->edit_count * sizeof *edits);
    size_t used = chain->edit_count;
    for (size_t i = 0; i < result->tx_count; i++) {
        if (result->txs[i].is_impersonated)
            edits[used++] = (struct edit){ .kind = EDIT_SENDER,
                                           .addr = result->txs[i].sender,
                                           .slot = u256_from_u64(i) };
    }
    return encode_edits(chain, encoded, edits, count);
}

static mm_err propose_on(struct chain *chain, struct ledger_view *view,
                         struct chain_block *committed, const struct chain_proposal *proposal)
{
    struct block_result result;
    struct ledger_nodes *nodes = NULL;
    struct certificate certificate;
    MM_TRY(run_block(chain, view, &result, proposal));
    if (proposal->skip_empty && result.tx_count == 0)
        return MM_ERR_NOT_FOUND;
    MM_TRY(
        ledger_state_root(view, &chain->arena, &result.header.state_root, &nodes, &result.changes));
    const mm_hash32 hash = header_hash(&result.header);
    const struct header_overrides overrides = edits_overrides(chain->edits, chain->edit_count);
    MM_DCHECK(header_check_with(&result.header, ledger_head_header(view), ledger_head_hash(view),
                                &overrides) == HEADER_OK);
    (void)overrides;
    MM_TRY(seal(chain, &certificate, result.header.number, &hash));
    struct ledger_block block = {
        .header = &result.header,
        .hash = hash,
        .txs = result.txs,
        .results = result.results,
        .tx_count = result.tx_count,
        .certificate = &certificate,
        .changes = &result.changes,
        .nodes = nodes,
        .notes = proposal->note,
        .note_count = proposal->note != NULL,
    };
    MM_TRY(encode_block_edits(chain, &block.edits, &result));
    MM_TRY(ledger_store(chain->ledger, &block));
    MM_TRY(ledger_apply(chain->ledger, &block));
    chain->edit_count = 0;
    *committed = (struct chain_block){ result.header.number, hash, result.tx_count };
    return MM_OK;
}

mm_err chain_propose(struct chain *chain, struct chain_block *block,
                     const struct chain_proposal *proposal)
{
    *block = (struct chain_block){ 0 };
    mm_arena_reset(&chain->arena);
    struct ledger_view *view = ledger_acquire(chain->ledger);
    const mm_err err = propose_on(chain, view, block, proposal);
    ledger_release(view);
    return err;
}

/* ---- edits ---- */

/* What all waiting edits together do to the state of the head. */
static mm_err edit_changes(struct chain *chain, struct exec_changes *changes)
{
    struct ledger_view *view = ledger_acquire(chain->ledger);
    struct ledger_state state;
    ledger_state_init(&state, view, ledger_head(view));
    const struct exec_view exec_view = ledger_exec_view(&state);
    const struct exec_block block = { .number = ledger_head(view) + 1,
                                      .chain_id = chain->genesis.chain_id };
    struct exec *exec = NULL;
    mm_err err = exec_new(&chain->arena, &exec, &exec_view, chain->natives, &block);
    if (err == MM_OK)
        err = exec_apply_edits(exec, chain->edits, chain->edit_count);
    if (err == MM_OK)
        err = exec_changes(exec, changes);
    ledger_state_fini(&state);
    ledger_release(view);
    return err;
}

/* The changes as readers see them before the block that has them: with the storage roots that they will have. */
static mm_err publish_edits(struct chain *chain)
{
    struct exec_changes changes;
    struct ledger_nodes *nodes = NULL;
    mm_hash32 root;
    mm_bytes encoded;
    mm_arena_reset(&chain->arena);
    MM_TRY(edit_changes(chain, &changes));
    struct ledger_view *view = ledger_acquire(chain->ledger);
    const mm_err err = ledger_state_root(view, &chain->arena, &root, &nodes, &changes);
    ledger_release(view);
    MM_TRY(err);
    MM_TRY(encode_edits(chain, &encoded, chain->edits, chain->edit_count));
    return ledger_set_edits(chain->ledger, encoded, &changes);
}

bool chain_may_edit(const struct edit *edit)
{
    if (edit->kind == EDIT_SENDER) /* of a transaction: the chain adds them itself */
        return false;
    if (edit->kind == EDIT_GAS_LIMIT)
        return u256_fits_u64(&edit->value) && edit->value.limb[0] >= HEADER_GAS_LIMIT_MIN &&
               edit->value.limb[0] <= INT64_MAX;
    return edit->kind != EDIT_SLOT || !mm_addr_equal(&edit->addr, &CHAIN_VALIDATORS_ADDR);
}

mm_err chain_edit(struct chain *chain, const struct edit *edits, size_t count)
{
    struct edit *grown = mm_heap_resize(chain->edits, (chain->edit_count + count) * sizeof *grown);
    if (grown == NULL)
        return MM_ERR_NO_MEMORY;
    chain->edits = grown;
    memcpy(chain->edits + chain->edit_count, edits, count * sizeof *edits);
    chain->edit_count += count;
    return publish_edits(chain);
}

mm_err chain_load_edits(struct chain *chain)
{
    mm_bytes encoded;
    const struct edit *edits = NULL;
    size_t count = 0;
    mm_heap_free(chain->edits);
    chain->edits = NULL;
    chain->edit_count = 0;
    MM_TRY(ledger_waiting_edits(chain->ledger, &chain->arena, &encoded));
    if (encoded.len == 0)
        return MM_OK;
    MM_TRY(edits_decode(&chain->arena, &edits, &count, encoded));
    chain->edits = mm_heap_alloc(count * sizeof *edits);
    if (chain->edits == NULL)
        return MM_ERR_NO_MEMORY;
    memcpy(chain->edits, edits, count * sizeof *edits);
    chain->edit_count = count;
    return publish_edits(chain);
}
