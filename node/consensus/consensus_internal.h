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
    bool
        is_born; /* what was signed outside of this folder is not known, and may be of a height yet to come */
    bool has_signed; /* when is_born: at block 1, which is not there yet */
    bool is_lagging;
    uint64_t
        forgets_height; /* signs nothing up to it, when is_born and others have gone on; 0: they have not */
    mm_err err;         /* of the chain, within a step */
    bool has_note; /* the block that was built in this step has it */
    struct ledger_note note;
};

/* ---- birth.c: a new folder ---- */

/* By what is on disk. *is_forgetful: what was signed at the height after the head is not known. */
MM_MUST_USE mm_err consensus_begin_record(struct consensus *consensus, bool *is_forgetful);
enum birth {
    BIRTH_FINDS, /* the heights that nothing may be signed at begin after the block */
    BIRTH_WAITS, /* they go on */
    BIRTH_OVER,  /* there are none, or no more */
};
/* When this one is decided; what that makes of the folder is set when it is. is_heard: others decided it while this node listened. */
enum birth consensus_birth_after(const struct consensus *consensus,
                                 const struct chain_candidate *candidate);
void consensus_set_birth(struct consensus *consensus, enum birth birth, bool is_heard);
/* The chain has got blocks from elsewhere. */
MM_MUST_USE mm_err consensus_grow_up(struct consensus *consensus);

/* ---- host.c: what the machine asks ---- */
struct qbft_host consensus_host_of(struct consensus *consensus);

/* ---- store.c: the record on disk ---- */

/* Notes that make this the record, and its blocks the ones that are kept. */
void consensus_record_notes(const struct consensus *consensus, struct record_notes *notes,
                            const struct qbft_result *result);
/* Notes that leave an empty record: nothing was signed after the block in whose write they are. */
void consensus_clean_notes(const struct consensus *consensus, struct record_notes *notes);
/* Notes that say so of the folder, and that nothing is known beyond it. */
void consensus_birth_notes(const struct consensus *consensus, struct record_notes *notes);
/* Synced. */
MM_MUST_USE mm_err consensus_write_notes(struct consensus *consensus,
                                         const struct record_notes *notes);

enum record_state { RECORD_NONE, RECORD_UNREADABLE, RECORD_BORN, RECORD_KNOWN };
/* Into the machine, before its first head. */
MM_MUST_USE mm_err consensus_restore(struct consensus *consensus, enum record_state *state);

#endif
