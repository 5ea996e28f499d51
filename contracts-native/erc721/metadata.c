/* The layout, what the collection and its tokens are called, and who has them. */
#include "contracts-native/erc721/erc721.h"

const mm_u256 ERC721_NAME = STORAGE_SLOT(0);
const mm_u256 ERC721_SYMBOL = STORAGE_SLOT(1);
const mm_u256 ERC721_OWNERS = STORAGE_SLOT(2);
const mm_u256 ERC721_BALANCES = STORAGE_SLOT(3);
const mm_u256 ERC721_TOKEN_APPROVALS = STORAGE_SLOT(4);
const mm_u256 ERC721_OPERATOR_APPROVALS = STORAGE_SLOT(5);
const mm_u256 ERC721_TOKEN_URIS = STORAGE_SLOT(6);
const mm_u256 ERC721_DEFAULT_ROYALTY = STORAGE_SLOT(7);
const mm_u256 ERC721_TOKEN_ROYALTIES = STORAGE_SLOT(8);

static enum exec_status give_string(struct abi_call *call, const mm_u256 *slot)
{
    return storage_load_string(call, &call->results[0].bytes, slot);
}

enum exec_status erc721_name(struct abi_call *call)
{
    return give_string(call, &ERC721_NAME);
}

enum exec_status erc721_symbol(struct abi_call *call)
{
    return give_string(call, &ERC721_SYMBOL);
}

enum exec_status erc721_token_uri(struct abi_call *call)
{
    mm_addr owner;
    HOST_TRY(erc721_owner_of(call, &owner, &call->args[0].word));
    const mm_u256 slot = storage_at_word(&call->args[0].word, &ERC721_TOKEN_URIS);
    return give_string(call, &slot);
}

enum exec_status erc721_balance(struct abi_call *call)
{
    const mm_addr account = u256_to_addr(&call->args[0].word);
    if (mm_addr_is_zero(&account))
        return erc721_refuse_addr(call, ERC721_INVALID_OWNER, &account);
    const mm_u256 slot = storage_at_addr(&account, &ERC721_BALANCES);
    return host_load(call->host, &call->results[0].word, &slot);
}

enum exec_status erc721_token_owner(struct abi_call *call)
{
    mm_addr owner;
    HOST_TRY(erc721_owner_of(call, &owner, &call->args[0].word));
    call->results[0] = abi_addr(&owner);
    return EXEC_OK;
}
