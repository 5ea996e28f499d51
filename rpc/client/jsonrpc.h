/* JSON-RPC 2.0 calls over a client: one, or many in one request.
 *
 *     jsonrpc_call(client, arena, &reply, &JSONRPC_CALL("eth_getBalance", "[\"0x…\",\"latest\"]"), reason)
 *
 * An answer is believed to be one only when it is: an object with our id and either a result or an error. The members of a
 * batch may come in any order and each id once.
 * Memory: results are in the arena. Threads: the client's. Source: jsonrpc.org/specification. */
#ifndef RPC_CLIENT_JSONRPC_H
#define RPC_CLIENT_JSONRPC_H

#include "rpc/client/client.h"
#include "state/codec/json.h"

enum {
    JSONRPC_ANSWER_BYTES_MAX = 64 << 20,
    JSONRPC_BATCH_MAX = 1000, /* what nodes take */
};

struct jsonrpc_request {
    const char *method; /* escaped as it must be */
    mm_bytes params;    /* a JSON array or object */
};
#define JSONRPC_CALL(name, literal)                                                                \
    (struct jsonrpc_request)                                                                       \
    {                                                                                              \
        .method = (name), .params = MM_BYTES_LIT(literal)                                          \
    }

struct jsonrpc_reply {
    bool is_error;
    struct json result; /* JSON_NULL with an error */
    int64_t code;
    mm_bytes message;
    const struct json *data; /* of the error; NULL when there is none */
};

/* CLIENT_OK whenever the node answered the call, be it with an error. CLIENT_STATUS: HTTP said something else than 200;
 * CLIENT_NOT_HTTP: the body is no JSON-RPC answer. */
MM_MUST_USE enum client_verdict jsonrpc_call(struct client *client, struct mm_arena *arena,
                                             struct jsonrpc_reply *reply,
                                             const struct jsonrpc_request *request,
                                             struct mm_reason *reason);
/* Out: replies[count], in the order of the requests. At most JSONRPC_BATCH_MAX. */
MM_MUST_USE enum client_verdict jsonrpc_batch(struct client *client, struct mm_arena *arena,
                                              struct jsonrpc_reply *replies,
                                              const struct jsonrpc_request *requests, size_t count,
                                              struct mm_reason *reason);

/* An answer's body; ids count from 1. False with a reason when it is none. */
MM_MUST_USE bool jsonrpc_read(struct mm_arena *arena, struct jsonrpc_reply *replies, size_t count,
                              bool is_batch, mm_bytes body, struct mm_reason *reason);

#endif
