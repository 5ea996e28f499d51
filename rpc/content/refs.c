/* refs: the links of DAGs, a line {"Ref","Err"} for each. */
#include <stdio.h>

#include "p2p/content/refs.h"
#include "rpc/content/api_internal.h"
#include "state/base/heap.h"

enum { FORMAT_BYTES_MAX = 1 << 10, ARENA_BYTES_MAX = 256 << 10, LINE_BYTES_MAX = 8 << 20 };

struct naming {
    struct mm_arena arena; /* of what follows */
    struct cid *roots;
    size_t root_count;
    size_t root_at;
    mm_bytes format;
    struct content_refs *refs; /* owned */
    struct mm_buf name;
    struct mm_buf line;
};

static void free_naming(void *state)
{
    struct naming *naming = state;
    content_refs_free(naming->refs);
    mm_buf_fini(&naming->name);
    mm_buf_fini(&naming->line);
    mm_arena_fini(&naming->arena);
    mm_heap_free(naming);
}

static void add_cid(struct mm_buf *out, const struct cid *cid)
{
    char text[CID_TEXT_MAX + 1];
    const size_t len = cid_to_text(text, cid, MULTIBASE_BASE32);
    mm_buf_add(out, mm_bytes_from(text, len));
}

static bool begins(mm_bytes text, const char *front)
{
    const size_t len = strlen(front);
    return text.len >= len && memcmp(text.ptr, front, len) == 0;
}

/* <src>, <dst> and <linkname> in a format. */
static void write_format(struct mm_buf *out, mm_bytes format, const struct ref *ref)
{
    while (format.len > 0) {
        size_t used = 1;
        if (begins(format, "<src>")) {
            add_cid(out, &ref->source);
            used = 5;
        } else if (begins(format, "<dst>")) {
            add_cid(out, &ref->target);
            used = 5;
        } else if (begins(format, "<linkname>")) {
            mm_buf_add(out, ref->name);
            used = 10;
        } else {
            mm_buf_add_byte(out, format.ptr[0]);
        }
        format = mm_bytes_from(format.ptr + used, format.len - used);
    }
}

static void write_line(struct mm_buf *out, mm_bytes ref, const char *err)
{
    struct json_writer w = json_writer_over(out);
    json_open_object(&w);
    json_key(&w, "Ref");
    json_add_string(&w, ref);
    json_key(&w, "Err");
    json_add_text(&w, err);
    json_close_object(&w);
    mm_buf_add_byte(out, '\n');
}

/* A missing or wrong block is a line as well, and the others go on, as in kubo. */
static void write_failure(struct naming *naming, enum read_verdict verdict)
{
    char text[CID_TEXT_MAX + 128];
    char cid[CID_TEXT_MAX + 1];
    (void)cid_to_text(cid, content_refs_at(naming->refs), MULTIBASE_BASE32);
    (void)snprintf(text, sizeof text, "%s: %s", read_verdict_text(verdict), cid);
    write_line(&naming->line, mm_bytes_from(NULL, 0), text);
}

static enum read_verdict more(void *state, mm_bytes *piece, struct stream_failure *failure)
{
    struct naming *naming = state;
    struct ref ref;
    enum read_verdict verdict;
    while ((verdict = content_refs_next(naming->refs, &ref)) == READ_END) {
        if (naming->root_at == naming->root_count)
            return READ_END;
        content_refs_begin(naming->refs, &naming->roots[naming->root_at++]);
    }
    failure->at = *content_refs_at(naming->refs);
    failure->err = content_refs_err(naming->refs);
    if (verdict == READ_FAILED || verdict == READ_TOO_LARGE)
        return verdict;
    mm_buf_reset(&naming->line);
    mm_buf_reset(&naming->name);
    if (verdict != READ_OK) {
        write_failure(naming, verdict);
    } else {
        write_format(&naming->name, naming->format, &ref);
        write_line(&naming->line, mm_buf_bytes(&naming->name), "");
    }
    failure->err =
        mm_buf_err(&naming->name) != MM_OK ? mm_buf_err(&naming->name) : mm_buf_err(&naming->line);
    if (failure->err != MM_OK)
        return READ_FAILED;
    *piece = mm_buf_bytes(&naming->line);
    return READ_OK;
}

