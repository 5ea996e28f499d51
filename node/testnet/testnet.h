/* A network of nodes on this machine: keys and genesis in a folder, a process a node, and somebody who looks at all of them.
 *
 *     FOLDER/genesis.json        the chain: the built-in genesis with these validators
 *     FOLDER/testnet.json        how many nodes, and their ports
 *     FOLDER/node-1/             its data folder, validator.key, node.key, log
 *     …
 *
 * A folder that is there is taken up as it is: the same keys, the same chain. Nodes are this very program, `mintmark node …`, killed
 * when whoever runs them ends without having stopped them, be it by a signal.
 *
 * Ports from the base port on: JSON-RPC base + i, links base + 100 + i, gateway base + 200 + i, content API base + 300 + i.
 * Memory: owns everything. Threads: one. */
#ifndef NODE_TESTNET_TESTNET_H
#define NODE_TESTNET_TESTNET_H

#include <sys/types.h>

#include "node/files.h"
#include "p2p/wire/node_key.h"
#include "rpc/client/client.h"
#include "state/base/arena.h"
#include "state/base/limits.h"

enum {
    TESTNET_OBSERVERS_MAX = 16,
    TESTNET_NODES_MAX = MM_VALIDATORS_MAX + TESTNET_OBSERVERS_MAX,
    TESTNET_PORTS = 100, /* between the kinds of doors */
};

struct testnet_options {
    const char *folder;
    size_t validators;        /* 0: as the folder has it, or 4 */
    size_t observers;         /* SIZE_MAX: as the folder has it, or none */
    uint16_t base_port;       /* 0: as the folder has it, or 8545 */
    uint64_t block_period_ms; /* of a new chain */
    bool has_netns;           /* each node in a network namespace (netns.h) */
};

/* What a node said when it was asked last. */
struct testnet_look {
    bool is_there; /* it answered */
    uint64_t head;
    mm_hash32 head_hash;
    uint64_t head_time; /* seconds since 1970 */
    uint64_t round;     /* that the next height is in */
    uint64_t peers;
    uint64_t pending;
};

enum testnet_state { TESTNET_DOWN, TESTNET_UP, TESTNET_PAUSED };

struct testnet_node {
    size_t index; /* from 0; people count from 1 */
    bool is_validator;
    mm_addr addr; /* of a validator */
    char folder[FILE_PATH_BYTES];
    node_id id;
    char host[32]; /* 127.0.0.1, unless it is in a namespace */
    uint16_t rpc_port;
    uint16_t p2p_port;
    const char *const *more; /* of its command line, up to a NULL; or NULL. Borrowed */
    pid_t pid;               /* 0: none */
    enum testnet_state state;
    bool has_ended;        /* by itself: nobody asked for it */
    int how;               /* then: as waitpid says it */
    struct client *client; /* owned */
    struct testnet_look look;
};

struct testnet {
    char folder[FILE_PATH_BYTES];
    char program[FILE_PATH_BYTES];
    struct testnet_node nodes[TESTNET_NODES_MAX];
    size_t count;
    size_t validators;
    uint16_t base_port;
    struct mm_arena arena; /* of one question */
    bool has_netns;
    uint64_t agreed; /* the highest block at which all that answered were the same */
};

/* Makes the folder, or reads it. MM_ERR_INVALID: it is of another network than the options say. */
MM_MUST_USE mm_err testnet_open(struct testnet **testnet, const struct testnet_options *options,
                                struct mm_reason *reason);
/* Ends all nodes first. NULL is fine. */
void testnet_close(struct testnet *testnet);

/* ---- processes ---- */

/* It need not answer yet. */
MM_MUST_USE mm_err testnet_start(struct testnet *testnet, struct testnet_node *node,
                                 struct mm_reason *reason);
/* SIGKILL, and no process left. One that had ended before is noted as such. */
void testnet_kill(struct testnet_node *node);
void testnet_pause(struct testnet_node *node);
void testnet_resume(struct testnet_node *node);
/* All in order: asks each to end, waits, kills what does not. Ending otherwise than well is noted as having ended by itself. */
void testnet_stop(struct testnet *testnet);
/* Notes that a process has ended by itself: its node, or NULL when there is none (any more). */
struct testnet_node *testnet_reap(struct testnet *testnet);
/* How it has ended: "signal 11", "exit status 1". */
void testnet_describe_end(struct mm_reason *out, const struct testnet_node *node);
/* By SIGKILL, which no process sends itself. */
bool testnet_was_killed(const struct testnet_node *node);

/* ---- looking ---- */

/* Asks every node that runs. */
void testnet_look(struct testnet *testnet);
/* Whether two nodes have different blocks at one height, as far as they were asked: the reason says which. */
bool testnet_has_forked(struct testnet *testnet, struct mm_reason *reason);
/* How many answered, and the heads among them. */
size_t testnet_heads(const struct testnet *testnet, uint64_t *lowest, uint64_t *highest);

#endif
