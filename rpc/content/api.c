#include "rpc/content/api.h"

#include <stdarg.h>
#include <stdio.h>

#include "rpc/content/api_internal.h"
#include "state/base/assert.h"
#include "state/base/heap.h"

enum { LEASE_MS = 24 * 60 * 60 * 1000, PATH_MAX_TEXT = 256, ARENA_BYTES_MAX = 64 << 10 };

/* ---- answers ---- */

void api_open_json(struct http_response *response, size_t body_bytes_max)
{
    http_response_init(response, 200, "application/json", body_bytes_max);
}

void api_open_lines(struct http_response *response, struct mm_buf *taken_lines)
{
    api_open_json(response, 0);
    response->body = *taken_lines;
    mm_buf_init(taken_lines, 0);
    http_response_header(response, "X-Chunked-Output", MM_BYTES_LIT("1"));
}

void api_write_failure(struct mm_buf *out, const char *text)
{
    struct json_writer json = json_writer_over(out);
    json_open_object(&json);
    json_key(&json, "Message");
    json_add_text(&json, text);
    json_key(&json, "Code");
    json_add_u64(&json, 0);
    json_key(&json, "Type");
    json_add_text(&json, "error");
    json_close_object(&json);
    mm_buf_add_byte(out, '\n');
}

static void write_failure(struct http_response *response, unsigned status, const char *text)
{
    http_response_init(response, status, "application/json", 4096);
    api_write_failure(&response->body, text);
}

void api_failure(struct http_response *response, unsigned status, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    write_failure(response, status, text);
}

unsigned api_status(mm_err err)
{
    if (err == MM_ERR_NO_SPACE)
        return 507;
    return err == MM_ERR_NO_MEMORY || err == MM_ERR_STOPPED || err == MM_ERR_BUSY ? 503 : 500;
}

void api_failure_err(struct http_response *response, mm_err err)
{
    write_failure(response, api_status(err), mm_err_text(err));
}

void api_failure_read(struct http_response *response, enum read_verdict verdict,
                      const struct cid *at, mm_err err)
{
    char text[CID_TEXT_MAX + 1] = "";
    if (at != NULL)
        (void)cid_to_text(text, at, MULTIBASE_BASE32);
    if (verdict == READ_FAILED)
        api_failure_err(response, err);
    else if (verdict == READ_NO_BLOCK)
        api_failure(response, 500, "block was not found locally (offline): ipld: could not find %s",
                    text);
    else if (at != NULL && (verdict == READ_CORRUPT || verdict == READ_MALFORMED))
        api_failure(response, 500, "%s: %s", read_verdict_text(verdict), text);
    else
        write_failure(response, 500, read_verdict_text(verdict));
}

void api_fail(struct http_request *request, unsigned status, const char *format, ...)
{
    char text[512];
    va_list args;
    struct http_response response;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    write_failure(&response, status, text);
    http_answer(request, &response);
}

void api_fail_err(struct http_request *request, mm_err err)
{
    struct http_response response;
    api_failure_err(&response, err);
    http_answer(request, &response);
}

void api_fail_read(struct http_request *request, enum read_verdict verdict, const struct cid *at,
                   mm_err err)
{
    struct http_response response;
    api_failure_read(&response, verdict, at, err);
    http_answer(request, &response);
}

void api_answer_stream(struct http_request *request, const struct stream *taken_stream,
                       const char *content_type)
{
    struct http_response response;
    struct stream_failure failure;
    http_response_init(&response, 200, content_type, 0);
    const enum read_verdict verdict = stream_body(&response, &failure, taken_stream);
    if (verdict != READ_OK) {
        http_response_fini(&response);
        if (failure.why != NULL)
            api_fail(request, 500, "%s", failure.why);
        else
            api_fail_read(request, verdict, &failure.at, failure.err);
        return;
    }
    const bool is_json = strcmp(content_type, "application/json") == 0;
    http_response_header(&response, is_json ? "X-Chunked-Output" : "X-Stream-Output",
                         MM_BYTES_LIT("1"));
    http_response_header(&response, "X-Content-Type-Options", MM_BYTES_LIT("nosniff"));
    http_answer(request, &response);
}

