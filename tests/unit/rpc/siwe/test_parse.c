/* The grammar of EIP-4361, rule by rule: a message that is right, and what one line of it makes of it. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "rpc/siwe/siwe.h"
#include "state/codec/hex.h"

enum { LINES = 15, TEXT_MAX = 16 << 10 };

#define WORDS " wants you to sign in with your Ethereum account:"
#define ADDRESS "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"

/* A message with everything. A line of NULL is left out. */
static const char *const whole[LINES] = {
    "http://localhost:8545" WORDS,
    ADDRESS,
    "",
    "Show my tokens.",
    "",
    "URI: http://localhost:8545/profile?a=1#b",
    "Version: 1",
    "Chain ID: 31337",
    "Nonce: k3vq7zq2",
    "Issued At: 2026-11-27T02:00:00.000Z",
    "Expiration Time: 2026-11-27T03:00:00Z",
    "Not Before: 2026-11-27T01:00:00Z",
    "Request ID: some-id",
    "Resources:",
    "- ipfs://bafkqaaa",
};

static char text[TEXT_MAX];

static mm_bytes joined(const char *const lines[LINES])
{
    size_t len = 0;
    for (size_t i = 0; i < LINES; i++) {
        if (lines[i] != NULL)
            len += (size_t)snprintf(text + len, sizeof text - len, "%s%s", len == 0 ? "" : "\n",
                                    lines[i]);
    }
    return mm_bytes_from(text, len);
}

/* The whole message with another line in the place of one. */
static mm_bytes with(size_t line, const char *other)
{
    const char *lines[LINES];
    memcpy(lines, whole, sizeof lines);
    lines[line] = other;
    return joined(lines);
}

static enum siwe_verdict verdict_of(mm_bytes bytes)
{
    static const struct siwe_message zero;
    struct siwe_message message;
    const enum siwe_verdict verdict = siwe_parse(&message, bytes);
    if (verdict != SIWE_OK)
        cr_expect_eq(memcmp(&message, &zero, sizeof zero), 0, "what is refused leaves nothing");
    return verdict;
}

static bool is(mm_bytes bytes, const char *expected)
{
    return mm_bytes_equal(bytes, mm_bytes_str(expected));
}

Test(siwe, reads_every_field)
{
    struct siwe_message message;
    mm_bytes uri;
    cr_assert_eq(siwe_parse(&message, joined(whole)), SIWE_OK);
    cr_assert(is(message.scheme, "http"));
    cr_assert(is(message.domain, "localhost:8545"));
    mm_addr address;
    cr_assert(hex_read_addr(&address, MM_BYTES_LIT(ADDRESS)));
    cr_assert(mm_addr_equal(&message.address, &address));
    cr_assert(is(message.statement, "Show my tokens."));
    cr_assert(is(message.uri, "http://localhost:8545/profile?a=1#b"));
    cr_assert(is(message.chain_id, "31337"));
    cr_assert(is(message.nonce, "k3vq7zq2"));
    cr_assert_eq(message.issued_at.ms, INT64_C(1795744800000));
    cr_assert(is(message.issued_at.text, "2026-11-27T02:00:00.000Z"));
    cr_assert_eq(message.expiration_time.ms, INT64_C(1795748400000));
    cr_assert_eq(message.not_before.ms, INT64_C(1795741200000));
    cr_assert(message.has_request_id && is(message.request_id, "some-id"));
    cr_assert(message.has_resources);
    cr_assert_eq(message.resource_count, 1);
    mm_bytes left = message.resources;
    cr_assert(siwe_resource_next(&left, &uri) && is(uri, "ipfs://bafkqaaa"));
    cr_assert_not(siwe_resource_next(&left, &uri));
}

Test(siwe, does_without_what_is_optional)
{
    const char *lines[LINES] = { "localhost" WORDS,
                                 ADDRESS,
                                 "",
                                 "",
                                 "URI: a:",
                                 "Version: 1",
                                 "Chain ID: 1",
                                 "Nonce: 01234567",
                                 "Issued At: 2026-11-27T02:00:00Z" };
    struct siwe_message message;
    cr_assert_eq(siwe_parse(&message, joined(lines)), SIWE_OK);
    cr_assert_eq(message.scheme.len, 0);
    cr_assert_eq(message.statement.len, 0);
    cr_assert_eq(message.expiration_time.text.len, 0);
    cr_assert_eq(message.not_before.text.len, 0);
    cr_assert_not(message.has_request_id);
    cr_assert_not(message.has_resources);
    for (size_t i = 10; i < LINES; i++) {
        if (i != 13) /* resources belong to their line */
            cr_expect_eq(verdict_of(with(i, NULL)), SIWE_OK, "without line %zu", i);
    }
}

Test(siwe, lists_resources_none_one_and_many)
{
    struct siwe_message message;
    mm_bytes uri;
    cr_assert_eq(siwe_parse(&message, with(14, NULL)), SIWE_OK);
    cr_assert(message.has_resources);
    cr_assert_eq(message.resource_count, 0);
    cr_assert_eq(siwe_parse(&message, with(14, "- a:b\n- c:d\n- e:f")), SIWE_OK);
    cr_assert_eq(message.resource_count, 3);
    mm_bytes left = message.resources;
    static const char *const expected[] = { "a:b", "c:d", "e:f" };
    for (size_t i = 0; i < 3; i++)
        cr_assert(siwe_resource_next(&left, &uri) && is(uri, expected[i]));
    cr_assert_not(siwe_resource_next(&left, &uri));
}

