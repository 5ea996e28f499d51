/* A block from outside: by its bytes, its header, its certificate where it has one, and its execution. */
#include "node/import/candidate.h"
#include "node/import/chain_internal.h"
#include "state/trie/ordered.h"

static void refuse(struct block_refusal *refusal, enum block_verdict verdict)
{
    refusal->verdict = verdict;
}

static mm_err decode(struct chain *chain, struct block *block, struct block_refusal *refusal,
                     mm_bytes encoded)
{
    struct block_problem problem;
    mm_arena_reset(&chain->arena);
    if (block_decode(&chain->arena, block, encoded, &problem))
        return MM_OK;
    if (problem.rlp == RLP_OK && problem.tx == TX_NO_MEMORY)
        return MM_ERR_NO_MEMORY;
    refuse(refusal, problem.rlp == RLP_OK ? BLOCK_TX : BLOCK_ENCODING);
    refusal->rlp = problem.rlp;
    refusal->tx = problem.tx;
    refusal->tx_index = problem.tx_index;
    return MM_OK;
}

/* What can be said without executing it. */
static bool check_outside(const struct chain *chain, struct ledger_view *view,
                          const struct block *block, struct block_refusal *refusal)
{
    refusal->header =
        header_check(&block->header, ledger_head_header(view), ledger_head_hash(view));
    if (refusal->header != HEADER_OK)
        refuse(refusal, BLOCK_HEADER);
    else if (!block_has_only_txs(block))
        refuse(refusal, BLOCK_BODY);
    else if (!validators_has(&chain->validators, &block->header.coinbase))
        refuse(refusal, BLOCK_COINBASE);
    return refusal->verdict == BLOCK_OK;
}

/* The header's hash does not cover the body that came with it, but for the transactions root. */
static bool has_these_txs(const struct chain_candidate *candidate, const struct block *block)
{
    const struct block_result *result = &candidate->executed.result;
    if (result->tx_count != block->tx_count)
        return false;
    for (size_t i = 0; i < block->tx_count; i++) {
        if (!mm_hash_equal(&result->txs[i].hash, &block->txs[i].hash))
            return false;
    }
    return true;
}

/* Nor is it executed before that is certain: whoever passes a block on could give it ever other bodies, and the one who signed the
 * header would be to blame. A decided block comes by way of p2p/sync, which looks at that. */
static mm_err check_body(struct mm_arena *arena, struct block_refusal *refusal,
                         const struct block *block)
{
    mm_hash32 root;
    mm_bytes *items = MM_ARENA_ARRAY(arena, mm_bytes, block->tx_count);
    if (items == NULL)
        return MM_ERR_NO_MEMORY;
    for (size_t i = 0; i < block->tx_count; i++)
        items[i] = block->txs[i].raw;
    MM_TRY(trie_ordered_root(arena, &root, items, block->tx_count));
    if (!mm_hash_equal(&root, &block->header.tx_root))
        refuse(refusal, BLOCK_TX_ROOT);
    return MM_OK;
}

static mm_err execute(struct chain *chain, struct ledger_view *view,
                      struct chain_candidate *candidate, struct block_refusal *refusal,
                      const struct block *block)
{
    struct execution execution = { .natives = chain->natives,
                                   .view = view,
                                   .senders = &chain->senders,
                                   .arena = &candidate->arena };
    MM_TRY(chain_execute_block(&candidate->executed, refusal, &execution, block));
    refusal->is_executed = refusal->verdict != BLOCK_OK;
    if (refusal->is_executed)
        return MM_OK;
    candidate->hash = block->hash;
    return chain_own_txs(candidate);
}

/* The candidate that it is, or becomes. */
static mm_err find_or_execute(struct chain *chain, struct ledger_view *view,
                              struct chain_candidate **out, struct block_refusal *refusal,
                              const struct block *block, bool is_decided)
{
    struct chain_candidate *candidate = chain_find_candidate(chain, &block->hash);
    if (candidate != NULL) {
        if (has_these_txs(candidate, block))
            *out = candidate;
        else
            refuse(refusal, BLOCK_TX_ROOT);
        return MM_OK;
    }
    candidate = chain_free_place(chain);
    if (!is_decided)
        MM_TRY(check_body(&candidate->arena, refusal, block));
    if (refusal->verdict == BLOCK_OK)
        MM_TRY(execute(chain, view, candidate, refusal, block));
    if (refusal->verdict != BLOCK_OK)
        return MM_OK;
    chain_keep_candidate(chain, candidate);
    *out = candidate;
    return MM_OK;
}

mm_err chain_verify_on(struct chain *chain, struct ledger_view *view, struct chain_candidate **out,
                       struct block_refusal *refusal, mm_bytes encoded,
                       const struct certificate *certificate)
{
    struct block block;
    *out = NULL;
    *refusal = (struct block_refusal){ .verdict = BLOCK_OK };
    if (chain_is_edited(chain)) {
        refuse(refusal, BLOCK_EDITED);
        return MM_OK;
    }
    MM_TRY(decode(chain, &block, refusal, encoded));
    if (refusal->verdict != BLOCK_OK || !check_outside(chain, view, &block, refusal))
        return MM_OK;
    if (certificate != NULL)
        refusal->certificate =
            chain_check_certificate(chain, certificate, &block.header, &block.hash);
    if (refusal->certificate != CERTIFICATE_OK) {
        refuse(refusal, BLOCK_CERTIFICATE);
        return MM_OK;
    }
    return find_or_execute(chain, view, out, refusal, &block, certificate != NULL);
}

mm_err chain_verify(struct chain *chain, struct chain_candidate **candidate,
                    struct block_refusal *refusal, mm_bytes encoded)
{
    struct ledger_view *view = ledger_acquire(chain->ledger);
    const mm_err err = chain_verify_on(chain, view, candidate, refusal, encoded, NULL);
    ledger_release(view);
    return err;
}
