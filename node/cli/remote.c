#include "node/cli/remote.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdlib.h>

#include "state/codec/hex.h"

enum { PARAMS_BYTES_MAX = 1 << 20 };

static int open_client(struct remote *remote, struct client **client, const char *text,
                       const char *bearer)
{
    struct cli_run *run = remote->run;
    struct url url;
    const enum url_verdict verdict = url_parse(&url, mm_bytes_str(text));
    if (verdict != URL_OK)
        return cli_misuse(run, "'%s' is no URL of a node: %s", text, url_verdict_text(verdict));
    const struct client_options options = { .idle_timeout_ms = cli_number(run, "timeout") };
    *client = client_new(&url, &options);
    if (*client == NULL)
        return cli_fail(run, CLI_FAILED, "out of memory");
    client_set_bearer(*client, bearer);
    return CLI_OK;
}

int remote_open(struct remote *remote, struct cli_run *run)
{
    *remote = (struct remote){ .run = run };
    return open_client(remote, &remote->rpc, cli_text(run, "rpc"), NULL);
}

void remote_close(struct remote *remote)
{
    client_free(remote->rpc);
    client_free(remote->api);
    client_free(remote->gateway);
    sodium_memzero(remote->api_token, sizeof remote->api_token);
    *remote = (struct remote){ .run = remote->run };
}

int remote_failed(const struct remote *remote, enum client_verdict verdict,
                  const struct mm_reason *reason)
{
    if (verdict == CLIENT_UNREACHABLE)
        return cli_fail(remote->run, CLI_NO_NODE, "%s (`mintmark` starts a node)", reason->text);
    return cli_fail(remote->run, verdict == CLIENT_LOST ? CLI_NO_NODE : CLI_FAILED, "%s",
                    reason->text);
}

/* ---- calls ---- */

int remote_ask(struct remote *remote, struct jsonrpc_reply *reply, const char *method,
               mm_bytes params)
{
    struct mm_reason reason = { .text = "" };
    const struct jsonrpc_request request = { .method = method, .params = params };
    const enum client_verdict verdict =
        jsonrpc_call(remote->rpc, &remote->run->arena, reply, &request, &reason);
    return verdict == CLIENT_OK ? CLI_OK : remote_failed(remote, verdict, &reason);
}

int remote_batch(struct remote *remote, struct jsonrpc_reply *replies,
                 const struct jsonrpc_request *requests, size_t count)
{
    struct mm_reason reason = { .text = "" };
    const enum client_verdict verdict =
        jsonrpc_batch(remote->rpc, &remote->run->arena, replies, requests, count, &reason);
    return verdict == CLIENT_OK ? CLI_OK : remote_failed(remote, verdict, &reason);
}

/* Revert data stands in `data`, as go-ethereum has it; empty when it is not there. */
static mm_bytes revert_data(struct mm_arena *arena, const struct jsonrpc_reply *reply)
{
    size_t len;
    const struct json *data = reply->data;
    if (data == NULL || data->kind != JSON_STRING || !hex_data_len(&len, data->text))
        return (mm_bytes){ NULL, 0 };
    uint8_t *bytes = mm_arena_alloc(arena, len + 1);
    if (bytes == NULL || !hex_decode(bytes, mm_bytes_from(data->text.ptr + 2, 2 * len)))
        return (mm_bytes){ NULL, 0 };
    return mm_bytes_from(bytes, len);
}

int remote_refused(const struct remote *remote, const char *method,
                   const struct jsonrpc_reply *reply)
{
    struct cli_run *run = remote->run;
    if (reply->code == 3) /* execution reverted */
        return cli_fail(run, CLI_REFUSED, "the contract refused: %s",
                        revert_text(&run->arena, revert_data(&run->arena, reply)));
    const bool is_chain = reply->code == -32000 || reply->code == -32003;
    return cli_fail(run, is_chain ? CLI_REFUSED : CLI_FAILED, "%s: %.*s (%lld)", method,
                    (int)reply->message.len, (const char *)reply->message.ptr,
                    (long long)reply->code);
}

int remote_call(struct remote *remote, struct json *result, const char *method,
                const char *params_format, ...)
{
    struct jsonrpc_reply reply;
    struct mm_buf params;
    char text[4096];
    va_list args;
    *result = (struct json){ .kind = JSON_NULL };
    mm_buf_init(&params, PARAMS_BYTES_MAX);
    va_start(args, params_format);
    const int len = vsnprintf(text, sizeof text, params_format, args);
    va_end(args);
    if (len >= 0 && (size_t)len < sizeof text) {
        mm_buf_add(&params, mm_bytes_from(text, (size_t)len));
    } else if (len >= 0 && len < PARAMS_BYTES_MAX) {
        uint8_t *room = mm_buf_reserve(&params, (size_t)len + 1);
        va_start(args, params_format);
        if (room != NULL && vsnprintf((char *)room, (size_t)len + 1, params_format, args) == len)
            mm_buf_advance(&params, (size_t)len);
        va_end(args);
    }
    int status = CLI_OK;
    if (len < 0 || params.len != (size_t)len)
        status = cli_fail(remote->run, CLI_FAILED, "%s: the request is too long", method);
    else
        status = remote_ask(remote, &reply, method, mm_buf_bytes(&params));
    mm_buf_fini(&params);
    if (status == CLI_OK && reply.is_error)
        status = remote_refused(remote, method, &reply);
    if (status == CLI_OK)
        *result = reply.result;
    return status;
}

