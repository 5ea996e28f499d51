/* The pool: transactions that wait for a block.
 *
 *     sender ──► account nonce 7 │ 7  8  9 │     11 12        one queue a sender, by nonce
 *                                └─ ready ─┘ gap └ queued ┘   only the gapless beginning can go into a block
 *
 * What comes in was checked against the chain's rules (tx_check) and its sender recovered; here it meets the state as of the
 * head (nonce, funds) and what waits already (replacement, gap, room). A transaction whose fee cap is below the base fee waits.
 * A block takes ready ones by effective tip, the earlier first among equals, and each sender's in the order of their nonces.
 * Limits: transactions, bytes, and how far above the next missing nonce one may be. A full pool refuses.
 * Memory: the pool copies what it takes; a batch holds references, so what is in a block in work cannot go away.
 * Threads: all functions from any; one lock inside, held for microseconds. */
#ifndef NODE_POOL_POOL_H
#define NODE_POOL_POOL_H

#include "rpc/backend/backend.h"

enum {
    POOL_TXS_MAX = 200000,
    POOL_BYTES_MAX = 256 << 20,
    POOL_GAP_MAX = 64, /* nonces above the next missing one; up to it is queued, not refused */
    POOL_REPLACE_PERCENT = 10, /* dearer in both fees, as go-ethereum asks */
};
_Static_assert(POOL_BYTES_MAX > 64 * MM_TX_BYTES_MAX,
               "a few large transactions must not fill the pool");

struct pool;

/* The ledger outlives the pool. NULL: no memory. */
struct pool *pool_new(struct ledger *ledger);
void pool_free(struct pool *pool);

/* Copies tx on SUBMIT_OK. outcome->ticket is not set here. *is_ready: it can go into the next block. */
void pool_add(struct pool *pool, struct submit_outcome *outcome, const struct tx *tx,
              bool *is_ready);

bool pool_find(struct pool *pool, struct mm_arena *arena, struct tx *tx, const mm_hash32 *hash);
/* Who sent a pooled transaction; nobody whom dev control spoke for. */
bool pool_find_sender(struct pool *pool, mm_addr *sender, const mm_hash32 *hash);
uint64_t pool_nonce(struct pool *pool, const mm_addr *addr, uint64_t state_nonce);
MM_MUST_USE mm_err pool_list(struct pool *pool, struct mm_arena *arena, const struct tx **txs,
                             const bool **is_queued, size_t *count);
size_t pool_ready_count(struct pool *pool);
/* False: it is not there, or in a batch that was taken. */
bool pool_drop(struct pool *pool, const mm_hash32 *hash);
/* All but what was taken. */
void pool_drop_all(struct pool *pool);
void pool_counts(struct pool *pool, uint64_t *ready, uint64_t *queued);

/* ---- the writer's side ---- */

/* Ready transactions for one block, in the order in which to try them. */
struct pool_batch {
    struct pool_tx **txs;      /* owned references */
    enum tx_verdict *verdicts; /* to be filled; TX_BLOCK_GAS (not tried) to begin with */
    size_t count;
};
/* As many as a block can hold by size, that pay this base fee. MM_ERR_NO_MEMORY. */
MM_MUST_USE mm_err pool_take(struct pool *pool, struct pool_batch *batch, const mm_u256 *base_fee);
const struct tx *pool_batch_tx(const struct pool_batch *batch, size_t index);
/* After the block is visible: what is in it leaves, and so does what can never be; the rest stays. Releases the batch. */
void pool_finish(struct pool *pool, struct pool_batch *batch);
/* No block came of it yet: what can never be in one leaves, all else stays. Releases the batch. */
void pool_put_back(struct pool *pool, struct pool_batch *batch);
/* Whether a ready transaction pays this base fee. */
bool pool_pays(struct pool *pool, const mm_u256 *base_fee);
/* The account's nonce is another: by a block from elsewhere, or from outside the chain. */
void pool_reset_nonce(struct pool *pool, const mm_addr *addr, uint64_t nonce);

#endif
