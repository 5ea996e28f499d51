/* Doing an action: guard, price and every effect are worked out on the state before it; then the price is burnt and the effects
 * are done in their order. All of it or nothing; an effect asks no rule, since the guard is the rule, and never starts an action. */
#include "contracts-native/ainft/actions.h"
#include "state/base/assert.h"

/* What an action comes to. */
struct plan {
    bool is_allowed;
    enum rule_fault fault; /* the first that there was */
    uint64_t cost;
    mm_u256 price;
    struct rule_value values[AINFT_EFFECTS_MAX];
};

static enum exec_status refuse_fault(struct abi_call *call, const struct action *action,
                                     enum rule_fault fault)
{
    return ainft_refuse(call, AINFT_RULE_FAILED,
                        ABI_VALUES(abi_word(&action->target), abi_u64(fault)));
}

/* One of its texts; *plan takes its fault and its cost. */
static enum exec_status work_out(struct abi_call *call, struct plan *plan, struct rule_value *value,
                                 const struct action *action, mm_bytes source,
                                 struct rule_type result, const struct rule_subject *subject)
{
    struct rule_text text = action_text(action, source);
    struct rule_outcome outcome;
    text.has_result = result.kind != RULE_NONE;
    text.result = result;
    HOST_TRY(rule_run(call, &outcome, &text, subject));
    plan->cost += outcome.cost;
    if (plan->fault == RULE_FAULT_NONE)
        plan->fault = outcome.fault;
    *value = outcome.value;
    return EXEC_OK;
}

static enum exec_status effect_type(struct abi_call *call, struct rule_type *type,
                                    const struct action_effect *effect)
{
    struct trait_def def;
    *type = rule_type_of(RULE_UINT);
    if (effect->op == AINFT_APPEND_HISTORY)
        *type = rule_type_of(RULE_NONE);
    if (effect->op != AINFT_SET_TRAIT)
        return EXEC_OK;
    HOST_TRY(trait_load(call, &def, &effect->key));
    *type = trait_type(def.kind);
    return EXEC_OK;
}

/* Guard and price; stops behind the guard when it says no, unless all is asked for. */
static enum exec_status plan_price(struct abi_call *call, struct plan *plan,
                                   const struct action *action, const struct rule_subject *subject)
{
    struct rule_value value;
    *plan = (struct plan){ .is_allowed = false };
    HOST_TRY(work_out(call, plan, &value, action, action->guard, rule_type_of(RULE_BOOL), subject));
    plan->is_allowed = plan->fault == RULE_FAULT_NONE && value.is_true;
    HOST_TRY(work_out(call, plan, &value, action, action->price, rule_type_of(RULE_UINT), subject));
    if (plan->fault == RULE_FAULT_NONE)
        plan->price = value.number;
    return EXEC_OK;
}

static enum exec_status plan_effects(struct abi_call *call, struct plan *plan,
                                     const struct action *action,
                                     const struct rule_subject *subject)
{
    for (size_t i = 0; i < action->effect_count; i++) {
        struct rule_type type;
        HOST_TRY(effect_type(call, &type, &action->effects[i]));
        HOST_TRY(
            work_out(call, plan, &plan->values[i], action, action->effects[i].expr, type, subject));
    }
    return EXEC_OK;
}

/* ---- effects ---- */

struct performing {
    const struct action *action;
    const struct rule_subject *subject;
    bool has_changed_trait;
};

static enum exec_status set_trait(struct abi_call *call, struct performing *p,
                                  const struct action_effect *effect,
                                  const struct rule_value *value)
{
    struct trait_def def;
    mm_u256 word;
    bool changed;
    HOST_TRY(trait_load(call, &def, &effect->key));
    if (def.kind == 0) /* what an outside edit of storage can make true */
        return ainft_refuse(call, AINFT_TRAIT_DOES_NOT_EXIST, ABI_VALUES(abi_word(&effect->key)));
    if (!trait_from_value(&word, def.kind, value))
        return ainft_refuse(call, AINFT_TRAIT_VALUE_INVALID,
                            ABI_VALUES(abi_word(&effect->key), abi_word(&word)));
    HOST_TRY(trait_put(call, &changed, &def, &p->subject->token, &word));
    p->has_changed_trait = p->has_changed_trait || changed;
    return EXEC_OK;
}

/* abi.encode(value): a word, or a string or bytes with its offset and length. */
static enum exec_status encode_value(struct abi_call *call, mm_bytes *out,
                                     const struct rule_value *value)
{
    const bool is_text = rule_type_is_text(value->type);
    const struct abi_type type = is_text ? (struct abi_type){ .kind = ABI_BYTES }
                                         : (struct abi_type){ .kind = ABI_UINT, .bytes = ABI_WORD };
    const struct abi_value word = rule_type_is(value->type, RULE_BOOL) ? abi_bool(value->is_true)
                                  : is_text                            ? abi_bytes(value->bytes)
                                                                       : abi_word(&value->number);
    const mm_err err = abi_encode(host_arena(call->host), out, (mm_bytes){ 0 }, &type, 1, &word);
    return err == MM_OK ? EXEC_OK : host_fail(call->host, err);
}

