/* The layout, the table of functions, the constructor. */
#include "contracts-native/credit/credit.h"

#include "contracts-native/credit/credit_internal.h"

const mm_u256 CREDIT_BALANCES = STORAGE_SLOT(0);
const mm_u256 CREDIT_ALLOWANCES = STORAGE_SLOT(1);
const mm_u256 CREDIT_TOTAL_SUPPLY = STORAGE_SLOT(2);
const mm_u256 CREDIT_NAME = STORAGE_SLOT(3);
const mm_u256 CREDIT_SYMBOL = STORAGE_SLOT(4);
const mm_u256 CREDIT_COLLECTION = STORAGE_SLOT(5);
const mm_u256 CREDIT_SUPPLY_MAX = STORAGE_SLOT(6);

static enum exec_status name(struct abi_call *call)
{
    return storage_load_string(call, &call->results[0].bytes, &CREDIT_NAME);
}

static enum exec_status symbol(struct abi_call *call)
{
    return storage_load_string(call, &call->results[0].bytes, &CREDIT_SYMBOL);
}

static enum exec_status decimals(struct abi_call *call)
{
    call->results[0] = abi_u64(CREDIT_DECIMALS);
    return EXEC_OK;
}

static enum exec_status collection(struct abi_call *call)
{
    mm_addr addr;
    HOST_TRY(storage_load_addr(call, &addr, &CREDIT_COLLECTION));
    call->results[0] = abi_addr(&addr);
    return EXEC_OK;
}

static enum exec_status max_supply(struct abi_call *call)
{
    return host_load(call->host, &call->results[0].word, &CREDIT_SUPPLY_MAX);
}

static const struct abi_function functions[] = {
    { "allowance(address,address)", "uint256", ABI_VIEW, ABI_CALLDATA, credit_allowance },
    { "approve(address,uint256)", "bool", ABI_NONPAYABLE, ABI_CALLDATA, credit_approve },
    { "balanceOf(address)", "uint256", ABI_VIEW, ABI_CALLDATA, credit_balance },
    { "burn(address,uint256)", "", ABI_NONPAYABLE, ABI_CALLDATA, credit_burn },
    { "collection()", "address", ABI_VIEW, ABI_CALLDATA, collection },
    { "decimals()", "uint8", ABI_VIEW, ABI_CALLDATA, decimals },
    { "maxSupply()", "uint256", ABI_VIEW, ABI_CALLDATA, max_supply },
    { "mint(address,uint256)", "", ABI_NONPAYABLE, ABI_CALLDATA, credit_mint },
    { "move(address,address,uint256)", "", ABI_NONPAYABLE, ABI_CALLDATA, credit_move },
    { "name()", "string", ABI_VIEW, ABI_CALLDATA, name },
    { "symbol()", "string", ABI_VIEW, ABI_CALLDATA, symbol },
    { "totalSupply()", "uint256", ABI_VIEW, ABI_CALLDATA, credit_total_supply },
    { "transfer(address,uint256)", "bool", ABI_NONPAYABLE, ABI_CALLDATA, credit_transfer },
    { "transferFrom(address,address,uint256)", "bool", ABI_NONPAYABLE, ABI_CALLDATA,
      credit_transfer_from },
};

static struct abi_contract contract;

void credit_init(void)
{
    credit_signatures_init();
    abi_contract_init(&contract, functions, MM_COUNT_OF(functions));
}

static enum exec_status dispatch(struct host *host, mm_bytes input, mm_bytes *output)
{
    return abi_dispatch(&contract, host, input, output);
}

enum exec_status credit_construct(struct abi_call *call, const struct credit_params *params)
{
    HOST_TRY(storage_store_string(call, &CREDIT_NAME, params->name));
    HOST_TRY(storage_store_string(call, &CREDIT_SYMBOL, params->symbol));
    HOST_TRY(storage_store_addr(call, &CREDIT_COLLECTION, &params->collection));
    return host_store(call->host, &CREDIT_SUPPLY_MAX, &params->supply_max);
}

/* A credit without its collection could never be minted. */
static enum exec_status genesis(struct host *host, const struct json *native,
                                struct mm_reason *reason)
{
    (void)host, (void)native;
    (void)mm_fail(reason, MM_ERR_INVALID, "contract: credits are made by an ainft-factory alone");
    return EXEC_REVERT;
}

const struct exec_native credit_native = {
    .module = CREDIT_MODULE,
    .version = CREDIT_VERSION,
    .name = "credit",
    .call = dispatch,
    .genesis = genesis,
};
