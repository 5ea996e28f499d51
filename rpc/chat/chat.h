/* Talking with a token: an OpenAI-shaped door in front of what its specification says it is.
 *
 *     GET  /ainft/<collection>/<token>/metadata.json             the file at its URI with the chain's traits, and what else it says
 *     GET  /ainft/<collection>/<token>/v1/models                 the one model, with greeting and chat starters
 *     POST /ainft/<collection>/<token>/v1/chat/completions       a reply, whole or as events ("stream": true)
 *     POST /ainft/<collection>/<token>/v1/prepare                what to sign for a conversation to be saved (EIP-712)
 *     POST /ainft/<collection>/<token>/v1/save                   saves it: a transcript, and an entry of the token's history
 *
 *     who asks? ──► how often? ──► the token, at the head ──► its specification, from the store, by digest
 *     (session)     (rate)         (owner, agent, facts)              │
 *                                                       script ◄──────┴──────► remote
 *                                                 (rpc/persona, here)   (the operator's URL, in a thread of its own)
 *                                                          │                     │
 *                                                          └──► reply, signed by the service key ◄──┘
 *
 * A node answers for the tokens whose agent wallet is its service key, and for no others: what it says it signs, and the chain says who
 * may sign. When the token is sold the agent is gone, and so is the door.
 *
 * Nothing of a conversation is kept here: the client sends all of it each time, as OpenAI's clients do. A reply comes with `ainft`: the
 * block whose facts it used, the specification's version, hashes of what it answers and of itself, and the service's signature
 * (rpc/transcript/talk.h). Saving takes them back, checks them, and needs one signature of the author's.
 *
 * What the chain says is asked of JSON-RPC's own methods, in the process: state, gas, sending, waiting for the receipt.
 *
 * Errors are OpenAI's, {"error":{"message","type","param","code"}}: 400, 401 no session, 402 too few credits, 404 no such token, or it
 * has no persona here, 409, 413, 429 with Retry-After, 502 the remote failed, 503.
 * Memory: an arena a request. Threads: any number of workers; a thread for each remote talk, CHAT_REMOTE_TALKS_MAX of them.
 * Limits: below, those of rpc/transcript/talk.h and rpc/persona. */
#ifndef RPC_CHAT_CHAT_H
#define RPC_CHAT_CHAT_H

#include "p2p/content/elsewhere.h"
#include "rpc/client/url.h"
#include "rpc/eth/eth.h"
#include "rpc/http/http.h"

enum {
    CHAT_RATE_DEFAULT = 60,    /* requests a minute: as fast as anybody types, ten times over */
    CHAT_RATE_PLACES = 4,      /* an address on the network may have so many sessions' worth */
    CHAT_REMOTE_TALKS_MAX = 8, /* threads that wait for a remote */
    CHAT_REMOTE_MS_MAX = 120 * 1000, /* for one reply, whatever the remote does */
    CHAT_REMOTE_IDLE_MS = 30 * 1000, /* without a byte of the remote's: models load slowly */
    CHAT_REMOTE_CONNECT_MS = 5 * 1000,
    CHAT_REMOTE_BYTES_MAX = 4 << 20,  /* of an answer with all that is around the words */
    CHAT_REMOTE_LINE_MAX = 64 << 10,  /* of one event */
    CHAT_REMOTE_TOKENS_DEFAULT = 512, /* asked for where the specification says nothing */
    CHAT_REMOTE_KEY_MAX = 512,        /* bytes of the remote's key */
    CHAT_ARENA_BYTES = 64 << 20, /* of a request: script, transcript and answer many times over */
    CHAT_SAVE_AHEAD_MAX_S = 60 * 60, /* of a signature's deadline */
};

struct chat;

/* Another way to know who asks, for those who have signed in elsewhere: asked when the request has no key of ours, nor an address
 * that is believed. Pages of every origin reach this door (CORS): a gate that goes by a cookie looks at whose page it came from. */
struct chat_gate {
    void *ctx;
    /* False: nobody is signed in. */
    bool (*who)(void *ctx, mm_addr *addr, struct http_request *request);
};

struct chat_options {
    struct rpc_eth *eth; /* borrowed, as all that follows; outlives the door */
    const struct rpc_backend *backend;
    struct content *content;
    const struct content_elsewhere *elsewhere; /* or NULL */
    const struct secp_secret *service;         /* NULL: the node answers for no token */
    bool needs_no_key;            /* a development node: an address is believed, and so is nobody */
    unsigned rate_per_minute;     /* 0: the default */
    const struct url *remote;     /* NULL: specifications of engine openai are not served */
    const char *remote_key;       /* NULL: none is sent */
    const struct chat_gate *gate; /* NULL: none */
};

MM_MUST_USE mm_err chat_new(struct chat **chat, const struct chat_options *options);
/* No talk with a remote goes on; may take as long as a look-up of its name. Before the HTTP server stops. */
void chat_stop(struct chat *chat);
/* After the server has stopped, and JSON-RPC has settled all that waited. */
void chat_free(struct chat *chat);
/* For a server's table. */
struct http_route chat_route(struct chat *chat);
/* For backend->persona: ainft_verifyHistory. */
struct backend_persona chat_persona(struct chat *chat);

#endif
