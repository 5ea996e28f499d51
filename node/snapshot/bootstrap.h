/* A node's first start with a snapshot: links, gossip for who else is there, and the machine that fetches (p2p/snap), until the state
 * is here. Then they are closed, and the node starts as any other does.
 *
 *     links' threads ── up, frames, down ──► queue ──► the caller's thread ──► gossip, snap ──► ledger_restore
 *
 * It dials and does not listen: nobody can be served yet. To its peers it is a node at block 0 that takes no transactions.
 * Memory: what waits is bounded by the links (frames of a peer). Threads: the caller's until it returns, and those of the links. */
#ifndef NODE_SNAPSHOT_BOOTSTRAP_H
#define NODE_SNAPSHOT_BOOTSTRAP_H

#include "node/import/restore.h"
#include "p2p/link/link.h"

struct bootstrap_options {
    struct chain_restore *restore;
    const struct node_key *key;
    struct bans *bans; /* who lied in the snapshot is not to lie in the blocks after it */
    const char *client;
    const char *const *urls; /* of links_dial */
    const node_id *ids;      /* whom to expect there, where has_id says so */
    const bool *has_id;
    size_t url_count;
    void *ctx;
    bool (*is_stopping)(void *ctx); /* asked several times a second */
};

enum bootstrap_end {
    BOOTSTRAP_DONE,    /* all is there; chain_restore_finish is what is left */
    BOOTSTRAP_SHORT,   /* the network's chain is not worth it */
    BOOTSTRAP_STOPPED, /* as it was told */
};

MM_MUST_USE mm_err bootstrap_run(enum bootstrap_end *end, const struct bootstrap_options *options,
                                 struct mm_reason *reason);

#endif
