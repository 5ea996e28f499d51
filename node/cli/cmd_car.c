/* car export, car import, fetch, dag stat: whole DAGs between a node, files and gateways. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "node/cli/car_file.h"
#include "node/cli/commands.h"
#include "node/cli/tokens.h"
#include "p2p/content/car.h"

enum { ARGUMENTS_MAX = 256 };

static void add_cid(struct json_writer *w, const char *key, const struct cid *cid)
{
    char text[CID_TEXT_MAX + 1];
    json_key(w, key);
    json_add_string(w, mm_bytes_from(text, cid_to_text(text, cid, MULTIBASE_BASE32)));
}

static void print_cid(const struct cid *cid)
{
    char text[CID_TEXT_MAX + 1];
    cid_to_text(text, cid, MULTIBASE_BASE32);
    fputs(text, stdout);
}

/* ---- car export ---- */

struct output {
    FILE *stream;
    char *part; /* the file's name until it is whole; NULL: standard output */
    const char *path;
};

static int open_output(struct cli_run *run, struct output *output)
{
    output->path = cli_text(run, "output");
    output->stream = stdout;
    if (output->path == NULL || strcmp(output->path, "-") == 0) {
        if (isatty(STDOUT_FILENO))
            return cli_misuse(run, "a CAR file is nothing for a terminal: name one with --output");
        return CLI_OK;
    }
    const size_t len = strlen(output->path);
    output->part = mm_arena_alloc(&run->arena, len + sizeof ".part");
    if (output->part == NULL)
        return cli_fail(run, CLI_FAILED, "out of memory");
    memcpy(output->part, output->path, len);
    memcpy(output->part + len, ".part", sizeof ".part");
    output->stream = fopen(output->part, "wbe");
    if (output->stream == NULL)
        return cli_fail(run, CLI_FAILED, "%s: %s", output->part, strerror(errno));
    return CLI_OK;
}

/* A file that is not whole does not get the name that was asked for. */
static int close_output(struct cli_run *run, struct output *output, int status)
{
    if (output->part == NULL)
        return status;
    const bool is_written = fclose(output->stream) == 0;
    if (status == CLI_OK && (!is_written || rename(output->part, output->path) != 0))
        status = cli_fail(run, CLI_FAILED, "%s: %s", output->path, strerror(errno));
    if (status != CLI_OK)
        unlink(output->part);
    return status;
}

static int find_roots(struct cli_run *run, struct fetch *fetch, struct tokens_roots *roots)
{
    if (cli_is_given(run, "collection"))
        return tokens_find_roots(fetch, roots, &cli_value(run, "collection")->addr);
    for (size_t i = 0; i < run->argument_count; i++) {
        struct cid cid;
        REMOTE_TRY(fetch_resolve(fetch, &cid, run->arguments[i]));
        if (!tokens_roots_add(roots, &cid))
            return cli_fail(run, CLI_FAILED, "out of memory");
    }
    return CLI_OK;
}

static int export_with(struct cli_run *run, struct fetch *fetch, void *ctx)
{
    struct tokens_roots *roots = ctx;
    struct output output = { .part = NULL };
    struct car_file_totals totals;
    REMOTE_TRY(find_roots(run, fetch, roots));
    if (roots->count == 0)
        return cli_fail(run, CLI_FAILED, "no token of the collection names content by its hash");
    REMOTE_TRY(open_output(run, &output));
    int status = car_file_write(fetch, &totals, output.stream, roots->cids, roots->count,
                                run->argument_count == 1 ? run->arguments[0] : "export");
    status = close_output(run, &output, status);
    if (status == CLI_OK)
        cli_note(run, "%zu root%s, %llu blocks, %llu bytes", roots->count,
                 roots->count == 1 ? "" : "s", (unsigned long long)totals.blocks,
                 (unsigned long long)totals.bytes);
    return status;
}

static int run_export(struct cli_run *run)
{
    struct tokens_roots roots = { .count = 0 };
    if ((run->argument_count > 0) == cli_is_given(run, "collection"))
        return cli_misuse(run, "either roots or --collection");
    const int status = fetch_run(run, export_with, &roots);
    tokens_roots_free(&roots);
    return status;
}

static const struct cli_option EXPORT_OPTIONS[] = {
    { "output", 'o', CLI_FILE, "FILE", "where the archive goes; standard output unless given",
      NULL },
    { "collection", 'c', CLI_ADDRESS, "ADDRESS",
      "what all tokens of this collection name: metadata, pictures, animations", NULL },
    CLI_OPTION_API,
    CLI_OPTION_GATEWAY,
    CLI_OPTION_TIMEOUT,
    CLI_OPTION_RPC,
};

