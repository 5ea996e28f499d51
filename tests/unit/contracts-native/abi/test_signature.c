#include <stdio.h>

#include <criterion/criterion.h>

#include "contracts-native/abi/abi.h"

static struct abi_signature parsed(const char *text)
{
    struct abi_signature signature;
    cr_assert(abi_signature_parse(&signature, text), "%s", text);
    return signature;
}

static void expect_selector(const char *text, const uint8_t selector[4])
{
    const struct abi_signature signature = parsed(text);
    cr_assert(mm_bytes_equal(abi_selector(&signature), mm_bytes_from(selector, 4)), "%s", text);
}

/* The first examples of the Contract ABI Specification, and ERC-20's best known selector. */
Test(abi_signature, selectors_are_those_of_the_specification)
{
    expect_selector("baz(uint32,bool)", (const uint8_t[]){ 0xcd, 0xcd, 0x77, 0xc0 });
    expect_selector("sam(bytes,bool,uint256[])", (const uint8_t[]){ 0xa5, 0x64, 0x3b, 0xf2 });
    expect_selector("f(uint256,uint32[],bytes10,bytes)",
                    (const uint8_t[]){ 0x8b, 0xe6, 0x52, 0x46 });
    expect_selector("transfer(address,uint256)", (const uint8_t[]){ 0xa9, 0x05, 0x9c, 0xbb });
}

Test(abi_signature, indexed_is_no_part_of_the_hash)
{
    const struct abi_signature marked =
        parsed("Transfer(address indexed,address indexed,uint256 indexed)");
    const struct abi_signature plain = parsed("Transfer(address,address,uint256)");
    cr_assert(mm_hash_equal(&marked.hash, &plain.hash));
    cr_assert_eq(marked.indexed, 7);
    cr_assert_eq(plain.indexed, 0);
    cr_assert_eq(parsed("A(bool,int8 indexed)").indexed, 2);
}

Test(abi_signature, types_say_how_many_bytes_they_use)
{
    const struct abi_signature s =
        parsed("f(uint8,int256,bool,address,bytes1,bytes32,bytes,string,uint96[])");
    static const struct abi_type expected[] = {
        { ABI_UINT, 1, false },     { ABI_INT, 32, false },        { ABI_BOOL, 1, false },
        { ABI_ADDRESS, 20, false }, { ABI_BYTES_FIXED, 1, false }, { ABI_BYTES_FIXED, 32, false },
        { ABI_BYTES, 0, false },    { ABI_STRING, 0, false },      { ABI_UINT, 12, true },
    };
    cr_assert_eq(s.count, MM_COUNT_OF(expected));
    for (size_t i = 0; i < s.count; i++) {
        cr_assert_eq(s.types[i].kind, expected[i].kind, "%zu", i);
        cr_assert_eq(s.types[i].bytes, expected[i].bytes, "%zu", i);
        cr_assert_eq(s.types[i].is_array, expected[i].is_array, "%zu", i);
    }
}

Test(abi_signature, results_are_a_list_without_a_name)
{
    cr_assert_eq(parsed("").count, 0);
    cr_assert_eq(parsed("address,uint256").count, 2);
    cr_assert_eq(parsed("f()").count, 0);
}

Test(abi_signature, refuses_what_is_not_canonical)
{
    static const char *const bad[] = {
        "f(uint)",
        "f(int)",
        "f(uint7)",
        "f(uint264)",
        "f(uint0)",
        "f(uint08)",
        "f(bytes0)",
        "f(bytes33)",
        "f(bytes01)",
        "f(addres)",
        "f(address ,bool)",
        "f(bool,)",
        "f(,bool)",
        "f(bool",
        "f(bool))",
        "f(bool)x",
        "f bool)",
        "(bool)",
        "1f(bool)",
        "f-g(bool)",
        "f(string[][])",
        "f(bytes[][])",
        "f(uint8[][])",
        "f(uint8[2])",
        "f((uint8))",
        "f(bool) ",
        "f( bool)",
        "bool,",
        ",bool",
        "f(uint1000)",
        "f(bool indexed indexed)",
        "f()()",
        "byte",
        "f(function)",
    };
    for (size_t i = 0; i < MM_COUNT_OF(bad); i++) {
        struct abi_signature signature;
        cr_expect(!abi_signature_parse(&signature, bad[i]), "%s", bad[i]);
        cr_expect(signature.text == NULL && signature.count == 0, "%s", bad[i]);
    }
}

Test(abi_signature, has_at_most_sixteen_arguments_and_255_characters)
{
    char text[512];
    struct abi_signature signature;
    (void)snprintf(text, sizeof text, "f(%s)",
                   "bool,bool,bool,bool,bool,bool,bool,bool,"
                   "bool,bool,bool,bool,bool,bool,bool,bool");
    cr_assert(abi_signature_parse(&signature, text));
    (void)snprintf(text, sizeof text, "f(%s)",
                   "bool,bool,bool,bool,bool,bool,bool,bool,bool,"
                   "bool,bool,bool,bool,bool,bool,bool,bool");
    cr_assert(!abi_signature_parse(&signature, text));
    memset(text, 'a', sizeof text);
    memcpy(text + ABI_TEXT_MAX - 2, "()", 3);
    cr_assert(abi_signature_parse(&signature, text));
    memcpy(text + ABI_TEXT_MAX - 2, "a()", 4);
    cr_assert(!abi_signature_parse(&signature, text));
}
