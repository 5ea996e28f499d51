/* The door of /api/v0. */
#include <stdio.h>

#include "mintmark_version.h"
#include "node/doors_internal.h"
#include "node/log/log.h"
#include "state/base/heap.h"
#include "state/codec/hex.h"
#include "state/crypto/keccak.h"

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

mm_err doors_open_api(struct doors *doors, const struct node_options *options,
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
        doors_http(options, (uint16_t)options->api_port, doors->api_routes, count + 1);
    http.connection_bytes = CONTENT_API_CONNECTION_BYTES;
    http.bearer = options->api_token_path == NULL ? NULL : doors->api_token;
    return doors_open_optional(&doors->api, &doors->backend->ports.api, &http, "api",
                               options->api_port_asked, reason);
}
