/* Many requests over a few kept connections, each sent as soon as the one before it on its connection was answered: how much a
 * server takes, and how long it lets people wait.
 *
 *     lane 0   request 0 ► answer ► request 2 ► answer …       a connection each
 *     lane 1   request 1 ► answer ► request 3 ► answer …
 *
 * Requests are whole HTTP/1.1 requests that were made before (flow_request), so that while the clock runs nothing is done but to
 * send, to receive and to look for where the answer ends: one thread, about 3 us a request on the reference machine.
 * An answer counts as bad when its status is not 200 or the word "error" with its quotes stands in it; the first one is kept.
 * Waiting times go into buckets of 1/32 of their size.
 * Memory: two buffers of 64 KiB a lane, and the longest answer. Threads: the caller's. */
#ifndef RPC_CLIENT_FLOW_H
#define RPC_CLIENT_FLOW_H

#include "rpc/client/client.h"
#include "state/base/arena.h"

enum { FLOW_LANES_MAX = 256, FLOW_BAD_MAX = 300, FLOW_ANSWER_MAX = 64 << 20 };

/* A POST of JSON, as it goes over the wire; in the arena. */
MM_MUST_USE mm_err flow_request(struct mm_arena *arena, mm_bytes *request, const struct url *url,
                                mm_bytes json);

struct flow_lane {
    const mm_bytes *requests;
    size_t count; /* at least 1 */
};

struct flow_options {
    const struct url *url;
    const struct flow_lane *lanes;
    size_t lane_count; /* 1 to FLOW_LANES_MAX */
    uint64_t for_ms;   /* round and round for so long; 0: each request once */
    uint64_t
        timeout_ms; /* no byte on any connection for so long is an end; 0: the client's default */
};

struct flow_result {
    uint64_t answers;
    uint64_t bad;
    uint64_t bytes; /* of the answers' bodies */
    uint64_t ns;    /* from the first byte sent to the end of the last answer */
    uint64_t p50_ns, p99_ns, max_ns;
    char first_bad[FLOW_BAD_MAX + 1]; /* the beginning of that answer */
};

/* CLIENT_OK also when all answers were bad. Otherwise *result has what was done until then. */
MM_MUST_USE enum client_verdict
flow_run(struct flow_result *result, const struct flow_options *options, struct mm_reason *reason);

#endif
