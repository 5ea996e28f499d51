/* A chain of the smallest kind, for tests that run the executor: a state in memory and blocks of as many transactions as the test
 * likes, without headers. The executor, the natives and the tries are the real ones.
 *
 *     test_chain_init(genesis) ─► test_chain_transact … test_chain_call … ─► test_chain_seal ─► roots, slots, proofs
 */
#ifndef TESTS_LIB_TEST_CHAIN_H
#define TESTS_LIB_TEST_CHAIN_H

#include "state/exec/edits.h"
#include "state/exec/genesis_run.h"
#include "tests/lib/memory_state.h"

struct test_chain {
    struct memory_state state;
    struct exec_view view;
    const struct exec_natives *natives; /* borrowed */
    struct mm_arena arena;              /* of the block in work */
    struct exec *exec;                  /* NULL between blocks */
    struct exec_block block; /* of the block in work; stays the same until test_chain_next */
};

enum { TEST_CHAIN_ACCOUNTS_MAX = 32, TEST_CHAIN_BLOCK_GAS = 1000000000 };

/* What a funded account has: 2^84 wei. */
extern const mm_u256 TEST_CHAIN_FUNDS;

/* Genesis with these accounts, in any order. Whatever it gives, test_chain_fini releases. */
MM_MUST_USE mm_err test_chain_init(struct test_chain *chain, const struct exec_natives *natives,
                                   const struct genesis_account *accounts, size_t count,
                                   struct mm_reason *reason);
void test_chain_fini(struct test_chain *chain);

/* As eth_sendRawTransaction and eth_call; outputs live until the block is sealed. */
struct exec_outcome test_chain_transact(struct test_chain *chain,
                                        const struct exec_message *message);
struct exec_outcome test_chain_call(struct test_chain *chain, const struct exec_message *message);
/* As hardhat_setStorageAt and its kin. */
void test_chain_edit(struct test_chain *chain, const struct edit *edit);
/* Ends the block in work: storage roots, slots and proofs are those after it. */
void test_chain_seal(struct test_chain *chain);
/* Ends it, and the next one has the next number and is so much later. */
void test_chain_next(struct test_chain *chain, uint64_t seconds);

#endif
