/* repo/verify: hashes every block and walks every pinned root (p2p/content/verify.h), in a thread of its own, and answers when that
 * is done. */
#include <stdio.h>

#include "p2p/content/verify.h"
#include "rpc/content/api_internal.h"
#include "state/base/heap.h"

struct verifying {
    struct content_api *api;
    bool drops;
    struct api_lines lines;
};

static void tell_found(void *context, enum read_verdict verdict, const struct cid *block,
                       const struct cid *root)
{
    struct verifying *verifying = context;
    if (!api_lines_have_room(&verifying->lines))
        return;
    char text[2 * CID_TEXT_MAX];
    char at[CID_TEXT_MAX + 1];
    (void)cid_to_text(at, block, MULTIBASE_BASE32);
    (void)snprintf(text, sizeof text, "block %s: %s", at,
                   verdict == READ_NO_BLOCK ? "missing" : read_verdict_text(verdict));
    struct json_writer json = json_writer_over(&verifying->lines.text);
    json_open_object(&json);
    json_key(&json, "Msg");
    json_add_text(&json, text);
    json_key(&json, "Progress");
    json_add_u64(&json, 0);
    json_key(&json, "Block");
    api_add_cid(&json, block);
    if (root != NULL) {
        json_key(&json, "Root");
        api_add_cid(&json, root);
    }
    json_close_object(&json);
    mm_buf_add_byte(&verifying->lines.text, '\n');
}

static void tell_verified(struct verifying *verifying, const struct content_verify_report *report)
{
    char text[256] = "verify complete, all blocks validated.";
    const bool is_ok = report->corrupt == 0 && report->lacking == 0;
    if (!is_ok)
        (void)snprintf(text, sizeof text,
                       "verify complete: %llu blocks are corrupt, %llu of %llu pinned roots lack "
                       "something.",
                       (unsigned long long)report->corrupt, (unsigned long long)report->lacking,
                       (unsigned long long)report->roots);
    struct json_writer json = json_writer_over(&verifying->lines.text);
    json_open_object(&json);
    json_key(&json, "Msg");
    json_add_text(&json, text);
    json_key(&json, "Progress");
    json_add_u64(&json, report->blocks);
    json_key(&json, "Ok");
    json_add_bool(&json, is_ok);
    json_key(&json, "Bytes");
    json_add_u64(&json, report->bytes);
    json_key(&json, "Roots");
    json_add_u64(&json, report->roots);
    json_key(&json, "LeftOut");
    json_add_u64(&json, verifying->lines.left_out);
    json_close_object(&json);
    mm_buf_add_byte(&verifying->lines.text, '\n');
}

static mm_err verify(struct verifying *verifying, struct mm_reason *reason)
{
    const struct content_verify_options options = { .drops = verifying->drops,
                                                    .found = tell_found,
                                                    .context = verifying };
    struct content_verify *work = content_verify_new(verifying->api->options.content, &options);
    if (work == NULL)
        return mm_fail(reason, MM_ERR_NO_MEMORY, "out of memory");
    mm_err err = MM_OK;
    for (bool is_over = false; err == MM_OK && !is_over;)
        err = api_works_are_ending(&verifying->api->works) ? MM_ERR_STOPPED
                                                           : content_verify_step(work, &is_over);
    if (err == MM_OK)
        tell_verified(verifying, content_verify_report(work));
    else
        (void)mm_fail(reason, err, "%s", mm_err_text(err));
    content_verify_free(work);
    return err;
}

static void work_verify(void *state, struct http_response *response)
{
    struct verifying *verifying = state;
    struct mm_reason reason = { "" };
    const mm_err err = verify(verifying, &reason);
    api_lines_answer(response, &verifying->lines, err, &reason);
    mm_heap_free(verifying);
}

static void respond_verify(void *context, struct http_request *request)
{
    struct api_call *call = api_call_open(context, request);
    if (call == NULL)
        return;
    struct verifying *verifying = mm_heap_zeroed(1, sizeof *verifying);
    if (verifying == NULL) {
        api_fail_err(request, MM_ERR_NO_MEMORY);
        return;
    }
    verifying->api = call->api;
    verifying->drops = api_flag(call, "drop", false);
    api_lines_init(&verifying->lines);
    if (!api_defer_alone(&call->api->works, request, work_verify, verifying))
        mm_heap_free(verifying);
}

static const struct api_option OPTIONS[] = {
    { "drop", NULL, API_FLAG, NULL, "remove corrupt blocks; not kubo's" },
};

const struct api_command API_CMD_REPO_VERIFY = {
    .name = "repo/verify",
    .arguments = "",
    .options = OPTIONS,
    .option_count = MM_COUNT_OF(OPTIONS),
    .summary =
        "hash every block, walk every root: a line {Msg, Progress} for what is wrong, and one more",
    .respond = respond_verify,
};
