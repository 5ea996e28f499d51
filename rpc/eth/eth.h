/* The JSON-RPC door: one body in, one answer out.
 *
 *     body ──► one JSON value ──► a request, or a batch of them, one by one:
 *                method ──► row of the one table (methods.c) ──► parameters read and checked as the row says ──► handler
 *                handler reads an immutable view of the ledger, or asks the backend, and writes its result into the answer
 *
 * The table is the only list of methods: parameters and their types, errors about them, who may call what, rpc_modules, the
 * hardhat_/anvil_ twins, documentation and completion come from it.
 *
 * An answer to a transaction waits for its block: what was sent is then mined, synced and visible by hash, receipt and state, as
 * users of development nodes expect. Handlers do not wait. They gather the tickets of what they sent, and the answer as a
 * whole is held back until the largest of them has settled (backend.h), while the thread goes on with other requests.
 *
 * Words of errors are go-ethereum's, because libraries match on them (errors.c; docs/RPC.md, "Errors").
 *
 * Memory: an arena for the parsed body and one for the member of a batch in work, both kept between requests; the answer is
 * written straight into its buffer. Threads: every function may be called from several at once.
 * Limits: rpc_eth_options. Sources: JSON-RPC 2.0; ethereum/execution-apis; EIP-1898, 1186, 1474, 712, 191. */
#ifndef RPC_ETH_ETH_H
#define RPC_ETH_ETH_H

#include "rpc/backend/backend.h"
#include "rpc/http/http.h"

struct rpc_eth;

enum {
    RPC_ETH_BODY_BYTES_DEFAULT = HTTP_BODY_BYTES_DEFAULT,
    RPC_ETH_BATCH_DEFAULT = 1000,                   /* go-ethereum's */
    RPC_ETH_BATCH_BYTES_DEFAULT = 25 * 1000 * 1000, /* of answers; go-ethereum's */
    RPC_ETH_ANSWER_BYTES_DEFAULT = 256 << 20,       /* of a request that is not in a batch */
    RPC_ETH_LOGS_DEFAULT = 200000,                  /* in one answer */
};

/* Zero means the default. */
struct rpc_eth_options {
    size_t body_bytes_max;
    size_t message_bytes_max; /* of a WebSocket */
    size_t batch_max;
    size_t batch_bytes_max;
    size_t answer_bytes_max;
    size_t logs_max;
    /* A line about an error that nobody foresaw; its number stands in the answer. May be NULL. From any thread. */
    void (*log)(void *log_ctx, const char *line);
    void *log_ctx;
};

/* The backend is borrowed and outlives the door. MM_ERR_NO_MEMORY. */
MM_MUST_USE mm_err rpc_eth_new(struct rpc_eth **eth, const struct rpc_backend *backend,
                               const struct rpc_eth_options *options);
/* After the HTTP server has stopped and all tickets have settled. */
void rpc_eth_free(struct rpc_eth *eth);

/* POST of JSON-RPC at this path. Deferred answers need the server to live until the backend has settled them. */
struct http_route rpc_eth_route(struct rpc_eth *eth, const char *path);

struct rpc_eth_client;

/* WebSockets of JSON-RPC, for the `socket` of a route. */
struct http_socket_handler rpc_eth_socket(struct rpc_eth *eth);

/* What the route does, without HTTP: for other transports and for tests. */
struct rpc_eth_caller {
    bool
        is_trusted; /* not a page of another origin: may sign with the node's keys and change the state from outside */
    struct rpc_eth_client
        *client;      /* NULL: a single request, whose sender cannot be told of anything later */
    uint64_t message; /* of the client's, counted */
};
/* What was written, and what it waits for before it may be shown. */
struct rpc_eth_answer {
    struct mm_buf text;    /* empty when there were only notifications */
    uint64_t ticket;       /* of the backend's */
    struct eth_late *late; /* receipts that are still to be written into it; owned */
};
/* Fills an answer that is finished with rpc_eth_answer_fini, whatever this gives. MM_ERR_NO_MEMORY: there is none. */
MM_MUST_USE mm_err rpc_eth_serve(struct rpc_eth *eth, struct rpc_eth_answer *answer, mm_bytes body,
                                 const struct rpc_eth_caller *caller);
/* True: it is whole and may be shown. False: done(arg) will be called once, from another thread, when it is; until then nobody
 * touches it. */
bool rpc_eth_settle(struct rpc_eth *eth, struct rpc_eth_answer *answer, void (*done)(void *arg),
                    void *arg);
void rpc_eth_answer_fini(struct rpc_eth_answer *answer);
/* Before the transports stop: answers that wait for a receipt are given up, and nobody waits for one any more. */
void rpc_eth_stop(struct rpc_eth *eth);

/* A connection that stays. Its answers and notifications go to the sink, from any thread; whether they were taken. */
struct rpc_eth_sink {
    void *ctx;
    bool (*send)(void *ctx, struct mm_buf *taken_text);
    void (*free)(void *ctx); /* once, when nothing is sent any more; may be NULL */
};
/* NULL: no memory; the sink is then still the caller's. */
struct rpc_eth_client *rpc_eth_client_new(struct rpc_eth *eth, const struct rpc_eth_sink *sink,
                                          bool is_trusted);
/* A request or batch; from one thread at a time. */
void rpc_eth_client_message(struct rpc_eth_client *client, mm_bytes text);
/* Ends its subscriptions. Answers that wait for their block may still go to the sink. */
void rpc_eth_client_close(struct rpc_eth_client *taken_client);

/* ---- what was asked ---- */

/* Of the methods with one prefix ("eth"), and of those that are not there ("unknown"), since the start. */
struct rpc_eth_group {
    mm_bytes name; /* of the table: not owned */
    uint64_t requests;
    uint64_t errors; /* answered at once with an error */
};
enum { RPC_ETH_GROUPS_MAX = 32 };
/* How many. */
size_t rpc_eth_groups(const struct rpc_eth *eth, struct rpc_eth_group groups[RPC_ETH_GROUPS_MAX]);

/* ---- the table, for documentation and completion ---- */

enum { RPC_ETH_PARAMS_MAX = 4 };

struct rpc_eth_param_doc {
    const char *name;
    const char *type; /* "address", "block", … */
    bool is_optional;
};

struct rpc_eth_method_doc {
    const char *name;
    const char *
        twin; /* another name of the same method, or NULL: only its prefix, "anvil_" for "hardhat_…" */
    struct rpc_eth_param_doc params[RPC_ETH_PARAMS_MAX];
    size_t param_count;
    bool is_dev_only;
};

size_t rpc_eth_method_count(void);
struct rpc_eth_method_doc rpc_eth_method(size_t index);

#endif
