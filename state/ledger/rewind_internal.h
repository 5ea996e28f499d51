/* A rewind in work, shared by rewind.c and rewind_blocks.c. */
#ifndef STATE_LEDGER_REWIND_INTERNAL_H
#define STATE_LEDGER_REWIND_INTERNAL_H

#include "state/ledger/ledger_internal.h"

struct rewind {
    struct ledger *ledger;
    struct kv *kv;
    const struct kv_snapshot *before; /* everything is read as it was when the work began */
    const struct ledger_target *target;
    uint64_t flushed;       /* derived rows are on disk up to this block */
    struct kv_batch *batch; /* what is to be written next */
    bool is_marked;         /* the marker is on disk: there is no way back to the old chain */
};

/* Between two pieces of work, each of which can be repeated or left out as a whole: writes the batch when it is large. */
MM_MUST_USE mm_err rewind_step(struct rewind *rewind);

/* The rows of blocks after the target, and what stands in receipts, lookups and index because of them. */
MM_MUST_USE mm_err rewind_blocks(struct rewind *rewind);

#endif
