/* The factory: makes a collection, its governor and its credit. */
#include "contracts-native/ainft/ainft_internal.h"
#include "contracts-native/collections/collections.h"
#include "contracts-native/credit/credit.h"
#include "contracts-native/governor/governor.h"
#include "contracts-native/setup/setup.h"
#include "state/crypto/address.h"

/* Members of Params, behind the tuple itself. */
enum {
    P_NAME = 1,
    P_SYMBOL,
    P_CONTRACT_URI,
    P_CREATOR,
    P_CREDIT_NAME,
    P_CREDIT_SYMBOL,
    P_CREDIT_MAX_SUPPLY,
    P_VOTING_DELAY,
    P_VOTING_PERIOD,
    P_PROPOSAL_THRESHOLD,
    P_QUORUM_PERCENT,
    P_TIMELOCK_DELAY,
    P_GUARDIAN,
    P_GUARDIAN_UNTIL,
};

static enum exec_status construct_collection(struct host *child, const void *args, mm_bytes *output)
{
    struct abi_call call = abi_call_over(child);
    const enum exec_status status = ainft_construct(&call, args);
    *output = call.revert_data;
    return status;
}

static enum exec_status construct_governor(struct host *child, const void *args, mm_bytes *output)
{
    struct abi_call call = abi_call_over(child);
    const enum exec_status status = governor_construct(&call, args);
    *output = call.revert_data;
    return status;
}

static enum exec_status construct_credit(struct host *child, const void *args, mm_bytes *output)
{
    struct abi_call call = abi_call_over(child);
    const enum exec_status status = credit_construct(&call, args);
    *output = call.revert_data;
    return status;
}

/* "Muses governor": what people see when they sign a ballot. */
static enum exec_status name_governor(struct abi_call *call, mm_bytes *name)
{
    const mm_bytes of = call->args[P_NAME].bytes;
    const mm_bytes rest = MM_BYTES_LIT(" governor");
    uint8_t *text = mm_arena_alloc(host_arena(call->host), of.len + rest.len);
    if (text == NULL)
        return host_fail(call->host, MM_ERR_LIMIT);
    if (of.len > 0)
        memcpy(text, of.ptr, of.len);
    memcpy(text + of.len, rest.ptr, rest.len);
    *name = mm_bytes_from(text, of.len + rest.len);
    return EXEC_OK;
}

static enum exec_status make_governor(struct abi_call *call, mm_addr *governor,
                                      const mm_addr *collection)
{
    const struct abi_value *p = call->args;
    struct governor_params params = {
        .collection = *collection,
        .voting_delay = p[P_VOTING_DELAY].word.limb[0],
        .voting_period = p[P_VOTING_PERIOD].word.limb[0],
        .timelock_delay = p[P_TIMELOCK_DELAY].word.limb[0],
        .proposal_threshold = p[P_PROPOSAL_THRESHOLD].word,
        .quorum_percent = p[P_QUORUM_PERCENT].word.limb[0],
        .guardian = u256_to_addr(&p[P_GUARDIAN].word),
        .guardian_until = p[P_GUARDIAN_UNTIL].word.limb[0],
    };
    mm_bytes output = { 0 };
    HOST_TRY(name_governor(call, &params.name));
    const enum exec_status status = host_create(call->host, governor, &output, GOVERNOR_MODULE,
                                                GOVERNOR_VERSION, construct_governor, &params);
    return status == EXEC_REVERT ? abi_revert_raw(call, output) : status;
}

struct made {
    mm_addr collection;
    mm_addr governor;
    mm_addr credit;
};

/* Each of the three takes a nonce; the credit's address is known before it is made. */
static enum exec_status make(struct abi_call *call, struct made *made)
{
    const struct abi_value *p = call->args;
    const uint64_t nonce = host_nonce(call->host);
    const struct ainft_params params = {
        .name = p[P_NAME].bytes,
        .symbol = p[P_SYMBOL].bytes,
        .contract_uri = p[P_CONTRACT_URI].bytes,
        .creator = u256_to_addr(&p[P_CREATOR].word),
        .guardian = u256_to_addr(&p[P_GUARDIAN].word),
        .guardian_until = p[P_GUARDIAN_UNTIL].word.limb[0],
        .credit = address_of_create(host_self(call->host), nonce + 2),
    };
    struct credit_params credit = { .name = p[P_CREDIT_NAME].bytes,
                                    .symbol = p[P_CREDIT_SYMBOL].bytes,
                                    .supply_max = p[P_CREDIT_MAX_SUPPLY].word };
    mm_bytes output = { 0 };
    const enum exec_status status =
        host_create(call->host, &made->collection, &output, AINFT_COLLECTION_MODULE, AINFT_VERSION,
                    construct_collection, &params);
    if (status == EXEC_REVERT)
        return abi_revert_raw(call, output); /* the constructor's reason, as `new` hands it on */
    HOST_TRY(status);
    HOST_TRY(make_governor(call, &made->governor, &made->collection));
    credit.collection = made->collection;
    return host_create(call->host, &made->credit, &output, CREDIT_MODULE, CREDIT_VERSION,
                       construct_credit, &credit);
}

/* args: Params */
static enum exec_status create_collection(struct abi_call *call)
{
    const struct abi_value *p = call->args;
    struct made made;
    HOST_TRY(make(call, &made));
    HOST_TRY(collections_add(call, &made.collection));
    HOST_TRY(abi_emit(call, &ainft_events[AINFT_COLLECTION_CREATED],
                      ABI_VALUES(abi_addr(&made.collection), p[P_CREATOR], abi_addr(&made.governor),
                                 abi_addr(&made.credit), p[P_NAME], p[P_SYMBOL])));
    call->results[0] = abi_addr(&made.collection);
    call->results[1] = abi_addr(&made.governor);
    call->results[2] = abi_addr(&made.credit);
    return EXEC_OK;
}

/* args: index */
static enum exec_status collection_at(struct abi_call *call)
{
    bool is_there;
    HOST_TRY(collections_at(call, &is_there));
    return is_there ? EXEC_OK : abi_panic(call, ABI_PANIC_INDEX);
}

static const struct abi_function functions[] = {
    { "collectionAt(uint256)", "address", ABI_VIEW, ABI_CALLDATA, collection_at },
    { "collectionCount()", "uint256", ABI_VIEW, ABI_CALLDATA, collections_count },
    { "createCollection((string,string,string,address,string,string,uint256,uint48,uint32,uint256,"
      "uint8,uint48,address,uint64))",
      "address,address,address", ABI_NONPAYABLE, ABI_CALLDATA, create_collection },
};

static struct abi_contract contract;

void factory_table_init(void)
{
    abi_contract_init(&contract, functions, MM_COUNT_OF(functions));
}

static enum exec_status dispatch(struct host *host, mm_bytes input, mm_bytes *output)
{
    return abi_dispatch(&contract, host, input, output);
}

static enum exec_status factory_genesis(struct host *host, const struct json *native,
                                        struct mm_reason *reason)
{
    (void)host; /* an empty list is no storage */
    return setup_keys(native, NULL, 0, reason) == MM_OK ? EXEC_OK : EXEC_REVERT;
}

const struct exec_native ainft_factory = {
    .module = AINFT_FACTORY_MODULE,
    .version = AINFT_VERSION,
    .name = "ainft-factory",
    .call = dispatch,
    .genesis = factory_genesis,
};
