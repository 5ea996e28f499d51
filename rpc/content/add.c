#include "rpc/content/api_internal.h"

#include <inttypes.h>
#include <stdio.h>

#include "rpc/http/multipart.h"
#include "rpc/http/target.h"
#include "state/base/assert.h"
#include "state/base/heap.h"

enum {
    LINES_BYTES_MAX = 64 << 20, /* the answer */
    PATH_BYTES_MAX = 8 << 10,
};

/* A folder of the upload's first level, or the wrapping one. */
struct top {
    struct import_tree *tree; /* owned */
    struct mm_buf name;       /* empty for the wrapping one */
};

/* What the answer to one add grows from. */
struct add {
    struct content_api *api;
    struct add_options options;
    struct http_multipart multipart;
    struct content_writer *writer; /* owned; NULL for only-hash */
    struct block_sink sink;
    struct import_file *file; /* owned */
    struct mm_buf path;       /* of the part at work, decoded */
    bool is_directory;        /* the part at work is one */
    uint64_t bytes;           /* of all files */
    bool is_too_large;
    struct top *tops; /* owned */
    size_t tops_count;
    struct content_root *roots; /* owned */
    size_t roots_count, roots_capacity;
    struct mm_buf lines;
    mm_err err; /* of the first failure: reason says it in words, or is empty */
    struct mm_reason reason;
};

static bool fail_text(struct add *add, const char *text)
{
    if (add->err == MM_OK)
        add->err = mm_fail(&add->reason, MM_ERR_INVALID, "%s", text);
    return false;
}

static bool fail(struct add *add, mm_err err)
{
    if (add->err == MM_OK)
        add->err = err;
    return false;
}

static void answer_failure(struct add *add, struct http_request *request)
{
    const enum http_multipart_verdict verdict = add->multipart.verdict;
    if (add->is_too_large)
        api_fail(request, 413, "the files have more than %" PRIu64 " bytes",
                 add->api->options.upload_bytes_max);
    else if (add->err == MM_ERR_NO_SPACE)
        api_fail_full(request, add->api->options.content);
    else if (add->err != MM_OK && add->reason.text[0] == '\0')
        api_fail_err(request, add->err);
    else if (add->err != MM_OK)
        api_fail(request, 500, "%s", add->reason.text);
    else
        api_fail(request, verdict == HTTP_MULTIPART_NO_MEMORY ? 503 : 500, "%s",
                 http_multipart_text(verdict));
}

static const struct block_sink *sink_of(const struct add *add)
{
    return add->writer == NULL ? NULL : &add->sink;
}

/* {"Name","Hash","Size"}: the size is that of all blocks below, as text. */
static void add_line(struct add *add, mm_bytes name, const struct import_result *result)
{
    char hash[CID_TEXT_MAX + 1];
    char size[24];
    (void)cid_to_text(hash, &result->cid, MULTIBASE_BASE32);
    (void)snprintf(size, sizeof size, "%" PRIu64, result->dag_bytes);
    struct json_writer json = json_writer_over(&add->lines);
    json_open_object(&json);
    json_key(&json, "Name");
    json_add_string(&json, name);
    json_key(&json, "Hash");
    json_add_text(&json, hash);
    json_key(&json, "Size");
    json_add_text(&json, size);
    json_close_object(&json);
    mm_buf_add_byte(&add->lines, '\n');
}

static bool add_root(struct add *add, const struct import_result *result)
{
    if (add->roots_count == add->roots_capacity) {
        struct content_root *roots =
            mm_heap_grow(add->roots, &add->roots_capacity, 4, sizeof *roots);
        if (roots == NULL)
            return fail(add, MM_ERR_NO_MEMORY);
        add->roots = roots;
    }
    add->roots[add->roots_count++] = (struct content_root){
        .cid = result->cid,
        .state = CONTENT_ROOT_WHOLE,
        .bytes = result->dag_bytes,
        .blocks = result->dag_blocks,
    };
    return true;
}

/* The tree that a first segment names; made when it is new. NULL: failed. */
static struct import_tree *tree_of(struct add *add, mm_bytes name)
{
    for (size_t i = add->tops_count; i-- > 0;) { /* files of one folder come one after the other */
        if (mm_bytes_equal(mm_buf_bytes(&add->tops[i].name), name))
            return add->tops[i].tree;
    }
    if (add->tops_count == CONTENT_API_TOPS_MAX) {
        (void)fail_text(add, "too many folders side by side; use wrap-with-directory");
        return NULL;
    }
    if (add->tops == NULL)
        add->tops = mm_heap_zeroed(CONTENT_API_TOPS_MAX, sizeof *add->tops);
    struct import_tree *tree =
        add->tops == NULL ? NULL : import_tree_new(&add->options.profile, sink_of(add));
    if (tree == NULL) {
        (void)fail(add, MM_ERR_NO_MEMORY);
        return NULL;
    }
    struct top *top = &add->tops[add->tops_count++];
    top->tree = tree;
    mm_buf_init(&top->name, PATH_BYTES_MAX);
    mm_buf_add(&top->name, name);
    return mm_buf_err(&top->name) == MM_OK || fail(add, MM_ERR_NO_MEMORY) ? tree : NULL;
}

