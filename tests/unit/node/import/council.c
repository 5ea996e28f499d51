#include "tests/unit/node/import/council.h"

#include <criterion/criterion.h>

void council_begin(struct council *council, enum dev_store store)
{
    for (size_t i = 0; i < MM_COUNT_OF(council->nodes); i++)
        dev_chain_init_council(&council->nodes[i], store, COUNCIL, i);
}

void council_end(struct council *council)
{
    for (size_t i = 0; i < MM_COUNT_OF(council->nodes); i++)
        dev_chain_fini(&council->nodes[i]);
}

struct chain_candidate *council_build(struct dev_chain *node)
{
    struct chain_candidate *candidate = NULL;
    const struct chain_proposal proposal = { .timestamp = COUNCIL_TIME,
                                             .source = dev_chain_source(node) };
    cr_assert_eq(chain_build(node->chain, &candidate, &proposal), MM_OK);
    cr_assert_eq(chain_candidate_tx_count(candidate), node->pending_count);
    dev_chain_sent(node);
    return candidate;
}

struct chain_candidate *council_build_some(struct dev_chain *node)
{
    const mm_addr newcomer = { { 0xaa } };
    dev_chain_mint(node, 0, 1);
    dev_chain_pay(node, 2, 3, 1000);
    dev_chain_vote(node, 1, &newcomer, true);
    dev_chain_mint(node, 0, 4);
    return council_build(node);
}

void council_commit(struct dev_chain *node, struct chain_candidate *candidate)
{
    const struct certificate certificate =
        dev_chain_certificate(node, chain_candidate_header(candidate));
    cr_assert_eq(chain_commit(node->chain, candidate, &certificate, NULL, 0), MM_OK);
    dev_chain_read_nonces(node);
}

mm_bytes council_encoded(struct chain_candidate *candidate)
{
    mm_bytes encoded;
    cr_assert_eq(chain_candidate_encoded(candidate, &encoded), MM_OK);
    return encoded;
}

struct chain_candidate *council_verify(struct dev_chain *node, struct block_refusal *refusal,
                                       mm_bytes encoded)
{
    struct chain_candidate *candidate = NULL;
    cr_assert_eq(chain_verify(node->chain, &candidate, refusal, encoded), MM_OK);
    cr_assert_eq(candidate == NULL, refusal->verdict != BLOCK_OK);
    return candidate;
}

uint64_t council_head(const struct dev_chain *node, mm_hash32 *hash)
{
    struct ledger_view *view = ledger_acquire(chain_ledger(node->chain));
    const uint64_t number = ledger_head(view);
    *hash = *ledger_head_hash(view);
    ledger_release(view);
    return number;
}
