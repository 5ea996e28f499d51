/* The consensus machine on a chain: what a step of node/qbft asks of the chain, and what its result does to it.
 *
 *     message, clock, pending ─► consensus_… ─► qbft_step ─► record  ─► a synced note, and the blocks that it names
 *                                    ▲                       commit  ─► chain_commit, in whose write the record ends
 *                                    └── the new head ◄──────────┘
 *                                                            sends   ─► host.send, in this order
 *
 * One path for every chain: a validator alone proposes, prepares and commits within one call, so its block is sealed at once and
 * costs one sync, and no record is written.
 *
 * The safety record is the note "qbft/record"; blocks that it names stand beside it as "qbft/block/HASH". A decided block leaves
 * the record empty in its own write: nothing was signed after it. A new folder begins with a record that says so: this key has
 * signed nothing here, and what it signed in a life before, if it had one, is not known. When such a folder has caught up with
 * others, however many batches of blocks that takes, and when there is no record beside blocks, nothing is signed at the heights
 * that an earlier life may have come to (birth.c); with a record that cannot be read, until a height was decided without it. But
 * one of two validators may sign in a new folder at once: nothing is decided without the other.
 *
 * Memory: owns the machine and names of notes. Threads: the writer's alone. Limits: those of node/qbft. */
#ifndef NODE_CONSENSUS_CONSENSUS_H
#define NODE_CONSENSUS_CONSENSUS_H

#include "node/import/candidate.h"
#include "node/qbft/qbft.h"

enum {
    CONSENSUS_AHEAD_S = 15
}; /* a proposal whose timestamp is further ahead of the own clock, and not its parent's, gets no vote */

struct consensus_host {
    void *ctx;
    /* What the next block has and where its transactions come from. False: there is nothing to make one of. With a note, the note
     * goes to disk with the block. */
    bool (*begin_block)(void *ctx, struct chain_proposal *proposal);
    /* After each begin_block that gave true: the source is of no more use. */
    void (*end_block)(void *ctx);
    /* Whether transactions wait, now that there is another head: what was in its block does not. */
    bool (*is_pending)(void *ctx);
    /* To all validators; the bytes are borrowed. What was signed is on disk. */
    void (*send)(void *ctx, unsigned code, mm_bytes message);
    /* The chain has a new head, which is visible. */
    void (*committed)(void *ctx, const struct chain_block *block);
    /* A validator signed two different things; may be NULL. */
    void (*evidence)(void *ctx, const struct qbft_evidence *evidence);
    uint64_t (*now_ms)(void *ctx);  /* of a clock that never goes back */
    uint64_t (*clock_s)(void *ctx); /* the time of day, to which timestamps are compared */
};

struct consensus_options {
    struct chain *chain;
    const struct secp_secret *key; /* NULL: an observer */
    struct consensus_host host;
    uint64_t base_timeout_ms;
    uint64_t cap_timeout_ms;
    uint64_t min_period_ms;
    uint64_t empty_period_ms; /* 0: no block without transactions */
};

struct consensus;

/* Reads the safety record and takes up the head. *is_forgetful, may be NULL: it signs nothing until a height was decided. */
MM_MUST_USE mm_err consensus_new(struct consensus **consensus,
                                 const struct consensus_options *options, bool *is_forgetful);
void consensus_free(struct consensus *consensus);

/* Each of these does all that follows from it; an error is fatal for the writer. */
MM_MUST_USE mm_err consensus_tick(struct consensus *consensus);
MM_MUST_USE mm_err consensus_message(struct consensus *consensus,
                                     const struct qbft_message *message);
MM_MUST_USE mm_err consensus_pending(struct consensus *consensus, bool pending);
MM_MUST_USE mm_err consensus_lagging(struct consensus *consensus, bool lagging);
/* The chain has got blocks from elsewhere (chain_import). */
MM_MUST_USE mm_err consensus_imported(struct consensus *consensus);
/* The chain was taken back: everything that is known of its heights is of another chain. For a validator alone. */
MM_MUST_USE mm_err consensus_restart(struct consensus *consensus);

/* When to call consensus_tick, at the latest; UINT64_MAX: no need. */
uint64_t consensus_deadline_ms(const struct consensus *consensus);
void consensus_status(const struct consensus *consensus, struct qbft_status *status);
/* As qbft_wants. */
bool consensus_wants(const struct consensus *consensus, unsigned code, uint64_t height,
                     uint64_t round);

#endif
