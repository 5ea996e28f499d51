/* An AINFT collection under arbitrary callers, calls and rules, through the executor.
 *
 * Input: steps. A step is: which function, who calls, then a byte for each argument (an index into small pools, so that calls meet
 * the same tokens, names and rules); function 0xff takes the rest of the input as raw calldata, 0xfe as the text of a rule.
 * Properties: a call and the transaction after it come out the same, gas as well; calls end in success, revert or without gas; a
 * history never gets shorter and its entries never change; and always the credits that tokens hold are the collection's. */
#include <stdint.h>
#include <stdlib.h>

#include "contracts-native/abi/dispatch.h"
#include "contracts-native/natives/natives.h"
#include "state/base/assert.h"
#include "state/crypto/keccak.h"
#include "tests/lib/test_chain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { STEPS_MAX = 40, PEOPLE = 3, GAS = 50000000, RAW = 0xff, RULE = 0xfe, TOKENS = 3 };

static const mm_addr people[PEOPLE + 1] = { { { 1 } }, { { 2 } }, { { 3 } }, { { 0 } } };
static const mm_addr factory = { { 0x6d, [19] = 0xf7 } };

static const char *const functions[] = {
    "mint(address,string,string,bytes32)",
    "appendHistory(uint256,bytes32,uint8,uint32,bytes)",
    "appendHistoryFor(uint256,bytes32,uint8,uint32,bytes,address,bytes32,uint256,bytes)",
    "redactHistory(uint256,uint256,bytes32)",
    "setSpecification(uint256,string,bytes32)",
    "setTrait(uint256,bytes32,bytes32)",
    "setRule(string,string)",
    "defineHistoryKind(string,uint8,uint16,uint32)",
    "defineTrait(string,uint8,bytes32,bytes32)",
    "perform(uint256,bytes32,uint256[],uint256)",
    "quote(uint256,bytes32,address,uint256[])",
    "checkRule(bytes32,address,uint256,bytes)",
    "compileRule(string,string)",
    "depositCredit(uint256,uint256)",
    "withdrawCredit(uint256,address,uint256)",
    "transferFrom(address,address,uint256)",
    "burn(uint256)",
    "setAgentWallet(uint256,address,uint256,bytes)",
    "getTraitMetadataURI()",
    "getAction(bytes32)",
};

