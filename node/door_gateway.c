/* The door of /ipfs. */
#include "node/doors_internal.h"
#include "node/replication/replication.h"
#include "rpc/gateway/origin.h"

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

mm_err doors_open_gateway(struct doors *doors, const struct node_options *options,
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
        doors_http(options, (uint16_t)options->gateway_port, doors->gateway_routes, 2);
    http.cors = HTTP_CORS_ANY;
    http.connection_bytes = GATEWAY_CONNECTION_BYTES;
    if (doors->elsewhere != NULL)
        http.threads = REPLICATION_GATEWAY_THREADS;
    return doors_open_optional(&doors->gateway, &doors->backend->ports.gateway, &http, "gateway",
                               options->gateway_port_asked, reason);
}
