/* Answers that wait for a receipt: eth_sendRawTransactionSync (EIP-7966).
 *
 *     handler ──► the transaction is in the pool, not in a block ──► eth_late, a gap in the written answer
 *                                                                       │
 *     a block is visible ─┐                                             ▼
 *     a time has passed  ─┼─► the room's thread looks for the receipts of all gaps in one view, fills what it finds (or what
 *     the door closes    ─┘   has waited too long, with an error), and lets answers without gaps go
 *
 * No worker waits. The thread begins with the first such request; without one, a new head costs one look at a counter.
 * Memory: a gap has its transaction's hash. Threads: all functions from any. */
#ifndef RPC_ETH_LATE_H
#define RPC_ETH_LATE_H

#include "rpc/eth/eth_internal.h"

enum {
    LATE_DEFAULT_MS = 20000, /* go-ethereum's */
    LATE_MAX_MS = 60000,     /* a longer wait is cut to this */
};

/* A member of an answer whose result is not known yet. */
struct eth_late {
    struct eth_late *next; /* in the order of the answer */
    mm_hash32 hash;
    uint64_t timeout_ms;
    uint64_t deadline_ms;
    size_t at; /* in the text: behind the id, where result or error goes */
    bool is_filled;
    struct mm_buf filling; /* `,"result":…` or `,"error":…`; owned */
};

/* NULL: no memory. */
struct eth_late *eth_late_new(const mm_hash32 *hash, uint64_t timeout_ms);
void eth_late_free(struct eth_late *taken_list);

struct eth_late_room;
MM_MUST_USE mm_err eth_late_room_new(struct eth_late_room **room, struct rpc_eth *eth);
/* Ends the thread: whoever waits is told so. Those who come later do not wait. */
void eth_late_room_close(struct eth_late_room *room);
void eth_late_room_free(struct eth_late_room *room);
/* The chain has another head. */
void eth_late_heard_head(struct eth_late_room *room);

#endif
