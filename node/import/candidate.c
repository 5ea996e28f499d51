/* Candidates: making, finding, dropping and committing them. */
#include "node/import/candidate.h"

#include "node/import/chain_internal.h"
#include "state/base/assert.h"

enum { ARENA_MAX = 1 << 30 };

/* ---- places ---- */

void chain_candidates_init(struct chain *chain)
{
    for (size_t i = 0; i < MM_COUNT_OF(chain->candidates); i++)
        mm_arena_init(&chain->candidates[i].arena, ARENA_MAX);
}

void chain_candidates_fini(struct chain *chain)
{
    for (size_t i = 0; i < MM_COUNT_OF(chain->candidates); i++)
        mm_arena_fini(&chain->candidates[i].arena);
}

static size_t place_of(const struct chain *chain, const struct chain_candidate *candidate)
{
    const size_t place = (size_t)(candidate - chain->candidates);
    MM_ASSERT(place < MM_COUNT_OF(chain->candidates));
    return place;
}

void chain_drop(struct chain *chain, struct chain_candidate *candidate)
{
    candidate->age = 0;
    /* A chain that seals alone uses the first place again and again; what the others took is given back. */
    if (place_of(chain, candidate) == 0)
        mm_arena_reset(&candidate->arena);
    else
        mm_arena_fini(&candidate->arena);
}

void chain_drop_all(struct chain *chain)
{
    for (size_t i = 0; i < MM_COUNT_OF(chain->candidates); i++) {
        if (chain->candidates[i].age > 0)
            chain_drop(chain, &chain->candidates[i]);
    }
}

struct chain_candidate *chain_free_place(struct chain *chain)
{
    struct chain_candidate *candidate = chain->candidates;
    while (candidate->age > 0)
        candidate++;
    (void)place_of(chain, candidate); /* one place more than there are candidates */
    mm_arena_reset(&candidate->arena);
    candidate->encoded = (mm_bytes){ NULL, 0 };
    return candidate;
}

void chain_keep_candidate(struct chain *chain, struct chain_candidate *candidate)
{
    struct chain_candidate *oldest = NULL;
    size_t count = 0;
    for (size_t i = 0; i < MM_COUNT_OF(chain->candidates); i++) {
        struct chain_candidate *other = &chain->candidates[i];
        if (other->age == 0)
            continue;
        count++;
        if (oldest == NULL || other->age < oldest->age)
            oldest = other;
    }
    if (count == CHAIN_CANDIDATES_MAX)
        chain_drop(chain, oldest);
    candidate->age = ++chain->candidates_made;
    if (!candidate->executed.has_new_validators)
        candidate->executed.validators = chain->validators;
}

mm_err chain_own_txs(struct chain_candidate *candidate)
{
    struct block_result *result = &candidate->executed.result;
    struct tx *txs = mm_arena_alloc(&candidate->arena, result->tx_count * sizeof *txs);
    if (txs == NULL)
        return MM_ERR_NO_MEMORY;
    for (size_t i = 0; i < result->tx_count; i++) {
        txs[i] = result->txs[i];
        MM_TRY(mm_arena_copy(&candidate->arena, &txs[i].raw, result->txs[i].raw));
        txs[i].data = (mm_bytes){ NULL, 0 };
        txs[i].access_list = NULL;
        txs[i].access_count = 0;
        txs[i].blob_hashes = NULL;
        txs[i].blob_count = 0;
        txs[i].authorizations = NULL;
        txs[i].authorization_count = 0;
    }
    result->txs = txs;
    return MM_OK;
}

/* ---- looking ---- */

struct chain_candidate *chain_find_candidate(struct chain *chain, const mm_hash32 *hash)
{
    for (size_t i = 0; i < MM_COUNT_OF(chain->candidates); i++) {
        struct chain_candidate *candidate = &chain->candidates[i];
        if (candidate->age > 0 && mm_hash_equal(&candidate->hash, hash))
            return candidate;
    }
    return NULL;
}

const struct header *chain_candidate_header(const struct chain_candidate *candidate)
{
    return &candidate->executed.result.header;
}

const mm_hash32 *chain_candidate_hash(const struct chain_candidate *candidate)
{
    return &candidate->hash;
}

size_t chain_candidate_tx_count(const struct chain_candidate *candidate)
{
    return candidate->executed.result.tx_count;
}

const struct validator_set *chain_candidate_validators(const struct chain_candidate *candidate)
{
    return &candidate->executed.validators;
}

mm_err chain_candidate_encoded(struct chain_candidate *candidate, mm_bytes *encoded)
{
    const struct block_result *result = &candidate->executed.result;
    *encoded = candidate->encoded;
    if (encoded->len > 0)
        return MM_OK;
    struct mm_buf buf;
    mm_buf_init(&buf, MM_BLOCK_BYTES_MAX);
    block_encode(&buf, &result->header, result->txs, result->tx_count);
    mm_err err = mm_buf_err(&buf);
    if (err == MM_OK)
        err = mm_arena_copy(&candidate->arena, &candidate->encoded, mm_buf_bytes(&buf));
    mm_buf_fini(&buf);
    *encoded = candidate->encoded;
    return err;
}

/* ---- building ---- */

struct offered {
    struct chain_source source;
    size_t txs_max;
    mm_u256 chain_id;
};

