#include "state/exec/transition.h"

#include "state/base/assert.h"
#include "state/exec/exec_internal.h"
#include "state/exec/gas.h"

mm_err exec_new(struct mm_arena *arena, struct exec **exec, const struct exec_view *view,
                const struct exec_natives *natives, const struct exec_block *block)
{
    *exec = NULL;
    struct exec *made = MM_ARENA_NEW(arena, struct exec);
    if (made == NULL)
        return MM_ERR_NO_MEMORY;
    made->arena = arena;
    made->block = *block;
    made->natives = natives;
    MM_TRY(journal_init(&made->journal, arena, view));
    *exec = made;
    return MM_OK;
}

/* The rules that need the state, in the order in which clients know them. */
static bool check_transaction(struct exec *exec, struct exec_outcome *outcome, const struct tx *tx,
                              uint64_t gas_left, struct journal_account *sender)
{
    const mm_u256 base_fee = exec->block.base_fee;
    mm_u256 cost;
    mm_bytes code;
    enum tx_verdict verdict = TX_OK;
    if (!journal_code(&exec->journal, sender, &code))
        return false;
    if (tx->gas_limit > gas_left)
        verdict = TX_BLOCK_GAS;
    else if (tx->nonce < sender->now.nonce)
        verdict = TX_NONCE_TOO_LOW;
    else if (tx->nonce > sender->now.nonce)
        verdict = TX_NONCE_TOO_HIGH;
    else if (tx->nonce == UINT64_MAX)
        verdict = TX_NONCE_MAX;
    else if (code.len > 0 &&
             !tx->is_impersonated) /* a contract has no key, but dev control speaks for it */
        verdict = TX_SENDER_HAS_CODE;
    else if (u256_compare(&tx->max_fee, &base_fee) < 0)
        verdict = TX_FEE_BELOW_BASE;
    else if (!tx_cost_max(&cost, tx))
        verdict = TX_FEE_TOO_LARGE;
    else if (u256_compare(&sender->now.balance, &cost) < 0)
        verdict = TX_NO_FUNDS;
    outcome->verdict = verdict;
    return true;
}

/* EIP-2929, EIP-2930, EIP-3651: sender, recipient, coinbase and the access list are warm from the start. */
static bool warm_up(struct exec *exec, const struct exec_message *message)
{
    struct journal *journal = &exec->journal;
    const mm_addr *addrs[] = { &message->from, &message->to, &exec->block.coinbase };
    bool was_cold;
    for (size_t i = 0; i < MM_COUNT_OF(addrs); i++) {
        struct journal_account *account = journal_account(journal, addrs[i]);
        if (account == NULL || !journal_warm_account(journal, account, &was_cold))
            return false;
    }
    for (size_t i = 0; i < message->access_count; i++) {
        const struct tx_access *access = &message->access_list[i];
        struct journal_account *account = journal_account(journal, &access->addr);
        if (account == NULL || !journal_warm_account(journal, account, &was_cold))
            return false;
        for (size_t j = 0; j < access->slot_count; j++) {
            const mm_u256 number = u256_from_hash(&access->slots[j]);
            struct journal_slot *slot = journal_slot(journal, account, &number);
            if (slot == NULL || !journal_warm_slot(journal, slot, &was_cold))
                return false;
        }
    }
    return true;
}

static mm_err fault_of(const struct exec *exec)
{
    MM_ASSERT(exec->journal.fault != MM_OK);
    return exec->journal.fault;
}

/* wei = gas * price; the product was checked against the sender's balance before. */
static mm_u256 cost_of(uint64_t gas, const mm_u256 *price)
{
    mm_u256 cost;
    const mm_u256 amount = u256_from_u64(gas);
    const bool fits = u256_mul(&cost, &amount, price);
    MM_ASSERT(fits);
    return cost;
}

/* Runs the message on bought gas and fills what the receipt says. intrinsic is at most the gas limit. */
static mm_err run_message(struct exec *exec, struct exec_outcome *outcome,
                          const struct exec_message *message, uint64_t intrinsic)
{
    if (!warm_up(exec, message))
        return fault_of(exec);
    const struct frame_call call = {
        .caller = message->from,
        .to = message->to,
        .value = message->value,
        .input = message->input,
    };
    uint64_t left = message->gas_limit - intrinsic;
    outcome->status = frame_run(exec, &call, &left, &outcome->output);
    if (outcome->status == EXEC_FAULT)
        return fault_of(exec);
    outcome->gas_used = message->gas_limit - left;
    if (outcome->status == EXEC_OK) {
        MM_ASSERT(exec->journal.refund >= 0);
        const uint64_t most = outcome->gas_used / GAS_REFUND_QUOTIENT;
        outcome->gas_refunded =
            (uint64_t)exec->journal.refund < most ? (uint64_t)exec->journal.refund : most;
        outcome->gas_used -= outcome->gas_refunded;
        outcome->logs = exec->journal.logs;
        outcome->log_count = exec->journal.log_count;
    }
    return MM_OK;
}

