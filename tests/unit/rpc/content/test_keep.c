/* /api/v0/pin and /api/v0/repo over a store in memory. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "p2p/content/car.h"
#include "p2p/content/gc.h"
#include "p2p/content/import.h"
#include "p2p/content/needs.h"
#include "p2p/content/store_internal.h"
#include "tests/unit/rpc/content/doors.h"

TestSuite(keep, .init = doors_open, .fini = doors_close, .timeout = 60);

/* The answer has this status and these words. */
static void says(const char *command, unsigned status, const char *words)
{
    struct reply reply = doors_call(command);
    cr_assert_eq(reply.status, status, "%s: %u %s", command, reply.status, reply.body);
    cr_assert_not_null(strstr((const char *)reply.body, words), "%s: %s", command, reply.body);
    reply_free(&reply);
}

static size_t count_words(const char *command, const char *words)
{
    struct reply reply = doors_call(command);
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
    struct content_writer *writer = content_writer_new(doors.content);
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
    struct reply reply = doors_call("pin/ls?type=indirect&stream=true");
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
    says("pin/ls?unknown=1", 500, "option unknown: not supported");
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
    cr_assert_eq(needs_set_token(doors.content, &token, mm_bytes_str(uri), 1), MM_OK);
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
    cr_assert_eq(content_totals(doors.content).blocks, 21);
    says("repo/gc?dry-run=true&silent=true&summary=true", 200, "{\"Removed\":21,");
    says("repo/gc?summary=true", 200, "\"Removed\":21,");
    cr_assert_eq(content_totals(doors.content).blocks, 0);
}

Test(keep, a_second_collection_is_told_to_wait)
{
    struct content_gc *gc;
    cr_assert_eq(content_gc_new(&gc, doors.content, &(struct content_gc_options){ .now_ms = 1 }),
                 MM_OK);
    says("repo/gc", 503, "is running already");
    content_gc_free(gc);
    says("repo/gc?summary=true", 200, "Removed");
}

