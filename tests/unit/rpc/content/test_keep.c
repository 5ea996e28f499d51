/* /api/v0/pin and /api/v0/repo over a store in memory. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "p2p/content/gc.h"
#include "p2p/content/import.h"
#include "p2p/content/needs.h"
#include "p2p/content/store_internal.h"
#include "rpc/content/api.h"
#include "rpc/content/keep.h"
#include "tests/lib/http_client.h"

#define H "Host: localhost\r\n"

enum { ROUTES_MAX = 64 };

static struct content *content;
static struct content_api *api;
static struct content_keep *keep;
static struct http_route routes[ROUTES_MAX];
static struct http_server *server;

static void open_with(uint64_t quota_bytes)
{
    struct mm_reason reason;
    const struct content_options options = { .quota_bytes = quota_bytes };
    cr_assert_eq(content_open(&content, &options, &reason), MM_OK);
    api = content_api_new(&(struct content_api_options){ .content = content, .version = "0.1.0" });
    keep = content_keep_new(content);
    size_t count;
    const struct http_route *own = content_api_routes(api, &count);
    cr_assert_leq(count + CONTENT_KEEP_ROUTES, ROUTES_MAX);
    memcpy(routes, own, count * sizeof *routes);
    content_keep_routes(keep, routes + count);
    const struct http_options http = { .routes = routes,
                                       .routes_count = count + CONTENT_KEEP_ROUTES,
                                       .connection_bytes = CONTENT_API_CONNECTION_BYTES };
    cr_assert_eq(http_server_start(&server, &http, &reason), MM_OK, "%s", reason.text);
}

static void open_all(void)
{
    open_with(0);
}

static void close_all(void)
{
    http_server_stop(server);
    content_api_free(api);
    content_keep_free(keep);
    content_close(content);
}

TestSuite(keep, .init = open_all, .fini = close_all, .timeout = 60);

static struct reply call(const char *command)
{
    char text[2048];
    (void)snprintf(text, sizeof text, "POST /api/v0/%s HTTP/1.1\r\n" H "Content-Length: 0\r\n\r\n",
                   command);
    return client_ask(http_server_port(server), text);
}

/* The answer has this status and these words. */
static void says(const char *command, unsigned status, const char *words)
{
    struct reply reply = call(command);
    cr_assert_eq(reply.status, status, "%s: %u %s", command, reply.status, reply.body);
    cr_assert_not_null(strstr((const char *)reply.body, words), "%s: %s", command, reply.body);
    reply_free(&reply);
}

static size_t count_words(const char *command, const char *words)
{
    struct reply reply = call(command);
    cr_assert_eq(reply.status, 200, "%s", reply.body);
    size_t count = 0;
    for (const char *at = (const char *)reply.body; (at = strstr(at, words)) != NULL; at++)
        count++;
    reply_free(&reply);
    return count;
}

/* A file of so many chunks of 1 KiB, unpinned; its CID as text. */
static struct cid add(char text[CID_TEXT_MAX + 1], uint32_t number, size_t chunks)
{
    struct content_writer *writer = content_writer_new(content);
    const struct block_sink sink = content_writer_sink(writer);
    struct content_profile profile = *CONTENT_PROFILE_DEFAULT;
    profile.chunk_bytes = 1024;
    struct import_file *file = import_file_new(&profile, &sink);
    struct import_result result;
    for (size_t i = 0; i < chunks; i++) {
        uint32_t chunk[256];
        for (size_t k = 0; k < 256; k++)
            chunk[k] = number * 31 + (uint32_t)(i * 1000 + k);
        cr_assert_eq(import_file_write(file, MM_BYTES_OF(chunk)), MM_OK);
    }
    cr_assert_eq(import_file_finish(file, &result), MM_OK);
    cr_assert_eq(content_writer_commit(writer, NULL), MM_OK);
    import_file_free(file);
    content_writer_free(writer);
    (void)cid_to_text(text, &result.cid, MULTIBASE_BASE32);
    return result.cid;
}

/* "pin/add?arg=" and the like before a CID. */
static const char *on(const char *command, const char *cid)
{
    static char text[512];
    (void)snprintf(text, sizeof text, command, cid, cid);
    return text;
}

