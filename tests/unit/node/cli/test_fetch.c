/* Content from nodes that serve blocks, bytes alone, nothing, or lies. */
#include "node/cli/fetch.h"

#include <criterion/criterion.h>
#include <stdio.h>

#include "p2p/content/import.h"
#include "rpc/http/http.h"

enum { BLOCKS_MAX = 16, FILE_BYTES = (1 << 20) + 77 };

/* The blocks of one folder, and how the node behaves. */
static struct {
    struct cid cid;
    mm_bytes bytes;
} blocks[BLOCKS_MAX];
static size_t block_count;
static struct cid root;
static uint8_t content[FILE_BYTES];
static bool gives_blocks, lies;
static size_t missing; /* this block is not there; SIZE_MAX: none */

static struct mm_arena arena; /* of the node */
static struct http_server *server;
static struct cli_run run;
static struct remote remote;
static struct fetch fetch;

static mm_err keep(void *context, const struct cid *cid, mm_bytes block)
{
    (void)context;
    blocks[block_count].cid = *cid;
    return mm_arena_copy(&arena, &blocks[block_count++].bytes, block);
}

static void make_folder(void)
{
    const struct block_sink sink = { .put = keep };
    struct import_file *file = import_file_new(CONTENT_PROFILE_DEFAULT, &sink);
    struct import_dir *dir = import_dir_new(CONTENT_PROFILE_DEFAULT, &sink);
    struct import_result result;
    for (size_t i = 0; i < sizeof content; i++)
        content[i] = (uint8_t)(i * 13 >> 3);
    cr_assert_eq(import_file_write(file, MM_BYTES_OF(content)), MM_OK);
    cr_assert_eq(import_file_finish(file, &result), MM_OK);
    cr_assert_eq(import_dir_add(dir, MM_BYTES_LIT("a b.bin"), &result), MM_OK);
    cr_assert_eq(import_dir_finish(dir, &result), MM_OK);
    root = result.cid;
    import_file_free(file);
    import_dir_free(dir);
}

static void answer_bytes(struct http_request *request, mm_bytes bytes)
{
    struct http_response response;
    http_response_init(&response, 200, "application/octet-stream", 4 << 20);
    mm_buf_add(&response.body, bytes);
    if (lies && response.body.len > 0)
        response.body.ptr[response.body.len - 1] ^= 1;
    http_answer(request, &response);
}

static void answer_block(void *context, struct http_request *request)
{
    struct cid cid;
    mm_bytes arg;
    (void)context;
    if (!gives_blocks) {
        http_answer_text(request, 404, "{\"Message\":\"command not found\"}");
        return;
    }
    cr_assert(http_query(request, "arg", &arg));
    cr_assert_eq(cid_parse(&cid, arg), CID_OK);
    for (size_t i = 0; i < block_count; i++) {
        if (cid_same_block(&blocks[i].cid, &cid) && i != missing) {
            answer_bytes(request, blocks[i].bytes);
            return;
        }
    }
    http_answer_text(request, 500, "{\"Message\":\"block was not found locally\"}");
}

static void answer_cat(void *context, struct http_request *request)
{
    mm_bytes arg;
    (void)context;
    cr_assert(http_query(request, "arg", &arg));
    if (memmem(arg.ptr, arg.len, "/a b.bin", 8) == NULL)
        http_answer_text(request, 500, "{\"Message\":\"no\"}");
    else
        answer_bytes(request, MM_BYTES_OF(content));
}

static const struct http_route ROUTES[] = {
    { .path = "/api/v0/block/get", .methods = HTTP_POST, .respond = answer_block },
    { .path = "/api/v0/cat", .methods = HTTP_POST, .respond = answer_cat },
};

static const struct cli_option OPTIONS[] = { CLI_OPTION_RPC, CLI_OPTION_API, CLI_OPTION_GATEWAY,
                                             CLI_OPTION_TIMEOUT };

