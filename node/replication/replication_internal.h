/* What the files of replication share: replication.c life and the thread, events.c what waits for it, waits.c who waits for it. */
#ifndef NODE_REPLICATION_REPLICATION_INTERNAL_H
#define NODE_REPLICATION_REPLICATION_INTERNAL_H

#include <pthread.h>

#include "node/replication/replication.h"
#include "p2p/clock/clock.h"
#include "p2p/replicate/replicate.h"

enum event_kind { EVENT_UP, EVENT_FRAME, EVENT_DOWN };

/* As small as a network's: many may wait, each counted with LINKS_HELD_FRAME_COST. */
struct event {
    struct event *next;
    enum event_kind kind;
    uint64_t peer;
    union {
        struct frame *frame; /* a reference: FRAME */
        node_id id;          /* UP */
    };
};
_Static_assert(sizeof(struct event) <= LINKS_HELD_FRAME_COST, "what waits of a peer is counted");

enum fetch_state { FETCH_NEW, FETCH_ASKED, FETCH_OVER };

/* A door that waits for a block; on its own stack. */
struct fetch {
    struct fetch *next;
    struct cid root;
    struct cid block;
    enum fetch_state state;
    mm_err err; /* FETCH_OVER */
};

struct wait {
    struct wait *next;
    struct elsewhere_wait what;
    uint64_t end_ms;
};

struct replication {
    struct replication_options options;
    bool has_validator;
    mm_addr validator;
    struct replicate *replicate; /* the thread's own */
    uint64_t validators_ms;      /* when they were read */
    uint64_t published_ms;
    struct wait *waits; /* owned; the thread's own */

    bool is_held; /* somebody has a root more */
    struct content_elsewhere elsewhere;
    pthread_t thread;
    bool is_started;

    pthread_mutex_t lock;
    pthread_cond_t wake;    /* the thread */
    pthread_cond_t fetched; /* doors */
    bool is_stopping;
    struct event *oldest, *newest;
    struct fetch *fetches;
    size_t fetch_count;
    struct wait *new_waits; /* owned */
    size_t waits_count;     /* of both lists */
    struct replicate_counts counts;
};

/* ---- events.c ---- */
/* Links' threads; ctx is the replication. */
void replication_hear_up(void *ctx, uint64_t peer, const node_id *id);
void replication_hear_frame(void *ctx, uint64_t peer, struct frame *frame);
void replication_hear_down(void *ctx, uint64_t peer);
/* What is next, or NULL when it is deadline_ms or a door asked. False: to end. */
bool replication_next(struct replication *replication, struct event **event, uint64_t deadline_ms);
void replication_free_event(struct event *event);
void replication_drop_events(struct replication *replication);

/* ---- waits.c ---- */
struct content_elsewhere replication_table(struct replication *replication);
/* New fetches to the machine, new waits to the list. */
void replication_take_doors(struct replication *replication, uint64_t now_ms);
/* host.fetched */
void replication_tell_fetched(struct replication *replication, const struct cid *block,
                              bool is_here);
/* Answers the waits that are over. */
void replication_settle_waits(struct replication *replication, uint64_t now_ms, bool all);
void replication_end_fetches(struct replication *replication);
/* When the next wait is over. */
uint64_t replication_waits_deadline(const struct replication *replication);

#endif
