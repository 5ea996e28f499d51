/* get: a file or folder as a tar archive. */
#include "p2p/content/import.h"
#include "rpc/content/api_internal.h"

/* What the archive's root is called: the last name of the path, or the root's own text. */
static mm_bytes name_of(mm_bytes argument)
{
    while (argument.len > 0 && argument.ptr[argument.len - 1] == '/')
        argument.len--;
    if (argument.len == 0)
        return argument;
    size_t start = argument.len;
    while (start > 0 && argument.ptr[start - 1] != '/')
        start--;
    return mm_bytes_from(argument.ptr + start, argument.len - start);
}

static void respond(void *context, struct http_request *request)
{
    struct api_call *call = api_call_open(context, request);
    struct api_path path;
    struct content_node node;
    if (call == NULL || !api_take_path(call, &path, 0))
        return;
    struct content_reader *reader = api_reader(call);
    if (reader == NULL)
        return;
    const enum read_verdict verdict =
        content_resolve(reader, &node, NULL, &path.root, path.path, NULL);
    if (verdict != READ_OK)
        api_fail_read(request, verdict, content_reader_at(reader), content_reader_err(reader));
    content_reader_free(reader);
    if (verdict != READ_OK)
        return;
    const struct block_source source = content_source(call->api->options.content);
    const mm_bytes last = name_of(path.path);
    const mm_bytes name = last.len > 0 ? last : name_of(call->arguments[0]);
    if (!import_name_is_valid(name)) {
        api_fail(request, 500, "the last name of the path is none that a file can have");
        return;
    }
    struct content_tar *tar = content_tar_new(&source);
    if (tar == NULL) {
        api_fail_err(request, MM_ERR_NO_MEMORY);
        return;
    }
    content_tar_begin(tar, &node.cid, name);
    const struct stream stream = stream_of_tar(tar);
    api_answer_stream(request, &stream, "application/x-tar");
}

static const struct api_option OPTIONS[] = {
    { "archive", "a", API_IGNORED, NULL, NULL },
    { "compress", "C", API_ONLY, "false", "gzip" },
    { "compression-level", "l", API_IGNORED, NULL, NULL },
    { "output", "o", API_IGNORED, NULL, NULL },
    { "progress", "p", API_IGNORED, NULL, NULL },
};

const struct api_command API_CMD_GET = {
    .name = "get",
    .arguments = "PATH",
    .arguments_min = 1,
    .arguments_max = 1,
    .options = OPTIONS,
    .option_count = MM_COUNT_OF(OPTIONS),
    .summary = "a file or folder as a tar archive",
    .respond = respond,
};
