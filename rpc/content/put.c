/* block/put and dag/put: blocks as they are, each a part of the upload.
 *
 *     part --2 MiB at most--> hash --> CID of the options' codec --> store; {"Key","Size"} or {"Cid":{"/":…}} a line
 *
 * dag/put stores what it is given in the codec it is given in (input-codec and store-codec the same): nothing is converted, and a block
 * that another node would write otherwise is refused (canonical.h), so that no data gets a CID here that it has nowhere else.
 * Blocks are durable before the answer begins, held by an operator's pin (pin=true; then everything below them must be here), or for 24
 * hours one by one. Memory: a block and a batch. */
#include "p2p/content/canonical.h"
#include "p2p/content/codec.h"
#include "p2p/content/walk.h"
#include "rpc/content/api_internal.h"
#include "rpc/http/multipart.h"
#include "state/base/heap.h"

enum { LINES_BYTES_MAX = 16 << 20 };

struct put {
    struct content_api *api;
    bool is_dag; /* dag/put */
    bool is_pinned;
    uint8_t cid_version;
    uint64_t codec;
    uint64_t hash;
    struct http_multipart multipart;
    struct content_writer *writer; /* owned */
    struct multihasher *hasher;    /* owned */
    struct mm_buf block;
    struct mm_buf lines;
    struct cid *cids; /* owned */
    size_t cid_count, cid_capacity;
    mm_err err;
    struct mm_reason reason; /* empty: the error's own words */
};

static bool fail(struct put *put, mm_err err)
{
    if (put->err == MM_OK)
        put->err = err;
    return false;
}

static bool fail_text(struct put *put, const char *text)
{
    if (put->err == MM_OK)
        put->err = mm_fail(&put->reason, MM_ERR_INVALID, "%s", text);
    return false;
}

static void answer_failure(const struct put *put, struct http_request *request)
{
    if (put->err == MM_ERR_NO_SPACE)
        api_fail_full(request, put->api->options.content);
    else if (put->err != MM_OK && put->reason.text[0] == '\0')
        api_fail_err(request, put->err);
    else if (put->err != MM_OK)
        api_fail(request, 500, "%s", put->reason.text);
    else
        api_fail(request, put->multipart.verdict == HTTP_MULTIPART_NO_MEMORY ? 503 : 500, "%s",
                 http_multipart_text(put->multipart.verdict));
}

/* ---- parts ---- */

static bool on_part(void *context, const struct http_part *part)
{
    struct put *put = context;
    (void)part;
    mm_buf_reset(&put->block);
    return true;
}

static bool on_data(void *context, mm_bytes bytes)
{
    struct put *put = context;
    mm_buf_add(&put->block, bytes);
    const mm_err err = mm_buf_err(&put->block);
    if (err == MM_ERR_LIMIT)
        return fail_text(put, "a block has at most 2 MiB");
    return err == MM_OK || fail(put, err);
}

static void add_line(struct put *put, const struct cid *cid, size_t bytes)
{
    struct json_writer w = json_writer_over(&put->lines);
    json_open_object(&w);
    json_key(&w, put->is_dag ? "Cid" : "Key");
    if (put->is_dag) {
        api_add_link(&w, cid);
    } else {
        api_add_cid(&w, cid);
        json_key(&w, "Size");
        json_add_u64(&w, bytes);
    }
    json_close_object(&w);
    mm_buf_add_byte(&put->lines, '\n');
}

static bool remember(struct put *put, const struct cid *cid)
{
    if (put->cid_count == put->cid_capacity) {
        struct cid *cids = mm_heap_grow(put->cids, &put->cid_capacity, 4, sizeof *cids);
        if (cids == NULL)
            return fail(put, MM_ERR_NO_MEMORY);
        put->cids = cids;
    }
    put->cids[put->cid_count++] = *cid;
    return true;
}

static bool on_part_end(void *context)
{
    struct put *put = context;
    const mm_bytes block = mm_buf_bytes(&put->block);
    struct cid cid = { .version = put->cid_version, .codec = put->codec };
    const enum canonical_verdict verdict =
        put->is_dag ? content_canonical(put->codec, block) : CANONICAL_OK;
    if (verdict == CANONICAL_NO_MEMORY)
        return fail(put, MM_ERR_NO_MEMORY);
    if (verdict != CANONICAL_OK)
        return fail_text(put, canonical_verdict_text(verdict));
    mm_err err = multihasher_digest(put->hasher, &cid.hash, put->hash, &block, 1);
    const struct block_sink sink = content_writer_sink(put->writer);
    if (err == MM_OK)
        err = sink.put(sink.context, &cid, block);
    if (err != MM_OK)
        return fail(put, err);
    add_line(put, &cid, block.len);
    return remember(put, &cid);
}

/* ---- the end ---- */

