/* Actions: what a collection lets people do with a token, as texts (docs/AINFT.md). */
#include "contracts-native/ainft/actions.h"

enum { VERSION, NAME, GUARD, PRICE, EFFECTS }; /* words of Action */
enum { OP, KEY, EXPR, EFFECT_WORDS };          /* of Effect */
enum { EFFECT_MEMBERS = 3, MAX_OP = AINFT_APPEND_HISTORY };

struct rule_text action_text(const struct action *action, mm_bytes source)
{
    return (
        struct rule_text){ .target = action->target, .source = source, .place = RULE_PLACE_ACTION };
}

static enum exec_status set_target(struct abi_call *call, struct action *action)
{
    mm_bytes target;
    HOST_TRY(ainft_target(call, &target, "action", action->name));
    action->target = layout_id(target);
    return EXEC_OK;
}

/* ---- checking ---- */

static enum exec_status refuse_type(struct abi_call *call)
{
    return ainft_refuse(call, AINFT_RULE_INVALID, ABI_VALUES(abi_u64(RULE_TYPE), abi_u64(0)));
}

static enum exec_status check_text(struct abi_call *call, const struct action *action,
                                   mm_bytes source, struct rule_type result)
{
    struct rule_text text = action_text(action, source);
    struct rule_type given;
    uint64_t cost_max;
    text.has_result = result.kind != RULE_NONE;
    text.result = result;
    HOST_TRY(rule_check(call, &cost_max, &given, &text, rule_type_of(RULE_NONE)));
    return given.depth == 0 ? EXEC_OK : refuse_type(call);
}

static enum exec_status check_effect(struct abi_call *call, const struct action *action,
                                     const struct action_effect *effect)
{
    struct trait_def def;
    struct kind_def kind;
    switch (effect->op) {
    case AINFT_SET_TRAIT:
        HOST_TRY(trait_load(call, &def, &effect->key));
        if (def.kind == 0)
            return ainft_refuse(call, AINFT_TRAIT_DOES_NOT_EXIST,
                                ABI_VALUES(abi_word(&effect->key)));
        return check_text(call, action, effect->expr, trait_type(def.kind));
    case AINFT_APPEND_HISTORY:
        HOST_TRY(kind_load(call, &kind, &effect->key));
        return check_text(call, action, effect->expr, rule_type_of(RULE_NONE));
    case AINFT_MINT_CREDITS:
    case AINFT_ADD_TOKEN_CREDIT:
    case AINFT_TAKE_TOKEN_CREDIT:
        return check_text(call, action, effect->expr, rule_type_of(RULE_UINT));
    default:
        return ainft_refuse_limit(call, "op", MAX_OP);
    }
}

static enum exec_status check_action(struct abi_call *call, const struct action *action)
{
    HOST_TRY(ainft_check_name(call, action->name));
    HOST_TRY(check_text(call, action, action->guard, rule_type_of(RULE_BOOL)));
    HOST_TRY(check_text(call, action, action->price, rule_type_of(RULE_UINT)));
    for (size_t i = 0; i < action->effect_count; i++)
        HOST_TRY(check_effect(call, action, &action->effects[i]));
    return EXEC_OK;
}

/* ---- storing ---- */

static mm_u256 effect_slot(const mm_u256 *effects, size_t index)
{
    const mm_u256 first = storage_data_slot(effects);
    return layout_word(&first, index * EFFECT_WORDS);
}

static enum exec_status put_effect(struct abi_call *call, const mm_u256 *slot,
                                   const struct action_effect *effect)
{
    const mm_u256 op = u256_from_u64(effect->op);
    const mm_u256 key_slot = layout_word(slot, KEY);
    const mm_u256 expr_slot = layout_word(slot, EXPR);
    HOST_TRY(host_store(call->host, slot, &op));
    HOST_TRY(host_store(call->host, &key_slot, &effect->key));
    return storage_store_string(call, &expr_slot, effect->expr);
}

