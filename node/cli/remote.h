/* The running node that a command speaks to: its JSON-RPC door, and the doors of its content.
 *
 * Every function that asks prints what went wrong, as one line, and gives the exit status; CLI_OK goes on. Results are in the
 * run's arena. */
#ifndef NODE_CLI_REMOTE_H
#define NODE_CLI_REMOTE_H

#include "node/cli/command.h"
#include "rpc/client/jsonrpc.h"

struct remote {
    struct cli_run *run;
    struct client *rpc;     /* owned */
    struct client *api;     /* owned; NULL until asked for */
    struct client *gateway; /* owned; NULL until asked for */
    bool has_ports;         /* asked mintmark_nodeInfo */
    uint16_t api_port;      /* 0: closed or not said */
    uint16_t gateway_port;
};

/* To the URL of --rpc. Nothing is sent yet. */
MM_MUST_USE int remote_open(struct remote *remote, struct cli_run *run);
void remote_close(struct remote *remote);

/* One call; params_format makes the JSON array of its parameters and is given hexadecimal and numbers only. */
MM_MUST_USE int remote_call(struct remote *remote, struct json *result, const char *method,
                            const char *params_format, ...) MM_PRINTF(4, 5);
/* The same with any JSON; an error of the node is in *reply and not printed. */
MM_MUST_USE int remote_ask(struct remote *remote, struct jsonrpc_reply *reply, const char *method,
                           mm_bytes params);
MM_MUST_USE int remote_batch(struct remote *remote, struct jsonrpc_reply *replies,
                             const struct jsonrpc_request *requests, size_t count);
/* Prints a node's error, reverts by their name, and gives CLI_REFUSED, or CLI_FAILED when the request was the mistake. */
int remote_refused(const struct remote *remote, const char *method,
                   const struct jsonrpc_reply *reply);

/* The content doors: --api and --gateway, else what the node says. When a door is closed *client is NULL; that is CLI_OK. */
MM_MUST_USE int remote_find_api(struct remote *remote, struct client **client);
MM_MUST_USE int remote_find_gateway(struct remote *remote, struct client **client);
/* Prints why a client failed, and gives CLI_NO_NODE or CLI_FAILED. */
int remote_failed(const struct remote *remote, enum client_verdict verdict,
                  const struct mm_reason *reason);

/* Results that must be what they are said to be; else the node is not one: printed, CLI_FAILED. */
MM_MUST_USE int remote_u64(struct remote *remote, uint64_t *out, const struct json *result,
                           const char *what);
MM_MUST_USE int remote_u256(struct remote *remote, mm_u256 *out, const struct json *result,
                            const char *what);
MM_MUST_USE int remote_hash(struct remote *remote, mm_hash32 *out, const struct json *result,
                            const char *what);
MM_MUST_USE int remote_data(struct remote *remote, mm_bytes *out, const struct json *result,
                            const char *what);

/* Passes a status other than CLI_OK on. */
#define REMOTE_TRY(expression)                                                                     \
    do {                                                                                           \
        const int remote_status_ = (expression);                                                   \
        if (remote_status_ != CLI_OK)                                                              \
            return remote_status_;                                                                 \
    } while (0)

/* What a revert says: "ERC721NonexistentToken(7)", the text of Error(string), "Panic(0x11)", or "without data". In the arena.
 * (revert.c) */
const char *revert_text(struct mm_arena *arena, mm_bytes data);
/* A value of an error or a call, as people read it: no array of tuples. */
struct abi_type;
struct abi_value;
void revert_add_value(struct mm_buf *text, const struct abi_type *type,
                      const struct abi_value *value);

#endif