Test(keep, a_pin_is_added_listed_and_removed)
{
    char cid[CID_TEXT_MAX + 1];
    char expected[512];
    (void)add(cid, 1, 20);
    (void)snprintf(expected, sizeof expected, "{\"Pins\":[\"%s\"]}", cid);
    says(on("pin/add?arg=%s", cid), 200, expected);
    says(on("pin/add?arg=/ipfs/%s&recursive=true&progress=false", cid), 200, expected);
    (void)snprintf(expected, sizeof expected, "{\"Keys\":{\"%s\":{\"Type\":\"recursive\"}}}\n",
                   cid);
    says("pin/ls?type=recursive", 200, expected);
    (void)snprintf(expected, sizeof expected, "{\"Cid\":\"%s\",\"Type\":\"recursive\"}\n", cid);
    says("pin/ls?stream=true&type=recursive", 200, expected);
    cr_assert_eq(count_words("pin/ls?stream=true", "indirect"), 20);
    cr_assert_eq(count_words("pin/ls?type=indirect", "indirect"), 20);
    cr_assert_eq(count_words("pin/ls?type=direct", "Type"), 0);
    says("repo/gc?summary=true", 200, "{\"Removed\":0,");
    (void)snprintf(expected, sizeof expected, "{\"Pins\":[\"%s\"]}", cid);
    says(on("pin/rm?arg=ipfs://%s", cid), 200, expected);
    says("pin/ls", 200, "{\"Keys\":{}}\n");
    says(on("pin/rm?arg=%s", cid), 500, "not pinned or pinned indirectly");
    cr_assert_eq(count_words("repo/gc", "\"Key\":{\"/\":\"bafk"), 21);
}

Test(keep, one_block_is_found_as_what_it_is)
{
    char cid[CID_TEXT_MAX + 1];
    const struct cid root = add(cid, 1, 20);
    says(on("pin/add?arg=%s", cid), 200, "Pins");
    says(on("pin/ls?arg=%s", cid), 200, "\"Type\":\"recursive\"");
    says(on("pin/ls?arg=%s&type=direct", cid), 500, "is not pinned");
    struct cid lacking = root;
    lacking.hash.digest[0] ^= 1;
    char other[CID_TEXT_MAX + 1];
    (void)cid_to_text(other, &lacking, MULTIBASE_BASE32);
    says(on("pin/ls?arg=%s", other), 500, "is not pinned");
    /* A chunk of it. */
    struct reply reply = call("pin/ls?type=indirect&stream=true");
    char chunk[CID_TEXT_MAX + 1];
    cr_assert_eq(sscanf((const char *)reply.body, "{\"Cid\":\"%200[a-z2-7]\"", chunk), 1);
    reply_free(&reply);
    char expected[512];
    (void)snprintf(expected, sizeof expected, "\"Type\":\"indirect through %s\"", cid);
    says(on("pin/ls?arg=%s", chunk), 200, expected);
    says(on("pin/add?arg=%s&recursive=false", chunk), 200, chunk);
    says(on("pin/ls?arg=%s", chunk), 200, "\"Type\":\"direct\"");
}

Test(keep, what_is_not_here_whole_is_not_pinned)
{
    char cid[CID_TEXT_MAX + 1];
    struct cid root = add(cid, 1, 20);
    root.hash.digest[0] ^= 1;
    (void)cid_to_text(cid, &root, MULTIBASE_BASE32);
    says(on("pin/add?arg=%s", cid), 500, cid);
    says("pin/ls", 200, "{\"Keys\":{}}");
    says("pin/add", 500, "is required");
    says("pin/add?arg=nothing", 500, "invalid path");
    says("pin/ls?type=some", 500, "invalid type 'some'");
    says("pin/ls?unknown=1", 500, "unknown option \\\"unknown\\\"");
}

Test(keep, a_name_is_kept_and_a_new_one_replaces_it)
{
    char cid[CID_TEXT_MAX + 1];
    (void)add(cid, 1, 2);
    says(on("pin/add?arg=%s&name=first", cid), 200, "Pins");
    says(on("pin/add?arg=%s&name=second", cid), 200, "Pins");
    says("pin/ls?names=true&type=recursive&stream=true", 200, "\"Name\":\"second\"");
    cr_assert_eq(count_words("pin/ls?names=true&type=recursive&stream=true", "Cid"), 1);
    says(on("pin/rm?arg=%s", cid), 200, "Pins");
    says("pin/ls", 200, "{\"Keys\":{}}");
}

