/* What makes a node one of a network instead of a development chain of its own: its keys, and the network that it joins.
 *
 *     validator key   secp256k1, 64 hex digits in a file: its address votes and builds. Without one the node observes
 *     node key        Ed25519 seed, 64 hex digits in a file: who it is to other nodes. DATA/node.key, made at the first start
 *
 * Memory: secrets in locked memory, and wiped from where they were read. Threads: the owner's; the network has its own. */
#ifndef NODE_MEMBERSHIP_H
#define NODE_MEMBERSHIP_H

#include "node/network/network.h"
#include "node/node.h"
#include "p2p/link/ban.h"

struct membership {
    struct secp_secret *validator; /* NULL: an observer */
    struct node_key *key;
    struct bans bans;        /* of all its links: those that fetch a snapshot, and the network's */
    struct network *network; /* from membership_join on */
};

/* Whether these options ask for a network. */
bool membership_is_wanted(const struct node_options *options);

/* Reads the keys, and makes a node key where there is none. */
MM_MUST_USE mm_err membership_new(struct membership **membership,
                                  const struct node_options *options, struct mm_reason *reason);
/* After the network has stopped and the writer, too. NULL is fine. */
void membership_free(struct membership *membership);

struct membership_chain {
    struct ledger *ledger;
    struct pool *pool;
    struct seal_domain domain;
    const char *client;
    void *ctx;
    /* As network_options has it. */
    void (*submit)(void *ctx, struct submit_outcome *outcome, struct tx *tx);
};
MM_MUST_USE mm_err membership_join(struct membership *membership,
                                   const struct node_options *options,
                                   const struct membership_chain *chain, struct mm_reason *reason);

#endif
