#include "node/pool/pool.h"

#include <stdlib.h>

#include "node/pool/pool_internal.h"
#include "state/base/assert.h"
#include "state/base/heap.h"
#include "state/crypto/keccak.h"

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

/* ---- admission ---- */

/* The sender's account as of the head. The view is taken inside the pool's lock: a block that becomes visible after it is
 * followed by pool_finish, which puts this sender's nonce right. */
static mm_err read_account(struct pool *pool, struct account *account, size_t *code_len,
                           const mm_addr *addr)
{
    struct ledger_view *view = ledger_acquire(pool->ledger);
    struct ledger_state state;
    ledger_state_init(&state, view, ledger_latest(view));
    const struct exec_view exec_view = ledger_exec_view(&state);
    const mm_hash32 key = keccak256(mm_bytes_addr(addr));
    mm_err err = exec_view.account(exec_view.ctx, account, &key);
    if (err == MM_ERR_NOT_FOUND)
        err = MM_OK;
    *code_len = account_has_code(account);
    ledger_state_fini(&state);
    ledger_release(view);
    return err;
}

static void refuse_tx(struct submit_outcome *outcome, enum tx_verdict verdict, const mm_u256 *have,
                      const mm_u256 *want)
{
    outcome->verdict = SUBMIT_TX;
    outcome->tx = verdict;
    outcome->have = *have;
    outcome->want = *want;
}

/* has_code: of an account that nobody speaks for. */
static bool check_state(struct submit_outcome *outcome, const struct tx *tx,
                        const struct account *account, uint64_t nonce, bool has_code)
{
    const mm_u256 tx_nonce = u256_from_u64(tx->nonce);
    const mm_u256 next = u256_from_u64(nonce);
    mm_u256 cost;
    if (tx->nonce < nonce)
        refuse_tx(outcome, TX_NONCE_TOO_LOW, &tx_nonce, &next);
    else if (tx->nonce == UINT64_MAX)
        refuse_tx(outcome, TX_NONCE_MAX, &tx_nonce, &next);
    else if (has_code)
        refuse_tx(outcome, TX_SENDER_HAS_CODE, &tx_nonce, &next);
    else if (!tx_cost_max(&cost, tx))
        refuse_tx(outcome, TX_FEE_TOO_LARGE, &tx_nonce, &next);
    else if (u256_compare(&account->balance, &cost) < 0)
        refuse_tx(outcome, TX_NO_FUNDS, &cost, &account->balance);
    return outcome->verdict == SUBMIT_OK;
}

/* new > old, and new >= old * (1 + 10 %); when that does not fit 256 bits nothing is dear enough. The first rule is for fees so
 * small (a tip of zero, say) that a tenth of them is nothing: replacing must cost something. */
static bool is_dearer(const mm_u256 *fee, const mm_u256 *old)
{
    if (u256_compare(fee, old) <= 0)
        return false;
    const mm_u256 percent = u256_from_u64(100 + POOL_REPLACE_PERCENT);
    const mm_u256 hundred = u256_from_u64(100);
    mm_u256 needed;
    mm_u256 offered;
    return u256_mul(&needed, old, &percent) &&
           (!u256_mul(&offered, fee, &hundred) || u256_compare(&offered, &needed) >= 0);
}

static bool check_queue(const struct pool *pool, struct submit_outcome *outcome,
                        const struct tx *tx, const struct pool_account *account, uint64_t nonce)
{
    const uint64_t missing = account == NULL ? nonce : account->nonce + account->ready;
    const size_t place = account == NULL ? 0 : pool_account_place(account, tx->nonce);
    if (account != NULL && place < account->count && account->txs[place]->tx.nonce == tx->nonce) {
        const struct tx *old = &account->txs[place]->tx;
        if (!is_dearer(&tx->max_fee, &old->max_fee) ||
            !is_dearer(&tx->priority_fee, &old->priority_fee)) {
            outcome->verdict = SUBMIT_UNDERPRICED;
            return false;
        }
    } else if (tx->nonce > missing && tx->nonce - missing > POOL_GAP_MAX) {
        outcome->verdict = SUBMIT_GAP;
        outcome->have = u256_from_u64(tx->nonce);
        outcome->want = u256_from_u64(missing);
        return false;
    }
    if (pool->table.tx_count >= POOL_TXS_MAX || pool->table.bytes + tx->raw.len > POOL_BYTES_MAX) {
        outcome->verdict = SUBMIT_POOL_FULL;
        return false;
    }
    return true;
}

static void insert(struct pool *pool, struct submit_outcome *outcome, const struct tx *tx,
                   struct pool_account *account, uint64_t nonce, bool *is_ready)
{
    if (account == NULL)
        account = pool_table_add_account(&pool->table, &tx->sender, nonce);
    struct pool_tx *pooled = account == NULL ? NULL : pool_tx_new(tx, pool->arrivals++);
    const size_t ready_before = account == NULL ? 0 : account->ready;
    if (pooled == NULL || pool_table_add_tx(&pool->table, account, pooled) != MM_OK) {
        if (pooled != NULL)
            pool_tx_release(pooled);
        if (account != NULL && account->count == 0)
            pool_table_drop_account(&pool->table, account);
        outcome->verdict = SUBMIT_POOL_FULL; /* of memory */
        return;
    }
    pool->ready_count += account->ready - ready_before;
    *is_ready = tx->nonce < account->nonce + account->ready;
}

static void add(struct pool *pool, struct submit_outcome *outcome, const struct tx *tx,
                bool *is_ready)
{
    if (pool_table_find_tx(&pool->table, &tx->hash) != NULL) {
        outcome->verdict = SUBMIT_KNOWN;
        return;
    }
    struct account state;
    size_t code_len = 0;
    if (read_account(pool, &state, &code_len, &tx->sender) != MM_OK) {
        outcome->verdict = SUBMIT_STOPPED; /* the disk failed: the writer will find the same */
        return;
    }
    struct pool_account *account = pool_table_find_account(&pool->table, &tx->sender);
    const uint64_t nonce = account == NULL ? state.nonce : account->nonce;
    if (check_state(outcome, tx, &state, nonce, code_len > 0 && !tx->is_impersonated) &&
        check_queue(pool, outcome, tx, account, nonce))
        insert(pool, outcome, tx, account, nonce, is_ready);
}

void pool_add(struct pool *pool, struct submit_outcome *outcome, const struct tx *tx,
              bool *is_ready)
{
    *outcome = (struct submit_outcome){ .verdict = SUBMIT_OK, .hash = tx->hash };
    *is_ready = false;
    (void)pthread_mutex_lock(&pool->lock);
    add(pool, outcome, tx, is_ready);
    (void)pthread_mutex_unlock(&pool->lock);
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

/* ---- a block's worth ---- */

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
