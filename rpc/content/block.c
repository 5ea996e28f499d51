#include "p2p/content/reader.h"
#include "rpc/content/api_internal.h"

/* One block by its CID, as it is stored: whoever reads a file or folder block by block can check each, and so all of it. */
void api_block_get(void *context, struct http_request *request)
{
    const struct content_api *api = context;
    mm_bytes arg;
    mm_bytes path;
    struct cid cid;
    if (!http_query(request, "arg", &arg)) {
        api_fail(request, 500, "argument \"cid\" is required");
        return;
    }
    const enum cid_verdict cid_is = api_split_path(&cid, &path, arg);
    if (cid_is != CID_OK || path.len > 0) {
        api_fail(request, 500, "invalid cid \"%.*s\": %s", arg.len > 200 ? 200 : (int)arg.len,
                 (const char *)arg.ptr,
                 cid_is != CID_OK ? cid_verdict_text(cid_is) : "a path is behind it");
        return;
    }
    struct http_response response;
    http_response_init(&response, 200, "application/octet-stream", BLOCK_BYTES_MAX);
    const mm_err err = content_get(api->options.content, &response.body, &cid);
    if (err != MM_OK) {
        http_response_fini(&response);
        if (err == MM_ERR_NOT_FOUND)
            api_fail(request, 500, "block was not found locally (offline)");
        else
            api_fail_err(request, err);
        return;
    }
    http_response_header(&response, "X-Content-Type-Options", MM_BYTES_LIT("nosniff"));
    http_answer(request, &response);
}
