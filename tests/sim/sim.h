/* The simulator: a network of validators that is hurt in every way the protocol says it survives (docs/CONSENSUS.md,
 * docs/TESTING.md), within one thread and without a clock, a socket or a disk.
 *
 *     seed ──► who there is, what befalls them, how hard            each node: the node's own node/qbft, p2p/gossip, p2p/sync,
 *                                │                                  a stand-in for what is between, and a chain (sim_world)
 *          clock  ──► event ──► node ──► record, commit, sends
 *            ▲                            │              │
 *            └── disk (sim_disk.c) ◄──────┘              └──► network (sim_network.c) ──► clock
 *                                │
 *                             checker: outside the nodes, sees all that is signed and committed
 *
 * A run has two phases. First faults strike until so many heights are decided or their time is over; then everything is healed
 * and everyone must go on. Fault classes have a level each, 0 to 3, that the seed draws ("swarm"): mild faults everywhere
 * find little, and zero is a level too, so that faults do not mask each other.
 *
 * What is checked, always: nodes agree; chains link; blocks are valid when they are executed again, by the checker's own state;
 * their builder had a turn; certificates verify; no honest signer signs two payloads for one height, round and kind, across
 * restarts; a transaction is in the chain once; no honest node bans another, or is stuck before a sealed block. After healing:
 * every honest node gains 10 heights in 10 * (cap + 2 s), and what an honest node accepted is included or superseded.
 *
 * Everything is a function of the source and the options: the same trace hash with each compiler and under sanitizers. So: no
 * floating point, no pointer order, one random generator whose draws come in the order of events.
 * Memory: the heap; a run gives all of it back. Threads: one a simulation. */
#ifndef TESTS_SIM_SIM_H
#define TESTS_SIM_SIM_H

#include <stdio.h>

#include "node/qbft/qbft.h"

enum {
    SIM_VALIDATORS_MAX = MM_VALIDATORS_MAX,
    SIM_OBSERVERS_MAX = 4,
    SIM_NODES_MAX = SIM_VALIDATORS_MAX + SIM_OBSERVERS_MAX,
    SIM_GAIN_HEIGHTS = 10, /* of every honest node, once all is healed */
};

/* ---- faults ---- */

#define SIM_FAULTS(X)                                                                              \
    X(LOSS, "loss")                                                                                \
    X(DUPLICATION, "duplication")                                                                  \
    X(DELAY, "delay")                                                                              \
    X(REORDER, "reorder")                                                                          \
    X(CLOG, "clogged-link")                                                                        \
    X(SPLIT, "split")                                                                              \
    X(ONE_WAY, "one-way-cut")                                                                      \
    X(ISOLATION, "isolation")                                                                      \
    X(FLAP, "flapping-link")                                                                       \
    X(SPARSE, "sparse-links")                                                                      \
    X(SELECTIVE, "selective-loss")                                                                 \
    X(CRASH, "crash")                                                                              \
    X(CRASH_AT_WRITE, "crash-at-write-or-send")                                                    \
    X(PAUSE, "pause")                                                                              \
    X(POWER_CUT, "power-cut")                                                                      \
    X(TORN, "torn-write")                                                                          \
    X(READ_ERROR, "read-error")                                                                    \
    X(CORRUPT_RECORD, "corrupt-record")                                                            \
    X(DISK_FULL, "disk-full")                                                                      \
    X(SKEW, "clock-skew")                                                                          \
    X(DRIFT, "clock-drift")                                                                        \
    X(JUMP, "clock-jump")                                                                          \
    X(LATE_TIMER, "late-timer")                                                                    \
    X(TWO_PROPOSALS, "two-proposals")                                                              \
    X(TWO_VOTES, "two-votes")                                                                      \
    X(WITHHELD, "withheld-votes")                                                                  \
    X(SOME_ONLY, "votes-to-some")                                                                  \
    X(FALSE_CLAIM, "false-prepared-claim")                                                         \
    X(FORGED_PROPOSAL, "forged-justification")                                                     \
    X(INVALID_BLOCK, "invalid-block")                                                              \
    X(WRONG_ROOT, "wrong-state-root")                                                              \
    X(HUGE_ROUND, "huge-round")                                                                    \
    X(REPLAY, "replay")                                                                            \
    X(OTHER_GENESIS, "other-genesis")                                                              \
    X(SILENCE, "silent-proposer")                                                                  \
    X(BAD_CERTIFICATE, "bad-certificate")                                                          \
    X(FALSE_STATUS, "false-status")                                                                \
    X(SET_CHANGE, "set-change")

