#include "node/cli/car_file.h"

#include <errno.h>
#include <sys/stat.h>

#include "node/cli/upload.h"
#include "p2p/content/car_export.h"

enum { ANSWER_BYTES_MAX = 64 << 20 };

static int write_failed(const struct cli_run *run)
{
    return cli_fail(run, CLI_FAILED, "the CAR file cannot be written: %s", strerror(errno));
}

static bool put(FILE *out, mm_bytes bytes)
{
    return fwrite(bytes.ptr, 1, bytes.len, out) == bytes.len;
}

int car_file_write(struct fetch *fetch, struct car_file_totals *totals, FILE *out,
                   const struct cid *roots, size_t count, const char *what)
{
    const struct cli_run *run = fetch->remote->run;
    const struct block_source source = fetch_source(fetch);
    struct car_export *export =
        car_export_new(&source, &(struct car_export_options){ .v2 = false });
    enum read_verdict verdict;
    mm_bytes piece;
    *totals = (struct car_file_totals){ .blocks = 0 };
    if (export == NULL)
        return cli_fail(run, CLI_FAILED, "out of memory");
    fetch->reason.text[0] = '\0';
    car_export_begin_roots(export, roots, count);
    int status = CLI_OK;
    while (status == CLI_OK && (verdict = car_export_next(export, &piece)) != READ_END) {
        if (verdict != READ_OK)
            status =
                fetch_failed(fetch, what, verdict, car_export_at(export), car_export_err(export));
        else if (!put(out, piece))
            status = write_failed(run);
    }
    if (status == CLI_OK)
        car_export_totals(export, &totals->blocks, &totals->bytes);
    car_export_free(export);
    return status;
}

static bool put_block(FILE *out, const struct cid *cid, mm_bytes block)
{
    uint8_t head[CAR_SECTION_HEAD_MAX];
    return put(out, mm_bytes_from(head, car_section_head(head, cid, block.len))) && put(out, block);
}

int car_file_write_lacking(struct fetch *fetch, struct car_file_totals *totals, FILE *out,
                           const struct cid *root, const char *what)
{
    const struct cli_run *run = fetch->remote->run;
    const struct block_source source = fetch_source(fetch);
    struct content_walk *walk =
        content_walk_new(&source, &(struct walk_options){ .scope = WALK_ALL });
    struct mm_buf header;
    struct cid cid;
    mm_bytes block;
    enum read_verdict verdict;
    int status = CLI_OK;
    *totals = (struct car_file_totals){ .blocks = 0 };
    if (walk == NULL)
        return cli_fail(run, CLI_FAILED, "out of memory");
    mm_buf_init(&header, 4096);
    car_add_header(&header, root, 1);
    if (!put(out, mm_buf_bytes(&header)))
        status = write_failed(run);
    mm_buf_fini(&header);
    fetch->reason.text[0] = '\0';
    content_walk_begin(walk, root);
    while (status == CLI_OK && (verdict = content_walk_next(walk, &cid, &block)) != READ_END) {
        if (verdict != READ_OK) {
            status =
                fetch_failed(fetch, what, verdict, content_walk_at(walk), content_walk_err(walk));
            break;
        }
        if (!fetch->is_from_gateway)
            continue;
        totals->blocks++;
        totals->bytes += block.len;
        if (!put_block(out, &cid, block))
            status = write_failed(run);
    }
    content_walk_free(walk);
    return status;
}

/* ---- to a node ---- */

static const struct json *text_of(const struct json *object, const char *key)
{
    const struct json *value = object == NULL ? NULL : json_find(object, key);
    return value != NULL && value->kind == JSON_STRING ? value : NULL;
}

/* {"Root":{"Cid":{"/":"…"},"PinErrorMsg":"…"}} or {"Stats":{…}}. False: neither. */
static bool read_line(struct car_file_root *root, bool *is_root, struct car_file_totals *totals,
                      const struct json *line)
{
    const struct json *told = json_find(line, "Root");
    const struct json *stats = json_find(line, "Stats");
    *is_root = told != NULL;
    if (told == NULL)
        return stats != NULL && json_find(stats, "BlockCount") != NULL &&
               json_u64(&totals->blocks, json_find(stats, "BlockCount")) &&
               json_find(stats, "BlockBytesCount") != NULL &&
               json_u64(&totals->bytes, json_find(stats, "BlockBytesCount"));
    const struct json *cid = json_find(told, "Cid");
    const struct json *text = cid == NULL ? NULL : text_of(cid, "/");
    const struct json *lacks = text_of(told, "PinErrorMsg");
    if (text == NULL || lacks == NULL)
        return false;
    root->lacks = lacks->text;
    const enum cid_verdict verdict = cid_parse(&root->cid, text->text);
    return verdict == CID_OK || verdict == CID_UNSUPPORTED;
}

static int read_answer(struct remote *remote, struct car_file_root **roots, size_t *count,
                       struct car_file_totals *totals, mm_bytes answer)
{
    struct cli_run *run = remote->run;
    const struct json_options options = { .unique_keys = false };
    size_t lines = 0;
    for (size_t i = 0; i < answer.len; i++)
        lines += answer.ptr[i] == '\n';
    *count = 0;
    *roots = MM_ARENA_ARRAY(&run->arena, struct car_file_root, lines + 1);
    if (*roots == NULL)
        return cli_fail(run, CLI_FAILED, "out of memory");
    while (answer.len > 0) {
        const uint8_t *end = memchr(answer.ptr, '\n', answer.len);
        const size_t len = end == NULL ? answer.len : (size_t)(end - answer.ptr);
        struct json line;
        bool is_root;
        if (end == NULL ||
            json_parse(&run->arena, &line, mm_bytes_from(answer.ptr, len), &options, NULL) !=
                JSON_OK ||
            !read_line(&(*roots)[*count], &is_root, totals, &line))
            return cli_fail(run, CLI_FAILED, "the node's answer is not that of /api/v0/dag/import");
        *count += is_root;
        answer = mm_bytes_from(end + 1, answer.len - len - 1);
    }
    return CLI_OK;
}

int car_file_send(struct remote *remote, struct car_file_root **roots, size_t *count,
                  struct car_file_totals *totals, const char *path)
{
    struct cli_run *run = remote->run;
    struct multipart body;
    struct mm_buf answer;
    struct stat info;
    *totals = (struct car_file_totals){ .blocks = 0 };
    if (stat(path, &info) != 0)
        return cli_fail(run, CLI_FAILED, "%s: %s", path, strerror(errno));
    if (!S_ISREG(info.st_mode))
        return cli_fail(run, CLI_FAILED, "%s is no file", path);
    multipart_init(&body, &run->arena, 1);
    multipart_add_file(&body, MM_BYTES_LIT(""), path, (uint64_t)info.st_size);
    if (multipart_finish(&body) != MM_OK)
        return cli_fail(run, CLI_FAILED, "out of memory");
    mm_buf_init(&answer, ANSWER_BYTES_MAX);
    REMOTE_TRY(upload_send(remote, &answer, "/api/v0/dag/import?pin-roots=true&stats=true", &body,
                           "importing"));
    mm_bytes copy;
    const mm_err err = mm_arena_copy(&run->arena, &copy, mm_buf_bytes(&answer));
    mm_buf_fini(&answer);
    if (err != MM_OK)
        return cli_fail(run, CLI_FAILED, "out of memory");
    return read_answer(remote, roots, count, totals, copy);
}
