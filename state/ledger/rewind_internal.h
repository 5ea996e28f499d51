/* A rewind in work, shared by the rewind_*.c of this folder. */
#ifndef STATE_LEDGER_REWIND_INTERNAL_H
#define STATE_LEDGER_REWIND_INTERNAL_H

#include "state/ledger/history_internal.h"

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

/* The flat state, the tries, and what is kept of how they became what they are. Where blocks after the target are flushed. */
MM_MUST_USE mm_err rewind_state(struct rewind *rewind);

/* The rows of these epochs that flushes with blocks after the target have. Key and value are borrowed for the call. */
struct flush_row {
    uint64_t epoch;
    uint64_t before; /* the flush has blocks after this one … */
    uint64_t last;   /* … up to this one, of this epoch */
    mm_bytes key;
    mm_bytes value;
};
typedef mm_err (*flush_row_fn)(void *ctx, const struct flush_row *row);
MM_MUST_USE mm_err rewind_each_row(struct rewind *rewind, enum epoch_part part,
                                   uint64_t first_epoch, uint64_t last_epoch, flush_row_fn row,
                                   void *ctx);

/* Accounts and slots, of now and of before, whose keys begin alike. */
struct rewind_keys {
    struct kv_iter *state;   /* owned */
    struct kv_iter *history; /* owned */
};
MM_MUST_USE mm_err rewind_keys_init(struct rewind_keys *keys, struct rewind *rewind);
void rewind_keys_fini(struct rewind_keys *keys);
/* Whether it stands on a key that begins so. */
bool rewind_begins(const struct kv_iter *iter, const struct ledger_key *prefix);
/* What the key of a listed account, or of each listed slot, begins with. */
struct ledger_key rewind_listed(const struct changed_cursor *cursor);

/* Takes away what epochs keep of blocks after the target. When every record is what it was. */
MM_MUST_USE mm_err rewind_epochs(struct rewind *rewind, struct rewind_keys *keys);

#endif
