#include <criterion/criterion.h>

#include "contracts-native/abi/dispatch.h"
#include "contracts-native/validators/validators.h"
#include "state/crypto/keccak.h"
#include "tests/lib/test_chain.h"

static const mm_addr ACCOUNT = { { 0x6d, [18] = 0x0b, [19] = 0xf7 } };

static mm_err begin(struct test_chain *chain, struct mm_arena *arena, const char *native,
                    struct mm_reason *reason)
{
    static struct exec_natives natives = { &validators_native, 1 };
    struct json json;
    validators_init();
    cr_assert_eq(json_parse(arena, &json, mm_bytes_str(native), NULL, NULL), JSON_OK, "%s", native);
    const struct genesis_account account = { .addr = ACCOUNT, .native = &json };
    return test_chain_init(chain, &natives, &account, 1, reason);
}

static void expect_refused(const char *native, const char *why)
{
    struct test_chain chain;
    struct mm_arena arena;
    struct mm_reason reason = { "" };
    mm_arena_init(&arena, 1 << 20);
    cr_assert_eq(begin(&chain, &arena, native, &reason), MM_ERR_INVALID, "%s", native);
    cr_assert(strstr(reason.text, why) != NULL, "%s: %s", native, reason.text);
    test_chain_fini(&chain);
    mm_arena_fini(&arena);
}

#define A "\"0x00000000000000000000000000000000000000aa\""
#define B "\"0x00000000000000000000000000000000000000bb\""
#define C "\"0x1000000000000000000000000000000000000000\""

static struct exec_outcome list(struct test_chain *chain, struct mm_arena *arena)
{
    struct abi_signature function;
    mm_bytes input;
    abi_signature_init(&function, "validators()");
    cr_assert_eq(abi_encode(arena, &input, abi_selector(&function), NULL, 0, NULL), MM_OK);
    const struct exec_message message = { .to = ACCOUNT, .input = input, .gas_limit = 1000000 };
    return test_chain_call(chain, &message);
}

Test(validators, are_listed_in_ascending_order)
{
    static const struct abi_type addresses = { .kind = ABI_ADDRESS, .bytes = 20, .is_array = true };
    struct test_chain chain;
    struct mm_arena arena;
    struct abi_value value;
    mm_arena_init(&arena, 1 << 20);
    cr_assert_eq(begin(&chain, &arena,
                       "{\"contract\":\"validators\",\"validators\":[" C "," A "," B "]}", NULL),
                 MM_OK);
    const struct exec_outcome outcome = list(&chain, &arena);
    cr_assert_eq(outcome.status, EXEC_OK);
    cr_assert_eq(abi_decode(&value, outcome.output, &addresses, 1, ABI_MEMORY), ABI_OK);
    cr_assert_eq(value.bytes.len, 3 * ABI_WORD);
    cr_assert_eq(value.bytes.ptr[31], 0xaa);
    cr_assert_eq(value.bytes.ptr[63], 0xbb);
    cr_assert_eq(value.bytes.ptr[64 + 12], 0x10);
    test_chain_fini(&chain);
    mm_arena_fini(&arena);
}

Test(validators, stand_in_storage_as_solc_places_an_array)
{
    struct test_chain chain;
    struct mm_arena arena;
    mm_arena_init(&arena, 1 << 20);
    cr_assert_eq(
        begin(&chain, &arena, "{\"contract\":\"validators\",\"validators\":[" B "," A "]}", NULL),
        MM_OK);
    const mm_u256 length_slot = { { 0 } };
    const mm_hash32 zero = { { 0 } };
    const mm_hash32 first = keccak256(mm_bytes_hash(&zero));
    mm_u256 slot = u256_from_hash(&first);
    cr_assert_eq(memory_state_slot(&chain.state, &ACCOUNT, &length_slot).limb[0], 2);
    cr_assert_eq(memory_state_slot(&chain.state, &ACCOUNT, &slot).limb[0], 0xaa);
    const mm_u256 one = u256_from_u64(1);
    slot = u256_wrapping_add(&slot, &one);
    cr_assert_eq(memory_state_slot(&chain.state, &ACCOUNT, &slot).limb[0], 0xbb);
    test_chain_fini(&chain);
    mm_arena_fini(&arena);
}

Test(validators, genesis_refuses_by_the_name_of_the_key)
{
    expect_refused("{\"contract\":\"validators\"}", "native.validators: missing");
    expect_refused("{\"contract\":\"validators\",\"validators\":[]}",
                   "native.validators: must be a list of 1 to 16");
    expect_refused("{\"contract\":\"validators\",\"validators\":" A "}",
                   "native.validators: must be a list");
    expect_refused("{\"contract\":\"validators\",\"validators\":[" A "," B "," A "]}",
                   "native.validators: an address twice");
    expect_refused("{\"contract\":\"validators\",\"validators\":[" A ",\"0xAb\"]}",
                   "native.validators[1]: must be");
    expect_refused("{\"contract\":\"validators\",\"validators\":["
                   "\"0x0000000000000000000000000000000000000000\"]}",
                   "native.validators: the zero address");
    expect_refused("{\"contract\":\"validators\",\"validators\":[" A "],\"quorum\":3}",
                   "native.quorum: unknown key");
    expect_refused("{\"contract\":\"validators\",\"validators\":[" A "," A "," A "," A "," A "," A
                   "," A "," A "," A "," A "," A "," A "," A "," A "," A "," A "," A "]}",
                   "native.validators: must be a list of 1 to 16");
}

Test(validators, an_edited_length_is_a_panic)
{
    struct test_chain chain;
    struct mm_arena arena;
    mm_arena_init(&arena, 1 << 20);
    cr_assert_eq(
        begin(&chain, &arena, "{\"contract\":\"validators\",\"validators\":[" A "]}", NULL), MM_OK);
    const struct edit edit = { .kind = EDIT_SLOT, .addr = ACCOUNT, .value = u256_from_u64(17) };
    test_chain_edit(&chain, &edit);
    const struct exec_outcome outcome = list(&chain, &arena);
    cr_assert_eq(outcome.status, EXEC_REVERT);
    cr_assert_eq(outcome.output.len, ABI_SELECTOR + ABI_WORD);
    test_chain_fini(&chain);
    mm_arena_fini(&arena);
}
