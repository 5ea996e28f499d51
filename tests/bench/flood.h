/* Mints that are signed before the clock runs, sent by a thread a node, in batches on one connection each:
 *
 *     flood_new ─► signed batches, each of one account, each account at one node ─► flood_begin … flood_end
 *
 * The senders wait while more than so many mints are under way, so that pools are never empty and never full, or keep to a rate; who
 * has sent all of its own is silent.
 * What became of them is seen by flood_look: heads of all nodes, and the blocks up to the lowest. */
#ifndef TESTS_BENCH_FLOOD_H
#define TESTS_BENCH_FLOOD_H

#include <stdatomic.h>

#include "tests/bench/crew.h"

enum {
    FLOOD_ACCOUNT = 1, /* the first account that mints; those before it are others' */
    FLOOD_ACCOUNTS = 8,
    FLOOD_BATCH = 50, /* mints */
};

struct flood;

/* Signs; takes about 50 us a mint. */
struct flood *flood_new(struct crew *crew, size_t mints);
void flood_free(struct flood *flood);

/* per_s 0: as fast as the nodes take them, with at most `under_way` that are in no block on all nodes. */
void flood_begin(struct flood *flood, double per_s, size_t under_way);
/* Waits for what was sent last. */
void flood_end(struct flood *flood);
size_t flood_sent(const struct flood *flood);

/* Mints of the flood and others that are in blocks up to the lowest head, as of now. Not from two threads at once. */
uint64_t flood_look(struct flood *flood);
/* The lowest head, as of then. */
uint64_t flood_head(const struct flood *flood);

#endif