/* ---- the content doors ---- */

static uint16_t read_port(const struct json *info, const char *flat, const char *nested)
{
    uint64_t port = 0;
    const struct json *value = json_find(json_find(info, "ports"), nested);
    if (value == NULL)
        value = json_find(info, flat);
    if (value == NULL)
        return 0;
    if (value->kind == JSON_STRING ? !hex_read_u64(&port, value->text) : !json_u64(&port, value))
        return 0;
    return port <= UINT16_MAX ? (uint16_t)port : 0;
}

static int find_ports(struct remote *remote)
{
    struct jsonrpc_reply reply;
    if (remote->has_ports)
        return CLI_OK;
    REMOTE_TRY(remote_ask(remote, &reply, "mintmark_nodeInfo", MM_BYTES_LIT("[]")));
    remote->has_ports = true;
    if (reply.is_error)
        return CLI_OK; /* another kind of node: --api and --gateway say where its content is */
    remote->api_port = read_port(&reply.result, "apiPort", "api");
    remote->gateway_port = read_port(&reply.result, "gatewayPort", "gateway");
    return CLI_OK;
}

/* Another door of the same host. */
static int open_door(struct remote *remote, struct client **client, uint16_t port,
                     const char *bearer)
{
    char text[URL_ORIGIN_MAX + 1];
    struct url url = *client_url(remote->rpc);
    url.port = port;
    url_origin(text, &url);
    return open_client(remote, client, text, bearer);
}

/* Out: *bearer, NULL when no token was named. */
static int read_token(struct remote *remote, const char **bearer)
{
    const char *path = cli_text(remote->run, "api-token-file");
    struct mm_reason reason;
    *bearer = NULL;
    if (path == NULL)
        return CLI_OK;
    if (token_file_read(remote->api_token, path, &reason) != MM_OK)
        return cli_misuse(remote->run, "--api-token-file: %s", reason.text);
    *bearer = remote->api_token;
    return CLI_OK;
}

int remote_find_api(struct remote *remote, struct client **client)
{
    const char *bearer;
    *client = NULL;
    REMOTE_TRY(read_token(remote, &bearer));
    if (remote->api == NULL && cli_is_given(remote->run, "api"))
        REMOTE_TRY(open_client(remote, &remote->api, cli_text(remote->run, "api"), bearer));
    if (remote->api == NULL) {
        REMOTE_TRY(find_ports(remote));
        if (remote->api_port != 0)
            REMOTE_TRY(open_door(remote, &remote->api, remote->api_port, bearer));
    }
    *client = remote->api;
    return CLI_OK;
}

int remote_find_gateway(struct remote *remote, struct client **client)
{
    *client = NULL;
    if (remote->gateway == NULL && cli_is_given(remote->run, "gateway"))
        REMOTE_TRY(open_client(remote, &remote->gateway, cli_text(remote->run, "gateway"), NULL));
    if (remote->gateway == NULL) {
        REMOTE_TRY(find_ports(remote));
        if (remote->gateway_port != 0)
            REMOTE_TRY(open_door(remote, &remote->gateway, remote->gateway_port, NULL));
    }
    *client = remote->gateway;
    return CLI_OK;
}

/* ---- results ---- */

static int not_this(const struct remote *remote, const char *what)
{
    return cli_fail(remote->run, CLI_FAILED, "the node's answer is no %s", what);
}

int remote_u64(struct remote *remote, uint64_t *out, const struct json *result, const char *what)
{
    const bool ok =
        result != NULL && result->kind == JSON_STRING && hex_read_u64(out, result->text);
    return ok ? CLI_OK : not_this(remote, what);
}

int remote_u256(struct remote *remote, mm_u256 *out, const struct json *result, const char *what)
{
    const bool ok =
        result != NULL && result->kind == JSON_STRING && hex_read_u256(out, result->text);
    return ok ? CLI_OK : not_this(remote, what);
}

int remote_hash(struct remote *remote, mm_hash32 *out, const struct json *result, const char *what)
{
    const bool ok =
        result != NULL && result->kind == JSON_STRING && hex_read_hash(out, result->text);
    return ok ? CLI_OK : not_this(remote, what);
}

int remote_data(struct remote *remote, mm_bytes *out, const struct json *result, const char *what)
{
    size_t len;
    *out = (mm_bytes){ NULL, 0 };
    if (result == NULL || result->kind != JSON_STRING || !hex_data_len(&len, result->text))
        return not_this(remote, what);
    uint8_t *bytes = mm_arena_alloc(&remote->run->arena, len + 1);
    if (bytes == NULL)
        return cli_fail(remote->run, CLI_FAILED, "out of memory");
    if (!hex_decode(bytes, mm_bytes_from(result->text.ptr + 2, 2 * len)))
        return not_this(remote, what);
    *out = mm_bytes_from(bytes, len);
    return CLI_OK;
}
