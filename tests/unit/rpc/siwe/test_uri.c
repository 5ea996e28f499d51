/* URIs and authorities of RFC 3986. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "rpc/siwe/siwe_internal.h"

static bool is_uri(const char *text)
{
    struct siwe_uri uri;
    return siwe_parse_uri(&uri, mm_bytes_str(text));
}

Test(siwe_uri, is_what_the_rfc_gives_as_examples)
{
    static const char *const examples[] = {
        "ftp://ftp.is.co.za/rfc/rfc1808.txt",
        "http://www.ietf.org/rfc/rfc2396.txt",
        "ldap://[2001:db8::7]/c=GB?objectClass?one",
        "mailto:John.Doe@example.com",
        "news:comp.infosystems.www.servers.unix",
        "tel:+1-816-555-1212",
        "telnet://192.0.2.16:80/",
        "urn:oasis:names:specification:docbook:dtd:xml:4.1.2",
        "foo://example.com:8042/over/there?name=ferret#nose",
        "a:",
        "a:/",
        "a://",
        "a:///b",
        "a:b//c",
        "a://u:p@h:/",
        "a:?#",
        "a:%7Eb?%20#%2f",
    };
    for (size_t i = 0; i < MM_COUNT_OF(examples); i++)
        cr_expect(is_uri(examples[i]), "%s", examples[i]);
}

Test(siwe_uri, is_nothing_else)
{
    static const char *const others[] = {
        "",         "a",       ":a",        "1a:b",           "a b:c",
        "a:b c",    "a:%",     "a:%4",      "a:%4g",          "a:[b]",
        "a:b#c#d",  "a:\"b\"", "a:b\\c",    "a:<b>",          "a:{b}",
        "a:b|c",    "a:b^c",   "a:`b`",     "//host/path",    "/path",
        "a://[::1", "a://h:x", "a://u@h@i", "a://[1::2::3]/", "a:caf\xc3\xa9",
    };
    for (size_t i = 0; i < MM_COUNT_OF(others); i++)
        cr_expect_not(is_uri(others[i]), "%s", others[i]);
}

Test(siwe_uri, has_its_parts)
{
    struct siwe_uri uri;
    cr_assert(siwe_parse_uri(&uri, MM_BYTES_LIT("http://localhost:8545/a?b#c")));
    cr_assert(mm_bytes_equal(uri.scheme, MM_BYTES_LIT("http")));
    cr_assert(uri.has_authority);
    cr_assert(mm_bytes_equal(uri.authority, MM_BYTES_LIT("localhost:8545")));
    cr_assert(siwe_parse_uri(&uri, MM_BYTES_LIT("a:/b")));
    cr_assert_not(uri.has_authority);
    /* A question mark ends an authority as well as a slash does. */
    cr_assert(siwe_parse_uri(&uri, MM_BYTES_LIT("http://localhost?@evil.example")));
    cr_assert(mm_bytes_equal(uri.authority, MM_BYTES_LIT("localhost")));
}

static bool is_address(const char *host)
{
    char text[128];
    (void)snprintf(text, sizeof text, "[%s]", host);
    return siwe_is_authority(mm_bytes_str(text));
}

Test(siwe_uri, takes_ipv6_in_every_form_and_no_other)
{
    static const char *const yes[] = {
        "::",
        "::1",
        "1::",
        "1:2:3:4:5:6:7:8",
        "1::8",
        "1:2:3:4:5:6:7::",
        "::2:3:4:5:6:7:8",
        "1:2:3:4:5:6:1.2.3.4",
        "::1.2.3.4",
        "1::1.2.3.4",
        "::ffff:255.255.255.255",
        "ABCD:ef01::",
        "1::3:4:5:6:1.2.3.4",
        "v1.a",
        "vF.a:b",
    };
    static const char *const no[] = {
        "",
        ":",
        ":1",
        "1:",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "1:2:3:4:5:6:7:8::",
        "::1:2:3:4:5:6:7:8",
        "1::2::3",
        ":::",
        "12345::",
        "g::",
        "1.2.3.4",
        "::1.2.3",
        "::1.2.3.256",
        "::01.2.3.4",
        "1:2:3:4:5:6:7:1.2.3.4",
        "::1.2.3.4:5",
        "1:2:3::4:5:6:1.2.3.4",
        "v.a",
        "v1.",
        "v1",
        "vg.a",
        "::1%25eth0",
        "localhost",
    };
    for (size_t i = 0; i < MM_COUNT_OF(yes); i++)
        cr_expect(is_address(yes[i]), "%s", yes[i]);
    for (size_t i = 0; i < MM_COUNT_OF(no); i++)
        cr_expect_not(is_address(no[i]), "%s", no[i]);
}

Test(siwe_uri, takes_names_ports_and_users)
{
    static const char *const yes[] = { "",      "localhost", "a.b.c.",     "1.2.3.4", "1.1.1.256",
                                       "h:",    "h:80",      "u@h",        "u:p@h:1", "@h",
                                       "a_b~c", "a%41",      "!$&'()*+,;=" };
    static const char *const no[] = { "a b",  "a/b",  "h:8a", "h:1:2", "a@b@c", "[::1]x",
                                      "[::1", "::1]", "h#",   "h?",    "a%4",   "u[@h" };
    for (size_t i = 0; i < MM_COUNT_OF(yes); i++)
        cr_expect(siwe_is_authority(mm_bytes_str(yes[i])), "%s", yes[i]);
    for (size_t i = 0; i < MM_COUNT_OF(no); i++)
        cr_expect_not(siwe_is_authority(mm_bytes_str(no[i])), "%s", no[i]);
}
