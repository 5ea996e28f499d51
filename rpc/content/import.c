/* dag/import: CAR files into the store, as they arrive (p2p/content/car_import.h).
 *
 *     part --car_import--> blocks hashed, stored
 *     end, in a thread of its own (work.h): synced, roots looked through and pinned; those of earlier files that were not whole, again
 *     answer: {"Root":{"Cid":{"/":…},"PinErrorMsg":""}} for each root, {"Stats":{…}} if asked for
 *
 * pin-roots (the default) pins each root that is whole once all files of the upload are in; of one that is not the line says what is
 * missing. Without it whole roots have a lease of 24 hours, and no line, as in kubo. A file that is cut off, or has a block that is not what its CID says, ends the upload:
 * what came before may be stored, and is garbage. How much may come is the store's quota alone: an archive of a collection is larger
 * than what a person uploads. Memory: a block and a batch, and the roots. */
#include <stdio.h>

#include "p2p/content/car_import.h"
#include "rpc/content/api_internal.h"
#include "rpc/http/multipart.h"
#include "state/base/heap.h"

enum { LINES_BYTES_MAX = 64 << 20 };

struct taking {
    struct content_api *api;
    atomic_uint
        holders; /* the upload, and the work at its end: either may be the last, when the server stops */
    bool pins_roots;
    bool is_silent;
    bool wants_stats;
    struct http_multipart multipart;
    struct car_import *import; /* owned: of the part at work */
    struct car_import_totals totals;
    size_t files;
    struct car_import_root *roots; /* owned: of all files */
    size_t root_count, root_capacity;
    struct mm_buf lines;
    mm_err err;
    struct mm_reason reason;
};

static void write_failure(const struct taking *taking, struct http_response *response)
{
    if (taking->err == MM_OK)
        api_failure(response, taking->multipart.verdict == HTTP_MULTIPART_NO_MEMORY ? 503 : 500,
                    "%s", http_multipart_text(taking->multipart.verdict));
    else if (taking->err == MM_ERR_NO_SPACE)
        api_failure_full(response, taking->api->options.content);
    else if (taking->err != MM_ERR_INVALID || taking->reason.text[0] == '\0')
        api_failure_err(response, taking->err);
    else
        api_failure(response, 500, "%s", taking->reason.text);
}

static void answer_failure(const struct taking *taking, struct http_request *request)
{
    struct http_response response;
    write_failure(taking, &response);
    http_answer(request, &response);
}

static bool fail(struct taking *taking, mm_err err)
{
    taking->err = err;
    return false;
}

static struct content_pin pin_of(const struct taking *taking)
{
    return api_upload_pin(taking->pins_roots, "import");
}

/* The end of a file: its roots are looked through and kept for the answer. */
static bool finish_file(struct taking *taking)
{
    if (taking->import == NULL)
        return true;
    const struct content_pin pin = pin_of(taking);
    const struct car_import_options options = { .pin = &pin };
    const mm_err err = car_import_finish(taking->import, &options, &taking->reason);
    if (err != MM_OK)
        return fail(taking, err);
    size_t count;
    const struct car_import_root *roots = car_import_roots(taking->import, &count);
    for (size_t i = 0; i < count; i++) {
        if (taking->root_count == taking->root_capacity) {
            struct car_import_root *grown =
                mm_heap_grow(taking->roots, &taking->root_capacity, 4, sizeof *grown);
            if (grown == NULL)
                return fail(taking, MM_ERR_NO_MEMORY);
            taking->roots = grown;
        }
        taking->roots[taking->root_count++] = roots[i];
    }
    const struct car_import_totals totals = car_import_totals(taking->import);
    taking->totals.blocks += totals.blocks;
    taking->totals.bytes += totals.bytes;
    car_import_free(taking->import);
    taking->import = NULL;
    return true;
}

static bool on_part(void *context, const struct http_part *part)
{
    struct taking *taking = context;
    (void)part;
    if (!finish_file(taking))
        return false;
    taking->import = car_import_new(taking->api->options.content);
    taking->files++;
    return taking->import != NULL || fail(taking, MM_ERR_NO_MEMORY);
}

static bool on_data(void *context, mm_bytes bytes)
{
    struct taking *taking = context;
    const mm_err err = car_import_feed(taking->import, bytes, &taking->reason);
    return err == MM_OK || fail(taking, err);
}

/* A file may end here, or the upload: the last one is finished in work_end. */
static bool on_part_end(void *context)
{
    (void)context;
    return true;
}

static void add_root(struct taking *taking, const struct car_import_root *root)
{
    char why[CID_TEXT_MAX + 128] = "";
    if (root->verdict != READ_OK) {
        char text[CID_TEXT_MAX + 1];
        (void)cid_to_text(text, &root->totals.first_at, MULTIBASE_BASE32);
        (void)snprintf(why, sizeof why, "%s: %s", read_verdict_text(root->verdict), text);
    }
    struct json_writer w = json_writer_over(&taking->lines);
    json_open_object(&w);
    json_key(&w, "Root");
    json_open_object(&w);
    json_key(&w, "Cid");
    api_add_link(&w, &root->cid);
    json_key(&w, "PinErrorMsg");
    json_add_text(&w, why);
    json_close_object(&w);
    json_close_object(&w);
    mm_buf_add_byte(&taking->lines, '\n');
}

