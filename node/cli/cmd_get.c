/* get and ls: folders out of the node's content store. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/cli/commands.h"
#include "node/cli/fetch.h"
#include "p2p/content/import.h"
#include "p2p/content/tar.h"
#include "state/base/assert.h"

enum { PATH_BYTES_MAX = 4096 };

static int tree_failed(const struct fetch *fetch, enum tree_verdict verdict, enum read_verdict read,
                       const struct cid *at, mm_err err)
{
    const struct cli_run *run = fetch->remote->run;
    switch (verdict) {
    case TREE_BAD_NAME:
        return cli_fail(run, CLI_FAILED,
                        "%s: a name or a symlink in it is there twice or would leave its root",
                        run->arguments[0]);
    case TREE_OTHER:
        return cli_fail(run, CLI_FAILED, "%s: a block in it is of a codec that no file is made of",
                        run->arguments[0]);
    case TREE_UNREADABLE:
        return fetch_failed(fetch, run->arguments[0], read, at, err);
    case TREE_OK:
    case TREE_END:
        break;
    }
    MM_UNREACHABLE();
}

/* ---- onto the disk ---- */

struct getting {
    struct cli_run *run;
    struct fetch *fetch;
    struct content_reader *file; /* owned */
    const char *output;
    uint64_t files;
    uint64_t bytes;
};

/* The entry's place below the output: its path without the root's own name. False: too long. */
static bool place_of(const struct getting *getting, char path[PATH_BYTES_MAX],
                     const struct tree_entry *entry)
{
    const uint8_t *slash = memchr(entry->path.ptr, '/', entry->path.len);
    const size_t own = slash == NULL ? entry->path.len : (size_t)(slash - entry->path.ptr);
    const int len = snprintf(path, PATH_BYTES_MAX, "%s%.*s", getting->output,
                             (int)(entry->path.len - own), (const char *)entry->path.ptr + own);
    return len < PATH_BYTES_MAX;
}

static bool write_all(int fd, mm_bytes bytes)
{
    while (bytes.len > 0) {
        const ssize_t len = write(fd, bytes.ptr, bytes.len);
        if (len < 0 && errno == EINTR)
            continue;
        if (len < 0)
            return false;
        bytes = mm_bytes_from(bytes.ptr + len, bytes.len - (size_t)len);
    }
    return true;
}

static int write_file(struct getting *getting, int fd, const char *path, const struct cid *cid)
{
    uint64_t bytes;
    mm_bytes piece;
    getting->fetch->reason.text[0] = '\0';
    enum read_verdict verdict = content_file_open(getting->file, &bytes, cid);
    while (verdict == READ_OK && (verdict = content_file_next(getting->file, &piece)) == READ_OK) {
        if (!write_all(fd, piece))
            return cli_fail(getting->run, CLI_FAILED, "%s: %s", path, strerror(errno));
        getting->bytes += piece.len;
    }
    if (verdict != READ_END)
        return fetch_failed(getting->fetch, getting->run->arguments[0], verdict,
                            content_reader_at(getting->file), content_reader_err(getting->file));
    return CLI_OK;
}

/* Nothing that is there is written over, and no symlink is followed at the end of a path; the directories on the way are ours. */
static int make_entry(struct getting *getting, const struct tree_entry *entry)
{
    char path[PATH_BYTES_MAX];
    char target[TREE_TARGET_BYTES_MAX + 1];
    if (!place_of(getting, path, entry))
        return cli_fail(getting->run, CLI_FAILED, "a path in it is longer than %d bytes",
                        PATH_BYTES_MAX);
    if (entry->kind == CONTENT_DIRECTORY || entry->kind == CONTENT_SHARDED)
        return mkdir(path, 0777) == 0
                   ? CLI_OK
                   : cli_fail(getting->run, CLI_FAILED, "%s: %s", path, strerror(errno));
    if (entry->kind == CONTENT_SYMLINK) {
        memcpy(target, entry->target.ptr, entry->target.len);
        target[entry->target.len] = '\0';
        return symlink(target, path) == 0
                   ? CLI_OK
                   : cli_fail(getting->run, CLI_FAILED, "%s: %s", path, strerror(errno));
    }
    const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (fd < 0)
        return cli_fail(getting->run, CLI_FAILED, "%s: %s", path, strerror(errno));
    int status = write_file(getting, fd, path, &entry->cid);
    if (close(fd) != 0 && status == CLI_OK)
        status = cli_fail(getting->run, CLI_FAILED, "%s: %s", path, strerror(errno));
    if (status != CLI_OK)
        unlink(path); /* what is not whole has no name */
    getting->files += status == CLI_OK;
    return status;
}

