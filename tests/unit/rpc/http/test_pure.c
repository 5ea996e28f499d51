/* Authorities, targets: functions of their arguments. */
#include <criterion/criterion.h>

#include "rpc/http/authority.h"
#include "rpc/http/parameter.h"
#include "rpc/http/target.h"

static bool is_local(const char *text)
{
    struct http_authority authority;
    return http_authority_parse(&authority, mm_bytes_str(text)) &&
           http_authority_is_loopback(&authority);
}

Test(authority, knows_loopback)
{
    static const char *const yes[] = { "localhost",   "LOCALHOST:80", "localhost.",
                                       "a.localhost", "127.0.0.1",    "127.9.8.7:1",
                                       "[::1]",       "[::1]:8545",   "[::ffff:127.0.0.1]",
                                       "localhost:" };
    static const char *const no[] = { "",
                                      ":80",
                                      "notlocalhost",
                                      "localhost.example",
                                      "128.0.0.1",
                                      "127.0.0.1.example",
                                      "[::2]",
                                      "[::1",
                                      "::1",
                                      "[::1]x",
                                      "[localhost]",
                                      "local host",
                                      "localhost:80:80",
                                      "localhost:123456",
                                      "localhost:8x",
                                      "user@localhost",
                                      "localhost/",
                                      "0.0.0.0",
                                      "[::]",
                                      "127.1" };
    for (size_t i = 0; i < MM_COUNT_OF(yes); i++)
        cr_expect(is_local(yes[i]), "%s", yes[i]);
    for (size_t i = 0; i < MM_COUNT_OF(no); i++)
        cr_expect_not(is_local(no[i]), "%s", no[i]);
}

Test(authority, has_no_empty_labels)
{
    static const char *const names[] = { ".", "..", ".a", "a..b", "127.0.0.1..", "localhost..:80" };
    struct http_authority authority;
    for (size_t i = 0; i < MM_COUNT_OF(names); i++)
        cr_assert_not(http_authority_parse(&authority, mm_bytes_str(names[i])), "%s", names[i]);
}

Test(authority, knows_pages_of_this_machine)
{
    cr_expect(http_origin_is_loopback(MM_BYTES_LIT("http://localhost:3000")));
    cr_expect(http_origin_is_loopback(MM_BYTES_LIT("https://127.0.0.1")));
    cr_expect_not(http_origin_is_loopback(MM_BYTES_LIT("null")));
    cr_expect_not(http_origin_is_loopback(MM_BYTES_LIT("file://localhost")));
    cr_expect_not(http_origin_is_loopback(MM_BYTES_LIT("http://localhost:3000/path")));
    cr_expect_not(http_origin_is_loopback(MM_BYTES_LIT("http://")));
    cr_expect_not(http_origin_is_loopback(MM_BYTES_LIT("http://localhost@evil.example")));
}

/* The gateway lets pages of strangers run there; they are not the node's owner. */
Test(authority, takes_no_page_under_ipfs_localhost_for_the_owners)
{
    cr_expect(is_local("bafkqaaa.ipfs.localhost:8080"));
    cr_expect_not(http_origin_is_loopback(MM_BYTES_LIT("http://bafkqaaa.ipfs.localhost:8080")));
    cr_expect_not(http_origin_is_loopback(MM_BYTES_LIT("http://BAFKQAAA.IPFS.LocalHost.")));
    cr_expect_not(http_origin_is_loopback(MM_BYTES_LIT("https://a.b.ipfs.localhost")));
    cr_expect(http_origin_is_loopback(MM_BYTES_LIT("http://app.localhost:3000")));
    cr_expect(http_origin_is_loopback(MM_BYTES_LIT("http://notipfs.localhost")));
}

static bool is_of(const char *origin, const char *authority)
{
    return http_origin_is_of(mm_bytes_str(origin), mm_bytes_str(authority));
}

