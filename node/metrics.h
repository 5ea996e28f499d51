/* What the node counts, as text that Prometheus reads: GET /metrics on the JSON-RPC port.
 *
 * Counters are relaxed atomics where things happen; all else is looked up when somebody asks.
 * Memory: the caller's buffer. Threads: any.
 * Source: Prometheus, "Exposition formats", text format 0.0.4. */
#ifndef NODE_METRICS_H
#define NODE_METRICS_H

#include "node/content/tend.h"
#include "rpc/backend/backend.h"
#include "rpc/eth/eth.h"

#define METRICS_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"

struct metrics_door {
    const char *name;
    const struct http_server *server; /* NULL: closed */
};

enum { METRICS_DOORS_MAX = 3 };

struct metrics {
    const struct rpc_backend *backend;
    const struct rpc_eth *eth;
    struct content *content; /* NULL: none */
    struct tend *tend;       /* NULL: nobody tends it */
    struct metrics_door doors[METRICS_DOORS_MAX];
    size_t door_count;
};

/* The buffer's error says when it did not fit. */
void metrics_write(struct mm_buf *out, const struct metrics *metrics);

#endif
