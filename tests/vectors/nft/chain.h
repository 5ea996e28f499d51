/* A chain of the smallest kind: a state in memory and blocks of as many transactions as the caller likes, with no headers. */
#ifndef TESTS_VECTORS_NFT_CHAIN_H
#define TESTS_VECTORS_NFT_CHAIN_H

#include "state/codec/json.h"
#include "tests/lib/memory_state.h"

struct chain {
    struct memory_state state;
    struct exec_view view;
    struct mm_arena arena; /* of the block in work */
    struct exec *exec;     /* NULL between blocks */
};

/* Genesis: funded accounts and one native account set up from its object. Ends the program when that is refused. */
void chain_init(struct chain *chain, const mm_addr *funded, size_t count, const mm_addr *contract,
                const struct json *native);
void chain_fini(struct chain *chain);

/* As eth_sendRawTransaction and eth_call; outputs live until the block is sealed. */
struct exec_outcome chain_transact(struct chain *chain, const struct exec_message *message);
struct exec_outcome chain_call(struct chain *chain, const struct exec_message *message);
/* Ends the block in work: storage roots, slots and proofs are those after it. */
void chain_seal(struct chain *chain);

#endif
