/* The writer: the one thread that changes the chain, and the flusher that writes behind it.
 *
 *     pool has ready transactions ─┐
 *     the clock (block_time_ms) ───┼─► turn n: control, then a block ─► synced, visible ─► whoever waited for turn n is called
 *     dev control ─────────────────┘
 *
 * Work is done in numbered turns. A request that arrives while turn n is at work gets ticket n + 1: that turn is the first that
 * is sure to see it. So transactions that arrive during a block's sync go into the next block together, and its sync serves
 * all of them.
 * Threads: writer_start, writer_stop from the owner; the rest from any. */
#ifndef NODE_WRITER_H
#define NODE_WRITER_H

#include "node/import/chain.h"
#include "node/pool/pool.h"
#include "rpc/backend/backend.h"

struct writer;

struct writer_options {
    struct chain *chain; /* the writer's until writer_stop returns */
    struct pool *pool;
    /* 0: as dev control has set it, or else instant. */
    uint64_t block_time_ms;
    /* The writer met an error of the world and stopped; called once, from its thread. */
    void (*failed)(void *ctx, mm_err err);
    /* A block is visible; from its thread. May be NULL. */
    void (*head_moved)(void *ctx);
    /* The chain is about to be taken back to this block; from its thread. May be NULL. */
    void (*going_back)(void *ctx, uint64_t block_num);
    void *ctx;
};

MM_MUST_USE mm_err writer_start(struct writer **writer, const struct writer_options *options);
/* Finishes the turn at work and ends both threads. Callbacks that wait are called. */
void writer_stop(struct writer *writer);

/* A transaction became ready. The ticket to wait for, 0 when blocks come by the clock or by hand. */
uint64_t writer_wake(struct writer *writer);
/* As rpc_backend.settle and rpc_backend.control. */
bool writer_settle(struct writer *writer, uint64_t ticket, void (*done)(void *arg), void *arg);
MM_MUST_USE mm_err writer_control(struct writer *writer, const struct control *control,
                                  uint64_t *ticket, struct mm_reason *reason);
uint64_t writer_now(struct writer *writer);
/* coinbase: the default. */
void writer_settings(struct writer *writer, struct backend_settings *settings,
                     const mm_addr *coinbase);
bool writer_impersonates(struct writer *writer, const mm_addr *addr);
/* Blocks made since the start, and the transactions in them. */
void writer_counts(const struct writer *writer, uint64_t *blocks, uint64_t *txs);

#endif
