/* A block's worth: what goes into a block, by what it pays, and what becomes of it after the block. */
#include "node/pool/pool_internal.h"
#include "state/base/assert.h"
#include "state/base/heap.h"

/* A sender in the choice: its next transaction and what that pays. */
struct bidder {
    const struct pool_account *account;
    size_t next;
    mm_u256 tip;
};

static bool is_better(const struct bidder *a, const struct bidder *b)
{
    const int order = u256_compare(&a->tip, &b->tip);
    if (order != 0)
        return order > 0;
    return a->account->txs[a->next]->arrival < b->account->txs[b->next]->arrival;
}

/* A binary heap, the best bidder on top. */
static void sift_down(struct bidder *heap, size_t count, size_t at)
{
    for (;;) {
        size_t best = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < count; child++) {
            if (is_better(&heap[child], &heap[best]))
                best = child;
        }
        if (best == at)
            return;
        const struct bidder moved = heap[at];
        heap[at] = heap[best];
        heap[best] = moved;
        at = best;
    }
}

/* Whether the bidder's next transaction can go into a block with this base fee; sets its tip. */
static bool can_bid(struct bidder *bidder, const mm_u256 *base_fee)
{
    if (bidder->next >= bidder->account->ready)
        return false;
    const struct tx *tx = &bidder->account->txs[bidder->next]->tx;
    if (u256_compare(&tx->max_fee, base_fee) < 0)
        return false;
    const mm_u256 price = tx_gas_price(tx, base_fee);
    bidder->tip = u256_wrapping_sub(&price, base_fee);
    return true;
}

static void choose(struct pool_batch *batch, struct bidder *heap, size_t count,
                   const mm_u256 *base_fee, size_t most)
{
    size_t bytes = 0;
    for (size_t i = count / 2; i-- > 0;)
        sift_down(heap, count, i);
    while (count > 0 && batch->count < most) {
        struct pool_tx *tx = heap[0].account->txs[heap[0].next];
        bytes += tx->tx.raw.len;
        if (bytes > MM_BLOCK_BYTES_MAX)
            return;
        atomic_fetch_add_explicit(&tx->users, 1, memory_order_relaxed);
        tx->is_taken = true;
        batch->verdicts[batch->count] = TX_BLOCK_GAS;
        batch->txs[batch->count++] = tx;
        heap[0].next++;
        if (!can_bid(&heap[0], base_fee))
            heap[0] = heap[--count];
        sift_down(heap, count, 0);
    }
}

static mm_err take(struct pool *pool, struct pool_batch *batch, const mm_u256 *base_fee)
{
    const size_t most = pool->ready_count;
    batch->txs = mm_heap_zeroed(most, sizeof *batch->txs);
    batch->verdicts = mm_heap_zeroed(most, sizeof *batch->verdicts);
    struct bidder *heap = mm_heap_zeroed(pool->table.account_count, sizeof *heap);
    if (batch->txs != NULL && batch->verdicts != NULL && heap != NULL) {
        size_t count = 0;
        for (size_t i = 0; i < pool->table.capacity; i++) {
            for (const struct pool_account *account = pool->table.by_addr[i]; account != NULL;
                 account = account->next_by_addr) {
                heap[count] = (struct bidder){ .account = account };
                count += can_bid(&heap[count], base_fee);
            }
        }
        choose(batch, heap, count, base_fee, most);
    }
    const bool has_memory = batch->txs != NULL && batch->verdicts != NULL && heap != NULL;
    mm_heap_free(heap);
    return has_memory ? MM_OK : MM_ERR_NO_MEMORY;
}

mm_err pool_take(struct pool *pool, struct pool_batch *batch, const mm_u256 *base_fee)
{
    *batch = (struct pool_batch){ 0 };
    (void)pthread_mutex_lock(&pool->lock);
    const mm_err err = take(pool, batch, base_fee);
    (void)pthread_mutex_unlock(&pool->lock);
    if (err != MM_OK) {
        mm_heap_free(batch->txs);
        mm_heap_free(batch->verdicts);
        *batch = (struct pool_batch){ 0 };
    }
    return err;
}

