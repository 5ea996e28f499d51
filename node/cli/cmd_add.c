/* add: a file or folder into the node's content store. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "node/cli/adding.h"
#include "node/cli/commands.h"
#include "node/cli/upload.h"
#include "p2p/content/import.h"
#include "p2p/content/mint.h"
#include "state/base/heap.h"

/* "." and "..": the folder's own name, which the entries stand under; a final slash away. */
static char *whole_path(struct adding *adding, const char *path, struct stat *info)
{
    char real[PATH_MAX];
    if (stat(path, info) != 0 || realpath(path, real) == NULL) {
        (void)cli_fail(adding->run, CLI_FAILED, "%s: %s", path, strerror(errno));
        return NULL;
    }
    if (!S_ISDIR(info->st_mode) && !S_ISREG(info->st_mode)) {
        (void)cli_fail(adding->run, CLI_FAILED, "%s is neither a file nor a folder", path);
        return NULL;
    }
    char *copy = mm_arena_text(&adding->run->arena, mm_bytes_str(real));
    if (copy == NULL)
        (void)cli_fail(adding->run, CLI_FAILED, "out of memory");
    return copy;
}

static int send_all(struct adding *adding, const struct cid *expected)
{
    struct remote remote;
    struct cid root;
    char query[160];
    char ours[CID_TEXT_MAX + 1];
    char theirs[CID_TEXT_MAX + 1];
    if (multipart_finish(&adding->body) != MM_OK)
        return cli_fail(adding->run, CLI_FAILED, "out of memory");
    snprintf(query, sizeof query, "profile=%s&wrap-with-directory=%s&pin=true",
             adding->profile->name, cli_flag(adding->run, "wrap") ? "true" : "false");
    const struct upload what = { .body = &adding->body, .query = query, .label = "adding" };
    REMOTE_TRY(remote_open(&remote, adding->run));
    int status = upload(&remote, &root, &what);
    if (status == CLI_OK && !cid_equal(&root, expected)) {
        cid_to_text(ours, expected, MULTIBASE_BASE32);
        cid_to_text(theirs, &root, MULTIBASE_BASE32);
        status = cli_fail(adding->run, CLI_FAILED,
                          "the node stored it as %s, but the content is %s", theirs, ours);
    }
    remote_close(&remote);
    return status;
}

static int print_added(struct cli_run *run, const struct import_result *result)
{
    char cid[CID_TEXT_MAX + 1];
    cid_to_text(cid, &result->cid, MULTIBASE_BASE32);
    if (!cli_flag(run, "json")) {
        puts(cid);
        return CLI_OK;
    }
    struct mm_buf json;
    mm_buf_init(&json, 4096);
    struct json_writer w = json_writer_over(&json);
    json_open_object(&w);
    json_key(&w, "cid");
    json_add_text(&w, cid);
    json_key(&w, "bytes");
    json_add_u64(&w, result->content_bytes);
    json_key(&w, "blocks");
    json_add_u64(&w, result->dag_blocks);
    json_key(&w, "stored");
    json_add_bool(&w, !cli_flag(run, "only-hash"));
    json_close_object(&w);
    return cli_print_json(run, &json);
}

static int add_from_stdin(struct adding *adding)
{
    struct cli_run *run = adding->run;
    const bool is_wrapped = cli_flag(run, "wrap");
    const mm_bytes name =
        cli_is_given(run, "name") ? mm_bytes_str(cli_text(run, "name")) : mm_bytes_from(NULL, 0);
    struct mm_buf kept;
    struct import_result result;
    if (is_wrapped && !import_name_is_valid(name))
        return cli_misuse(run, "--wrap needs a --name for what comes from standard input");
    mm_buf_init(&kept, (size_t)adding->bytes_max);
    int status = adding_hash_stdin(adding, &kept, name);
    result = adding->last;
    if (status == CLI_OK && is_wrapped && import_tree_finish(adding->tree, &result, NULL) != MM_OK)
        status = cli_fail(run, CLI_FAILED, "out of memory");
    if (status == CLI_OK && adding->has_body)
        status = send_all(adding, &result.cid);
    mm_buf_fini(&kept);
    return status == CLI_OK ? print_added(run, &result) : status;
}

static int add_with(struct adding *adding)
{
    struct import_result result;
    struct stat info;
    if (strcmp(adding->run->arguments[0], "-") == 0)
        return add_from_stdin(adding);
    char *path = whole_path(adding, adding->run->arguments[0], &info);
    if (path == NULL)
        return CLI_FAILED;
    int status = adding_hash(adding, &result, path, &info);
    if (status == CLI_OK && adding->has_body)
        status = send_all(adding, &result.cid);
    return status == CLI_OK ? print_added(adding->run, &result) : status;
}

static int run_add(struct cli_run *run)
{
    struct adding adding = {
        .run = run,
        .profile = content_profile_find(mm_bytes_str(cli_text(run, "profile"))),
        .has_body = !cli_flag(run, "only-hash"),
        .bytes_max = MINT_IMAGE_BYTES_DEFAULT,
    };
    if (adding.profile == NULL)
        return cli_misuse(run, "there is no profile '%s'", cli_text(run, "profile"));
    adding.file = import_file_new(adding.profile, NULL);
    adding.tree = import_tree_new(adding.profile, NULL);
    adding.piece = mm_heap_alloc(ADDING_PIECE_BYTES);
    if (adding.has_body)
        multipart_init(&adding.body, &run->arena, ADDING_ENTRIES_MAX);
    const int status = adding.file == NULL || adding.tree == NULL || adding.piece == NULL
                           ? cli_fail(run, CLI_FAILED, "out of memory")
                           : add_with(&adding);
    import_file_free(adding.file);
    import_tree_free(adding.tree);
    mm_heap_free(adding.piece);
    return status;
}

static const struct cli_option ADD_OPTIONS[] = {
    { "only-hash", 'n', CLI_FLAG, NULL, "print the CID and store nothing; needs no node", NULL },
    { "wrap", 'w', CLI_FLAG, NULL, "put a directory around it, so that its name is in the path",
      NULL },
    { "name", 0, CLI_TEXT, "NAME", "what standard input is called in the directory around it",
      NULL },
    { "recursive", 'r', CLI_FLAG, NULL,
      "folders are taken with all that is in them, with this and without", NULL },
    { "hidden", 'H', CLI_FLAG, NULL, "take files and folders whose names begin with a dot, too",
      NULL },
    { "profile", 0, CLI_CHOICE,
      "unixfs-v1-2025|unixfs-v0-2015|kubo-cidv1|kubo-cidv1-no-raw|kubo-cidv0-raw",
      "how files become blocks: it decides the CID", "unixfs-v1-2025" },
    CLI_OPTION_API,
    CLI_OPTION_TIMEOUT,
    CLI_OPTION_RPC,
    CLI_OPTION_JSON,
};

const struct cli_command CLI_CMD_ADD = {
    .name = "add",
    .arguments = "FILE|FOLDER|-",
    .arguments_min = 1,
    .arguments_max = 1,
    .completes = CLI_FILE,
    .summary = "store a file or folder and print its CID",
    .details =
        "Stores a file, or a folder with all that is in it, in the node's content store and "
        "prints the CID, which was computed "
        "here and compared with the node's. A - stands for standard input. Symbolic links are "
        "left out.",
    .example = "mintmark add -r pictures\nmintmark add cat.png --only-hash\n"
               "echo hello | mintmark add - --wrap --name hello.txt",
    .options = ADD_OPTIONS,
    .option_count = MM_COUNT_OF(ADD_OPTIONS),
    .run = run_add,
};
