/* repo/gc: removes what nothing holds (p2p/content/gc.h), in a thread of its own, and answers when that is done. */
#include "p2p/content/gc.h"
#include "rpc/content/api_internal.h"
#include "state/base/heap.h"

struct collecting {
    struct content_api *api;
    bool is_dry;
    bool is_quiet;
    bool has_summary;
    struct api_lines lines;
};

static void tell_removed(void *context, const struct cid *cid, uint64_t bytes)
{
    struct collecting *collecting = context;
    if (collecting->is_quiet || !api_lines_have_room(&collecting->lines))
        return;
    struct json_writer json = json_writer_over(&collecting->lines.text);
    json_open_object(&json);
    json_key(&json, "Key");
    api_add_link(&json, cid);
    json_key(&json, "Size");
    json_add_u64(&json, bytes);
    json_close_object(&json);
    mm_buf_add_byte(&collecting->lines.text, '\n');
}

static void tell_collected(struct collecting *collecting, const struct content_gc_report *report)
{
    struct json_writer json = json_writer_over(&collecting->lines.text);
    json_open_object(&json);
    json_key(&json, "Removed");
    json_add_u64(&json, report->removed_blocks);
    json_key(&json, "RemovedBytes");
    json_add_u64(&json, report->removed_bytes);
    json_key(&json, "Kept");
    json_add_u64(&json, report->kept_blocks);
    json_key(&json, "ExpiredPins");
    json_add_u64(&json, report->expired_pins);
    json_key(&json, "LeftOut");
    json_add_u64(&json, collecting->lines.left_out);
    json_close_object(&json);
    mm_buf_add_byte(&collecting->lines.text, '\n');
}

static mm_err collect(struct collecting *collecting, struct mm_reason *reason)
{
    struct content_gc *gc;
    const struct content_gc_options options = { .now_ms = http_now_ms(),
                                                .is_dry = collecting->is_dry,
                                                .removed = tell_removed,
                                                .context = collecting };
    mm_err err = content_gc_new(&gc, collecting->api->options.content, &options);
    if (err == MM_ERR_BUSY)
        return mm_fail(reason, err, "a collection is running already; try again");
    if (err != MM_OK)
        return mm_fail(reason, err, "%s", mm_err_text(err));
    for (bool is_over = false; err == MM_OK && !is_over;)
        err = api_works_are_ending(&collecting->api->works) ? MM_ERR_STOPPED
                                                            : content_gc_step(gc, &is_over);
    const struct content_gc_report *report = content_gc_report(gc);
    char at[CID_TEXT_MAX + 1];
    (void)cid_to_text(at, &report->damaged_at, MULTIBASE_BASE32);
    if (err == MM_ERR_CORRUPT && report->damaged > 0)
        (void)mm_fail(
            reason, err,
            "%llu pinned blocks are corrupt, the first is %.128s: nothing was removed; see "
            "repo verify",
            (unsigned long long)report->damaged, at);
    else if (err != MM_OK)
        (void)mm_fail(reason, err, "%s", mm_err_text(err));
    else if (collecting->has_summary)
        tell_collected(collecting, report);
    content_gc_free(gc);
    return err;
}

static void work_gc(void *state, struct http_response *response)
{
    struct collecting *collecting = state;
    struct mm_reason reason = { "" };
    const mm_err err = collect(collecting, &reason);
    api_lines_answer(response, &collecting->lines, err, &reason);
    mm_heap_free(collecting);
}

static void respond_gc(void *context, struct http_request *request)
{
    struct api_call *call = api_call_open(context, request);
    if (call == NULL)
        return;
    struct collecting *collecting = mm_heap_zeroed(1, sizeof *collecting);
    if (collecting == NULL) {
        api_fail_err(request, MM_ERR_NO_MEMORY);
        return;
    }
    collecting->api = call->api;
    collecting->is_dry = api_flag(call, "dry-run", false);
    collecting->is_quiet = api_flag(call, "silent", false);
    collecting->has_summary = api_flag(call, "summary", false);
    api_lines_init(&collecting->lines);
    if (!api_defer_alone(&call->api->works, request, work_gc, collecting))
        mm_heap_free(collecting);
}

static const struct api_option OPTIONS[] = {
    { "silent", NULL, API_FLAG, NULL, "no lines" },
    { "dry-run", NULL, API_FLAG, NULL, "remove nothing; not kubo's" },
    { "summary", NULL, API_FLAG, NULL,
      "a last line {Removed, RemovedBytes, Kept, ExpiredPins, LeftOut}; not kubo's" },
    { "quiet", "q", API_IGNORED, NULL, NULL },
    { "stream-errors", NULL, API_IGNORED, NULL, NULL },
};

const struct api_command API_CMD_REPO_GC = {
    .name = "repo/gc",
    .arguments = "",
    .options = OPTIONS,
    .option_count = MM_COUNT_OF(OPTIONS),
    .summary = "remove what nothing holds: a line {Key, Size} for each block, once it is done",
    .respond = respond_gc,
};
