#include "node/cli/layout.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "state/base/assert.h"
#include "state/base/heap.h"
#include "state/codec/json.h"

enum { PIECE_BYTES = 1 << 20 };

/* ---- the image ---- */

/* The file, or a negative number after saying what is wrong with it. */
static int open_image(const struct cli_run *run, const char *path, uint64_t *bytes)
{
    struct stat info;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe must not hold us */
    if (fd < 0 || fstat(fd, &info) != 0) {
        (void)cli_fail(run, CLI_FAILED, "%s: %s", path, strerror(errno));
    } else if (S_ISDIR(info.st_mode)) {
        (void)cli_fail(run, CLI_FAILED, "%s is a folder; `mintmark add` stores folders", path);
    } else if (!S_ISREG(info.st_mode)) {
        (void)cli_fail(run, CLI_FAILED, "%s is not a file", path);
    } else if (info.st_size == 0) {
        (void)cli_fail(run, CLI_FAILED, "%s is empty", path);
    } else if ((uint64_t)info.st_size > MINT_IMAGE_BYTES_DEFAULT) {
        (void)cli_fail(run, CLI_FAILED, "%s has %lld bytes; the most that a node takes is %llu",
                       path, (long long)info.st_size, (unsigned long long)MINT_IMAGE_BYTES_DEFAULT);
    } else {
        *bytes = (uint64_t)info.st_size;
        return fd;
    }
    if (fd >= 0)
        close(fd);
    return -1;
}

static int import_image(const struct cli_run *run, struct layout *layout, struct import_file *file,
                        int fd, uint8_t *piece)
{
    uint64_t done = 0;
    for (;;) {
        const ssize_t len = read(fd, piece, PIECE_BYTES);
        if (len < 0 && errno == EINTR)
            continue;
        if (len < 0)
            return cli_fail(run, CLI_FAILED, "%s: %s", layout->path, strerror(errno));
        if (len == 0)
            break;
        if (done == 0)
            layout->type = filetype_detect(mm_bytes_from(piece, (size_t)len));
        done += (uint64_t)len;
        const mm_err err = import_file_write(file, mm_bytes_from(piece, (size_t)len));
        if (err != MM_OK)
            return cli_fail(run, CLI_FAILED, "%s: %s", layout->path, mm_err_text(err));
    }
    if (done != layout->image_bytes)
        return cli_fail(run, CLI_FAILED, "%s changed while it was read", layout->path);
    return CLI_OK;
}

/* A directory with the finished file as its one entry: p2p/content/mint.c makes the same. */
static mm_err wrap(struct import_file *file, struct cid *file_cid, struct import_result *dir,
                   char uri[MINT_URI_MAX + 1], const char *name)
{
    struct import_result result;
    struct import_dir *builder = import_dir_new(CONTENT_PROFILE_DEFAULT, NULL);
    char cid[CID_TEXT_MAX + 1];
    if (builder == NULL)
        return MM_ERR_NO_MEMORY;
    mm_err err = import_file_finish(file, &result);
    if (err == MM_OK)
        err = import_dir_add(builder, mm_bytes_str(name), &result);
    if (err == MM_OK)
        err = import_dir_finish(builder, dir);
    import_dir_free(builder);
    MM_TRY(err);
    *file_cid = result.cid;
    cid_to_text(cid, &dir->cid, MULTIBASE_BASE32);
    const int len = snprintf(uri, MINT_URI_MAX + 1, "ipfs://%s/%s", cid, name);
    MM_ASSERT(len > 0 && len <= MINT_URI_MAX);
    return MM_OK;
}

int layout_image(struct cli_run *run, struct layout *layout, const char *path)
{
    *layout = (struct layout){ .path = path };
    const int fd = open_image(run, path, &layout->image_bytes);
    if (fd < 0)
        return CLI_FAILED;
    uint8_t *piece = mm_heap_alloc(PIECE_BYTES);
    struct import_file *file = import_file_new(CONTENT_PROFILE_DEFAULT, NULL);
    int status = piece == NULL || file == NULL ? cli_fail(run, CLI_FAILED, "out of memory")
                                               : import_image(run, layout, file, fd, piece);
    if (status == CLI_OK) {
        filetype_safe_name(layout->file_name, mm_bytes_str(path), layout->type);
        const mm_err err =
            wrap(file, &layout->image_file, &layout->image, layout->image_uri, layout->file_name);
        if (err != MM_OK)
            status = cli_fail(run, CLI_FAILED, "%s: %s", path, mm_err_text(err));
    }
    import_file_free(file);
    mm_heap_free(piece);
    close(fd);
    return status;
}

/* ---- the metadata ---- */

