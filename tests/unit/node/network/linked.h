/* A node's network over a development chain, with a real link to a peer that a test speaks for.
 * Everything aborts on failure: it is test equipment. */
#ifndef TESTS_UNIT_NODE_NETWORK_LINKED_H
#define TESTS_UNIT_NODE_NETWORK_LINKED_H

#include "node/network/network.h"
#include "tests/lib/dev_chain.h"

struct linked {
    struct dev_chain dev;
    struct pool *pool;
    struct node_key *key, *peer_key;
    struct network *network;
    struct writer *writer;
    struct links *peer;
};

/* With a writer, and a network that is not started. submit: of what peers send. */
void linked_init(struct linked *linked,
                 void (*submit)(void *ctx, struct submit_outcome *outcome, struct tx *tx));
void linked_start(struct linked *linked);
/* Dials the node; `hear` is called from the peer's threads. */
void linked_connect(struct linked *linked,
                    void (*hear)(void *ctx, const struct links_event *event));
/* Peer, network and writer, in the node's order. */
void linked_stop(struct linked *linked);
void linked_fini(struct linked *linked);

#endif
