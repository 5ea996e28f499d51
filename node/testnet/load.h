/* Mints, sent to whichever nodes answer, and remembered once a node has shown their receipt: what was acknowledged must be on every
 * node for good. From the ten development accounts, one mint of each on its way at a time.
 *
 * Memory: 72 bytes an acknowledged mint, LOAD_MINTS_MAX of them. Threads: the testnet's. */
#ifndef NODE_TESTNET_LOAD_H
#define NODE_TESTNET_LOAD_H

#include "node/testnet/testnet.h"

enum { LOAD_MINTS_MAX = 4 << 20, LOAD_RESEND_MS = 8000 };

struct load;

struct load_counts {
    uint64_t acknowledged;
    uint64_t sent_again; /* to another node, since no receipt came */
};

MM_MUST_USE mm_err load_new(struct load **load, struct mm_reason *reason);
void load_free(struct load *load);
/* Asks after what is on its way, and sends more. draw: any number, to choose nodes by. */
MM_MUST_USE mm_err load_step(struct load *load, struct testnet *testnet, uint64_t now_ms,
                             uint64_t draw);
/* Whether all nodes, each of which must answer, have each mint that was acknowledged since the last check, in the same block; with
 * from_start, since the beginning. */
bool load_is_kept(struct load *load, struct testnet *testnet, bool from_start,
                  struct mm_reason *reason);
struct load_counts load_counts(const struct load *load);

#endif
