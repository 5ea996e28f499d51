/* An AINFT collection under arbitrary callers, calls and rules, through the executor.
 *
 * Input: steps. A step is: which function, who calls, then a byte for each argument (an index into small pools, so that calls meet
 * the same tokens, names and rules); function 0xff takes the rest of the input as raw calldata, 0xfe as the text of a rule.
 * Properties: a call and the transaction after it come out the same, gas as well; calls end in success, revert or without gas; a
 * history never gets shorter and its entries never change; and always the credits that tokens hold are the collection's. */
#include <stdint.h>
#include <stdlib.h>

#include "state/base/assert.h"
#include "state/crypto/keccak.h"
#include "tests/fuzz/ainft_chain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { STEPS_MAX = 40, PEOPLE = AINFT_CHAIN_PEOPLE, RAW = 0xff, RULE = 0xfe, TOKENS = 3 };
enum { GAS = AINFT_CHAIN_GAS };

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

static mm_bytes text_of(uint8_t pick)
{
    return mm_bytes_str(texts[pick % MM_COUNT_OF(texts)]);
}

static struct abi_value argument(struct fuzz_input *in, const struct abi_type *type)
{
    static const uint8_t numbers[4 * ABI_WORD] = { [31] = 1, [63] = 2, [95] = 60, [127] = 3 };
    const uint8_t pick = fuzz_take(in);
    mm_hash32 hash;
    mm_u256 word;
    if (type->is_array)
        return abi_bytes(mm_bytes_from(numbers, (size_t)(pick % 5) * ABI_WORD));
    switch ((enum abi_kind)type->kind) {
    case ABI_ADDRESS:
        return abi_addr(&ainft_chain_people[pick % (PEOPLE + 1)]);
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

static mm_bytes calldata(struct mm_arena *arena, const char *text, struct fuzz_input *in)
{
    struct abi_signature function;
    struct abi_value args[ABI_ARGS_MAX];
    abi_signature_init(&function, text);
    for (size_t i = 0; i < function.count; i++)
        args[i] = argument(in, &function.types[i]);
    return ainft_chain_calldata(arena, text, args);
}

static void step(struct test_chain *chain, struct mm_arena *arena, struct fuzz_input *in,
                 const mm_addr *collection)
{
    const uint8_t op = fuzz_take(in);
    struct exec_message message = { .from = ainft_chain_people[fuzz_take(in) % PEOPLE],
                                    .to = *collection,
                                    .gas_limit = GAS };
    if (op == RAW) {
        message.input = mm_bytes_from(in->at, in->left);
        in->left = 0;
    } else if (op == RULE) {
        message.input =
            ainft_chain_calldata(arena, "setRule(string,string)",
                                 ABI_VALUES(abi_bytes(text_of(fuzz_take(in))),
                                            abi_bytes(mm_bytes_from(in->at, in->left))));
        in->left = 0;
    } else {
        message.input = calldata(arena, functions[op % MM_COUNT_OF(functions)], in);
    }
    (void)ainft_chain_transact(chain, &message);
    if ((op & 0x40) != 0)
        test_chain_next(chain, 12);
}

/* ---- what is true ---- */

/* Of each token: how many entries, and the hash of the last one that was seen. */
struct seen {
    uint64_t lengths[TOKENS + 1];
    mm_u256 heads[TOKENS + 1];
};

static void check(struct test_chain *chain, struct mm_arena *arena, struct seen *seen,
                  const mm_addr *collection)
{
    mm_u256 held = { { 0 } };
    const mm_u256 word = ainft_chain_ask(chain, arena, collection, "credit()", NULL);
    const mm_addr credit = u256_to_addr(&word);
    for (uint64_t token = 1; token <= TOKENS; token++) {
        const struct abi_value id = abi_u64(token);
        const mm_u256 length =
            ainft_chain_ask(chain, arena, collection, "historyLength(uint256)", &id);
        const mm_u256 credits =
            ainft_chain_ask(chain, arena, collection, "tokenCredit(uint256)", &id);
        MM_ASSERT(length.limb[0] >= seen->lengths[token]);
        if (seen->lengths[token] > 0) {
            const mm_u256 old =
                ainft_chain_ask(chain, arena, collection, "historyEntry(uint256,uint256)",
                                ABI_VALUES(id, abi_u64(seen->lengths[token] - 1)));
            MM_ASSERT(u256_equal(&old, &seen->heads[token]));
        }
        seen->lengths[token] = length.limb[0];
        seen->heads[token] = ainft_chain_ask(chain, arena, collection, "historyHead(uint256)", &id);
        MM_ASSERT(u256_add(&held, &held, &credits));
    }
    const mm_u256 balance = ainft_chain_ask(chain, arena, &credit, "balanceOf(address)",
                                            ABI_VALUES(abi_addr(collection)));
    MM_ASSERT(u256_compare(&held, &balance) <= 0);
}

/* A collection with a trait and an action, whose creator is the first person. */
static mm_addr make(struct test_chain *chain, struct mm_arena *arena)
{
    const mm_addr collection = ainft_chain_create(chain, arena).collection;
    struct exec_message message = { .from = ainft_chain_people[0],
                                    .to = collection,
                                    .gas_limit = GAS };
    struct abi_signature type;
    struct abi_value effects;
    message.input = ainft_chain_calldata(
        arena, "defineTrait(string,uint8,bytes32,bytes32)",
        ABI_VALUES(abi_bytes(MM_BYTES_LIT("level")), abi_u64(1), abi_u64(0), abi_u64(50)));
    MM_ASSERT(ainft_chain_transact(chain, &message).status == EXEC_OK);
    const mm_hash32 level = keccak256(MM_BYTES_LIT("level"));
    const mm_u256 key = u256_from_hash(&level);
    abi_signature_init(&type, "(uint8,bytes32,string)[]");
    MM_ASSERT(abi_encode_tuples(
                  arena, &effects, type.types, 3,
                  ABI_VALUES(abi_u64(1), abi_word(&key), abi_bytes(MM_BYTES_LIT("args[0]")),
                             abi_u64(3), abi_u64(0), abi_bytes(MM_BYTES_LIT("args[0] * 2u")),
                             abi_u64(2), abi_u64(0), abi_bytes(MM_BYTES_LIT("9u")))) == MM_OK);
    message.input = ainft_chain_calldata(
        arena, "defineAction(string,string,string,(uint8,bytes32,string)[])",
        ABI_VALUES(abi_bytes(MM_BYTES_LIT("act")), abi_bytes(MM_BYTES_LIT("args.size() > 0")),
                   abi_bytes(MM_BYTES_LIT("args[0] / 30u")), effects));
    MM_ASSERT(ainft_chain_transact(chain, &message).status == EXEC_OK);
    return message.to;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = { data, size };
    struct seen seen = { 0 };
    struct test_chain chain;
    struct mm_arena arena;
    mm_arena_init(&arena, (size_t)64 << 20);
    ainft_chain_init(&chain, &arena);
    const mm_addr collection = make(&chain, &arena);
    for (size_t i = 0; i < STEPS_MAX && in.left > 0; i++) {
        step(&chain, &arena, &in, &collection);
        check(&chain, &arena, &seen, &collection);
    }
    test_chain_fini(&chain);
    mm_arena_fini(&arena);
    return 0;
}
