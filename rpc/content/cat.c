#include "p2p/content/reader.h"
#include "rpc/content/api_internal.h"
#include "rpc/gateway/body.h"

#include <inttypes.h>
#include <stdio.h>

static mm_bytes without(mm_bytes text, const char *front)
{
    const size_t len = strlen(front);
    if (text.len < len || memcmp(text.ptr, front, len) != 0)
        return text;
    return mm_bytes_from(text.ptr + len, text.len - len);
}

enum cid_verdict api_split_path(struct cid *root, mm_bytes *path, mm_bytes arg)
{
    arg = without(without(arg, "/ipfs/"), "ipfs://");
    const uint8_t *slash = arg.len == 0 ? NULL : memchr(arg.ptr, '/', arg.len);
    const size_t len = slash == NULL ? arg.len : (size_t)(slash - arg.ptr);
    *path = mm_bytes_from(arg.ptr + len, arg.len - len);
    return cid_parse(root, mm_bytes_from(arg.ptr, len));
}

/* A parameter that may be missing. false: it is no number. */
static bool take_number(struct http_request *request, const char *name, uint64_t *number)
{
    mm_bytes text;
    if (!http_query(request, name, &text) || text.len == 0)
        return true;
    *number = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9' || *number > (UINT64_MAX - 9) / 10)
            return false;
        *number = *number * 10 + (uint64_t)(text.ptr[i] - '0');
    }
    return true;
}

static void fail_read(struct http_request *request, enum read_verdict verdict)
{
    if (verdict == READ_NOT_A_FILE)
        api_fail(request, 500, "this dag node is a directory");
    else if (verdict == READ_NO_BLOCK)
        api_fail(request, 500, "block was not found locally (offline): %s",
                 read_verdict_text(verdict));
    else
        api_fail(request, 500, "%s", read_verdict_text(verdict));
}

static void cat(struct http_request *request, struct content_reader **reader,
                const struct cid *root, mm_bytes path, uint64_t offset, uint64_t length)
{
    struct content_node node;
    uint64_t total = 0;
    enum read_verdict verdict = content_resolve(*reader, &node, NULL, root, path, NULL);
    if (verdict == READ_OK)
        verdict = content_file_open(*reader, &total, &node.cid);
    if (verdict != READ_OK) {
        fail_read(request, verdict);
        return;
    }
    if (offset > total)
        offset = total;
    if (length > total - offset)
        length = total - offset;
    struct http_response response;
    http_response_init(&response, 200, "text/plain", 0);
    verdict = body_of_file(&response, reader, offset, length);
    if (verdict != READ_OK) {
        http_response_fini(&response);
        fail_read(request, verdict);
        return;
    }
    char text[32];
    (void)snprintf(text, sizeof text, "%" PRIu64, length);
    http_response_header(&response, "X-Content-Length", mm_bytes_str(text));
    http_response_header(&response, "X-Stream-Output", MM_BYTES_LIT("1"));
    http_response_header(&response, "X-Content-Type-Options", MM_BYTES_LIT("nosniff"));
    http_answer(request, &response);
}

void api_cat(void *context, struct http_request *request)
{
    const struct content_api *api = context;
    mm_bytes arg;
    mm_bytes path;
    struct cid root;
    uint64_t offset = 0;
    uint64_t length = UINT64_MAX;
    if (!http_query(request, "arg", &arg)) {
        api_fail(request, 500, "argument \"ipfs-path\" is required");
        return;
    }
    const enum cid_verdict cid_is = api_split_path(&root, &path, arg);
    if (cid_is != CID_OK) {
        api_fail(request, 500, "invalid path \"%.*s\": %s", arg.len > 200 ? 200 : (int)arg.len,
                 (const char *)arg.ptr, cid_verdict_text(cid_is));
        return;
    }
    if (!take_number(request, "offset", &offset) || !take_number(request, "length", &length)) {
        api_fail(request, 500, "offset and length are numbers, not negative");
        return;
    }
    const struct block_source source = content_source(api->options.content);
    struct content_reader *reader = content_reader_new(&source);
    if (reader == NULL) {
        api_fail_err(request, MM_ERR_NO_MEMORY);
        return;
    }
    cat(request, &reader, &root, path, offset, length);
    content_reader_free(reader);
}
