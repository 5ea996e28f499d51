/* How fast a node is, from outside: the phases of `mintmark bench`.
 *
 *     latency    one mint at a time, from sending it to its receipt
 *     mint       signed before the clock runs ──► batches on a few connections ──► until each sender's last receipt is there
 *     transfer   the same with transferFrom of what was minted
 *     reads      eth_call ownerOf and tokenURI singly and in batches, balances, block numbers, receipts
 *     logs       all Transfer logs of the last mints, and those of one token
 *     proof      eth_getProof of owners
 *     steady     mints at a given rate, each timed from when it was due; what an interval of it was like is told as it ends
 *
 * It works with any node that knows the ten development accounts and has an ERC-721 contract with mint(address,string) and the
 * storage layout of OpenZeppelin's (owners in slot 2, which `proof` relies on).
 * What is sent is made before the clock runs and answers are not parsed while it does (rpc/client/flow.h), so that the load costs
 * the node's machine little. Afterwards it is checked that every transaction was mined and did what it should.
 * Memory: about 1.2 KiB a transaction of a slice, BENCH_SLICE of them at once, and 8 bytes a mint of `steady`. Threads: the
 * caller's; `steady` has one a connection besides. */
#ifndef NODE_BENCH_BENCH_H
#define NODE_BENCH_BENCH_H

#include "rpc/client/url.h"
#include "state/base/arena.h"

enum {
    BENCH_SLICE = 100000, /* transactions that are signed and sent before the next are signed */
    BENCH_BATCH_MAX = 1000,
    BENCH_CONNECTIONS_MAX = 64,
    BENCH_TRANSACTIONS_MAX = 100000000,
    BENCH_STEADY_MAX = 20000000,      /* mints: an hour of 5 555 a second */
    BENCH_STEADY_MS_MAX = 1000000000, /* eleven days, so that no product of it with a rate wraps */
};

struct bench_options {
    struct url url;
    mm_addr collection;
    uint64_t mints;       /* of the phase mint */
    uint64_t transfers;   /* at most so many of the newest tokens; 0: as many as mints */
    size_t connections;   /* for what is written; reads have 16 */
    size_t batch;         /* transactions a request */
    uint64_t read_ms;     /* of each kind of read */
    uint64_t patience_ms; /* for an answer, and for a receipt */
    uint64_t rate_per_s;  /* of the phase steady, as are these */
    uint64_t steady_ms;
    uint64_t interval_ms;
};

struct bench_waits {
    double p50_ms;
    double p99_ms;
    double max_ms;
};

/* Of those that were answered in it. */
struct bench_interval {
    double after_s; /* since the phase began, when it ended */
    double per_s;
    struct bench_waits waits; /* zero when there was none */
    uint64_t waiting;         /* that are due and not answered */
};

/* Told of each figure as it is there: "mint", "per_s", 20123.5. Intervals come before the figures of their phase. */
struct bench_sink {
    void *ctx;
    void (*figure)(void *ctx, const char *phase, const char *name, double value);
    void (*interval)(void *ctx, const char *phase, const struct bench_interval *interval);
};

struct bench;

enum { BENCH_PHASES = 7 };
/* In the order in which they make sense. */
extern const char *const BENCH_PHASE_NAMES[BENCH_PHASES];

/* Asks the node for its chain id and the accounts' nonces. MM_ERR_IO: nobody answers. */
MM_MUST_USE mm_err bench_new(struct bench **bench, const struct bench_options *options,
                             const struct bench_sink *sink, struct mm_reason *reason);
void bench_free(struct bench *bench);
/* MM_ERR_INVALID: there is no such phase, or it needs tokens and none were minted before; MM_ERR_IO: the node failed. */
MM_MUST_USE mm_err bench_phase(struct bench *bench, const char *phase, struct mm_reason *reason);

#endif