static int get_files(struct getting *getting, const struct cid *root, mm_bytes name)
{
    const struct block_source source = fetch_source(getting->fetch);
    struct content_tree *tree = content_tree_new(&source);
    struct tree_entry entry;
    enum tree_verdict verdict = TREE_OK;
    getting->file = content_reader_new(&source);
    int status = tree == NULL || getting->file == NULL
                     ? cli_fail(getting->run, CLI_FAILED, "out of memory")
                     : CLI_OK;
    if (status == CLI_OK)
        content_tree_begin(tree, root, name);
    while (status == CLI_OK && (verdict = content_tree_next(tree, &entry)) != TREE_END)
        status = verdict == TREE_OK ? make_entry(getting, &entry)
                                    : tree_failed(getting->fetch, verdict, content_tree_read(tree),
                                                  content_tree_at(tree), content_tree_err(tree));
    content_reader_free(getting->file);
    content_tree_free(tree);
    if (status == CLI_OK)
        cli_note(getting->run, "%s: %llu files, %llu bytes", getting->output,
                 (unsigned long long)getting->files, (unsigned long long)getting->bytes);
    return status;
}

static int get_archive(struct getting *getting, const struct cid *root, mm_bytes name)
{
    struct cli_run *run = getting->run;
    const struct block_source source = fetch_source(getting->fetch);
    const bool has_output = cli_is_given(run, "output") && strcmp(getting->output, "-") != 0;
    if (!has_output && isatty(STDOUT_FILENO))
        return cli_misuse(run, "an archive is nothing for a terminal: name one with --output");
    FILE *out = has_output ? fopen(getting->output, "wbxe") : stdout;
    if (out == NULL)
        return cli_fail(run, CLI_FAILED, "%s: %s", getting->output, strerror(errno));
    struct content_tar *tar = content_tar_new(&source);
    int status = tar == NULL ? cli_fail(run, CLI_FAILED, "out of memory") : CLI_OK;
    enum tree_verdict verdict = TREE_OK;
    mm_bytes piece;
    if (status == CLI_OK)
        content_tar_begin(tar, root, name);
    while (status == CLI_OK && (verdict = content_tar_next(tar, &piece)) != TREE_END) {
        if (verdict != TREE_OK)
            status = tree_failed(getting->fetch, verdict, content_tar_read(tar),
                                 content_tar_at(tar), content_tar_err(tar));
        else if (fwrite(piece.ptr, 1, piece.len, out) != piece.len)
            status =
                cli_fail(run, CLI_FAILED, "the archive cannot be written: %s", strerror(errno));
    }
    content_tar_free(tar);
    if (has_output && fclose(out) != 0 && status == CLI_OK)
        status = cli_fail(run, CLI_FAILED, "%s: %s", getting->output, strerror(errno));
    if (has_output && status != CLI_OK)
        unlink(getting->output);
    return status;
}

