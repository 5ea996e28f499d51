/* The transition of one block: transactions one by one, then header fields, receipts and state changes.
 *
 * Building and importing run the same code. A builder offers transactions and leaves out those that are refused; an importer
 * offers the ones of the block and calls the block invalid when one is. The state root is not computed here: state/ledger
 * makes it from the changes, and fills header.state_root. Nor is extraData, which says what the changes are for who seals the next
 * block: node/import knows.
 * Memory: the block's arena. Threads: one. */
#ifndef STATE_EXEC_BLOCK_RUN_H
#define STATE_EXEC_BLOCK_RUN_H

#include "state/base/limits.h"
#include "state/chain/block.h"
#include "state/exec/edits.h"
#include "state/exec/transition.h"

struct block_run_options {
    const struct exec_view *view; /* the state as of the parent */
    const struct exec_natives *natives;
    uint64_t chain_id;
    const struct header *parent;
    mm_hash32 parent_hash;
    uint64_t timestamp;
    uint64_t gas_limit; /* unless the edits say another */
    mm_addr coinbase;
    const struct edit *edits; /* applied before the first transaction; none in network mode */
    size_t edit_count;
};

struct block_run;

MM_MUST_USE mm_err block_run_new(struct mm_arena *arena, struct block_run **run,
                                 const struct block_run_options *options);

/* Runs a transaction and, when outcome->verdict is TX_OK, adds it. TX_BLOCK_GAS: the block has no gas or no room in its
 * MM_BLOCK_BYTES_MAX left for it. tx is copied; what it borrows must live as long as the arena. */
MM_MUST_USE mm_err block_run_add(struct block_run *run, struct exec_outcome *outcome,
                                 const struct tx *tx);

/* What a receipt says beyond its encoding. */
struct tx_result {
    struct receipt receipt;
    uint64_t gas_used;
    mm_u256 gas_price; /* effective */
};

struct block_result {
    struct header header; /* all but state_root and extra, which is MM_EXTRA_BYTES of zeros */
    const struct tx *txs;
    const struct tx_result *results;
    size_t tx_count;
    struct exec_changes changes;
};

/* In the arena. The run is of no more use. */
MM_MUST_USE mm_err block_run_finish(struct block_run *run, struct block_result *result);

#endif
