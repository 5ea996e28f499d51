/* What others may take: allowances. */
#include "contracts-native/credit/credit_internal.h"

static mm_u256 allowance_slot(const mm_addr *owner, const mm_addr *spender)
{
    const mm_u256 of_owner = storage_at_addr(owner, &CREDIT_ALLOWANCES);
    return storage_at_addr(spender, &of_owner);
}

/* args: owner, spender */
enum exec_status credit_allowance(struct abi_call *call)
{
    const mm_addr owner = u256_to_addr(&call->args[0].word);
    const mm_addr spender = u256_to_addr(&call->args[1].word);
    const mm_u256 slot = allowance_slot(&owner, &spender);
    return host_load(call->host, &call->results[0].word, &slot);
}

static enum exec_status put(struct abi_call *call, const mm_addr *owner, const mm_addr *spender,
                            const mm_u256 *amount)
{
    if (mm_addr_is_zero(owner))
        return credit_refuse_addr(call, CREDIT_INVALID_APPROVER, owner);
    if (mm_addr_is_zero(spender))
        return credit_refuse_addr(call, CREDIT_INVALID_SPENDER, spender);
    const mm_u256 slot = allowance_slot(owner, spender);
    return host_store(call->host, &slot, amount);
}

/* args: spender, amount */
enum exec_status credit_approve(struct abi_call *call)
{
    const mm_addr *owner = host_caller(call->host);
    const mm_addr spender = u256_to_addr(&call->args[0].word);
    HOST_TRY(put(call, owner, &spender, &call->args[1].word));
    HOST_TRY(abi_emit(call, &credit_events[CREDIT_APPROVAL],
                      ABI_VALUES(abi_addr(owner), abi_addr(&spender), call->args[1])));
    call->results[0] = abi_bool(true);
    return EXEC_OK;
}

/* An allowance of all ones is not used up, and using one up says nothing. */
static enum exec_status spend(struct abi_call *call, const mm_addr *owner, const mm_addr *spender,
                              const mm_u256 *amount)
{
    static const mm_u256 endless = { { UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX } };
    const mm_u256 slot = allowance_slot(owner, spender);
    mm_u256 allowance;
    mm_u256 left;
    HOST_TRY(host_load(call->host, &allowance, &slot));
    if (u256_equal(&allowance, &endless))
        return EXEC_OK;
    if (!u256_sub(&left, &allowance, amount))
        return abi_revert(call, &credit_errors[CREDIT_INSUFFICIENT_ALLOWANCE],
                          ABI_VALUES(abi_addr(spender), abi_word(&allowance), abi_word(amount)));
    return put(call, owner, spender, &left);
}

/* args: from, to, amount */
enum exec_status credit_transfer_from(struct abi_call *call)
{
    const mm_addr from = u256_to_addr(&call->args[0].word);
    const mm_addr to = u256_to_addr(&call->args[1].word);
    HOST_TRY(spend(call, &from, host_caller(call->host), &call->args[2].word));
    HOST_TRY(credit_move_amount(call, &from, &to, &call->args[2].word));
    call->results[0] = abi_bool(true);
    return EXEC_OK;
}
