#include "contracts-native/collections/collections.h"

static const mm_u256 COLLECTIONS = STORAGE_SLOT(0);

enum exec_status collections_add(struct abi_call *call, const mm_addr *collection)
{
    const mm_u256 element = u256_from_addr(collection);
    return storage_array_push(call, &COLLECTIONS, &element);
}

enum exec_status collections_count(struct abi_call *call)
{
    return host_load(call->host, &call->results[0].word, &COLLECTIONS);
}

enum exec_status collections_at(struct abi_call *call, bool *is_there)
{
    const mm_u256 *index = &call->args[0].word;
    mm_u256 length;
    mm_addr collection;
    HOST_TRY(host_load(call->host, &length, &COLLECTIONS));
    *is_there = u256_compare(index, &length) < 0;
    if (!*is_there)
        return EXEC_OK;
    const mm_u256 slot = storage_array_slot(&COLLECTIONS, index);
    HOST_TRY(storage_load_addr(call, &collection, &slot));
    call->results[0] = abi_addr(&collection);
    return EXEC_OK;
}