enum sim_fault {
#define X(name, text) SIM_##name,
    SIM_FAULTS(X)
#undef X
        SIM_FAULT_COUNT
};
const char *sim_fault_name(enum sim_fault fault);

/* ---- whole runs ---- */

struct sim_world;
/* node/qbft on a chain of the simulator's own, with made-up signatures. */
extern const struct sim_world SIM_STUB;

struct sim_options {
    const struct sim_world *world; /* NULL: SIM_STUB */
    uint64_t seed;
    size_t validators; /* 0: drawn */
    size_t nodes;      /* with the observers; 0: drawn. Not fewer than validators */
    uint64_t heights;  /* in all */
    bool is_calm;      /* no fault is drawn: a scenario makes its own */
    FILE *trace;       /* a line an event; NULL: none */
};

struct sim_report {
    uint64_t seed;
    size_t validators; /* at the start */
    size_t nodes;
    uint64_t heights;      /* decided */
    uint64_t hurt_heights; /* of them while faults struck */
    uint64_t rounds;       /* of all certificates */
    uint64_t time_us;      /* simulated */
    uint64_t trace_hash;
    uint64_t evidence;
    uint64_t set_changes;
    uint8_t levels[SIM_FAULT_COUNT];
    uint64_t strikes[SIM_FAULT_COUNT];
    bool is_void; /* late votes made more of the set faulty than may be: nothing is said of it */
    bool is_violated; /* one of the invariants; `problem` says which */
    bool is_stalled;  /* no progress where there must be */
    char problem[256];
};

/* Runs a seed through both phases. */
void sim_run_seed(const struct sim_options *options, struct sim_report *report);

/* ---- scenarios: a calm network and verbs ---- */

struct sim;
struct sim_letter;

struct sim *sim_new(const struct sim_options *options);
void sim_free(struct sim *sim);
void sim_run_ms(struct sim *sim, uint64_t ms);
/* Until node's head is there; false: not within so much time. */
bool sim_run_to(struct sim *sim, size_t node, uint64_t height, uint64_t ms_max);
void sim_fill_report(const struct sim *sim, struct sim_report *report);

void sim_stop(struct sim *sim, size_t node);
void sim_start(struct sim *sim, size_t node);
/* It stops when it has sent its next message of this code, to everyone. */
void sim_stop_when(struct sim *sim, size_t node, unsigned code);
/* Links between those of the mask and the others are cut, both ways. */
void sim_part(struct sim *sim, uint32_t mask);
void sim_heal(struct sim *sim);
/* Asked of every message; true: it is lost. NULL: none is. */
void sim_lose(struct sim *sim,
              bool (*loses)(void *ctx, size_t from, size_t to, const struct sim_letter *letter),
              void *ctx);
unsigned sim_letter_code(const struct sim_letter *letter);
/* 0 for what is no message of consensus. */
uint64_t sim_letter_height(const struct sim_letter *letter);
uint64_t sim_letter_round(const struct sim_letter *letter);
/* The node that signed it. */
size_t sim_letter_signer(const struct sim_letter *letter);
/* The same for the same bytes. */
uint64_t sim_letter_id(const struct sim_letter *letter);
/* Says it to everyone, as if signed by whom it names. */
void sim_say(struct sim *sim, size_t from, const struct qbft_message *message);
/* A Byzantine node from now on, with these faults alone, at level 3. */
void sim_corrupt(struct sim *sim, size_t node, const enum sim_fault *faults, size_t count);
/* Every honest validator votes for it. */
void sim_vote(struct sim *sim, size_t candidate);

uint64_t sim_head(const struct sim *sim, size_t node);
/* Of its block at a height that it has. */
mm_hash32 sim_hash_at(const struct sim *sim, size_t node, uint64_t height);
uint64_t sim_round_at(const struct sim *sim, size_t node, uint64_t height);
size_t sim_set_size(const struct sim *sim, size_t node);
struct qbft_status sim_status(const struct sim *sim, size_t node);
uint64_t sim_evidence(const struct sim *sim, size_t node);
const char *sim_problem(const struct sim *sim); /* NULL: none */

#endif
