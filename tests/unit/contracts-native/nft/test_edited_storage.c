/* Storage that no transaction makes, but hardhat_setStorageAt does: solc's checks answer with Panic. */
#include "contracts-native/storage/storage.h"
#include "tests/unit/contracts-native/nft/fixture.h"

enum { NAME = 0, DEFAULT_ROYALTY = 7, NEXT_ID = 10, SUPPLY = 11, URI = 13 };

static void set(struct fixture *f, uint64_t slot, mm_u256 value)
{
    const mm_u256 number = u256_from_u64(slot);
    fixture_set_slot(f, &number, &value);
}

static const mm_u256 all_ones = { { UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX } };

static struct exec_outcome mint(struct fixture *f)
{
    return fixture_send(f, &ALICE, &COLLECTION, "mint(address,string)",
                        ABI_VALUES(abi_addr(&ALICE), abi_bytes(MM_BYTES_LIT("u"))));
}

Test(nft_edited_storage, counters_do_not_wrap)
{
    struct fixture f;
    fixture_init(&f, NULL);
    set(&f, NEXT_ID, all_ones);
    struct exec_outcome outcome = mint(&f);
    expect_revert(&f, &outcome, "Panic(uint256)", ABI_VALUES(abi_u64(0x11)));
    set(&f, NEXT_ID, u256_from_u64(1));
    set(&f, SUPPLY, all_ones);
    outcome = mint(&f);
    expect_revert(&f, &outcome, "Panic(uint256)", ABI_VALUES(abi_u64(0x11)));
    set(&f, SUPPLY, u256_from_u64(0));
    expect_ok(mint(&f));
    set(&f, SUPPLY, u256_from_u64(0));
    outcome = fixture_send(&f, &ALICE, &COLLECTION, "burn(uint256)", ABI_VALUES(abi_u64(1)));
    expect_revert(&f, &outcome, "Panic(uint256)", ABI_VALUES(abi_u64(0x11)));
    fixture_fini(&f);
}

Test(nft_edited_storage, an_id_that_has_an_owner_is_not_minted_again)
{
    struct fixture f;
    fixture_init(&f, NULL);
    expect_ok(mint(&f));
    set(&f, NEXT_ID, u256_from_u64(1));
    const struct exec_outcome outcome = mint(&f);
    expect_revert(&f, &outcome, "ERC721InvalidSender(address)", ABI_VALUES(abi_addr(&NOBODY)));
    fixture_fini(&f);
}

Test(nft_edited_storage, a_string_whose_length_and_form_disagree_is_panic_0x22)
{
    static const uint64_t heads[] = { 2 * 32, 0xfe, 2 * 31 + 1, 1 };
    struct fixture f;
    fixture_init(&f, NULL);
    for (size_t i = 0; i < MM_COUNT_OF(heads); i++) {
        set(&f, URI, u256_from_u64(heads[i]));
        struct exec_outcome outcome = fixture_call(&f, &ALICE, &COLLECTION, "contractURI()", NULL);
        expect_revert(&f, &outcome, "Panic(uint256)", ABI_VALUES(abi_u64(0x22)));
        outcome = fixture_send(&f, &OWNER, &COLLECTION, "setContractURI(string)",
                               ABI_VALUES(abi_bytes(MM_BYTES_LIT("u"))));
        expect_revert(&f, &outcome, "Panic(uint256)", ABI_VALUES(abi_u64(0x22)));
    }
    fixture_fini(&f);
}

Test(nft_edited_storage, a_string_that_nobody_could_pay_for_is_out_of_gas)
{
    struct fixture f;
    fixture_init(&f, NULL);
    static const mm_u256 heads[] = { { { UINT64_MAX, 0, 0, 0 } },
                                     { { 1, 0, 0, 1 } },
                                     { { 1000001, 0, 0, 0 } } };
    for (size_t i = 0; i < MM_COUNT_OF(heads); i++) {
        set(&f, NAME, heads[i]);
        const struct exec_outcome outcome = fixture_call(&f, &ALICE, &COLLECTION, "name()", NULL);
        cr_assert_eq(outcome.status, EXEC_OUT_OF_GAS);
    }
    fixture_fini(&f);
}

/* With a fraction above 1 the amount can pass 256 bits: OpenZeppelin's mulDiv panics. Below that it is exact. */
Test(nft_edited_storage, a_royalty_above_the_price_is_exact_or_panics)
{
    struct fixture f;
    fixture_init(&f, NULL);
    mm_u256 royalty = u256_from_addr(&ALICE);
    royalty.limb[2] |= (uint64_t)20000 << 32; /* 200 % */
    set(&f, DEFAULT_ROYALTY, royalty);
    struct exec_outcome outcome =
        fixture_call(&f, &ALICE, &COLLECTION, "royaltyInfo(uint256,uint256)",
                     ABI_VALUES(abi_u64(1), abi_word(&all_ones)));
    expect_revert(&f, &outcome, "Panic(uint256)", ABI_VALUES(abi_u64(0x11)));
    const mm_u256 half = { { UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX >> 1 } };
    outcome = fixture_call(&f, &ALICE, &COLLECTION, "royaltyInfo(uint256,uint256)",
                           ABI_VALUES(abi_u64(1), abi_word(&half)));
    expect_ok(outcome);
    const mm_u256 amount = u256_from_be32(outcome.output.ptr + ABI_WORD);
    const mm_u256 expected = u256_wrapping_add(&half, &half);
    cr_assert(u256_equal(&amount, &expected));
    fixture_fini(&f);
}
