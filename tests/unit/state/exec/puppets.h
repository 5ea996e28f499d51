/* Contracts that do what a test tells them: a chain with three native accounts, each of which runs a function of the test's. */
#ifndef TESTS_UNIT_STATE_EXEC_PUPPETS_H
#define TESTS_UNIT_STATE_EXEC_PUPPETS_H

#include <criterion/criterion.h>

#include "state/exec/gas.h"
#include "state/exec/host.h"
#include "tests/lib/test_chain.h"

enum { PUPPETS = 3, TX_GAS = 21000, ENTRY_GAS = TX_GAS + GAS_DISPATCH };

/* RICH and OTHER are people with TEST_CHAIN_FUNDS; PUPPET[i] has 1000 wei, slot 1 is 5. */
extern const mm_addr RICH, OTHER, NOBODY, PUPPET[PUPPETS], COINBASE;

typedef enum exec_status (*puppet_fn)(struct host *host, mm_bytes input, mm_bytes *output);

struct stage {
    struct test_chain chain;
    struct exec_native items[PUPPETS];
    struct exec_natives natives;
    uint64_t gas_limit;                  /* of the next transactions */
    const struct tx_access *access_list; /* theirs, too */
    size_t access_count;
    uint64_t value;
};

/* NULL: reverts without data. */
void stage_init(struct stage *stage, puppet_fn first, puppet_fn second, puppet_fn third);
void stage_fini(struct stage *stage);
/* RICH calls the first puppet. */
struct exec_outcome stage_run(struct stage *stage);
/* The same, and the block is sealed after it. Logs and output of the outcome are gone. */
struct exec_outcome stage_seal(struct stage *stage);

mm_u256 stage_slot(struct stage *stage, const mm_addr *addr, uint64_t slot);
uint64_t stage_balance(struct stage *stage, const mm_addr *addr);

/* In a puppet. */
enum exec_status store(struct host *host, uint64_t slot, uint64_t value);
enum exec_status load(struct host *host, uint64_t slot, uint64_t *value);
enum exec_status call(struct host *host, enum exec_status *result, const mm_addr *to,
                      uint64_t value);

#endif
