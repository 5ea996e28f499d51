/* block/get and block/stat: one block by its CID, as it is stored. Whoever reads a file or folder block by block can check each, and
 * so all of it. */
#include "rpc/content/api_internal.h"

static void respond_get(void *context, struct http_request *request)
{
    struct api_call *call = api_call_open(context, request);
    struct cid cid;
    if (call == NULL || !api_take_cid(call, &cid, 0))
        return;
    struct http_response response;
    http_response_init(&response, 200, "application/octet-stream", BLOCK_BYTES_MAX);
    const mm_err err = content_get(call->api->options.content, &response.body, &cid);
    if (err != MM_OK) {
        http_response_fini(&response);
        if (err == MM_ERR_NOT_FOUND)
            api_fail_read(request, READ_NO_BLOCK, &cid, err);
        else
            api_fail_err(request, err);
        return;
    }
    http_response_header(&response, "X-Stream-Output", MM_BYTES_LIT("1"));
    http_response_header(&response, "X-Content-Type-Options", MM_BYTES_LIT("nosniff"));
    http_answer(request, &response);
}

static void respond_stat(void *context, struct http_request *request)
{
    struct api_call *call = api_call_open(context, request);
    struct cid cid;
    uint64_t bytes;
    if (call == NULL || !api_take_cid(call, &cid, 0))
        return;
    mm_err err = MM_OK;
    if (cid.hash.code == MULTIHASH_IDENTITY)
        bytes = cid.hash.len;
    else
        err = content_find(call->api->options.content, &bytes, &cid);
    if (err == MM_ERR_NOT_FOUND) {
        api_fail_read(request, READ_NO_BLOCK, &cid, err);
        return;
    }
    if (err != MM_OK) {
        api_fail_err(request, err);
        return;
    }
    struct http_response response;
    api_open_json(&response, 4096);
    struct json_writer w = json_writer_over(&response.body);
    json_open_object(&w);
    json_key(&w, "Key");
    api_add_cid(&w, &cid);
    json_key(&w, "Size");
    json_add_u64(&w, bytes);
    json_close_object(&w);
    mm_buf_add_byte(&response.body, '\n');
    http_answer(request, &response);
}

/* kubo-rpc-client's dag.get reads blocks one by one, and sends its own options along. */
static const struct api_option GET_OPTIONS[] = {
    { "path", NULL, API_IGNORED, NULL, NULL },
    { "local-resolve", NULL, API_IGNORED, NULL, NULL },
};

const struct api_command API_CMD_BLOCK_GET = {
    .name = "block/get",
    .arguments = "CID",
    .arguments_min = 1,
    .arguments_max = 1,
    .options = GET_OPTIONS,
    .option_count = MM_COUNT_OF(GET_OPTIONS),
    .summary = "a block's bytes as they are stored, whatever its codec",
    .respond = respond_get,
};

const struct api_command API_CMD_BLOCK_STAT = {
    .name = "block/stat",
    .arguments = "CID",
    .arguments_min = 1,
    .arguments_max = 1,
    .summary = "{Key, Size} of a block, which is not read",
    .respond = respond_stat,
};
