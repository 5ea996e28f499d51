#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "p2p/content/import.h"
#include "p2p/content/reader.h"
#include "tests/unit/rpc/content/doors.h"

#define HELLO MM_BYTES_LIT("hello world")
#define HELLO_V0 "Qmf412jQZiuVUtdgnB36FXFX7xg5V6KEbSJ4dpQuhkLyfD"
#define HELLO_V1 "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e"

TestSuite(add, .init = doors_open, .fini = doors_close, .timeout = 60);

static struct reply add_hello(const char *query, const char *filename)
{
    struct form form = form_new();
    form_file(&form, filename, HELLO);
    return form_send(&form, query, 7);
}

Test(add, without_options_makes_kubos_cids)
{
    struct reply reply = add_hello("", "a.txt");
    cr_assert(
        reply_body_is(&reply, "{\"Name\":\"a.txt\",\"Hash\":\"" HELLO_V0 "\",\"Size\":\"19\"}\n"),
        "%s", reply.body);
    cr_assert(reply_has(&reply, "Content-Type: application/json"));
    reply_free(&reply);
}

Test(add, takes_what_kubo_rpc_client_sends)
{
    struct reply reply = add_hello("stream-channels=true&progress=false", "");
    cr_assert(reply_body_is(&reply, "{\"Name\":\"" HELLO_V0 "\",\"Hash\":\"" HELLO_V0
                                    "\",\"Size\":\"19\"}\n"),
              "%s", reply.body);
    reply_free(&reply);
    reply = add_hello("stream-channels=true&cid-version=1&pin=true&progress=false",
                      "dir name+%2B%C3%A9.txt");
    cr_assert(reply_body_is(&reply, "{\"Name\":\"dir name +\xc3\xa9.txt\",\"Hash\":\"" HELLO_V1
                                    "\",\"Size\":\"11\"}\n"),
              "%s", reply.body);
    reply_free(&reply);
}

Test(add, honours_the_options_that_decide_the_cid)
{
    static const struct {
        const char *query, *hash;
    } rows[] = {
        { "cid-version=1", HELLO_V1 },
        { "raw-leaves=true", HELLO_V1 },
        { "cid-version=0&raw-leaves=1", HELLO_V1 },
        { "cid-version=0", HELLO_V0 },
        { "profile=unixfs-v1-2025", HELLO_V1 },
        { "chunker=size-262144&hash=sha2-256&trickle=false", HELLO_V0 },
    };
    char hash[128];
    for (size_t i = 0; i < MM_COUNT_OF(rows); i++) {
        doors_add(hash, rows[i].query, "a", HELLO);
        cr_expect_str_eq(hash, rows[i].hash, "%s", rows[i].query);
    }
    char other[128];
    doors_add(hash, "cid-version=1&chunker=size-4", "a", HELLO);
    doors_add(other, "cid-version=1&chunker=size-5", "a", HELLO);
    cr_expect_str_neq(hash, other);
    doors_add(hash, "chunker=size-1&max-file-links=2", "a", HELLO);
    doors_add(other, "chunker=size-1&max-file-links=3", "a", HELLO);
    cr_expect_str_neq(hash, other);
}

Test(add, refuses_options_that_it_cannot_honour)
{
    static const char *const queries[] = {
        "trickle=true",       "hash=blake2b-256", "inline=true",
        "chunker=rabin",      "chunker=size-0",   "chunker=size-9999999",
        "chunker=size-x",     "cid-version=2",    "nocopy=true",
        "what=ever",          "raw-leaves=maybe", "max-file-links=1",
        "max-file-links=0",   "profile=none",     "to-files=/x",
        "preserve-mode=true", "max-hamt-fanout=8"
    };
    for (size_t i = 0; i < MM_COUNT_OF(queries); i++) {
        struct reply reply = add_hello(queries[i], "a");
        cr_expect_eq(reply.status, 500, "%s", queries[i]);
        cr_expect_not_null(strstr((const char *)reply.body, "\"Message\":\""), "%s", reply.body);
        cr_expect_not_null(strstr((const char *)reply.body, "\"Code\":0,\"Type\":\"error\"}"), "%s",
                           reply.body);
        reply_free(&reply);
    }
    cr_assert_eq(content_totals(doors.content).blocks, 0);
}