/* The tree that a path belongs to, and what of the path is left in it. */
static struct import_tree *place(struct add *add, mm_bytes path, mm_bytes *rest)
{
    *rest = path;
    if (add->options.wrap)
        return tree_of(add, MM_BYTES_LIT(""));
    const uint8_t *slash = path.len == 0 ? NULL : memchr(path.ptr, '/', path.len);
    const size_t len = slash == NULL ? path.len : (size_t)(slash - path.ptr);
    const mm_bytes name = mm_bytes_from(path.ptr, len);
    *rest = slash == NULL ? mm_bytes_from(NULL, 0) : mm_bytes_from(slash + 1, path.len - len - 1);
    if (!import_name_is_valid(name)) {
        (void)fail_text(add, "bad path in a file name");
        return NULL;
    }
    return tree_of(add, name);
}

static bool fail_path(struct add *add, mm_err err)
{
    return err == MM_ERR_INVALID ? fail_text(add, "bad path in a file name") : fail(add, err);
}

static bool end_directory(struct add *add, mm_bytes path)
{
    mm_bytes rest;
    struct import_tree *tree = place(add, path, &rest);
    if (tree == NULL)
        return false;
    const mm_err err = rest.len == 0 ? MM_OK : import_tree_add_dir(tree, rest);
    return err == MM_OK || fail_path(add, err);
}

static bool end_file(struct add *add, mm_bytes path)
{
    struct import_result result;
    mm_err err = import_file_finish(add->file, &result);
    if (err != MM_OK)
        return fail(add, err);
    char hash[CID_TEXT_MAX + 1];
    if (path.len == 0)
        path = mm_bytes_from(hash, cid_to_text(hash, &result.cid, MULTIBASE_BASE32));
    add_line(add, path, &result);
    if (!add->options.wrap && memchr(path.ptr, '/', path.len) == NULL)
        return add_root(add, &result);
    mm_bytes rest;
    struct import_tree *tree = place(add, path, &rest);
    if (tree == NULL)
        return false;
    err = import_tree_add(tree, rest, &result);
    return err == MM_OK || fail_path(add, err);
}

/* ---- parts ---- */

static bool on_part(void *context, const struct http_part *part)
{
    struct add *add = context;
    add->is_directory = mm_bytes_equal(part->content_type, MM_BYTES_LIT("application/x-directory"));
    if (mm_bytes_equal(part->content_type, MM_BYTES_LIT("application/symlink")))
        return fail_text(add, "symlinks are not supported");
    mm_buf_reset(&add->path);
    uint8_t *out = mm_buf_reserve(&add->path, part->filename.len);
    if (out == NULL)
        return fail(add, MM_ERR_NO_MEMORY);
    const size_t len = http_percent_decode(out, part->filename, true);
    if (len == HTTP_BAD_ESCAPE)
        return fail_text(add, "bad percent escape in a file name");
    size_t slashes = 0;
    while (slashes < len && out[slashes] == '/')
        slashes++;
    memmove(out, out + slashes, len - slashes);
    mm_buf_advance(&add->path, len - slashes);
    return true;
}

static bool on_data(void *context, mm_bytes bytes)
{
    struct add *add = context;
    if (add->is_directory)
        return true; /* nothing is said of what stands in it */
    add->bytes += bytes.len;
    add->is_too_large = add->bytes > add->api->options.upload_bytes_max;
    if (add->is_too_large)
        return fail(add, MM_ERR_LIMIT);
    const mm_err err = import_file_write(add->file, bytes);
    return err == MM_OK || fail(add, err);
}

static bool on_part_end(void *context)
{
    struct add *add = context;
    const mm_bytes path = mm_buf_bytes(&add->path);
    return add->is_directory ? end_directory(add, path) : end_file(add, path);
}

/* ---- the end ---- */

struct naming {
    struct add *add;
    const struct top *top;
};

static void on_directory(void *context, mm_bytes path, const struct import_result *directory)
{
    const struct naming *naming = context;
    struct add *add = naming->add;
    const mm_bytes top = mm_buf_bytes(&naming->top->name);
    mm_buf_reset(&add->path);
    mm_buf_add(&add->path, top);
    if (top.len > 0 && path.len > 0)
        mm_buf_add_byte(&add->path, '/');
    mm_buf_add(&add->path, path);
    if (mm_buf_err(&add->path) != MM_OK)
        (void)fail(add, MM_ERR_LIMIT);
    else
        add_line(add, mm_buf_bytes(&add->path), directory);
}

