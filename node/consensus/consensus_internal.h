#ifndef NODE_CONSENSUS_CONSENSUS_INTERNAL_H
#define NODE_CONSENSUS_CONSENSUS_INTERNAL_H

#include "node/consensus/consensus.h"
#include "node/consensus/pace.h"

enum {
    RECORD_NOTES_MAX = 1 + 2 * QBFT_RECORD_BLOCKS_MAX, /* the record, blocks that come and go */
    BLOCK_NAME_BYTES = sizeof "qbft/block/" + 64,
};

/* What the record on disk names. */
struct kept_blocks {
    mm_hash32 hashes[QBFT_RECORD_BLOCKS_MAX];
    size_t count;
};

/* Notes to write, with room for their names. */
struct record_notes {
    struct ledger_note notes[RECORD_NOTES_MAX + 1]; /* and one of the host's */
    char names[2 * QBFT_RECORD_BLOCKS_MAX][BLOCK_NAME_BYTES];
    size_t count;
    size_t name_count;
    struct kept_blocks kept; /* once they are written */
};

struct consensus {
    struct consensus_options options;
    struct qbft *machine;
    struct kept_blocks kept;
    uint64_t deadline_ms;
    struct pace pace;
    bool has_looked;        /* at a block of the next height, … */
    uint64_t looked_ms;     /* … first at this time */
    struct qbft_block *own; /* the block of `built`, a reference; or NULL */
    bool has_built;
    mm_hash32 built; /* the last block that this node built */
    bool is_born;    /* nothing was signed in this folder, and more is not known */
    bool is_lagging;
    uint64_t
        forgets_height; /* signs nothing at it, when is_born and others have gone on; 0: they have not */
    mm_err err;         /* of the chain, within a step */
    bool has_note;      /* the block that was built in this step has it */
    struct ledger_note note;
};

/* ---- host.c: what the machine asks ---- */
struct qbft_host consensus_host_of(struct consensus *consensus);

/* ---- store.c: the record on disk ---- */

/* Notes that make this the record, and its blocks the ones that are kept. */
void consensus_record_notes(const struct consensus *consensus, struct record_notes *notes,
                            const struct qbft_result *result);
/* Notes that leave an empty record: nothing was signed after the block in whose write they are. */
void consensus_clean_notes(const struct consensus *consensus, struct record_notes *notes);
/* Nor before, in this folder; beyond it nothing is known. Synced. */
MM_MUST_USE mm_err consensus_write_birth(struct consensus *consensus);

enum record_state { RECORD_NONE, RECORD_UNREADABLE, RECORD_BORN, RECORD_KNOWN };
/* Into the machine, before its first head. */
MM_MUST_USE mm_err consensus_restore(struct consensus *consensus, enum record_state *state);

#endif