/* What is to be pinned has to be whole. Out: the root's record. */
static bool survey(struct put *put, struct content_root *root, const struct cid *cid)
{
    const struct block_source source = content_source(put->api->options.content);
    struct walk_totals totals;
    const enum read_verdict verdict = content_survey(&source, &totals, cid);
    if (verdict == READ_FAILED)
        return fail(put, totals.err);
    if (verdict != READ_OK) {
        char text[CID_TEXT_MAX + 1];
        (void)cid_to_text(text, &totals.first_at, MULTIBASE_BASE32);
        put->err = mm_fail(&put->reason, MM_ERR_INVALID, "cannot pin: %s: %s",
                           read_verdict_text(verdict), text);
        return false;
    }
    *root = (struct content_root){
        .cid = *cid, .state = CONTENT_ROOT_WHOLE, .bytes = totals.bytes, .blocks = totals.blocks
    };
    return true;
}

static bool commit_pinned(struct put *put, struct content_pin *pins)
{
    struct content_root *roots = mm_heap_zeroed(put->cid_count, sizeof *roots);
    mm_err err = roots == NULL ? MM_ERR_NO_MEMORY : content_writer_commit(put->writer, NULL);
    bool is_whole = err == MM_OK;
    for (size_t i = 0; i < put->cid_count && is_whole; i++)
        is_whole = survey(put, &roots[i], &put->cids[i]);
    if (is_whole)
        err = content_writer_commit(put->writer,
                                    &(struct content_commit){ .pins = pins,
                                                              .pin_count = put->cid_count,
                                                              .roots = roots,
                                                              .root_count = put->cid_count });
    mm_heap_free(roots);
    if (err != MM_OK)
        return fail(put, err);
    return is_whole;
}

static bool commit(struct put *put)
{
    struct content_pin *pins = mm_heap_zeroed(put->cid_count, sizeof *pins);
    if (pins == NULL)
        return fail(put, MM_ERR_NO_MEMORY);
    for (size_t i = 0; i < put->cid_count; i++) {
        pins[i] = api_upload_pin(put->is_pinned, "put");
        pins[i].root = put->cids[i];
        if (!put->is_pinned) /* what is below may come later, or never */
            pins[i].depth = CONTENT_PIN_DIRECT;
    }
    bool is_done;
    if (put->is_pinned) {
        is_done = commit_pinned(put, pins);
    } else {
        const mm_err err = content_writer_commit(
            put->writer, &(struct content_commit){ .pins = pins, .pin_count = put->cid_count });
        is_done = err == MM_OK || fail(put, err);
    }
    mm_heap_free(pins);
    return is_done;
}

static void put_end(void *state, struct http_request *request)
{
    struct put *put = state;
    if (http_multipart_finish(&put->multipart) == HTTP_MULTIPART_OK && put->cid_count == 0)
        (void)fail_text(put, "there is no block in the upload");
    if (put->multipart.verdict != HTTP_MULTIPART_OK || put->err != MM_OK || !commit(put)) {
        answer_failure(put, request);
        return;
    }
    struct http_response response;
    api_open_lines(&response, &put->lines);
    http_answer(request, &response);
}

static void put_chunk(void *state, struct http_request *request, mm_bytes bytes)
{
    struct put *put = state;
    if (http_multipart_feed(&put->multipart, bytes) != HTTP_MULTIPART_OK)
        answer_failure(put, request);
}

static void put_free(void *state)
{
    struct put *put = state;
    content_writer_free(put->writer);
    multihasher_free(put->hasher);
    http_multipart_fini(&put->multipart);
    mm_buf_fini(&put->block);
    mm_buf_fini(&put->lines);
    mm_heap_free(put->cids);
    api_upload_end(put->api);
    mm_heap_free(put);
}

/* ---- options ---- */

/* The hash function of an option that is named differently in the two commands. */
static const char *read_hash(struct put *put, mm_bytes name)
{
    if (!hash_function_find(&put->hash, name) || put->hash == MULTIHASH_IDENTITY)
        return "a hash function that is not computed here";
    return put->cid_version == 0 && put->hash != MULTIHASH_SHA2_256 ? "a version 0 is sha2-256"
                                                                    : NULL;
}

static const char *read_block_options(struct put *put, const struct api_call *call)
{
    const mm_bytes format = api_text(call, "format", "");
    const mm_bytes codec = api_text(call, "cid-codec", "raw");
    const struct api_value *length = api_value(call, "mhlen");
    put->cid_version = 1;
    if (format.len > 0 && api_value(call, "cid-codec")->is_given)
        return "format and cid-codec cannot be given both";
    if (mm_bytes_equal(format, MM_BYTES_LIT("v0"))) {
        put->cid_version = 0;
        put->codec = CID_DAG_PB;
    } else if (mm_bytes_equal(format, MM_BYTES_LIT("protobuf"))) { /* the names of old clients */
        put->codec = CID_DAG_PB;
    } else if (mm_bytes_equal(format, MM_BYTES_LIT("cbor"))) {
        put->codec = CID_DAG_CBOR;
    } else if (!codec_find(&put->codec, format.len > 0 ? format : codec)) {
        return "a codec that is not known here";
    }
    const char *err = read_hash(put, api_text(call, "mhtype", "sha2-256"));
    if (err == NULL && length->is_given && length->integer != -1 &&
        length->integer != (put->hash == MULTIHASH_SHA2_512 ? 64 : 32))
        return "option mhlen: digests are not cut";
    return err;
}