Test(authority, knows_the_page_that_was_served_under_it)
{
    cr_expect(is_of("http://localhost:8545", "localhost:8545"));
    cr_expect(is_of("https://localhost:8545", "LocalHost:8545"));
    cr_expect(is_of("http://[::1]:8545", "[::1]:8545"));
    cr_expect(is_of("http://node.example", "node.example:80"));
    cr_expect(is_of("https://node.example", "node.example:443"));
    cr_expect(is_of("https://node.example", "node.example"));
    static const struct {
        const char *origin;
        const char *authority;
    } others[] = {
        { "http://localhost:3000", "localhost:8545" },
        { "http://localhost", "localhost:8545" },
        { "http://127.0.0.1:8545", "localhost:8545" },
        { "https://node.example", "node.example:80" },
        { "http://a.localhost:8545", "localhost:8545" },
        { "http://localhost:8545.evil.example", "localhost:8545" },
        { "http://localhost:8545/path", "localhost:8545" },
        { "ftp://localhost:8545", "localhost:8545" },
        { "null", "localhost:8545" },
        { "", "localhost:8545" },
        { "http://localhost:8545", "" },
    };
    for (size_t i = 0; i < MM_COUNT_OF(others); i++)
        cr_expect_not(is_of(others[i].origin, others[i].authority), "%s at %s", others[i].origin,
                      others[i].authority);
}

Test(target, splits_both_forms)
{
    struct http_target_parts parts;
    cr_assert(http_target_split(&parts, MM_BYTES_LIT("/a/b?x=1?2")));
    cr_assert(mm_bytes_equal(parts.path, MM_BYTES_LIT("/a/b")));
    cr_assert(mm_bytes_equal(parts.query, MM_BYTES_LIT("x=1?2")));
    cr_assert(http_target_split(&parts, MM_BYTES_LIT("HTTP://host:1/a")));
    cr_assert(mm_bytes_equal(parts.authority, MM_BYTES_LIT("host:1")));
    cr_assert(http_target_split(&parts, MM_BYTES_LIT("http://host")));
    cr_assert(mm_bytes_equal(parts.path, MM_BYTES_LIT("/")));
    cr_assert_not(http_target_split(&parts, MM_BYTES_LIT("")));
    cr_assert_not(http_target_split(&parts, MM_BYTES_LIT("http:///a")));
    cr_assert_not(http_target_split(&parts, MM_BYTES_LIT("https://host/")));
    cr_assert_not(http_target_split(&parts, MM_BYTES_LIT("http://host?x")));
}

Test(target, decodes_escapes_once)
{
    uint8_t out[32];
    cr_assert_eq(http_percent_decode(out, MM_BYTES_LIT("a%2541%2b+"), false), 6);
    cr_assert_eq(memcmp(out, "a%41++", 6), 0);
    cr_assert_eq(http_percent_decode(out, MM_BYTES_LIT("+%2B"), true), 2);
    cr_assert_eq(memcmp(out, " +", 2), 0);
    cr_assert_eq(http_percent_decode(out, MM_BYTES_LIT("%"), false), HTTP_BAD_ESCAPE);
    cr_assert_eq(http_percent_decode(out, MM_BYTES_LIT("%4"), false), HTTP_BAD_ESCAPE);
    cr_assert_eq(http_percent_decode(out, MM_BYTES_LIT("%4G"), false), HTTP_BAD_ESCAPE);
    cr_assert(http_percent_is_valid(MM_BYTES_LIT("%41%zz")) == false);
}

Test(cookies, are_found_by_their_whole_name)
{
    static const struct {
        const char *header;
        const char *value; /* NULL: not there */
    } cases[] = {
        { "a=1", "1" },  { "b=2; a=1", "1" }, { "a=1; a=2", "1" },      { " a=1 ;b=2", "1" },
        { "a=", "" },    { "a=x=y", "x=y" },  { "b=2;a=1", "1" },       { "", NULL },
        { "a", NULL },   { "aa=1", NULL },    { "xa=1", NULL },         { "b=a=1", NULL },
        { "A=1", NULL }, { ";;;", NULL },     { "b=\"; a=1\"", "1\"" },
    };
    for (size_t i = 0; i < MM_COUNT_OF(cases); i++) {
        mm_bytes value;
        const bool is_found =
            http_cookie_find(&value, mm_bytes_str(cases[i].header), MM_BYTES_LIT("a"));
        cr_expect_eq(is_found, cases[i].value != NULL, "%s", cases[i].header);
        cr_expect(!is_found || mm_bytes_equal(value, mm_bytes_str(cases[i].value)), "%s",
                  cases[i].header);
    }
}
