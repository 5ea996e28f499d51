/* dag/get, dag/resolve, dag/stat: blocks of any codec, and what hangs from them. No codec is converted into another here. */
#include <inttypes.h>
#include <stdio.h>

#include "p2p/content/codec.h"
#include "p2p/content/walk.h"
#include "rpc/content/api_internal.h"
#include "state/base/heap.h"

enum { STAT_BYTES_MAX = 256 << 10 };

/* ---- dag/get ---- */

static const char *media_type(uint64_t codec)
{
    switch (codec) {
    case CID_DAG_JSON:
        return "application/vnd.ipld.dag-json";
    case CID_DAG_CBOR:
        return "application/vnd.ipld.dag-cbor";
    case CID_DAG_PB:
        return "application/vnd.ipld.dag-pb";
    case CID_JSON:
        return "application/json";
    case CID_CBOR:
        return "application/cbor";
    default:
        return "application/octet-stream";
    }
}

/* Follows the argument to a block. False: answered. */
static bool find_block(struct api_call *call, struct cid *cid, mm_bytes *rest)
{
    struct api_path path;
    if (!api_take_path(call, &path, 0))
        return false;
    struct content_reader *reader = api_reader(call);
    if (reader == NULL)
        return false;
    const enum read_verdict verdict = api_follow(reader, cid, rest, &path);
    const bool is_found = verdict == READ_OK || verdict == READ_INSIDE;
    if (!is_found)
        api_fail_read(call->request, verdict, content_reader_at(reader),
                      content_reader_err(reader));
    content_reader_free(reader);
    return is_found;
}

static void answer_block(struct api_call *call, const struct cid *cid)
{
    struct http_response response;
    http_response_init(&response, 200, media_type(cid->codec), BLOCK_BYTES_MAX);
    const mm_err err = content_get(call->api->options.content, &response.body, cid);
    if (err != MM_OK) {
        http_response_fini(&response);
        if (err == MM_ERR_NOT_FOUND)
            api_fail_read(call->request, READ_NO_BLOCK, cid, err);
        else
            api_fail_err(call->request, err);
        return;
    }
    http_response_header(&response, "X-Stream-Output", MM_BYTES_LIT("1"));
    http_response_header(&response, "X-Content-Type-Options", MM_BYTES_LIT("nosniff"));
    http_answer(call->request, &response);
}

static void respond_get(void *context, struct http_request *request)
{
    struct api_call *call = api_call_open(context, request);
    struct cid cid;
    mm_bytes rest;
    uint64_t wanted;
    if (call == NULL)
        return;
    if (!codec_find(&wanted, api_text(call, "output-codec", "dag-json"))) {
        api_fail(request, 500, "option output-codec: a codec that is not known here");
        return;
    }
    if (!find_block(call, &cid, &rest))
        return;
    const char *codec = codec_name(cid.codec);
    if (rest.len > 0)
        api_fail(request, 500,
                 "no conversion between codecs: what is inside a block (%.*s) is not given out; "
                 "block/get gives the whole",
                 rest.len > 100 ? 100 : (int)rest.len, (const char *)rest.ptr);
    else if (cid.codec != wanted)
        api_fail(request, 500,
                 "no conversion between codecs: the block is %s, and %s was asked for; "
                 "output-codec=%s or block/get gives it as it is",
                 codec == NULL ? "of an unknown codec" : codec, codec_name(wanted),
                 codec == NULL ? "…" : codec);
    else
        answer_block(call, &cid);
}

static const struct api_option GET_OPTIONS[] = {
    { "output-codec", NULL, API_TEXT, NULL, "dag-json unless given; must be the block's own" },
    { "local-resolve", NULL, API_IGNORED, NULL, NULL },
};

const struct api_command API_CMD_DAG_GET = {
    .name = "dag/get",
    .arguments = "PATH",
    .arguments_min = 1,
    .arguments_max = 1,
    .options = GET_OPTIONS,
    .option_count = MM_COUNT_OF(GET_OPTIONS),
    .summary = "a block in its own codec; nothing is converted",
    .respond = respond_get,
};

