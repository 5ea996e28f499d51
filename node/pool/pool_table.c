#include "node/pool/pool_internal.h"
#include "state/base/assert.h"
#include "state/base/heap.h"

enum { CAPACITY_MIN = 256, QUEUE_CAPACITY_MIN = 4 };

mm_err pool_table_init(struct pool_table *table)
{
    *table = (struct pool_table){ .capacity = CAPACITY_MIN };
    table->by_hash = mm_heap_zeroed(CAPACITY_MIN, sizeof *table->by_hash);
    table->by_addr = mm_heap_zeroed(CAPACITY_MIN, sizeof *table->by_addr);
    return table->by_hash == NULL || table->by_addr == NULL ? MM_ERR_NO_MEMORY : MM_OK;
}

void pool_table_fini(struct pool_table *table)
{
    for (size_t i = 0; table->by_addr != NULL && i < table->capacity; i++) {
        while (table->by_addr[i] != NULL) {
            struct pool_account *account = table->by_addr[i];
            pool_table_drop_front(table, account, account->count);
            pool_table_drop_account(table, account);
        }
    }
    mm_heap_free(table->by_hash);
    mm_heap_free(table->by_addr);
    *table = (struct pool_table){ 0 };
}

/* Both tables are of things an outsider can choose only at the price of hashing for them. */
static size_t hash_place(const mm_hash32 *hash, size_t capacity)
{
    uint64_t word;
    memcpy(&word, hash->b, sizeof word);
    return (size_t)word & (capacity - 1);
}

static size_t addr_place(const mm_addr *addr, size_t capacity)
{
    uint64_t word;
    memcpy(&word, addr->b, sizeof word);
    return (size_t)word & (capacity - 1);
}

static mm_err grow(struct pool_table *table)
{
    const size_t capacity = 2 * table->capacity;
    struct pool_tx **by_hash = mm_heap_zeroed(capacity, sizeof *by_hash);
    struct pool_account **by_addr = mm_heap_zeroed(capacity, sizeof *by_addr);
    if (by_hash == NULL || by_addr == NULL) {
        mm_heap_free(by_hash);
        mm_heap_free(by_addr);
        return MM_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < table->capacity; i++) {
        for (struct pool_tx *tx = table->by_hash[i]; tx != NULL;) {
            struct pool_tx *next = tx->next_by_hash;
            struct pool_tx **place = &by_hash[hash_place(&tx->tx.hash, capacity)];
            tx->next_by_hash = *place;
            *place = tx;
            tx = next;
        }
        for (struct pool_account *account = table->by_addr[i]; account != NULL;) {
            struct pool_account *next = account->next_by_addr;
            struct pool_account **place = &by_addr[addr_place(&account->addr, capacity)];
            account->next_by_addr = *place;
            *place = account;
            account = next;
        }
    }
    mm_heap_free(table->by_hash);
    mm_heap_free(table->by_addr);
    table->by_hash = by_hash;
    table->by_addr = by_addr;
    table->capacity = capacity;
    return MM_OK;
}

struct pool_tx *pool_table_find_tx(const struct pool_table *table, const mm_hash32 *hash)
{
    struct pool_tx *tx = table->by_hash[hash_place(hash, table->capacity)];
    while (tx != NULL && !mm_hash_equal(&tx->tx.hash, hash))
        tx = tx->next_by_hash;
    return tx;
}

struct pool_account *pool_table_find_account(const struct pool_table *table, const mm_addr *addr)
{
    struct pool_account *account = table->by_addr[addr_place(addr, table->capacity)];
    while (account != NULL && !mm_addr_equal(&account->addr, addr))
        account = account->next_by_addr;
    return account;
}

struct pool_account *pool_table_add_account(struct pool_table *table, const mm_addr *addr,
                                            uint64_t nonce)
{
    struct pool_account *account = mm_heap_zeroed(1, sizeof *account);
    if (account == NULL)
        return NULL;
    account->addr = *addr;
    account->nonce = nonce;
    struct pool_account **place = &table->by_addr[addr_place(addr, table->capacity)];
    account->next_by_addr = *place;
    *place = account;
    table->account_count++;
    return account;
}

