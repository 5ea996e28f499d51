#include "tests/lib/test_chain.h"

#include <stdlib.h>

#include "state/base/assert.h"

#define ARENA_BYTES_MAX ((size_t)1 << 30)

const mm_u256 TEST_CHAIN_FUNDS = { { 0, 1 << 20, 0, 0 } };

static const struct exec_block first_block = {
    .number = 1,
    .timestamp = 1700000000,
    .gas_limit = TEST_CHAIN_BLOCK_GAS,
    .base_fee = { { 1000000000 } },
    .coinbase = { { 0xc0 } },
    .chain_id = 31337,
};

static int by_addr(const void *a, const void *b)
{
    const struct genesis_account *first = a;
    const struct genesis_account *second = b;
    return memcmp(first->addr.b, second->addr.b, sizeof first->addr.b);
}

mm_err test_chain_init(struct test_chain *chain, const struct exec_natives *natives,
                       const struct genesis_account *accounts, size_t count,
                       struct mm_reason *reason)
{
    struct genesis_account sorted[TEST_CHAIN_ACCOUNTS_MAX];
    struct exec_changes changes;
    MM_ASSERT(count <= TEST_CHAIN_ACCOUNTS_MAX);
    *chain = (struct test_chain){ .natives = natives, .block = first_block };
    mm_arena_init(&chain->arena, ARENA_BYTES_MAX);
    chain->view = memory_state_view(&chain->state);
    memcpy(sorted, accounts, count * sizeof *accounts);
    qsort(sorted, count, sizeof *sorted, by_addr);
    const struct genesis genesis = { .chain_id = first_block.chain_id,
                                     .gas_limit = first_block.gas_limit,
                                     .accounts = sorted,
                                     .account_count = count };
    MM_TRY(exec_genesis(&chain->arena, &changes, &genesis, natives, reason));
    memory_state_apply(&chain->state, &changes);
    mm_arena_reset(&chain->arena);
    return MM_OK;
}

void test_chain_fini(struct test_chain *chain)
{
    memory_state_fini(&chain->state);
    mm_arena_fini(&chain->arena);
}

static void open_block(struct test_chain *chain)
{
    if (chain->exec == NULL)
        MM_ASSERT(exec_new(&chain->arena, &chain->exec, &chain->view, chain->natives,
                           &chain->block) == MM_OK);
}

struct exec_outcome test_chain_call(struct test_chain *chain, const struct exec_message *message)
{
    struct exec_outcome outcome;
    open_block(chain);
    MM_ASSERT(exec_call(chain->exec, &outcome, message) == MM_OK);
    return outcome;
}

struct exec_outcome test_chain_transact(struct test_chain *chain,
                                        const struct exec_message *message)
{
    struct exec_outcome outcome;
    struct tx tx = {
        .type = TX_DYNAMIC_FEE,
        .has_chain_id = true,
        .chain_id = u256_from_u64(chain->block.chain_id),
        .nonce = memory_state_account(&chain->state, &message->from).nonce,
        .max_fee = u256_from_u64(2000000000),
        .priority_fee = u256_from_u64(1000000000),
        .gas_limit = message->gas_limit,
        .to = message->to,
        .value = message->value,
        .data = message->input,
        .access_list = message->access_list,
        .access_count = message->access_count,
        .sender = message->from,
    };
    open_block(chain);
    /* The sender may have sent in this block already: the executor says so. */
    for (;; tx.nonce++) {
        MM_ASSERT(exec_transact(chain->exec, &outcome, &tx, chain->block.gas_limit) == MM_OK);
        if (outcome.verdict != TX_NONCE_TOO_LOW)
            return outcome;
    }
}

void test_chain_edit(struct test_chain *chain, const struct edit *edit)
{
    test_chain_seal(chain); /* edits come before a block's first transaction */
    open_block(chain);
    MM_ASSERT(exec_apply_edits(chain->exec, edit, 1) == MM_OK);
    test_chain_seal(chain);
}

void test_chain_seal(struct test_chain *chain)
{
    struct exec_changes changes;
    if (chain->exec == NULL)
        return;
    MM_ASSERT(exec_changes(chain->exec, &changes) == MM_OK);
    memory_state_apply(&chain->state, &changes);
    chain->exec = NULL;
    mm_arena_reset(&chain->arena);
}

void test_chain_next(struct test_chain *chain, uint64_t seconds)
{
    test_chain_seal(chain);
    chain->block.number++;
    chain->block.timestamp += seconds;
}