static enum exec_status append(struct abi_call *call, const struct performing *p,
                               const struct action_effect *effect, const struct rule_value *value)
{
    struct history_entry entry = { .token = p->subject->token,
                                   .kind = effect->key,
                                   .author = p->subject->caller,
                                   .submitter = p->subject->caller,
                                   .form = AINFT_INLINE,
                                   .weight = 1 };
    struct kind_def def;
    mm_u256 index;
    mm_u256 hash;
    HOST_TRY(kind_load(call, &def, &effect->key));
    HOST_TRY(encode_value(call, &entry.content, value));
    HOST_TRY(history_check(call, &def, &entry));
    return history_append(call, &index, &hash, &entry);
}

static enum exec_status do_effect(struct abi_call *call, struct performing *p,
                                  const struct action_effect *effect,
                                  const struct rule_value *value)
{
    const struct rule_subject *subject = p->subject;
    switch (effect->op) {
    case AINFT_SET_TRAIT:
        return set_trait(call, p, effect, value);
    case AINFT_MINT_CREDITS:
        return credits_mint(call, &subject->caller, &value->number);
    case AINFT_ADD_TOKEN_CREDIT:
        return credits_add_to_token(call, &subject->token, &value->number);
    case AINFT_TAKE_TOKEN_CREDIT:
        return credits_take_from_token(call, &subject->token, &value->number);
    case AINFT_APPEND_HISTORY:
        return append(call, p, effect, value);
    default:
        return abi_revert_raw(call, (mm_bytes){ 0 }); /* no function stored it */
    }
}

/* ---- functions ---- */

/* The arguments of the action as a rule sees them; LimitReached("args", 16). */
static enum exec_status read_args(struct abi_call *call, struct rule_subject *subject,
                                  struct rule_value values[RULE_ACTION_ARGS_MAX],
                                  const struct abi_value *array)
{
    const size_t count = array->bytes.len / ABI_WORD;
    if (count > RULE_ACTION_ARGS_MAX)
        return ainft_refuse_limit(call, "args", RULE_ACTION_ARGS_MAX);
    for (size_t i = 0; i < count; i++) {
        const mm_u256 word = abi_array_at(array, i);
        values[i] = rule_uint(&word);
    }
    subject->args = values;
    subject->arg_count = count;
    return EXEC_OK;
}

static enum exec_status check_plan(struct abi_call *call, const struct plan *plan,
                                   const struct action *action, const mm_u256 *price_max)
{
    if (plan->fault != RULE_FAULT_NONE)
        return refuse_fault(call, action, plan->fault);
    if (!plan->is_allowed)
        return ainft_refuse(call, AINFT_RULE_DENIED, ABI_VALUES(abi_word(&action->target)));
    if (u256_compare(&plan->price, price_max) > 0)
        return ainft_refuse(call, AINFT_PRICE_EXCEEDED,
                            ABI_VALUES(abi_word(&plan->price), abi_word(price_max)));
    return EXEC_OK;
}

/* args: token, action, args, maxPrice */
enum exec_status ainft_perform(struct abi_call *call)
{
    const mm_u256 *token = &call->args[0].word;
    struct rule_value values[RULE_ACTION_ARGS_MAX];
    struct rule_subject subject = { .caller = *host_caller(call->host), .token = *token };
    struct action action;
    struct performing p = { .action = &action, .subject = &subject };
    struct plan plan;
    HOST_TRY(erc721_owner_of(call, &subject.owner, token));
    HOST_TRY(action_load(call, &action, &call->args[1].word));
    HOST_TRY(read_args(call, &subject, values, &call->args[2]));
    HOST_TRY(plan_price(call, &plan, &action, &subject));
    HOST_TRY(check_plan(call, &plan, &action, &call->args[3].word));
    HOST_TRY(plan_effects(call, &plan, &action, &subject));
    if (plan.fault != RULE_FAULT_NONE)
        return refuse_fault(call, &action, plan.fault);
    if (!u256_is_zero(&plan.price))
        HOST_TRY(credits_burn(call, &subject.caller, &plan.price));
    for (size_t i = 0; i < action.effect_count; i++)
        HOST_TRY(do_effect(call, &p, &action.effects[i], &plan.values[i]));
    HOST_TRY(abi_emit(call, &ainft_events[AINFT_ACTION_PERFORMED],
                      ABI_VALUES(abi_word(token), abi_word(&action.id), abi_addr(&subject.caller),
                                 abi_u64(action.version), abi_word(&plan.price), call->args[2])));
    call->results[0] = abi_word(&plan.price);
    return p.has_changed_trait ? ainft_metadata_update(call, token) : EXEC_OK;
}

/* args: token, action, caller, args. A fault anywhere is no permission; a price that has one is zero. */
enum exec_status ainft_quote(struct abi_call *call)
{
    struct rule_value values[RULE_ACTION_ARGS_MAX];
    struct rule_subject subject = { .caller = u256_to_addr(&call->args[2].word),
                                    .token = call->args[0].word };
    struct action action;
    struct plan plan;
    HOST_TRY(erc721_owner_of(call, &subject.owner, &subject.token));
    HOST_TRY(action_load(call, &action, &call->args[1].word));
    HOST_TRY(read_args(call, &subject, values, &call->args[3]));
    HOST_TRY(plan_price(call, &plan, &action, &subject));
    HOST_TRY(plan_effects(call, &plan, &action, &subject));
    call->results[0] = abi_bool(plan.is_allowed && plan.fault == RULE_FAULT_NONE);
    call->results[1] = abi_word(&plan.price);
    call->results[2] = abi_u64(plan.cost);
    return EXEC_OK;
}