const struct cli_command CLI_CMD_CAR_EXPORT = {
    .name = "car export",
    .arguments = "[CID[/PATH]...]",
    .arguments_max = ARGUMENTS_MAX,
    .summary = "write content as a CAR file, which `ipfs dag import` takes as it is",
    .details = "Writes all blocks below the roots, each once, as a CAR file of version 1. With "
               "--collection the roots are those of every token URI and of the image and "
               "animation_url in its metadata, so the archive has several roots; token URIs that "
               "name no content by its hash are left out and counted. Every block is hashed here, "
               "and a file is whole or does not get its name.",
    .example = "mintmark car export bafybeie… --output cats.car\n"
               "mintmark car export --collection 0x6d696e746d61726b000000000000000000000721 > "
               "all.car",
    .options = EXPORT_OPTIONS,
    .option_count = MM_COUNT_OF(EXPORT_OPTIONS),
    .run = run_export,
};

/* ---- fetch ---- */

static int send_part(struct remote *remote, struct car_file_totals *totals, const char *path,
                     const char *what)
{
    struct car_file_root *roots;
    size_t count;
    REMOTE_TRY(car_file_send(remote, &roots, &count, totals, path));
    if (count != 1 || roots[0].lacks.len > 0)
        return cli_fail(remote->run, CLI_FAILED, "%s: the node still lacks something: %.*s", what,
                        count == 0 || roots[0].lacks.len > 200 ? 0 : (int)roots[0].lacks.len,
                        count == 0 ? "" : (const char *)roots[0].lacks.ptr);
    return CLI_OK;
}

/* What the node lacks of a root goes from the gateway through a file of ours to the node. Out: what came from the gateway. */
static int complete(struct fetch *fetch, struct car_file_totals *totals, const struct cid *root,
                    const char *what)
{
    struct cli_run *run = fetch->remote->run;
    struct car_file_totals sent;
    const char *folder = getenv("TMPDIR");
    char path[4096];
    const int len = snprintf(path, sizeof path, "%s/mintmark-XXXXXX",
                             folder == NULL || folder[0] == '\0' ? "/tmp" : folder);
    const int fd = len < (int)sizeof path ? mkstemp(path) : -1;
    FILE *out = fd < 0 ? NULL : fdopen(fd, "wb");
    if (out == NULL)
        return cli_fail(run, CLI_FAILED, "%s: %s", path, strerror(errno));
    int status = car_file_write_lacking(fetch, totals, out, root, what);
    if (fclose(out) != 0 && status == CLI_OK)
        status = cli_fail(run, CLI_FAILED, "%s: %s", path, strerror(errno));
    if (status == CLI_OK)
        status = send_part(fetch->remote, &sent, path, what);
    unlink(path);
    return status;
}

static int fetch_all(struct cli_run *run, struct fetch *fetch, void *ctx)
{
    (void)ctx;
    struct car_file_totals all = { .blocks = 0 };
    for (size_t i = 0; i < run->argument_count; i++) {
        struct cid root;
        struct car_file_totals totals;
        REMOTE_TRY(fetch_resolve(fetch, &root, run->arguments[i]));
        REMOTE_TRY(complete(fetch, &totals, &root, run->arguments[i]));
        all.blocks += totals.blocks;
        all.bytes += totals.bytes;
        if (cli_flag(run, "json"))
            continue;
        print_cid(&root);
        printf("  %llu blocks, %llu bytes from the gateway\n", (unsigned long long)totals.blocks,
               (unsigned long long)totals.bytes);
    }
    if (!cli_flag(run, "json"))
        return CLI_OK;
    struct mm_buf json;
    mm_buf_init(&json, 4096);
    struct json_writer w = json_writer_over(&json);
    json_open_object(&w);
    json_key(&w, "blocks");
    json_add_u64(&w, all.blocks);
    json_key(&w, "bytes");
    json_add_u64(&w, all.bytes);
    json_close_object(&w);
    return cli_print_json(run, &json);
}

static int run_fetch(struct cli_run *run)
{
    if (!cli_is_given(run, "gateway"))
        return cli_misuse(run, "--gateway says where to fetch from");
    return fetch_run(run, fetch_all, NULL);
}

static const struct cli_option FETCH_OPTIONS[] = {
    { "gateway", 0, CLI_URL, "URL", "a gateway that gives raw blocks; plain http", NULL },
    CLI_OPTION_API,
    CLI_OPTION_TIMEOUT,
    CLI_OPTION_RPC,
    CLI_OPTION_JSON,
};

const struct cli_command CLI_CMD_FETCH = {
    .name = "fetch",
    .arguments = "CID[/PATH]...",
    .arguments_min = 1,
    .arguments_max = ARGUMENTS_MAX,
    .summary = "bring content that the node lacks from a gateway into the node",
    .details = "Walks over all that hangs from a root; what the node does not have is asked of the "
               "gateway block by block, hashed here, and sent to the node, which hashes it again "
               "and pins the root. The gateway is believed nothing: one that gives raw blocks "
               "(?format=raw) will do, whoever runs it. Plain http: TLS is not spoken.",
    .example = "mintmark fetch bafybeie… --gateway http://127.0.0.1:8081",
    .options = FETCH_OPTIONS,
    .option_count = MM_COUNT_OF(FETCH_OPTIONS),
    .run = run_fetch,
};