static struct naming *new_naming(const struct api_call *call, const struct refs_options *options,
                                 mm_bytes format)
{
    const struct block_source source = content_source(call->api->options.content);
    struct naming *naming = mm_heap_zeroed(1, sizeof *naming);
    if (naming == NULL)
        return NULL;
    mm_arena_init(&naming->arena, ARENA_BYTES_MAX);
    mm_buf_init(&naming->name, LINE_BYTES_MAX);
    mm_buf_init(&naming->line, LINE_BYTES_MAX);
    naming->refs = content_refs_new(&source, options);
    naming->roots = MM_ARENA_ARRAY(&naming->arena, struct cid, call->argument_count);
    if (naming->refs != NULL && naming->roots != NULL &&
        mm_arena_copy(&naming->arena, &naming->format, format) == MM_OK)
        return naming;
    free_naming(naming);
    return NULL;
}

/* Each argument's path is followed to where it ends. False: answered. */
static bool take_roots(struct naming *naming, struct api_call *call)
{
    struct content_reader *reader = api_reader(call);
    if (reader == NULL)
        return false;
    for (size_t i = 0; i < call->argument_count; i++) {
        struct api_path path;
        mm_bytes rest;
        if (!api_take_path(call, &path, i)) {
            content_reader_free(reader);
            return false;
        }
        const enum read_verdict verdict = api_follow(reader, &naming->roots[i], &rest, &path);
        if (verdict != READ_OK) {
            api_fail_read(call->request, verdict, content_reader_at(reader),
                          content_reader_err(reader));
            content_reader_free(reader);
            return false;
        }
        naming->root_count++;
    }
    content_reader_free(reader);
    return true;
}

/* False: answered. */
static bool read_options(struct api_call *call, struct refs_options *options, mm_bytes *format)
{
    const struct api_value *depth = api_value(call, "max-depth");
    const bool is_recursive = api_flag(call, "recursive", false);
    const bool has_edges = api_flag(call, "edges", false);
    if (has_edges && api_value(call, "format")->text.len > 0) {
        api_fail(call->request, 500, "using format argument with edges is not allowed");
        return false;
    }
    *format = has_edges ? MM_BYTES_LIT("<src> -> <dst>") : api_text(call, "format", "<dst>");
    if (format->len > FORMAT_BYTES_MAX) {
        api_fail(call->request, 500, "option format: more than %d bytes", FORMAT_BYTES_MAX);
        return false;
    }
    *options = (struct refs_options){ .depth_max = is_recursive ? 0 : 1,
                                      .unique = api_flag(call, "unique", false) };
    if (depth->is_given && is_recursive && depth->integer > 0)
        options->depth_max = depth->integer > READ_DEPTH_MAX ? 0 : (unsigned)depth->integer;
    if (depth->is_given && depth->integer == 0) {
        api_fail(call->request, 500, "option max-depth: 0 would list nothing");
        return false;
    }
    return true;
}

static void respond(void *context, struct http_request *request)
{
    struct api_call *call = api_call_open(context, request);
    struct refs_options options;
    mm_bytes format;
    if (call == NULL || !read_options(call, &options, &format))
        return;
    struct naming *naming = new_naming(call, &options, format);
    if (naming == NULL) {
        api_fail_err(request, MM_ERR_NO_MEMORY);
        return;
    }
    if (!take_roots(naming, call)) {
        free_naming(naming);
        return;
    }
    api_answer_stream(request, &(struct stream){ naming, more, free_naming }, "application/json");
}

static const struct api_option OPTIONS[] = {
    { "format", NULL, API_TEXT, NULL, "of a line: <src>, <dst>, <linkname>" },
    { "edges", "e", API_FLAG, NULL, "<src> -> <dst>" },
    { "unique", "u", API_FLAG, NULL, "each target once" },
    { "recursive", "r", API_FLAG, NULL, "those of the targets, too" },
    { "max-depth", NULL, API_SIGNED, NULL, "levels, when recursive; -1: all" },
};

const struct api_command API_CMD_REFS = {
    .name = "refs",
    .arguments = "PATH…",
    .arguments_min = 1,
    .arguments_max = API_ARGUMENTS_MAX,
    .options = OPTIONS,
    .option_count = MM_COUNT_OF(OPTIONS),
    .summary = "the links of DAGs, a line {Ref, Err} for each",
    .respond = respond,
};
