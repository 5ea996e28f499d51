/* Minting, transfers, burning. */
#include "contracts-native/erc721/erc721.h"

static const mm_addr nobody;

enum exec_status erc721_refuse_addr(struct abi_call *call, enum erc721_error error,
                                    const mm_addr *addr)
{
    return abi_revert(call, &erc721_errors[error], ABI_VALUES(abi_addr(addr)));
}

static enum exec_status refuse_nonexistent(struct abi_call *call, const mm_u256 *id)
{
    return abi_revert(call, &erc721_errors[ERC721_NONEXISTENT_TOKEN], ABI_VALUES(abi_word(id)));
}

enum exec_status erc721_owner_of(struct abi_call *call, mm_addr *owner, const mm_u256 *id)
{
    const mm_u256 slot = storage_at_word(id, &ERC721_OWNERS);
    HOST_TRY(storage_load_addr(call, owner, &slot));
    return mm_addr_is_zero(owner) ? refuse_nonexistent(call, id) : EXEC_OK;
}

/* One more or one less, wrapping: a balance is bounded by the number of tokens. */
static enum exec_status add_to_balance(struct abi_call *call, const mm_u256 *slot, bool more)
{
    const mm_u256 one = u256_from_u64(1);
    mm_u256 balance;
    HOST_TRY(host_load(call->host, &balance, slot));
    balance = more ? u256_wrapping_add(&balance, &one) : u256_wrapping_sub(&balance, &one);
    return host_store(call->host, slot, &balance);
}

/* The spender owns the token, is an operator of its owner, or is approved for it. */
static enum exec_status check_authorized(struct abi_call *call, const mm_addr *owner,
                                         const mm_addr *spender, const mm_u256 *id,
                                         const mm_u256 *approval_slot)
{
    mm_addr approved;
    bool is_operator;
    if (mm_addr_is_zero(owner))
        return refuse_nonexistent(call, id);
    if (mm_addr_equal(owner, spender))
        return EXEC_OK;
    HOST_TRY(erc721_is_operator(call, &is_operator, owner, spender));
    if (is_operator)
        return EXEC_OK;
    HOST_TRY(storage_load_addr(call, &approved, approval_slot));
    if (mm_addr_equal(&approved, spender))
        return EXEC_OK;
    return abi_revert(call, &erc721_errors[ERC721_INSUFFICIENT_APPROVAL],
                      ABI_VALUES(abi_addr(spender), abi_word(id)));
}

enum exec_status erc721_check_authorized(struct abi_call *call, const mm_addr *owner,
                                         const mm_u256 *id)
{
    const mm_u256 approval_slot = storage_at_word(id, &ERC721_TOKEN_APPROVALS);
    return check_authorized(call, owner, host_caller(call->host), id, &approval_slot);
}

/* A token on its way: from nobody is a mint, to nobody a burn. */
struct move {
    const mm_u256 *id;
    const mm_addr *to;
    const mm_addr *auth;        /* who must be allowed to; nobody for a mint */
    const mm_u256 *supply_slot; /* of a mint or burn: where tokens are counted */
    /* Where it changes something. */
    mm_u256 owner_slot;
    mm_u256 approval_slot; /* of a mint, uri_slot in its stead */
    mm_u256 uri_slot;
    mm_u256 balance_slot; /* of `to`; not of a burn */
};

static struct move move_of(struct abi_call *call, const mm_u256 *id, const mm_addr *to,
                           const mm_addr *auth, const mm_u256 *supply_slot)
{
    const bool is_mint = mm_addr_is_zero(auth);
    const struct storage_entry entries[] = {
        { *id, ERC721_OWNERS },
        { *id, is_mint ? ERC721_TOKEN_URIS : ERC721_TOKEN_APPROVALS },
        { u256_from_addr(to), ERC721_BALANCES },
    };
    mm_u256 slots[3] = { 0 };
    storage_at_entries(call, slots, entries, mm_addr_is_zero(to) ? 2 : 3);
    struct move move = { .id = id,
                         .to = to,
                         .auth = auth,
                         .supply_slot = supply_slot,
                         .owner_slot = slots[0],
                         .balance_slot = slots[2] };
    *(is_mint ? &move.uri_slot : &move.approval_slot) = slots[1];
    return move;
}

