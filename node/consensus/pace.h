/* How many transactions a block may have, so that it is decided well within its round.
 *
 *     block n: first looked at ──── built or executed, voted on ────► decided     with a quarter of the round left: some more are fine
 *                                                                                 after a whole round: half of them at most
 *
 * Time is the proposer's own while it builds, but a block has to travel, to be executed by a quorum on machines that are slower or
 * busier, and to be voted on twice; a block that is too large for its round is in none, and all of the work is done again for the
 * next one. So each validator goes by what the last blocks took from where it stands, rounds that were lost included. How much of that
 * time is the transactions' is not known: on a machine that is busy otherwise it may be mostly disks, links and waiting for a processor,
 * which smaller blocks would only make more of. So a block that was in time makes the next one no smaller, and what was too much is
 * found out as on a line whose width nobody knows: a little more each time, half when something is lost.
 *
 * Nobody has to agree on this, and nothing of it is checked: it is about the own proposals. It is a function of its arguments. */
#ifndef NODE_CONSENSUS_PACE_H
#define NODE_CONSENSUS_PACE_H

#include <stddef.h>
#include <stdint.h>

enum {
    PACE_TXS_MIN =
        256, /* some ten milliseconds of a processor: what is late with fewer is not late because of them */
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
