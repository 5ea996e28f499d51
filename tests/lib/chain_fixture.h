/* A backend over a real chain, for tests of what stands behind rpc/backend: a dev_chain in memory, the pool, and the table of
 * functions. There are no threads: a transaction that can go into a block is in one when submit returns.
 *
 * Threads: one. */
#ifndef TESTS_LIB_CHAIN_FIXTURE_H
#define TESTS_LIB_CHAIN_FIXTURE_H

#include "node/pool/pool.h"
#include "rpc/backend/backend.h"
#include "tests/lib/dev_chain.h"

enum {
    CHAIN_FIXTURE_TIME = 1750000000, /* what the clock shows until it is moved */
    CHAIN_FIXTURE_HELD_MAX = 64,
    CHAIN_FIXTURE_IMPERSONATED_MAX = 8,
};

struct chain_fixture {
    struct dev_chain dev;
    struct backend_account accounts[DEV_PEOPLE]; /* their keys are dev's */
    struct pool *pool;
    struct rpc_backend backend;
    uint64_t time;
    uint64_t next_time; /* 0: the clock's */
    uint64_t turns;     /* the last ticket */
    bool is_automine;
    uint64_t block_time_ms;
    uint64_t last_snapshot;
    mm_addr coinbase;
    mm_addr impersonated[CHAIN_FIXTURE_IMPERSONATED_MAX];
    size_t impersonated_count;
    bool impersonates_all;
    bool holds; /* settle keeps its callbacks for chain_fixture_let_go */
    struct {
        void (*done)(void *arg);
        void *arg;
    } held[CHAIN_FIXTURE_HELD_MAX];
    size_t held_count;
    const struct backend_listener *listener;
    /* Called when a block can be seen and its transactions are still in the pool; NULL: not. */
    void (*seen)(void *ctx);
    void *seen_ctx;
};

struct chain_fixture_options {
    uint64_t proof_window; /* 0: all */
    bool is_network;       /* no dev signing, no control */
    enum dev_store store;  /* in memory, unless it says otherwise */
};

/* Aborts when it cannot: a test has nothing to do then. */
void chain_fixture_open(struct chain_fixture *f, const struct chain_fixture_options *options);
void chain_fixture_close(struct chain_fixture *f);

/* A block of what is ready, empty or not. */
void chain_fixture_mine(struct chain_fixture *f);
/* Calls back everyone who waits. */
void chain_fixture_let_go(struct chain_fixture *f);

#endif
