/* The factory: whoever asks for a collection owns it. */
#include "contracts-native/collections/collections.h"
#include "contracts-native/nft/collection_internal.h"
#include "contracts-native/nft/nft_internal.h"

static enum exec_status construct(struct host *child, const void *args, mm_bytes *output)
{
    struct abi_call call = abi_call_over(child);
    const enum exec_status status = collection_construct(&call, args);
    *output = call.revert_data;
    return status;
}

/* args: name, symbol, openMint */
static enum exec_status create_collection(struct abi_call *call)
{
    const mm_addr *caller = host_caller(call->host);
    const struct collection_params params = { .name = call->args[0].bytes,
                                              .symbol = call->args[1].bytes,
                                              .owner = *caller,
                                              .open_mint = !u256_is_zero(&call->args[2].word) };
    mm_addr created;
    mm_bytes output = { 0 };
    const enum exec_status status = host_create(
        call->host, &created, &output, NFT_COLLECTION_MODULE, NFT_VERSION, construct, &params);
    if (status == EXEC_REVERT)
        return abi_revert_raw(call, output); /* the constructor's reason, as `new` hands it on */
    HOST_TRY(status);
    HOST_TRY(collections_add(call, &created));
    HOST_TRY(
        abi_emit(call, &nft_events[NFT_COLLECTION_CREATED],
                 ABI_VALUES(abi_addr(&created), abi_addr(caller), call->args[0], call->args[1])));
    call->results[0] = abi_addr(&created);
    return EXEC_OK;
}

static enum exec_status collection_at(struct abi_call *call)
{
    bool is_there;
    HOST_TRY(collections_at(call, &is_there));
    return is_there ? EXEC_OK : abi_revert(call, &nft_errors[NFT_COLLECTION_NOT_FOUND], call->args);
}

static const struct abi_function functions[] = {
    { "collectionCount()", "uint256", ABI_VIEW, ABI_CALLDATA, collections_count },
    { "collections(uint256)", "address", ABI_VIEW, ABI_CALLDATA, collection_at },
    { "createCollection(string,string,bool)", "address", ABI_NONPAYABLE, ABI_CALLDATA,
      create_collection },
};

static struct abi_contract contract;

void factory_init(void)
{
    abi_contract_init(&contract, functions, MM_COUNT_OF(functions));
}

static enum exec_status dispatch(struct host *host, mm_bytes input, mm_bytes *output)
{
    return abi_dispatch(&contract, host, input, output);
}

const struct exec_native nft_factory = {
    .module = NFT_FACTORY_MODULE,
    .version = NFT_VERSION,
    .name = "collection-factory",
    .call = dispatch,
    .genesis = factory_genesis,
};
