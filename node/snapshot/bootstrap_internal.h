/* Shared by the files of bootstrap.h. */
#ifndef NODE_SNAPSHOT_BOOTSTRAP_INTERNAL_H
#define NODE_SNAPSHOT_BOOTSTRAP_INTERNAL_H

#include <pthread.h>

#include "node/peer/peer.h"
#include "node/snapshot/bootstrap.h"
#include "p2p/gossip/gossip.h"
#include "p2p/snap/snap.h"

/* What a link said. */
struct heard {
    struct heard *next;
    enum links_event_kind kind;
    uint64_t peer;
    node_id id;
    char host[LINKS_HOST_BYTES];
    uint16_t port;
    bool is_inbound;
    struct frame *frame; /* a reference */
};

/* Who a peer is, for bans. */
struct known_peer {
    uint64_t peer; /* 0: the place is free */
    struct peer_who who;
};

struct bootstrap {
    struct bootstrap_options options;
    struct links *links;
    struct gossip *gossip;
    struct snap *snap;
    uint64_t now_ms;
    struct known_peer peers[SNAP_PEERS_MAX];
    size_t dialed; /* addresses that gossip found */
    uint64_t said_ms;
    mm_err failure; /* of the disk */

    pthread_mutex_t lock; /* guards: */
    pthread_cond_t wake;
    struct heard *newest;
};

/* ---- bootstrap_hosts.c: what the two machines ask for ---- */
struct gossip_host bootstrap_gossip_host(struct bootstrap *b);
struct snap_host bootstrap_snap_host(struct bootstrap *b);
struct known_peer *bootstrap_find(struct bootstrap *b, uint64_t peer);

#endif
