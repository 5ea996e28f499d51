/* Who gets in. */
#include "node/pool/pool_internal.h"
#include "state/crypto/keccak.h"

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
