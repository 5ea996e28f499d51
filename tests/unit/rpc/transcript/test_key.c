/* API keys: what a wallet signs, and what is not let in. */
#include <criterion/criterion.h>
#include <string.h>

#include "rpc/transcript/key.h"
#include "rpc/transcript/typed.h"
#include "state/codec/hex.h"
#include "state/crypto/address.h"
#include "state/crypto/personal.h"

enum { NOW = 1764201000, END = 1764201600 };

static struct secp_secret *secret;
static struct talk_key key;
static struct talk_key_place place;

static void open_all(void)
{
    const uint8_t bytes[32] = { [31] = 7 };
    secret = secp_secret_new(bytes);
    cr_assert_not_null(secret);
    key = (struct talk_key){ .addr = secp_secret_addr(secret),
                             .token = u256_from_u64(7),
                             .expires_s = END };
    place = (struct talk_key_place){ .chain_id = 31337, .token = u256_from_u64(7) };
    cr_assert_eq(address_from_text(&place.collection,
                                   MM_BYTES_LIT("0x18fd26506c4Ef8D9cfcCA78C2917601A5fA096Df")),
                 ADDRESS_OK);
}

static void close_all(void)
{
    secp_secret_free(secret);
}

TestSuite(key, .init = open_all, .fini = close_all);

static void sign(char out[TALK_KEY_MAX + 1])
{
    char text[TALK_KEY_TEXT_MAX + 1];
    uint8_t signature[SECP_SIGNATURE_BYTES];
    const size_t len = talk_key_text(text, &key, &place);
    const mm_hash32 digest = personal_digest(mm_bytes_from(text, len));
    typed_sign(signature, secret, &digest);
    cr_assert_eq(talk_key_write(out, &key, signature), strlen(out));
}

static enum talk_key_verdict check(const char *text)
{
    struct talk_key read;
    return talk_key_check(&read, mm_bytes_str(text), &place, NOW);
}

/* Made by ethers. */
static const char KEY[] =
    "mm1.0xd41c057fd1c78805AAC12B0A94a405c0461A6FBb.7.1764201600."
    "0x8d6e5580cba32241a49a84e053b14fa1cc8c885f24acfc61ecddad31e7e37a68162e134d016abbe85307682066"
    "6a674389b1926010d0e247ac9396f5a675b0ec1c";

Test(key, the_text_and_the_key_are_these)
{
    char text[TALK_KEY_TEXT_MAX + 1];
    char made[TALK_KEY_MAX + 1];
    (void)talk_key_text(text, &key, &place);
    cr_assert_str_eq(text, "mintmark: talk with a token\n"
                           "address: 0xd41c057fd1c78805AAC12B0A94a405c0461A6FBb\n"
                           "chain: 31337\n"
                           "collection: 0x18fd26506c4Ef8D9cfcCA78C2917601A5fA096Df\n"
                           "token: 7\n"
                           "expires: 1764201600");
    sign(made);
    cr_assert_str_eq(made, KEY);
    cr_assert_eq(check(KEY), TALK_KEY_OK);
}

Test(key, is_good_where_it_was_signed_for_alone)
{
    place.token = u256_from_u64(8);
    cr_assert_eq(check(KEY), TALK_KEY_OTHER_TOKEN);
    place.token = u256_from_u64(7);
    place.chain_id++;
    cr_assert_eq(check(KEY), TALK_KEY_FORGED);
    place.chain_id--;
    place.collection.b[0] ^= 1;
    cr_assert_eq(check(KEY), TALK_KEY_FORGED);
}

Test(key, a_star_is_for_all_tokens_and_has_to_be_signed)
{
    char made[TALK_KEY_MAX + 1];
    key.any_token = true;
    key.token = u256_from_u64(0);
    sign(made);
    cr_assert_eq(check(made), TALK_KEY_OK);
    place.token = u256_from_u64(123456);
    cr_assert_eq(check(made), TALK_KEY_OK);
    char forged[sizeof KEY];
    memcpy(forged, KEY, sizeof KEY);
    *strstr(forged, ".7.") = '.';
    forged[strstr(forged, ".7.") - forged + 1] = '*';
    cr_assert_eq(check(forged), TALK_KEY_FORGED);
}

Test(key, ends_in_time_and_within_a_day)
{
    struct talk_key read;
    const mm_bytes text = mm_bytes_str(KEY);
    cr_assert_eq(talk_key_check(&read, text, &place, END - 1), TALK_KEY_OK);
    cr_assert_eq(talk_key_check(&read, text, &place, END), TALK_KEY_EXPIRED);
    cr_assert_eq(talk_key_check(&read, text, &place, END - TALK_KEY_AHEAD_MAX_S), TALK_KEY_OK);
    cr_assert_eq(talk_key_check(&read, text, &place, END - TALK_KEY_AHEAD_MAX_S - 1),
                 TALK_KEY_EXPIRED);
}

Test(key, what_is_no_key_is_told_from_what_is_a_bad_one)
{
    cr_assert_eq(check(""), TALK_KEY_NOT_OURS);
    cr_assert_eq(check("sk-1234"), TALK_KEY_NOT_OURS);
    cr_assert_eq(check("mm1"), TALK_KEY_NOT_OURS);
    static const char *const bad[] = {
        "mm1.",
        "mm1.0xd41c057fd1c78805AAC12B0A94a405c0461A6FBb",
        "mm1.0x12.7.1.0x",
        "mm1.0xd41c057fd1c78805AAC12B0A94a405c0461A6FBb.x.1764201600.0x00",
        "mm1.0xd41c057fd1c78805AAC12B0A94a405c0461A6FBb.7.-1.0x00",
        "mm1.0xd41c057fd1c78805AAC12B0A94a405c0461A6FBb.7.99999999999999999999.0x00",
        "mm1.0xd41c057fd1c78805AAC12B0A94a405c0461A6FBb.7.1764201600.0x00",
        "mm1.0xD41c057fd1c78805AAC12B0A94a405c0461A6FBb.7.1764201600.0x00",
    };
    for (size_t i = 0; i < MM_COUNT_OF(bad); i++)
        cr_assert_eq(check(bad[i]), TALK_KEY_MALFORMED, "%s", bad[i]);
}

Test(key, a_changed_digit_is_a_forgery_or_malformed)
{
    for (size_t i = 4; i < sizeof KEY - 1; i++) {
        char changed[sizeof KEY];
        memcpy(changed, KEY, sizeof KEY);
        changed[i] = changed[i] == '1' ? '2' : '1';
        cr_assert_neq(check(changed), TALK_KEY_OK, "%s", changed);
    }
}
