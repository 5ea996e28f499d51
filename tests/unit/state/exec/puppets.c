#include "tests/unit/state/exec/puppets.h"

const mm_addr RICH = { { 0x11, [19] = 1 } };
const mm_addr OTHER = { { 0x22, [19] = 2 } };
const mm_addr NOBODY = { { 0x33, [19] = 3 } };
const mm_addr PUPPET[PUPPETS] = { { { 0xa0 } }, { { 0xa1 } }, { { 0xa2 } } };
const mm_addr COINBASE = { { 0xc0 } };

static enum exec_status no_setup(struct host *host, const struct json *native,
                                 struct mm_reason *reason)
{
    (void)host, (void)native, (void)reason;
    return EXEC_OK;
}

static enum exec_status refuse(struct host *host, mm_bytes input, mm_bytes *output)
{
    (void)host, (void)input, (void)output;
    return EXEC_REVERT;
}

void stage_init(struct stage *stage, puppet_fn first, puppet_fn second, puppet_fn third)
{
    static uint8_t markers[PUPPETS][EXEC_MARKER_BYTES];
    static const struct genesis_slot slot = { { { 1 } }, { { 5 } } };
    const puppet_fn calls[PUPPETS] = { first, second, third };
    struct genesis_account accounts[2 + PUPPETS] = {
        { .addr = RICH, .balance = TEST_CHAIN_FUNDS },
        { .addr = OTHER, .balance = TEST_CHAIN_FUNDS },
    };
    struct mm_reason reason = { "" };
    *stage = (struct stage){ .gas_limit = 1000000 };
    for (size_t i = 0; i < PUPPETS; i++) {
        stage->items[i] = (struct exec_native){ (uint8_t)(0x70 + i), 1, "puppet",
                                                calls[i] != NULL ? calls[i] : refuse, no_setup };
        exec_marker(markers[i], (uint8_t)(0x70 + i), 1);
        accounts[2 + i] = (struct genesis_account){ .addr = PUPPET[i],
                                                    .balance = u256_from_u64(1000),
                                                    .nonce = 1,
                                                    .code = MM_BYTES_OF(markers[i]),
                                                    .slots = &slot,
                                                    .slot_count = 1 };
    }
    stage->natives = (struct exec_natives){ stage->items, PUPPETS };
    cr_assert_eq(test_chain_init(&stage->chain, &stage->natives, accounts, 2 + PUPPETS, &reason),
                 MM_OK, "%s", reason.text);
}

void stage_fini(struct stage *stage)
{
    test_chain_fini(&stage->chain);
}

struct exec_outcome stage_run(struct stage *stage)
{
    const struct exec_message message = {
        .from = RICH,
        .to = PUPPET[0],
        .value = u256_from_u64(stage->value),
        .gas_limit = stage->gas_limit,
        .access_list = stage->access_list,
        .access_count = stage->access_count,
    };
    return test_chain_transact(&stage->chain, &message);
}

struct exec_outcome stage_seal(struct stage *stage)
{
    const struct exec_outcome outcome = stage_run(stage);
    test_chain_seal(&stage->chain);
    return outcome;
}

mm_u256 stage_slot(struct stage *stage, const mm_addr *addr, uint64_t slot)
{
    const mm_u256 number = u256_from_u64(slot);
    return memory_state_slot(&stage->chain.state, addr, &number);
}

uint64_t stage_balance(struct stage *stage, const mm_addr *addr)
{
    return memory_state_account(&stage->chain.state, addr).balance.limb[0];
}

enum exec_status store(struct host *host, uint64_t slot, uint64_t value)
{
    const mm_u256 number = u256_from_u64(slot);
    const mm_u256 word = u256_from_u64(value);
    return host_store(host, &number, &word);
}

enum exec_status load(struct host *host, uint64_t slot, uint64_t *value)
{
    const mm_u256 number = u256_from_u64(slot);
    mm_u256 word;
    const enum exec_status status = host_load(host, &word, &number);
    *value = word.limb[0];
    return status;
}

enum exec_status call(struct host *host, enum exec_status *result, const mm_addr *to,
                      uint64_t value)
{
    const mm_u256 wei = u256_from_u64(value);
    mm_bytes output;
    return host_call(host, result, &output, to, &wei, (mm_bytes){ NULL, 0 });
}
