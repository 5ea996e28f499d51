/* What people write and read of governance: times, and calls. */
#include <criterion/criterion.h>

#include "contracts-native/abi/dispatch.h"
#include "contracts-native/natives/natives.h"
#include "node/cli/govern.h"

Test(govern, a_time_is_a_number_with_a_unit_or_seconds)
{
    static const struct {
        const char *text;
        uint64_t seconds;
    } good[] = { { "0", 0 },     { "90", 90 },   { "90s", 90 },
                 { "15m", 900 }, { "2h", 7200 }, { "3d", 259200 } };
    static const char *const bad[] = { "",   "s",           "1.5h", "-1", "3w",
                                       "h2", "99999999999", "0x10", " 1" };
    uint64_t seconds;
    for (size_t i = 0; i < MM_COUNT_OF(good); i++) {
        cr_assert(govern_read_seconds(&seconds, good[i].text), "%s", good[i].text);
        cr_assert_eq(seconds, good[i].seconds, "%s", good[i].text);
    }
    for (size_t i = 0; i < MM_COUNT_OF(bad); i++)
        cr_assert(!govern_read_seconds(&seconds, bad[i]), "%s", bad[i]);
}

Test(govern, a_moment_is_written_in_utc)
{
    char text[GOVERN_TIME_MAX];
    govern_time_text(text, 1795752300);
    cr_assert_str_eq(text, "2026-11-27 04:05:00 UTC");
    govern_time_text(text, UINT64_MAX);
    cr_assert_str_eq(text, "never");
    govern_time_text(text, ((UINT64_C(1) << 48) - 1));
    cr_assert(strlen(text) < GOVERN_TIME_MAX);
}

static mm_bytes call_of(struct mm_arena *arena, const char *function, const struct abi_value *args)
{
    struct abi_signature signature;
    mm_bytes data;
    abi_signature_init(&signature, function);
    cr_assert_eq(
        abi_encode(arena, &data, abi_selector(&signature), signature.types, signature.count, args),
        MM_OK);
    return data;
}

Test(govern, a_call_is_read_as_a_function_of_its_arguments)
{
    struct mm_arena arena;
    struct abi_signature type;
    struct abi_value effects;
    mm_arena_init(&arena, 1 << 20);
    (void)natives_all();
    cr_assert_str_eq(
        govern_call_text(&arena, call_of(&arena, "setRule(string,string)",
                                         ABI_VALUES(abi_bytes(MM_BYTES_LIT("mint")),
                                                    abi_bytes(MM_BYTES_LIT("caller == owner"))))),
        "setRule(\"mint\", \"caller == owner\")");
    cr_assert_str_eq(govern_call_text(&arena, call_of(&arena, "setVotingDelay(uint48)",
                                                      ABI_VALUES(abi_u64(60)))),
                     "setVotingDelay(60)");
    abi_signature_init(&type, "(uint8,bytes32,string)[]");
    const struct abi_value members[] = { abi_u64(2), abi_u64(0), abi_bytes(MM_BYTES_LIT("1u")) };
    cr_assert_eq(abi_encode_tuples(&arena, &effects, type.types, 1, members), MM_OK);
    cr_assert_str_eq(
        govern_call_text(
            &arena,
            call_of(&arena, "defineAction(string,string,string,(uint8,bytes32,string)[])",
                    ABI_VALUES(abi_bytes(MM_BYTES_LIT("a")), abi_bytes(MM_BYTES_LIT("true")),
                               abi_bytes(MM_BYTES_LIT("0u")), effects))),
        "defineAction(\"a\", \"true\", \"0u\", 1 effects)");
    mm_arena_fini(&arena);
}

Test(govern, what_is_no_call_is_shown_as_it_is)
{
    struct mm_arena arena;
    mm_arena_init(&arena, 1 << 20);
    cr_assert_str_eq(govern_call_text(&arena, MM_BYTES_LIT("\x01\x02\x03\x04\x05")),
                     "0x0102030405");
    cr_assert_str_eq(govern_call_text(&arena, MM_BYTES_LIT("")), "0x");
    const mm_bytes cut =
        call_of(&arena, "setRule(string,string)",
                ABI_VALUES(abi_bytes(MM_BYTES_LIT("m")), abi_bytes(MM_BYTES_LIT("r"))));
    cr_assert(strncmp(govern_call_text(&arena, mm_bytes_from(cut.ptr, 40)), "0x756f27a2", 10) == 0);
    mm_arena_fini(&arena);
}