/* One line in place of another, and what is said of it. */
static const struct {
    size_t line;
    const char *other;
    enum siwe_verdict verdict;
} cases[] = {
    // clang-format off
    { 0, "localhost" WORDS,                         SIWE_OK },
    { 0, "user@127.0.0.1:80" WORDS,                 SIWE_OK },
    { 0, "[::1]:8545" WORDS,                        SIWE_OK },
    { 0, "svc+x.1://localhost:" WORDS,              SIWE_OK },
    { 0, WORDS,                                     SIWE_BAD_DOMAIN },
    { 0, "https://" WORDS,                          SIWE_BAD_DOMAIN },
    { 0, "localhost:85x5" WORDS,                    SIWE_BAD_DOMAIN },
    { 0, "local host" WORDS,                        SIWE_BAD_DOMAIN },
    { 0, "localhost/path" WORDS,                    SIWE_BAD_DOMAIN },
    { 0, "localhost?" WORDS,                        SIWE_BAD_DOMAIN },
    { 0, "1http://localhost" WORDS,                 SIWE_BAD_SCHEME },
    { 0, "://localhost" WORDS,                      SIWE_BAD_SCHEME },
    { 0, "localhost" WORDS " ",                     SIWE_BAD_FIRST_LINE },
    { 0, "localhost wants you to sign in with your ethereum account:", SIWE_BAD_FIRST_LINE },
    { 0, "",                                        SIWE_BAD_FIRST_LINE },
    { 1, "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266", SIWE_BAD_CHECKSUM },
    { 1, "0xF39FD6E51AAD88F6F4CE6AB8827279CFFFB92266", SIWE_BAD_CHECKSUM },
    { 1, "0xF39Fd6e51aad88F6F4ce6aB8827279cffFb92266", SIWE_BAD_CHECKSUM },
    { 1, "0Xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266", SIWE_BAD_ADDRESS },
    { 1, "f39Fd6e51aad88F6F4ce6aB8827279cffFb92266",   SIWE_BAD_ADDRESS },
    { 1, "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb9226",  SIWE_BAD_ADDRESS },
    { 1, "",                                        SIWE_BAD_ADDRESS },
    { 1, NULL,                                      SIWE_BAD_ADDRESS },
    { 2, NULL,                                      SIWE_BAD_ADDRESS },
    { 2, "\n",                                      SIWE_BAD_URI }, /* then there is no statement */
    { 3, "a:/?#[]@!$&'()*+,;=-._~ Z9",              SIWE_OK },
    { 3, NULL,                                      SIWE_OK },
    { 3, "",                                        SIWE_BAD_URI },
    { 3, "two\nlines",                              SIWE_BAD_STATEMENT },
    { 3, "50%",                                     SIWE_BAD_STATEMENT },
    { 3, "a \"word\"",                              SIWE_BAD_STATEMENT },
    { 3, "caf\xc3\xa9",                             SIWE_BAD_STATEMENT },
    { 3, "a\tb",                                    SIWE_BAD_STATEMENT },
    { 3, "a\r",                                     SIWE_BAD_STATEMENT },
    { 4, NULL,                                      SIWE_BAD_STATEMENT },
    { 5, "URI: urn:isbn:0451450523",                SIWE_OK },
    { 5, "URI: _not_a_uri_",                        SIWE_BAD_URI },
    { 5, "URI: ",                                   SIWE_BAD_URI },
    { 5, "URI:http://localhost",                    SIWE_BAD_URI },
    { 5, "uri: http://localhost",                   SIWE_BAD_URI },
    { 5, " URI: http://localhost",                  SIWE_BAD_URI },
    { 5, NULL,                                      SIWE_BAD_URI },
    { 6, "Version: 2",                              SIWE_BAD_VERSION },
    { 6, "Version: 01",                             SIWE_BAD_VERSION },
    { 6, "Version: 1 ",                             SIWE_BAD_VERSION },
    { 6, NULL,                                      SIWE_BAD_VERSION },
    { 7, "Chain ID: 1",                             SIWE_OK },
    { 7, "Chain ID: 99999999999999999999999999",    SIWE_OK },
    { 7, "Chain ID: 0x1",                           SIWE_BAD_CHAIN_ID },
    { 7, "Chain ID: ",                              SIWE_BAD_CHAIN_ID },
    { 7, "Chain ID: -1",                            SIWE_BAD_CHAIN_ID },
    { 7, NULL,                                      SIWE_BAD_CHAIN_ID },
    { 8, "Nonce: ABCdef0123456789",                 SIWE_OK },
    { 8, "Nonce: 1234567",                          SIWE_BAD_NONCE },
    { 8, "Nonce: 1234567-",                         SIWE_BAD_NONCE },
    { 8, NULL,                                      SIWE_BAD_NONCE },
    { 9, "Issued At: 2026-11-27T02:00:00+01:30",    SIWE_OK },
    { 9, "Issued At: Fri Nov 27 2026",              SIWE_BAD_ISSUED_AT },
    { 9, "Issued At: ",                             SIWE_BAD_ISSUED_AT },
    { 9, NULL,                                      SIWE_BAD_ISSUED_AT },
    { 10, "Expiration Time: tomorrow",              SIWE_BAD_EXPIRATION_TIME },
    { 10, "Expiration time: 2026-11-27T03:00:00Z",  SIWE_BAD_LINE },
    { 11, "Not Before: 2026-11-27",                 SIWE_BAD_NOT_BEFORE },
    { 11, "Not Before: 2026-11-27T01:00:00Z\nNot Before: 2026-11-27T01:00:00Z", SIWE_BAD_LINE },
    { 12, "Request ID: ",                           SIWE_OK },
    { 12, "Request ID: a:b@c%20d",                  SIWE_OK },
    { 12, "Request ID: a/b",                        SIWE_BAD_REQUEST_ID },
    { 12, "Request ID: a b",                        SIWE_BAD_REQUEST_ID },
    { 12, "Request ID: 100%",                       SIWE_BAD_REQUEST_ID },
    { 13, "Resources: ",                            SIWE_BAD_RESOURCES },
    { 13, NULL,                                     SIWE_BAD_LINE },
    { 14, "- a:b\n- _not_a_uri_",                   SIWE_BAD_RESOURCES },
    { 14, "- _not_a_uri_\n- a:b",                   SIWE_BAD_RESOURCES },
    { 14, "- https://a.example - https://b.example", SIWE_BAD_RESOURCES },
    { 14, "-a:b",                                   SIWE_BAD_RESOURCES },
    { 14, "",                                       SIWE_BAD_RESOURCES },
    { 14, "- a:b\n",                                SIWE_BAD_RESOURCES },
    { 14, "- a:b\nRequest ID: x",                   SIWE_BAD_RESOURCES },
    // clang-format on
};

