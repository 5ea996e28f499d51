/* Kinds of entries: what a collection lets into its histories.
 *
 *      byte   31 … 8     7        6 ..... 3   2 ... 1    0
 *                     defined    maxWeight   maxBytes  forms          and the name in the word after it */
#include "contracts-native/ainft/ainft_internal.h"

enum { FORMS_ALL = 1 << AINFT_INLINE | 1 << AINFT_CID | 1 << AINFT_COMMITMENT };

enum exec_status kind_is_defined(struct abi_call *call, bool *is_defined, const mm_u256 *kind)
{
    const mm_u256 slot = layout_at(LAYOUT_KINDS, kind);
    mm_u256 word;
    HOST_TRY(host_load(call->host, &word, &slot));
    *is_defined = word.limb[0] >> 56 != 0;
    return EXEC_OK;
}

enum exec_status kind_load(struct abi_call *call, struct kind_def *def, const mm_u256 *kind)
{
    const mm_u256 slot = layout_at(LAYOUT_KINDS, kind);
    const mm_u256 name_slot = layout_word(&slot, 1);
    mm_u256 word;
    HOST_TRY(host_load(call->host, &word, &slot));
    if (word.limb[0] >> 56 == 0)
        return ainft_refuse(call, AINFT_UNKNOWN_HISTORY_KIND, ABI_VALUES(abi_word(kind)));
    *def = (struct kind_def){
        .kind = *kind,
        .forms = (uint8_t)word.limb[0],
        .bytes_max = (uint16_t)(word.limb[0] >> 8),
        .weight_max = (uint32_t)(word.limb[0] >> 24),
    };
    HOST_TRY(storage_load_string(call, &def->name, &name_slot));
    return ainft_is_name(def->name) /* what an outside edit of storage can make false */
               ? EXEC_OK
               : ainft_refuse(call, AINFT_UNKNOWN_HISTORY_KIND, ABI_VALUES(abi_word(kind)));
}

/* One more kind, when there is room. */
static enum exec_status count_kind(struct abi_call *call)
{
    const mm_u256 slot = layout_slot(LAYOUT_KIND_COUNT);
    const mm_u256 limit = u256_from_u64(AINFT_KINDS_MAX);
    mm_u256 before;
    HOST_TRY(storage_count(call, &before, &slot, true));
    return u256_compare(&before, &limit) < 0 ? EXEC_OK
                                             : ainft_refuse_limit(call, "kinds", AINFT_KINDS_MAX);
}

enum exec_status kind_put(struct abi_call *call, const struct kind_def *def)
{
    const mm_u256 slot = layout_at(LAYOUT_KINDS, &def->kind);
    const mm_u256 name_slot = layout_word(&slot, 1);
    const mm_u256 word = u256_from_u64((uint64_t)def->forms | (uint64_t)def->bytes_max << 8 |
                                       (uint64_t)def->weight_max << 24 | UINT64_C(1) << 56);
    bool was_defined;
    HOST_TRY(kind_is_defined(call, &was_defined, &def->kind));
    if (!was_defined)
        HOST_TRY(count_kind(call));
    HOST_TRY(host_store(call->host, &slot, &word));
    HOST_TRY(storage_store_string(call, &name_slot, def->name));
    return abi_emit(call, &ainft_events[AINFT_HISTORY_KIND_DEFINED],
                    ABI_VALUES(abi_word(&def->kind), abi_bytes(def->name), abi_u64(def->forms),
                               abi_u64(def->bytes_max), abi_u64(def->weight_max)));
}

/* args: name, forms, maxBytes, maxWeight. A kind that there is takes the new bounds from now on. */
enum exec_status ainft_define_history_kind(struct abi_call *call)
{
    const struct kind_def def = {
        .kind = layout_id(call->args[0].bytes),
        .forms = (uint8_t)call->args[1].word.limb[0],
        .bytes_max = (uint16_t)call->args[2].word.limb[0],
        .weight_max = (uint32_t)call->args[3].word.limb[0],
        .name = call->args[0].bytes,
    };
    HOST_TRY(ainft_check_governor(call));
    HOST_TRY(ainft_check_name(call, def.name));
    if (def.forms == 0 || (def.forms & ~FORMS_ALL) != 0)
        return ainft_refuse_limit(call, "forms", FORMS_ALL);
    HOST_TRY(kind_put(call, &def));
    call->results[0] = abi_word(&def.kind);
    return EXEC_OK;
}