int layout_metadata(struct cli_run *run, struct layout *layout, mm_bytes name, mm_bytes description,
                    mm_bytes extra)
{
    struct mm_buf json;
    struct mm_reason reason = { .text = "" };
    const struct mint_metadata metadata = {
        .name = name,
        .description = description,
        .image_uri = mm_bytes_str(layout->image_uri),
        .extra = extra,
    };
    mm_buf_init(&json, MINT_METADATA_BYTES_MAX);
    const enum mint_verdict verdict = mint_metadata_write(&json, &metadata, &reason);
    mm_err err = MM_OK;
    struct import_file *file = import_file_new(CONTENT_PROFILE_DEFAULT, NULL);
    if (verdict == MINT_OK) {
        err = file == NULL ? MM_ERR_NO_MEMORY
                           : mm_arena_copy(&run->arena, &layout->json, mm_buf_bytes(&json));
        if (err == MM_OK)
            err = import_file_write(file, layout->json);
        if (err == MM_OK)
            err = wrap(file, &layout->metadata_file, &layout->metadata, layout->metadata_uri,
                       "metadata.json");
    }
    import_file_free(file);
    mm_buf_fini(&json);
    if (verdict != MINT_OK)
        return cli_fail(run, CLI_FAILED, "metadata: %s%s%s", mint_verdict_text(verdict),
                        reason.text[0] != '\0' ? ": " : "", reason.text);
    return err == MM_OK ? CLI_OK : cli_fail(run, CLI_FAILED, "metadata: %s", mm_err_text(err));
}

/* ---- what goes beside name, description and image ---- */

static int read_json(struct cli_run *run, struct json *value, const char *path)
{
    struct mm_reason reason = { .text = "" };
    struct stat info;
    const struct json_options options = { .unique_keys = true };
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &info) != 0)
        return cli_fail(run, CLI_FAILED, "%s: %s", path, strerror(errno));
    if (!S_ISREG(info.st_mode) || info.st_size > MINT_METADATA_BYTES_MAX) {
        close(fd);
        return cli_fail(run, CLI_FAILED, "%s is no file of at most %d bytes", path,
                        MINT_METADATA_BYTES_MAX);
    }
    uint8_t *bytes = mm_arena_alloc(&run->arena, (size_t)info.st_size + 1);
    const ssize_t len = bytes == NULL ? -1 : read(fd, bytes, (size_t)info.st_size);
    close(fd);
    if (len != info.st_size)
        return cli_fail(run, CLI_FAILED, "%s cannot be read", path);
    const enum json_verdict verdict =
        json_parse(&run->arena, value, mm_bytes_from(bytes, (size_t)len), &options, &reason);
    if (verdict != JSON_OK)
        return cli_fail(run, CLI_FAILED, "%s: %s", path,
                        reason.text[0] != '\0' ? reason.text : json_verdict_text(verdict));
    if (value->kind != JSON_OBJECT)
        return cli_fail(run, CLI_FAILED, "%s is no JSON object", path);
    return CLI_OK;
}

/* trait=text, or trait:=JSON (a number, true, …). */
static int add_attribute(struct cli_run *run, struct json_writer *w, const char *text)
{
    const char *equals = strchr(text, '=');
    if (equals == NULL || equals == text || (equals == text + 1 && text[0] == ':'))
        return cli_misuse(run, "--attribute '%s' is not trait=value", text);
    const bool is_json = equals[-1] == ':';
    struct json value;
    const struct json_options options = { .unique_keys = true };
    if (is_json &&
        json_parse(&run->arena, &value, mm_bytes_str(equals + 1), &options, NULL) != JSON_OK)
        return cli_misuse(run, "--attribute '%s': what follows := is not JSON", text);
    json_open_object(w);
    json_key(w, "trait_type");
    json_add_string(w, mm_bytes_from(text, (size_t)(equals - text) - (is_json ? 1 : 0)));
    json_key(w, "value");
    if (is_json)
        json_add_value(w, &value);
    else
        json_add_text(w, equals + 1);
    json_close_object(w);
    return CLI_OK;
}

static int write_extra(struct cli_run *run, struct json_writer *w, const char *const *attributes,
                       size_t count, const struct json *given)
{
    int status = CLI_OK;
    json_open_object(w);
    if (count > 0) {
        json_key(w, "attributes");
        json_open_array(w);
        for (size_t i = 0; i < count && status == CLI_OK; i++)
            status = add_attribute(run, w, attributes[i]);
        json_close_array(w);
    }
    for (size_t i = 0; given != NULL && i < given->count; i++) {
        json_key_bytes(w, given->members[i].key);
        json_add_value(w, &given->members[i].value);
    }
    json_close_object(w);
    return status;
}

int layout_extra(struct cli_run *run, mm_bytes *extra, const char *const *attributes, size_t count,
                 const char *metadata_path)
{
    struct json given;
    *extra = (mm_bytes){ NULL, 0 };
    if (metadata_path != NULL) {
        const int status = read_json(run, &given, metadata_path);
        if (status != CLI_OK)
            return status;
        if (count > 0 && json_find(&given, "attributes") != NULL)
            return cli_misuse(run,
                              "attributes are in %s already; --attribute would be a second list",
                              metadata_path);
    }
    if (metadata_path == NULL && count == 0)
        return CLI_OK;
    struct mm_buf buf;
    mm_buf_init(&buf, 2 * (size_t)MINT_METADATA_BYTES_MAX);
    struct json_writer w = json_writer_over(&buf);
    int status = write_extra(run, &w, attributes, count, metadata_path == NULL ? NULL : &given);
    mm_err err = mm_buf_err(&buf);
    if (status == CLI_OK && err == MM_OK)
        err = mm_arena_copy(&run->arena, extra, mm_buf_bytes(&buf));
    mm_buf_fini(&buf);
    if (status == CLI_OK && err != MM_OK)
        status = cli_fail(run, CLI_FAILED, "attributes: %s", mm_err_text(err));
    return status;
}