static void set_up(void)
{
    static const struct cli_command command = {
        .name = "try", .arguments = "", .options = OPTIONS, .option_count = MM_COUNT_OF(OPTIONS)
    };
    static char words[5][64] = { "try", "--api", "", "--gateway", "http://127.0.0.1:1" };
    char *pointers[] = { words[0], words[1], words[2], words[3], words[4], NULL };
    const struct http_options options = { .routes = ROUTES, .routes_count = MM_COUNT_OF(ROUTES) };
    struct mm_reason reason;
    bool help;
    mm_arena_init(&arena, 64 << 20);
    make_folder();
    missing = SIZE_MAX;
    gives_blocks = true;
    cr_assert_eq(http_server_start(&server, &options, &reason), MM_OK, "%s", reason.text);
    snprintf(words[2], sizeof words[2], "http://127.0.0.1:%u", http_server_port(server));
    run = (struct cli_run){ .command = &command };
    mm_arena_init(&run.arena, 64 << 20);
    cr_assert(cli_parse(&run, &help, 5, pointers, &reason), "%s", reason.text);
    cr_assert_eq(remote_open(&remote, &run), CLI_OK);
    cr_assert_eq(fetch_open(&fetch, &remote), CLI_OK);
}

static void tear_down(void)
{
    fetch_close(&fetch);
    remote_close(&remote);
    http_server_stop(server);
    mm_arena_fini(&run.arena);
    mm_arena_fini(&arena);
}

TestSuite(fetch, .init = set_up, .fini = tear_down, .timeout = 60);

static enum fetch_verdict get(const char *path, mm_bytes *bytes)
{
    return fetch_bytes(&fetch, bytes, &root, mm_bytes_str(path), 4 << 20);
}

Test(fetch, a_file_comes_by_blocks_that_hash_right)
{
    mm_bytes bytes;
    cr_assert_eq(get("/a b.bin", &bytes), FETCH_OK, "%s", fetch.reason.text);
    cr_assert(mm_bytes_equal(bytes, MM_BYTES_OF(content)));
}

Test(fetch, a_block_with_one_bit_changed_is_caught)
{
    mm_bytes bytes;
    lies = true;
    cr_assert_eq(get("/a b.bin", &bytes), FETCH_WRONG);
    cr_assert_eq(bytes.len, 0);
}

Test(fetch, a_missing_block_is_named)
{
    char text[CID_TEXT_MAX + 1];
    for (missing = 0; missing < block_count; missing++) {
        mm_bytes bytes;
        cid_to_text(text, &blocks[missing].cid, MULTIBASE_BASE32);
        cr_assert_eq(get("/a b.bin", &bytes), FETCH_MISSING);
        cr_assert_not_null(strstr(fetch.reason.text, text), "%s", fetch.reason.text);
    }
}

Test(fetch, names_and_folders_are_told_apart_from_files)
{
    mm_bytes bytes;
    cr_assert_eq(get("/other", &bytes), FETCH_NO_NAME);
    cr_assert_eq(get("", &bytes), FETCH_FOLDER);
    cr_assert_eq(get("/a b.bin/more", &bytes), FETCH_NO_NAME);
    cr_assert_eq(fetch_bytes(&fetch, &bytes, &root, MM_BYTES_LIT("/a b.bin"), 1000),
                 FETCH_TOO_LARGE);
}

Test(fetch, a_node_without_blocks_is_believed_when_its_bytes_import_to_the_cid)
{
    mm_bytes bytes;
    gives_blocks = false;
    cr_assert_eq(get("/a b.bin", &bytes), FETCH_OK, "%s", fetch.reason.text);
    cr_assert(mm_bytes_equal(bytes, MM_BYTES_OF(content)));
}

Test(fetch, a_node_without_blocks_is_not_believed_otherwise)
{
    mm_bytes bytes;
    gives_blocks = false;
    lies = true;
    cr_assert_eq(get("/a b.bin", &bytes), FETCH_UNPROVEN);
    cr_assert_eq(bytes.len, 0);
}