void api_add_cid(struct json_writer *w, const struct cid *cid)
{
    char text[CID_TEXT_MAX + 1];
    (void)cid_to_text(text, cid, MULTIBASE_BASE32);
    json_add_text(w, text);
}

void api_add_link(struct json_writer *w, const struct cid *cid)
{
    json_open_object(w);
    json_key(w, "/");
    api_add_cid(w, cid);
    json_close_object(w);
}

/* ---- arguments ---- */

bool api_take_path(struct api_call *call, struct api_path *path, size_t index)
{
    const mm_bytes argument = call->arguments[index];
    enum cid_verdict cid_is;
    const enum api_path_verdict verdict =
        api_path_parse(http_arena(call->request), path, &cid_is, argument);
    if (verdict == API_PATH_OK)
        return true;
    api_fail(call->request, verdict == API_PATH_NO_MEMORY ? 503 : 500, "invalid path \"%.*s\": %s",
             argument.len > PATH_MAX_TEXT ? PATH_MAX_TEXT : (int)argument.len,
             (const char *)argument.ptr, api_path_text(verdict, cid_is));
    return false;
}

bool api_take_cid(struct api_call *call, struct cid *cid, size_t index)
{
    const mm_bytes argument = call->arguments[index];
    struct api_path path;
    enum cid_verdict cid_is;
    const enum api_path_verdict verdict =
        api_path_parse(http_arena(call->request), &path, &cid_is, argument);
    *cid = path.root;
    if (verdict == API_PATH_OK && path.path.len == 0)
        return true;
    api_fail(call->request, 500, "invalid cid \"%.*s\": %s",
             argument.len > PATH_MAX_TEXT ? PATH_MAX_TEXT : (int)argument.len,
             (const char *)argument.ptr,
             verdict == API_PATH_OK ? "a path is behind it" : api_path_text(verdict, cid_is));
    return false;
}

enum read_verdict api_follow(struct content_reader *reader, struct cid *cid, mm_bytes *rest,
                             const struct api_path *path)
{
    struct content_node node;
    size_t slashes = 0;
    while (slashes < path->path.len && path->path.ptr[slashes] == '/')
        slashes++;
    *cid = path->root;
    *rest = mm_bytes_from(NULL, 0);
    if (slashes == path->path.len)
        return READ_OK;
    const enum read_verdict verdict =
        content_resolve(reader, &node, rest, &path->root, path->path, NULL);
    *cid = node.cid;
    return verdict;
}

struct content_reader *api_reader(struct api_call *call)
{
    const struct block_source source = content_source(call->api->options.content);
    struct content_reader *reader = content_reader_new(&source);
    if (reader == NULL)
        api_fail_err(call->request, MM_ERR_NO_MEMORY);
    return reader;
}

struct cid *api_take_blocks(struct api_call *call)
{
    struct cid *cids =
        MM_ARENA_ARRAY(http_arena(call->request), struct cid, call->argument_count + 1);
    if (cids == NULL) {
        api_fail_err(call->request, MM_ERR_NO_MEMORY);
        return NULL;
    }
    struct content_reader *reader = api_reader(call);
    bool is_found = reader != NULL;
    for (size_t i = 0; i < call->argument_count && is_found; i++) {
        struct api_path path;
        mm_bytes rest;
        is_found = api_take_path(call, &path, i);
        if (!is_found)
            break;
        const enum read_verdict verdict = api_follow(reader, &cids[i], &rest, &path);
        is_found = verdict == READ_OK;
        if (!is_found)
            api_fail_read(call->request, verdict, content_reader_at(reader),
                          content_reader_err(reader));
    }
    content_reader_free(reader);
    return is_found ? cids : NULL;
}

/* ---- uploads ---- */