Test(keep, an_update_pins_the_new_one_and_lets_the_old_one_go)
{
    char from[CID_TEXT_MAX + 1];
    char to[CID_TEXT_MAX + 1];
    char command[1024];
    (void)add(from, 1, 2);
    (void)add(to, 2, 2);
    (void)snprintf(command, sizeof command, "pin/update?arg=%s&arg=%s", from, to);
    says(command, 500, "was not recursively pinned already");
    says(on("pin/add?arg=%s", from), 200, "Pins");
    says(command, 200, to);
    says(on("pin/ls?arg=%s", from), 500, "is not pinned");
    says(on("pin/ls?arg=%s", to), 200, "recursive");
    (void)snprintf(command, sizeof command, "pin/update?arg=%s&arg=%s&unpin=false", to, from);
    says(command, 200, to);
    cr_assert_eq(count_words("pin/ls?type=recursive&stream=true", "Cid"), 2);
    (void)snprintf(command, sizeof command, "pin/update?arg=%s&arg=%s", to, to);
    says(command, 200, to);
    says(on("pin/ls?arg=%s", to), 200, "recursive");
}

Test(keep, what_a_token_holds_cannot_be_let_go_here)
{
    char cid[CID_TEXT_MAX + 1];
    char uri[512];
    (void)add(cid, 1, 2);
    (void)snprintf(uri, sizeof uri, "ipfs://%s", cid);
    const struct content_token token = { .contract = { { 1 } } };
    cr_assert_eq(needs_set_token(content, &token, mm_bytes_str(uri), 1), MM_OK);
    says(on("pin/rm?arg=%s", cid), 500, "a token on the chain holds it");
    says("pin/ls?kinds=true&type=recursive&stream=true", 200, "\"Kinds\":[\"chain\"]");
    says(on("pin/add?arg=%s", cid), 200, "Pins");
    says("pin/ls?kinds=true&type=recursive&stream=true", 200, "\"Kinds\":[\"chain\",\"user\"]");
    says(on("pin/rm?arg=%s", cid), 200, "Pins");
    says(on("pin/ls?arg=%s", cid), 200, "recursive");
}

Test(keep, the_store_is_counted)
{
    char cid[CID_TEXT_MAX + 1];
    (void)add(cid, 1, 20);
    says("repo/stat", 200, "\"NumObjects\":21");
    says("repo/stat?size-only=true", 200, "\"StorageMax\":10737418240}");
}

Test(keep, a_dry_run_lists_and_removes_nothing)
{
    char cid[CID_TEXT_MAX + 1];
    (void)add(cid, 1, 20);
    cr_assert_eq(count_words("repo/gc?dry-run=true", "\"Size\":"), 21);
    cr_assert_eq(content_totals(content).blocks, 21);
    says("repo/gc?dry-run=true&silent=true&summary=true", 200, "{\"Removed\":21,");
    says("repo/gc?summary=true", 200, "\"Removed\":21,");
    cr_assert_eq(content_totals(content).blocks, 0);
}

Test(keep, a_second_collection_is_told_to_wait)
{
    struct content_gc *gc;
    cr_assert_eq(content_gc_new(&gc, content, &(struct content_gc_options){ .now_ms = 1 }), MM_OK);
    says("repo/gc", 500, "is running already");
    content_gc_free(gc);
    says("repo/gc?summary=true", 200, "Removed");
}

static void corrupt(const struct cid *cid)
{
    struct kv_batch *batch = kv_batch_new(content->kv);
    const struct store_key key = store_key_of(cid);
    kv_batch_put(batch, FAMILY_BLK, store_key_bytes(&key), MM_BYTES_LIT("not these"));
    cr_assert_eq(kv_write(content->kv, batch, KV_SYNCED), MM_OK);
    kv_batch_free(batch);
}

Test(keep, a_verification_names_what_is_damaged_and_a_collection_refuses)
{
    char cid[CID_TEXT_MAX + 1];
    const struct cid root = add(cid, 1, 20);
    says(on("pin/add?arg=%s", cid), 200, "Pins");
    says("repo/verify", 200, "all blocks validated.\",\"Progress\":21,\"Ok\":true");
    corrupt(&root);
    says("repo/verify", 200, "\"Ok\":false");
    char expected[512];
    (void)snprintf(expected, sizeof expected, "\"Root\":\"%s\"", cid);
    says("repo/verify", 200, expected);
    says("repo/gc", 500, "nothing was removed");
    says("repo/verify?drop=true", 200, "1 blocks are corrupt, 1 of 1 pinned roots");
    says("repo/verify", 200, "0 blocks are corrupt, 1 of 1 pinned roots");
    (void)add(cid, 1, 20);
    says("repo/verify", 200, "\"Ok\":true");
}

