/* What is sent to a profile and what it answers, as text. */
#include <criterion/criterion.h>

#include "rpc/profile/text.h"
#include "state/base/endian.h"

#define COLLECTION "\"collection\":\"0x6d696E746d61726b000000000000000000000721\""

static bool reads(const char *body, struct content_claim *claim)
{
    struct mm_arena arena;
    mm_arena_init(&arena, 1 << 20);
    const bool ok = profile_read(&arena, claim, mm_bytes_str(body));
    mm_arena_fini(&arena);
    return ok;
}

Test(profile_text, takes_numbers_as_json_as_digits_and_as_quantities)
{
    static const char *const bodies[] = {
        "{\"chain\":31337," COLLECTION ",\"token\":7}",
        "{\"chain\":\"31337\"," COLLECTION ",\"token\":\"7\"}",
        "{\"token\":\"0x7\",\"chain\":\"0x7a69\"," COLLECTION "}",
        "{\"chain\":31337,\"collection\":\"0x6d696e746d61726b000000000000000000000721\",\"token\":"
        "7}",
    };
    for (size_t i = 0; i < MM_COUNT_OF(bodies); i++) {
        struct content_claim claim;
        cr_assert(reads(bodies[i], &claim), "%s", bodies[i]);
        cr_assert_eq(claim.chain_id, 31337);
        cr_assert_eq(mm_get_be64(claim.token.token_id.b + 24), 7);
        cr_assert_eq(memcmp(claim.token.contract.b, "mintmark", 8), 0);
    }
}

Test(profile_text, refuses_what_is_malformed)
{
    static const char *const bodies[] = {
        "",
        "[]",
        "{}",
        "{\"chain\":31337," COLLECTION "}",
        "{\"chain\":31337,\"token\":7}",
        "{" COLLECTION ",\"token\":7}",
        "{\"chain\":-1," COLLECTION ",\"token\":7}",
        "{\"chain\":1.5," COLLECTION ",\"token\":7}",
        "{\"chain\":31337," COLLECTION ",\"token\":true}",
        "{\"chain\":31337," COLLECTION ",\"token\":\"\"}",
        "{\"chain\":31337," COLLECTION ",\"token\":\"seven\"}",
        "{\"chain\":18446744073709551616," COLLECTION ",\"token\":7}",
        "{\"chain\":31337,\"collection\":\"0x12\",\"token\":7}",
        "{\"chain\":31337,\"collection\":\"0x6D696E746D61726b000000000000000000000721\",\"token\":"
        "7}",
        "{\"chain\":31337," COLLECTION ",\"token\":7,\"token\":8}",
        /* 2^256 */
        "{\"chain\":31337," COLLECTION ",\"token\":"
        "\"115792089237316195423570985008687907853269984665640564039457584007913129639936\"}",
    };
    for (size_t i = 0; i < MM_COUNT_OF(bodies); i++) {
        struct content_claim claim;
        cr_expect_not(reads(bodies[i], &claim), "%s", bodies[i]);
    }
}

Test(profile_text, names_a_token_as_other_programs_do)
{
    struct content_claim claim = { .chain_id = 31337 };
    char text[LOOK_ASSET_TEXT_MAX + 1];
    memcpy(claim.token.contract.b, "mintmark", 8);
    claim.token.contract.b[18] = 0x07;
    claim.token.contract.b[19] = 0x21;
    claim.token.token_id.b[31] = 7;
    look_asset_text(text, &claim);
    cr_assert_str_eq(text, "eip155:31337/erc721:0x6d696E746d61726b000000000000000000000721/7");
    claim.chain_id = UINT64_MAX;
    memset(claim.token.token_id.b, 0xff, 32);
    look_asset_text(text, &claim);
    cr_assert_str_eq(
        text + strlen(text) - 78,
        "115792089237316195423570985008687907853269984665640564039457584007913129639935");
}
