#include "tests/unit/contracts-native/nft/fixture.h"

#include "state/codec/json.h"

const mm_addr OWNER = { { 0x11, [19] = 1 } };
const mm_addr ALICE = { { 0x22, [19] = 2 } };
const mm_addr BOB = { { 0x33, [19] = 3 } };
const mm_addr NOBODY = { { 0 } };
const mm_addr COLLECTION = { { 0x6d, [18] = 0x07, [19] = 0x21 } };
const mm_addr FACTORY = { { 0x6d, [18] = 0xf7, [19] = 0x21 } };
const mm_addr RECEIVER = { { 0x44, [19] = 4 } };

enum { RECEIVER_MODULE = 0x7f };

static enum exec_status no_setup(struct host *host, const struct json *native,
                                 struct mm_reason *reason)
{
    (void)host, (void)native, (void)reason;
    return EXEC_OK;
}

static const struct json *parsed(struct mm_arena *arena, const char *text)
{
    struct json *json = MM_ARENA_NEW(arena, struct json);
    cr_assert(json != NULL);
    cr_assert_eq(json_parse(arena, json, mm_bytes_str(text), NULL, NULL), JSON_OK, "%s", text);
    return json;
}

static void init_natives(struct fixture *f, receiver_fn receiver)
{
    nft_init();
    f->items[0] = nft_collection;
    f->items[1] = nft_factory;
    f->items[2] = (struct exec_native){ RECEIVER_MODULE, 1, "receiver", receiver, no_setup };
    f->natives = (struct exec_natives){ f->items, receiver != NULL ? 3 : 2 };
}

void fixture_init(struct fixture *f, receiver_fn receiver)
{
    struct mm_reason reason = { "" };
    *f = (struct fixture){ .gas_limit = 10000000 };
    mm_arena_init(&f->arena, 64 << 20);
    init_natives(f, receiver);
    const struct genesis_account accounts[] = {
        { .addr = OWNER, .balance = TEST_CHAIN_FUNDS },
        { .addr = ALICE, .balance = TEST_CHAIN_FUNDS },
        { .addr = BOB, .balance = TEST_CHAIN_FUNDS },
        { .addr = COLLECTION,
          .native =
              parsed(&f->arena, "{\"contract\":\"collection\",\"name\":\"Cats\",\"symbol\":\"CAT\","
                                "\"owner\":\"0x1100000000000000000000000000000000000001\","
                                "\"openMint\":true}") },
        { .addr = FACTORY, .native = parsed(&f->arena, "{\"contract\":\"collection-factory\"}") },
        { .addr = RECEIVER, .native = parsed(&f->arena, "{\"contract\":\"receiver\"}") },
    };
    const size_t count = MM_COUNT_OF(accounts) - (receiver == NULL ? 1 : 0);
    cr_assert_eq(test_chain_init(&f->chain, &f->natives, accounts, count, &reason), MM_OK, "%s",
                 reason.text);
}

void fixture_fini(struct fixture *f)
{
    test_chain_fini(&f->chain);
    mm_arena_fini(&f->arena);
}

mm_err fixture_genesis(const char *native, mm_addr addr, struct mm_reason *reason)
{
    struct fixture f = { 0 };
    mm_arena_init(&f.arena, 1 << 20);
    init_natives(&f, NULL);
    const struct genesis_account account = { .addr = addr, .native = parsed(&f.arena, native) };
    const mm_err err = test_chain_init(&f.chain, &f.natives, &account, 1, reason);
    fixture_fini(&f);
    return err;
}

mm_bytes fixture_calldata(struct fixture *f, const char *signature, const struct abi_value *args)
{
    struct abi_signature function;
    mm_bytes input;
    abi_signature_init(&function, signature);
    cr_assert_eq(abi_encode(&f->arena, &input, abi_selector(&function), function.types,
                            function.count, args),
                 MM_OK);
    return input;
}

static struct exec_message message(struct fixture *f, const mm_addr *from, const mm_addr *to,
                                   const char *signature, const struct abi_value *args)
{
    return (struct exec_message){ .from = *from,
                                  .to = *to,
                                  .input = fixture_calldata(f, signature, args),
                                  .gas_limit = f->gas_limit };
}

struct exec_outcome fixture_send(struct fixture *f, const mm_addr *from, const mm_addr *to,
                                 const char *signature, const struct abi_value *args)
{
    const struct exec_message m = message(f, from, to, signature, args);
    const struct exec_outcome outcome = test_chain_transact(&f->chain, &m);
    cr_assert_eq(outcome.verdict, TX_OK);
    return outcome;
}

struct exec_outcome fixture_call(struct fixture *f, const mm_addr *from, const mm_addr *to,
                                 const char *signature, const struct abi_value *args)
{
    const struct exec_message m = message(f, from, to, signature, args);
    return test_chain_call(&f->chain, &m);
}

struct exec_outcome fixture_call_raw(struct fixture *f, mm_bytes input, uint64_t value)
{
    const struct exec_message m = { .from = ALICE,
                                    .to = COLLECTION,
                                    .input = input,
                                    .value = u256_from_u64(value),
                                    .gas_limit = f->gas_limit };
    return test_chain_call(&f->chain, &m);
}

void fixture_set_slot(struct fixture *f, const mm_u256 *slot, const mm_u256 *value)
{
    const struct edit edit = {
        .kind = EDIT_SLOT, .addr = COLLECTION, .slot = *slot, .value = *value
    };
    test_chain_edit(&f->chain, &edit);
}

mm_u256 fixture_slot(struct fixture *f, uint64_t slot)
{
    const mm_u256 number = u256_from_u64(slot);
    test_chain_seal(&f->chain);
    return memory_state_slot(&f->chain.state, &COLLECTION, &number);
}

mm_hash32 fixture_root(struct fixture *f)
{
    test_chain_seal(&f->chain);
    return memory_state_storage_root(&f->chain.state, &COLLECTION);
}

void expect_revert(struct fixture *f, const struct exec_outcome *outcome, const char *error,
                   const struct abi_value *args)
{
    cr_assert_eq(outcome->status, EXEC_REVERT);
    cr_assert(mm_bytes_equal(outcome->output, fixture_calldata(f, error, args)), "%s", error);
    cr_assert_eq(outcome->log_count, 0);
}

void expect_empty_revert(const struct exec_outcome *outcome)
{
    cr_assert_eq(outcome->status, EXEC_REVERT);
    cr_assert_eq(outcome->output.len, 0);
}

void expect_word(const struct exec_outcome *outcome, uint64_t word)
{
    cr_assert_eq(outcome->status, EXEC_OK);
    cr_assert_eq(outcome->output.len, ABI_WORD);
    const mm_u256 given = u256_from_be32(outcome->output.ptr);
    const mm_u256 expected = u256_from_u64(word);
    cr_assert(u256_equal(&given, &expected));
}
