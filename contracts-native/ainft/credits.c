/* Credits: what the collection asks of its credit account (contracts-native/credit), and those that tokens hold. A token's credits
 * stand in the collection's own balance there, so they go with the token when it is sold. */
#include "contracts-native/ainft/ainft_internal.h"

static enum exec_status load_credit(struct abi_call *call, mm_addr *credit)
{
    const mm_u256 slot = layout_slot(LAYOUT_CREDIT);
    return storage_load_addr(call, credit, &slot);
}

/* What it refuses is refused here with its words. */
static enum exec_status ask(struct abi_call *call, const char *signature,
                            const struct abi_value *args)
{
    const struct abi_question question = { .signature = signature, .results = "", .args = args };
    mm_addr credit;
    HOST_TRY(load_credit(call, &credit));
    return abi_ask(call, NULL, &credit, &question);
}

enum exec_status credits_mint(struct abi_call *call, const mm_addr *to, const mm_u256 *amount)
{
    return ask(call, "mint(address,uint256)", ABI_VALUES(abi_addr(to), abi_word(amount)));
}

enum exec_status credits_burn(struct abi_call *call, const mm_addr *from, const mm_u256 *amount)
{
    return ask(call, "burn(address,uint256)", ABI_VALUES(abi_addr(from), abi_word(amount)));
}

static enum exec_status move(struct abi_call *call, const mm_addr *from, const mm_addr *to,
                             const mm_u256 *amount)
{
    return ask(call, "move(address,address,uint256)",
               ABI_VALUES(abi_addr(from), abi_addr(to), abi_word(amount)));
}

/* ---- what a token holds ---- */

static enum exec_status emit_change(struct abi_call *call, const mm_u256 *token,
                                    const mm_u256 *delta, const mm_u256 *balance)
{
    return abi_emit(call, &ainft_events[AINFT_TOKEN_CREDIT_CHANGED],
                    ABI_VALUES(abi_word(token), abi_addr(host_caller(call->host)), abi_word(delta),
                               abi_word(balance)));
}

static enum exec_status put_more(struct abi_call *call, const mm_u256 *token, const mm_u256 *amount)
{
    const mm_u256 slot = layout_at(LAYOUT_TOKEN_CREDIT, token);
    mm_u256 balance;
    HOST_TRY(host_load(call->host, &balance, &slot));
    if (!u256_add(&balance, &balance, amount))
        return abi_panic(call, ABI_PANIC_OVERFLOW); /* more than the supply: no function makes it */
    HOST_TRY(host_store(call->host, &slot, &balance));
    return emit_change(call, token, amount, &balance);
}

static enum exec_status put_less(struct abi_call *call, const mm_u256 *token, const mm_u256 *amount)
{
    const mm_u256 slot = layout_at(LAYOUT_TOKEN_CREDIT, token);
    const mm_u256 zero = { { 0 } };
    mm_u256 balance;
    mm_u256 left;
    HOST_TRY(host_load(call->host, &balance, &slot));
    if (!u256_sub(&left, &balance, amount))
        return ainft_refuse(call, AINFT_INSUFFICIENT_TOKEN_CREDIT,
                            ABI_VALUES(abi_word(token), abi_word(&balance), abi_word(amount)));
    HOST_TRY(host_store(call->host, &slot, &left));
    const mm_u256 delta = u256_wrapping_sub(&zero, amount);
    return emit_change(call, token, &delta, &left);
}

enum exec_status credits_add_to_token(struct abi_call *call, const mm_u256 *token,
                                      const mm_u256 *amount)
{
    HOST_TRY(credits_mint(call, host_self(call->host), amount));
    return put_more(call, token, amount);
}

enum exec_status credits_take_from_token(struct abi_call *call, const mm_u256 *token,
                                         const mm_u256 *amount)
{
    HOST_TRY(put_less(call, token, amount));
    return credits_burn(call, host_self(call->host), amount);
}

/* ---- functions ---- */

enum exec_status ainft_credit(struct abi_call *call)
{
    mm_addr credit;
    HOST_TRY(load_credit(call, &credit));
    call->results[0] = abi_addr(&credit);
    return EXEC_OK;
}

enum exec_status ainft_token_credit(struct abi_call *call)
{
    const mm_u256 slot = layout_at(LAYOUT_TOKEN_CREDIT, &call->args[0].word);
    return host_load(call->host, &call->results[0].word, &slot);
}

/* args: token, amount. Anyone's own credits; no allowance, since he calls himself. */
enum exec_status ainft_deposit_credit(struct abi_call *call)
{
    mm_addr owner;
    HOST_TRY(erc721_owner_of(call, &owner, &call->args[0].word));
    HOST_TRY(move(call, host_caller(call->host), host_self(call->host), &call->args[1].word));
    return put_more(call, &call->args[0].word, &call->args[1].word);
}

/* args: token, to, amount. The owner alone: who may move a token may not empty it. */
enum exec_status ainft_withdraw_credit(struct abi_call *call)
{
    const mm_u256 *token = &call->args[0].word;
    const mm_addr *caller = host_caller(call->host);
    const mm_addr to = u256_to_addr(&call->args[1].word);
    mm_addr owner;
    HOST_TRY(erc721_owner_of(call, &owner, token));
    if (!mm_addr_equal(&owner, caller))
        return abi_revert(call, &erc721_errors[ERC721_INCORRECT_OWNER],
                          ABI_VALUES(abi_addr(caller), abi_word(token), abi_addr(&owner)));
    HOST_TRY(put_less(call, token, &call->args[2].word));
    return move(call, host_self(call->host), &to, &call->args[2].word);
}
