#include <criterion/criterion.h>

#include "contracts-native/abi/abi.h"
#include "state/base/arena.h"
#include "state/codec/hex.h"

static struct mm_arena arena;

static void setup(void)
{
    mm_arena_init(&arena, 1 << 20);
}

static void teardown(void)
{
    mm_arena_fini(&arena);
}

TestSuite(abi_encode, .init = setup, .fini = teardown);

static mm_bytes encoded(const char *types, const struct abi_value *values)
{
    struct abi_signature signature;
    mm_bytes out;
    cr_assert(abi_signature_parse(&signature, types));
    cr_assert_eq(
        abi_encode(&arena, &out, (mm_bytes){ 0 }, signature.types, signature.count, values), MM_OK);
    return out;
}

static void expect_hex(mm_bytes bytes, const char *hex)
{
    char text[2048];
    cr_assert(bytes.len * 2 < sizeof text);
    hex_encode(text, bytes);
    text[bytes.len * 2] = '\0';
    cr_assert_str_eq(text, hex);
}

#define WORD_0 "0000000000000000000000000000000000000000000000000000000000000000"
#define WORD_1 "0000000000000000000000000000000000000000000000000000000000000001"
#define WORD_20 "0000000000000000000000000000000000000000000000000000000000000020"
#define WORD_40 "0000000000000000000000000000000000000000000000000000000000000040"

Test(abi_encode, static_values_are_their_words)
{
    const mm_addr addr = { { 0xaa, [19] = 0xbb } };
    expect_hex(
        encoded("bool,address,uint256", ABI_VALUES(abi_bool(true), abi_addr(&addr), abi_u64(0x20))),
        WORD_1 "000000000000000000000000aa000000000000000000000000000000000000bb" WORD_20);
}

Test(abi_encode, a_string_is_padded_to_whole_words)
{
    expect_hex(encoded("string", ABI_VALUES(abi_bytes(MM_BYTES_LIT("a")))),
               WORD_20 WORD_1 "6100000000000000000000000000000000000000000000000000000000000000");
    expect_hex(encoded("string", ABI_VALUES(abi_bytes((mm_bytes){ 0 }))), WORD_20 WORD_0);
    expect_hex(
        encoded("bytes", ABI_VALUES(abi_bytes(MM_BYTES_LIT("01234567890123456789012345678901")))),
        WORD_20 WORD_20 "3031323334353637383930313233343536373839303132333435363738393031");
}

Test(abi_encode, tails_follow_in_order_of_the_arguments)
{
    uint8_t words[64] = { [31] = 1, [63] = 0x20 };
    expect_hex(
        encoded("uint256[],bytes",
                ABI_VALUES(abi_bytes(MM_BYTES_OF(words)), abi_bytes((mm_bytes){ 0 }))),
        WORD_40
        "00000000000000000000000000000000000000000000000000000000000000a0"
        "0000000000000000000000000000000000000000000000000000000000000002" WORD_1 WORD_20 WORD_0);
}

Test(abi_encode, a_prefix_comes_first_and_does_not_move_offsets)
{
    struct abi_signature error;
    mm_bytes out;
    cr_assert(abi_signature_parse(&error, "Error(string)"));
    const struct abi_value value = abi_bytes((mm_bytes){ 0 });
    cr_assert_eq(abi_encode(&arena, &out, abi_selector(&error), error.types, error.count, &value),
                 MM_OK);
    expect_hex(out, "08c379a0" WORD_20 WORD_0);
}

Test(abi_encode, a_full_arena_is_an_error_and_gives_nothing)
{
    struct mm_arena small;
    struct abi_signature signature;
    mm_bytes out = MM_BYTES_LIT("x");
    mm_arena_init(&small, 4096);
    cr_assert(abi_signature_parse(&signature, "string"));
    const uint8_t content[4096] = { 0 };
    const struct abi_value value = abi_bytes(MM_BYTES_OF(content));
    cr_assert_eq(abi_encode(&small, &out, (mm_bytes){ 0 }, signature.types, 1, &value),
                 MM_ERR_LIMIT);
    cr_assert_eq(out.len, 0);
    mm_arena_fini(&small);
}

Test(abi_encode, nothing_is_no_bytes)
{
    cr_assert_eq(encoded("", NULL).len, 0);
}