static void corrupt(const struct cid *cid)
{
    struct kv_batch *batch = kv_batch_new(doors.content->kv);
    const struct store_key key = store_key_of(cid);
    kv_batch_put(batch, FAMILY_BLK, store_key_bytes(&key), MM_BYTES_LIT("not these"));
    cr_assert_eq(kv_write(doors.content->kv, batch, KV_SYNCED), MM_OK);
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

/* ---- a full store ---- */

enum { FULL_CHUNKS = 60 };

/* With a pinned file that leaves no room at all. */
static void open_full(char cid[CID_TEXT_MAX + 1], unsigned uploads_max)
{
    doors_open();
    (void)add(cid, 1, FULL_CHUNKS);
    const uint64_t bytes = content_totals(doors.content).bytes;
    doors_close();
    doors_open_with(&(struct content_api_options){ .uploads_max = uploads_max }, bytes, false);
    (void)add(cid, 1, FULL_CHUNKS);
    says(on("pin/add?arg=%s", cid), 200, "Pins");
    cr_assert_eq(content_totals(doors.content).bytes, bytes);
}

/* Out of room, and who holds it. */
static void is_full(const char *command, mm_bytes upload, const char *cid)
{
    struct form form = form_new();
    form_file(&form, "a", upload);
    struct reply reply = form_send_to(&form, command, 0);
    cr_expect_eq(reply.status, 507, "%s: %d %s", command, reply.status, reply.body);
    cr_expect_not_null(strstr((const char *)reply.body, "users 1 roots of 0.0 MiB"), "%s: %s",
                       command, reply.body);
    cr_expect_not_null(strstr((const char *)reply.body, cid), "%s: %s", command, reply.body);
    reply_free(&reply);
}

TestSuite(keep_full, .fini = doors_close, .timeout = 60);

Test(keep_full, says_who_holds_it_whatever_is_put)
{
    char cid[CID_TEXT_MAX + 1];
    char text[] = "a block more than there is room for";
    open_full(cid, 0);
    is_full("add", mm_bytes_str(text), cid);
    is_full("block/put", mm_bytes_str(text), cid);
    is_full("block/put?pin=true", mm_bytes_str(text), cid);
    is_full("dag/put?input-codec=raw&store-codec=raw", mm_bytes_str(text), cid);
    /* The same as a CAR file, and one that is longer than what a writer gathers. */
    struct cid block = { .version = 1, .codec = CID_RAW };
    uint8_t head[CAR_SECTION_HEAD_MAX];
    struct multihasher *hasher = multihasher_new();
    const size_t len = 1 << 20;
    uint8_t *bytes = calloc(1, len);
    struct mm_buf car;
    mm_buf_init(&car, 16 << 20);
    for (size_t blocks = 1; blocks <= 8; blocks += 7) {
        mm_buf_reset(&car);
        car_add_header(&car, &block, 1);
        for (size_t i = 0; i < blocks; i++) {
            bytes[0] = (uint8_t)i;
            const mm_bytes whole = mm_bytes_from(bytes, len);
            cr_assert_eq(multihasher_digest(hasher, &block.hash, MULTIHASH_SHA2_256, &whole, 1),
                         MM_OK);
            mm_buf_add(&car, mm_bytes_from(head, car_section_head(head, &block, len)));
            mm_buf_add(&car, whole);
        }
        is_full("dag/import", mm_buf_bytes(&car), cid);
    }
    mm_buf_fini(&car);
    multihasher_free(hasher);
    free(bytes);
    /* What is there already needs no room. */
    says(on("pin/add?arg=%s&name=again", cid), 200, cid);
}

/* It is said before an upload is counted: whoever waits for a place would wait for nothing. */
Test(keep_full, is_said_before_that_too_many_upload)
{
    char cid[CID_TEXT_MAX + 1];
    open_full(cid, 1);
    struct client first = client_connect(doors.port);
    cr_assert(client_text(&first, "POST /api/v0/block/put HTTP/1.1\r\n" H
                                  "Content-Type: multipart/form-data; boundary=XX\r\n"
                                  "Content-Length: 1000\r\n\r\n--XX\r\n"));
    for (int refused = 0; refused < 10;) { /* until that one is counted, and not the one before */
        struct form form = form_new();
        form_file(&form, "a", MM_BYTES_LIT("x"));
        struct reply reply = form_send_to(&form, "block/put", 0);
        refused = reply.status == 503 ? refused + 1 : 0;
        reply_free(&reply);
    }
    is_full("add", MM_BYTES_LIT("x"), cid);
    client_close(&first);
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

static void open_elsewhere(void)
{
    wait_err = MM_OK;
    doors_open_with(&(struct content_api_options){ .elsewhere = &ELSEWHERE }, 0, false);
}

TestSuite(keep_elsewhere, .init = open_elsewhere, .fini = doors_close, .timeout = 60);

#define CID_TEXT "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"

Test(keep, replicas_are_none_where_there_are_no_other_nodes)
{
    says("repo/replicas?arg=" CID_TEXT "&min=1", 200,
         "{\"Replicas\":0,\"Min\":1,\"Reached\":false}\n");
}

Test(keep_elsewhere, replicas_are_answered_when_they_are_there)
{
    says("repo/replicas?arg=" CID_TEXT "&arg=/ipfs/" CID_TEXT "&min=2&wait=7", 200,
         "{\"Replicas\":2,\"Min\":2,\"Reached\":true}\n");
    cr_assert(waited.count == 2 && waited.wanted == 2 && waited.timeout_ms == 7000);
    cr_assert(cid_same_block(&waited.roots[0], &waited.roots[1]));
    says("repo/replicas?arg=" CID_TEXT, 200, "\"Min\":0,\"Reached\":true}");
    cr_assert(waited.count == 1 && waited.wanted == 0 && waited.timeout_ms == 30000);
}

Test(keep_elsewhere, replicas_refuse_what_makes_no_sense)
{
    says("repo/replicas", 500, "argument \\\"PATH…\\\" is required");
    says("repo/replicas?arg=x", 500, "invalid path");
    says("repo/replicas?arg=" CID_TEXT "&min=-1", 500, "option min: a number");
    says("repo/replicas?arg=" CID_TEXT "&min=65", 500, "option min: a number from 0 to 64");
    says("repo/replicas?arg=" CID_TEXT "&wait=301", 500, "option wait: a number from 0 to 300");
    says("repo/replicas?arg=" CID_TEXT "&wait=", 500, "option wait: a number");
    says("repo/replicas?arg=" CID_TEXT "&what=1", 500, "option what: not supported");
    char command[1024] = "repo/replicas?wait=1";
    for (size_t i = 0; i <= ELSEWHERE_ROOTS_MAX; i++)
        (void)strcat(command, "&arg=" CID_TEXT);
    says(command, 500, "too many arguments");
    cr_assert_eq(waited.count, 0, "nobody was asked");
    wait_err = MM_ERR_BUSY;
    says("repo/replicas?arg=" CID_TEXT, 503, "too many wait");
}

Test(keep, stat_tells_of_no_other_nodes_where_there_are_none)
{
    cr_assert_eq(count_words("repo/stat", "RootsWanting"), 0);
}

Test(keep_elsewhere, stat_tells_of_other_nodes)
{
    says("repo/stat", 200, "\"FetchedBytes\":77");
    says("repo/stat", 200, "\"RootsWanting\":3");
    says("repo/stat", 200, "\"RootsByReplicas\":[1,2,3,4]");
    cr_assert_eq(count_words("repo/stat?size-only=true", "Roots"), 0);
}
