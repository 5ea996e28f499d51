/* Genesis, the list, and its place in storage. */
#include <criterion/criterion.h>

#include "state/crypto/keccak.h"
#include "tests/unit/contracts-native/validators/fixture.h"

static struct fixture f;

#define A "\"0x00000000000000000000000000000000000000aa\""
#define B "\"0x00000000000000000000000000000000000000bb\""
#define C "\"0x1000000000000000000000000000000000000000\""

static void expect_refused(const char *native, const char *why)
{
    struct mm_reason reason = { "" };
    cr_assert_eq(fixture_begin_with(&f, native, &reason), MM_ERR_INVALID, "%s", native);
    cr_assert(strstr(reason.text, why) != NULL, "%s: %s", native, reason.text);
    fixture_end(&f);
}

static void begin(const char *native)
{
    cr_assert_eq(fixture_begin_with(&f, native, NULL), MM_OK);
}

static struct exec_outcome list(void)
{
    return fixture_call(&f, "validators()", &VALIDATORS_ACCOUNT, false);
}

Test(validators, are_listed_in_ascending_order)
{
    static const struct abi_type addresses = { .kind = ABI_ADDRESS, .bytes = 20, .is_array = true };
    struct abi_value value;
    begin("{\"contract\":\"validators\",\"validators\":[" C "," A "," B "]}");
    const struct exec_outcome outcome = list();
    cr_assert_eq(outcome.status, EXEC_OK);
    cr_assert_eq(abi_decode(&value, outcome.output, &addresses, 1, ABI_MEMORY), ABI_OK);
    cr_assert_eq(value.bytes.len, 3 * ABI_WORD);
    cr_assert_eq(value.bytes.ptr[31], 0xaa);
    cr_assert_eq(value.bytes.ptr[63], 0xbb);
    cr_assert_eq(value.bytes.ptr[64 + 12], 0x10);
    fixture_end(&f);
}

Test(validators, stand_in_storage_as_solc_places_an_array)
{
    begin("{\"contract\":\"validators\",\"validators\":[" B "," A "]}");
    const mm_u256 length_slot = { { 0 } };
    const mm_hash32 zero = { { 0 } };
    const mm_hash32 first = keccak256(mm_bytes_hash(&zero));
    mm_u256 slot = u256_from_hash(&first);
    cr_assert_eq(fixture_slot(&f, &length_slot).limb[0], 2);
    cr_assert_eq(fixture_slot(&f, &slot).limb[0], 0xaa);
    const mm_u256 one = u256_from_u64(1);
    slot = u256_wrapping_add(&slot, &one);
    cr_assert_eq(fixture_slot(&f, &slot).limb[0], 0xbb);
    fixture_end(&f);
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
    begin("{\"contract\":\"validators\",\"validators\":[" A "]}");
    const struct edit edit = { .kind = EDIT_SLOT,
                               .addr = VALIDATORS_ACCOUNT,
                               .value = u256_from_u64(17) };
    test_chain_edit(&f.chain, &edit);
    const struct exec_outcome outcome = list();
    cr_assert_eq(outcome.status, EXEC_REVERT);
    cr_assert_eq(outcome.output.len, ABI_SELECTOR + ABI_WORD);
    fixture_end(&f);
}
