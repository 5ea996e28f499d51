/* Shared by the files of the real world: node/consensus on chains as nodes have them (node/import), secp256k1, native execution.
 *
 *     sim_real.c         the world: keys, the checker's chain, the table     sim_real_txs.c   a transaction for each number
 *     sim_real_node.c    a node: chain, consensus, what they ask and tell    sim_real_forge.c blocks of liars
 *
 * A transaction is a number still (sim_tx), so that clients, pools and checkers are those of the small chain; here each number has
 * a signed transaction to go with it. */
#ifndef TESTS_SIM_SIM_REAL_INTERNAL_H
#define TESTS_SIM_SIM_REAL_INTERNAL_H

#include "node/consensus/consensus.h"
#include "tests/lib/dev_chain.h"
#include "tests/lib/lossy_store.h"
#include "tests/sim/sim_internal.h"
#include "tests/sim/sim_real.h"

enum { SIM_RECOVERIES = 8192, SIM_REAL_BUCKETS = 4096 };

struct sim_real_tx {
    sim_tx id;
    struct tx tx;
    uint32_t next_by_id, next_by_hash; /* place + 1 of the next in its bucket */
};

/* Who signed what: asked again and again of the same seals. */
struct sim_recovery {
    struct secp_signature signature;
    mm_hash32 digest;
    mm_addr signer;
    bool is_there, is_valid;
};

struct sim_real {
    struct dev_chain council; /* everyone's keys, and the checker's chain */
    mm_hash32 account_keys[SIM_ACCOUNTS];
    struct sim_real_tx *txs; /* owned; they move */
    size_t count, capacity;
    uint32_t by_id[SIM_REAL_BUCKETS], by_hash[SIM_REAL_BUCKETS];
    struct sim_recovery recoveries[SIM_RECOVERIES];
};

struct sim_real_node {
    struct sim_node *node;
    struct dev_chain dev;
    struct lossy_store *store;
    struct consensus *consensus;
    bool is_struck; /* the process ends as soon as consensus has returned */
    bool wants_flush;
    bool has_started;    /* its folder is not new */
    size_t next_account; /* of the pool, for the block that is being built */
    struct tx offered;
    struct mm_reason reason;
};

/* ---- sim_real_txs.c ---- */
/* Borrowed until the next new one. */
const struct sim_real_tx *sim_real_tx(struct sim *sim, sim_tx tx);
const struct sim_real_tx *sim_real_find_tx(const struct sim_real *real, const mm_hash32 *hash);
struct chain_senders sim_real_senders(struct sim *sim);
struct chain_source sim_real_source(struct sim_real_node *r);
/* The person or validator that an account is. */
size_t sim_real_sender(size_t account);

/* ---- sim_real.c ---- */
/* What the chain's head is. */
void sim_real_read_head(const struct sim *sim, struct chain *chain, struct sim_state *state);

/* ---- sim_real_node.c ---- */
void sim_real_boot(struct sim_node *node);
void sim_real_tell(struct sim_node *node, struct qbft_event *event);
size_t sim_real_import(struct sim_node *node, const struct sim_decided *blocks, size_t count,
                       const char **verdict);
void sim_real_read_status(const struct sim_node *node, struct qbft_status *status);
void sim_real_down(struct sim_node *node);
void sim_real_fini(struct sim_node *node);

/* ---- sim_real_forge.c ---- */
struct qbft_block *sim_real_forge(struct sim_node *node, enum sim_spoil spoil);

#endif
