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
    struct cid *roots;
    size_t root_count;
    struct walk_totals *each;
    uint64_t unique_blocks;
    uint64_t unique_bytes;
    uint64_t all_bytes; /* of each DAG, shared blocks counted again */
};

static void fail_walk(struct http_request *request, const struct content_walk *walk,
                      enum read_verdict verdict)
{
    api_fail_read(request, verdict, content_walk_at(walk), content_walk_err(walk));
}

/* Blocks and bytes of one DAG. */
static enum read_verdict sum_up(struct content_walk *walk, uint64_t *blocks, uint64_t *bytes)
{
    struct cid cid;
    mm_bytes block;
    enum read_verdict verdict;
    while ((verdict = content_walk_next(walk, &cid, &block)) == READ_OK) {
        (*blocks)++;
        *bytes += block.len;
    }
    return verdict;
}

/* False: answered. */
static bool sum_all(struct sums *sums, struct api_call *call, struct content_walk *walk)
{
    for (size_t i = 0; i < sums->root_count; i++) {
        content_walk_begin(walk, &sums->roots[i]);
        const enum read_verdict verdict = sum_up(walk, &sums->each[i].blocks, &sums->each[i].bytes);
        if (verdict != READ_END) {
            fail_walk(call->request, walk, verdict);
            return false;
        }
        sums->all_bytes += sums->each[i].bytes;
    }
    if (sums->root_count == 1) {
        sums->unique_blocks = sums->each[0].blocks;
        sums->unique_bytes = sums->each[0].bytes;
        return true;
    }
    for (size_t i = 0; i < sums->root_count; i++) {
        if (i == 0)
            content_walk_begin(walk, &sums->roots[i]);
        else
            content_walk_also(walk, &sums->roots[i]);
        const enum read_verdict verdict = sum_up(walk, &sums->unique_blocks, &sums->unique_bytes);
        if (verdict != READ_END) {
            fail_walk(call->request, walk, verdict);
            return false;
        }
    }
    return true;
}

static void answer_sums(struct http_request *request, const struct sums *sums)
{
    struct http_response response;
    char ratio[32];
    api_open_json(&response, STAT_BYTES_MAX);
    struct json_writer w = json_writer_over(&response.body);
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
    mm_buf_add_byte(&response.body, '\n');
    http_answer(request, &response);
}

/* False: answered. */
static bool find_roots(struct sums *sums, struct api_call *call)
{
    struct content_reader *reader = api_reader(call);
    if (reader == NULL)
        return false;
    bool is_found = true;
    for (size_t i = 0; i < call->argument_count && is_found; i++) {
        struct api_path path;
        mm_bytes rest;
        is_found = api_take_path(call, &path, i);
        if (!is_found)
            break;
        const enum read_verdict verdict = api_follow(reader, &sums->roots[i], &rest, &path);
        is_found = verdict == READ_OK;
        if (!is_found)
            api_fail_read(call->request, verdict, content_reader_at(reader),
                          content_reader_err(reader));
    }
    sums->root_count = call->argument_count;
    content_reader_free(reader);
    return is_found;
}

static void respond_stat(void *context, struct http_request *request)
{
    struct api_call *call = api_call_open(context, request);
    if (call == NULL)
        return;
    struct mm_arena *arena = http_arena(request);
    struct sums sums = {
        .roots = MM_ARENA_ARRAY(arena, struct cid, call->argument_count),
        .each = MM_ARENA_ARRAY(arena, struct walk_totals, call->argument_count),
    };
    if (sums.roots == NULL || sums.each == NULL) {
        api_fail_err(request, MM_ERR_NO_MEMORY);
        return;
    }
    if (!find_roots(&sums, call))
        return;
    const struct block_source source = content_source(call->api->options.content);
    struct content_walk *walk =
        content_walk_new(&source, &(struct walk_options){ .scope = WALK_ALL });
    if (walk == NULL)
        api_fail_err(request, MM_ERR_NO_MEMORY);
    else if (sum_all(&sums, call, walk))
        answer_sums(request, &sums);
    content_walk_free(walk);
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
