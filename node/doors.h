/* The doors of a node: what listens, and on which port.
 *
 *     8545  POST /        JSON-RPC           GET /  the page, or a line      GET /web/…, /health, /metrics
 *           /session, /profile/…, /avatar/…, /avatar.js: who is signed in and what they show
 *           /ainft/…      talking with tokens
 *     8080  GET /ipfs/…   content gateway, an origin of its own: pictures from strangers never share one with JSON-RPC; and
 *           GET /…        at {cid}.ipfs.localhost, an origin for each root
 *     5001  /api/v0/…     content API
 *
 * The last two share the node's content store.
 * Threads: all from the owner. */
#ifndef NODE_DOORS_H
#define NODE_DOORS_H

#include "node/content/tend.h"
#include "node/node.h"
#include "p2p/content/elsewhere.h"
#include "rpc/backend/backend.h"
#include "rpc/client/url.h"

struct doors;

/* What the node keeps; borrowed until doors_free. */
struct doors_content {
    struct content *content;
    struct tend *tend;                         /* may be NULL */
    const struct content_elsewhere *elsewhere; /* NULL: there are no other nodes */
};

/* Who speaks for tokens; borrowed likewise. */
struct doors_chat {
    const struct secp_secret *service; /* NULL: nobody */
    const struct url *remote;          /* NULL: none */
    const char *remote_key;            /* NULL: none */
    unsigned rate_per_minute;
};

/* Fills backend->ports and backend->persona. MM_ERR_BUSY: the JSON-RPC port, or another that was asked for, is taken. */
MM_MUST_USE mm_err doors_open(struct doors **doors, struct rpc_backend *backend,
                              const struct doors_content *content, const struct doors_chat *chat,
                              const struct node_options *options, struct mm_reason *reason);
/* Nothing new comes in; requests in work are answered first, as long as that does not take too long. */
void doors_stop(struct doors *doors);
/* After the writer has ended: until then it may still call back about answers that were held. */
void doors_free(struct doors *doors);

#endif
