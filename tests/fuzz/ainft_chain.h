/* A chain for fuzz targets of the AINFT contracts: a factory, three people with funds, and short verbs to call by text. */
#ifndef TESTS_FUZZ_AINFT_CHAIN_H
#define TESTS_FUZZ_AINFT_CHAIN_H

#include "contracts-native/abi/dispatch.h"
#include "tests/lib/test_chain.h"

enum { AINFT_CHAIN_PEOPLE = 3, AINFT_CHAIN_GAS = 50000000 };

extern const mm_addr ainft_chain_people[AINFT_CHAIN_PEOPLE + 1]; /* the last one is nobody */

/* Bytes one by one; zeros behind the end. */
struct fuzz_input {
    const uint8_t *at;
    size_t left;
};
uint8_t fuzz_take(struct fuzz_input *in);

void ainft_chain_init(struct test_chain *chain, struct mm_arena *arena);

struct ainft_chain_made {
    mm_addr collection;
    mm_addr governor;
};
/* A collection of the first person, who governs it; votes begin a second after a proposal and take 100, half of all votes are a quorum,
 * what was decided waits for 50, the second person is guardian for 2000 seconds. */
struct ainft_chain_made ainft_chain_create(struct test_chain *chain, struct mm_arena *arena);

mm_bytes ainft_chain_calldata(struct mm_arena *arena, const char *text,
                              const struct abi_value *args);
/* A call and the transaction after it, which come out the same, gas as well; they end in success, revert or without gas. */
struct exec_outcome ainft_chain_transact(struct test_chain *chain,
                                         const struct exec_message *message);
/* The first word of a view, which succeeds. */
mm_u256 ainft_chain_ask(struct test_chain *chain, struct mm_arena *arena, const mm_addr *to,
                        const char *text, const struct abi_value *args);

#endif
