/* Minting and burning, how many tokens there are, who may mint. */
#include "contracts-native/nft/collection_internal.h"

static enum exec_status give_slot(struct abi_call *call, const mm_u256 *slot)
{
    return host_load(call->host, &call->results[0].word, slot);
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

/* args: to, uri */
static enum exec_status mint(struct abi_call *call, mm_u256 *id)
{
    struct erc721_mint mint = { .to = u256_to_addr(&call->args[0].word),
                                .uri = call->args[1].bytes,
                                .supply_slot = &COLLECTION_TOTAL_SUPPLY };
    bool open;
    HOST_TRY(storage_load_bool(call, &open, &COLLECTION_OPEN_MINT));
    if (!open)
        HOST_TRY(collection_check_owner(call));
    HOST_TRY(storage_count(call, &mint.id, &COLLECTION_NEXT_TOKEN_ID, true));
    HOST_TRY(erc721_mint(call, &mint));
    *id = mint.id;
    call->results[0] = abi_word(id);
    return EXEC_OK;
}

enum exec_status collection_mint(struct abi_call *call)
{
    mm_u256 id;
    return mint(call, &id);
}

/* args: to, uri, data */
enum exec_status collection_safe_mint(struct abi_call *call)
{
    struct erc721_delivery delivery = { .to = u256_to_addr(&call->args[0].word),
                                        .data = call->args[2].bytes };
    HOST_TRY(mint(call, &delivery.id));
    return erc721_check_received(call, &delivery);
}

enum exec_status collection_burn(struct abi_call *call)
{
    mm_addr from;
    return erc721_burn(call, &from, &call->args[0].word, &COLLECTION_TOTAL_SUPPLY);
}
