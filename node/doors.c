#include "node/doors.h"

#include <stdio.h>

#include "node/log.h"
#include "rpc/eth/eth.h"
#include "rpc/http/http.h"
#include "state/base/heap.h"

struct doors {
    struct rpc_backend *backend; /* borrowed */
    struct rpc_eth *eth;
    struct http_route rpc_routes[4];
    struct http_server *rpc;
};

static void log_line(void *ctx, const char *line)
{
    (void)ctx;
    log_event(LOG_ERROR, line, NULL);
}

/* ---- the small pages of the JSON-RPC port ---- */

static void answer_root(void *context, struct http_request *request)
{
    const struct doors *doors = context;
    struct http_response response;
    http_response_init(&response, 200, "text/plain; charset=utf-8", 1024);
    mm_buf_printf(&response.body, "%s\nJSON-RPC: POST to this address\n",
                  doors->backend->client_version);
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

static mm_err open_rpc(struct doors *doors, const struct node_options *options,
                       struct mm_reason *reason)
{
    const struct rpc_eth_options eth_options = { .body_bytes_max = options->rpc_body_bytes_max,
                                                 .log = log_line };
    if (rpc_eth_new(&doors->eth, doors->backend, &eth_options) != MM_OK)
        return mm_fail(reason, MM_ERR_NO_MEMORY, "out of memory");
    size_t count = 0;
    doors->rpc_routes[count++] = rpc_eth_route(doors->eth, "/");
    doors->rpc_routes[count++] = (struct http_route){ .path = "/",
                                                      .methods = HTTP_GET,
                                                      .cors = HTTP_CORS_ANY,
                                                      .respond = answer_root,
                                                      .context = doors };
    doors->rpc_routes[count++] = (struct http_route){ .path = "/health",
                                                      .methods = HTTP_GET,
                                                      .cors = HTTP_CORS_ANY,
                                                      .respond = answer_health,
                                                      .context = doors };
    const struct http_options http_options = {
        .host = options->host,
        .port = options->port,
        .threads = options->rpc_threads,
        .host_names = options->rpc_hosts,
        .host_names_count = options->rpc_host_count,
        .origins = options->origins,
        .origins_count = options->origin_count,
        .cors = HTTP_CORS_ANY,
        .routes = doors->rpc_routes,
        .routes_count = count,
    };
    MM_TRY(http_server_start(&doors->rpc, &http_options, reason));
    doors->backend->ports.rpc = http_server_port(doors->rpc);
    return MM_OK;
}

mm_err doors_open(struct doors **out, struct rpc_backend *backend,
                  const struct node_options *options, struct mm_reason *reason)
{
    *out = NULL;
    struct doors *doors = mm_heap_zeroed(1, sizeof *doors);
    if (doors == NULL)
        return mm_fail(reason, MM_ERR_NO_MEMORY, "out of memory");
    doors->backend = backend;
    const mm_err err = open_rpc(doors, options, reason);
    if (err != MM_OK) {
        doors_free(doors);
        return err;
    }
    *out = doors;
    return MM_OK;
}

void doors_stop(struct doors *doors)
{
    if (doors == NULL || doors->rpc == NULL)
        return;
    http_server_stop(doors->rpc);
    doors->rpc = NULL;
}

void doors_free(struct doors *doors)
{
    if (doors == NULL)
        return;
    doors_stop(doors);
    if (doors->eth != NULL)
        rpc_eth_free(doors->eth);
    mm_heap_free(doors);
}