static bool pay(struct exec *exec, struct journal_account *account, const mm_u256 *wei)
{
    if (u256_is_zero(wei))
        return true;
    struct account now = account->now;
    /* A balance stays at 2^256 - 1; that much exists only where genesis or an edit says so. */
    if (!u256_add(&now.balance, &now.balance, wei))
        memset(&now.balance, 0xff, sizeof now.balance);
    return journal_set_account(&exec->journal, account, &now);
}

/* Gives the unused gas back and pays the coinbase what is above the base fee. */
static mm_err settle(struct exec *exec, const struct exec_outcome *outcome, const struct tx *tx,
                     struct journal_account *sender)
{
    const mm_u256 unused = cost_of(tx->gas_limit - outcome->gas_used, &outcome->gas_price);
    const mm_u256 base_fee = exec->block.base_fee;
    const mm_u256 tip_price =
        u256_wrapping_sub(&outcome->gas_price, &base_fee); /* the price is at least the base fee */
    const mm_u256 tip = cost_of(outcome->gas_used, &tip_price);
    struct journal_account *coinbase = journal_account(&exec->journal, &exec->block.coinbase);
    if (coinbase == NULL || !pay(exec, sender, &unused) || !pay(exec, coinbase, &tip))
        return fault_of(exec);
    return MM_OK;
}

mm_err exec_transact(struct exec *exec, struct exec_outcome *outcome, const struct tx *tx,
                     uint64_t gas_left)
{
    *outcome = (struct exec_outcome){ 0 };
    struct journal *journal = &exec->journal;
    journal_begin_tx(journal);
    struct journal_account *sender = journal_account(journal, &tx->sender);
    if (sender == NULL || !check_transaction(exec, outcome, tx, gas_left, sender))
        return fault_of(exec);
    if (outcome->verdict != TX_OK)
        return MM_OK;
    const mm_u256 base_fee = exec->block.base_fee;
    outcome->gas_price = tx_gas_price(tx, &base_fee);
    struct account bought = sender->now;
    const mm_u256 price = cost_of(tx->gas_limit, &outcome->gas_price);
    const bool affordable = u256_sub(&bought.balance, &bought.balance, &price);
    MM_ASSERT(affordable); /* the effective price is at most the fee cap that was checked */
    bought.nonce++;
    if (!journal_set_account(journal, sender, &bought))
        return fault_of(exec);
    const struct exec_message message = {
        .from = tx->sender,
        .to = tx->to,
        .value = tx->value,
        .gas_price = outcome->gas_price,
        .input = tx->data,
        .gas_limit = tx->gas_limit,
        .access_list = tx->access_list,
        .access_count = tx->access_count,
    };
    const uint64_t intrinsic = tx_intrinsic_gas(tx);
    MM_ASSERT(!tx->creates && intrinsic <= tx->gas_limit); /* tx_check saw to it */
    MM_TRY(run_message(exec, outcome, &message, intrinsic));
    return settle(exec, outcome, tx, sender);
}

static uint64_t intrinsic_of(const struct exec_message *message)
{
    const struct tx tx = {
        .type = message->access_count > 0 ? TX_ACCESS_LIST : TX_LEGACY,
        .data = message->input,
        .access_list = message->access_list,
        .access_count = message->access_count,
    };
    return tx_intrinsic_gas(&tx);
}

mm_err exec_call(struct exec *exec, struct exec_outcome *outcome,
                 const struct exec_message *message)
{
    *outcome = (struct exec_outcome){ .gas_price = message->gas_price };
    struct journal *journal = &exec->journal;
    journal_begin_tx(journal);
    const struct journal_checkpoint before = journal_checkpoint(journal);
    struct journal_account *sender = journal_account(journal, &message->from);
    if (sender == NULL)
        return fault_of(exec);
    const uint64_t intrinsic = intrinsic_of(message);
    const mm_u256 gas = u256_from_u64(message->gas_limit);
    mm_u256 cost;
    if (intrinsic > message->gas_limit) {
        outcome->verdict = TX_INTRINSIC_GAS;
        return MM_OK;
    }
    if (!u256_mul(&cost, &gas, &message->gas_price) || !u256_add(&cost, &cost, &message->value) ||
        u256_compare(&cost, &sender->now.balance) > 0) {
        outcome->verdict = TX_NO_FUNDS;
        return MM_OK;
    }
    MM_TRY(run_message(exec, outcome, message, intrinsic));
    journal_revert(journal, before);
    return MM_OK;
}
