#include "node/doors.h"

#include <sodium.h>
#include <stdio.h>

#include "mintmark_version.h"
#include "node/log/log.h"
#include "node/metrics.h"
#include "node/replication/replication.h"
#include "node/token_file.h"
#include "p2p/content/store.h"
#include "rpc/avatar/avatar.h"
#include "rpc/chat/chat.h"
#include "rpc/content/api.h"
#include "rpc/eth/eth.h"
#include "rpc/gateway/gateway.h"
#include "rpc/gateway/origin.h"
#include "rpc/http/http.h"
#include "rpc/profile/profile.h"
#include "rpc/session/session.h"
#include "rpc/web/web.h"
#include "state/base/heap.h"
#include "state/codec/hex.h"
#include "state/crypto/keccak.h"

enum {
    PAGE_ROUTES = 6, /* JSON-RPC, and the small pages beside it */
    RPC_ROUTES = PAGE_ROUTES + SESSION_ROUTES + PROFILE_ROUTES + AVATAR_OWN_ROUTES,
    METRICS_BYTES_MAX = 1 << 20,
};

struct doors {
    struct rpc_backend *backend; /* borrowed */
    struct rpc_eth *eth;
    struct http_route rpc_routes[RPC_ROUTES];
    struct http_socket_handler rpc_socket;
    struct web web; /* the page, on the JSON-RPC port */
    struct http_server *rpc;
    struct doors_chat chat_options;
    struct chat_gate chat_gate; /* whoever has signed in needs no key */
    struct chat *chat;
    struct backend_persona persona;

