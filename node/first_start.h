/* The first start of a node that begins with a snapshot: its folder is filled before the chain is opened.
 *
 *     --sync snapshot, and no chain in the folder ─► peers (node/snapshot) ─► a chain that begins at a recent block ─► node.c goes on
 *
 * Threads: main's, before there are others. */
#ifndef NODE_FIRST_START_H
#define NODE_FIRST_START_H

#include "node/import/chain.h"
#include "node/membership.h"

/* Whether the options ask for it; MM_ERR_INVALID where they cannot. */
MM_MUST_USE mm_err first_start_check(const struct node_options *options, struct mm_reason *reason);
/* Takes the store over and closes it. There is a chain already, or the network's is short: nothing is done. MM_ERR_STOPPED: SIGINT or
 * one of its kin came. Signals of that kind are blocked. */
MM_MUST_USE mm_err first_start(struct kv *kv, const struct chain_options *chain,
                               const struct node_options *options, struct membership *membership,
                               const char *client, struct mm_reason *reason);

#endif
