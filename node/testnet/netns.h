/* A network namespace for each node, so that its links can be cut as cables are: for root, on Linux, with ip(8).
 *
 *     host 10.77.0.254 ── bridge mm0 ──┬── node 1   10.77.0.1        bridge mm1: the island; who is there hears nobody else,
 *                                      ├── node 2   10.77.0.2        not even the host
 *                                      └── …
 *
 * Threads: the testnet's. One such network at a time. */
#ifndef NODE_TESTNET_NETNS_H
#define NODE_TESTNET_NETNS_H

#include "node/testnet/testnet.h"

/* Before nodes start. What an earlier run left is removed first. MM_ERR_IO: no root, no ip. */
MM_MUST_USE mm_err netns_open(struct testnet *testnet, struct mm_reason *reason);
void netns_close(const struct testnet *testnet);
/* To the island, or back. */
void netns_cut(const struct testnet_node *node, bool is_cut);

/* "mm-3" of the third node. */
enum { NETNS_NAME_BYTES = 16 };
void netns_name(char out[NETNS_NAME_BYTES], const struct testnet_node *node);

#endif
