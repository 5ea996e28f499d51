/* repo/stat: the store as a whole. */
#include "rpc/content/api_internal.h"

/* What other nodes have to do with it. Replicas: roots that are whole here, by how many others have them. */
static void add_elsewhere(struct json_writer *json, const struct content_elsewhere *elsewhere)
{
    struct elsewhere_counts counts;
    elsewhere->count(elsewhere->ctx, &counts);
    const struct {
        const char *name;
        uint64_t value;
    } numbers[] = {
        { "FetchedBlocks", counts.fetched_blocks }, { "FetchedBytes", counts.fetched_bytes },
        { "ServedBlocks", counts.served_blocks },   { "ServedBytes", counts.served_bytes },
        { "RootsWanting", counts.wanting },         { "RootsKnown", counts.known },
        { "PeersCutOff", counts.cut_off },          { "RequestsLate", counts.late },
    };
    for (size_t i = 0; i < MM_COUNT_OF(numbers); i++) {
        json_key(json, numbers[i].name);
        json_add_u64(json, numbers[i].value);
    }
    json_key(json, "RootsByReplicas");
    json_open_array(json);
    for (size_t i = 0; i < ELSEWHERE_HISTOGRAM; i++)
        json_add_u64(json, counts.replicas[i]);
    json_close_array(json);
}

static void respond_stat(void *context, struct http_request *request)
{
    struct api_call *call = api_call_open(context, request);
    if (call == NULL)
        return;
    const struct content_elsewhere *elsewhere = call->api->options.elsewhere;
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
        if (elsewhere != NULL)
            add_elsewhere(&json, elsewhere);
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
