/* The table of functions, and genesis. */
#include "contracts-native/validators/validators.h"

#include <stdlib.h>

#include "contracts-native/setup/setup.h"
#include "contracts-native/validators/validators_internal.h"

static const struct abi_function functions[] = {
    { "isValidator(address)", "bool", ABI_VIEW, ABI_CALLDATA, validators_is_validator },
    { "proposals()", "address[],bool[],uint256[]", ABI_VIEW, ABI_CALLDATA, validators_proposals },
    { "propose(address,bool)", "", ABI_NONPAYABLE, ABI_CALLDATA, validators_propose },
    { "quorum()", "uint256", ABI_VIEW, ABI_CALLDATA, validators_get_quorum },
    { "validators()", "address[]", ABI_VIEW, ABI_CALLDATA, validators_list },
    { "votes(address,bool)", "address[]", ABI_VIEW, ABI_CALLDATA, validators_votes },
    { "votesOf(address)", "address[],bool[]", ABI_VIEW, ABI_CALLDATA, validators_votes_of },
    { "withdraw(address,bool)", "", ABI_NONPAYABLE, ABI_CALLDATA, validators_withdraw },
};

static struct abi_contract contract;

void validators_init(void)
{
    abi_contract_init(&contract, functions, MM_COUNT_OF(functions));
    validators_signatures_init();
}

static enum exec_status dispatch(struct host *host, mm_bytes input, mm_bytes *output)
{
    return abi_dispatch(&contract, host, input, output);
}

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(mm_addr));
}

static mm_err read_list(mm_addr *out, size_t *count, const struct json *native,
                        struct mm_reason *reason)
{
    static const char *const keys[] = { "validators" };
    MM_TRY(setup_keys(native, keys, MM_COUNT_OF(keys), reason));
    MM_TRY(setup_addrs(out, count, MM_VALIDATORS_MAX, native, "validators", reason));
    qsort(out, *count, sizeof *out, compare);
    for (size_t i = 0; i < *count; i++) {
        if (mm_addr_is_zero(&out[i]))
            return mm_fail(reason, MM_ERR_INVALID, "validators: the zero address has no key");
        if (i > 0 && mm_addr_equal(&out[i - 1], &out[i]))
            return mm_fail(reason, MM_ERR_INVALID, "validators: an address twice");
    }
    return MM_OK;
}

static enum exec_status genesis(struct host *host, const struct json *native,
                                struct mm_reason *reason)
{
    mm_addr validators[MM_VALIDATORS_MAX];
    size_t count;
    if (read_list(validators, &count, native, reason) != MM_OK)
        return EXEC_REVERT;
    struct abi_call call = abi_call_over(host);
    struct validator_set set = { .count = 0 };
    for (size_t i = 0; i < count; i++)
        HOST_TRY(validators_insert(&call, &set, &validators[i]));
    return EXEC_OK;
}

const struct exec_native validators_native = {
    .module = VALIDATORS_MODULE,
    .version = VALIDATORS_VERSION,
    .name = "validators",
    .call = dispatch,
    .genesis = genesis,
};
