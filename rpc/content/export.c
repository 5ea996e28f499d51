/* dag/export: everything below a root as a CAR file. */
#include "rpc/content/api_internal.h"

static void respond(void *context, struct http_request *request)
{
    struct api_call *call = api_call_open(context, request);
    struct api_path path;
    struct content_node node;
    if (call == NULL || !api_take_path(call, &path, 0))
        return;
    const struct block_source source = content_source(call->api->options.content);
    struct car_export *export =
        car_export_new(&source, &(struct car_export_options){ .v2 = false });
    if (export == NULL) {
        api_fail_err(request, MM_ERR_NO_MEMORY);
        return;
    }
    enum read_verdict verdict = READ_OK;
    struct cid root = path.root;
    if (path.path.len > 0) { /* the blocks on the way are no part of what is below */
        verdict = car_export_resolve(export, &node, NULL, &path.root, path.path, NULL);
        root = node.cid;
    }
    if (verdict != READ_OK) {
        api_fail_read(request, verdict, car_export_at(export), car_export_err(export));
        car_export_free(export);
        return;
    }
    car_export_begin(export, &root);
    const struct stream stream = stream_of_car(export);
    api_answer_stream(request, &stream, "application/vnd.ipld.car; version=1");
}

static const struct api_option OPTIONS[] = {
    { "progress", "p", API_IGNORED, NULL, NULL },
};

const struct api_command API_CMD_DAG_EXPORT = {
    .name = "dag/export",
    .arguments = "PATH",
    .arguments_min = 1,
    .arguments_max = 1,
    .options = OPTIONS,
    .option_count = MM_COUNT_OF(OPTIONS),
    .summary =
        "all blocks below a root as a CAR file (version 1); cut off at the first that is missing",
    .respond = respond,
};
