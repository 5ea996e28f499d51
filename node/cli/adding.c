#include "node/cli/adding.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <sys/stat.h>
#include <unistd.h>

#include "p2p/content/import.h"

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
        len = read(fd, adding->piece, ADDING_PIECE_BYTES);
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
    if (++adding->files > ADDING_ENTRIES_MAX)
        return cli_fail(adding->run, CLI_FAILED, "more than %d files and folders at once",
                        ADDING_ENTRIES_MAX);
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
    if (++adding->files > ADDING_ENTRIES_MAX)
        return cli_fail(adding->run, CLI_FAILED, "more than %d files and folders at once",
                        ADDING_ENTRIES_MAX);
    if (adding->has_body)
        multipart_add_folder(&adding->body, name);
    const mm_err err = import_tree_add_dir(adding->tree, name);
    return err == MM_OK
               ? CLI_OK
               : cli_fail(adding->run, CLI_FAILED, "%s: its name cannot be one in a folder: %s",
                          path, mm_err_text(err));
}

int adding_hash_stdin(struct adding *adding, struct mm_buf *kept, mm_bytes name)
{
    struct cli_run *run = adding->run;
    mm_err err = MM_OK;
    size_t len;
    while (err == MM_OK && (len = fread(adding->piece, 1, ADDING_PIECE_BYTES, stdin)) > 0) {
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

/* One thing that the walk met. */
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

int adding_hash(struct adding *adding, struct import_result *out, char *path,
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