/* ---- car import ---- */

struct importing {
    struct car_file_totals totals;
    size_t lacking;
    struct mm_buf json;
    struct json_writer w;
};

static void tell_root(const struct cli_run *run, struct importing *importing,
                      const struct car_file_root *root)
{
    importing->lacking += root->lacks.len > 0;
    if (cli_flag(run, "json")) {
        json_open_object(&importing->w);
        add_cid(&importing->w, "cid", &root->cid);
        json_key(&importing->w, "lacks");
        if (root->lacks.len > 0)
            json_add_string(&importing->w, root->lacks);
        else
            json_add_null(&importing->w);
        json_close_object(&importing->w);
        return;
    }
    print_cid(&root->cid);
    if (root->lacks.len > 0) {
        fputs("  lacks: ", stdout);
        cli_print(stdout, root->lacks);
    }
    putchar('\n');
}

static int import_one(struct cli_run *run, struct fetch *fetch, struct importing *importing,
                      const char *path)
{
    struct car_file_root *roots;
    struct car_file_totals totals;
    size_t count;
    REMOTE_TRY(car_file_send(fetch->remote, &roots, &count, &totals, path));
    importing->totals.blocks += totals.blocks;
    importing->totals.bytes += totals.bytes;
    for (size_t i = 0; i < count; i++) {
        if (roots[i].lacks.len > 0 && cli_is_given(run, "gateway")) {
            REMOTE_TRY(complete(fetch, &totals, &roots[i].cid, path));
            importing->totals.blocks += totals.blocks;
            importing->totals.bytes += totals.bytes;
            roots[i].lacks = mm_bytes_from(NULL, 0);
        }
        tell_root(run, importing, &roots[i]);
    }
    return CLI_OK;
}

static int import_all(struct cli_run *run, struct fetch *fetch, void *ctx)
{
    for (size_t i = 0; i < run->argument_count; i++)
        REMOTE_TRY(import_one(run, fetch, ctx, run->arguments[i]));
    return CLI_OK;
}

static int end_import(struct cli_run *run, struct importing *importing)
{
    if (cli_flag(run, "json")) {
        json_close_array(&importing->w);
        json_key(&importing->w, "blocks");
        json_add_u64(&importing->w, importing->totals.blocks);
        json_key(&importing->w, "bytes");
        json_add_u64(&importing->w, importing->totals.bytes);
        json_close_object(&importing->w);
        REMOTE_TRY(cli_print_json(run, &importing->json));
    }
    if (importing->lacking > 0)
        return cli_fail(run, CLI_FAILED,
                        "%zu root%s not whole: what is there is stored, and not pinned; --gateway "
                        "fetches the rest",
                        importing->lacking, importing->lacking == 1 ? " is" : "s are");
    return CLI_OK;
}

static int run_import(struct cli_run *run)
{
    struct importing importing = { .lacking = 0 };
    mm_buf_init(&importing.json, CLI_ARENA_BYTES_MAX);
    importing.w = json_writer_over(&importing.json);
    json_open_object(&importing.w);
    json_key(&importing.w, "roots");
    json_open_array(&importing.w);
    int status = fetch_run(run, import_all, &importing);
    if (status == CLI_OK)
        status = end_import(run, &importing);
    mm_buf_fini(&importing.json);
    return status;
}

static const struct cli_option IMPORT_OPTIONS[] = {
    { "gateway", 0, CLI_URL, "URL", "where what is missing in the file is fetched from; plain http",
      NULL },
    CLI_OPTION_API,
    CLI_OPTION_TIMEOUT,
    CLI_OPTION_RPC,
    CLI_OPTION_JSON,
};

const struct cli_command CLI_CMD_CAR_IMPORT = {
    .name = "car import",
    .arguments = "FILE...",
    .arguments_min = 1,
    .arguments_max = ARGUMENTS_MAX,
    .completes = CLI_FILE,
    .summary = "store the blocks of CAR files and pin their roots",
    .details = "Sends CAR files, version 1 or 2, to the node, which hashes every block before it "
               "stores it and pins the roots that are whole. Roots that lack something are named "
               "and are a failure, unless --gateway says where to fetch the rest.",
    .example = "mintmark car import cats.car\nmintmark car import part.car --gateway "
               "http://127.0.0.1:8081",
    .options = IMPORT_OPTIONS,
    .option_count = MM_COUNT_OF(IMPORT_OPTIONS),
    .run = run_import,
};
