/* Who governs, and what is his to set besides rules: the collection's URI and its royalties. */
#include "contracts-native/ainft/ainft_internal.h"

static enum exec_status load_governor(struct abi_call *call, mm_addr *governor)
{
    const mm_u256 slot = layout_slot(LAYOUT_GOVERNOR);
    return storage_load_addr(call, governor, &slot);
}

static enum exec_status refuse(struct abi_call *call, const mm_addr *addr)
{
    return ainft_refuse(call, AINFT_NOT_GOVERNANCE, ABI_VALUES(abi_addr(addr)));
}

enum exec_status ainft_check_governor(struct abi_call *call)
{
    mm_addr governor;
    HOST_TRY(load_governor(call, &governor));
    return mm_addr_equal(&governor, host_caller(call->host))
               ? EXEC_OK
               : refuse(call, host_caller(call->host));
}

enum exec_status ainft_creator(struct abi_call *call)
{
    const mm_u256 slot = layout_slot(LAYOUT_CREATOR);
    mm_addr creator;
    HOST_TRY(storage_load_addr(call, &creator, &slot));
    call->results[0] = abi_addr(&creator);
    return EXEC_OK;
}

enum exec_status ainft_governor_of(struct abi_call *call)
{
    mm_addr governor;
    HOST_TRY(load_governor(call, &governor));
    call->results[0] = abi_addr(&governor);
    return EXEC_OK;
}

enum exec_status ainft_guardian(struct abi_call *call)
{
    const mm_u256 slot = layout_slot(LAYOUT_GUARDIAN);
    mm_u256 word;
    HOST_TRY(host_load(call->host, &word, &slot));
    const mm_addr guardian = u256_to_addr(&word);
    call->results[0] = abi_addr(&guardian);
    call->results[1] = abi_u64(layout_u64_above_addr(&word));
    return EXEC_OK;
}

/* A contract is the governor of this collection, or could never change it: a credit, another collection's governor. */
static enum exec_status check_contract(struct abi_call *call, const mm_addr *next)
{
    const mm_u256 no_value = { { 0 } };
    struct abi_signature token;
    enum exec_status result;
    mm_bytes output;
    size_t code_len;
    HOST_TRY(host_code_len(call->host, &code_len, next));
    if (code_len == 0)
        return EXEC_OK;
    abi_signature_init(&token, "token()");
    HOST_TRY(host_call(call->host, &result, &output, next, &no_value, abi_selector(&token)));
    if (result != EXEC_OK || output.len != ABI_WORD)
        return refuse(call, next);
    const mm_u256 self = u256_from_addr(host_self(call->host));
    const mm_u256 answer = u256_from_be32(output.ptr);
    return u256_equal(&answer, &self) ? EXEC_OK : refuse(call, next);
}

/* args: the next one. Nobody is no governance: rules that no one can change any more would be an accident. */
enum exec_status ainft_set_governor(struct abi_call *call)
{
    const mm_u256 slot = layout_slot(LAYOUT_GOVERNOR);
    const mm_addr next = u256_to_addr(&call->args[0].word);
    HOST_TRY(ainft_check_governor(call));
    if (mm_addr_is_zero(&next))
        return refuse(call, &next);
    HOST_TRY(check_contract(call, &next));
    HOST_TRY(storage_store_addr(call, &slot, &next));
    return abi_emit(call, &ainft_events[AINFT_GOVERNOR_CHANGED],
                    ABI_VALUES(abi_addr(host_caller(call->host)), abi_addr(&next)));
}

enum exec_status ainft_set_default_royalty(struct abi_call *call)
{
    HOST_TRY(ainft_check_governor(call));
    return erc721_put_default_royalty(call);
}

enum exec_status ainft_set_token_royalty(struct abi_call *call)
{
    HOST_TRY(ainft_check_governor(call));
    return erc721_put_token_royalty(call);
}

enum exec_status ainft_contract_uri(struct abi_call *call)
{
    const mm_u256 slot = layout_slot(LAYOUT_CONTRACT_URI);
    return storage_load_string(call, &call->results[0].bytes, &slot);
}

enum exec_status ainft_set_contract_uri(struct abi_call *call)
{
    const mm_u256 slot = layout_slot(LAYOUT_CONTRACT_URI);
    HOST_TRY(ainft_check_governor(call));
    HOST_TRY(storage_store_string(call, &slot, call->args[0].bytes));
    return abi_emit(call, &erc721_events[ERC721_CONTRACT_URI_UPDATED], NULL);
}