Test(siwe, says_of_each_line_what_is_wrong_with_it)
{
    for (size_t i = 0; i < MM_COUNT_OF(cases); i++) {
        const enum siwe_verdict verdict = verdict_of(with(cases[i].line, cases[i].other));
        cr_expect_eq(verdict, cases[i].verdict, "line %zu as \"%s\": %s", cases[i].line,
                     cases[i].other == NULL ? "(none)" : cases[i].other,
                     siwe_verdict_text(verdict));
    }
}

Test(siwe, takes_its_lines_in_one_order_alone)
{
    for (size_t i = 5; i + 1 < LINES; i++) {
        const char *lines[LINES];
        memcpy(lines, whole, sizeof lines);
        lines[i] = whole[i + 1];
        lines[i + 1] = whole[i];
        cr_expect_neq(verdict_of(joined(lines)), SIWE_OK, "lines %zu and %zu in turn", i, i + 1);
    }
}

Test(siwe, ends_with_its_last_line)
{
    for (size_t last = 9; last < LINES; last++) {
        const char *lines[LINES] = { NULL };
        memcpy(lines, whole, (last + 1) * sizeof *lines);
        mm_bytes message = joined(lines);
        cr_expect_eq(verdict_of(message), SIWE_OK, "up to line %zu", last);
        text[message.len++] = '\n';
        cr_expect_neq(verdict_of(message), SIWE_OK, "a line feed behind line %zu", last);
    }
    for (size_t last = 0; last < 9; last++) {
        const char *lines[LINES] = { NULL };
        memcpy(lines, whole, (last + 1) * sizeof *lines);
        cr_expect_neq(verdict_of(joined(lines)), SIWE_OK, "only up to line %zu", last);
    }
    cr_assert_eq(verdict_of(mm_bytes_from(NULL, 0)), SIWE_BAD_FIRST_LINE);
}

Test(siwe, takes_no_line_ends_of_another_kind)
{
    const mm_bytes message = joined(whole);
    for (size_t i = 0; i < message.len; i++) {
        if (text[i] != '\n')
            continue;
        text[i] = '\r';
        cr_expect_neq(verdict_of(message), SIWE_OK, "at %zu", i);
        text[i] = '\n';
    }
}

Test(siwe, takes_no_zero_byte_anywhere)
{
    const mm_bytes message = joined(whole);
    for (size_t i = 0; i < message.len; i++) {
        const char old = text[i];
        text[i] = '\0';
        cr_expect_neq(verdict_of(message), SIWE_OK, "at %zu", i);
        text[i] = old;
    }
}

Test(siwe, is_as_long_as_its_limit_and_no_longer)
{
    static char statement[SIWE_TEXT_MAX + 1];
    const size_t front = joined(whole).len - strlen(whole[3]);
    memset(statement, 'a', SIWE_TEXT_MAX - front);
    cr_assert_eq(verdict_of(with(3, statement)), SIWE_OK);
    statement[SIWE_TEXT_MAX - front] = 'a';
    cr_assert_eq(verdict_of(with(3, statement)), SIWE_TOO_LONG);
}
