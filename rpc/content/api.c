#include "rpc/content/api.h"

#include <stdarg.h>
#include <stdio.h>

#include "p2p/content/multibase.h"
#include "rpc/content/api_internal.h"
#include "state/base/heap.h"
#include "state/codec/json.h"

static void open_json(struct http_response *response, unsigned status)
{
    http_response_init(response, status, "application/json", 4096);
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

void api_fail(struct http_request *request, unsigned status, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    struct http_response response;
    open_json(&response, status);
    api_write_failure(&response.body, text);
    http_answer(request, &response);
}

void api_fail_err(struct http_request *request, mm_err err)
{
    api_fail(request,
             err == MM_ERR_NO_SPACE    ? 507
             : err == MM_ERR_NO_MEMORY ? 503
                                       : 500,
             "%s", mm_err_text(err));
}

static void answer_version(void *context, struct http_request *request)
{
    const struct content_api *api = context;
    struct http_response response;
    open_json(&response, 200);
    struct json_writer json = json_writer_over(&response.body);
    json_open_object(&json);
    json_key(&json, "Version");
    json_add_text(&json, api->options.version);
    json_key(&json, "Commit");
    json_add_text(&json, "");
    json_key(&json, "Repo");
    json_add_text(&json, "1");
    json_key(&json, "System");
    json_add_text(&json, "amd64/linux");
    json_key(&json, "Golang");
    json_add_text(&json, "");
    json_close_object(&json);
    mm_buf_add_byte(&response.body, '\n');
    http_answer(request, &response);
}

/* A peer id is the multihash of a public key; a key this short is its own (identity) hash. Written in base58btc without the
 * prefix of multibase: 12D3Koo… (libp2p peer-ids specification). */
static void peer_id_text(char *out, size_t out_bytes, const mm_hash32 *key)
{
    uint8_t id[2 + 4 + sizeof key->b] = { 0x00, 0x24, 0x08, 0x01, 0x12, 0x20 };
    memcpy(id + 6, key->b, sizeof key->b);
    char text[MULTIBASE_TEXT_MAX + 1];
    const size_t len = multibase_encode(text, MULTIBASE_BASE58BTC, MM_BYTES_OF(id));
    (void)snprintf(out, out_bytes, "%.*s", len == 0 ? 0 : (int)len - 1, text + 1);
}

static void answer_id(void *context, struct http_request *request)
{
    const struct content_api *api = context;
    char id[128];
    char agent[128];
    peer_id_text(id, sizeof id, &api->options.peer_key);
    (void)snprintf(agent, sizeof agent, "mintmark/%s", api->options.version);
    struct http_response response;
    open_json(&response, 200);
    struct json_writer json = json_writer_over(&response.body);
    json_open_object(&json);
    json_key(&json, "ID");
    json_add_text(&json, id);
    json_key(&json, "PublicKey");
    json_add_text(&json, "");
    json_key(&json, "Addresses");
    json_open_array(&json);
    json_close_array(&json);
    json_key(&json, "AgentVersion");
    json_add_text(&json, agent);
    json_key(&json, "Protocols");
    json_open_array(&json);
    json_close_array(&json);
    json_close_object(&json);
    mm_buf_add_byte(&response.body, '\n');
    http_answer(request, &response);
}

static void answer_unknown(void *context, struct http_request *request)
{
    (void)context;
    const mm_bytes name = http_path_rest(request);
    api_fail(request, 404, "command not found: %.*s", name.len > 200 ? 200 : (int)name.len,
             (const char *)name.ptr);
}

struct content_api *content_api_new(const struct content_api_options *options)
{
    struct content_api *api = mm_heap_zeroed(1, sizeof *api);
    if (api == NULL)
        return NULL;
    api->options = *options;
    if (api->options.upload_bytes_max == 0)
        api->options.upload_bytes_max = CONTENT_API_UPLOAD_BYTES_MAX;
    if (api->options.uploads_max == 0)
        api->options.uploads_max = CONTENT_API_UPLOADS_MAX;
    return api;
}

void content_api_free(struct content_api *api)
{
    mm_heap_free(api);
}

void content_api_routes(struct content_api *api, struct http_route routes[CONTENT_API_ROUTES])
{
    static const struct {
        const char *path;
        http_respond_fn *respond;
    } commands[CONTENT_API_ROUTES] = {
        { "/api/v0/add", NULL },
        { "/api/v0/cat", api_cat },
        { "/api/v0/block/get", api_block_get },
        { "/api/v0/version", answer_version },
        { "/api/v0/id", answer_id },
        { "/api/v0/", answer_unknown },
    };
    for (size_t i = 0; i < CONTENT_API_ROUTES; i++) {
        routes[i] = (struct http_route){
            .path = commands[i].path,
            .prefix = commands[i].respond == answer_unknown,
            .methods = HTTP_POST,
            .cors = HTTP_CORS_LISTED,
            .cors_expose = "X-Stream-Output, X-Chunked-Output, X-Content-Length",
            .local_origins_only = true,
            .respond = commands[i].respond,
            .context = api,
        };
    }
    routes[0].upload = &API_ADD;
    routes[0].body_bytes_max =
        api->options.upload_bytes_max + (uint64_t)CONTENT_API_PARTS_MAX * CONTENT_API_PART_BYTES;
}
