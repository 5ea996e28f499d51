/* Faults at random, by a seed, and the demand that the network gets over them.
 *
 *     calm 3 s ─► faults, 20 to 40 s: every 2 to 5 s a node is killed, paused or cut off, now and then all ─► heal: all nodes run
 *        ▲                                                                                                      │
 *        └──────────── everything that was acknowledged is everywhere ◄── progress within CHAOS_PROGRESS_MS ◄───┘
 *
 * More nodes than the chain tolerates may be down at once: then it has to stop and not to fork. The seed decides what happens and
 * when, as far as a clock and processes can be decided.
 * Threads: the testnet's. */
#ifndef NODE_TESTNET_CHAOS_H
#define NODE_TESTNET_CHAOS_H

#include "node/testnet/load.h"

enum {
    CHAOS_PROGRESS_MS = 40000, /* two blocks on every node, after a heal */
    CHAOS_CALM_MS = 3000,
};

struct chaos_counts {
    uint64_t kills;
    uint64_t pauses;
    uint64_t cuts;      /* of a node's cable, alone or with others; with namespaces */
    uint64_t blackouts; /* of all nodes at once; each is as many kills */
    uint64_t heals;
    uint64_t heal_ms_max; /* until all nodes had two more blocks */
};

struct chaos {
    uint64_t state; /* of the random numbers */
    enum { CHAOS_CALM, CHAOS_FAULTS, CHAOS_HEAL } phase;
    uint64_t phase_end_ms;
    uint64_t next_ms;                     /* the next fault */
    uint64_t until_ms[TESTNET_NODES_MAX]; /* a node's fault ends; 0: it has none */
    bool is_cut[TESTNET_NODES_MAX];
    uint64_t healed_ms;
    uint64_t healed_head;
    struct chaos_counts counts;
};

struct chaos chaos_init(uint64_t seed, uint64_t now_ms);
/* After testnet_look. False: the network did not get over it, for this reason. */
bool chaos_step(struct chaos *chaos, struct testnet *testnet, struct load *load, uint64_t now_ms,
                struct mm_reason *reason);
/* Ends all faults. */
bool chaos_end(struct chaos *chaos, struct testnet *testnet, struct mm_reason *reason);
uint64_t chaos_draw(struct chaos *chaos, uint64_t below);

#endif
