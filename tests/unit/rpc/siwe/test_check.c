/* What a message is compared with: the page, the clock, the account. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "rpc/siwe/siwe.h"
#include "state/codec/hex.h"
#include "state/crypto/address.h"
#include "state/crypto/personal.h"

#define NOW_MS INT64_C(1795744800000) /* 2026-11-27T02:00:00Z */

/* Signed by a wallet library that is not ours (ethers 6, first account of the development mnemonic). */
static const char signed_text[] =
    "localhost:8545 wants you to sign in with your Ethereum account:\n"
    "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266\n\n"
    "Show my tokens. This costs nothing and moves nothing.\n\n"
    "URI: http://localhost:8545\nVersion: 1\nChain ID: 31337\nNonce: k3vq7zq2abcd\n"
    "Issued At: 2026-11-27T02:00:00.000Z";
static const char signature[] =
    "0x800f33e017c1871d2094e16ed3696dda0c24a2a43fb3bb7c874ced56a45d4f2b"
    "4cd6403d161b4c65c3de81db5d5f5c28ab92e68a70ba12c27eb55b8be7fe1da01c";

static char text[4096];

/* Another domain, URI and chain, and lines behind the last. */
static struct siwe_message message_of(const char *domain, const char *uri, const char *chain,
                                      const char *more)
{
    struct siwe_message message;
    const int len = snprintf(
        text, sizeof text,
        "%s wants you to sign in with your Ethereum account:\n"
        "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266\n\n\n"
        "URI: %s\nVersion: 1\nChain ID: %s\nNonce: k3vq7zq2\nIssued At: 2026-11-27T02:00:00Z%s",
        domain, uri, chain, more);
    cr_assert_eq(siwe_parse(&message, mm_bytes_from(text, (size_t)len)), SIWE_OK, "%s", text);
    return message;
}

static enum siwe_verdict page_verdict(const char *domain, const char *uri, const char *chain,
                                      bool is_secure)
{
    const struct siwe_message message = message_of(domain, uri, chain, "");
    return siwe_check_page(&message,
                           &(struct siwe_page){ MM_BYTES_LIT("localhost:8545"), is_secure, 31337 });
}

Test(siwe_check, a_message_is_for_one_page_and_one_chain)
{
    static const struct {
        const char *domain;
        const char *uri;
        const char *chain;
        enum siwe_verdict verdict;
    } cases[] = {
        // clang-format off
        { "localhost:8545",         "http://localhost:8545",           "31337",  SIWE_OK },
        { "LocalHost:8545",         "HTTP://LOCALHOST:8545/a?b#c",     "031337", SIWE_OK },
        { "http://localhost:8545",  "http://localhost:8545/",          "31337",  SIWE_OK },
        { "https://localhost:8545", "https://localhost:8545/",         "31337",  SIWE_OK },
        { "localhost",              "http://localhost:8545",           "31337",  SIWE_OTHER_DOMAIN },
        { "localhost:8546",         "http://localhost:8545",           "31337",  SIWE_OTHER_DOMAIN },
        { "127.0.0.1:8545",         "http://localhost:8545",           "31337",  SIWE_OTHER_DOMAIN },
        { "u@localhost:8545",       "http://localhost:8545",           "31337",  SIWE_OTHER_DOMAIN },
        { "evil.example",           "http://localhost:8545",           "31337",  SIWE_OTHER_DOMAIN },
        { "ftp://localhost:8545",   "http://localhost:8545",           "31337",  SIWE_OTHER_SCHEME },
        { "localhost:8545",         "http://localhost",                "31337",  SIWE_OTHER_ORIGIN },
        { "localhost:8545",         "http://evil.example/localhost:8545", "31337", SIWE_OTHER_ORIGIN },
        { "localhost:8545",         "http://localhost:8545@evil.example", "31337", SIWE_OTHER_ORIGIN },
        { "localhost:8545",         "ftp://localhost:8545",            "31337",  SIWE_OTHER_ORIGIN },
        { "localhost:8545",         "http:/localhost:8545",            "31337",  SIWE_OTHER_ORIGIN },
        { "localhost:8545",         "localhost:8545",                  "31337",  SIWE_OTHER_ORIGIN },
        { "localhost:8545",         "http://localhost:8545",           "1",      SIWE_OTHER_CHAIN },
        { "localhost:8545",         "http://localhost:8545",           "18446744073709582953", SIWE_OTHER_CHAIN }, /* + 2^64 */
        // clang-format on
    };
    for (size_t i = 0; i < MM_COUNT_OF(cases); i++) {
        const enum siwe_verdict verdict =
            page_verdict(cases[i].domain, cases[i].uri, cases[i].chain, false);
        cr_expect_eq(verdict, cases[i].verdict, "%s, %s, %s: %s", cases[i].domain, cases[i].uri,
                     cases[i].chain, siwe_verdict_text(verdict));
    }
}