void pool_table_drop_account(struct pool_table *table, struct pool_account *account)
{
    MM_ASSERT(account->count == 0);
    struct pool_account **link = &table->by_addr[addr_place(&account->addr, table->capacity)];
    while (*link != account)
        link = &(*link)->next_by_addr;
    *link = account->next_by_addr;
    mm_heap_free(account->txs);
    mm_heap_free(account);
    table->account_count--;
}

size_t pool_account_place(const struct pool_account *account, uint64_t nonce)
{
    size_t low = 0;
    size_t high = account->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (account->txs[middle]->tx.nonce < nonce)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void pool_account_count_ready(struct pool_account *account)
{
    if (account->ready > account->count || account->count == 0 ||
        account->txs[0]->tx.nonce != account->nonce)
        account->ready = 0;
    while (account->ready < account->count &&
           account->txs[account->ready]->tx.nonce == account->nonce + account->ready)
        account->ready++;
}

static void unlink_hash(struct pool_table *table, struct pool_tx *tx)
{
    struct pool_tx **link = &table->by_hash[hash_place(&tx->tx.hash, table->capacity)];
    while (*link != tx)
        link = &(*link)->next_by_hash;
    *link = tx->next_by_hash;
    table->tx_count--;
    table->bytes -= tx->bytes;
}

static void link_hash(struct pool_table *table, struct pool_tx *tx)
{
    struct pool_tx **place = &table->by_hash[hash_place(&tx->tx.hash, table->capacity)];
    tx->next_by_hash = *place;
    *place = tx;
    table->tx_count++;
    table->bytes += tx->bytes;
}

mm_err pool_table_add_tx(struct pool_table *table, struct pool_account *account, struct pool_tx *tx)
{
    if (table->tx_count >= table->capacity)
        MM_TRY(grow(table));
    const size_t place = pool_account_place(account, tx->tx.nonce);
    if (place < account->count && account->txs[place]->tx.nonce == tx->tx.nonce) {
        unlink_hash(table, account->txs[place]);
        pool_tx_release(account->txs[place]);
        account->txs[place] = tx;
        link_hash(table, tx);
        return MM_OK;
    }
    if (account->count == account->capacity) {
        struct pool_tx **txs =
            mm_heap_grow(account->txs, &account->capacity, QUEUE_CAPACITY_MIN, sizeof *txs);
        if (txs == NULL)
            return MM_ERR_NO_MEMORY;
        account->txs = txs;
    }
    memmove(account->txs + place + 1, account->txs + place,
            (account->count - place) * sizeof *account->txs);
    account->txs[place] = tx;
    account->count++;
    link_hash(table, tx);
    pool_account_count_ready(account);
    return MM_OK;
}

void pool_table_drop_tx(struct pool_table *table, struct pool_account *account, size_t index)
{
    MM_ASSERT(index < account->count);
    unlink_hash(table, account->txs[index]);
    pool_tx_release(account->txs[index]);
    memmove(account->txs + index, account->txs + index + 1,
            (account->count - index - 1) * sizeof *account->txs);
    account->count--;
    if (account->ready > index)
        account->ready = index;
    pool_account_count_ready(account);
}

void pool_table_drop_front(struct pool_table *table, struct pool_account *account, size_t count)
{
    MM_ASSERT(count <= account->count);
    for (size_t i = 0; i < count; i++) {
        unlink_hash(table, account->txs[i]);
        pool_tx_release(account->txs[i]);
    }
    account->count -= count;
    memmove(account->txs, account->txs + count, account->count * sizeof *account->txs);
    /* What was ready behind them still is: a block takes a few of a queue that may be long. */
    account->ready = count < account->ready ? account->ready - count : 0;
    pool_account_count_ready(account);
}
