/* A node that begins with a snapshot, among peers of every kind, in a time that a test moves: the machine, a real chain that peers
 * serve as nodes do, and a real store that takes what comes.
 *
 *     world_init ─► blocks on world.dev ─► world_peer … ─► world_run ─► world_finish: the chain that came of it is the same */
#ifndef TESTS_UNIT_P2P_SNAP_WORLD_H
#define TESTS_UNIT_P2P_SNAP_WORLD_H

#include "node/import/restore.h"
#include "node/snapshot/serve.h"
#include "p2p/snap/snap.h"
#include "tests/lib/dev_chain.h"

enum { WORLD_PEERS_MAX = 8 };

enum manner {
    HONEST,
    SILENT,        /* nothing but STATUS */
    SLOW,          /* answers after 8 s */
    LEAVES_OUT,    /* the last leaf but one */
    CHANGES_VALUE, /* one bit of a leaf */
    CUTS_SHORT,    /* says whole and gives half */
    SAYS_EMPTY,    /* of every range */
    NO_NODES,      /* a range without its proof */
    WRONG_CODE,    /* other bytes than the accounts name */
    NO_CODE,
    GARBAGE,         /* bytes that are no RLP */
    TWICE,           /* each answer again */
    BAD_SEALS,       /* headers with too few */
    OTHER_LINK,      /* headers that do not follow */
    BOASTS,          /* claims what it has not, and has no headers at all */
    BOASTS_LATER,    /* claims what it has not; what it has is true */
    BOASTS_SILENTLY, /* likewise; does not answer what is asked about the rest */
    OTHER_VALIDATORS,
    NO_VALIDATORS,
    NO_STATE,  /* says that it has none */
    HEAD_ONLY, /* has the state after its head and no other */
    PRUNES,    /* has no state that is much older than what it is asked for first */
};

struct world_peer {
    enum manner manner;
    bool is_up;
    bool is_banned;
    enum snap_verdict verdict;
    size_t slow;   /* how often it was called that */
    size_t served; /* ranges */
    struct serve *serve;
};

struct message;

struct world {
    struct dev_chain dev;  /* what peers have */
    struct dev_chain late; /* what becomes of the new node */
    struct chain_restore *restore;
    struct snap *snap;
    struct world_peer peers[WORLD_PEERS_MAX + 1]; /* by their number, from 1 */
    size_t peer_count;
    struct message *messages; /* owned list */
    uint64_t now_ms;
    uint64_t status_ms;
    size_t dropped; /* states */
    size_t codes;
    bool disk_fails;
    size_t memory_fails; /* so many STATEs are looked at with three allocations at most */
    void (*each_second)(struct world *world); /* may be NULL */
};

/* validators 0: the development chain. */
void world_init(struct world *world, size_t validators);
void world_fini(struct world *world);
/* A block of what is pending, sealed by a quorum. */
void world_block(struct world *world);
/* An honest chain of so many blocks more, with tokens and payments. */
void world_blocks(struct world *world, size_t blocks, size_t mints_each);
/* The new node starts: an empty folder, and these peers. */
void world_start(struct world *world);
size_t world_peer(struct world *world, enum manner manner);
/* Until the machine has come to an end, or so long. The phase then. */
enum snap_phase world_run(struct world *world, uint64_t most_ms);
/* Makes the chain, opens it, and holds its state against what the others have at that block. */
void world_finish(struct world *world);
struct snap_status world_status(const struct world *world);

#endif
