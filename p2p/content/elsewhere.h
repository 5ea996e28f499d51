/* Elsewhere: what a door may ask of content that is not, or not only, on this node. A table of functions that the node fills
 * (node/replication); a door whose table is NULL knows of this node alone.
 * Threads: the functions may be called from any. */
#ifndef P2P_CONTENT_ELSEWHERE_H
#define P2P_CONTENT_ELSEWHERE_H

#include "p2p/content/store.h"

enum {
    ELSEWHERE_ROOTS_MAX = 8,  /* waited for at once */
    ELSEWHERE_WAITS_MAX = 64, /* of all doors together */
    ELSEWHERE_WAIT_MAX_MS = 300000,
    ELSEWHERE_HISTOGRAM = 4,
};

/* Until each of the roots is whole at so many peers, or the time is over. */
struct elsewhere_wait {
    struct cid roots[ELSEWHERE_ROOTS_MAX];
    size_t count; /* one at least */
    unsigned wanted;
    uint64_t timeout_ms;
    /* Once, from another thread, perhaps before elsewhere->wait has returned: how many peers have the root that fewest have. */
    void (*done)(void *arg, unsigned reached);
    void *arg;
};

struct elsewhere_counts {
    uint64_t fetched_blocks;
    uint64_t fetched_bytes;
    uint64_t served_blocks;
    uint64_t served_bytes;
    uint64_t cut_off;
    uint64_t late;
    uint64_t wanting; /* roots that must be here and lack something */
    uint64_t known;   /* roots of which is known who has them */
    uint64_t replicas
        [ELSEWHERE_HISTOGRAM]; /* whole roots by the number of peers that have them; the last: so many or more */
};

struct content_elsewhere {
    void *ctx;
    /* A block below a root, into the store; waits for it, some seconds at most. MM_ERR_NOT_FOUND: no peer says that it has the root.
     * MM_ERR_BUSY: one does, and the block did not come in time. */
    mm_err (*fetch)(void *ctx, const struct cid *root, const struct cid *block);
    /* MM_ERR_BUSY: too many wait. MM_ERR_NO_MEMORY. Then done is not called. */
    mm_err (*wait)(void *ctx, const struct elsewhere_wait *wait);
    void (*count)(void *ctx, struct elsewhere_counts *counts);
};

#endif
