/* Who has how much: transfers, and what the collection does. */
#include "contracts-native/credit/credit_internal.h"

static const mm_addr nobody;

enum exec_status credit_refuse_addr(struct abi_call *call, enum credit_error error,
                                    const mm_addr *addr)
{
    return abi_revert(call, &credit_errors[error], ABI_VALUES(abi_addr(addr)));
}

mm_u256 credit_balance_slot(const mm_addr *account)
{
    return storage_at_addr(account, &CREDIT_BALANCES);
}

/* Solidity's checked += of the supply. */
static enum exec_status grow_supply(struct abi_call *call, mm_u256 *supply, const mm_u256 *amount)
{
    HOST_TRY(host_load(call->host, supply, &CREDIT_TOTAL_SUPPLY));
    if (!u256_add(supply, supply, amount))
        return abi_panic(call, ABI_PANIC_OVERFLOW);
    return host_store(call->host, &CREDIT_TOTAL_SUPPLY, supply);
}

static enum exec_status shrink_supply(struct abi_call *call, const mm_u256 *amount)
{
    mm_u256 supply;
    HOST_TRY(host_load(call->host, &supply, &CREDIT_TOTAL_SUPPLY));
    supply = u256_wrapping_sub(&supply,
                               amount); /* unchecked there: a balance is no more than the supply */
    return host_store(call->host, &CREDIT_TOTAL_SUPPLY, &supply);
}

static enum exec_status take(struct abi_call *call, const mm_addr *from, const mm_u256 *amount)
{
    const mm_u256 slot = credit_balance_slot(from);
    mm_u256 balance;
    mm_u256 left;
    HOST_TRY(host_load(call->host, &balance, &slot));
    if (!u256_sub(&left, &balance, amount))
        return abi_revert(call, &credit_errors[CREDIT_INSUFFICIENT_BALANCE],
                          ABI_VALUES(abi_addr(from), abi_word(&balance), abi_word(amount)));
    return host_store(call->host, &slot, &left);
}

static enum exec_status give(struct abi_call *call, const mm_addr *to, const mm_u256 *amount)
{
    const mm_u256 slot = credit_balance_slot(to);
    mm_u256 balance;
    HOST_TRY(host_load(call->host, &balance, &slot));
    balance = u256_wrapping_add(&balance, amount); /* unchecked there: no more than the supply */
    return host_store(call->host, &slot, &balance);
}

/* OpenZeppelin's _update with the cap behind it. */
static enum exec_status update(struct abi_call *call, const mm_addr *from, const mm_addr *to,
                               const mm_u256 *amount)
{
    const bool is_mint = mm_addr_is_zero(from);
    mm_u256 supply = { { 0 } };
    mm_u256 cap;
    HOST_TRY(is_mint ? grow_supply(call, &supply, amount) : take(call, from, amount));
    HOST_TRY(mm_addr_is_zero(to) ? shrink_supply(call, amount) : give(call, to, amount));
    HOST_TRY(abi_emit(call, &credit_events[CREDIT_TRANSFER],
                      ABI_VALUES(abi_addr(from), abi_addr(to), abi_word(amount))));
    if (!is_mint)
        return EXEC_OK;
    HOST_TRY(host_load(call->host, &cap, &CREDIT_SUPPLY_MAX));
    if (u256_compare(&supply, &cap) <= 0)
        return EXEC_OK;
    return abi_revert(call, &credit_errors[CREDIT_EXCEEDED_CAP],
                      ABI_VALUES(abi_word(&supply), abi_word(&cap)));
}

enum exec_status credit_move_amount(struct abi_call *call, const mm_addr *from, const mm_addr *to,
                                    const mm_u256 *amount)
{
    if (mm_addr_is_zero(from))
        return credit_refuse_addr(call, CREDIT_INVALID_SENDER, from);
    if (mm_addr_is_zero(to))
        return credit_refuse_addr(call, CREDIT_INVALID_RECEIVER, to);
    return update(call, from, to, amount);
}

static enum exec_status check_collection(struct abi_call *call)
{
    mm_addr collection;
    HOST_TRY(storage_load_addr(call, &collection, &CREDIT_COLLECTION));
    return mm_addr_equal(&collection, host_caller(call->host))
               ? EXEC_OK
               : credit_refuse_addr(call, CREDIT_UNAUTHORIZED, host_caller(call->host));
}

/* ---- functions ---- */

enum exec_status credit_balance(struct abi_call *call)
{
    const mm_addr account = u256_to_addr(&call->args[0].word);
    const mm_u256 slot = credit_balance_slot(&account);
    return host_load(call->host, &call->results[0].word, &slot);
}

enum exec_status credit_total_supply(struct abi_call *call)
{
    return host_load(call->host, &call->results[0].word, &CREDIT_TOTAL_SUPPLY);
}

/* args: to, amount */
enum exec_status credit_transfer(struct abi_call *call)
{
    const mm_addr to = u256_to_addr(&call->args[0].word);
    HOST_TRY(credit_move_amount(call, host_caller(call->host), &to, &call->args[1].word));
    call->results[0] = abi_bool(true);
    return EXEC_OK;
}

/* args: to, amount */
enum exec_status credit_mint(struct abi_call *call)
{
    const mm_addr to = u256_to_addr(&call->args[0].word);
    HOST_TRY(check_collection(call));
    if (mm_addr_is_zero(&to))
        return credit_refuse_addr(call, CREDIT_INVALID_RECEIVER, &to);
    return update(call, &nobody, &to, &call->args[1].word);
}

/* args: from, amount */
enum exec_status credit_burn(struct abi_call *call)
{
    const mm_addr from = u256_to_addr(&call->args[0].word);
    HOST_TRY(check_collection(call));
    if (mm_addr_is_zero(&from))
        return credit_refuse_addr(call, CREDIT_INVALID_SENDER, &from);
    return update(call, &from, &nobody, &call->args[1].word);
}

/* args: from, to, amount */
enum exec_status credit_move(struct abi_call *call)
{
    const mm_addr from = u256_to_addr(&call->args[0].word);
    const mm_addr to = u256_to_addr(&call->args[1].word);
    HOST_TRY(check_collection(call));
    return credit_move_amount(call, &from, &to, &call->args[2].word);
}
