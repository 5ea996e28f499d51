/* The door of JSON-RPC, and what stands beside it on that port. */
#include "node/doors_internal.h"
#include "node/log/log.h"
#include "node/metrics.h"

enum { METRICS_BYTES_MAX = 1 << 20 };

static void log_line(void *ctx, const char *line)
{
    (void)ctx;
    log_event(LOG_ERROR, line, NULL);
}

static void answer_root(void *context, struct http_request *request)
{
    const struct doors *doors = context;
    struct http_response response;
    if (web_is_wanted(request)) {
        web_answer_page(&doors->web, request);
        return;
    }
    http_response_init(&response, 200, "text/plain; charset=utf-8", 1024);
    mm_buf_printf(&response.body,
                  "%s\nJSON-RPC: POST to this address, or WebSocket; in a browser, a page\n",
                  doors->backend->client_version);
    http_response_header(&response, "Vary", MM_BYTES_LIT("Accept"));
    http_answer(request, &response);
}

static void answer_health(void *context, struct http_request *request)
{
    const struct doors *doors = context;
    struct ledger_view *view = ledger_acquire(doors->backend->ledger);
    struct http_response response;
    http_response_init(&response, 200, "application/json", 1024);
    mm_buf_printf(&response.body, "{\"status\":\"ok\",\"head\":%llu}\n",
                  (unsigned long long)ledger_head(view));
    ledger_release(view);
    http_answer(request, &response);
}

static void answer_metrics(void *context, struct http_request *request)
{
    const struct doors *doors = context;
    const struct metrics metrics = {
        .backend = doors->backend,
        .eth = doors->eth,
        .content = doors->content,
        .tend = doors->tend,
        .elsewhere = doors->elsewhere,
        .doors = { { "rpc", doors->rpc }, { "gateway", doors->gateway }, { "api", doors->api } },
        .door_count = METRICS_DOORS_MAX,
    };
    struct http_response response;
    http_response_init(&response, 200, METRICS_CONTENT_TYPE, METRICS_BYTES_MAX);
    metrics_write(&response.body, &metrics);
    http_answer(request, &response);
}

static bool find_signed_in(void *ctx, mm_addr *addr, struct http_request *request)
{
    return sessions_find_own(ctx, addr, request);
}

static mm_err open_chat(struct doors *doors)
{
    doors->chat_gate = (struct chat_gate){ doors->sessions, find_signed_in };
    const struct chat_options options = {
        .eth = doors->eth,
        .backend = doors->backend,
        .content = doors->content,
        .elsewhere = doors->elsewhere,
        .service = doors->chat_options.service,
        .needs_no_key = doors->backend->is_dev,
        .rate_per_minute = doors->chat_options.rate_per_minute,
        .remote = doors->chat_options.remote,
        .remote_key = doors->chat_options.remote_key,
        .gate = &doors->chat_gate,
    };
    MM_TRY(chat_new(&doors->chat, &options));
    doors->persona = chat_persona(doors->chat);
    doors->backend->persona = &doors->persona;
    return MM_OK;
}

mm_err doors_open_rpc(struct doors *doors, const struct node_options *options,
                      struct mm_reason *reason)
{
    const struct rpc_eth_options eth_options = { .body_bytes_max = options->rpc_body_bytes_max,
                                                 .log = log_line };
    if (rpc_eth_new(&doors->eth, doors->backend, &eth_options) != MM_OK)
        return mm_fail(reason, MM_ERR_NO_MEMORY, "out of memory");
    if (open_chat(doors) != MM_OK)
        return mm_fail(reason, MM_ERR_NO_MEMORY, "out of memory");
    doors->rpc_socket = rpc_eth_socket(doors->eth);
    doors->rpc_routes[0] = rpc_eth_route(doors->eth, "/");
    doors->rpc_routes[1] = (struct http_route){ .path = "/",
                                                .methods = HTTP_GET,
                                                .cors = HTTP_CORS_ANY,
                                                .respond = answer_root,
                                                .socket = &doors->rpc_socket,
                                                .context = doors };
    doors->rpc_routes[2] = (struct http_route){ .path = "/health",
                                                .methods = HTTP_GET,
                                                .cors = HTTP_CORS_ANY,
                                                .respond = answer_health,
                                                .context = doors };
    doors->rpc_routes[3] = (struct http_route){
        .path = "/metrics", .methods = HTTP_GET, .respond = answer_metrics, .context = doors
    };
    doors->web = (struct web){ .gateway_port = &doors->backend->ports.gateway,
                               .api_port = &doors->backend->ports.api };
    doors->rpc_routes[4] = web_route(&doors->web);
    doors->rpc_routes[5] = chat_route(doors->chat);
    sessions_routes(&doors->rpc_routes[PAGE_ROUTES], doors->sessions);
    profiles_routes(&doors->rpc_routes[PAGE_ROUTES + SESSION_ROUTES], &doors->profiles);
    avatar_own_routes(&doors->rpc_routes[PAGE_ROUTES + SESSION_ROUTES + PROFILE_ROUTES],
                      &doors->own_avatars);
    struct http_options http = doors_http(options, options->port, doors->rpc_routes, RPC_ROUTES);
    http.threads = options->rpc_threads;
    http.cors = HTTP_CORS_ANY;
    MM_TRY(http_server_start(&doors->rpc, &http, reason));
    doors->backend->ports.rpc = http_server_port(doors->rpc);
    return MM_OK;
}
