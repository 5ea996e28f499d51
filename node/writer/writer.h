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
#ifndef NODE_WRITER_WRITER_H
#define NODE_WRITER_WRITER_H

#include "node/import/candidate.h"
#include "node/pool/pool.h"
#include "node/qbft/qbft.h"
#include "rpc/backend/backend.h"

struct writer;

/* Decided blocks, one after the other. */
struct writer_blocks {
    uint64_t first;              /* number of the first */
    struct chain_decided *items; /* owned, and so are their bytes */
    size_t count;
    size_t bytes;
    uint64_t token; /* the giver's */
};
void writer_blocks_free(struct writer_blocks *blocks);

/* What the writer tells a network that it is part of; from its thread, and to be quick. */
struct writer_network {
    void *ctx;
    void (*broadcast)(void *ctx, unsigned code, mm_bytes message); /* borrowed */
    /* The first `done` of them are the chain's now. When these are not all, the next one was refused, or the chain was not there
     * yet (BLOCK_OK). */
    void (*imported)(void *ctx, const struct writer_blocks *blocks, size_t done,
                     const struct block_refusal *refusal);
};

/* Where consensus stands, as of the last turn. */
struct writer_standing {
    struct qbft_status status;
    struct validator_set validators; /* of this height */
};

struct writer_options {
    struct chain *chain; /* the writer's until writer_stop returns */
    struct pool *pool;
    const struct writer_network *
        network; /* NULL: a development chain, sealed alone; with the sealer's key it votes, else it follows */
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
/* ---- of a network, from any thread ---- */

/* Its signers are recovered. False: too much waits, or the writer is stopping. */
bool writer_hear(struct writer *writer, struct qbft_message *taken_message);
bool writer_import(struct writer *writer, struct writer_blocks *taken_blocks);
/* The chain is more than a block behind others, or is not any more. */
bool writer_lag(struct writer *writer, bool lagging);
/* What it has against validators, the oldest first. MM_ERR_CORRUPT, MM_ERR_IO. */
enum { EVIDENCE_KEPT = 64 };
MM_MUST_USE mm_err writer_evidence(struct chain *chain, struct qbft_evidence *out, size_t max,
                                   size_t *count);

void writer_standing(struct writer *writer, struct writer_standing *standing);

uint64_t writer_now(struct writer *writer);
/* coinbase: the default. */
void writer_settings(struct writer *writer, struct backend_settings *settings,
                     const mm_addr *coinbase);
bool writer_impersonates(struct writer *writer, const mm_addr *addr);
/* Blocks made since the start, and the transactions in them. */
void writer_counts(const struct writer *writer, uint64_t *blocks, uint64_t *txs);

#endif