/* The last name of what was asked for, which the result is called unless --output says otherwise. */
static mm_bytes name_of(struct mm_arena *arena, const char *argument)
{
    struct cid root;
    mm_bytes path;
    mm_bytes text = mm_bytes_str(argument);
    if (fetch_parse(arena, &root, &path, text) && path.len > 1)
        text = path;
    while (text.len > 0 && text.ptr[text.len - 1] == '/')
        text.len--;
    if (text.len == 0)
        return text;
    size_t start = text.len;
    while (start > 0 && text.ptr[start - 1] != '/')
        start--;
    return mm_bytes_from(text.ptr + start, text.len - start);
}

static int get_with(struct cli_run *run, struct fetch *fetch)
{
    struct cid root;
    struct getting getting = { .run = run, .fetch = fetch };
    REMOTE_TRY(fetch_resolve(fetch, &root, run->arguments[0]));
    const mm_bytes name = name_of(&run->arena, run->arguments[0]);
    if (!import_name_is_valid(name))
        return cli_misuse(run, "'%s' has no last name that a file can have", run->arguments[0]);
    getting.output =
        cli_is_given(run, "output") ? cli_text(run, "output") : mm_arena_text(&run->arena, name);
    if (getting.output == NULL)
        return cli_fail(run, CLI_FAILED, "out of memory");
    return cli_flag(run, "archive") ? get_archive(&getting, &root, name)
                                    : get_files(&getting, &root, name);
}

static int with_fetch(struct cli_run *run, int (*act)(struct cli_run *run, struct fetch *fetch))
{
    struct remote remote;
    struct fetch fetch;
    REMOTE_TRY(remote_open(&remote, run));
    int status = fetch_open(&fetch, &remote);
    if (status == CLI_OK) {
        status = act(run, &fetch);
        fetch_close(&fetch);
    }
    remote_close(&remote);
    return status;
}

static int run_get(struct cli_run *run)
{
    return with_fetch(run, get_with);
}

static const struct cli_option GET_OPTIONS[] = {
    { "output", 'o', CLI_FILE, "PATH",
      "where it goes, and what must not be there yet; else its own name, here", NULL },
    { "archive", 'a', CLI_FLAG, NULL, "write a tar archive, to standard output unless --output",
      NULL },
    CLI_OPTION_API,
    CLI_OPTION_GATEWAY,
    CLI_OPTION_TIMEOUT,
    CLI_OPTION_RPC,
};

const struct cli_command CLI_CMD_GET = {
    .name = "get",
    .arguments = "CID[/PATH]",
    .arguments_min = 1,
    .arguments_max = 1,
    .summary = "write a stored file or folder to the disk",
    .details = "Reads a file, or a folder with all that is in it, from the node's content store. "
               "What comes is hashed here before it is written; what the node does not have is "
               "asked of the gateway that --gateway names. Nothing is written over, and a name "
               "that would leave the folder ends it.",
    .example = "mintmark get bafybeie…/pictures\nmintmark get bafybeie… --archive > cats.tar",
    .options = GET_OPTIONS,
    .option_count = MM_COUNT_OF(GET_OPTIONS),
    .run = run_get,
};

/* ---- ls ---- */

struct listing {
    struct cli_run *run;
    struct fetch *fetch;
    struct content_reader *looking; /* owned */
    struct mm_buf json;
    struct json_writer w;
};

static const char *kind_name(enum content_kind kind)
{
    switch (kind) {
    case CONTENT_FILE:
        return "file";
    case CONTENT_DIRECTORY:
    case CONTENT_SHARDED:
        return "folder";
    case CONTENT_SYMLINK:
        return "symlink";
    case CONTENT_OTHER:
        return "block";
    }
    MM_UNREACHABLE();
}