    struct content *content; /* borrowed, and so is what tends it */
    struct tend *tend;
    const struct content_elsewhere *elsewhere; /* or NULL */
    struct gateway gateway_door;
    struct sessions *sessions;
    struct profiles profiles;
    struct avatar avatar_door; /* profile pictures: read on the gateway's port, set on the API's */
    struct avatar own_avatars; /* on JSON-RPC's, where people sign in */
    struct http_route gateway_routes[2];
    struct http_server *gateway;
    struct content_api *api_door;
    struct http_route *api_routes; /* owned: its own, and profile pictures */
    struct http_server *api;
    char api_token[TOKEN_FILE_MAX + 1];
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

static struct http_options server_options(const struct node_options *options, uint16_t port,
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

static mm_err open_rpc(struct doors *doors, const struct node_options *options,
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
    struct http_options http =
        server_options(options, options->port, doors->rpc_routes, RPC_ROUTES);
    http.threads = options->rpc_threads;
    http.cors = HTTP_CORS_ANY;
    MM_TRY(http_server_start(&doors->rpc, &http, reason));
    doors->backend->ports.rpc = http_server_port(doors->rpc);
    return MM_OK;
}

/* ---- content ---- */

/* A port that was not asked for and is taken does not stop the node. */
static mm_err open_optional(struct http_server **server, uint16_t *port,
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

/* Under {cid}.ipfs.localhost every path is the root's own. */
static void answer_avatar(void *context, struct http_request *request)
{
    struct doors *doors = context;
    struct cid cid;
    const struct http_route own = avatar_route(&doors->avatar_door, false);
    const bool is_of_root = origin_parse(&cid, http_header(request, "Host")) != ORIGIN_NONE;
    const struct http_route *route = is_of_root ? &doors->gateway_routes[0] : &own;
    route->respond(route->context, request);
}

static mm_err open_gateway(struct doors *doors, const struct node_options *options,
                           struct mm_reason *reason)
{
    if (options->gateway_port < 0)
        return MM_OK;
    doors->gateway_door = (struct gateway){ .content = doors->content,
                                            .elsewhere = doors->elsewhere,
                                            .trust_pages = options->gateway_trust_pages,
                                            .redirects = options->gateway_subdomains };
    doors->gateway_routes[0] = gateway_route(&doors->gateway_door);
    doors->gateway_routes[1] = avatar_route(&doors->avatar_door, false);
    doors->gateway_routes[1].respond = answer_avatar;
    doors->gateway_routes[1].context = doors;
    struct http_options http =
        server_options(options, (uint16_t)options->gateway_port, doors->gateway_routes, 2);
    http.cors = HTTP_CORS_ANY;
    http.connection_bytes = GATEWAY_CONNECTION_BYTES;
    if (doors->elsewhere != NULL)
        http.threads = REPLICATION_GATEWAY_THREADS;
    return open_optional(&doors->gateway, &doors->backend->ports.gateway, &http, "gateway",
                         options->gateway_port_asked, reason);
}

/* tcp://host:port as /ip4/host/tcp/port, which is how IPFS tools write it. */
static const char *multiaddr(struct mm_arena *arena, const char *address)
{
    char text[400];
    const char *host = strstr(address, "://");
    host = host == NULL ? address : host + 3;
    const char *colon = strrchr(host, ':');
    const bool is_ipv6 = host[0] == '[';
    if (colon == NULL || (size_t)(colon - host) < (is_ipv6 ? 2u : 1u))
        return "";
    const int host_len = (int)(colon - host) - (is_ipv6 ? 2 : 0);
    const bool is_ipv4 = strspn(host, "0123456789.") == (size_t)(colon - host);
    (void)snprintf(text, sizeof text, "/%s/%.*s/tcp/%s",
                   is_ipv6   ? "ip6"
                   : is_ipv4 ? "ip4"
                             : "dns",
                   host_len, host + is_ipv6, colon + 1);
    return mm_arena_text(arena, mm_bytes_str(text));
}

static mm_err list_peers(void *context, struct mm_arena *arena, const struct content_api_peer **out,
                         size_t *count)
{
    const struct doors *doors = context;
    const struct backend_peer *peers = NULL;
    MM_TRY(doors->backend->network->peers(doors->backend->ctx, arena, &peers, count));
    struct content_api_peer *list = MM_ARENA_ARRAY(arena, struct content_api_peer, *count + 1);
    if (list == NULL)
        return MM_ERR_NO_MEMORY;
    for (size_t i = 0; i < *count; i++) {
        list[i] = (struct content_api_peer){ .address = multiaddr(arena, peers[i].address),
                                             .is_inbound = peers[i].is_inbound };
        if (list[i].address == NULL)
            return MM_ERR_NO_MEMORY;
        if (!hex_decode(list[i].key.b, mm_bytes_str(peers[i].id)))
            list[i].key = keccak256(mm_bytes_str(peers[i].id));
    }
    *out = list;
    return MM_OK;
}

/* Whoever reaches this door may fill the disk and unpin what is there. */
static mm_err guard_api(struct doors *doors, const struct node_options *options, bool *is_guarded,
                        struct mm_reason *reason)
{
    *is_guarded = true;
    if (options->api_token_path != NULL)
        return token_file_read(doors->api_token, options->api_token_path, reason);
    *is_guarded = node_options_are_local(options);
    if (!*is_guarded && options->api_port_asked)
        return mm_fail(reason, MM_ERR_INVALID,
                       "anyone could use the content API on %s: give --api-token-file FILE, or "
                       "--api-port off",
                       options->host);
    if (!*is_guarded)
        log_event(LOG_WARN,
                  "the content API stays closed: others could reach it, and there is no "
                  "--api-token-file",
                  "host=%s", options->host);
    return MM_OK;
}

static mm_err open_api(struct doors *doors, const struct node_options *options,
                       struct mm_reason *reason)
{
    bool is_guarded;
    if (options->api_port < 0)
        return MM_OK;
    MM_TRY(guard_api(doors, options, &is_guarded, reason));
    if (!is_guarded)
        return MM_OK;
    const struct content_api_options api_options = {
        .content = doors->content,
        .elsewhere = doors->elsewhere,
        .version = MINTMARK_VERSION,
        .peer_key = keccak256(mm_bytes_addr(&doors->backend->coinbase)),
        .peers = doors->backend->network == NULL ? NULL : list_peers,
        .peers_context = doors,
    };
    doors->api_door = content_api_new(&api_options);
    if (doors->api_door == NULL)
        return mm_fail(reason, MM_ERR_NO_MEMORY, "out of memory");
    size_t count;
    const struct http_route *routes = content_api_routes(doors->api_door, &count);
    doors->api_routes = mm_heap_zeroed(count + 1, sizeof *routes);
    if (doors->api_routes == NULL)
        return mm_fail(reason, MM_ERR_NO_MEMORY, "out of memory");
    memcpy(doors->api_routes, routes, count * sizeof *routes);
    doors->api_routes[count] = avatar_route(&doors->avatar_door, true);
    struct http_options http =
        server_options(options, (uint16_t)options->api_port, doors->api_routes, count + 1);
    http.connection_bytes = CONTENT_API_CONNECTION_BYTES;
    http.bearer = options->api_token_path == NULL ? NULL : doors->api_token;
    return open_optional(&doors->api, &doors->backend->ports.api, &http, "api",
                         options->api_port_asked, reason);
}

static mm_err open_all(struct doors *doors, const struct node_options *options,
                       struct mm_reason *reason)
{
    /* JSON-RPC last: it tells clients where the other doors are. */
    MM_TRY(open_gateway(doors, options, reason));
    MM_TRY(open_api(doors, options, reason));
    return open_rpc(doors, options, reason);
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
