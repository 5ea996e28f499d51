/* get: folders out of the node's content store. */
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

static int get_with(struct cli_run *run, struct fetch *fetch, void *ctx)
{
    (void)ctx;
    struct cid root;
    struct getting getting = { .run = run, .fetch = fetch };
    REMOTE_TRY(fetch_resolve(fetch, &root, run->arguments[0]));
    const mm_bytes name = fetch_name_of(&run->arena, run->arguments[0]);
    if (!import_name_is_valid(name))
        return cli_misuse(run, "'%s' has no last name that a file can have", run->arguments[0]);
    getting.output =
        cli_is_given(run, "output") ? cli_text(run, "output") : mm_arena_text(&run->arena, name);
    if (getting.output == NULL)
        return cli_fail(run, CLI_FAILED, "out of memory");
    return cli_flag(run, "archive") ? get_archive(&getting, &root, name)
                                    : get_files(&getting, &root, name);
}

static int run_get(struct cli_run *run)
{
    return fetch_run(run, get_with, NULL);
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
