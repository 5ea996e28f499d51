/* Subscriptions: what connections asked to be told of, and the thread that tells them.
 *
 *     a block is visible ────┐                              ┌─► newHeads            one text for all of them
 *     a transaction is in ───┼─► news ─► the hub's thread ──┼─► logs                a message a log
 *     the pool               │           (its own view)     ├─► transactionReceipts a message a block
 *                            │                              └─► newPendingTransactions
 *     the writer and the doors only ring; they never wait for a subscriber, nor for text to be written for one
 *
 * Each subscription knows the next block it has not been told of, so that none is missed or told twice, whenever it came.
 * It is told nothing before the answer with its id is out: it is made silent, and starts when the answer was sent.
 * When the chain is taken back, the old one is told to its end, its logs come again as removed, the last block first, and a
 * subscription goes on from there: each is told of every chain that there was, one after the other.
 *
 * Memory: a subscription's filter in an arena of its own; the text that is being written; transactions that came, and views of
 * chains that went, since the hub last looked. Threads: one, started with the first subscription; all functions from any.
 * Limits: HUB_…; what waits for a connection is bounded by it (rpc/http/websocket.h). */
#ifndef RPC_ETH_HUB_H
#define RPC_ETH_HUB_H

#include "rpc/eth/eth_internal.h"

enum {
    HUB_SUBSCRIPTIONS_MAX = 4096, /* of all connections */
    HUB_FILTER_BYTES_MAX = 512 << 10,
    HUB_FILTERS_BYTES_MAX = 32 << 20,
    HUB_NEWS_BYTES_MAX =
        64 << 20, /* of transactions; beyond it they are told by hash in their block alone */
    HUB_TEXT_BYTES_MAX = 64 << 20, /* of one message */
};

enum subscription_kind {
    SUBSCRIPTION_HEADS,
    SUBSCRIPTION_LOGS,
    SUBSCRIPTION_RECEIPTS,
    SUBSCRIPTION_PENDING,
    SUBSCRIPTION_SYNCING,
    SUBSCRIPTION_KINDS,
};

struct subscription {
    uint64_t id;
    enum subscription_kind kind;
    struct mm_arena arena;   /* of the filters below */
    struct log_filter logs;  /* of SUBSCRIPTION_LOGS, without a range */
    const mm_hash32 *hashes; /* of SUBSCRIPTION_RECEIPTS: these transactions alone */
    size_t hash_count;       /* 0: all */
    bool is_hydrated;        /* of SUBSCRIPTION_PENDING: whole transactions */

    struct rpc_eth_client *client; /* borrowed: its end ends its subscriptions */
    uint64_t message;              /* of the client's, in whose answer the id is */
    bool is_active;
    uint64_t next_block;
    uint64_t era; /* of the chain that the blocks before it are of */
    struct subscription *next, *prev;
};

MM_MUST_USE mm_err eth_hub_new(struct eth_hub **hub, struct rpc_eth *eth);
/* Ends the thread. */
void eth_hub_free(struct eth_hub *hub);

/* Not installed yet. NULL: no memory. */
struct subscription *subscription_new(enum subscription_kind kind);
void subscription_free(struct subscription *taken_subscription);

/* Gives it an id, silent until hub_start. On failure it is still the caller's: MM_ERR_LIMIT: too many. */
MM_MUST_USE mm_err hub_install(struct eth_hub *hub, struct subscription *subscription);
/* The answer to this message of the client's is out. */
void hub_start(struct eth_hub *hub, const struct rpc_eth_client *client, uint64_t message);
/* Whether the client had it. */
bool hub_remove(struct eth_hub *hub, const struct rpc_eth_client *client, uint64_t id);
/* All of the client's. Nothing is sent to it afterwards. */
void hub_forget(struct eth_hub *hub, const struct rpc_eth_client *client);

#endif
