/* The collection: its layout, its table of functions, its constructor. */
#include "contracts-native/nft/collection_internal.h"
#include "contracts-native/nft/nft_internal.h"

#define SLOT(number)                                                                               \
    {                                                                                              \
        {                                                                                          \
            (number), 0, 0, 0                                                                      \
        }                                                                                          \
    }

const mm_u256 COLLECTION_NAME = SLOT(0);
const mm_u256 COLLECTION_SYMBOL = SLOT(1);
const mm_u256 COLLECTION_OWNERS = SLOT(2);
const mm_u256 COLLECTION_BALANCES = SLOT(3);
const mm_u256 COLLECTION_TOKEN_APPROVALS = SLOT(4);
const mm_u256 COLLECTION_OPERATOR_APPROVALS = SLOT(5);
const mm_u256 COLLECTION_TOKEN_URIS = SLOT(6);
const mm_u256 COLLECTION_DEFAULT_ROYALTY = SLOT(7);
const mm_u256 COLLECTION_TOKEN_ROYALTIES = SLOT(8);
const mm_u256 COLLECTION_OWNER = SLOT(9);
const mm_u256 COLLECTION_NEXT_TOKEN_ID = SLOT(10);
const mm_u256 COLLECTION_TOTAL_SUPPLY = SLOT(11);
const mm_u256 COLLECTION_OPEN_MINT = SLOT(12);
const mm_u256 COLLECTION_CONTRACT_URI = SLOT(13);

static const struct abi_function functions[] = {
    { "approve(address,uint256)", "", collection_approve, ABI_CALLDATA },
    { "balanceOf(address)", "uint256", collection_balance, ABI_CALLDATA },
    { "burn(uint256)", "", collection_burn, ABI_CALLDATA },
    { "contractURI()", "string", collection_contract_uri, ABI_CALLDATA },
    { "getApproved(uint256)", "address", collection_get_approved, ABI_CALLDATA },
    { "isApprovedForAll(address,address)", "bool", collection_is_approved_for_all, ABI_CALLDATA },
    { "mint(address,string)", "uint256", collection_mint, ABI_CALLDATA },
    { "name()", "string", collection_name, ABI_CALLDATA },
    { "nextTokenId()", "uint256", collection_next_token_id, ABI_CALLDATA },
    { "openMint()", "bool", collection_open_mint, ABI_CALLDATA },
    { "owner()", "address", collection_owner, ABI_CALLDATA },
    { "ownerOf(uint256)", "address", collection_token_owner, ABI_CALLDATA },
    { "renounceOwnership()", "", collection_renounce_ownership, ABI_CALLDATA },
    { "royaltyInfo(uint256,uint256)", "address,uint256", collection_royalty_info, ABI_CALLDATA },
    { "safeMint(address,string,bytes)", "uint256", collection_safe_mint, ABI_CALLDATA },
    { "safeTransferFrom(address,address,uint256)", "", collection_safe_transfer_from,
      ABI_CALLDATA },
    { "safeTransferFrom(address,address,uint256,bytes)", "",
      collection_safe_transfer_from_with_data, ABI_MEMORY },
    { "setApprovalForAll(address,bool)", "", collection_set_approval_for_all, ABI_CALLDATA },
    { "setContractURI(string)", "", collection_set_contract_uri, ABI_CALLDATA },
    { "setDefaultRoyalty(address,uint96)", "", collection_set_default_royalty, ABI_CALLDATA },
    { "setOpenMint(bool)", "", collection_set_open_mint, ABI_CALLDATA },
    { "setTokenRoyalty(uint256,address,uint96)", "", collection_set_token_royalty, ABI_CALLDATA },
    { "supportsInterface(bytes4)", "bool", collection_supports_interface, ABI_CALLDATA },
    { "symbol()", "string", collection_symbol, ABI_CALLDATA },
    { "tokenURI(uint256)", "string", collection_token_uri, ABI_CALLDATA },
    { "totalSupply()", "uint256", collection_total_supply, ABI_CALLDATA },
    { "transferFrom(address,address,uint256)", "", collection_transfer_from, ABI_CALLDATA },
    { "transferOwnership(address)", "", collection_transfer_ownership, ABI_CALLDATA },
};

static struct abi_contract contract;

void collection_init(void)
{
    abi_contract_init(&contract, functions, MM_COUNT_OF(functions));
    collection_receiver_init();
}

static enum exec_status dispatch(struct host *host, mm_bytes input, mm_bytes *output)
{
    return abi_dispatch(&contract, host, input, output);
}

enum exec_status collection_construct(struct abi_call *call, const struct collection_params *params)
{
    const mm_u256 first_id = u256_from_u64(1);
    if (mm_addr_is_zero(&params->owner))
        return collection_refuse_addr(call, NFT_OWNABLE_INVALID_OWNER, &params->owner);
    HOST_TRY(host_store(call->host, &COLLECTION_NEXT_TOKEN_ID, &first_id));
    HOST_TRY(storage_store_string(call, &COLLECTION_NAME, params->name));
    HOST_TRY(storage_store_string(call, &COLLECTION_SYMBOL, params->symbol));
    HOST_TRY(collection_hand_over(call, &params->owner));
    return storage_store_bool(call, &COLLECTION_OPEN_MINT, params->open_mint);
}

const struct exec_native nft_collection = {
    .module = NFT_COLLECTION_MODULE,
    .version = NFT_VERSION,
    .name = "collection",
    .call = dispatch,
    .genesis = collection_genesis,
};