static void tell_entry(struct listing *listing, mm_bytes name, const struct content_node *node)
{
    char cid[CID_TEXT_MAX + 1];
    const bool is_folder = node->kind == CONTENT_DIRECTORY || node->kind == CONTENT_SHARDED;
    cid_to_text(cid, &node->cid, MULTIBASE_BASE32);
    if (!cli_flag(listing->run, "json")) {
        if (is_folder)
            printf("%s  %10s  ", cid, "-");
        else
            printf("%s  %10llu  ", cid, (unsigned long long)node->bytes);
        cli_print(stdout, name);
        puts(is_folder ? "/" : "");
        return;
    }
    json_open_object(&listing->w);
    json_key(&listing->w, "name");
    json_add_string(&listing->w, name);
    json_key(&listing->w, "cid");
    json_add_text(&listing->w, cid);
    json_key(&listing->w, "type");
    json_add_text(&listing->w, kind_name(node->kind));
    json_key(&listing->w, "bytes");
    if (is_folder)
        json_add_null(&listing->w);
    else
        json_add_u64(&listing->w, node->bytes);
    json_close_object(&listing->w);
}

static int list_entries(struct listing *listing, const struct cid *root)
{
    struct fetch *fetch = listing->fetch;
    struct content_entry entry;
    struct content_node node;
    const char *what = listing->run->arguments[0];
    fetch->reason.text[0] = '\0';
    enum read_verdict verdict = content_stat(listing->looking, &node, root);
    if (verdict == READ_OK && node.kind != CONTENT_DIRECTORY && node.kind != CONTENT_SHARDED) {
        tell_entry(listing, name_of(&listing->run->arena, what), &node);
        return CLI_OK;
    }
    if (verdict == READ_OK)
        verdict = content_dir_open(fetch->reader, root);
    while (verdict == READ_OK && (verdict = content_dir_next(fetch->reader, &entry)) == READ_OK) {
        const enum read_verdict looked = content_stat(listing->looking, &node, &entry.cid);
        if (looked != READ_OK)
            return fetch_failed(fetch, what, looked, content_reader_at(listing->looking),
                                content_reader_err(listing->looking));
        tell_entry(listing, entry.name, &node);
    }
    if (verdict == READ_END)
        return CLI_OK;
    const struct content_reader *reader =
        verdict == READ_NO_BLOCK && cid_equal(content_reader_at(listing->looking), root)
            ? listing->looking
            : fetch->reader;
    return fetch_failed(fetch, what, verdict, content_reader_at(reader),
                        content_reader_err(reader));
}

static int ls_with(struct cli_run *run, struct fetch *fetch)
{
    struct cid root;
    const struct block_source source = fetch_source(fetch);
    struct listing listing = { .run = run, .fetch = fetch };
    REMOTE_TRY(fetch_resolve(fetch, &root, run->arguments[0]));
    listing.looking = content_reader_new(&source);
    if (listing.looking == NULL)
        return cli_fail(run, CLI_FAILED, "out of memory");
    mm_buf_init(&listing.json, CLI_ARENA_BYTES_MAX);
    listing.w = json_writer_over(&listing.json);
    json_open_array(&listing.w);
    int status = list_entries(&listing, &root);
    content_reader_free(listing.looking);
    if (status == CLI_OK && cli_flag(run, "json")) {
        json_close_array(&listing.w);
        return cli_print_json(run, &listing.json);
    }
    mm_buf_fini(&listing.json);
    return status;
}

static int run_ls(struct cli_run *run)
{
    return with_fetch(run, ls_with);
}

static const struct cli_option LS_OPTIONS[] = {
    CLI_OPTION_API, CLI_OPTION_GATEWAY, CLI_OPTION_TIMEOUT, CLI_OPTION_RPC, CLI_OPTION_JSON,
};

const struct cli_command CLI_CMD_LS = {
    .name = "ls",
    .arguments = "CID[/PATH]",
    .arguments_min = 1,
    .arguments_max = 1,
    .summary = "list a stored folder: CIDs, bytes and names",
    .details = "Lists the entries of a folder in the node's content store with the bytes of each "
               "file. What comes is hashed here.",
    .example = "mintmark ls bafybeie…\nmintmark ls ipfs://bafybeie…/pictures --json",
    .options = LS_OPTIONS,
    .option_count = MM_COUNT_OF(LS_OPTIONS),
    .run = run_ls,
};