Test(siwe_check, a_page_that_is_known_to_be_secure_takes_https_alone)
{
    cr_assert_eq(page_verdict("localhost:8545", "https://localhost:8545", "31337", true), SIWE_OK);
    cr_assert_eq(page_verdict("localhost:8545", "http://localhost:8545", "31337", true),
                 SIWE_OTHER_ORIGIN);
    cr_assert_eq(page_verdict("http://localhost:8545", "https://localhost:8545", "31337", true),
                 SIWE_OTHER_SCHEME);
}

static enum siwe_verdict time_verdict(const char *more, int64_t now_ms)
{
    const struct siwe_message message =
        message_of("localhost:8545", "http://localhost:8545", "31337", more);
    return siwe_check_times(&message, now_ms);
}

Test(siwe_check, a_message_has_its_time)
{
    cr_assert_eq(time_verdict("", NOW_MS), SIWE_OK);
    cr_assert_eq(time_verdict("", NOW_MS - SIWE_CLOCK_SKEW_MS), SIWE_OK);
    cr_assert_eq(time_verdict("", NOW_MS - SIWE_CLOCK_SKEW_MS - 1), SIWE_NOT_ISSUED);
    cr_assert_eq(time_verdict("\nExpiration Time: 2026-11-27T02:00:00.001Z", NOW_MS), SIWE_OK);
    cr_assert_eq(time_verdict("\nExpiration Time: 2026-11-27T02:00:00Z", NOW_MS), SIWE_EXPIRED);
    cr_assert_eq(time_verdict("\nExpiration Time: 1960-01-01T00:00:00Z", NOW_MS), SIWE_EXPIRED);
    cr_assert_eq(time_verdict("\nNot Before: 2026-11-27T02:00:00Z", NOW_MS), SIWE_OK);
    cr_assert_eq(time_verdict("\nNot Before: 2026-11-27T02:00:00.001Z", NOW_MS), SIWE_NOT_YET);
}

static enum siwe_verdict signature_verdict(const char *changed, const char *by)
{
    struct siwe_message message;
    cr_assert_eq(siwe_parse(&message, mm_bytes_str(changed)), SIWE_OK);
    return siwe_check_signature(&message, mm_bytes_str(by));
}

Test(siwe_check, a_signature_is_a_wallets_over_every_byte)
{
    char other[sizeof signed_text];
    cr_assert_eq(signature_verdict(signed_text, signature), SIWE_OK);
    memcpy(other, signed_text, sizeof other);
    *strstr(other, "abcd") = 'A';
    cr_assert_eq(signature_verdict(other, signature), SIWE_OTHER_SIGNER);
}

Test(siwe_check, a_recovery_byte_may_count_from_zero)
{
    char other[sizeof signature];
    memcpy(other, signature, sizeof other);
    memcpy(other + sizeof other - 3, "01", 2);
    cr_assert_eq(signature_verdict(signed_text, other), SIWE_OK);
    memcpy(other + sizeof other - 3, "00", 2);
    cr_assert_eq(signature_verdict(signed_text, other), SIWE_OTHER_SIGNER);
    memcpy(other + sizeof other - 3, "1d", 2);
    cr_assert_eq(signature_verdict(signed_text, other), SIWE_MALFORMED_SIGNATURE);
}

Test(siwe_check, what_is_no_signature_is_said_to_be_none)
{
    char zeros[sizeof signature];
    memset(zeros, '0', sizeof zeros - 1);
    zeros[1] = 'x';
    zeros[sizeof zeros - 1] = '\0';
    cr_assert_eq(signature_verdict(signed_text, zeros), SIWE_OTHER_SIGNER);
    cr_assert_eq(signature_verdict(signed_text, ""), SIWE_MALFORMED_SIGNATURE);
    cr_assert_eq(signature_verdict(signed_text, "0x12"), SIWE_MALFORMED_SIGNATURE);
    cr_assert_eq(signature_verdict(signed_text, signature + 2), SIWE_MALFORMED_SIGNATURE);
}
