#include "tests/vectors/nft/chain.h"

#include <stdio.h>
#include <stdlib.h>

#include "contracts-native/natives/natives.h"
#include "state/base/assert.h"
#include "state/exec/genesis_run.h"

enum { ACCOUNTS_MAX = 16 };

#define ARENA_BYTES_MAX ((size_t)1 << 30)
#define GAS_LIMIT 1000000000u

static const struct exec_block block = {
    .number = 1,
    .timestamp = 1700000000,
    .gas_limit = GAS_LIMIT,
    .base_fee = { { 1000000000 } },
    .coinbase = { { 0xc0 } },
    .chain_id = 31337,
};

static const mm_u256 funds = { { 0, 1 << 20, 0, 0 } }; /* wei; 2^84 */

static int by_addr(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(mm_addr));
}

void chain_init(struct chain *chain, const mm_addr *funded, size_t count, const mm_addr *contract,
                const struct json *native)
{
    struct genesis_account accounts[ACCOUNTS_MAX] = { 0 };
    struct mm_reason reason = { "" };
    struct exec_changes changes;
    MM_ASSERT(count < ACCOUNTS_MAX);
    *chain = (struct chain){ 0 };
    mm_arena_init(&chain->arena, ARENA_BYTES_MAX);
    chain->view = memory_state_view(&chain->state);
    for (size_t i = 0; i < count; i++)
        accounts[i] = (struct genesis_account){ .addr = funded[i], .balance = funds };
    accounts[count] = (struct genesis_account){ .addr = *contract, .native = native };
    qsort(accounts, count + 1, sizeof *accounts, by_addr); /* addr is the first member */
    const struct genesis genesis = { .chain_id = block.chain_id,
                                     .gas_limit = GAS_LIMIT,
                                     .accounts = accounts,
                                     .account_count = count + 1 };
    if (exec_genesis(&chain->arena, &changes, &genesis, natives_all(), &reason) != MM_OK) {
        (void)fprintf(stderr, "genesis: %s\n", reason.text);
        abort();
    }
    memory_state_apply(&chain->state, &changes);
    mm_arena_reset(&chain->arena);
}

void chain_fini(struct chain *chain)
{
    memory_state_fini(&chain->state);
    mm_arena_fini(&chain->arena);
}

static void open_block(struct chain *chain)
{
    if (chain->exec == NULL)
        MM_ASSERT(exec_new(&chain->arena, &chain->exec, &chain->view, natives_all(), &block) ==
                  MM_OK);
}

struct exec_outcome chain_call(struct chain *chain, const struct exec_message *message)
{
    struct exec_outcome outcome;
    open_block(chain);
    MM_ASSERT(exec_call(chain->exec, &outcome, message) == MM_OK);
    return outcome;
}

/* The executor tells the nonce it wants: too low until it is right. */
static uint64_t next_nonce(struct chain *chain, const mm_addr *sender)
{
    uint64_t nonce = memory_state_account(&chain->state, sender).nonce;
    struct exec_outcome outcome;
    for (;; nonce++) {
        const struct tx probe = { .nonce = nonce, .sender = *sender, .gas_limit = UINT64_MAX };
        MM_ASSERT(exec_transact(chain->exec, &outcome, &probe, UINT64_MAX) == MM_OK);
        if (outcome.verdict != TX_NONCE_TOO_LOW)
            return nonce;
    }
}

struct exec_outcome chain_transact(struct chain *chain, const struct exec_message *message)
{
    struct exec_outcome outcome;
    open_block(chain);
    const struct tx tx = {
        .type = TX_DYNAMIC_FEE,
        .has_chain_id = true,
        .chain_id = u256_from_u64(block.chain_id),
        .nonce = next_nonce(chain, &message->from),
        .max_fee = u256_from_u64(2000000000),
        .priority_fee = u256_from_u64(1000000000),
        .gas_limit = message->gas_limit,
        .to = message->to,
        .value = message->value,
        .data = message->input,
        .sender = message->from,
    };
    MM_ASSERT(exec_transact(chain->exec, &outcome, &tx, block.gas_limit) == MM_OK);
    return outcome;
}

void chain_seal(struct chain *chain)
{
    struct exec_changes changes;
    if (chain->exec == NULL)
        return;
    MM_ASSERT(exec_changes(chain->exec, &changes) == MM_OK);
    memory_state_apply(&chain->state, &changes);
    chain->exec = NULL;
    mm_arena_reset(&chain->arena);
}
