/* What the doors are made of, by file:
 *
 *     doors.c     open and closed together, and whose they are      door_gateway.c   8080
 *     door_rpc.c  8545, and the small pages there                   door_api.c       5001 */
#ifndef NODE_DOORS_INTERNAL_H
#define NODE_DOORS_INTERNAL_H

#include "node/doors.h"
#include "node/token_file.h"
#include "rpc/avatar/avatar.h"
#include "rpc/chat/chat.h"
#include "rpc/content/api.h"
#include "rpc/eth/eth.h"
#include "rpc/gateway/gateway.h"
#include "rpc/http/http.h"
#include "rpc/profile/profile.h"
#include "rpc/session/session.h"
#include "rpc/web/web.h"

enum {
    PAGE_ROUTES = 6, /* JSON-RPC, and the small pages beside it */
    RPC_ROUTES = PAGE_ROUTES + SESSION_ROUTES + PROFILE_ROUTES + AVATAR_OWN_ROUTES,
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

/* ---- doors.c ---- */
/* What every door is told: whose names and origins it takes. */
struct http_options doors_http(const struct node_options *options, uint16_t port,
                               const struct http_route *routes, size_t route_count);
/* A port that was not asked for and is taken does not stop the node. */
MM_MUST_USE mm_err doors_open_optional(struct http_server **server, uint16_t *port,
                                       const struct http_options *http, const char *name,
                                       bool is_asked, struct mm_reason *reason);

/* ---- door_rpc.c ---- */
/* Last: it tells clients where the other doors are. */
MM_MUST_USE mm_err doors_open_rpc(struct doors *doors, const struct node_options *options,
                                  struct mm_reason *reason);

/* ---- door_gateway.c ---- */
MM_MUST_USE mm_err doors_open_gateway(struct doors *doors, const struct node_options *options,
                                      struct mm_reason *reason);

/* ---- door_api.c ---- */
MM_MUST_USE mm_err doors_open_api(struct doors *doors, const struct node_options *options,
                                  struct mm_reason *reason);

#endif