/* Moves it. Out: *from, who had it. */
static enum exec_status update(struct abi_call *call, mm_addr *from, const struct move *move)
{
    const mm_u256 *id = move->id;
    const mm_addr *to = move->to;
    const mm_u256 zero = { 0 };
    mm_u256 before;
    HOST_TRY(storage_load_addr(call, from, &move->owner_slot));
    const bool existed = !mm_addr_is_zero(from);
    const bool remains = !mm_addr_is_zero(to);
    if (!mm_addr_is_zero(move->auth)) {
        HOST_TRY(check_authorized(call, from, move->auth, id, &move->approval_slot));
        HOST_TRY(host_store(call->host, &move->approval_slot, &zero));
    } else if (existed) {
        const mm_u256 approval_slot = storage_at_word(id, &ERC721_TOKEN_APPROVALS);
        HOST_TRY(host_store(call->host, &approval_slot, &zero));
    }
    if (existed) {
        const mm_u256 from_balance = storage_at_addr(from, &ERC721_BALANCES);
        HOST_TRY(add_to_balance(call, &from_balance, false));
    }
    if (remains)
        HOST_TRY(add_to_balance(call, &move->balance_slot, true));
    HOST_TRY(storage_store_addr(call, &move->owner_slot, to));
    HOST_TRY(abi_emit(call, &erc721_events[ERC721_TRANSFER],
                      ABI_VALUES(abi_addr(from), abi_addr(to), abi_word(id))));
    /* A transfer of what nobody has gets this far in an eth_call without `from`; there is nothing to count for it. */
    if (!existed && move->supply_slot != NULL)
        HOST_TRY(storage_count(call, &before, move->supply_slot, true));
    if (!remains)
        HOST_TRY(storage_count(call, &before, move->supply_slot, false));
    return EXEC_OK;
}

enum exec_status erc721_mint(struct abi_call *call, const struct erc721_mint *mint)
{
    mm_addr from;
    if (mm_addr_is_zero(&mint->to))
        return erc721_refuse_addr(call, ERC721_INVALID_RECEIVER, &mint->to);
    const struct move move = move_of(call, &mint->id, &mint->to, &nobody, mint->supply_slot);
    HOST_TRY(update(call, &from, &move));
    if (mint->moved != NULL)
        HOST_TRY(mint->moved(call, &from, &mint->to));
    if (!mm_addr_is_zero(&from))
        return erc721_refuse_addr(call, ERC721_INVALID_SENDER, &nobody);
    HOST_TRY(storage_store_string(call, &move.uri_slot, mint->uri));
    return abi_emit(call, &erc721_events[ERC721_METADATA_UPDATE], ABI_VALUES(abi_word(&mint->id)));
}

enum exec_status erc721_burn(struct abi_call *call, mm_addr *from, const mm_u256 *id,
                             const mm_u256 *supply_slot)
{
    const struct move move = move_of(call, id, &nobody, host_caller(call->host), supply_slot);
    return update(call, from, &move);
}

/* args: from, to, id */
enum exec_status erc721_transfer_from(struct abi_call *call)
{
    const mm_addr from = u256_to_addr(&call->args[0].word);
    const mm_addr to = u256_to_addr(&call->args[1].word);
    const mm_u256 *id = &call->args[2].word;
    mm_addr owner;
    if (mm_addr_is_zero(&to))
        return erc721_refuse_addr(call, ERC721_INVALID_RECEIVER, &to);
    const struct move move = move_of(call, id, &to, host_caller(call->host), NULL);
    HOST_TRY(update(call, &owner, &move));
    if (mm_addr_equal(&owner, &from))
        return EXEC_OK;
    return abi_revert(call, &erc721_errors[ERC721_INCORRECT_OWNER],
                      ABI_VALUES(abi_addr(&from), abi_word(id), abi_addr(&owner)));
}

enum exec_status erc721_transfer_received(struct abi_call *call, mm_bytes data)
{
    const struct erc721_delivery delivery = { .from = u256_to_addr(&call->args[0].word),
                                              .to = u256_to_addr(&call->args[1].word),
                                              .id = call->args[2].word,
                                              .data = data };
    return erc721_check_received(call, &delivery);
}

enum exec_status erc721_safe_transfer_from(struct abi_call *call)
{
    HOST_TRY(erc721_transfer_from(call));
    return erc721_transfer_received(call, (mm_bytes){ 0 });
}

/* args: from, to, id, data */
enum exec_status erc721_safe_transfer_from_with_data(struct abi_call *call)
{
    HOST_TRY(erc721_transfer_from(call));
    return erc721_transfer_received(call, call->args[3].bytes);
}
