#include "node/doors.h"

#include <sodium.h>

#include "node/doors_internal.h"
#include "node/log/log.h"
#include "state/base/heap.h"

struct http_options doors_http(const struct node_options *options, uint16_t port,
                               const struct http_route *routes, size_t route_count)
{
    return (struct http_options){
        .host = options->host,
        .port = port,
        .host_names = options->rpc_hosts,
        .host_names_count = options->rpc_host_count,
        .origins = options->origins,
        .origins_count = options->origin_count,
        .routes = routes,
        .routes_count = route_count,
    };
}

mm_err doors_open_optional(struct http_server **server, uint16_t *port,
                           const struct http_options *http, const char *name, bool is_asked,
                           struct mm_reason *reason)
{
    const mm_err err = http_server_start(server, http, reason);
    if (err == MM_OK) {
        *port = http_server_port(*server);
        return MM_OK;
    }
    if (err != MM_ERR_BUSY || is_asked)
        return err;
    log_event(LOG_WARN, "the port is taken: the node goes on without this door", "door=%s port=%u",
              name, http->port);
    return MM_OK;
}

static mm_err open_all(struct doors *doors, const struct node_options *options,
                       struct mm_reason *reason)
{
    /* JSON-RPC last: it tells clients where the other doors are. */
    MM_TRY(doors_open_gateway(doors, options, reason));
    MM_TRY(doors_open_api(doors, options, reason));
    return doors_open_rpc(doors, options, reason);
}

/* Who is signed in, and what an address shows. */
static mm_err open_profiles(struct doors *doors, struct mm_reason *reason)
{
    const struct rpc_backend *backend = doors->backend;
    const struct sessions_options options = { backend->chain_id, backend->ctx };
    doors->sessions = sessions_new(&options);
    if (doors->sessions == NULL)
        return mm_fail(reason, MM_ERR_NO_MEMORY, "out of memory");
    doors->profiles = (struct profiles){ .content = doors->content,
                                         .ledger = backend->ledger,
                                         .natives = backend->natives,
                                         .sessions = doors->sessions,
                                         .chain_id = backend->chain_id,
                                         .ctx = backend->ctx };
    doors->avatar_door = (struct avatar){ .content = doors->content,
                                          .chain_id = backend->chain_id,
                                          .ctx = backend->ctx,
                                          .profiles = &doors->profiles };
    doors->own_avatars = doors->avatar_door;
    doors->own_avatars.sessions = doors->sessions;
    return MM_OK;
}

mm_err doors_open(struct doors **out, struct rpc_backend *backend,
                  const struct doors_content *content, const struct doors_chat *chat,
                  const struct node_options *options, struct mm_reason *reason)
{
    *out = NULL;
    struct doors *doors = mm_heap_zeroed(1, sizeof *doors);
    if (doors == NULL)
        return mm_fail(reason, MM_ERR_NO_MEMORY, "out of memory");
    doors->backend = backend;
    doors->content = content->content;
    doors->tend = content->tend;
    doors->elsewhere = content->elsewhere;
    doors->chat_options = *chat;
    mm_err err = open_profiles(doors, reason);
    if (err == MM_OK)
        err = open_all(doors, options, reason);
    if (err != MM_OK) {
        doors_free(doors);
        return err;
    }
    *out = doors;
    return MM_OK;
}

static void stop(struct http_server **server)
{
    if (*server != NULL)
        http_server_stop(*server);
    *server = NULL;
}

void doors_stop(struct doors *doors)
{
    if (doors == NULL)
        return;
    if (doors->eth != NULL)
        rpc_eth_stop(doors->eth);
    chat_stop(doors->chat);
    stop(&doors->rpc);
    stop(&doors->api);
    stop(&doors->gateway);
}

void doors_free(struct doors *doors)
{
    if (doors == NULL)
        return;
    doors_stop(doors);
    doors->backend->persona = NULL;
    chat_free(doors->chat);
    if (doors->eth != NULL)
        rpc_eth_free(doors->eth);
    if (doors->api_door != NULL)
        content_api_free(doors->api_door);
    sessions_free(doors->sessions);
    mm_heap_free(doors->api_routes);
    sodium_memzero(doors->api_token, sizeof doors->api_token);
    mm_heap_free(doors);
}