const struct tx *pool_batch_tx(const struct pool_batch *batch, size_t index)
{
    MM_ASSERT(index < batch->count);
    return &batch->txs[index]->tx;
}

/* Whether a refused transaction may still get into a later block. */
static bool can_wait(enum tx_verdict verdict)
{
    return verdict == TX_BLOCK_GAS || verdict == TX_FEE_BELOW_BASE || verdict == TX_NONCE_TOO_HIGH;
}

/* Drops everything below the account's nonce, and the account when nothing is left. */
static void settle_account(struct pool *pool, struct pool_account *account, uint64_t nonce)
{
    const size_t ready_before = account->ready;
    account->nonce = nonce;
    pool_table_drop_front(&pool->table, account, pool_account_place(account, nonce));
    pool->ready_count = pool->ready_count - ready_before + account->ready;
    if (account->count == 0)
        pool_table_drop_account(&pool->table, account);
}

static void finish_tx(struct pool *pool, const struct pool_tx *tx, enum tx_verdict verdict)
{
    struct pool_account *account = pool_table_find_account(&pool->table, &tx->tx.sender);
    if (account == NULL)
        return;
    if (verdict == TX_OK) {
        if (tx->tx.nonce + 1 > account->nonce)
            account->nonce = tx->tx.nonce + 1; /* settled once a sender, below */
        return;
    }
    const size_t place = pool_account_place(account, tx->tx.nonce);
    if (can_wait(verdict) || place == account->count || account->txs[place] != tx)
        return;
    const size_t ready_before = account->ready;
    pool_table_drop_tx(&pool->table, account, place);
    pool->ready_count = pool->ready_count - ready_before + account->ready;
}

void pool_finish(struct pool *pool, struct pool_batch *batch)
{
    (void)pthread_mutex_lock(&pool->lock);
    for (size_t i = 0; i < batch->count; i++) {
        batch->txs[i]->is_taken = false;
        finish_tx(pool, batch->txs[i], batch->verdicts[i]);
    }
    for (size_t i = 0; i < batch->count; i++) {
        struct pool_account *account =
            pool_table_find_account(&pool->table, &batch->txs[i]->tx.sender);
        if (account != NULL && (account->count == 0 || account->txs[0]->tx.nonce < account->nonce))
            settle_account(pool, account, account->nonce);
    }
    (void)pthread_mutex_unlock(&pool->lock);
    for (size_t i = 0; i < batch->count; i++)
        pool_tx_release(batch->txs[i]);
    mm_heap_free(batch->txs);
    mm_heap_free(batch->verdicts);
    *batch = (struct pool_batch){ 0 };
}

void pool_put_back(struct pool *pool, struct pool_batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        if (batch->verdicts[i] == TX_OK)
            batch->verdicts[i] = TX_BLOCK_GAS;
    }
    pool_finish(pool, batch);
}

static bool pays(const struct pool *pool, const mm_u256 *base_fee)
{
    for (size_t i = 0; i < pool->table.capacity; i++) {
        const struct pool_account *account = pool->table.by_addr[i];
        for (; account != NULL; account = account->next_by_addr) {
            struct bidder bidder = { .account = account };
            if (can_bid(&bidder, base_fee))
                return true;
        }
    }
    return false;
}

bool pool_pays(struct pool *pool, const mm_u256 *base_fee)
{
    (void)pthread_mutex_lock(&pool->lock);
    const bool does = pool->ready_count > 0 && pays(pool, base_fee);
    (void)pthread_mutex_unlock(&pool->lock);
    return does;
}

void pool_reset_nonce(struct pool *pool, const mm_addr *addr, uint64_t nonce)
{
    (void)pthread_mutex_lock(&pool->lock);
    struct pool_account *account = pool_table_find_account(&pool->table, addr);
    if (account != NULL)
        settle_account(pool, account, nonce);
    (void)pthread_mutex_unlock(&pool->lock);
}
