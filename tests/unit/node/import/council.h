/* Chains of several validators side by side, for tests of candidates and of import: each is one node's, over a store of its own. */
#ifndef TESTS_UNIT_NODE_IMPORT_COUNCIL_H
#define TESTS_UNIT_NODE_IMPORT_COUNCIL_H

#include "node/import/candidate.h"
#include "tests/lib/dev_chain.h"

enum { COUNCIL = 4, COUNCIL_TIME = 1800000000 };

/* Two of four validators' nodes. */
struct council {
    struct dev_chain nodes[2];
};

void council_begin(struct council *council, enum dev_store store);
void council_end(struct council *council);

/* What is pending at the node, as a candidate of its own. */
struct chain_candidate *council_build(struct dev_chain *node);
/* Mints, payments and a vote, and the candidate with them. */
struct chain_candidate *council_build_some(struct dev_chain *node);
/* With the seals of a quorum. */
void council_commit(struct dev_chain *node, struct chain_candidate *candidate);
/* As it travels. */
mm_bytes council_encoded(struct chain_candidate *candidate);
/* Verified by the node; NULL when refused. */
struct chain_candidate *council_verify(struct dev_chain *node, struct block_refusal *refusal,
                                       mm_bytes encoded);
uint64_t council_head(const struct dev_chain *node, mm_hash32 *hash);

#endif
