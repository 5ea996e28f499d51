/* The network's inside, by file:
 *
 *     network.c   life, and what the node says             spread.c    gossip's host: pool, consensus, addresses
 *     hear.c      what the links say                       catch_up.c  sync's host: blocks out of and into the chain
 *     events.c    what waits, in order                     blocks.c    a block as it travels
 *     turns.c     the thread                               look.c      what others see of it
 *     peers.c     who is there */
#ifndef NODE_NETWORK_NETWORK_INTERNAL_H
#define NODE_NETWORK_NETWORK_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "node/network/network.h"
#include "node/peer/peer.h"
#include "node/snapshot/serve.h"
#include "p2p/clock/clock.h"
#include "p2p/gossip/gossip.h"

enum {
    NETWORK_LOOK_MS = 200,  /* how old what others see may be */
    NETWORK_HEAP_COST = 16, /* what the heap adds to each thing, roughly */
};

enum event_kind {
    EVENT_UP,
    EVENT_FRAME,
    EVENT_DOWN,
    EVENT_SAY, /* a message of our own consensus */
    EVENT_TX,
    EVENT_CUT_OFF, /* of a peer, by whoever has the frames of content */
};

/* Of one that came up. */
struct event_peer {
    node_id id;
    char host[LINKS_HOST_BYTES];
    uint16_t port;
    bool is_inbound;
};

/* Small, for a peer's frames may be as small and many of them wait: links count LINKS_HELD_FRAME_COST for each. */
struct event {
    struct event *next;
    enum event_kind kind;
    uint64_t peer; /* UP, FRAME, DOWN, CUT_OFF */
    union {
        struct event_peer *up; /* owned: UP */
        struct frame *frame;   /* a reference: FRAME, SAY */
        mm_hash32 hash;        /* TX */
        uint64_t ban_ms;       /* CUT_OFF */
    };
};
_Static_assert(sizeof(struct event) + 2 * NETWORK_HEAP_COST <= LINKS_HELD_FRAME_COST,
               "what waits of a peer is counted");

struct event_queue {
    struct event *oldest;
    struct event *newest;
};

/* What the writer is asked to import. */
struct network_import {
    const struct sync_block *blocks; /* sync's */
    size_t count;
    uint64_t token;
    bool waits; /* the writer could not take it yet */
};

/* What the writer made of an import. Sync has one at a time, so there is a place for one, which takes no memory: an answer that was
 * lost would leave sync waiting for ever. */
struct network_answer {
    uint64_t token;
    size_t count; /* of the import, the first so many are in the chain */
    bool is_refused;
    struct mm_reason verdict;
};

/* What the thread wakes for; all of it may be there at once, or nothing. */
struct network_news {
    struct event *event; /* owned, or NULL */
    bool has_head;       /* a new head was told */
    bool has_answer;
    struct network_answer answer;
};

/* Who a peer is, for bans and blame. */
struct network_who {
    uint64_t peer; /* 0: the place is free */
    struct peer_who who;
};

/* An address out of gossip's book that links dial. */
struct network_dialed {
    char url[LINKS_URL_BYTES_MAX]; /* empty: the place is free */
    node_id id;
};

struct network {
    struct network_options options;
    char host[PAYLOAD_HOST_BYTES_MAX + 1]; /* of options */
    struct writer *writer;
    struct links *links;
    struct network_content content; /* without functions: nobody takes it */
    struct gossip *gossip;
    struct sync *sync;
    struct serve *serve; /* of the state, to those who begin with it */
    pthread_t thread;
    bool is_running;

    /* The thread's own. */
    uint64_t now_ms;
    struct mm_arena arena;       /* of one event */
    struct mm_arena block_arena; /* of one block that is read */
    struct network_who who[GOSSIP_PEERS_MAX];
    struct network_dialed dialed[2 * GOSSIP_PEERS_WANTED];
    struct network_import import;
    uint64_t looked_ms;
    bool owes_head; /* sync could not be told of the newest head yet */
    bool owes_lag;  /* nor the writer of what is_lagging says */
    bool is_lagging;

    /* Under the lock. */
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool is_stopping;
    bool has_head; /* a new head was told */
    bool has_answer;
    struct network_answer answer; /* the newest */
    struct event_queue queues[FRAME_CLASSES];
    struct event *
        downs; /* of those that came up: that they are gone must be heard, whatever memory there is */
    struct sync_status sync_status;
    struct payload_status statuses[GOSSIP_PEERS_MAX];
    uint64_t status_peers[GOSSIP_PEERS_MAX];
    size_t status_count;
};

/* ---- events.c ---- */
/* Out of memory: NULL. */
struct event *network_event_new(enum event_kind kind);
void network_event_free(struct event *event);
/* Any thread. With DOWN go the frames of that peer that still wait: it is nobody's any more, and who leaves and comes back again and
 * again must not have as much here each time as a peer may. */
void network_add_event(struct network *network, struct event *taken_event);
/* What is to be told when that peer is down is kept. */
void network_keep_down(struct network *network, struct event *taken_down);
/* NULL: the network never heard that it was up. */
struct event *network_take_down(struct network *network, uint64_t peer);
/* Any thread; needs no memory. */
void network_add_answer(struct network *network, const struct network_answer *answer);
/* Until there is something, or it is deadline_ms. False: to end; an event is there to be freed all the same. */
bool network_wait(struct network *network, struct network_news *news, uint64_t deadline_ms);
void network_drop_events(struct network *network);

/* ---- blocks.c ---- */
/* A block of the chain, until the next one is read: an answer has many, one after the other. */
struct travelling {
    mm_bytes block; /* [header, transactions, ommers, withdrawals] */
    mm_bytes header;
    mm_bytes body; /* [transactions, ommers, withdrawals] */
    mm_bytes certificate;
};
bool network_read_block(struct network *network, struct travelling *block, uint64_t block_num);
/* The block of these two list items, owned by the caller. NULL: no memory. */
uint8_t *network_join_block(mm_bytes header, mm_bytes body, size_t *len);

/* ---- spread.c ---- */
struct gossip_host network_gossip_host(struct network *network);
void network_tell_gossip_of_tx(struct network *network, const mm_hash32 *hash);

/* ---- catch_up.c ---- */
struct sync_host network_sync_host(struct network *network);
void network_take_head(struct network *network);
void network_try_import(struct network *network);
/* From the writer's thread; ctx is the network. */
void network_imported(void *ctx, const struct writer_blocks *blocks, size_t done,
                      const struct block_refusal *refusal);
void network_take_answer(struct network *network, const struct network_answer *answer);

/* ---- hear.c ---- */
/* From threads of the links. */
void network_hear_links(void *ctx, const struct links_event *link);

/* ---- turns.c ---- */
/* The thread; arg is the network. */
void *network_run(void *arg);
/* What there was no memory for when it was to be done. */
void network_settle(struct network *network);

/* ---- peers.c ---- */
void network_peer_up(struct network *network, const struct event *event);
void network_peer_down(struct network *network, const struct event *event);
/* Whoever has the frames of content asks for it. */
void network_peer_cut_off(struct network *network, const struct event *event);
void network_end_peer(struct network *network, uint64_t peer, enum bye_reason reason,
                      uint64_t ban_ms);

/* ---- look.c ---- */
void network_publish(struct network *network);

#endif