/* What there was beyond the new ones is cleared, as Solidity's assignment does. */
static enum exec_status put_effects(struct abi_call *call, const struct action *action,
                                    const mm_u256 *slot)
{
    static const struct action_effect none;
    const mm_u256 count = u256_from_u64(action->effect_count);
    mm_u256 before;
    HOST_TRY(host_load(call->host, &before, slot));
    const size_t old =
        before.limb[0] < AINFT_EFFECTS_MAX ? (size_t)before.limb[0] : (size_t)AINFT_EFFECTS_MAX;
    HOST_TRY(host_store(call->host, slot, &count));
    for (size_t i = 0; i < action->effect_count || i < old; i++) {
        const mm_u256 at = effect_slot(slot, i);
        HOST_TRY(put_effect(call, &at, i < action->effect_count ? &action->effects[i] : &none));
    }
    return EXEC_OK;
}

static enum exec_status add_action(struct abi_call *call, const mm_u256 *id)
{
    const mm_u256 slot = layout_slot(LAYOUT_ACTION_NAMES);
    const mm_u256 limit = u256_from_u64(AINFT_ACTIONS_MAX);
    mm_u256 length;
    HOST_TRY(host_load(call->host, &length, &slot));
    if (u256_compare(&length, &limit) >= 0)
        return ainft_refuse_limit(call, "actions", AINFT_ACTIONS_MAX);
    return storage_array_push(call, &slot, id);
}

static enum exec_status put_action(struct abi_call *call, struct action *action)
{
    const mm_u256 slot = layout_at(LAYOUT_ACTIONS, &action->id);
    const mm_u256 name_slot = layout_word(&slot, NAME);
    const mm_u256 guard_slot = layout_word(&slot, GUARD);
    const mm_u256 price_slot = layout_word(&slot, PRICE);
    const mm_u256 effects_slot = layout_word(&slot, EFFECTS);
    mm_u256 version;
    HOST_TRY(storage_count(call, &version, &slot, true));
    action->version = version.limb[0] + 1;
    if (u256_is_zero(&version))
        HOST_TRY(add_action(call, &action->id));
    HOST_TRY(storage_store_string(call, &name_slot, action->name));
    HOST_TRY(storage_store_string(call, &guard_slot, action->guard));
    HOST_TRY(storage_store_string(call, &price_slot, action->price));
    return put_effects(call, action, &effects_slot);
}

/* ---- loading ---- */

static enum exec_status load_effect(struct abi_call *call, struct action_effect *effect,
                                    const mm_u256 *slot)
{
    const mm_u256 key_slot = layout_word(slot, KEY);
    const mm_u256 expr_slot = layout_word(slot, EXPR);
    mm_u256 op;
    HOST_TRY(host_load(call->host, &op, slot));
    effect->op = (uint8_t)op.limb[0];
    HOST_TRY(host_load(call->host, &effect->key, &key_slot));
    return storage_load_string(call, &effect->expr, &expr_slot);
}

/* All but id and target; version 0 when there is none. */
static enum exec_status load(struct abi_call *call, struct action *action, const mm_u256 *id)
{
    const mm_u256 slot = layout_at(LAYOUT_ACTIONS, id);
    const mm_u256 name_slot = layout_word(&slot, NAME);
    const mm_u256 guard_slot = layout_word(&slot, GUARD);
    const mm_u256 price_slot = layout_word(&slot, PRICE);
    const mm_u256 effects_slot = layout_word(&slot, EFFECTS);
    mm_u256 word;
    *action = (struct action){ .id = *id };
    HOST_TRY(host_load(call->host, &word, &slot));
    action->version = word.limb[0];
    if (action->version == 0)
        return EXEC_OK;
    HOST_TRY(storage_load_string(call, &action->name, &name_slot));
    HOST_TRY(storage_load_string(call, &action->guard, &guard_slot));
    HOST_TRY(storage_load_string(call, &action->price, &price_slot));
    HOST_TRY(host_load(call->host, &word, &effects_slot));
    action->effect_count =
        word.limb[0] < AINFT_EFFECTS_MAX ? (size_t)word.limb[0] : (size_t)AINFT_EFFECTS_MAX;
    for (size_t i = 0; i < action->effect_count; i++) {
        const mm_u256 at = effect_slot(&effects_slot, i);
        HOST_TRY(load_effect(call, &action->effects[i], &at));
    }
    return EXEC_OK;
}

