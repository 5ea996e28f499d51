/* Replication: the machine of p2p/replicate on a thread of its own, between links, store and doors.
 *
 *     links ── up, down, frames of content ──►┐                        ┌──► network_send_content, network_cut_off
 *     doors ── fetch, wait ──────────────────►│ events ─► this thread ─┤
 *     ledger ── validators ──────────────────►┘                        └──► content store (blocks in, blocks out)
 *
 * It has a thread of its own because it reads, hashes and syncs: the network's has votes to pass on.
 * Memory: frames that wait are bounded by the links, which read no more of a peer that has too many here.
 * Threads: replication_new to _free from the owner; the functions of the table from any. */
#ifndef NODE_REPLICATION_REPLICATION_H
#define NODE_REPLICATION_REPLICATION_H

#include "node/network/network.h"
#include "p2p/content/elsewhere.h"
#include "state/crypto/secp.h"

enum {
    REPLICATION_FETCH_MS = 10000, /* for one block that a door waits for */
    REPLICATION_FETCHES_MAX = 6,  /* at once: each keeps a worker of the gateway waiting */
    REPLICATION_GATEWAY_THREADS = 8,
};
_Static_assert((int)REPLICATION_FETCHES_MAX < (int)REPLICATION_GATEWAY_THREADS,
               "what is here is served while other things are waited for");

struct replication;

struct replication_options {
    struct ledger *ledger;
    struct content *content;
    struct network *network;  /* they outlive it */
    const mm_addr *validator; /* NULL: an observer. Copied */
};

/* From then on the network tells it of peers; before network_start. After a failure, too, it is to be freed. */
MM_MUST_USE mm_err replication_new(struct replication **replication,
                                   const struct replication_options *options);
/* Its thread begins; after network_start, for it sends. */
MM_MUST_USE mm_err replication_run(struct replication *replication);
/* Its thread ends; who waits is answered, and who asks afterwards gets nothing. Before the doors and the network stop. NULL is fine. */
void replication_stop(struct replication *replication);
/* After the network has stopped, and the doors. NULL is fine. */
void replication_free(struct replication *replication);

const struct content_elsewhere *replication_elsewhere(struct replication *replication);

#endif
