/* A collection under arbitrary callers and calls, through the executor.
 *
 * Input: steps. A step is: which function, who calls, then a byte for each argument (an index into small pools, so that calls meet
 * the same tokens and people); function 0xff takes the rest of the input as raw calldata.
 * Properties: a call and the transaction after it come out the same; calls end in success or revert; and always, whatever was
 * done: the supply is the number of ids that have an owner, and each balance is the number of ids that its account owns. */
#include <stdint.h>
#include <stdlib.h>

#include "contracts-native/abi/dispatch.h"
#include "contracts-native/natives/natives.h"
#include "state/base/assert.h"
#include "tests/lib/test_chain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { STEPS_MAX = 40, PEOPLE = 4, GAS = 50000000, RAW = 0xff };

/* The last two never send: the collection itself, and nobody. */
static const mm_addr people[PEOPLE + 2] = { { { 1 } }, { { 2 } },    { { 3 } },
                                            { { 4 } }, { { 0x6d } }, { { 0 } } };
static const mm_addr *const collection = &people[PEOPLE];

static const char *const functions[] = {
    "mint(address,string)",
    "safeMint(address,string,bytes)",
    "transferFrom(address,address,uint256)",
    "safeTransferFrom(address,address,uint256)",
    "safeTransferFrom(address,address,uint256,bytes)",
    "burn(uint256)",
    "approve(address,uint256)",
    "setApprovalForAll(address,bool)",
    "setContractURI(string)",
    "setDefaultRoyalty(address,uint96)",
    "setTokenRoyalty(uint256,address,uint96)",
    "setOpenMint(bool)",
    "transferOwnership(address)",
    "renounceOwnership()",
    "tokenURI(uint256)",
    "royaltyInfo(uint256,uint256)",
};

struct input {
    const uint8_t *at;
    size_t left;
};

static uint8_t take(struct input *in)
{
    if (in->left == 0)
        return 0;
    in->left--;
    return *in->at++;
}

static struct abi_value argument(struct input *in, const struct abi_type *type)
{
    static const uint8_t text[160] = { 'i', 'p', 'f', 's', [64] = 'x' };
    const uint8_t pick = take(in);
    switch ((enum abi_kind)type->kind) {
    case ABI_ADDRESS:
        return abi_addr(&people[pick % MM_COUNT_OF(people)]);
    case ABI_BOOL:
        return abi_bool((pick & 1) != 0);
    case ABI_BYTES:
    case ABI_STRING:
        return abi_bytes(mm_bytes_from(text, pick % sizeof text));
    case ABI_UINT:
        return abi_u64(type->bytes == 12 ? (uint64_t)pick * 50 : pick % 16);
    case ABI_INT:
    case ABI_BYTES_FIXED:
    case ABI_TUPLE:
        break;
    }
    return abi_u64(pick);
}

static mm_bytes calldata(struct mm_arena *arena, const char *text, struct input *in)
{
    struct abi_signature function;
    struct abi_value args[ABI_ARGS_MAX];
    mm_bytes input;
    abi_signature_init(&function, text);
    for (size_t i = 0; i < function.count; i++)
        args[i] = argument(in, &function.types[i]);
    MM_ASSERT(abi_encode(arena, &input, abi_selector(&function), function.types, function.count,
                         args) == MM_OK);
    return input;
}

static void step(struct test_chain *chain, struct mm_arena *arena, struct input *in)
{
    const uint8_t op = take(in);
    struct exec_message message = { .from = people[take(in) % PEOPLE],
                                    .to = *collection,
                                    .gas_limit = GAS };
    if (op == RAW) {
        message.input = mm_bytes_from(in->at, in->left);
        in->left = 0;
    } else {
        message.input = calldata(arena, functions[op % MM_COUNT_OF(functions)], in);
    }
    const struct exec_outcome before = test_chain_call(chain, &message);
    const struct exec_outcome outcome = test_chain_transact(chain, &message);
    MM_ASSERT(outcome.verdict == TX_OK);
    MM_ASSERT(outcome.status == EXEC_OK || outcome.status == EXEC_REVERT);
    MM_ASSERT(before.status == outcome.status && mm_bytes_equal(before.output, outcome.output));
    MM_ASSERT(outcome.status == EXEC_OK || outcome.log_count == 0);
}