enum exec_status action_load(struct abi_call *call, struct action *action, const mm_u256 *id)
{
    HOST_TRY(load(call, action, id));
    if (action->version == 0)
        return ainft_refuse(call, AINFT_UNKNOWN_ACTION, ABI_VALUES(abi_word(id)));
    return set_target(call, action);
}

/* ---- functions ---- */

/* The effects of a call, from its fourth argument; of `type`. */
static enum exec_status read_effects(struct abi_call *call, struct action *action,
                                     const struct abi_value *array, const struct abi_type *type)
{
    const mm_u256 limit = u256_from_u64(AINFT_EFFECTS_MAX);
    struct abi_value members[EFFECT_MEMBERS];
    if (u256_compare(&array->word, &limit) > 0)
        return ainft_refuse_limit(call, "effects", AINFT_EFFECTS_MAX);
    action->effect_count = (size_t)array->word.limb[0];
    for (size_t i = 0; i < action->effect_count; i++) {
        if (abi_tuple_at(members, array, type, i) != ABI_OK)
            return abi_revert_raw(call, (mm_bytes){ 0 });
        action->effects[i] = (struct action_effect){ .op = (uint8_t)members[OP].word.limb[0],
                                                     .key = members[KEY].word,
                                                     .expr = members[EXPR].bytes };
    }
    return EXEC_OK;
}

static enum exec_status encode_effects(struct abi_call *call, struct abi_value *array,
                                       const struct action *action, const struct abi_type *type)
{
    struct abi_value members[AINFT_EFFECTS_MAX * EFFECT_MEMBERS];
    for (size_t i = 0; i < action->effect_count; i++) {
        members[i * EFFECT_MEMBERS + OP] = abi_u64(action->effects[i].op);
        members[i * EFFECT_MEMBERS + KEY] = abi_word(&action->effects[i].key);
        members[i * EFFECT_MEMBERS + EXPR] = abi_bytes(action->effects[i].expr);
    }
    const mm_err err =
        abi_encode_tuples(host_arena(call->host), array, type, action->effect_count, members);
    return err == MM_OK ? EXEC_OK : host_fail(call->host, err);
}

/* Of the event's type, which is that of the function's argument and result too. */
static const struct abi_type *effects_type(void)
{
    const struct abi_signature *event = &ainft_events[AINFT_ACTION_DEFINED];
    return &event->types[5];
}

/* args: name, guard, price, effects */
enum exec_status ainft_define_action(struct abi_call *call)
{
    struct action action = { .id = layout_id(call->args[0].bytes),
                             .name = call->args[0].bytes,
                             .guard = call->args[1].bytes,
                             .price = call->args[2].bytes };
    struct abi_value effects;
    HOST_TRY(ainft_check_governor(call));
    HOST_TRY(read_effects(call, &action, &call->args[3], effects_type()));
    HOST_TRY(set_target(call, &action));
    HOST_TRY(check_action(call, &action));
    HOST_TRY(put_action(call, &action));
    HOST_TRY(encode_effects(call, &effects, &action, effects_type()));
    HOST_TRY(
        abi_emit(call, &ainft_events[AINFT_ACTION_DEFINED],
                 ABI_VALUES(abi_word(&action.id), abi_u64(action.version), abi_bytes(action.name),
                            abi_bytes(action.guard), abi_bytes(action.price), effects)));
    call->results[0] = abi_word(&action.id);
    call->results[1] = abi_u64(action.version);
    return EXEC_OK;
}

/* args: action. All zero and empty when there is none. Members of the effects' type stand before the version. */
enum exec_status ainft_get_action(struct abi_call *call)
{
    struct action action;
    HOST_TRY(load(call, &action, &call->args[0].word));
    HOST_TRY(encode_effects(call, &call->results[3], &action, effects_type()));
    call->results[0] = abi_bytes(action.name);
    call->results[1] = abi_bytes(action.guard);
    call->results[2] = abi_bytes(action.price);
    call->results[4 + EFFECT_MEMBERS] = abi_u64(action.version);
    return EXEC_OK;
}

enum exec_status ainft_actions(struct abi_call *call)
{
    return ainft_give_array(call, LAYOUT_ACTION_NAMES);
}