static mm_err offer_source(void *ctx, struct block_run *run)
{
    const struct offered *offered = ctx;
    const struct chain_source *source = &offered->source;
    const struct tx *tx;
    size_t included = 0;
    while (included < offered->txs_max && (tx = source->next(source->ctx)) != NULL) {
        struct exec_outcome outcome = { .verdict = TX_WRONG_CHAIN };
        /* It was checked when it was sent, and dev control may have said otherwise since. */
        if (u256_equal(&tx->chain_id, &offered->chain_id))
            MM_TRY(block_run_add(run, &outcome, tx));
        included += outcome.verdict == TX_OK;
        source->tried(source->ctx, tx, outcome.verdict);
    }
    return MM_OK;
}

static mm_err build_on(struct chain *chain, struct ledger_view *view,
                       struct chain_candidate *candidate, const struct chain_proposal *proposal)
{
    const struct header *parent = ledger_head_header(view);
    const uint64_t chain_id = chain_tx_chain_id(chain);
    struct offered offered = { proposal->source,
                               proposal->txs_max == 0 ? SIZE_MAX : proposal->txs_max,
                               u256_from_u64(chain_id) };
    const struct execution execution = {
        .natives = chain->natives,
        .view = view,
        .arena = &candidate->arena,
        .chain_id = chain_id,
        .timestamp =
            proposal->timestamp > parent->timestamp ? proposal->timestamp : parent->timestamp,
        .gas_limit = proposal->gas_limit == 0 ? parent->gas_limit : proposal->gas_limit,
        .coinbase =
            proposal->coinbase != NULL ? *proposal->coinbase : secp_secret_addr(chain->sealer),
        .edits = chain->edits,
        .edit_count = chain->edit_count,
        .skip_empty = proposal->skip_empty,
        .offer = offer_source,
        .ctx = &offered,
    };
    MM_TRY(chain_execute(&candidate->executed, &execution));
    const struct header *header = &candidate->executed.result.header;
    const struct header_overrides overrides = edits_overrides(chain->edits, chain->edit_count);
    MM_DCHECK(header_check_with(header, parent, ledger_head_hash(view), &overrides) == HEADER_OK);
    (void)overrides;
    candidate->hash = header_hash(header);
    return MM_OK;
}

static mm_err build(struct chain *chain, struct chain_candidate *candidate,
                    const struct chain_proposal *proposal)
{
    struct ledger_view *view = ledger_acquire(chain->ledger);
    const mm_err err = build_on(chain, view, candidate, proposal);
    ledger_release(view);
    MM_TRY(err);
    return chain_own_txs(candidate);
}

mm_err chain_build(struct chain *chain, struct chain_candidate **out,
                   const struct chain_proposal *proposal)
{
    MM_ASSERT(chain->sealer != NULL || proposal->coinbase != NULL);
    *out = NULL;
    struct chain_candidate *candidate = chain_free_place(chain);
    MM_TRY(build(chain, candidate, proposal));
    chain_keep_candidate(chain, candidate);
    *out = candidate;
    return MM_OK;
}

/* ---- committing ---- */

struct ledger_block chain_ledger_block(const struct chain_candidate *candidate,
                                       const struct certificate *certificate)
{
    const struct block_result *result = &candidate->executed.result;
    return (struct ledger_block){
        .header = &result->header,
        .hash = candidate->hash,
        .txs = result->txs,
        .results = result->results,
        .tx_count = result->tx_count,
        .certificate = certificate,
        .changes = &result->changes,
        .nodes = candidate->executed.nodes,
    };
}

enum certificate_verdict chain_check_certificate(const struct chain *chain,
                                                 const struct certificate *certificate,
                                                 const struct header *header, const mm_hash32 *hash)
{
    const struct seal_domain domain = chain_seal_domain(chain);
    const mm_hash32 commitment = validators_commitment(&chain->validators);
    return certificate_check(certificate, &domain, &chain->validators, &commitment, header->number,
                             hash);
}

static bool follows_head(const struct chain *chain, const struct chain_candidate *candidate)
{
    struct ledger_view *view = ledger_acquire(chain->ledger);
    const bool follows =
        mm_hash_equal(&candidate->executed.result.header.parent_hash, ledger_head_hash(view));
    ledger_release(view);
    return follows;
}

void chain_committed(struct chain *chain, const struct chain_candidate *candidate)
{
    chain->edit_count = 0;
    if (candidate->executed.has_new_validators)
        chain->validators = candidate->executed.validators;
    chain_drop_all(chain);
}

static void tell_mined(const struct chain *chain, const struct block_result *result)
{
    const struct chain_senders *known = &chain->senders;
    if (known->mined == NULL)
        return;
    for (size_t i = 0; i < result->tx_count; i++) {
        const struct tx *tx = &result->txs[i];
        if (i + 1 == result->tx_count || !mm_addr_equal(&tx->sender, &tx[1].sender))
            known->mined(known->ctx, &tx->sender, tx->nonce + 1);
    }
}

mm_err chain_commit(struct chain *chain, struct chain_candidate *candidate,
                    const struct certificate *certificate, const struct ledger_note *notes,
                    size_t note_count)
{
    struct ledger_block block = chain_ledger_block(candidate, certificate);
    MM_ASSERT(candidate->age > 0 && follows_head(chain, candidate));
    MM_DCHECK(chain_check_certificate(chain, certificate, block.header, &block.hash) ==
              CERTIFICATE_OK);
    block.notes = notes;
    block.note_count = note_count;
    MM_TRY(chain_encode_edits(chain, &candidate->arena, &block.edits, &candidate->executed.result));
    MM_TRY(ledger_store(chain->ledger, &block));
    MM_TRY(ledger_apply(chain->ledger, &block));
    tell_mined(chain, &candidate->executed.result);
    chain_committed(chain, candidate);
    return MM_OK;
}
