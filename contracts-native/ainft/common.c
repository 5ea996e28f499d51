/* Small things that many files need. */
#include "contracts-native/ainft/ainft_internal.h"

/* Of any list that a collection keeps: rules, actions, traits. */
enum { LIST_MAX = 64 };
_Static_assert((int)LIST_MAX >= (int)AINFT_RULES_MAX && (int)LIST_MAX >= (int)AINFT_ACTIONS_MAX &&
                   (int)LIST_MAX >= (int)AINFT_TRAITS_MAX,
               "a list that is full is given");

enum exec_status ainft_refuse(struct abi_call *call, enum ainft_error error,
                              const struct abi_value *args)
{
    return abi_revert(call, &ainft_errors[error], args);
}

enum exec_status ainft_refuse_limit(struct abi_call *call, const char *what, uint64_t limit)
{
    uint8_t word[ABI_WORD] = { 0 };
    memcpy(word, what, strlen(what));
    const mm_u256 text = u256_from_be32(word);
    return ainft_refuse(call, AINFT_LIMIT_REACHED, ABI_VALUES(abi_word(&text), abi_u64(limit)));
}

static bool is_name_byte(uint8_t byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '_' || byte == '-' || byte == '.';
}

bool ainft_is_name(mm_bytes name)
{
    for (size_t i = 0; i < name.len; i++) {
        if (!is_name_byte(name.ptr[i]))
            return false;
    }
    return name.len > 0 && name.len <= AINFT_NAME_BYTES_MAX;
}

enum exec_status ainft_check_name(struct abi_call *call, mm_bytes name)
{
    return ainft_is_name(name) ? EXEC_OK : ainft_refuse_limit(call, "name", AINFT_NAME_BYTES_MAX);
}

enum exec_status ainft_target(struct abi_call *call, mm_bytes *target, const char *prefix,
                              mm_bytes name)
{
    const size_t prefix_len = strlen(prefix);
    uint8_t *text = mm_arena_alloc(host_arena(call->host), prefix_len + 1 + name.len);
    if (text == NULL)
        return host_fail(call->host, MM_ERR_LIMIT);
    memcpy(text, prefix, prefix_len);
    text[prefix_len] = ':';
    if (name.len > 0)
        memcpy(text + prefix_len + 1, name.ptr, name.len);
    *target = mm_bytes_from(text, name.len > 0 ? prefix_len + 1 + name.len : prefix_len);
    return EXEC_OK;
}

enum exec_status ainft_give_array(struct abi_call *call, enum layout_field field)
{
    const mm_u256 slot = layout_slot(field);
    mm_u256 length;
    HOST_TRY(host_load(call->host, &length, &slot));
    if (!u256_fits_u64(&length) || length.limb[0] > LIST_MAX)
        return EXEC_OUT_OF_GAS; /* no function makes it so long */
    uint8_t *words = mm_arena_alloc(host_arena(call->host), (size_t)length.limb[0] * ABI_WORD);
    if (words == NULL)
        return host_fail(call->host, MM_ERR_LIMIT);
    for (uint64_t i = 0; i < length.limb[0]; i++) {
        const mm_u256 index = u256_from_u64(i);
        const mm_u256 at = storage_array_slot(&slot, &index);
        mm_u256 word;
        HOST_TRY(host_load(call->host, &word, &at));
        u256_to_be32(words + i * ABI_WORD, &word);
    }
    call->results[0] = abi_bytes(mm_bytes_from(words, (size_t)length.limb[0] * ABI_WORD));
    return EXEC_OK;
}

enum exec_status ainft_metadata_update(struct abi_call *call, const mm_u256 *token)
{
    return abi_emit(call, &erc721_events[ERC721_METADATA_UPDATE], ABI_VALUES(abi_word(token)));
}
