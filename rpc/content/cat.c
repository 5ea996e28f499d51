#include "rpc/content/api_internal.h"
#include "rpc/gateway/body.h"

#include <inttypes.h>
#include <stdio.h>

static void fail_read(struct http_request *request, const struct content_reader *reader,
                      enum read_verdict verdict)
{
    if (verdict == READ_NOT_A_FILE)
        api_fail(request, 500, "this dag node is a directory");
    else
        api_fail_read(request, verdict, content_reader_at(reader), content_reader_err(reader));
}

static void cat(struct http_request *request, struct content_reader **reader,
                const struct api_path *path, uint64_t offset, uint64_t length)
{
    struct content_node node;
    uint64_t total = 0;
    enum read_verdict verdict =
        content_resolve(*reader, &node, NULL, &path->root, path->path, NULL);
    if (verdict == READ_OK)
        verdict = content_file_open(*reader, &total, &node.cid);
    if (verdict != READ_OK) {
        fail_read(request, *reader, verdict);
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
        fail_read(request, *reader, verdict);
        return;
    }
    char text[32];
    (void)snprintf(text, sizeof text, "%" PRIu64, length);
    http_response_header(&response, "X-Content-Length", mm_bytes_str(text));
    http_response_header(&response, "X-Stream-Output", MM_BYTES_LIT("1"));
    http_response_header(&response, "X-Content-Type-Options", MM_BYTES_LIT("nosniff"));
    http_answer(request, &response);
}

static void respond(void *context, struct http_request *request)
{
    struct api_call *call = api_call_open(context, request);
    struct api_path path;
    if (call == NULL || !api_take_path(call, &path, 0))
        return;
    struct content_reader *reader = api_reader(call);
    if (reader == NULL)
        return;
    cat(request, &reader, &path, api_number(call, "offset", 0),
        api_number(call, "length", UINT64_MAX));
    content_reader_free(reader);
}

static const struct api_option OPTIONS[] = {
    { "offset", "o", API_NUMBER, NULL, "the first byte" },
    { "length", "l", API_NUMBER, NULL, "bytes at most" },
    { "progress", "p", API_IGNORED, NULL, NULL },
};

const struct api_command API_CMD_CAT = {
    .name = "cat",
    .arguments = "PATH",
    .arguments_min = 1,
    .arguments_max = 1,
    .options = OPTIONS,
    .option_count = MM_COUNT_OF(OPTIONS),
    .summary = "a file's bytes",
    .respond = respond,
};