/* A DAG may be spread over the files of an upload: what was not whole at the end of its own file may be now. */
static bool look_again(struct taking *taking)
{
    const struct block_source source = content_source(taking->api->options.content);
    for (size_t i = 0; i < taking->root_count && taking->files > 1; i++) {
        struct car_import_root *root = &taking->roots[i];
        if (root->verdict != READ_NO_BLOCK)
            continue;
        root->verdict = content_survey(&source, &root->totals, &root->cid);
        if (root->verdict == READ_FAILED)
            return fail(taking, root->totals.err);
        if (root->verdict != READ_OK)
            continue;
        struct content_pin pin = pin_of(taking);
        pin.root = root->cid;
        mm_err err = content_root_put(taking->api->options.content,
                                      &(struct content_root){ .cid = root->cid,
                                                              .state = CONTENT_ROOT_WHOLE,
                                                              .bytes = root->totals.bytes,
                                                              .blocks = root->totals.blocks });
        if (err == MM_OK)
            err = content_pin_put(taking->api->options.content, &pin);
        if (err != MM_OK)
            return fail(taking, err);
    }
    return true;
}

static void add_stats(struct taking *taking)
{
    struct json_writer w = json_writer_over(&taking->lines);
    json_open_object(&w);
    json_key(&w, "Stats");
    json_open_object(&w);
    json_key(&w, "BlockCount");
    json_add_u64(&w, taking->totals.blocks);
    json_key(&w, "BlockBytesCount");
    json_add_u64(&w, taking->totals.bytes);
    json_close_object(&w);
    json_close_object(&w);
    mm_buf_add_byte(&taking->lines, '\n');
}

static void taking_release(void *state)
{
    struct taking *taking = state;
    if (atomic_fetch_sub(&taking->holders, 1) > 1)
        return;
    car_import_free(taking->import);
    mm_heap_free(taking->roots);
    http_multipart_fini(&taking->multipart);
    mm_buf_fini(&taking->lines);
    api_upload_end(taking->api);
    mm_heap_free(taking);
}

static void work_end(void *state, struct http_response *response)
{
    struct taking *taking = state;
    if (!finish_file(taking) || !look_again(taking)) {
        write_failure(taking, response);
        taking_release(taking);
        return;
    }
    for (size_t i = 0; i < taking->root_count && taking->pins_roots && !taking->is_silent; i++)
        add_root(taking, &taking->roots[i]);
    if (taking->wants_stats && !taking->is_silent)
        add_stats(taking);
    api_open_lines(response, &taking->lines);
    taking_release(taking);
}

static void taking_end(void *state, struct http_request *request)
{
    struct taking *taking = state;
    if (http_multipart_finish(&taking->multipart) == HTTP_MULTIPART_OK && taking->files == 0)
        taking->err =
            mm_fail(&taking->reason, MM_ERR_INVALID, "there is no CAR file in the upload");
    if (taking->multipart.verdict != HTTP_MULTIPART_OK || taking->err != MM_OK) {
        answer_failure(taking, request);
        return;
    }
    (void)atomic_fetch_add(&taking->holders, 1);
    if (!api_defer(&taking->api->works, request, work_end, taking))
        taking_release(taking);
}

static void taking_chunk(void *state, struct http_request *request, mm_bytes bytes)
{
    struct taking *taking = state;
    if (http_multipart_feed(&taking->multipart, bytes) != HTTP_MULTIPART_OK)
        answer_failure(taking, request);
}

static void *taking_begin(void *context, struct http_request *request)
{
    struct api_call *call = api_call_open(context, request);
    if (call == NULL || !api_upload_begin(call->api, request))
        return NULL;
    struct taking *taking = mm_heap_zeroed(1, sizeof *taking);
    if (taking == NULL) {
        api_upload_end(call->api);
        api_fail_err(request, MM_ERR_NO_MEMORY);
        return NULL;
    }
    taking->api = call->api;
    atomic_init(&taking->holders, 1);
    taking->pins_roots = api_flag(call, "pin-roots", true);
    taking->is_silent = api_flag(call, "silent", false);
    taking->wants_stats = api_flag(call, "stats", false);
    mm_buf_init(&taking->lines, LINES_BYTES_MAX);
    const struct http_part_handler handler = { taking, on_part, on_data, on_part_end };
    if (http_multipart_init(&taking->multipart, http_header(request, "Content-Type"), &handler,
                            CONTENT_API_PARTS_MAX) != HTTP_MULTIPART_OK) {
        answer_failure(taking, request);
        taking_release(taking);
        return NULL;
    }
    return taking;
}

static const struct http_upload UPLOAD = { taking_begin, taking_chunk, taking_end, taking_release };

static const struct api_option OPTIONS[] = {
    { "pin-roots", NULL, API_FLAG, NULL, "pin each root that is whole (the default)" },
    { "silent", NULL, API_FLAG, NULL, "no lines" },
    { "stats", NULL, API_FLAG, NULL, "blocks and bytes in a last line" },
    { "allow-big-block", NULL, API_IGNORED, NULL, NULL },
    { "fast-provide-root", NULL, API_IGNORED, NULL, NULL },
    { "fast-provide-wait", NULL, API_IGNORED, NULL, NULL },
};

const struct api_command API_CMD_DAG_IMPORT = {
    .name = "dag/import",
    .arguments = "",
    .options = OPTIONS,
    .option_count = MM_COUNT_OF(OPTIONS),
    .summary = "store the blocks of CAR files: a line {Root: {Cid, PinErrorMsg}} for each root",
    .upload = &UPLOAD,
    .is_large = true,
};
