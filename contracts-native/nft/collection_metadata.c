/* Names, URIs, and which interfaces there are. */
#include "contracts-native/nft/collection_internal.h"

static enum exec_status give_string(struct abi_call *call, const mm_u256 *slot)
{
    return storage_load_string(call, &call->results[0].bytes, slot);
}

enum exec_status collection_name(struct abi_call *call)
{
    return give_string(call, &COLLECTION_NAME);
}

enum exec_status collection_symbol(struct abi_call *call)
{
    return give_string(call, &COLLECTION_SYMBOL);
}

enum exec_status collection_token_uri(struct abi_call *call)
{
    mm_addr owner;
    HOST_TRY(collection_owner_of(call, &owner, &call->args[0].word));
    const mm_u256 slot = storage_at_word(&call->args[0].word, &COLLECTION_TOKEN_URIS);
    return give_string(call, &slot);
}

enum exec_status collection_contract_uri(struct abi_call *call)
{
    return give_string(call, &COLLECTION_CONTRACT_URI);
}

enum exec_status collection_set_contract_uri(struct abi_call *call)
{
    HOST_TRY(collection_check_owner(call));
    HOST_TRY(storage_store_string(call, &COLLECTION_CONTRACT_URI, call->args[0].bytes));
    return abi_emit(call, &nft_events[NFT_CONTRACT_URI_UPDATED], NULL);
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
