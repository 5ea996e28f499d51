/* A rule's text, compiled and run for one question. */
#include "contracts-native/ainft/ainft_internal.h"
#include "state/base/assert.h"

/* The types of traits, for the compiler. */
struct trait_types {
    struct abi_call *call;
    enum exec_status status;
};

static bool find_trait(void *ctx, struct rule_type *type, mm_bytes name)
{
    struct trait_types *types = ctx;
    const mm_u256 key = layout_id(name);
    struct trait_def def;
    if (types->status == EXEC_OK)
        types->status = trait_load(types->call, &def, &key);
    if (types->status != EXEC_OK || def.kind == 0)
        return false;
    *type = trait_type(def.kind);
    return true;
}

static enum exec_status refuse(struct abi_call *call, const struct rule_text *text,
                               const struct rule_error *error)
{
    switch (error->verdict) {
    case RULE_NO_MEMORY:
        return host_fail(call->host, MM_ERR_NO_MEMORY);
    case RULE_COSTLY:
        return ainft_refuse(call, AINFT_RULE_COST_EXCEEDED,
                            ABI_VALUES(abi_word(&text->target), abi_u64(RULE_COST_MAX)));
    case RULE_OK:
        MM_UNREACHABLE();
    case RULE_TOO_LONG:
    case RULE_NOT_UTF8:
    case RULE_SYNTAX:
    case RULE_UNSUPPORTED:
    case RULE_BAD_NUMBER:
    case RULE_BAD_TEXT:
    case RULE_TOO_DEEP:
    case RULE_TOO_LARGE:
    case RULE_UNKNOWN:
    case RULE_TYPE:
        break;
    }
    return ainft_refuse(call, AINFT_RULE_INVALID,
                        ABI_VALUES(abi_u64(error->verdict), abi_u64(error->offset)));
}

/* What compiling needs and leaves; the rule borrows from all of it. */
struct compiled {
    struct mm_arena arena;
    struct trait_types types;
    struct rule_traits traits;
    struct rule_env env;
    const struct rule *rule;
};

static enum exec_status compile(struct abi_call *call, struct compiled *c,
                                const struct rule_text *text, struct rule_type old_and_new)
{
    struct rule_error error;
    c->types = (struct trait_types){ .call = call, .status = EXEC_OK };
    c->traits = (struct rule_traits){ .ctx = &c->types, .find = find_trait };
    c->env = rule_chain_env(text->place, old_and_new, &c->traits);
    const struct rule_options options = { .env = &c->env,
                                          .has_result = text->has_result,
                                          .result = text->result,
                                          .cost_max = RULE_COST_MAX };
    const enum rule_verdict verdict =
        rule_compile(&c->arena, &c->rule, &error, text->source, &options);
    HOST_TRY(c->types.status);
    return verdict == RULE_OK ? EXEC_OK : refuse(call, text, &error);
}

static void begin(struct compiled *c)
{
    *c = (struct compiled){ .rule = NULL };
    mm_arena_init(&c->arena, RULE_COMPILE_BYTES_MAX + RULE_EVAL_BYTES_MAX);
}

/* The value outlives the arena it was made in: of a text, the bytes are copied. */
static enum exec_status keep(struct abi_call *call, struct rule_value *value)
{
    if (!rule_type_is_text(value->type))
        return EXEC_OK;
    mm_bytes copy;
    if (mm_arena_copy(host_arena(call->host), &copy, value->bytes) != MM_OK)
        return host_fail(call->host, MM_ERR_LIMIT);
    value->bytes = copy;
    return EXEC_OK;
}

static enum exec_status eval(struct abi_call *call, struct compiled *c,
                             struct rule_outcome *outcome, const struct rule_subject *subject)
{
    struct rule_value values[RULE_VAR_COUNT];
    struct rule_reading reading = { .call = call, .subject = subject, .status = EXEC_OK };
    const struct rule_host host = { .ctx = &reading, .read = rule_read };
    const struct rule_inputs inputs = { .variables = values,
                                        .host = &host,
                                        .cost_limit = RULE_COST_MAX };
    struct rule_result result;
    HOST_TRY(rule_load_variables(call, values, c->rule, subject));
    const mm_err err = rule_eval(&c->arena, &result, c->rule, &inputs);
    HOST_TRY(reading.status);
    if (err != MM_OK)
        return host_fail(call->host, err);
    HOST_TRY(host_charge(call->host, result.cost));
    *outcome =
        (struct rule_outcome){ .fault = result.fault, .cost = result.cost, .value = result.value };
    return result.fault == RULE_FAULT_NONE ? keep(call, &outcome->value) : EXEC_OK;
}

enum exec_status rule_run(struct abi_call *call, struct rule_outcome *outcome,
                          const struct rule_text *text, const struct rule_subject *subject)
{
    struct compiled c;
    *outcome = (struct rule_outcome){ .fault = RULE_FAULT_NONE };
    begin(&c);
    enum exec_status status = compile(call, &c, text, subject->trait_type);
    if (status == EXEC_OK)
        status = eval(call, &c, outcome, subject);
    mm_arena_fini(&c.arena);
    return status;
}

enum exec_status rule_check(struct abi_call *call, uint64_t *cost_max, struct rule_type *result,
                            const struct rule_text *text, struct rule_type old_and_new)
{
    struct compiled c;
    *cost_max = 0;
    *result = rule_type_of(RULE_NONE);
    begin(&c);
    const enum exec_status status = compile(call, &c, text, old_and_new);
    if (status == EXEC_OK) {
        *cost_max = rule_cost_max(c.rule);
        *result = rule_result_type(c.rule);
    }
    mm_arena_fini(&c.arena);
    return status;
}
