/* Shared by the files of restore.h. */
#ifndef STATE_LEDGER_RESTORE_INTERNAL_H
#define STATE_LEDGER_RESTORE_INTERNAL_H

#include "state/ledger/ledger_internal.h"
#include "state/ledger/restore.h"

struct ledger_restore {
    struct ledger *ledger; /* borrowed */
    struct kv_batch *batch;
    struct mm_buf record;
    bool has_header;
    uint64_t head; /* of the last header */
    mm_hash32 head_hash;
    mm_hash32 genesis_hash;
};

/* What is in the batch, at once, or when it has grown large enough. */
MM_MUST_USE mm_err restore_write(struct ledger_restore *restore);
MM_MUST_USE mm_err restore_step(struct ledger_restore *restore);

/* A record that is so since the block of the last header: of what was before the ledger begins is nothing here. */
MM_MUST_USE mm_err restore_dated(struct ledger_restore *restore, enum ledger_family family,
                                 mm_bytes key, mm_bytes value);

/* restore_build.c: the tries over the flat state. MM_ERR_CORRUPT: its root is another. */
MM_MUST_USE mm_err restore_build(struct ledger_restore *restore, const mm_hash32 *state_root,
                                 struct mm_reason *reason);

#endif