/* The same tree by the importer itself. */
static void expect_dir(const char *body, const char *name, const struct import_result *result)
{
    char hash[CID_TEXT_MAX + 1];
    char line[512];
    (void)cid_to_text(hash, &result->cid, MULTIBASE_BASE32);
    (void)snprintf(line, sizeof line, "{\"Name\":\"%s\",\"Hash\":\"%s\",\"Size\":\"%llu\"}\n", name,
                   hash, (unsigned long long)result->dag_bytes);
    cr_expect_not_null(strstr(body, line), "%s is not in\n%s", line, body);
}

struct dirs {
    const char *body, *prefix;
};

static void on_directory(void *context, mm_bytes path, const struct import_result *directory)
{
    const struct dirs *dirs = context;
    char name[256];
    (void)snprintf(name, sizeof name, "%s%s%.*s", dirs->prefix,
                   dirs->prefix[0] != '\0' && path.len > 0 ? "/" : "", (int)path.len,
                   path.len == 0 ? "" : (const char *)path.ptr);
    expect_dir(dirs->body, name, directory);
}

static struct import_result file_of(const struct content_profile *profile, mm_bytes content)
{
    struct import_file *file = import_file_new(profile, NULL);
    struct import_result result;
    cr_assert_eq(import_file_write(file, content), MM_OK);
    cr_assert_eq(import_file_finish(file, &result), MM_OK);
    import_file_free(file);
    return result;
}

Test(add, builds_folders_after_their_files)
{
    const struct content_profile *profile = content_profile_find(MM_BYTES_LIT("kubo-cidv1"));
    for (int wrap = 0; wrap < 2; wrap++) {
        struct form form = form_new();
        form_file(&form, "col%2F2.json", MM_BYTES_LIT("{\"n\":2}"));
        form_file(&form, "col%2Fdeep%2F1.json", MM_BYTES_LIT("{\"n\":1}"));
        form_directory(&form, "col%2Fempty");
        form_file(&form, "/top.txt", HELLO);
        struct reply reply =
            form_send(&form, wrap ? "cid-version=1&wrap-with-directory=true" : "cid-version=1", 11);
        cr_assert_eq(reply.status, 200, "%s", reply.body);
        struct import_tree *tree = import_tree_new(profile, NULL);
        const struct import_result one = file_of(profile, MM_BYTES_LIT("{\"n\":1}"));
        const struct import_result two = file_of(profile, MM_BYTES_LIT("{\"n\":2}"));
        const struct import_result top = file_of(profile, HELLO);
        const char *prefix = wrap ? "col/" : "";
        char path[64];
        (void)snprintf(path, sizeof path, "%sdeep/1.json", prefix);
        cr_assert_eq(import_tree_add(tree, mm_bytes_str(path), &one), MM_OK);
        (void)snprintf(path, sizeof path, "%s2.json", prefix);
        cr_assert_eq(import_tree_add(tree, mm_bytes_str(path), &two), MM_OK);
        (void)snprintf(path, sizeof path, "%sempty", prefix);
        cr_assert_eq(import_tree_add_dir(tree, mm_bytes_str(path)), MM_OK);
        if (wrap)
            cr_assert_eq(import_tree_add(tree, MM_BYTES_LIT("top.txt"), &top), MM_OK);
        const char *body = (const char *)reply.body;
        struct dirs dirs = { body, wrap ? "" : "col" };
        struct import_result root;
        cr_assert_eq(
            import_tree_finish(tree, &root, &(struct import_listener){ &dirs, on_directory }),
            MM_OK);
        import_tree_free(tree);
        expect_dir(body, "col/2.json", &two);
        expect_dir(body, "top.txt", &top);
        cr_expect(strstr(body, "\"col/2.json\"") < strstr(body, "\"col/deep/1.json\""));
        cr_expect(strstr(body, "\"top.txt\"") < strstr(body, "\"col/deep\""));
        cr_expect(strstr(body, "\"col/deep\"") < strstr(body, "\"col\""));
        reply_free(&reply);
    }
}

