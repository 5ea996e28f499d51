/* A chain with tokens that is made beforehand, and nodes that have it or are to get it, as processes with links between them.
 *
 *     live_chain_fill ─► (sign what is to be sent later) ─► live_chain_lay("first"), … ─► live_node_start …
 *
 * All is in one folder under /tmp, root: the genesis, the validator's key, a folder for each node. live_chain_fini takes it away;
 * a program that fails leaves it for whoever looks. What goes wrong is said on standard error and ends the program.
 * Threads: one. */
#ifndef TESTS_LIB_LIVE_CHAIN_H
#define TESTS_LIB_LIVE_CHAIN_H

#include "tests/lib/dev_chain.h"
#include "tests/lib/door.h"

enum {
    LIVE_ROOT_BYTES = 48,
    LIVE_PATH_BYTES = 128,
    LIVE_READY_MS = 300 * 1000,
    LIVE_PEERS_MAX = 8,
};

/* Ends the program. */
_Noreturn void live_fail(const char *what);
double live_now_s(void);
void live_sleep_ms(long ms);
/* A command of the shell that must succeed; format has two %s. */
void live_run(const char *format, const char *a, const char *b);

/* ---- the chain ---- */

struct live_chain {
    const char *binary;
    char root[LIVE_ROOT_BYTES];
    char genesis_path[LIVE_PATH_BYTES];
    char key_path[LIVE_PATH_BYTES]; /* of the only validator */
    struct dev_chain dev;           /* closed once it is laid; addresses and the genesis stay */
};

struct live_plan {
    uint64_t blocks;
    uint64_t mint_blocks; /* of the first of them: in each 250 mints more */
};

/* Tokens first, many of them; then blocks as they come, a mint or a payment each. */
void live_chain_fill(struct live_chain *live, const char *binary, const struct live_plan *plan);
/* Closes the chain and gives it to the nodes of these names; the last is NULL. */
void live_chain_lay(struct live_chain *live, const char *const *names);
void live_chain_fini(struct live_chain *live);

/* ---- nodes ---- */

struct live_node {
    const char *name;
    char folder[LIVE_PATH_BYTES];
    char peers[LIVE_PEERS_MAX][32];
    struct node_process process;
};

struct live_start {
    const char *name;      /* and its folder's */
    bool is_validator;     /* the one there is */
    const char *sync;      /* of --sync; NULL: not said */
    const char *log_path;  /* where standard error goes; NULL: to ours */
    const unsigned *ports; /* of peers on this machine */
    size_t port_count;     /* LIVE_PEERS_MAX at most */
    unsigned wait_ms;      /* until it is ready; 0: not at all */
};
/* False: it ended, or was not ready in time. */
bool live_node_start(struct live_node *node, const struct live_chain *live,
                     const struct live_start *start);

/* One answer, the whole of it as text, the caller's. */
char *live_ask(const struct live_node *node, const char *method, const char *params);
uint64_t live_head(const struct live_node *node);
void live_wait_for_head(const struct live_node *node, uint64_t head);
/* The answer has this text in it. */
void live_must_say(const struct live_node *node, const char *method, const char *params,
                   const char *text);
/* Both have the same answer, and it is no error. */
void live_must_agree(const struct live_node *a, const struct live_node *b, const char *method,
                     const char *params);
/* The head with its roots, the collection, people and some owners are the same at both. */
void live_compare(const struct live_chain *live, const struct live_node *a,
                  const struct live_node *b);

#endif
