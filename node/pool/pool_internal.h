#ifndef NODE_POOL_POOL_INTERNAL_H
#define NODE_POOL_POOL_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "node/pool/pool.h"

/* A pooled transaction, in one block of memory with everything it borrows. */
struct pool_tx {
    atomic_size_t users;
    struct tx tx;
    uint64_t arrival;
    size_t bytes;
    bool is_taken; /* a block with it is being made */
    struct pool_tx *next_by_hash;
};

/* ---- pool_tx.c ---- */
struct pool_tx *pool_tx_new(const struct tx *tx, uint64_t arrival);
void pool_tx_release(struct pool_tx *tx);
/* Copies into the arena; false when it is full. */
bool pool_tx_copy(struct mm_arena *arena, struct tx *out, const struct tx *tx);

/* A sender's queue. */
struct pool_account {
    mm_addr addr;
    uint64_t nonce;       /* of the account, as of the head */
    struct pool_tx **txs; /* owned, ascending by nonce */
    size_t count;
    size_t capacity;
    size_t ready; /* how many of them follow without a gap from `nonce` on */
    struct pool_account *next_by_addr;
};

/* ---- pool_table.c ---- */
struct pool_table {
    struct pool_tx **by_hash;
    struct pool_account **by_addr;
    size_t capacity; /* buckets of each; a power of two */
    size_t tx_count;
    size_t account_count;
    size_t bytes;
};
MM_MUST_USE mm_err pool_table_init(struct pool_table *table);
void pool_table_fini(struct pool_table *table);
struct pool_tx *pool_table_find_tx(const struct pool_table *table, const mm_hash32 *hash);
struct pool_account *pool_table_find_account(const struct pool_table *table, const mm_addr *addr);
/* NULL: no memory. */
struct pool_account *pool_table_add_account(struct pool_table *table, const mm_addr *addr,
                                            uint64_t nonce);
void pool_table_drop_account(struct pool_table *table, struct pool_account *account);
/* Takes the reference over. Replaces the one of the same nonce. */
MM_MUST_USE mm_err pool_table_add_tx(struct pool_table *table, struct pool_account *account,
                                     struct pool_tx *tx);
void pool_table_drop_tx(struct pool_table *table, struct pool_account *account, size_t index);
/* The first `count` of the queue. */
void pool_table_drop_front(struct pool_table *table, struct pool_account *account, size_t count);
/* Place of this nonce in the queue, or where it would be. */
size_t pool_account_place(const struct pool_account *account, uint64_t nonce);
void pool_account_count_ready(struct pool_account *account);

struct pool {
    pthread_mutex_t lock;
    struct ledger *ledger;
    struct pool_table table;
    uint64_t arrivals;
    size_t ready_count;
};

#endif
