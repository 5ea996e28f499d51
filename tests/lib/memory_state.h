/* A whole state in memory, for tests that run the executor: accounts, their slots, their storage tries.
 *
 *     exec_view ◄── memory_state ◄── memory_state_apply(changes of a block)
 *                       └─ an account: slots by hashed key, storage trie as a table of nodes
 *
 * What is there comes from exec_genesis or from blocks alone, so a test cannot make a state that the chain could not.
 * Lookups walk lists: for thousands of slots, not millions. */
#ifndef TESTS_LIB_MEMORY_STATE_H
#define TESTS_LIB_MEMORY_STATE_H

#include "state/exec/transition.h"
#include "state/trie/proof.h"

struct memory_account;

struct memory_state {
    struct memory_account *accounts; /* owned list */
};

void memory_state_fini(struct memory_state *state);
struct exec_view memory_state_view(struct memory_state *state);

/* Takes over what a block did; storage roots follow. */
void memory_state_apply(struct memory_state *state, const struct exec_changes *changes);

/* As eth_getProof, eth_getStorageAt and eth_getTransactionCount see an account. */
mm_hash32 memory_state_storage_root(const struct memory_state *state, const mm_addr *addr);
mm_u256 memory_state_slot(const struct memory_state *state, const mm_addr *addr,
                          const mm_u256 *slot);
struct account memory_state_account(const struct memory_state *state, const mm_addr *addr);
mm_err memory_state_prove(const struct memory_state *state, struct mm_arena *arena,
                          struct trie_proof *proof, const mm_addr *addr, const mm_u256 *slot);

#endif