static bool finish_trees(struct add *add)
{
    if (add->options.wrap && tree_of(add, MM_BYTES_LIT("")) == NULL)
        return false;
    for (size_t i = 0; i < add->tops_count; i++) {
        struct naming naming = { add, &add->tops[i] };
        const struct import_listener listener = { &naming, on_directory };
        struct import_result result;
        const mm_err err = import_tree_finish(add->tops[i].tree, &result, &listener);
        if (err == MM_ERR_EXISTS)
            return fail_text(add, "a path is there twice");
        if (err != MM_OK)
            return fail(add, err);
        if (!add_root(add, &result))
            return false;
    }
    return add->err == MM_OK;
}

/* Blocks, root records and pins in one synced step. */
static bool commit(struct add *add)
{
    if (add->writer == NULL)
        return true;
    struct content_pin *pins = mm_heap_zeroed(add->roots_count, sizeof *pins);
    if (pins == NULL)
        return fail(add, MM_ERR_NO_MEMORY);
    for (size_t i = 0; i < add->roots_count; i++) {
        pins[i] = api_upload_pin(add->options.pin, "add");
        pins[i].root = add->roots[i].cid;
    }
    const struct content_commit what = { pins, add->roots_count, add->roots, add->roots_count };
    const mm_err err = content_writer_commit(add->writer, &what);
    mm_heap_free(pins);
    return err == MM_OK || fail(add, err);
}

static void add_end(void *state, struct http_request *request)
{
    struct add *add = state;
    if (http_multipart_finish(&add->multipart) != HTTP_MULTIPART_OK || !finish_trees(add) ||
        !commit(add)) {
        answer_failure(add, request);
        return;
    }
    struct http_response response;
    api_open_lines(&response, &add->lines);
    http_answer(request, &response);
}

static void add_chunk(void *state, struct http_request *request, mm_bytes bytes)
{
    struct add *add = state;
    if (http_multipart_feed(&add->multipart, bytes) != HTTP_MULTIPART_OK)
        answer_failure(add, request);
}

static void add_free(void *state)
{
    struct add *add = state;
    for (size_t i = 0; i < add->tops_count; i++) {
        import_tree_free(add->tops[i].tree);
        mm_buf_fini(&add->tops[i].name);
    }
    mm_heap_free(add->tops);
    mm_heap_free(add->roots);
    import_file_free(add->file);
    content_writer_free(add->writer);
    http_multipart_fini(&add->multipart);
    mm_buf_fini(&add->path);
    mm_buf_fini(&add->lines);
    api_upload_end(add->api);
    mm_heap_free(add);
}

/* The upload is counted already; add_free counts it down. */
static struct add *add_new(struct content_api *api, const struct add_options *options)
{
    struct add *add = mm_heap_zeroed(1, sizeof *add);
    if (add == NULL) {
        api_upload_end(api);
        return NULL;
    }
    add->api = api;
    add->options = *options;
    mm_buf_init(&add->path, PATH_BYTES_MAX);
    mm_buf_init(&add->lines, LINES_BYTES_MAX);
    if (!options->only_hash) {
        add->writer = content_writer_new(api->options.content);
        if (add->writer != NULL)
            add->sink = content_writer_sink(add->writer);
    }
    add->file = import_file_new(&options->profile, sink_of(add));
    if ((add->writer == NULL && !options->only_hash) || add->file == NULL) {
        add_free(add);
        return NULL;
    }
    return add;
}

static void *add_begin(void *context, struct http_request *request)
{
    struct api_call *call = api_call_open(context, request);
    struct add_options options;
    struct mm_reason reason;
    if (call == NULL)
        return NULL;
    if (!add_options_read(&options, call, &reason)) {
        api_fail(request, 500, "%s", reason.text);
        return NULL;
    }
    const struct content_totals totals = content_totals(call->api->options.content);
    if (!options.only_hash && totals.bytes >= totals.quota_bytes) {
        api_fail_full(request, call->api->options.content);
        return NULL;
    }
    if (!api_upload_begin(call->api, request))
        return NULL;
    struct add *add = add_new(call->api, &options);
    if (add == NULL) {
        api_fail_err(request, MM_ERR_NO_MEMORY);
        return NULL;
    }
    const struct http_part_handler handler = { add, on_part, on_data, on_part_end };
    if (http_multipart_init(&add->multipart, http_header(request, "Content-Type"), &handler,
                            CONTENT_API_PARTS_MAX) != HTTP_MULTIPART_OK) {
        answer_failure(add, request);
        add_free(add);
        return NULL;
    }
    return add;
}

const struct http_upload API_ADD = { add_begin, add_chunk, add_end, add_free };
