/* Blocks: header, transactions, and the parts that are always empty here.
 *
 *     block = rlp([header, [transaction …], [ommer …], [withdrawal …]])      the last list from 17 header fields on
 * A typed transaction stands in the list as an RLP string of its envelope, a legacy one as the list itself.
 * The transactions root is the root of the trie rlp(index) → envelope (trie/ordered.h).
 * Memory: a decoded block borrows from the arena. Threads: pure functions. */
#ifndef STATE_CHAIN_BLOCK_H
#define STATE_CHAIN_BLOCK_H

#include "state/base/arena.h"
#include "state/chain/header.h"
#include "state/chain/tx.h"

struct block {
    struct header header;
    mm_hash32 hash; /* of the header */
    const struct tx *txs;
    size_t tx_count;
    mm_bytes ommers;      /* the list item as it stands; 0xc0 here */
    mm_bytes withdrawals; /* the list item as it stands, empty when the header has no root for it */
};

struct block_problem {
    enum rlp_verdict rlp;
    enum tx_verdict tx; /* of transaction tx_index, when rlp is RLP_OK; TX_NO_MEMORY of any part */
    size_t tx_index;
};

/* Out: *block. False: *problem says what, and *block is empty; RLP_TOO_LARGE also above
 * MM_BLOCK_BYTES_MAX. Senders are not recovered. */
MM_MUST_USE bool block_decode(struct mm_arena *arena, struct block *block, mm_bytes encoded,
                              struct block_problem *problem);
/* The block around transactions whose raw bytes are at hand. */
void block_encode(struct mm_buf *buf, const struct header *header, const struct tx *txs,
                  size_t tx_count);
/* A decoded block as it stood, with its ommers and withdrawals. */
void block_encode_whole(struct mm_buf *buf, const struct block *block);
/* Whether ommers and withdrawals are the empty lists that this chain's header rules commit to. The block hash covers those lists
 * by their roots alone, so who takes a block from outside asks this too. */
bool block_has_only_txs(const struct block *block);
/* Length of block_encode's encoding. */
size_t block_encoded_len(const struct header *header, const struct tx *txs, size_t tx_count);

#endif
