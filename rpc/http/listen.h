/* The listening socket and the thread that accepts from it. */
#ifndef RPC_HTTP_LISTEN_H
#define RPC_HTTP_LISTEN_H

#include "rpc/http/http_internal.h"

/* Sets listen_fd, port and any_address. */
MM_MUST_USE mm_err listen_open(struct http_server *server, struct mm_reason *reason);
void *acceptor_main(void *server);

#endif
