#include "rpc/client/url.h"

#include <criterion/criterion.h>

#include "state/base/buf.h"

static void is(const char *text, const char *host, unsigned port, const char *path)
{
    struct url url;
    cr_assert_eq(url_parse(&url, mm_bytes_str(text)), URL_OK, "%s", text);
    cr_assert_str_eq(url.host, host);
    cr_assert_eq(url.port, port);
    cr_assert_str_eq(url.path, path);
}

static void refuses(const char *text, enum url_verdict verdict)
{
    struct url url;
    cr_assert_eq(url_parse(&url, mm_bytes_str(text)), verdict, "%s: %s", text,
                 url_verdict_text(verdict));
    cr_assert_str_eq(url.host, "");
}

Test(url, takes_names_addresses_ports_and_paths)
{
    is("http://127.0.0.1:8545", "127.0.0.1", 8545, "");
    is("http://localhost", "localhost", 80, "");
    is("http://localhost/", "localhost", 80, "");
    is("http://[::1]:1/node/", "::1", 1, "/node");
    is("http://a-b.example:65535/x/y", "a-b.example", 65535, "/x/y");
}

Test(url, refuses_by_the_part_that_is_wrong)
{
    refuses("", URL_NOT_HTTP);
    refuses("localhost:8545", URL_NOT_HTTP);
    refuses("ws://localhost", URL_NOT_HTTP);
    refuses("https://localhost", URL_HTTPS);
    refuses("http://", URL_BAD_HOST);
    refuses("http://:80", URL_BAD_HOST);
    refuses("http://user@host", URL_BAD_HOST);
    refuses("http://a b", URL_BAD_HOST);
    refuses("http://[::1", URL_BAD_HOST);
    refuses("http://host:", URL_BAD_PORT);
    refuses("http://host:0", URL_BAD_PORT);
    refuses("http://host:65536", URL_BAD_PORT);
    refuses("http://host:99999999", URL_BAD_PORT);
    refuses("http://host:8a", URL_BAD_PORT);
    refuses("http://host/a b", URL_BAD_PATH);
    refuses("http://host/?q", URL_BAD_PATH);
    refuses("http://host/#f", URL_BAD_PATH);
    refuses("http://host/\r\nEvil: 1", URL_BAD_PATH);
}

Test(url, an_origin_has_its_brackets_back)
{
    struct url url;
    char text[URL_ORIGIN_MAX + 1];
    cr_assert_eq(url_parse(&url, MM_BYTES_LIT("http://[::1]:8545/x")), URL_OK);
    url_origin(text, &url);
    cr_assert_str_eq(text, "http://[::1]:8545");
}

Test(url, escapes_all_but_unreserved_characters)
{
    struct mm_buf buf;
    mm_buf_init(&buf, 100);
    url_add_escaped(&buf, MM_BYTES_LIT("a/b c+%\xc3\xa9~"), true);
    cr_assert(mm_bytes_equal(mm_buf_bytes(&buf), MM_BYTES_LIT("a/b%20c%2B%25%C3%A9~")));
    mm_buf_reset(&buf);
    url_add_escaped(&buf, MM_BYTES_LIT("a/b"), false);
    cr_assert(mm_bytes_equal(mm_buf_bytes(&buf), MM_BYTES_LIT("a%2Fb")));
    mm_buf_fini(&buf);
}
