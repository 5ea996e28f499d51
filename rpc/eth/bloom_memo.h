/* Bloom filters of receipts, without hashing the same things again and again.
 *
 * A receipt's filter is not stored, since its logs give it: a Keccak for each address and topic, which is half of what an answer
 * costs. But most of them are the same few (a contract, its events, its busy users), so their three bits are remembered.
 * Memory: fixed. Threads: one at a time. Source: yellow paper, section 4.3.1. */
#ifndef RPC_ETH_BLOOM_MEMO_H
#define RPC_ETH_BLOOM_MEMO_H

#include "state/chain/receipt.h"

enum { BLOOM_MEMO_ITEMS = 256 };

struct bloom_memo {
    struct {
        uint8_t item[32];
        uint8_t len;                    /* 0: nothing here */
        uint16_t bits[BLOOM_ITEM_BITS]; /* as bloom_places has them */
    } items[BLOOM_MEMO_ITEMS];
};

/* As receipt_bloom. */
void bloom_memo_of(struct bloom_memo *memo, struct bloom *bloom, const struct log *logs,
                   size_t log_count);

#endif
