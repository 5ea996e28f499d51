/* What the traits are, for marketplaces: ERC-7496's JSON in a data URI, made from the definitions.
 *
 *     data:application/json,{"traits":{"level":{"displayName":"level","dataType":{"type":"decimal","signed":false,"decimals":0}}}}
 *
 * Names have letters, digits, '_', '-' and '.' alone, so nothing in it needs an escape of JSON or of URIs. */
#include "contracts-native/ainft/ainft_internal.h"
#include "state/base/buf.h"

enum { URI_BYTES_MAX = 32 << 10, ONE_BYTES_MAX = 2 * AINFT_NAME_BYTES_MAX + 256 };

_Static_assert(URI_BYTES_MAX >= AINFT_TRAITS_MAX * ONE_BYTES_MAX + 64, "room for all traits");

static const char *type_of(uint8_t kind)
{
    switch (kind) {
    case AINFT_TRAIT_UINT:
        return "\"type\":\"decimal\",\"bits\":256,\"signed\":false,\"decimals\":0";
    case AINFT_TRAIT_BOOL:
        return "\"type\":\"boolean\"";
    case AINFT_TRAIT_STRING:
        return "\"type\":\"string\",\"minLength\":0,\"maxLength\":31";
    default:
        return "\"type\":\"string\""; /* 32 bytes: ERC-7496 has no type for them */
    }
}

static enum exec_status add_trait(struct abi_call *call, struct mm_buf *uri, const mm_u256 *key,
                                  bool is_first)
{
    const mm_u256 slot = layout_at(LAYOUT_TRAIT_DEFS, key);
    const mm_u256 name_slot = layout_word(&slot, 3);
    struct trait_def def;
    HOST_TRY(trait_load(call, &def, key));
    HOST_TRY(storage_load_string(call, &def.name, &name_slot));
    if (!ainft_is_name(def.name))
        return EXEC_OK; /* no function stored it */
    mm_buf_printf(uri, "%s\"%.*s\":{\"displayName\":\"%.*s\",\"dataType\":{%s}}",
                  is_first ? "" : ",", (int)def.name.len, (const char *)def.name.ptr,
                  (int)def.name.len, (const char *)def.name.ptr, type_of(def.kind));
    return EXEC_OK;
}

enum exec_status ainft_trait_metadata_uri(struct abi_call *call)
{
    struct mm_arena *arena = host_arena(call->host);
    void *memory = mm_arena_alloc(arena, URI_BYTES_MAX);
    if (memory == NULL)
        return host_fail(call->host, MM_ERR_LIMIT);
    struct mm_buf uri = mm_buf_over(memory, URI_BYTES_MAX);
    HOST_TRY(ainft_give_array(call, LAYOUT_TRAIT_KEYS));
    const struct abi_value keys = call->results[0];
    mm_buf_add_text(&uri, "data:application/json,{\"traits\":{");
    for (size_t i = 0; i < keys.bytes.len / ABI_WORD; i++) {
        const mm_u256 key = abi_array_at(&keys, i);
        HOST_TRY(add_trait(call, &uri, &key, i == 0));
    }
    mm_buf_add_text(&uri, "}}");
    if (mm_buf_err(&uri) != MM_OK)
        return host_fail(call->host, MM_ERR_LIMIT);
    call->results[0] = abi_bytes(mm_buf_bytes(&uri));
    return EXEC_OK;
}