Test(add, pins_what_it_added)
{
    char hash[128];
    doors_add(hash, "cid-version=1", "a", HELLO);
    doors_add(hash, "cid-version=1&pin=false", "b", MM_BYTES_LIT("other"));
    struct content_pins *pins = content_pins_new(doors.content, NULL);
    struct content_pin pin;
    int user = 0;
    int leased = 0;
    while (content_pins_next(pins, &pin) == MM_OK) {
        user += pin.kind == CONTENT_PIN_USER && pin.expires_ms == 0;
        leased += pin.kind == CONTENT_PIN_UPLOAD && pin.expires_ms > 0;
    }
    content_pins_free(pins);
    cr_assert_eq(user, 1);
    cr_assert_eq(leased, 1);
}

Test(add, only_hash_stores_nothing)
{
    char hash[128];
    doors_add(hash, "only-hash=true&cid-version=1", "a", HELLO);
    cr_assert_str_eq(hash, HELLO_V1);
    cr_assert_eq(content_totals(doors.content).blocks, 0);
}

Test(add, takes_megabytes_in_pieces)
{
    enum { BYTES = 20 << 20 };
    uint8_t *content = malloc(BYTES);
    for (size_t i = 0; i < BYTES; i++)
        content[i] = (uint8_t)((i * 2654435761u) >> 13);
    const struct import_result want = file_of(content_profile_find(MM_BYTES_LIT("unixfs-v0-2015")),
                                              mm_bytes_from(content, BYTES));
    char hash[128];
    char text[CID_TEXT_MAX + 1];
    (void)cid_to_text(text, &want.cid, MULTIBASE_BASE32);
    doors_add(hash, "", "big", mm_bytes_from(content, BYTES));
    cr_assert_str_eq(hash, text);
    char target[256];
    (void)snprintf(target, sizeof target, "cat?arg=%s", hash);
    struct reply reply = doors_call(target);
    cr_assert(reply.ok && reply.body_len == BYTES && memcmp(reply.body, content, BYTES) == 0);
    reply_free(&reply);
    (void)snprintf(target, sizeof target, "/ipfs/%s", hash);
    reply = doors_get(target, "Range: bytes=5000000-14999999\r\n");
    cr_assert_eq(reply.status, 206);
    cr_assert(reply.ok && reply.body_len == 10000000 &&
              memcmp(reply.body, content + 5000000, 10000000) == 0);
    reply_free(&reply);
    free(content);
}

Test(add, refuses_bad_bodies_and_paths)
{
    static const char *const names[] = { "..%2Fa", "a%2F..%2Fb", "a%2F%2Fb",
                                         "a%2F.",  "%zz",        "a%00b%2Fc" };
    for (size_t i = 0; i < MM_COUNT_OF(names); i++) {
        struct reply reply = add_hello("", names[i]);
        cr_expect_eq(reply.status, 500, "%s: %s", names[i], reply.body);
        reply_free(&reply);
    }
    struct form twice = form_new();
    form_file(&twice, "d%2Fa", HELLO);
    form_file(&twice, "d%2Fa", HELLO);
    struct reply reply = form_send(&twice, "", 0);
    cr_assert_eq(reply.status, 500);
    reply_free(&reply);
    reply = client_ask(doors.port, "POST /api/v0/add HTTP/1.1\r\n" H "Content-Length: 2\r\n\r\nhi");
    cr_assert_eq(reply.status, 500);
    cr_assert_not_null(strstr((const char *)reply.body, "multipart"));
    reply_free(&reply);
    reply = client_ask(doors.port, "POST /api/v0/add HTTP/1.1\r\n" H
                                   "Content-Type: multipart/form-data; boundary=XX\r\n"
                                   "Content-Length: 6\r\n\r\n--XX\r\n");
    cr_assert_eq(reply.status, 500);
    reply_free(&reply);
    cr_assert_eq(content_totals(doors.content).blocks, 0,
                 "nothing of a refused upload is committed");
}

