#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/rpc/content/doors.h"

TestSuite(cat, .init = doors_open, .fini = doors_close, .timeout = 60);

static void expect(const char *command, const char *hash, const char *more, int status,
                   const char *want)
{
    char text[512];
    (void)snprintf(text, sizeof text, "cat?arg=%s%s%s", command, hash, more);
    struct reply reply = doors_call(text);
    cr_expect_eq(reply.status, status, "%s: %d %s", text, reply.status, reply.body);
    if (status == 200)
        cr_expect(reply_body_is(&reply, want), "%s: %s", text, reply.body);
    else
        cr_expect_not_null(strstr((const char *)reply.body, want), "%s: %s", text, reply.body);
    reply_free(&reply);
}

Test(cat, takes_paths_and_ranges)
{
    char hash[128];
    doors_add(hash, "wrap-with-directory=true", "a%2Fb.txt", MM_BYTES_LIT("hello world"));
    expect("", hash, "/a/b.txt", 200, "hello world");
    expect("/ipfs/", hash, "/a/b.txt", 200, "hello world");
    expect("ipfs://", hash, "/a/b.txt&offset=2&length=3", 200, "llo");
    expect("", hash, "/a/b.txt&offset=20", 200, "");
    expect("", hash, "/a/b.txt&length=0", 200, "");
    expect("", hash, "/a/b.txt&length=99999999999999999999", 500, "not negative");
    expect("", hash, "/a/b.txt&offset=-1", 500, "not negative");
    expect("", hash, "/a", 500, "this dag node is a directory");
    expect("", hash, "/no", 500, "\"Type\":\"error\"");
    expect("", "not-a-cid", "", 500, "invalid path");
    expect("", "QmYzfKSE55XCjD1MW128RfciAf2DViABhEiXfgVFMabSjN", "", 500, "not found locally");
    expect("", "bafkqabtimvwgy3yk", "", 200, "hello\n"); /* content that is its own hash */
}

/* A folder of two files cannot be had as one body: it is proven block by block. */
Test(cat, gives_the_blocks_themselves)
{
    char hash[128];
    char text[256];
    doors_add(hash, "cid-version=1", "a", MM_BYTES_LIT("hello world"));
    (void)snprintf(text, sizeof text, "block/get?arg=%s", hash);
    struct reply reply = doors_call(text);
    cr_assert_eq(reply.status, 200);
    cr_assert(reply_body_is(&reply, "hello world"), "%s", reply.body);
    reply_free(&reply);
    static const struct {
        const char *command, *with;
    } CASES[] = {
        { "block/get", "is required" },
        { "block/get?arg=", "invalid cid" },
        { "block/get?arg=bafkqabtimvwgy3yk/a", "a path is behind it" },
        { "block/get?arg=QmYzfKSE55XCjD1MW128RfciAf2DViABhEiXfgVFMabSjN", "not found locally" },
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        reply = doors_call(CASES[i].command);
        cr_assert_eq(reply.status, 500, "%s", CASES[i].command);
        cr_assert_not_null(strstr((const char *)reply.body, CASES[i].with), "%s", reply.body);
        reply_free(&reply);
    }
}

Test(cat, needs_an_argument)
{
    struct reply reply = doors_call("cat");
    cr_assert_eq(reply.status, 500);
    cr_assert_not_null(strstr((const char *)reply.body, "is required"));
    reply_free(&reply);
}

Test(cat, version_and_id_say_who_this_is)
{
    struct reply reply = doors_call("version");
    cr_assert_not_null(strstr((const char *)reply.body, "\"Version\":\"0.1.0\""), "%s", reply.body);
    reply_free(&reply);
    reply = doors_call("id");
    cr_assert_not_null(strstr((const char *)reply.body, "{\"ID\":\"12D3KooW"), "%s", reply.body);
    reply_free(&reply);
}