static const char *read_dag_options(struct put *put, const struct api_call *call)
{
    uint64_t input;
    put->cid_version = 1;
    if (!codec_find(&put->codec, api_text(call, "store-codec", "dag-cbor")) ||
        !codec_find(&input, api_text(call, "input-codec", "dag-json")))
        return "a codec that is not known here";
    if (input != put->codec)
        return "no conversion between codecs: input-codec (dag-json unless given) and store-codec "
               "(dag-cbor unless given) must be the same";
    return read_hash(put, api_text(call, "hash", "sha2-256"));
}

static struct put *put_new(struct content_api *api)
{
    struct put *put = mm_heap_zeroed(1, sizeof *put);
    if (put == NULL) {
        api_upload_end(api);
        return NULL;
    }
    put->api = api;
    mm_buf_init(&put->block, BLOCK_BYTES_MAX);
    mm_buf_init(&put->lines, LINES_BYTES_MAX);
    put->writer = content_writer_new(api->options.content);
    put->hasher = multihasher_new();
    if (put->writer != NULL && put->hasher != NULL)
        return put;
    put_free(put);
    return NULL;
}

static void *put_begin(void *context, struct http_request *request)
{
    struct api_call *call = api_call_open(context, request);
    if (call == NULL || !api_upload_begin(call->api, request))
        return NULL;
    struct put *put = put_new(call->api);
    if (put == NULL) {
        api_fail_err(request, MM_ERR_NO_MEMORY);
        return NULL;
    }
    put->is_dag = call->command == &API_CMD_DAG_PUT;
    put->is_pinned = api_flag(call, "pin", false);
    const char *err = put->is_dag ? read_dag_options(put, call) : read_block_options(put, call);
    const struct http_part_handler handler = { put, on_part, on_data, on_part_end };
    if (err != NULL)
        (void)fail_text(put, err);
    if (http_multipart_init(&put->multipart, http_header(request, "Content-Type"), &handler,
                            CONTENT_API_PARTS_MAX) != HTTP_MULTIPART_OK ||
        err != NULL) {
        answer_failure(put, request);
        put_free(put);
        return NULL;
    }
    return put;
}

static const struct http_upload UPLOAD = { put_begin, put_chunk, put_end, put_free };

static const struct api_option BLOCK_OPTIONS[] = {
    { "cid-codec", NULL, API_TEXT, NULL, "what the CID says the block is; raw unless given" },
    { "format", "f", API_TEXT, NULL, "the same as old clients say it; v0 gives a Qm…" },
    { "mhtype", NULL, API_TEXT, NULL, "sha2-256, sha2-512, blake2b-256" },
    { "mhlen", NULL, API_SIGNED, NULL, "-1 or the digest's length" },
    { "pin", NULL, API_FLAG, NULL, "hold it and all below it for good" },
    { "allow-big-block", NULL, API_IGNORED, NULL, NULL },
};

const struct api_command API_CMD_BLOCK_PUT = {
    .name = "block/put",
    .arguments = "",
    .options = BLOCK_OPTIONS,
    .option_count = MM_COUNT_OF(BLOCK_OPTIONS),
    .summary = "store blocks as they are: a line {Key, Size} for each part",
    .why_refused = "not supported; it could change the CID",
    .upload = &UPLOAD,
};

static const struct api_option DAG_OPTIONS[] = {
    { "store-codec", NULL, API_TEXT, NULL, "dag-cbor unless given" },
    { "input-codec", NULL, API_TEXT, NULL, "dag-json unless given; must be the same" },
    { "hash", NULL, API_TEXT, NULL, "sha2-256, sha2-512, blake2b-256" },
    { "pin", NULL, API_FLAG, NULL, "hold it and all below it for good" },
    { "allow-big-block", NULL, API_IGNORED, NULL, NULL },
};

const struct api_command API_CMD_DAG_PUT = {
    .name = "dag/put",
    .arguments = "",
    .options = DAG_OPTIONS,
    .option_count = MM_COUNT_OF(DAG_OPTIONS),
    .summary = "store blocks that are canonical in their codec: a line {Cid} for each part",
    .why_refused = "not supported; it could change the CID",
    .upload = &UPLOAD,
};
