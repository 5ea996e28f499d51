#include "tests/fuzz/ainft_chain.h"

#include "contracts-native/natives/natives.h"
#include "state/base/assert.h"

const mm_addr ainft_chain_people[AINFT_CHAIN_PEOPLE + 1] = {
    { { 1 } }, { { 2 } }, { { 3 } }, { { 0 } }
};

static const mm_addr factory = { { 0x6d, [19] = 0xf7 } };

uint8_t fuzz_take(struct fuzz_input *in)
{
    if (in->left == 0)
        return 0;
    in->left--;
    return *in->at++;
}

void ainft_chain_init(struct test_chain *chain, struct mm_arena *arena)
{
    struct json native;
    struct mm_reason reason;
    struct genesis_account accounts[AINFT_CHAIN_PEOPLE + 1] = { 0 };
    MM_ASSERT(json_parse(arena, &native, MM_BYTES_LIT("{\"contract\":\"ainft-factory\"}"), NULL,
                         NULL) == JSON_OK);
    for (size_t i = 0; i < AINFT_CHAIN_PEOPLE; i++)
        accounts[i] =
            (struct genesis_account){ .addr = ainft_chain_people[i], .balance = TEST_CHAIN_FUNDS };
    accounts[AINFT_CHAIN_PEOPLE] = (struct genesis_account){ .addr = factory, .native = &native };
    MM_ASSERT(test_chain_init(chain, natives_all(), accounts, MM_COUNT_OF(accounts), &reason) ==
              MM_OK);
}

struct ainft_chain_made ainft_chain_create(struct test_chain *chain, struct mm_arena *arena)
{
    enum { PERIOD = 100, QUORUM = 50, TIMELOCK = 50, TERM = 2000 };
    const struct abi_value empty = abi_bytes((mm_bytes){ 0 });
    const struct exec_message message = {
        .from = ainft_chain_people[0],
        .to = factory,
        .gas_limit = AINFT_CHAIN_GAS,
        .input = ainft_chain_calldata(
            arena,
            "createCollection((string,string,string,address,string,string,uint256,uint48,uint32,"
            "uint256,uint8,uint48,address,uint64))",
            ABI_VALUES(empty, empty, empty, empty, abi_addr(&ainft_chain_people[0]), empty, empty,
                       abi_u64(1000), abi_u64(1), abi_u64(PERIOD), abi_u64(0), abi_u64(QUORUM),
                       abi_u64(TIMELOCK), abi_addr(&ainft_chain_people[1]),
                       abi_u64(chain->block.timestamp + TERM))),
    };
    const struct exec_outcome made = ainft_chain_transact(chain, &message);
    MM_ASSERT(made.status == EXEC_OK && made.output.len >= 2 * ABI_WORD);
    const mm_u256 collection = u256_from_be32(made.output.ptr);
    const mm_u256 governor = u256_from_be32(made.output.ptr + ABI_WORD);
    return (struct ainft_chain_made){ u256_to_addr(&collection), u256_to_addr(&governor) };
}

mm_bytes ainft_chain_calldata(struct mm_arena *arena, const char *text,
                              const struct abi_value *args)
{
    struct abi_signature function;
    mm_bytes input;
    abi_signature_init(&function, text);
    MM_ASSERT(abi_encode(arena, &input, abi_selector(&function), function.types, function.count,
                         args) == MM_OK);
    return input;
}

struct exec_outcome ainft_chain_transact(struct test_chain *chain,
                                         const struct exec_message *message)
{
    const struct exec_outcome before = test_chain_call(chain, message);
    const struct exec_outcome outcome = test_chain_transact(chain, message);
    MM_ASSERT(outcome.verdict == TX_OK);
    MM_ASSERT(outcome.status == EXEC_OK || outcome.status == EXEC_REVERT ||
              outcome.status == EXEC_OUT_OF_GAS);
    MM_ASSERT(before.status == outcome.status && before.gas_used == outcome.gas_used);
    MM_ASSERT(mm_bytes_equal(before.output, outcome.output));
    MM_ASSERT(outcome.status == EXEC_OK || outcome.log_count == 0);
    return outcome;
}

mm_u256 ainft_chain_ask(struct test_chain *chain, struct mm_arena *arena, const mm_addr *to,
                        const char *text, const struct abi_value *args)
{
    const struct exec_message message = { .to = *to,
                                          .input = ainft_chain_calldata(arena, text, args),
                                          .gas_limit = AINFT_CHAIN_GAS };
    const struct exec_outcome outcome = test_chain_call(chain, &message);
    MM_ASSERT(outcome.status == EXEC_OK && outcome.output.len >= ABI_WORD);
    return u256_from_be32(outcome.output.ptr);
}
