/* A rule's text, compiled and run for one question. */
#include "contracts-native/ainft/rule_cache.h"
#include "state/base/assert.h"

/* The types of traits, for the compiler. What a lookup in the cache has loaded already is not loaded again. */
struct trait_types {
    struct abi_call *call;
    struct rule_compiled *c;
    size_t loaded; /* of c->uses, by the lookup */
    size_t asked;  /* by the compiler */
    bool is_whole; /* all that it asked for is in c->uses */
    enum exec_status status;
};

static enum exec_status load_kind(struct abi_call *call, struct rule_trait_use *use,
                                  const mm_u256 *key)
{
    struct trait_def def;
    HOST_TRY(trait_load(call, &def, key));
    *use = (struct rule_trait_use){ .key = *key, .kind = def.kind };
    return EXEC_OK;
}

static bool find_trait(void *ctx, struct rule_type *type, mm_bytes name)
{
    struct trait_types *types = ctx;
    const mm_u256 key = layout_id(name);
    struct rule_trait_use spare;
    const size_t index = types->asked++;
    types->is_whole = types->is_whole && index < RULE_CACHE_TRAITS_MAX;
    struct rule_trait_use *use = index < RULE_CACHE_TRAITS_MAX ? &types->c->uses[index] : &spare;
    if (index >= types->loaded) {
        if (types->status == EXEC_OK)
            types->status = load_kind(types->call, use, &key);
    }
    if (types->status != EXEC_OK || use->kind == 0)
        return false;
    *type = trait_type(use->kind);
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

/* The text, where it stands and of what types: what a compiled rule depends on besides traits. */
static mm_u256 id_of(const struct rule_text *text, struct rule_type old_and_new)
{
    const mm_u256 words[] = {
        layout_id(text->source),
        u256_from_u64(text->place),
        u256_from_u64((uint64_t)text->has_result | (uint64_t)text->result.kind << 8 |
                      (uint64_t)text->result.depth << 16 | (uint64_t)old_and_new.kind << 24 |
                      (uint64_t)old_and_new.depth << 32),
    };
    return eip712_hash_words(words, MM_COUNT_OF(words));
}

/* Loads what the compiler would, in its order. *is_same: every trait is what it was; else *loaded of them were looked at, and the
 * last of these is another one now. */
static enum exec_status look_again(struct abi_call *call, struct rule_compiled *c, size_t *loaded,
                                   bool *is_same)
{
    *is_same = true;
    for (*loaded = 0; *loaded < c->use_count && *is_same;) {
        struct rule_trait_use *use = &c->uses[(*loaded)++];
        const uint8_t kind = use->kind;
        const mm_u256 key = use->key;
        HOST_TRY(load_kind(call, use, &key));
        *is_same = use->kind == kind;
    }
    return EXEC_OK;
}

/* Into c, which is empty but for the traits that were looked at. */
static enum exec_status compile_anew(struct abi_call *call, struct rule_compiled *c, size_t loaded,
                                     const struct rule_text *text, struct rule_type old_and_new)
{
    struct rule_error error;
    struct trait_types types = {
        .call = call, .c = c, .loaded = loaded, .is_whole = true, .status = EXEC_OK
    };
    const struct rule_traits traits = { .ctx = &types, .find = find_trait };
    mm_bytes source;
    c->env = rule_chain_env(text->place, old_and_new, &traits);
    const struct rule_options options = { .env = &c->env,
                                          .has_result = text->has_result,
                                          .result = text->result,
                                          .cost_max = RULE_COST_MAX };
    if (mm_arena_copy(&c->arena, &source, text->source) != MM_OK)
        return host_fail(call->host, MM_ERR_NO_MEMORY);
    const enum rule_verdict verdict = rule_compile(&c->arena, &c->rule, &error, source, &options);
    c->env.traits = (struct rule_traits){ 0 }; /* only the compiler asks */
    HOST_TRY(types.status);
    if (verdict != RULE_OK)
        return refuse(call, text, &error);
    c->use_count = types.asked;
    c->id = types.is_whole ? id_of(text, old_and_new) : (mm_u256){ { 0 } };
    return EXEC_OK;
}

/* c has the rule afterwards, whether it was there or not; on failure it has none. */
static enum exec_status compile(struct abi_call *call, struct rule_compiled *c,
                                const struct rule_text *text, struct rule_type old_and_new)
{
    const mm_u256 id = id_of(text, old_and_new);
    size_t loaded = 0;
    bool is_same = false;
    enum exec_status status = EXEC_OK;
    if (c->rule != NULL && u256_equal(&c->id, &id))
        status = look_again(call, c, &loaded, &is_same);
    if (status == EXEC_OK && is_same)
        return EXEC_OK;
    c->rule = NULL;
    mm_arena_reset(&c->arena);
    if (status == EXEC_OK)
        status = compile_anew(call, c, loaded, text, old_and_new);
    if (status != EXEC_OK)
        c->rule = NULL;
    return status;
}

/* A place of the cache for this text, or the spare one. */
static struct rule_compiled *begin(struct rule_compiled *spare, const struct rule_text *text,
                                   struct rule_type old_and_new)
{
    const mm_u256 id = id_of(text, old_and_new);
    struct rule_compiled *place = rule_cache_take(&id);
    if (place != NULL)
        return place;
    spare->rule = NULL;
    mm_arena_init(&spare->arena, RULE_COMPILE_BYTES_MAX + RULE_SOURCE_BYTES_MAX);
    return spare;
}

static void end(struct rule_compiled *c, struct rule_compiled *spare)
{
    if (c == spare)
        mm_arena_fini(&spare->arena);
    else
        rule_cache_give(c);
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

static enum exec_status tell(struct abi_call *call, struct rule_outcome *outcome,
                             const struct rule_result *result)
{
    *outcome = (struct rule_outcome){ .fault = result->fault,
                                      .cost = result->cost,
                                      .value = result->value };
    return result->fault == RULE_FAULT_NONE ? keep(call, &outcome->value) : EXEC_OK;
}

static enum exec_status eval(struct abi_call *call, const struct rule_compiled *c,
                             struct rule_outcome *outcome, const struct rule_subject *subject)
{
    struct rule_value values[RULE_VAR_COUNT];
    struct rule_reading reading = { .call = call, .subject = subject, .status = EXEC_OK };
    const struct rule_host host = { .ctx = &reading, .read = rule_read };
    const struct rule_inputs inputs = { .variables = values,
                                        .host = &host,
                                        .cost_limit = RULE_COST_MAX };
    struct rule_result result;
    struct mm_arena arena;
    HOST_TRY(rule_load_variables(call, values, c->rule, subject));
    mm_arena_init(&arena, RULE_EVAL_BYTES_MAX);
    const mm_err err = rule_eval(&arena, &result, c->rule, &inputs);
    enum exec_status status = reading.status;
    if (status == EXEC_OK && err != MM_OK)
        status = host_fail(call->host, err);
    if (status == EXEC_OK)
        status = host_charge(call->host, result.cost);
    if (status == EXEC_OK)
        status = tell(call, outcome, &result);
    mm_arena_fini(&arena);
    return status;
}

enum exec_status rule_run(struct abi_call *call, struct rule_outcome *outcome,
                          const struct rule_text *text, const struct rule_subject *subject)
{
    struct rule_compiled spare;
    struct rule_compiled *c = begin(&spare, text, subject->trait_type);
    *outcome = (struct rule_outcome){ .fault = RULE_FAULT_NONE };
    enum exec_status status = compile(call, c, text, subject->trait_type);
    if (status == EXEC_OK)
        status = eval(call, c, outcome, subject);
    end(c, &spare);
    return status;
}

enum exec_status rule_check(struct abi_call *call, uint64_t *cost_max, struct rule_type *result,
                            const struct rule_text *text, struct rule_type old_and_new)
{
    struct rule_compiled spare;
    struct rule_compiled *c = begin(&spare, text, old_and_new);
    *cost_max = 0;
    *result = rule_type_of(RULE_NONE);
    const enum exec_status status = compile(call, c, text, old_and_new);
    if (status == EXEC_OK) {
        *cost_max = rule_cost_max(c->rule);
        *result = rule_result_type(c->rule);
    }
    end(c, &spare);
    return status;
}