bool api_upload_begin(struct content_api *api, struct http_request *request)
{
    if (atomic_fetch_add(&api->uploads, 1) < api->options.uploads_max)
        return true;
    api_upload_end(api);
    api_fail(request, 503, "%u uploads are running; try again", api->options.uploads_max);
    return false;
}

void api_upload_end(struct content_api *api)
{
    (void)atomic_fetch_sub(&api->uploads, 1);
}

struct content_pin api_upload_pin(bool is_pinned, const char *lease_owner)
{
    return (struct content_pin){
        .kind = is_pinned ? CONTENT_PIN_USER : CONTENT_PIN_UPLOAD,
        .depth = CONTENT_PIN_RECURSIVE,
        .owner = is_pinned ? mm_bytes_from(NULL, 0) : mm_bytes_str(lease_owner),
        .expires_ms = is_pinned ? 0 : http_now_ms() + LEASE_MS,
    };
}

/* ---- routes ---- */

static void answer_unknown(void *context, struct http_request *request)
{
    (void)context;
    const mm_bytes name = http_path_rest(request);
    api_fail(request, 404, "command not found: %.*s", name.len > 200 ? 200 : (int)name.len,
             (const char *)name.ptr);
}

static struct http_route route_of(const char *path, void *context)
{
    return (struct http_route){
        .path = path,
        .methods = HTTP_POST,
        .cors = HTTP_CORS_LISTED,
        .cors_expose = "X-Stream-Output, X-Chunked-Output, X-Content-Length",
        .local_origins_only = true,
        .context = context,
    };
}

static bool make_routes(struct content_api *api)
{
    const uint64_t framing = (uint64_t)CONTENT_API_PARTS_MAX * CONTENT_API_PART_BYTES;
    for (size_t i = 0; i < API_COMMAND_COUNT; i++) {
        const struct api_command *command = API_COMMANDS[i];
        char path[64];
        MM_ASSERT(command->option_count <= API_OPTIONS_MAX &&
                  command->arguments_max <= API_ARGUMENTS_MAX &&
                  (command->respond == NULL) != (command->upload == NULL));
        (void)snprintf(path, sizeof path, "/api/v0/%s", command->name);
        char *copy = mm_arena_text(&api->arena, mm_bytes_str(path));
        if (copy == NULL)
            return false;
        api->bounds[i] = (struct api_bound){ api, command };
        struct http_route *route = &api->routes[i];
        *route = route_of(copy, &api->bounds[i]);
        route->respond = command->respond;
        route->upload = command->upload;
        if (command->upload != NULL && !command->is_large)
            route->body_bytes_max = api->options.upload_bytes_max + framing;
    }
    struct http_route *last = &api->routes[API_COMMAND_COUNT];
    *last = route_of("/api/v0/", api);
    last->prefix = true;
    last->respond = answer_unknown;
    return true;
}

struct content_api *content_api_new(const struct content_api_options *options)
{
    struct content_api *api = mm_heap_zeroed(1, sizeof *api);
    if (api == NULL)
        return NULL;
    api_works_init(&api->works);
    mm_arena_init(&api->arena, ARENA_BYTES_MAX);
    api->options = *options;
    if (api->options.upload_bytes_max == 0)
        api->options.upload_bytes_max = CONTENT_API_UPLOAD_BYTES_MAX;
    if (api->options.uploads_max == 0)
        api->options.uploads_max = CONTENT_API_UPLOADS_MAX;
    api->bounds = MM_ARENA_ARRAY(&api->arena, struct api_bound, API_COMMAND_COUNT);
    api->routes = MM_ARENA_ARRAY(&api->arena, struct http_route, API_COMMAND_COUNT + 1);
    if (api->bounds != NULL && api->routes != NULL && make_routes(api))
        return api;
    content_api_free(api);
    return NULL;
}

void content_api_free(struct content_api *api)
{
    if (api == NULL)
        return;
    api_works_fini(&api->works);
    mm_arena_fini(&api->arena);
    mm_heap_free(api);
}

const struct http_route *content_api_routes(const struct content_api *api, size_t *count)
{
    *count = API_COMMAND_COUNT + 1;
    return api->routes;
}
