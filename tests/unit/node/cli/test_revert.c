#include <criterion/criterion.h>

#include "contracts-native/abi/dispatch.h"
#include "node/cli/remote.h"

static struct mm_arena arena;

static void set_up(void)
{
    mm_arena_init(&arena, 1 << 20);
}

static void tear_down(void)
{
    mm_arena_fini(&arena);
}

TestSuite(revert, .init = set_up, .fini = tear_down);

static mm_bytes error(const char *text, const struct abi_value *values)
{
    struct abi_signature signature;
    mm_bytes data;
    abi_signature_init(&signature, text);
    cr_assert_eq(abi_encode(&arena, &data, abi_selector(&signature), signature.types,
                            signature.count, values),
                 MM_OK);
    return data;
}

static const mm_addr ALICE = { { 0xf3, 0x9f, 0xd6, 0xe5, 0x1a, 0xad, 0x88, 0xf6, 0xf4, 0xce,
                                 0x6a, 0xb8, 0x82, 0x72, 0x79, 0xcf, 0xff, 0xb9, 0x22, 0x66 } };

Test(revert, custom_errors_have_their_names_and_arguments)
{
    cr_assert_str_eq(
        revert_text(&arena, error("ERC721NonexistentToken(uint256)", ABI_VALUES(abi_u64(7)))),
        "ERC721NonexistentToken(7)");
    cr_assert_str_eq(revert_text(&arena, error("ERC721InsufficientApproval(address,uint256)",
                                               ABI_VALUES(abi_addr(&ALICE), abi_u64(1)))),
                     "ERC721InsufficientApproval(0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266, 1)");
}

Test(revert, errors_of_a_governor_have_theirs)
{
    cr_assert_str_eq(revert_text(&arena, error("GovernorUnmetDelay(uint256,uint256)",
                                               ABI_VALUES(abi_u64(7), abi_u64(9)))),
                     "GovernorUnmetDelay(7, 9)");
    cr_assert_str_eq(revert_text(&arena, error("GovernorAlreadyCastVote(address)",
                                               ABI_VALUES(abi_addr(&ALICE)))),
                     "GovernorAlreadyCastVote(0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266)");
}

Test(revert, solidity_s_own_errors_are_read)
{
    cr_assert_str_eq(revert_text(&arena, error("Error(string)",
                                               ABI_VALUES(abi_bytes(MM_BYTES_LIT("not today"))))),
                     "not today");
    cr_assert_str_eq(revert_text(&arena, error("Panic(uint256)", ABI_VALUES(abi_u64(0x41)))),
                     "Panic(0x41)");
}

Test(revert, what_is_not_known_is_shown)
{
    cr_assert_str_eq(revert_text(&arena, MM_BYTES_LIT("\x01\x02\x03\x04\x05")),
                     "unknown error 0x0102030405");
    cr_assert_str_eq(revert_text(&arena, MM_BYTES_LIT("\x01")), "unknown error 0x01");
    cr_assert_not_null(strstr(revert_text(&arena, MM_BYTES_LIT("")), "without saying why"));
}

Test(revert, malformed_arguments_are_said_to_be)
{
    const mm_bytes whole = error("ERC721NonexistentToken(uint256)", ABI_VALUES(abi_u64(7)));
    cr_assert_str_eq(revert_text(&arena, mm_bytes_from(whole.ptr, whole.len - 1)),
                     "ERC721NonexistentToken with malformed arguments");
}
