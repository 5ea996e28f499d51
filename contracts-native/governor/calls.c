/* What a proposal would do: targets, ether, calldata; the number that they have together, and doing them. */
#include "contracts-native/governor/governor_internal.h"

static enum exec_status refuse_limit(struct abi_call *call)
{
    static const uint8_t what[ABI_WORD] = { 'c', 'a', 'l', 'l', 's' };
    const mm_u256 word = u256_from_be32(what);
    return governor_refuse(call, GOVERNOR_LIMIT_REACHED,
                           ABI_VALUES(abi_word(&word), abi_u64(GOVERNOR_CALLS_MAX)));
}

enum exec_status governor_read_calls(struct abi_call *call, struct governor_calls *calls)
{
    const struct abi_value *args = call->args;
    const mm_u256 limit = u256_from_u64(GOVERNOR_CALLS_MAX);
    *calls = (struct governor_calls){
        .targets = &args[0],
        .values = &args[1],
        .target_count = args[0].bytes.len / ABI_WORD,
        .value_count = args[1].bytes.len / ABI_WORD,
    };
    if (calls->target_count > GOVERNOR_CALLS_MAX || calls->value_count > GOVERNOR_CALLS_MAX ||
        u256_compare(&args[2].word, &limit) > 0)
        return refuse_limit(call);
    calls->count = (size_t)args[2].word.limb[0];
    for (size_t i = 0; i < calls->count; i++) {
        if (abi_list_at(&calls->data[i], &args[2], i) != ABI_OK)
            return abi_revert_raw(call, (mm_bytes){ 0 });
    }
    const mm_err err =
        abi_encode_list(host_arena(call->host), &calls->list, calls->data, calls->count);
    return err == MM_OK ? EXEC_OK : host_fail(call->host, err);
}

enum exec_status governor_id_of(struct abi_call *call, mm_u256 *id,
                                const struct governor_calls *calls, const mm_u256 *description_hash)
{
    struct abi_signature types;
    mm_bytes encoded;
    abi_signature_init(&types, "address[],uint256[],bytes[],bytes32");
    const mm_err err = abi_encode(
        host_arena(call->host), &encoded, (mm_bytes){ 0 }, types.types, types.count,
        ABI_VALUES(*calls->targets, *calls->values, calls->list, abi_word(description_hash)));
    if (err != MM_OK)
        return host_fail(call->host, err);
    *id = eip712_hash(encoded);
    return EXEC_OK;
}

enum exec_status governor_do_calls(struct abi_call *call, const struct governor_calls *calls)
{
    for (size_t i = 0; i < calls->count; i++) {
        const mm_u256 word = abi_array_at(calls->targets, i);
        const mm_u256 value = abi_array_at(calls->values, i);
        const mm_addr target = u256_to_addr(&word);
        enum exec_status result;
        mm_bytes output;
        HOST_TRY(host_call(call->host, &result, &output, &target, &value, calls->data[i]));
        if (result != EXEC_OK)
            return output.len > 0 ? abi_revert_raw(call, output)
                                  : governor_refuse(call, GOVERNOR_FAILED_CALL, NULL);
    }
    return EXEC_OK;
}