static const char *const texts[] = {
    "true",
    "caller == owner",
    "level",
    "chat",
    "trait:level",
    "history:chat",
    "mint",
    "spec",
    "trait:*",
    "history.count('chat') < 3u",
    "new == old + 1u",
    "args.size() > 0 && args[0] > 1u",
    "act",
    "1u / supply > 0u",
    "",
    "meta:x",
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

static mm_bytes text_of(uint8_t pick)
{
    return mm_bytes_str(texts[pick % MM_COUNT_OF(texts)]);
}

static struct abi_value argument(struct input *in, const struct abi_type *type)
{
    static const uint8_t numbers[4 * ABI_WORD] = { [31] = 1, [63] = 2, [95] = 60, [127] = 3 };
    const uint8_t pick = take(in);
    mm_hash32 hash;
    mm_u256 word;
    if (type->is_array)
        return abi_bytes(mm_bytes_from(numbers, (size_t)(pick % 5) * ABI_WORD));
    switch ((enum abi_kind)type->kind) {
    case ABI_ADDRESS:
        return abi_addr(&people[pick % MM_COUNT_OF(people)]);
    case ABI_BYTES:
    case ABI_STRING:
        return abi_bytes(text_of(pick));
    case ABI_BYTES_FIXED:
        if (pick < 64)
            return abi_u64(pick);
        hash = keccak256(text_of(pick));
        word = u256_from_hash(&hash);
        return abi_word(&word);
    case ABI_BOOL:
        return abi_bool((pick & 1) != 0);
    case ABI_UINT:
        return abi_u64(type->bytes == ABI_WORD ? pick % 8 : pick);
    case ABI_INT:
    case ABI_TUPLE:
        break;
    }
    return abi_u64(pick);
}

static mm_bytes encoded(struct mm_arena *arena, const char *text, const struct abi_value *args)
{
    struct abi_signature function;
    mm_bytes input;
    abi_signature_init(&function, text);
    MM_ASSERT(abi_encode(arena, &input, abi_selector(&function), function.types, function.count,
                         args) == MM_OK);
    return input;
}

static mm_bytes calldata(struct mm_arena *arena, const char *text, struct input *in)
{
    struct abi_signature function;
    struct abi_value args[ABI_ARGS_MAX];
    abi_signature_init(&function, text);
    for (size_t i = 0; i < function.count; i++)
        args[i] = argument(in, &function.types[i]);
    return encoded(arena, text, args);
}

static struct exec_outcome transact(struct test_chain *chain, const struct exec_message *message)
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

static void step(struct test_chain *chain, struct mm_arena *arena, struct input *in,
                 const mm_addr *collection)
{
    const uint8_t op = take(in);
    struct exec_message message = { .from = people[take(in) % PEOPLE],
                                    .to = *collection,
                                    .gas_limit = GAS };
    if (op == RAW) {
        message.input = mm_bytes_from(in->at, in->left);
        in->left = 0;
    } else if (op == RULE) {
        message.input = encoded(
            arena, "setRule(string,string)",
            ABI_VALUES(abi_bytes(text_of(take(in))), abi_bytes(mm_bytes_from(in->at, in->left))));
        in->left = 0;
    } else {
        message.input = calldata(arena, functions[op % MM_COUNT_OF(functions)], in);
    }
    (void)transact(chain, &message);
    if ((op & 0x40) != 0)
        test_chain_next(chain, 12);
}

/* ---- what is true ---- */

static mm_u256 ask(struct test_chain *chain, struct mm_arena *arena, const mm_addr *to,
                   const char *text, const struct abi_value *args)
{
    const struct exec_message message = { .to = *to,
                                          .input = encoded(arena, text, args),
                                          .gas_limit = GAS };
    const struct exec_outcome outcome = test_chain_call(chain, &message);
    MM_ASSERT(outcome.status == EXEC_OK && outcome.output.len >= ABI_WORD);
    return u256_from_be32(outcome.output.ptr);
}

/* Of each token: how many entries, and the hash of the last one that was seen. */
struct seen {
    uint64_t lengths[TOKENS + 1];
    mm_u256 heads[TOKENS + 1];
};

static void check(struct test_chain *chain, struct mm_arena *arena, struct seen *seen,
                  const mm_addr *collection)
{
    mm_u256 held = { { 0 } };
    const mm_u256 word = ask(chain, arena, collection, "credit()", NULL);
    const mm_addr credit = u256_to_addr(&word);
    for (uint64_t token = 1; token <= TOKENS; token++) {
        const struct abi_value id = abi_u64(token);
        const mm_u256 length = ask(chain, arena, collection, "historyLength(uint256)", &id);
        const mm_u256 credits = ask(chain, arena, collection, "tokenCredit(uint256)", &id);
        MM_ASSERT(length.limb[0] >= seen->lengths[token]);
        if (seen->lengths[token] > 0) {
            const mm_u256 old = ask(chain, arena, collection, "historyEntry(uint256,uint256)",
                                    ABI_VALUES(id, abi_u64(seen->lengths[token] - 1)));
            MM_ASSERT(u256_equal(&old, &seen->heads[token]));
        }
        seen->lengths[token] = length.limb[0];
        seen->heads[token] = ask(chain, arena, collection, "historyHead(uint256)", &id);
        MM_ASSERT(u256_add(&held, &held, &credits));
    }
    const mm_u256 balance =
        ask(chain, arena, &credit, "balanceOf(address)", ABI_VALUES(abi_addr(collection)));
    MM_ASSERT(u256_compare(&held, &balance) <= 0);
}

/* A collection with a trait and an action, whose creator is the first person. */
static mm_addr make(struct test_chain *chain, struct mm_arena *arena)
{
    const struct abi_value empty = abi_bytes((mm_bytes){ 0 });
    struct exec_message message = { .from = people[0], .to = factory, .gas_limit = GAS };
    struct abi_signature type;
    struct abi_value effects;
    message.input = encoded(
        arena,
        "createCollection((string,string,string,address,string,string,uint256,uint48,uint32,"
        "uint256,uint8,uint48,address,uint64))",
        ABI_VALUES(empty, empty, empty, empty, abi_addr(&people[0]), empty, empty, abi_u64(1000),
                   abi_u64(0), abi_u64(0), abi_u64(0), abi_u64(0), abi_u64(0), abi_u64(0),
                   abi_u64(0)));
    const struct exec_outcome made = transact(chain, &message);
    MM_ASSERT(made.status == EXEC_OK);
    const mm_u256 word = u256_from_be32(made.output.ptr);
    message.to = u256_to_addr(&word);
    message.input =
        encoded(arena, "defineTrait(string,uint8,bytes32,bytes32)",
                ABI_VALUES(abi_bytes(MM_BYTES_LIT("level")), abi_u64(1), abi_u64(0), abi_u64(50)));
    MM_ASSERT(transact(chain, &message).status == EXEC_OK);
    const mm_hash32 level = keccak256(MM_BYTES_LIT("level"));
    const mm_u256 key = u256_from_hash(&level);
    abi_signature_init(&type, "(uint8,bytes32,string)[]");
    MM_ASSERT(abi_encode_tuples(
                  arena, &effects, type.types, 3,
                  ABI_VALUES(abi_u64(1), abi_word(&key), abi_bytes(MM_BYTES_LIT("args[0]")),
                             abi_u64(3), abi_u64(0), abi_bytes(MM_BYTES_LIT("args[0] * 2u")),
                             abi_u64(2), abi_u64(0), abi_bytes(MM_BYTES_LIT("9u")))) == MM_OK);
    message.input = encoded(arena, "defineAction(string,string,string,(uint8,bytes32,string)[])",
                            ABI_VALUES(abi_bytes(MM_BYTES_LIT("act")),
                                       abi_bytes(MM_BYTES_LIT("args.size() > 0")),
                                       abi_bytes(MM_BYTES_LIT("args[0] / 30u")), effects));
    MM_ASSERT(transact(chain, &message).status == EXEC_OK);
    return message.to;
}

static void init(struct test_chain *chain, struct mm_arena *arena)
{
    struct json native;
    struct mm_reason reason;
    struct genesis_account accounts[PEOPLE + 1] = { 0 };
    MM_ASSERT(json_parse(arena, &native, MM_BYTES_LIT("{\"contract\":\"ainft-factory\"}"), NULL,
                         NULL) == JSON_OK);
    for (size_t i = 0; i < PEOPLE; i++)
        accounts[i] = (struct genesis_account){ .addr = people[i], .balance = TEST_CHAIN_FUNDS };
    accounts[PEOPLE] = (struct genesis_account){ .addr = factory, .native = &native };
    MM_ASSERT(test_chain_init(chain, natives_all(), accounts, MM_COUNT_OF(accounts), &reason) ==
              MM_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = { data, size };
    struct seen seen = { 0 };
    struct test_chain chain;
    struct mm_arena arena;
    mm_arena_init(&arena, (size_t)64 << 20);
    init(&chain, &arena);
    const mm_addr collection = make(&chain, &arena);
    for (size_t i = 0; i < STEPS_MAX && in.left > 0; i++) {
        step(&chain, &arena, &in, &collection);
        check(&chain, &arena, &seen, &collection);
    }
    test_chain_fini(&chain);
    mm_arena_fini(&arena);
    return 0;
}
