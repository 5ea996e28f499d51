/* A thread with an MHD daemon of its own. http.h says why MHD does not run the threads itself. */
#ifndef RPC_HTTP_WORKER_H
#define RPC_HTTP_WORKER_H

#include <netinet/in.h>

#include "rpc/http/http_internal.h"

/* An accepted socket on its way through worker->inbox; smaller than PIPE_BUF, so it arrives in one piece. */
struct arrival {
    int fd;
    socklen_t address_len;
    struct sockaddr_in6 address;
};

MM_MUST_USE mm_err worker_start(struct worker *worker, struct mm_reason *reason);
/* From the acceptor. The worker owns the socket afterwards; false when hundreds wait already, because it is stuck in a
 * handler. */
MM_MUST_USE bool worker_give(struct worker *worker, const struct arrival *arrival);
/* From exchange_connection, when the connection has its request object. */
void worker_watch(struct worker *worker, struct http_request *request);
/* From exchange_connection, before the request object goes. */
void worker_unwatch(struct worker *worker, struct http_request *request);
/* From any thread while the worker runs: look for resumed connections. MHD has no such call in the mode we use. */
void worker_wake(struct worker *worker);
/* Also for one that was not started. Its connections are closed. */
void worker_stop(struct worker *worker);

#endif
