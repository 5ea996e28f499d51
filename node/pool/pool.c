#include "node/pool/pool.h"

#include <stdlib.h>

#include "node/pool/pool_internal.h"
#include "state/base/heap.h"

struct pool *pool_new(struct ledger *ledger)
{
    struct pool *pool = mm_heap_zeroed(1, sizeof *pool);
    if (pool == NULL)
        return NULL;
    pool->ledger = ledger;
    (void)pthread_mutex_init(&pool->lock, NULL);
    if (pool_table_init(&pool->table) != MM_OK) {
        pool_free(pool);
        return NULL;
    }
    return pool;
}

void pool_free(struct pool *pool)
{
    if (pool == NULL)
        return;
    pool_table_fini(&pool->table);
    (void)pthread_mutex_destroy(&pool->lock);
    mm_heap_free(pool);
}

/* ---- looking ---- */

bool pool_find(struct pool *pool, struct mm_arena *arena, struct tx *tx, const mm_hash32 *hash)
{
    (void)pthread_mutex_lock(&pool->lock);
    const struct pool_tx *found = pool_table_find_tx(&pool->table, hash);
    const bool is_found = found != NULL && pool_tx_copy(arena, tx, &found->tx);
    (void)pthread_mutex_unlock(&pool->lock);
    return is_found;
}

bool pool_find_sender(struct pool *pool, mm_addr *sender, const mm_hash32 *hash)
{
    (void)pthread_mutex_lock(&pool->lock);
    const struct pool_tx *found = pool_table_find_tx(&pool->table, hash);
    const bool is_there = found != NULL && !found->tx.is_impersonated;
    if (is_there)
        *sender = found->tx.sender;
    (void)pthread_mutex_unlock(&pool->lock);
    return is_there;
}

uint64_t pool_nonce(struct pool *pool, const mm_addr *addr, uint64_t state_nonce)
{
    (void)pthread_mutex_lock(&pool->lock);
    const struct pool_account *account = pool_table_find_account(&pool->table, addr);
    const uint64_t nonce = account == NULL ? state_nonce : account->nonce + account->ready;
    (void)pthread_mutex_unlock(&pool->lock);
    return nonce > state_nonce ? nonce : state_nonce;
}

static int by_addr(const void *a, const void *b)
{
    const struct pool_account *const *x = a;
    const struct pool_account *const *y = b;
    return memcmp((*x)->addr.b, (*y)->addr.b, sizeof(*x)->addr.b);
}

static mm_err list(const struct pool_table *table, struct mm_arena *arena, const struct tx **txs,
                   const bool **is_queued, size_t *count)
{
    struct tx *copies = MM_ARENA_ARRAY(arena, struct tx, table->tx_count);
    bool *queued = MM_ARENA_ARRAY(arena, bool, table->tx_count);
    const struct pool_account **accounts =
        MM_ARENA_ARRAY(arena, const struct pool_account *, table->account_count);
    if (copies == NULL || queued == NULL || accounts == NULL)
        return MM_ERR_NO_MEMORY;
    size_t account_count = 0;
    for (size_t i = 0; i < table->capacity; i++) {
        for (const struct pool_account *account = table->by_addr[i]; account != NULL;
             account = account->next_by_addr)
            accounts[account_count++] = account;
    }
    if (account_count > 1)
        qsort(accounts, account_count, sizeof *accounts, by_addr);
    size_t listed = 0;
    for (size_t i = 0; i < account_count; i++) {
        for (size_t j = 0; j < accounts[i]->count; j++) {
            if (!pool_tx_copy(arena, &copies[listed], &accounts[i]->txs[j]->tx))
                return MM_ERR_NO_MEMORY;
            queued[listed++] = j >= accounts[i]->ready;
        }
    }
    *txs = copies;
    *is_queued = queued;
    *count = listed;
    return MM_OK;
}

mm_err pool_list(struct pool *pool, struct mm_arena *arena, const struct tx **txs,
                 const bool **is_queued, size_t *count)
{
    *txs = NULL;
    *is_queued = NULL;
    *count = 0;
    (void)pthread_mutex_lock(&pool->lock);
    const mm_err err = list(&pool->table, arena, txs, is_queued, count);
    (void)pthread_mutex_unlock(&pool->lock);
    return err;
}

size_t pool_ready_count(struct pool *pool)
{
    (void)pthread_mutex_lock(&pool->lock);
    const size_t count = pool->ready_count;
    (void)pthread_mutex_unlock(&pool->lock);
    return count;
}

void pool_counts(struct pool *pool, uint64_t *ready, uint64_t *queued)
{
    (void)pthread_mutex_lock(&pool->lock);
    *ready = pool->ready_count;
    *queued = pool->table.tx_count - pool->ready_count;
    (void)pthread_mutex_unlock(&pool->lock);
}

/* ---- dropping ---- */

static void drop_at(struct pool *pool, struct pool_account *account, size_t place)
{
    const size_t ready_before = account->ready;
    pool_table_drop_tx(&pool->table, account, place);
    pool->ready_count = pool->ready_count - ready_before + account->ready;
    if (account->count == 0)
        pool_table_drop_account(&pool->table, account);
}

bool pool_drop(struct pool *pool, const mm_hash32 *hash)
{
    (void)pthread_mutex_lock(&pool->lock);
    const struct pool_tx *tx = pool_table_find_tx(&pool->table, hash);
    const bool drops = tx != NULL && !tx->is_taken;
    if (drops) {
        struct pool_account *account = pool_table_find_account(&pool->table, &tx->tx.sender);
        drop_at(pool, account, pool_account_place(account, tx->tx.nonce));
    }
    (void)pthread_mutex_unlock(&pool->lock);
    return drops;
}

void pool_drop_all(struct pool *pool)
{
    (void)pthread_mutex_lock(&pool->lock);
    for (size_t i = 0; i < pool->table.capacity; i++) {
        struct pool_account *account = pool->table.by_addr[i];
        while (account != NULL) {
            struct pool_account *next = account->next_by_addr;
            for (size_t j = account->count; j-- > 0;) {
                const bool is_last = account->count == 1;
                if (!account->txs[j]->is_taken)
                    drop_at(pool, account, j);
                if (is_last)
                    break;
            }
            account = next;
        }
    }
    (void)pthread_mutex_unlock(&pool->lock);
}
