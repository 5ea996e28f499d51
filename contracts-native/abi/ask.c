/* Calls from contract to contract, by the text of the function. */
#include "contracts-native/abi/dispatch.h"

enum exec_status abi_ask(struct abi_call *call, struct abi_value *results, const mm_addr *to,
                         const struct abi_question *question)
{
    const mm_u256 no_value = { { 0 } };
    struct abi_signature function;
    struct abi_signature types;
    mm_bytes input;
    mm_bytes output;
    enum exec_status result;
    abi_signature_init(&function, question->signature);
    abi_signature_init(&types, question->results);
    if (abi_encode(host_arena(call->host), &input, abi_selector(&function), function.types,
                   function.count, question->args) != MM_OK)
        return host_fail(call->host, MM_ERR_LIMIT);
    HOST_TRY(host_call(call->host, &result, &output, to, &no_value, input));
    if (result != EXEC_OK)
        return abi_revert_raw(call, output);
    return abi_decode(results, output, types.types, types.count, ABI_MEMORY) == ABI_OK
               ? EXEC_OK
               : abi_revert_raw(call, (mm_bytes){ 0 });
}