/* A view with one argument or none. False when it reverts. */
static bool ask(struct test_chain *chain, struct mm_arena *arena, mm_u256 *answer, const char *text,
                const struct abi_value *arg)
{
    struct abi_signature function;
    struct exec_message message = { .to = *collection, .gas_limit = GAS };
    abi_signature_init(&function, text);
    MM_ASSERT(abi_encode(arena, &message.input, abi_selector(&function), function.types,
                         function.count, arg) == MM_OK);
    const struct exec_outcome outcome = test_chain_call(chain, &message);
    if (outcome.status != EXEC_OK)
        return false;
    MM_ASSERT(outcome.output.len == ABI_WORD);
    *answer = u256_from_be32(outcome.output.ptr);
    return true;
}

static void check_counts(struct test_chain *chain, struct mm_arena *arena)
{
    uint64_t owned[MM_COUNT_OF(people)] = { 0 };
    uint64_t tokens = 0;
    mm_u256 next;
    mm_u256 supply;
    MM_ASSERT(ask(chain, arena, &next, "nextTokenId()", NULL));
    MM_ASSERT(ask(chain, arena, &supply, "totalSupply()", NULL));
    for (uint64_t id = 0; id <= next.limb[0]; id++) {
        const struct abi_value arg = abi_u64(id);
        mm_u256 owner;
        if (!ask(chain, arena, &owner, "ownerOf(uint256)", &arg))
            continue;
        MM_ASSERT(id > 0 && id < next.limb[0]);
        tokens++;
        for (size_t i = 0; i < MM_COUNT_OF(people); i++) {
            const mm_u256 person = u256_from_addr(&people[i]);
            owned[i] += u256_equal(&owner, &person) ? 1 : 0;
        }
    }
    MM_ASSERT(u256_fits_u64(&supply) && supply.limb[0] == tokens);
    for (size_t i = 0; i <= PEOPLE; i++) {
        const struct abi_value arg = abi_addr(&people[i]);
        mm_u256 balance;
        MM_ASSERT(ask(chain, arena, &balance, "balanceOf(address)", &arg));
        MM_ASSERT(u256_fits_u64(&balance) && balance.limb[0] == owned[i]);
    }
}

static void init(struct test_chain *chain, struct mm_arena *arena)
{
    struct json native;
    struct mm_reason reason;
    struct genesis_account accounts[PEOPLE + 1] = { 0 };
    const mm_bytes text = MM_BYTES_LIT(
        "{\"contract\":\"collection\",\"name\":\"N\",\"symbol\":\"S\",\"openMint\":true,"
        "\"owner\":\"0x0100000000000000000000000000000000000000\"}");
    MM_ASSERT(json_parse(arena, &native, text, NULL, NULL) == JSON_OK);
    for (size_t i = 0; i < PEOPLE; i++)
        accounts[i] = (struct genesis_account){ .addr = people[i], .balance = TEST_CHAIN_FUNDS };
    accounts[PEOPLE] = (struct genesis_account){ .addr = *collection, .native = &native };
    MM_ASSERT(test_chain_init(chain, natives_all(), accounts, MM_COUNT_OF(accounts), &reason) ==
              MM_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = { data, size };
    struct test_chain chain;
    struct mm_arena arena;
    mm_arena_init(&arena, (size_t)64 << 20);
    init(&chain, &arena);
    for (size_t i = 0; i < STEPS_MAX && in.left > 0; i++)
        step(&chain, &arena, &in);
    check_counts(&chain, &arena);
    test_chain_fini(&chain);
    mm_arena_fini(&arena);
    return 0;
}
