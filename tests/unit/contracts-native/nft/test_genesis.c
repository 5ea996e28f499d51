#include "tests/unit/contracts-native/nft/fixture.h"

#define OWNER_TEXT "\"owner\":\"0x1100000000000000000000000000000000000001\""
#define REST ",\"symbol\":\"S\"," OWNER_TEXT ",\"openMint\":false}"

static void expect_refused(const char *native, const char *why)
{
    struct mm_reason reason = { "" };
    cr_assert_eq(fixture_genesis(native, COLLECTION, &reason), MM_ERR_INVALID, "%s", native);
    cr_assert(strstr(reason.text, why) != NULL, "%s: %s", native, reason.text);
}

static void expect_taken(const char *native)
{
    struct mm_reason reason = { "" };
    cr_assert_eq(fixture_genesis(native, COLLECTION, &reason), MM_OK, "%s: %s", native,
                 reason.text);
}

Test(nft_genesis, a_collection_begins_with_its_names_owner_and_first_id)
{
    struct fixture f;
    fixture_init(&f, NULL);
    static const char *const texts[] = { "name()", "symbol()" };
    static const char *const expected[] = { "Cats", "CAT" };
    for (size_t i = 0; i < MM_COUNT_OF(texts); i++) {
        const struct exec_outcome outcome = fixture_call(&f, &ALICE, &COLLECTION, texts[i], NULL);
        struct abi_value text;
        static const struct abi_type string = { .kind = ABI_STRING };
        expect_ok(outcome);
        cr_assert_eq(abi_decode(&text, outcome.output, &string, 1, ABI_MEMORY), ABI_OK);
        cr_assert(mm_bytes_equal(text.bytes, mm_bytes_str(expected[i])));
    }
    struct exec_outcome outcome = fixture_call(&f, &ALICE, &COLLECTION, "nextTokenId()", NULL);
    expect_word(&outcome, 1);
    outcome = fixture_call(&f, &ALICE, &COLLECTION, "openMint()", NULL);
    expect_word(&outcome, 1);
    outcome = fixture_call(&f, &ALICE, &COLLECTION, "owner()", NULL);
    expect_ok(outcome);
    cr_assert(mm_bytes_equal(mm_bytes_from(outcome.output.ptr + 12, 20), mm_bytes_addr(&OWNER)));
    fixture_fini(&f);
}

Test(nft_genesis, a_text_may_be_bytes_in_hex)
{
    expect_taken("{\"contract\":\"collection\",\"name\":{\"hex\":\"0xff00\"}" REST);
    expect_taken("{\"contract\":\"collection\",\"name\":{\"hex\":\"0x\"}" REST);
    expect_refused("{\"contract\":\"collection\",\"name\":{\"hex\":\"0xf\"}" REST, "native.name:");
    expect_refused("{\"contract\":\"collection\",\"name\":{\"hex\":\"0xzz\"}" REST, "native.name");
    expect_refused("{\"contract\":\"collection\",\"name\":{\"hex\":7}" REST, "native.name:");
    expect_refused("{\"contract\":\"collection\",\"name\":{\"hex\":\"0x00\",\"x\":1}" REST,
                   "native.name:");
    expect_refused("{\"contract\":\"collection\",\"name\":{}" REST, "native.name:");
}

Test(nft_genesis, refuses_by_the_name_of_the_key)
{
    expect_refused("{\"contract\":\"collection\",\"nam\":\"N\"" REST, "native.nam: unknown key");
    expect_refused("{\"contract\":\"collection\"" REST, "native.name: missing");
    expect_refused("{\"contract\":\"collection\",\"name\":7" REST, "native.name: must be a string");
    expect_refused("{\"contract\":\"collection\",\"name\":\"\",\"symbol\":\"\"," OWNER_TEXT "}",
                   "native.openMint: missing");
    expect_refused("{\"contract\":\"collection\",\"name\":\"\",\"symbol\":\"\"," OWNER_TEXT
                   ",\"openMint\":1}",
                   "native.openMint: must be true or false");
    expect_refused("{\"contract\":\"collection-factory\",\"name\":\"N\"}",
                   "native.name: unknown key");
}

Test(nft_genesis, an_owner_is_an_address_with_a_right_checksum_or_none)
{
#define WITH_OWNER(text)                                                                           \
    "{\"contract\":\"collection\",\"name\":\"\",\"symbol\":\"\",\"openMint\":true,\"owner\":" text \
    "}"
    expect_taken(WITH_OWNER("\"0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266\""));
    expect_taken(WITH_OWNER("\"0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266\""));
    expect_refused(WITH_OWNER("\"0xF39Fd6e51aad88F6F4ce6aB8827279cffFb92266\""),
                   "native.owner: bad checksum");
    expect_refused(WITH_OWNER("\"0xf39fd6e51aad88f6f4ce6ab8827279cfffb9226\""),
                   "native.owner: must be");
    expect_refused(WITH_OWNER("\"f39fd6e51aad88f6f4ce6ab8827279cfffb92266\""),
                   "native.owner: must be");
    expect_refused(WITH_OWNER("null"), "native.owner: must be");
    expect_refused(WITH_OWNER("\"0x0000000000000000000000000000000000000000\""),
                   "native.owner: must not be");
}