Test(add, only_by_post_and_from_here)
{
    struct reply reply = doors_get("/api/v0/add", "");
    cr_assert_eq(reply.status, 405);
    cr_assert(reply_has(&reply, "Allow: POST"));
    reply_free(&reply);
    reply = doors_get("/api/v0/version", "");
    cr_assert_eq(reply.status, 405);
    reply_free(&reply);
    reply = client_ask(doors.port, "POST /api/v0/version HTTP/1.1\r\n" H
                                   "Origin: https://evil.example\r\nContent-Length: 0\r\n\r\n");
    cr_assert_eq(reply.status, 403);
    reply_free(&reply);
    reply = client_ask(doors.port, "POST /api/v0/version HTTP/1.1\r\n" H
                                   "Origin: http://localhost:3000\r\nContent-Length: 0\r\n\r\n");
    cr_assert_eq(reply.status, 200);
    cr_assert(reply_has(&reply, "Access-Control-Allow-Origin: http://localhost:3000"));
    reply_free(&reply);
    reply = doors_call("files/ls?arg=/");
    cr_assert_eq(reply.status, 404);
    cr_assert(reply_body_is(
                  &reply,
                  "{\"Message\":\"command not found: files/ls\",\"Code\":0,\"Type\":\"error\"}\n"),
              "%s", reply.body);
    reply_free(&reply);
}

Test(add_limits, says_507_when_the_store_is_full)
{
    doors_open_with(&(struct content_api_options){ 0 }, 100000, false);
    static uint8_t content[3 << 20];
    for (size_t i = 0; i < sizeof content; i++)
        content[i] = (uint8_t)((i * 2654435761u) >> 13);
    struct form form = form_new();
    form_file(&form, "a", MM_BYTES_OF(content));
    struct reply reply = form_send(&form, "", 0);
    cr_assert_eq(reply.status, 507, "%d %s", reply.status, reply.body);
    reply_free(&reply);
    doors_close();
}

Test(add_limits, refuses_uploads_above_the_limit)
{
    doors_open_with(&(struct content_api_options){ .upload_bytes_max = 1000 }, 0, false);
    static uint8_t content[2000];
    struct form form = form_new();
    form_file(&form, "a", MM_BYTES_OF(content));
    struct reply reply = form_send(&form, "", 100);
    cr_assert_eq(reply.status, 413);
    reply_free(&reply);
    doors_close();
}

Test(add_limits, counts_the_files_alone_and_not_what_is_around_them)
{
    doors_open_with(&(struct content_api_options){ .upload_bytes_max = 1000 }, 0, false);
    static uint8_t content[501];
    for (size_t more = 0; more < 2; more++) {
        struct form form = form_new();
        form_file(&form, "a", mm_bytes_from(content, 500));
        form_file(&form, "b", mm_bytes_from(content, 500 + more));
        struct reply reply = form_send(&form, "", 100);
        cr_assert_eq(reply.status, more == 0 ? 200 : 413, "%d %s", reply.status, reply.body);
        reply_free(&reply);
    }
    doors_close();
}

Test(add_limits, refuses_more_uploads_than_may_run)
{
    doors_open_with(&(struct content_api_options){ .uploads_max = 1 }, 0, false);
    struct client first = client_connect(doors.port);
    client_text(&first, "POST /api/v0/add HTTP/1.1\r\n" H
                        "Content-Type: multipart/form-data; boundary=XX\r\n"
                        "Content-Length: 100\r\nExpect: 100-continue\r\n\r\n");
    struct reply reply = client_reply(&first, false);
    cr_assert_eq(reply.status, 100);
    reply_free(&reply);
    reply = add_hello("", "a");
    cr_assert_eq(reply.status, 503);
    reply_free(&reply);
    client_close(&first);
    for (int i = 0; i < 200; i++) {
        reply = add_hello("", "a");
        if (reply.status == 200)
            break;
        reply_free(&reply);
    }
    cr_assert_eq(reply.status, 200);
    reply_free(&reply);
    doors_close();
}
