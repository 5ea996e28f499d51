#include "state/crypto/address.h"
#include "tests/unit/contracts-native/nft/fixture.h"

Test(nft_dispatch, value_short_calldata_and_unknown_selectors_revert_without_data)
{
    struct fixture f;
    fixture_init(&f, NULL);
    const mm_bytes name = fixture_calldata(&f, "name()", NULL);
    struct exec_outcome outcome = fixture_call_raw(&f, name, 0);
    expect_ok(outcome);
    outcome = fixture_call_raw(&f, name, 1);
    expect_empty_revert(&outcome);
    outcome = fixture_call_raw(&f, mm_bytes_from(name.ptr, 3), 0);
    expect_empty_revert(&outcome);
    outcome = fixture_call_raw(&f, (mm_bytes){ 0 }, 0);
    expect_empty_revert(&outcome);
    outcome = fixture_call_raw(&f, fixture_calldata(&f, "nome()", NULL), 0);
    expect_empty_revert(&outcome);
    outcome = fixture_call_raw(&f, fixture_calldata(&f, "collectionCount()", NULL), 0);
    expect_empty_revert(&outcome);
    fixture_fini(&f);
}

Test(nft_dispatch, the_factory_makes_collections_at_the_addresses_of_create)
{
    struct fixture f;
    fixture_init(&f, NULL);
    for (uint64_t nonce = 1; nonce <= 3; nonce++) {
        const mm_addr expected = address_of_create(&FACTORY, nonce);
        const struct exec_outcome outcome = fixture_send(
            &f, &ALICE, &FACTORY, "createCollection(string,string,bool)",
            ABI_VALUES(abi_bytes(MM_BYTES_LIT("N")), abi_bytes(MM_BYTES_LIT("S")), abi_bool(true)));
        expect_ok(outcome);
        cr_assert(
            mm_bytes_equal(mm_bytes_from(outcome.output.ptr + 12, 20), mm_bytes_addr(&expected)));
        const struct exec_outcome owner = fixture_call(&f, &BOB, &expected, "owner()", NULL);
        cr_assert(mm_bytes_equal(mm_bytes_from(owner.output.ptr + 12, 20), mm_bytes_addr(&ALICE)));
    }
    fixture_fini(&f);
}
