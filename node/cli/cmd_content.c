/* add and cat: files in and out of the node's content store. */
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/cli/commands.h"
#include "node/cli/fetch.h"
#include "node/cli/upload.h"
#include "p2p/content/import.h"
#include "p2p/content/mint.h"
#include "state/base/heap.h"

enum { ENTRIES_MAX = 20000, PIECE_BYTES = 1 << 20 };

/* ---- add ---- */

struct adding {
    struct cli_run *run;
    const struct content_profile *profile;
    struct import_file *file;
    struct import_tree *tree;
    struct multipart body;
    bool has_body; /* not with --only-hash */
    uint8_t *piece;
    struct import_result last; /* the file that was hashed last */
    size_t files;
    uint64_t bytes;
    uint64_t bytes_max;
};

static int import_one(struct adding *adding, struct import_result *result, const char *path,
                      uint64_t expected)
{
    uint64_t done = 0;
    ssize_t len = 1;
    mm_err err = MM_OK;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return cli_fail(adding->run, CLI_FAILED, "%s: %s", path, strerror(errno));
    while (len > 0 && err == MM_OK) {
        len = read(fd, adding->piece, PIECE_BYTES);
        if (len > 0)
            err = import_file_write(adding->file, mm_bytes_from(adding->piece, (size_t)len));
        done += len > 0 ? (uint64_t)len : 0;
    }
    const int error = errno;
    close(fd);
    if (len < 0)
        return cli_fail(adding->run, CLI_FAILED, "%s: %s", path, strerror(error));
    if (err == MM_OK)
        err = import_file_finish(adding->file, result);
    if (err != MM_OK)
        return cli_fail(adding->run, CLI_FAILED, "%s: %s", path, mm_err_text(err));
    if (done != expected)
        return cli_fail(adding->run, CLI_FAILED, "%s changed while it was read", path);
    return CLI_OK;
}

static int add_file(struct adding *adding, mm_bytes name, const char *path, const struct stat *info)
{
    const uint64_t len = (uint64_t)info->st_size;
    if (++adding->files > ENTRIES_MAX)
        return cli_fail(adding->run, CLI_FAILED, "more than %d files and folders at once",
                        ENTRIES_MAX);
    if (adding->has_body && (adding->bytes += len) > adding->bytes_max)
        return cli_fail(adding->run, CLI_FAILED, "more than %llu MiB at once; add it in parts",
                        (unsigned long long)adding->bytes_max >> 20);
    const int status = import_one(adding, &adding->last, path, len);
    if (status != CLI_OK)
        return status;
    if (adding->has_body)
        multipart_add_file(&adding->body, name, path, len);
    const mm_err err = import_tree_add(adding->tree, name, &adding->last);
    return err == MM_OK
               ? CLI_OK
               : cli_fail(adding->run, CLI_FAILED, "%s: its name cannot be one in a folder: %s",
                          path, mm_err_text(err));
}

static int add_folder(struct adding *adding, mm_bytes name, const char *path)
{
    if (++adding->files > ENTRIES_MAX)
        return cli_fail(adding->run, CLI_FAILED, "more than %d files and folders at once",
                        ENTRIES_MAX);
    if (adding->has_body)
        multipart_add_folder(&adding->body, name);
    const mm_err err = import_tree_add_dir(adding->tree, name);
    return err == MM_OK
               ? CLI_OK
               : cli_fail(adding->run, CLI_FAILED, "%s: its name cannot be one in a folder: %s",
                          path, mm_err_text(err));
}

