/* Tending: what a node does with its content on its own, in a thread of its own.
 *
 *     a head is visible ───────► follow       the blocks' tokens, what they need (follow.h)
 *     a writer committed ──────► look         what has become whole, and metadata that can be read (needs.h)
 *     every hour, or 80 % full ► collect      garbage (gc.h)
 *     half of the disk's bytes ► shrink       nobody's: they are given back (shrink.h)
 *
 * One step of each at a time, so that none waits for another: following a block never waits for a collection. Collecting takes half
 * of the time at most, the rest is others'. Nothing here is waited for by the chain or the doors; what fails is said in the log and
 * tried again.
 * Threads: tend_start and tend_stop from the owner; the rest from any. */
#ifndef NODE_CONTENT_TEND_H
#define NODE_CONTENT_TEND_H

#include "node/content/follow.h"

enum {
    TEND_COLLECT_DEFAULT_MS = 60 * 60 * 1000,
    TEND_COLLECT_AT_PERCENT = 80, /* of the quota */
};

struct tend;

struct tend_options {
    struct ledger *ledger;
    const struct exec_natives *natives;
    struct content *content;       /* borrowed, outlives it */
    const struct genesis *genesis; /* as follow_options */
    uint64_t collect_every_ms;     /* 0: only when somebody asks */
    unsigned collect_at_percent;   /* 0: at no size */
};

MM_MUST_USE mm_err tend_start(struct tend **tend, const struct tend_options *options);
/* Ends the thread. NULL is fine. */
void tend_stop(struct tend *tend);
/* The chain has another head. Quick. */
void tend_head_moved(struct tend *tend);

struct tend_counts {
    uint64_t followed; /* the block */
    uint64_t collections;
    uint64_t removed_blocks;
    uint64_t removed_bytes;
    uint64_t shrinks;
    struct needs_counts needs; /* as of a few seconds ago */
};
void tend_count(struct tend *tend, struct tend_counts *counts);

#endif
