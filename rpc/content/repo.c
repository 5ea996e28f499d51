/* repo: the store as a whole. */
#include "rpc/content/api_internal.h"
#include "rpc/content/keep_internal.h"
#include "state/codec/json.h"

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

void keep_repo_stat(void *context, struct http_request *request)
{
    struct content_keep *keep = context;
    if (!keep_check_options(request, "size-only human"))
        return;
    const struct content_totals totals = content_totals(keep->content);
    struct http_response response;
    http_response_init(&response, 200, "application/json", 4096);
    struct json_writer json = json_writer_over(&response.body);
    json_open_object(&json);
    json_key(&json, "RepoSize");
    json_add_u64(&json, totals.bytes);
    json_key(&json, "StorageMax");
    json_add_u64(&json, totals.quota_bytes);
    if (!keep_flag(request, "size-only", false)) {
        json_key(&json, "NumObjects");
        json_add_u64(&json, totals.blocks);
        json_key(&json, "RepoPath");
        json_add_text(&json, "content");
        json_key(&json, "Version");
        json_add_text(&json, "fs-repo@16");
        json_key(&json, "DiskSize");
        json_add_u64(&json, totals.disk_bytes);
        if (keep->elsewhere != NULL)
            add_elsewhere(&json, keep->elsewhere);
    }
    json_close_object(&json);
    mm_buf_add_byte(&response.body, '\n');
    http_answer(request, &response);
}

void keep_repo_gc(void *context, struct http_request *request)
{
    if (!keep_check_options(request, "dry-run summary quiet stream-errors silent"))
        return;
    const struct keep_job job = {
        .kind = KEEP_COLLECT,
        .is_dry = keep_flag(request, "dry-run", false),
        .is_quiet = keep_flag(request, "silent", false),
        .has_summary = keep_flag(request, "summary", false),
    };
    keep_start(context, request, &job);
}

void keep_repo_verify(void *context, struct http_request *request)
{
    if (!keep_check_options(request, "drop"))
        return;
    const struct keep_job job = { .kind = KEEP_VERIFY, .drops = keep_flag(request, "drop", false) };
    keep_start(context, request, &job);
}
