/* Receipts and logs.
 *
 *     receipt = rlp([status, cumulativeGasUsed, bloom, [log …]]), typed ones with the transaction's type byte in front
 *     log     = rlp([address, [topic …], data])
 * Before Byzantium the first field was a state root of 32 bytes; the codec reads it.
 * Memory: a decoded receipt borrows from the arena. Threads: pure functions. */
#ifndef STATE_CHAIN_RECEIPT_H
#define STATE_CHAIN_RECEIPT_H

#include "state/base/arena.h"
#include "state/chain/header.h"
#include "state/chain/tx.h"

enum { LOG_TOPICS_MAX = 4 };

struct log {
    mm_addr addr;
    mm_hash32 topics[LOG_TOPICS_MAX];
    size_t topic_count;
    mm_bytes data;
};

struct receipt {
    enum tx_type type;
    bool ok;             /* status 1 */
    bool has_post_state; /* before Byzantium */
    mm_hash32 post_state;
    uint64_t cumulative_gas;
    struct bloom bloom;
    const struct log *logs;
    size_t log_count;
};

/* As it stands in the receipts trie. */
void receipt_encode(struct mm_buf *buf, const struct receipt *receipt);
/* One receipt in that form. */
MM_MUST_USE enum rlp_verdict receipt_decode(struct mm_arena *arena, struct receipt *receipt,
                                            mm_bytes encoded);
/* bloom of the logs */
void receipt_bloom(struct bloom *bloom, const struct log *logs, size_t log_count);

#endif
