/* What there is: tokens, balances, who may mint. */
#include "contracts-native/nft/collection_internal.h"

static enum exec_status give_slot(struct abi_call *call, const mm_u256 *slot)
{
    return host_load(call->host, &call->results[0].word, slot);
}

enum exec_status collection_balance(struct abi_call *call)
{
    const mm_addr account = u256_to_addr(&call->args[0].word);
    if (mm_addr_is_zero(&account))
        return collection_refuse_addr(call, NFT_INVALID_OWNER, &account);
    const mm_u256 slot = storage_at_addr(&account, &COLLECTION_BALANCES);
    return give_slot(call, &slot);
}

enum exec_status collection_token_owner(struct abi_call *call)
{
    mm_addr owner;
    HOST_TRY(collection_owner_of(call, &owner, &call->args[0].word));
    call->results[0] = abi_addr(&owner);
    return EXEC_OK;
}

enum exec_status collection_total_supply(struct abi_call *call)
{
    return give_slot(call, &COLLECTION_TOTAL_SUPPLY);
}

enum exec_status collection_next_token_id(struct abi_call *call)
{
    return give_slot(call, &COLLECTION_NEXT_TOKEN_ID);
}

enum exec_status collection_open_mint(struct abi_call *call)
{
    bool open;
    HOST_TRY(storage_load_bool(call, &open, &COLLECTION_OPEN_MINT));
    call->results[0] = abi_bool(open);
    return EXEC_OK;
}

enum exec_status collection_set_open_mint(struct abi_call *call)
{
    HOST_TRY(collection_check_owner(call));
    return storage_store_bool(call, &COLLECTION_OPEN_MINT, !u256_is_zero(&call->args[0].word));
}
