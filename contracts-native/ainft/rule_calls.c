/* Rules tried before they bind anyone: compiling a text, and asking a rule what it would say. */
#include "contracts-native/ainft/ainft_internal.h"

/* args: name, source. Of an action's texts as well, which may give any type. */
enum exec_status ainft_compile_rule(struct abi_call *call)
{
    const mm_bytes name = call->args[0].bytes;
    struct rule_text text = { .target = layout_id(name),
                              .source = call->args[1].bytes,
                              .place = RULE_PLACE_ACTION,
                              .result = rule_type_of(RULE_BOOL) };
    struct rule_type type = rule_type_of(RULE_NONE);
    struct rule_type result;
    char type_text[RULE_TYPE_TEXT_MAX];
    uint64_t cost_max;
    if (rule_place_of_target(name) != RULE_PLACE_ACTION) {
        text.has_result = true;
        HOST_TRY(rule_place_for(call, &text.place, &type, name));
    }
    HOST_TRY(rule_check(call, &cost_max, &result, &text, type));
    const mm_u256 hash = layout_id(text.source);
    const char *shown =
        mm_arena_text(host_arena(call->host), mm_bytes_str(rule_type_text(type_text, result)));
    if (shown == NULL)
        return host_fail(call->host, MM_ERR_LIMIT);
    call->results[0] = abi_word(&hash);
    call->results[1] = abi_bytes(mm_bytes_str(shown));
    call->results[2] = abi_u64(cost_max);
    return EXEC_OK;
}

/* ---- what a rule is asked about, from checkRule's input ---- */

static enum exec_status decode(struct abi_call *call, struct abi_value *values, const char *types)
{
    struct abi_signature signature;
    abi_signature_init(&signature, types);
    return abi_decode(values, call->args[3].bytes, signature.types, signature.count,
                      ABI_CALLDATA) == ABI_OK
               ? EXEC_OK
               : abi_revert_raw(call, (mm_bytes){ 0 });
}

static enum exec_status read_entry(struct abi_call *call, struct rule_subject *subject)
{
    struct abi_value values[5];
    struct kind_def def;
    HOST_TRY(decode(call, values, "bytes32,uint8,uint32,uint256,address"));
    HOST_TRY(kind_load(call, &def, &values[0].word));
    if (!u256_fits_u64(&values[3].word))
        return abi_revert_raw(call, (mm_bytes){ 0 });
    subject->kind = def.name;
    subject->form = (uint8_t)values[1].word.limb[0];
    subject->weight = (uint32_t)values[2].word.limb[0];
    subject->length = values[3].word.limb[0];
    subject->author = u256_to_addr(&values[4].word);
    return EXEC_OK;
}

static enum exec_status read_trait(struct abi_call *call, struct rule_subject *subject,
                                   mm_bytes name)
{
    const mm_u256 key = layout_id(name);
    const mm_u256 slot = layout_trait_value(&subject->token, &key);
    struct abi_value value;
    struct trait_def def;
    mm_u256 old;
    HOST_TRY(decode(call, &value, "bytes32"));
    HOST_TRY(trait_load(call, &def, &key));
    HOST_TRY(host_load(call->host, &old, &slot));
    if (def.kind == 0 || !trait_word_is_valid(&def, &value.word))
        return ainft_refuse(call, AINFT_TRAIT_VALUE_INVALID,
                            ABI_VALUES(abi_word(&key), abi_word(&value.word)));
    subject->trait_type = trait_type(def.kind);
    HOST_TRY(trait_to_value(call, &subject->old_value, def.kind, &old));
    return trait_to_value(call, &subject->new_value, def.kind, &value.word);
}

static enum exec_status read_input(struct abi_call *call, struct rule_subject *subject,
                                   unsigned place, mm_bytes name)
{
    struct abi_value value;
    switch (place) {
    case RULE_PLACE_HISTORY:
        return read_entry(call, subject);
    case RULE_PLACE_TRAIT:
        return read_trait(
            call, subject,
            mm_bytes_from(name.ptr + sizeof "trait:" - 1, name.len - (sizeof "trait:" - 1)));
    case RULE_PLACE_MINT:
        HOST_TRY(decode(call, &value, "address"));
        subject->to = u256_to_addr(&value.word);
        return EXEC_OK;
    case RULE_PLACE_REDACT:
        HOST_TRY(decode(call, &value, "address"));
        subject->author = u256_to_addr(&value.word);
        return EXEC_OK;
    default: /* spec, uri, meta: nothing more to know */
        return EXEC_OK;
    }
}

/* args: target, caller, token, input. RuleMissing when the target has no rule of its own in force. */
enum exec_status ainft_check_rule(struct abi_call *call)
{
    const mm_u256 *target = &call->args[0].word;
    const mm_u256 *token = &call->args[2].word;
    const mm_u256 owner_slot = storage_at_word(token, &ERC721_OWNERS);
    const mm_u256 rule = layout_at(LAYOUT_RULES, target);
    const mm_u256 name_slot = layout_word(&rule, 2);
    struct rule_subject subject = { .caller = u256_to_addr(&call->args[1].word), .token = *token };
    struct rule_text text = { .place = 0 };
    struct rule_outcome outcome;
    struct rule_type type;
    mm_bytes name;
    bool found;
    HOST_TRY(storage_load_string(call, &name, &name_slot));
    HOST_TRY(rule_load(call, &found, &text, target, name));
    if (!found)
        return ainft_refuse(call, AINFT_RULE_MISSING, ABI_VALUES(abi_word(target)));
    HOST_TRY(rule_place_for(call, &text.place, &type, name));
    HOST_TRY(storage_load_addr(call, &subject.owner, &owner_slot));
    HOST_TRY(read_input(call, &subject, text.place, name));
    HOST_TRY(rule_run(call, &outcome, &text, &subject));
    call->results[0] = abi_bool(outcome.fault == RULE_FAULT_NONE && outcome.value.is_true);
    call->results[1] = abi_u64(outcome.fault);
    call->results[2] = abi_u64(outcome.cost);
    return EXEC_OK;
}
