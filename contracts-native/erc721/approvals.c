/* Who may move a token besides its owner: one account a token, operators of all of an owner's tokens. */
#include "contracts-native/erc721/erc721.h"

static mm_u256 operator_slot(const mm_addr *owner, const mm_addr *operator_addr)
{
    const mm_u256 of_owner = storage_at_addr(owner, &ERC721_OPERATOR_APPROVALS);
    return storage_at_addr(operator_addr, &of_owner);
}

enum exec_status erc721_is_operator(struct abi_call *call, bool *approved, const mm_addr *owner,
                                    const mm_addr *operator_addr)
{
    const mm_u256 slot = operator_slot(owner, operator_addr);
    return storage_load_bool(call, approved, &slot);
}

/* args: to, id. Whom the token's approval names may not hand it on. */
enum exec_status erc721_approve(struct abi_call *call)
{
    const mm_addr to = u256_to_addr(&call->args[0].word);
    const mm_u256 *id = &call->args[1].word;
    const mm_addr *caller = host_caller(call->host);
    mm_addr owner;
    HOST_TRY(erc721_owner_of(call, &owner, id));
    if (!mm_addr_is_zero(caller) && !mm_addr_equal(&owner, caller)) {
        bool is_operator;
        HOST_TRY(erc721_is_operator(call, &is_operator, &owner, caller));
        if (!is_operator)
            return erc721_refuse_addr(call, ERC721_INVALID_APPROVER, caller);
    }
    HOST_TRY(abi_emit(call, &erc721_events[ERC721_APPROVAL],
                      ABI_VALUES(abi_addr(&owner), abi_addr(&to), abi_word(id))));
    const mm_u256 slot = storage_at_word(id, &ERC721_TOKEN_APPROVALS);
    return storage_store_addr(call, &slot, &to);
}

enum exec_status erc721_get_approved(struct abi_call *call)
{
    mm_addr owner;
    mm_addr approved;
    HOST_TRY(erc721_owner_of(call, &owner, &call->args[0].word));
    const mm_u256 slot = storage_at_word(&call->args[0].word, &ERC721_TOKEN_APPROVALS);
    HOST_TRY(storage_load_addr(call, &approved, &slot));
    call->results[0] = abi_addr(&approved);
    return EXEC_OK;
}

/* args: operator, approved */
enum exec_status erc721_set_approval_for_all(struct abi_call *call)
{
    const mm_addr operator_addr = u256_to_addr(&call->args[0].word);
    const mm_addr *caller = host_caller(call->host);
    if (mm_addr_is_zero(caller))
        return erc721_refuse_addr(call, ERC721_INVALID_APPROVER, caller);
    if (mm_addr_is_zero(&operator_addr))
        return erc721_refuse_addr(call, ERC721_INVALID_OPERATOR, &operator_addr);
    const mm_u256 slot = operator_slot(caller, &operator_addr);
    HOST_TRY(storage_store_bool(call, &slot, !u256_is_zero(&call->args[1].word)));
    return abi_emit(call, &erc721_events[ERC721_APPROVAL_FOR_ALL],
                    ABI_VALUES(abi_addr(caller), abi_addr(&operator_addr), call->args[1]));
}

/* args: owner, operator */
enum exec_status erc721_is_approved_for_all(struct abi_call *call)
{
    const mm_addr owner = u256_to_addr(&call->args[0].word);
    const mm_addr operator_addr = u256_to_addr(&call->args[1].word);
    bool approved;
    HOST_TRY(erc721_is_operator(call, &approved, &owner, &operator_addr));
    call->results[0] = abi_bool(approved);
    return EXEC_OK;
}
