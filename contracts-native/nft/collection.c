/* The collection: its layout, its table of functions, its constructor. */
#include "contracts-native/nft/collection_internal.h"
#include "contracts-native/nft/nft_internal.h"

const mm_u256 COLLECTION_OWNER = STORAGE_SLOT(9);
const mm_u256 COLLECTION_NEXT_TOKEN_ID = STORAGE_SLOT(10);
const mm_u256 COLLECTION_TOTAL_SUPPLY = STORAGE_SLOT(11);
const mm_u256 COLLECTION_OPEN_MINT = STORAGE_SLOT(12);
const mm_u256 COLLECTION_CONTRACT_URI = STORAGE_SLOT(13);

static const struct abi_function functions[] = {
    { "approve(address,uint256)", "", ABI_NONPAYABLE, ABI_CALLDATA, erc721_approve },
    { "balanceOf(address)", "uint256", ABI_VIEW, ABI_CALLDATA, erc721_balance },
    { "burn(uint256)", "", ABI_NONPAYABLE, ABI_CALLDATA, collection_burn },
    { "contractURI()", "string", ABI_VIEW, ABI_CALLDATA, collection_contract_uri },
    { "getApproved(uint256)", "address", ABI_VIEW, ABI_CALLDATA, erc721_get_approved },
    { "isApprovedForAll(address,address)", "bool", ABI_VIEW, ABI_CALLDATA,
      erc721_is_approved_for_all },
    { "mint(address,string)", "uint256", ABI_NONPAYABLE, ABI_CALLDATA, collection_mint },
    { "name()", "string", ABI_VIEW, ABI_CALLDATA, erc721_name },
    { "nextTokenId()", "uint256", ABI_VIEW, ABI_CALLDATA, collection_next_token_id },
    { "openMint()", "bool", ABI_VIEW, ABI_CALLDATA, collection_open_mint },
    { "owner()", "address", ABI_VIEW, ABI_CALLDATA, collection_owner },
    { "ownerOf(uint256)", "address", ABI_VIEW, ABI_CALLDATA, erc721_token_owner },
    { "renounceOwnership()", "", ABI_NONPAYABLE, ABI_CALLDATA, collection_renounce_ownership },
    { "royaltyInfo(uint256,uint256)", "address,uint256", ABI_VIEW, ABI_CALLDATA,
      erc721_royalty_info },
    { "safeMint(address,string,bytes)", "uint256", ABI_NONPAYABLE, ABI_CALLDATA,
      collection_safe_mint },
    { "safeTransferFrom(address,address,uint256)", "", ABI_NONPAYABLE, ABI_CALLDATA,
      erc721_safe_transfer_from },
    { "safeTransferFrom(address,address,uint256,bytes)", "", ABI_NONPAYABLE, ABI_MEMORY,
      erc721_safe_transfer_from_with_data },
    { "setApprovalForAll(address,bool)", "", ABI_NONPAYABLE, ABI_CALLDATA,
      erc721_set_approval_for_all },
    { "setContractURI(string)", "", ABI_NONPAYABLE, ABI_CALLDATA, collection_set_contract_uri },
    { "setDefaultRoyalty(address,uint96)", "", ABI_NONPAYABLE, ABI_CALLDATA,
      collection_set_default_royalty },
    { "setOpenMint(bool)", "", ABI_NONPAYABLE, ABI_CALLDATA, collection_set_open_mint },
    { "setTokenRoyalty(uint256,address,uint96)", "", ABI_NONPAYABLE, ABI_CALLDATA,
      collection_set_token_royalty },
    { "supportsInterface(bytes4)", "bool", ABI_VIEW, ABI_CALLDATA, collection_supports_interface },
    { "symbol()", "string", ABI_VIEW, ABI_CALLDATA, erc721_symbol },
    { "tokenURI(uint256)", "string", ABI_VIEW, ABI_CALLDATA, erc721_token_uri },
    { "totalSupply()", "uint256", ABI_VIEW, ABI_CALLDATA, collection_total_supply },
    { "transferFrom(address,address,uint256)", "", ABI_NONPAYABLE, ABI_CALLDATA,
      erc721_transfer_from },
    { "transferOwnership(address)", "", ABI_NONPAYABLE, ABI_CALLDATA,
      collection_transfer_ownership },
};

static struct abi_contract contract;

void collection_init(void)
{
    abi_contract_init(&contract, functions, MM_COUNT_OF(functions));
}

static enum exec_status dispatch(struct host *host, mm_bytes input, mm_bytes *output)
{
    return abi_dispatch(&contract, host, input, output);
}

enum exec_status collection_construct(struct abi_call *call, const struct collection_params *params)
{
    const mm_u256 first_id = u256_from_u64(1);
    if (mm_addr_is_zero(&params->owner))
        return abi_revert(call, &nft_errors[NFT_OWNABLE_INVALID_OWNER],
                          ABI_VALUES(abi_addr(&params->owner)));
    HOST_TRY(host_store(call->host, &COLLECTION_NEXT_TOKEN_ID, &first_id));
    HOST_TRY(storage_store_string(call, &ERC721_NAME, params->name));
    HOST_TRY(storage_store_string(call, &ERC721_SYMBOL, params->symbol));
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