/* Standard input, which is kept for the upload as it is hashed: what comes cannot be read twice. */
static int add_stdin(struct adding *adding, struct mm_buf *kept, mm_bytes name)
{
    struct cli_run *run = adding->run;
    mm_err err = MM_OK;
    size_t len;
    while (err == MM_OK && (len = fread(adding->piece, 1, PIECE_BYTES, stdin)) > 0) {
        const mm_bytes piece = mm_bytes_from(adding->piece, len);
        err = import_file_write(adding->file, piece);
        if (adding->has_body)
            mm_buf_add(kept, piece);
        if (err == MM_OK)
            err = mm_buf_err(kept);
    }
    if (ferror(stdin))
        return cli_fail(run, CLI_FAILED, "standard input: %s", strerror(errno));
    if (err == MM_ERR_LIMIT)
        return cli_fail(run, CLI_FAILED, "more than %llu MiB on standard input",
                        (unsigned long long)adding->bytes_max >> 20);
    if (err == MM_OK)
        err = import_file_finish(adding->file, &adding->last);
    if (err == MM_OK && name.len > 0)
        err = import_tree_add(adding->tree, name, &adding->last);
    if (err != MM_OK)
        return cli_fail(run, CLI_FAILED, "standard input: %s", mm_err_text(err));
    if (adding->has_body)
        multipart_add_bytes(&adding->body, name, mm_buf_bytes(kept));
    return CLI_OK;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* One thing that the walk met. Names are paths from the folder that was named, with its own name in front. */
static int add_entry(struct adding *adding, FTS *walk, FTSENT *entry, size_t cut)
{
    const mm_bytes name = mm_bytes_str(entry->fts_path + cut);
    const bool is_hidden = entry->fts_level > 0 && entry->fts_name[0] == '.';
    if (is_hidden && !cli_flag(adding->run, "hidden")) {
        (void)fts_set(walk, entry, FTS_SKIP);
        return CLI_OK;
    }
    switch (entry->fts_info) {
    case FTS_D:
        return add_folder(adding, name, entry->fts_path);
    case FTS_F:
        return add_file(adding, name, entry->fts_accpath, entry->fts_statp);
    case FTS_DP:
        return CLI_OK;
    case FTS_DNR:
    case FTS_ERR:
    case FTS_NS:
        return cli_fail(adding->run, CLI_FAILED, "%s: %s", entry->fts_path,
                        strerror(entry->fts_errno));
    default:
        cli_note(adding->run, "%s is neither a file nor a folder and is left out", entry->fts_path);
        return CLI_OK;
    }
}

static int walk_all(struct adding *adding, char *path)
{
    char *const paths[] = { path, NULL };
    FTS *walk = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
    int status = CLI_OK;
    if (walk == NULL)
        return cli_fail(adding->run, CLI_FAILED, "%s: %s", path, strerror(errno));
    const char *slash = strrchr(path, '/');
    const size_t cut = slash == NULL ? 0 : (size_t)(slash - path) + 1;
    errno = 0;
    for (FTSENT *entry; status == CLI_OK && (entry = fts_read(walk)) != NULL;)
        status = add_entry(adding, walk, entry, cut);
    if (status == CLI_OK && errno != 0)
        status = cli_fail(adding->run, CLI_FAILED, "%s: %s", path, strerror(errno));
    fts_close(walk);
    return status;
}

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

/* The tree holds one thing, the file or folder that was named: its CID, unless the directory around it is wanted. */
struct top {
    mm_bytes name;
    struct import_result result;
};

static void note_directory(void *context, mm_bytes path, const struct import_result *directory)
{
    struct top *top = context;
    if (mm_bytes_equal(path, top->name))
        top->result = *directory;
}

static int hash_all(struct adding *adding, struct import_result *out, char *path,
                    const struct stat *info)
{
    const char *slash = strrchr(path, '/');
    struct top top = { .name = mm_bytes_str(slash == NULL ? path : slash + 1) };
    const struct import_listener listener = { .context = &top, .directory = note_directory };
    struct import_result root;
    int status = walk_all(adding, path);
    if (status != CLI_OK)
        return status;
    if (S_ISREG(info->st_mode) && !cli_flag(adding->run, "wrap")) {
        *out = adding->last;
        return CLI_OK;
    }
    const mm_err err = import_tree_finish(adding->tree, &root, &listener);
    if (err != MM_OK)
        return cli_fail(adding->run, CLI_FAILED, "%s: %s", path, mm_err_text(err));
    *out = cli_flag(adding->run, "wrap") ? root : top.result;
    return CLI_OK;
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
    int status = add_stdin(adding, &kept, name);
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
    int status = hash_all(adding, &result, path, &info);
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
    adding.piece = mm_heap_alloc(PIECE_BYTES);
    if (adding.has_body)
        multipart_init(&adding.body, &run->arena, ENTRIES_MAX);
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

/* ---- cat ---- */

static mm_err write_piece(void *ctx, mm_bytes piece)
{
    struct cli_run *run = ctx;
    if (fwrite(piece.ptr, 1, piece.len, stdout) == piece.len)
        return MM_OK;
    run->output_errno = errno;
    return MM_ERR_IO;
}

static void print_name(void *ctx, const struct content_entry *entry)
{
    char cid[CID_TEXT_MAX + 1];
    (void)ctx;
    cid_to_text(cid, &entry->cid, MULTIBASE_BASE32);
    printf("%s  ", cid);
    cli_print(stdout, entry->name);
    putchar('\n');
}

static int cat_with(struct cli_run *run, struct remote *remote, const struct cid *root,
                    mm_bytes path)
{
    struct fetch fetch;
    const struct fetch_sink sink = { .ctx = run, .piece = write_piece };
    REMOTE_TRY(fetch_open(&fetch, remote));
    const enum fetch_verdict verdict =
        cli_flag(run, "list") ? fetch_names(&fetch, root, path, NULL, print_name)
                              : fetch_file(&fetch, NULL, root, path, UINT64_MAX, &sink);
    int status = CLI_OK;
    if (run->output_errno != 0)
        status = CLI_FAILED; /* the content is not to blame; why is said when the run ends */
    else if (verdict != FETCH_OK)
        status = cli_fail(
            run, verdict == FETCH_WRONG || verdict == FETCH_UNPROVEN ? CLI_UNVERIFIED : CLI_FAILED,
            "%s: %s%s%s", run->arguments[0], fetch_verdict_text(verdict),
            fetch.reason.text[0] != '\0' ? ": "
            : verdict == FETCH_FOLDER    ? " (--list shows what is in it)"
                                         : "",
            fetch.reason.text);
    fetch_close(&fetch);
    return status;
}

static int run_cat(struct cli_run *run)
{
    struct remote remote;
    struct cid root;
    mm_bytes path;
    if (!fetch_parse(&run->arena, &root, &path, mm_bytes_str(run->arguments[0])))
        return cli_misuse(run, "'%s' is no CID, CID/path or ipfs:// URI", run->arguments[0]);
    REMOTE_TRY(remote_open(&remote, run));
    const int status = cat_with(run, &remote, &root, path);
    remote_close(&remote);
    return status;
}

static const struct cli_option CAT_OPTIONS[] = {
    { "list", 'l', CLI_FLAG, NULL, "list a folder: CIDs and names", NULL },
    CLI_OPTION_API,
    CLI_OPTION_GATEWAY,
    CLI_OPTION_TIMEOUT,
    CLI_OPTION_RPC,
};

const struct cli_command CLI_CMD_CAT = {
    .name = "cat",
    .arguments = "CID[/PATH]",
    .arguments_min = 1,
    .arguments_max = 1,
    .summary = "write a stored file to standard output",
    .details = "Reads a file from the node's content store and writes it to standard output. What "
               "comes is hashed here: nothing is "
               "written that does not belong to the CID. What the node does not have is asked of "
               "the gateway that --gateway names.",
    .example = "mintmark cat bafybeie…/cat.png > cat.png\nmintmark cat --list ipfs://bafybeie…",
    .options = CAT_OPTIONS,
    .option_count = MM_COUNT_OF(CAT_OPTIONS),
    .run = run_cat,
};
