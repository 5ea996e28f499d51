/* What a collection begins with: who made it, and the rules that stand until its community changes them. */
#include "contracts-native/ainft/ainft_internal.h"

/* In force at once, so that the block that made the collection can use it. */
static enum exec_status put_rules(struct abi_call *call)
{
    static const struct {
        const char *name;
        const char *source;
    } defaults[] = {
        { "spec", "caller == owner" },
        { "uri", "caller == owner" },
        { "meta:*", "caller == owner" },
        { "mint", "caller == creator" },
        { "history:chat", "caller == service && author != caller" },
        { "trait:*", "false" },
        { "redact", "caller == author || caller == owner" },
    };
    uint64_t version;
    for (size_t i = 0; i < MM_COUNT_OF(defaults); i++)
        HOST_TRY(rule_put(call, mm_bytes_str(defaults[i].name), mm_bytes_str(defaults[i].source),
                          host_block(call->host)->number, &version));
    return EXEC_OK;
}

/* Saved conversations: in any form, up to so many turns in one. */
static enum exec_status put_chat(struct abi_call *call)
{
    enum { TURNS_MAX = 1000 };
    const struct kind_def chat = {
        .kind = layout_id(MM_BYTES_LIT("chat")),
        .forms = 1 << AINFT_INLINE | 1 << AINFT_CID | 1 << AINFT_COMMITMENT,
        .bytes_max = AINFT_INLINE_BYTES_MAX,
        .weight_max = TURNS_MAX,
        .name = MM_BYTES_LIT("chat"),
    };
    return kind_put(call, &chat);
}

static enum exec_status put_governance(struct abi_call *call, const struct ainft_params *params)
{
    static const mm_addr nobody;
    const mm_u256 creator_slot = layout_slot(LAYOUT_CREATOR);
    const mm_u256 guardian_slot = layout_slot(LAYOUT_GUARDIAN);
    const mm_u256 governor_slot = layout_slot(LAYOUT_GOVERNOR);
    const mm_u256 creator = layout_addr_u64(&params->creator, host_block(call->host)->timestamp);
    const mm_u256 guardian = layout_addr_u64(&params->guardian, params->guardian_until);
    HOST_TRY(host_store(call->host, &creator_slot, &creator));
    HOST_TRY(host_store(call->host, &guardian_slot, &guardian));
    HOST_TRY(storage_store_addr(call, &governor_slot, &params->creator));
    HOST_TRY(abi_emit(call, &ainft_events[AINFT_GOVERNOR_CHANGED],
                      ABI_VALUES(abi_addr(&nobody), abi_addr(&params->creator))));
    return abi_emit(call, &ainft_events[AINFT_GUARDIAN_CHANGED],
                    ABI_VALUES(abi_addr(&params->guardian), abi_u64(params->guardian_until)));
}

enum exec_status ainft_construct(struct abi_call *call, const struct ainft_params *params)
{
    const mm_u256 credit_slot = layout_slot(LAYOUT_CREDIT);
    const mm_u256 next_slot = layout_slot(LAYOUT_NEXT_TOKEN_ID);
    const mm_u256 uri_slot = layout_slot(LAYOUT_CONTRACT_URI);
    const mm_u256 first_id = u256_from_u64(1);
    if (mm_addr_is_zero(&params->creator)) /* who governs at first */
        return ainft_refuse(call, AINFT_NOT_GOVERNANCE, ABI_VALUES(abi_addr(&params->creator)));
    HOST_TRY(storage_store_string(call, &ERC721_NAME, params->name));
    HOST_TRY(storage_store_string(call, &ERC721_SYMBOL, params->symbol));
    HOST_TRY(put_governance(call, params));
    HOST_TRY(storage_store_addr(call, &credit_slot, &params->credit));
    HOST_TRY(host_store(call->host, &next_slot, &first_id));
    HOST_TRY(storage_store_string(call, &uri_slot, params->contract_uri));
    HOST_TRY(put_chat(call));
    return put_rules(call);
}
