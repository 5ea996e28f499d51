/* repo/stat: the store as a whole. */
#include "rpc/content/api_internal.h"

static void respond_stat(void *context, struct http_request *request)
{
    struct api_call *call = api_call_open(context, request);
    if (call == NULL)
        return;
    const struct content_totals totals = content_totals(call->api->options.content);
    struct http_response response;
    api_open_json(&response, 4096);
    struct json_writer json = json_writer_over(&response.body);
    json_open_object(&json);
    json_key(&json, "RepoSize");
    json_add_u64(&json, totals.bytes);
    json_key(&json, "StorageMax");
    json_add_u64(&json, totals.quota_bytes);
    if (!api_flag(call, "size-only", false)) {
        json_key(&json, "NumObjects");
        json_add_u64(&json, totals.blocks);
        json_key(&json, "RepoPath");
        json_add_text(&json, "content");
        json_key(&json, "Version");
        json_add_text(&json, "fs-repo@16");
        json_key(&json, "DiskSize");
        json_add_u64(&json, totals.disk_bytes);
    }
    json_close_object(&json);
    mm_buf_add_byte(&response.body, '\n');
    http_answer(request, &response);
}

static const struct api_option OPTIONS[] = {
    { "size-only", NULL, API_FLAG, NULL, "bytes and quota alone" },
    { "human", "H", API_IGNORED, NULL, NULL },
};

const struct api_command API_CMD_REPO_STAT = {
    .name = "repo/stat",
    .arguments = "",
    .options = OPTIONS,
    .option_count = MM_COUNT_OF(OPTIONS),
    .summary = "{RepoSize, StorageMax, NumObjects, RepoPath, Version, DiskSize}",
    .respond = respond_stat,
};