/* ---- dag/resolve ---- */

static void respond_resolve(void *context, struct http_request *request)
{
    struct api_call *call = api_call_open(context, request);
    struct cid cid;
    mm_bytes rest;
    if (call == NULL || !find_block(call, &cid, &rest))
        return;
    struct http_response response;
    api_open_json(&response, 128 << 10);
    struct json_writer w = json_writer_over(&response.body);
    json_open_object(&w);
    json_key(&w, "Cid");
    api_add_link(&w, &cid);
    json_key(&w, "RemPath");
    json_add_string(&w, rest);
    json_close_object(&w);
    mm_buf_add_byte(&response.body, '\n');
    http_answer(request, &response);
}

static const struct api_option RESOLVE_OPTIONS[] = {
    { "path", NULL, API_IGNORED, NULL, NULL }, /* kubo-rpc-client has put it into the argument */
};

const struct api_command API_CMD_DAG_RESOLVE = {
    .name = "dag/resolve",
    .arguments = "PATH",
    .arguments_min = 1,
    .arguments_max = 1,
    .options = RESOLVE_OPTIONS,
    .option_count = MM_COUNT_OF(RESOLVE_OPTIONS),
    .summary = "the block that a path leads to, {Cid, RemPath}; RemPath is what it names inside it",
    .respond = respond_resolve,
};

/* ---- dag/stat ---- */

struct sums {
    struct content_api *api;
    struct mm_arena arena; /* of what follows */
    struct cid *roots;
    size_t root_count;
    struct walk_totals *each;
    uint64_t unique_blocks;
    uint64_t unique_bytes;
    uint64_t all_bytes; /* of each DAG, shared blocks counted again */
};

static void sums_free(struct sums *sums)
{
    mm_arena_fini(&sums->arena);
    mm_heap_free(sums);
}

static struct sums *sums_new(struct api_call *call)
{
    struct sums *sums = mm_heap_zeroed(1, sizeof *sums);
    if (sums == NULL)
        return NULL;
    sums->api = call->api;
    mm_arena_init(&sums->arena, STAT_BYTES_MAX);
    sums->roots = MM_ARENA_ARRAY(&sums->arena, struct cid, call->argument_count);
    sums->each = MM_ARENA_ARRAY(&sums->arena, struct walk_totals, call->argument_count);
    if (sums->roots != NULL && sums->each != NULL)
        return sums;
    sums_free(sums);
    return NULL;
}

/* Blocks and bytes of one DAG. READ_END unless it is not whole. */
static enum read_verdict sum_up(const struct sums *sums, struct content_walk *walk,
                                uint64_t *blocks, uint64_t *bytes)
{
    struct cid cid;
    mm_bytes block;
    enum read_verdict verdict;
    while ((verdict = content_walk_next(walk, &cid, &block)) == READ_OK &&
           !api_works_are_ending(&sums->api->works)) {
        (*blocks)++;
        *bytes += block.len;
    }
    return verdict;
}

static enum read_verdict sum_each(struct sums *sums, struct content_walk *walk)
{
    enum read_verdict verdict = READ_END;
    for (size_t i = 0; i < sums->root_count && verdict == READ_END; i++) {
        content_walk_begin(walk, &sums->roots[i]);
        verdict = sum_up(sums, walk, &sums->each[i].blocks, &sums->each[i].bytes);
        sums->all_bytes += sums->each[i].bytes;
    }
    return verdict;
}

/* Of all together, each block once. */
static enum read_verdict sum_unique(struct sums *sums, struct content_walk *walk)
{
    enum read_verdict verdict = READ_END;
    sums->unique_blocks = sums->each[0].blocks;
    sums->unique_bytes = sums->each[0].bytes;
    if (sums->root_count == 1)
        return verdict;
    sums->unique_blocks = 0;
    sums->unique_bytes = 0;
    for (size_t i = 0; i < sums->root_count && verdict == READ_END; i++) {
        if (i == 0)
            content_walk_begin(walk, &sums->roots[i]);
        else
            content_walk_also(walk, &sums->roots[i]);
        verdict = sum_up(sums, walk, &sums->unique_blocks, &sums->unique_bytes);
    }
    return verdict;
}

