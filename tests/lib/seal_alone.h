/* The next block of a chain that one validator seals, without the consensus machine: for fixtures and figures.
 * MM_ERR_BUSY, and nothing happened: the chain does not seal alone. MM_ERR_NOT_FOUND as chain_build. */
#ifndef TESTS_LIB_SEAL_ALONE_H
#define TESTS_LIB_SEAL_ALONE_H

#include "node/import/candidate.h"

MM_MUST_USE mm_err seal_alone(struct chain *chain, struct chain_block *block,
                              const struct chain_proposal *proposal);

#endif