Test(keep_full, a_full_store_says_who_holds_it, .timeout = 60)
{
    open_with(64 << 10);
    char cid[CID_TEXT_MAX + 1];
    (void)add(cid, 1, 60);
    says(on("pin/add?arg=%s", cid), 200, "Pins");
    char text[4096];
    static const char part[] =
        "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n"
        "Content-Type: application/octet-stream\r\n\r\n";
    static const char body[] = "a few bytes more than there is room for";
    char large[1600];
    memset(large, 'x', sizeof large - 1);
    large[sizeof large - 1] = '\0';
    for (int i = 0; i < 3; i++) { /* the third finds it full already or not: both say the same */
        (void)snprintf(
            text, sizeof text,
            "POST /api/v0/add HTTP/1.1\r\n" H "Content-Type: multipart/form-data; boundary=XX\r\n"
            "Content-Length: %zu\r\n\r\n%s%d%s%s\r\n--XX--\r\n",
            strlen(part) + 1 + strlen(body) + strlen(large) + 2 + 8, part, i, body, large);
        struct reply reply = client_ask(http_server_port(server), text);
        if (reply.status == 507) {
            cr_assert_not_null(strstr((const char *)reply.body, "users 1 roots of 0.0 MiB"), "%s",
                               reply.body);
            cr_assert_not_null(strstr((const char *)reply.body, cid), "%s", reply.body);
            reply_free(&reply);
            close_all();
            return;
        }
        cr_assert_eq(reply.status, 200, "%s", reply.body);
        reply_free(&reply);
    }
    cr_assert_fail("it is never full");
}

/* ---- other nodes ---- */

static struct elsewhere_wait waited;
static mm_err wait_err;

static mm_err wait_elsewhere(void *ctx, const struct elsewhere_wait *wait)
{
    (void)ctx;
    waited = *wait;
    if (wait_err == MM_OK)
        wait->done(wait->arg, 2);
    return wait_err;
}

static void count_elsewhere(void *ctx, struct elsewhere_counts *counts)
{
    (void)ctx;
    *counts =
        (struct elsewhere_counts){ .fetched_bytes = 77, .wanting = 3, .replicas = { 1, 2, 3, 4 } };
}

static const struct content_elsewhere ELSEWHERE = { .wait = wait_elsewhere,
                                                    .count = count_elsewhere };

static bool has(const struct reply *reply, const char *text)
{
    return memmem(reply->body, reply->body_len, text, strlen(text)) != NULL;
}

#define CID_TEXT "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"

Test(keep, replicas_are_none_where_there_are_no_other_nodes)
{
    struct reply reply = call("repo/replicas?arg=" CID_TEXT "&min=1");
    cr_assert_eq(reply.status, 200);
    cr_assert(has(&reply, "{\"Replicas\":0,\"Min\":1,\"Reached\":false}"));
    reply_free(&reply);
}

Test(keep, replicas_are_answered_when_they_are_there)
{
    content_keep_set_elsewhere(keep, &ELSEWHERE);
    struct reply reply = call("repo/replicas?arg=" CID_TEXT "&arg=" CID_TEXT "&min=2&wait=7");
    cr_assert_eq(reply.status, 200);
    cr_assert(has(&reply, "{\"Replicas\":2,\"Min\":2,\"Reached\":true}"));
    cr_assert(waited.count == 2 && waited.wanted == 2 && waited.timeout_ms == 7000);
    reply_free(&reply);
}

Test(keep, replicas_refuse_what_makes_no_sense)
{
    content_keep_set_elsewhere(keep, &ELSEWHERE);
    static const char *const commands[] = {
        "repo/replicas",
        "repo/replicas?arg=x",
        "repo/replicas?arg=" CID_TEXT "&min=-1",
        "repo/replicas?arg=" CID_TEXT "&min=65",
        "repo/replicas?arg=" CID_TEXT "&wait=301",
        "repo/replicas?arg=" CID_TEXT "&wait=",
        "repo/replicas?arg=" CID_TEXT "&what=1",
    };
    for (size_t i = 0; i < MM_COUNT_OF(commands); i++) {
        struct reply reply = call(commands[i]);
        cr_assert_eq(reply.status, 500, "%s", commands[i]);
        reply_free(&reply);
    }
    wait_err = MM_ERR_BUSY;
    struct reply reply = call("repo/replicas?arg=" CID_TEXT);
    cr_assert_eq(reply.status, 503);
    reply_free(&reply);
}

Test(keep, stat_tells_of_other_nodes_where_there_are_some)
{
    struct reply reply = call("repo/stat");
    cr_assert_not(has(&reply, "RootsWanting"));
    reply_free(&reply);
    content_keep_set_elsewhere(keep, &ELSEWHERE);
    reply = call("repo/stat");
    cr_assert(has(&reply, "\"FetchedBytes\":77"));
    cr_assert(has(&reply, "\"RootsWanting\":3"));
    cr_assert(has(&reply, "\"RootsByReplicas\":[1,2,3,4]"));
    reply_free(&reply);
}
