/* How many transactions a block may have, so that it is decided well within its round.
 *
 *     block n: first looked at ──── built or executed, voted on ────► decided     in half of a round: so many are fine, and some more
 *                                                                                 later: not more than would have been in time
 *
 * Time is the proposer's own while it builds, but a block has to travel, to be executed by a quorum on machines that are slower or
 * busier, and to be voted on twice; a block that is too large for its round is in none, and all of the work is done again for the
 * next one. So each validator goes by what the last blocks took from where it stands, rounds that were lost included. A part of that
 * time is no transaction's (disks, links, waiting for a processor); so a block that was in time never makes the next one smaller.
 *
 * Nobody has to agree on this, and nothing of it is checked: it is about the own proposals. It is a function of its arguments. */
#ifndef NODE_CONSENSUS_PACE_H
#define NODE_CONSENSUS_PACE_H

#include <stddef.h>
#include <stdint.h>

enum {
    PACE_SHARE = 2,    /* a block takes so small a part of its round */
    PACE_TXS_MIN = 64, /* a chain that has no time for these needs no smaller blocks */
    PACE_TXS_MAX = 1 << 20,
};

struct pace {
    uint64_t round_ms; /* the first round's time */
    size_t txs_max;    /* of the next block */
};

struct pace pace_begin(uint64_t round_ms);
/* A block was decided so long after it, or another one of its height, was first looked at. */
void pace_note(struct pace *pace, size_t tx_count, uint64_t took_ms);

#endif
