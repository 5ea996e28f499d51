/* Reading a history, and taking content out of it: the record stays. */
#include "contracts-native/ainft/ainft_internal.h"

enum exec_status history_find(struct abi_call *call, mm_u256 *slot, const mm_u256 *token,
                              const mm_u256 *index)
{
    const mm_u256 array = layout_at(LAYOUT_HISTORY, token);
    mm_u256 length;
    HOST_TRY(host_load(call->host, &length, &array));
    if (u256_compare(index, &length) >= 0)
        return ainft_refuse(call, AINFT_HISTORY_INDEX_OUT_OF_BOUNDS,
                            ABI_VALUES(abi_word(token), abi_word(index)));
    *slot = storage_array_slot(&array, index);
    return EXEC_OK;
}

enum exec_status ainft_history_length(struct abi_call *call)
{
    const mm_u256 array = layout_at(LAYOUT_HISTORY, &call->args[0].word);
    return host_load(call->host, &call->results[0].word, &array);
}

/* args: token, index */
enum exec_status ainft_history_entry(struct abi_call *call)
{
    const mm_u256 *token = &call->args[0].word;
    const mm_u256 *index = &call->args[1].word;
    const mm_u256 entry_slot = layout_at2(LAYOUT_ENTRIES, token, index);
    mm_u256 slot;
    bool is_redacted;
    HOST_TRY(history_find(call, &slot, token, index));
    HOST_TRY(host_load(call->host, &call->results[0].word, &slot));
    HOST_TRY(storage_load_bool(call, &is_redacted, &entry_slot));
    call->results[1] = abi_bool(is_redacted);
    return EXEC_OK;
}

/* The last hash; zero of a history without entries. */
enum exec_status ainft_history_head(struct abi_call *call)
{
    const mm_u256 array = layout_at(LAYOUT_HISTORY, &call->args[0].word);
    const mm_u256 one = u256_from_u64(1);
    mm_u256 length;
    HOST_TRY(host_load(call->host, &length, &array));
    call->results[0] = abi_u64(0);
    if (u256_is_zero(&length))
        return EXEC_OK;
    const mm_u256 last = u256_wrapping_sub(&length, &one);
    const mm_u256 slot = storage_array_slot(&array, &last);
    return host_load(call->host, &call->results[0].word, &slot);
}

/* args: token, kind */
enum exec_status ainft_history_stats(struct abi_call *call)
{
    const mm_u256 slot = layout_at2(LAYOUT_STATS, &call->args[0].word, &call->args[1].word);
    mm_u256 stats;
    HOST_TRY(host_load(call->host, &stats, &slot));
    for (size_t i = 0; i < 4; i++)
        call->results[i] = abi_u64(stats.limb[i]);
    return EXEC_OK;
}

/* args: token, kind, author */
enum exec_status ainft_history_count_by(struct abi_call *call)
{
    const mm_addr author = u256_to_addr(&call->args[2].word);
    const mm_u256 of_kind = layout_at2(LAYOUT_COUNT_BY, &call->args[0].word, &call->args[1].word);
    const mm_u256 slot = storage_at_addr(&author, &of_kind);
    return host_load(call->host, &call->results[0].word, &slot);
}

/* args: token, index, reason. Of a token that was burnt too, which nobody owns. */
enum exec_status ainft_redact_history(struct abi_call *call)
{
    const mm_u256 *token = &call->args[0].word;
    const mm_u256 *index = &call->args[1].word;
    const mm_u256 owner_slot = storage_at_word(token, &ERC721_OWNERS);
    const mm_u256 entry_slot = layout_at2(LAYOUT_ENTRIES, token, index);
    const mm_u256 shift = u256_from_u64(256);
    struct rule_subject subject = { .caller = *host_caller(call->host), .token = *token };
    mm_u256 slot;
    mm_u256 word;
    mm_u256 author;
    HOST_TRY(history_find(call, &slot, token, index));
    HOST_TRY(host_load(call->host, &word, &entry_slot));
    if ((word.limb[0] & 0xff) != 0)
        return ainft_refuse(call, AINFT_HISTORY_ALREADY_REDACTED,
                            ABI_VALUES(abi_word(token), abi_word(index)));
    u256_divmod(&author, NULL, &word, &shift);
    subject.author = u256_to_addr(&author);
    HOST_TRY(storage_load_addr(call, &subject.owner, &owner_slot));
    HOST_TRY(rule_require(call, "redact", (mm_bytes){ 0 }, &subject));
    word.limb[0] |= 1;
    HOST_TRY(host_store(call->host, &entry_slot, &word));
    return abi_emit(call, &ainft_events[AINFT_HISTORY_REDACTED],
                    ABI_VALUES(abi_word(token), abi_word(index), abi_addr(host_caller(call->host)),
                               call->args[2]));
}
