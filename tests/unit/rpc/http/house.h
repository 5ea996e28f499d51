/* A server with one route of every kind, for the tests. */
#ifndef TESTS_UNIT_RPC_HTTP_HOUSE_H
#define TESTS_UNIT_RPC_HTTP_HOUSE_H

#include <stdatomic.h>

#include "rpc/http/http.h"

enum { BIG_BYTES = 8 << 20 };

/* What the routes saw. */
struct house_counts {
    atomic_int gone; /* uploads that were let go of */
    atomic_int begun;
    atomic_int freed; /* readers */
    atomic_int deferred;
    atomic_int opened; /* WebSockets */
    atomic_int closed;
};
extern struct house_counts house_counts;

/* Fills in the routes and starts; ends the test when it cannot. */
struct http_server *house_open(struct http_options options);

/* Tickets of POST /later, oldest first; NULL when there is none. Blocks up to wait_ms. */
struct http_later *house_next_later(int wait_ms);
/* The WebSocket that last said "keep", with a reference; NULL when none did. */
struct http_socket *house_kept_socket(void);

void house_complete(struct http_later *later, const char *text);

#endif
