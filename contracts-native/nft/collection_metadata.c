/* What the collection says of itself: its URI, its royalties, which interfaces there are. */
#include "contracts-native/nft/collection_internal.h"

enum exec_status collection_contract_uri(struct abi_call *call)
{
    return storage_load_string(call, &call->results[0].bytes, &COLLECTION_CONTRACT_URI);
}

enum exec_status collection_set_contract_uri(struct abi_call *call)
{
    HOST_TRY(collection_check_owner(call));
    HOST_TRY(storage_store_string(call, &COLLECTION_CONTRACT_URI, call->args[0].bytes));
    return abi_emit(call, &erc721_events[ERC721_CONTRACT_URI_UPDATED], NULL);
}

enum exec_status collection_set_default_royalty(struct abi_call *call)
{
    HOST_TRY(collection_check_owner(call));
    return erc721_put_default_royalty(call);
}

enum exec_status collection_set_token_royalty(struct abi_call *call)
{
    HOST_TRY(collection_check_owner(call));
    return erc721_put_token_royalty(call);
}

/* ERC-165. The identifiers are the xor of an interface's selectors, as its ERC gives them. */
enum exec_status collection_supports_interface(struct abi_call *call)
{
    static const uint32_t supported[] = {
        0x01ffc9a7, /* ERC-165 */
        0x80ac58cd, /* ERC-721 */
        0x5b5e139f, /* ERC-721 Metadata */
        0x49064906, /* ERC-4906: its number, twice */
        0x2a55205a, /* ERC-2981 */
    };
    const uint64_t id = call->args[0].word.limb[3] >> 32; /* bytes4 stands at the high end */
    bool found = false;
    for (size_t i = 0; i < MM_COUNT_OF(supported); i++)
        found = found || id == supported[i];
    call->results[0] = abi_bool(found);
    return EXEC_OK;
}
