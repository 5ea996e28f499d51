/* The owner of the collection (OpenZeppelin's Ownable). */
#include "contracts-native/nft/collection_internal.h"

static enum exec_status refuse(struct abi_call *call, enum nft_error error, const mm_addr *addr)
{
    return abi_revert(call, &nft_errors[error], ABI_VALUES(abi_addr(addr)));
}

enum exec_status collection_check_owner(struct abi_call *call)
{
    const mm_addr *caller = host_caller(call->host);
    mm_addr owner;
    HOST_TRY(storage_load_addr(call, &owner, &COLLECTION_OWNER));
    return mm_addr_equal(&owner, caller) ? EXEC_OK : refuse(call, NFT_OWNABLE_UNAUTHORIZED, caller);
}

enum exec_status collection_hand_over(struct abi_call *call, const mm_addr *owner)
{
    mm_addr previous;
    HOST_TRY(storage_load_addr(call, &previous, &COLLECTION_OWNER));
    HOST_TRY(storage_store_addr(call, &COLLECTION_OWNER, owner));
    return abi_emit(call, &nft_events[NFT_OWNERSHIP_TRANSFERRED],
                    ABI_VALUES(abi_addr(&previous), abi_addr(owner)));
}

enum exec_status collection_owner(struct abi_call *call)
{
    mm_addr owner;
    HOST_TRY(storage_load_addr(call, &owner, &COLLECTION_OWNER));
    call->results[0] = abi_addr(&owner);
    return EXEC_OK;
}

enum exec_status collection_transfer_ownership(struct abi_call *call)
{
    const mm_addr owner = u256_to_addr(&call->args[0].word);
    HOST_TRY(collection_check_owner(call));
    if (mm_addr_is_zero(&owner))
        return refuse(call, NFT_OWNABLE_INVALID_OWNER, &owner);
    return collection_hand_over(call, &owner);
}

enum exec_status collection_renounce_ownership(struct abi_call *call)
{
    static const mm_addr nobody;
    HOST_TRY(collection_check_owner(call));
    return collection_hand_over(call, &nobody);
}
