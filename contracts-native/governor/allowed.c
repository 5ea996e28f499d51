/* Which calls a proposal may consist of: what only governance may do, and nothing that moves a token, a credit or ether. And whether
 * they would do: they are tried when they are proposed, so that nobody votes about a rule that does not compile. */
#include "contracts-native/governor/governor_internal.h"

const char *const governor_may_call[GOVERNOR_MAY_CALL] = {
    "setRule(string,string)",
    "defineAction(string,string,string,(uint8,bytes32,string)[])",
    "defineTrait(string,uint8,bytes32,bytes32)",
    "defineHistoryKind(string,uint8,uint16,uint32)",
    "setGovernor(address)",
    "setDefaultRoyalty(address,uint96)",
    "setTokenRoyalty(uint256,address,uint96)",
    "setContractURI(string)",
    /* its own */
    "setVotingDelay(uint48)",
    "setVotingPeriod(uint32)",
    "setProposalThreshold(uint256)",
    "updateQuorumNumerator(uint256)",
    "setTimelockDelay(uint48)",
};

/* Made by governor_allowed_init. */
static uint8_t selectors[GOVERNOR_MAY_CALL][ABI_SELECTOR];

void governor_allowed_init(void)
{
    for (size_t i = 0; i < GOVERNOR_MAY_CALL; i++) {
        struct abi_signature function;
        abi_signature_init(&function, governor_may_call[i]);
        memcpy(selectors[i], abi_selector(&function).ptr, ABI_SELECTOR);
    }
}

static bool is_among(size_t begin, size_t end, mm_bytes data)
{
    for (size_t i = begin; i < end; i++) {
        if (data.len >= ABI_SELECTOR && memcmp(selectors[i], data.ptr, ABI_SELECTOR) == 0)
            return true;
    }
    return false;
}

static bool is_allowed(const struct abi_call *call, const mm_addr *collection,
                       const mm_addr *target, mm_bytes data)
{
    if (mm_addr_equal(target, collection))
        return is_among(0, GOVERNOR_MAY_CALL_COLLECTION, data);
    return mm_addr_equal(target, host_self(call->host)) &&
           is_among(GOVERNOR_MAY_CALL_COLLECTION, GOVERNOR_MAY_CALL, data);
}

static enum exec_status refuse_call(struct abi_call *call, size_t i, const mm_addr *target,
                                    mm_bytes data)
{
    uint8_t selector[ABI_WORD] = { 0 };
    if (data.len > 0)
        memcpy(selector, data.ptr, data.len < ABI_SELECTOR ? data.len : ABI_SELECTOR);
    const mm_u256 word = u256_from_be32(selector);
    return governor_refuse(call, GOVERNOR_CALL_NOT_ALLOWED,
                           ABI_VALUES(abi_u64(i), abi_addr(target), abi_word(&word)));
}

static const char *const TRY = "tryCalls(address[],bytes[])";

/* Calls itself: what the calls did is undone with that frame, which always reverts. */
static enum exec_status try_now(struct abi_call *call, const struct governor_calls *calls)
{
    const mm_u256 no_value = { { 0 } };
    struct abi_signature function;
    enum exec_status result;
    mm_bytes input;
    mm_bytes output;
    abi_signature_init(&function, TRY);
    if (abi_encode(host_arena(call->host), &input, abi_selector(&function), function.types,
                   function.count, ABI_VALUES(*calls->targets, calls->list)) != MM_OK)
        return host_fail(call->host, MM_ERR_LIMIT);
    HOST_TRY(host_call(call->host, &result, &output, host_self(call->host), &no_value, input));
    if (mm_bytes_equal(output, abi_selector(&governor_errors[GOVERNOR_TRIED])))
        return EXEC_OK;
    return output.len > 0 ? abi_revert_raw(call, output)
                          : governor_refuse(call, GOVERNOR_FAILED_CALL, NULL);
}

enum exec_status governor_check_calls(struct abi_call *call, const struct governor_calls *calls)
{
    mm_addr collection;
    HOST_TRY(governor_collection(call, &collection));
    for (size_t i = 0; i < calls->count; i++) {
        const mm_u256 word = abi_array_at(calls->targets, i);
        const mm_u256 value = abi_array_at(calls->values, i);
        const mm_addr target = u256_to_addr(&word);
        if (!u256_is_zero(&value))
            return governor_refuse(call, GOVERNOR_VALUE_NOT_ALLOWED,
                                   ABI_VALUES(abi_u64(i), abi_word(&value)));
        if (!is_allowed(call, &collection, &target, calls->data[i]))
            return refuse_call(call, i, &target, calls->data[i]);
    }
    return try_now(call, calls);
}

/* args: targets, data. The governor's own, of calls that it has looked at; ends with ProposalTried() when all of them did. */
enum exec_status governor_try_calls(struct abi_call *call)
{
    const struct abi_value *args = call->args;
    uint8_t zeros[GOVERNOR_CALLS_MAX * ABI_WORD] = { 0 };
    const struct abi_value values = abi_bytes(MM_BYTES_OF(zeros));
    struct governor_calls calls = { .targets = &args[0], .values = &values };
    HOST_TRY(governor_check_executor(call));
    calls.count = (size_t)args[1].word.limb[0];
    for (size_t i = 0; i < calls.count; i++) {
        if (abi_list_at(&calls.data[i], &args[1], i) != ABI_OK)
            return abi_revert_raw(call, (mm_bytes){ 0 });
    }
    HOST_TRY(governor_do_calls(call, &calls));
    return governor_refuse(call, GOVERNOR_TRIED, NULL);
}
