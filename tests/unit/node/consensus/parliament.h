/* Nodes with real chains and the consensus machine on each, in one process: time is a number, and what they send waits in a queue
 * until a test lets it through. */
#ifndef TESTS_UNIT_NODE_CONSENSUS_PARLIAMENT_H
#define TESTS_UNIT_NODE_CONSENSUS_PARLIAMENT_H

#include "node/consensus/consensus.h"
#include "tests/lib/dev_chain.h"

enum { SEATS_MAX = 4, PARLIAMENT_TIME = 1800000000, LETTERS_MAX = 4096 };

struct seat {
    struct parliament *parliament;
    size_t index;
    struct dev_chain dev;
    struct consensus *consensus; /* NULL: down */
    bool is_cut;                 /* nothing comes or goes */
    bool is_observer;
    bool has_work;           /* what is pending at `dev` goes into its next block */
    size_t blocks;           /* committed by steps */
    size_t said[256];        /* messages sent, by code */
    bool is_forgetful;       /* as the last start said */
    struct ledger_note note; /* with the next block, when it has a name */
    mm_addr coinbase;        /* of its blocks, unless zero */
    uint64_t ahead_s;        /* its blocks' time before the others' clock */
    uint64_t clock_ahead_s;  /* its own clock */
};

struct letter {
    size_t from;
    unsigned code;
    mm_bytes bytes; /* in the arena */
};

struct parliament {
    struct seat seats[SEATS_MAX];
    size_t count;
    uint64_t now_ms;
    struct letter letters[LETTERS_MAX];
    size_t letter_count;
    struct mm_arena arena;
    bool (*lets)(const struct parliament *parliament, size_t from, size_t to, unsigned code);
};

void parliament_begin(struct parliament *parliament, enum dev_store store, size_t count);
void parliament_end(struct parliament *parliament);

/* Ends a node as a crash does, and brings it back. */
void parliament_stop(struct seat *seat);
void parliament_start(struct seat *seat);

/* A mint at this node, and the clock of everyone told of it. */
void parliament_mint(struct parliament *parliament, size_t seat);
/* All letters, and the letters that they lead to. */
void parliament_talk(struct parliament *parliament);
/* Talks, and lets time pass from deadline to deadline. */
void parliament_pass(struct parliament *parliament, uint64_t ms);

uint64_t parliament_height(const struct seat *seat);
/* Whether all that are up have the same head. */
bool parliament_agrees(const struct parliament *parliament);
/* The first node's blocks that this one has not, imported; or those up to a height. */
void parliament_sync(struct parliament *parliament, size_t from, size_t to);
void parliament_sync_up_to(struct parliament *parliament, size_t from, size_t to, uint64_t height);

#endif