static void write_sums(struct http_response *response, const struct sums *sums)
{
    char ratio[32];
    api_open_json(response, STAT_BYTES_MAX);
    struct json_writer w = json_writer_over(&response->body);
    json_open_object(&w);
    json_key(&w, "UniqueBlocks");
    json_add_u64(&w, sums->unique_blocks);
    json_key(&w, "TotalSize");
    json_add_u64(&w, sums->unique_bytes);
    json_key(&w, "SharedSize");
    json_add_u64(&w, sums->all_bytes - sums->unique_bytes);
    (void)snprintf(ratio, sizeof ratio, "%.6g",
                   sums->unique_bytes == 0 ? 1.0
                                           : (double)sums->all_bytes / (double)sums->unique_bytes);
    json_key(&w, "Ratio");
    json_add_raw(&w, mm_bytes_str(ratio));
    json_key(&w, "DagStats");
    json_open_array(&w);
    for (size_t i = 0; i < sums->root_count; i++) {
        json_open_object(&w);
        json_key(&w, "Cid");
        api_add_cid(&w, &sums->roots[i]);
        json_key(&w, "Size");
        json_add_u64(&w, sums->each[i].bytes);
        json_key(&w, "NumBlocks");
        json_add_u64(&w, sums->each[i].blocks);
        json_close_object(&w);
    }
    json_close_array(&w);
    json_close_object(&w);
    mm_buf_add_byte(&response->body, '\n');
}

static void work_stat(void *state, struct http_response *response)
{
    struct sums *sums = state;
    const struct block_source source = content_source(sums->api->options.content);
    struct content_walk *walk =
        content_walk_new(&source, &(struct walk_options){ .scope = WALK_ALL });
    enum read_verdict verdict = walk == NULL ? READ_FAILED : sum_each(sums, walk);
    if (verdict == READ_END)
        verdict = sum_unique(sums, walk);
    if (verdict == READ_END)
        write_sums(response, sums);
    else if (walk == NULL)
        api_failure_err(response, MM_ERR_NO_MEMORY);
    else if (verdict == READ_OK) /* it was told to end */
        api_failure_err(response, MM_ERR_STOPPED);
    else
        api_failure_read(response, verdict, content_walk_at(walk), content_walk_err(walk));
    content_walk_free(walk);
    sums_free(sums);
}

/* False: answered. */
static bool find_roots(struct sums *sums, struct api_call *call)
{
    const struct cid *roots = api_take_blocks(call);
    if (roots == NULL)
        return false;
    memcpy(sums->roots, roots, call->argument_count * sizeof *roots);
    sums->root_count = call->argument_count;
    return true;
}

static void respond_stat(void *context, struct http_request *request)
{
    struct api_call *call = api_call_open(context, request);
    if (call == NULL)
        return;
    struct sums *sums = sums_new(call);
    if (sums == NULL) {
        api_fail_err(request, MM_ERR_NO_MEMORY);
        return;
    }
    if (!find_roots(sums, call) || !api_defer(&call->api->works, request, work_stat, sums))
        sums_free(sums);
}

static const struct api_option STAT_OPTIONS[] = {
    { "progress", "p", API_IGNORED, NULL, NULL },
};

const struct api_command API_CMD_DAG_STAT = {
    .name = "dag/stat",
    .arguments = "PATH…",
    .arguments_min = 1,
    .arguments_max = API_ARGUMENTS_MAX,
    .options = STAT_OPTIONS,
    .option_count = MM_COUNT_OF(STAT_OPTIONS),
    .summary = "blocks and bytes of DAGs, {UniqueBlocks, TotalSize, SharedSize, Ratio, DagStats}",
    .respond = respond_stat,
};
