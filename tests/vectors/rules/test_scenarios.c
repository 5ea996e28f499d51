/* Rules of a collection with what they see (README.md): in the chain's environment, each in the place of its target. */
#include <stdio.h>

#include <criterion/criterion.h>

#include "contracts-native/rules/vocabulary.h"
#include "state/codec/hex.h"
#include "tests/vectors/rules/vector_rules.h"

enum { NEW_TEXT = RULE_VAR_COUNT, VARIABLES };

static bool find_trait(void *ctx, struct rule_type *type, mm_bytes name)
{
    const struct json *traits = json_find(ctx, "trait");
    for (size_t i = 0; i < traits->count; i++) {
        if (mm_bytes_equal(traits->members[i].key, name)) {
            *type = rule_type_of(json_is_text(json_find(&traits->members[i].value, "type"), "bool")
                                     ? RULE_BOOL
                                     : RULE_UINT);
            return true;
        }
    }
    return false;
}

static const struct json *find_key(const struct json *table, mm_bytes key)
{
    for (size_t i = 0; table != NULL && i < table->count; i++) {
        if (mm_bytes_equal(table->members[i].key, key))
            return &table->members[i].value;
    }
    return NULL;
}

/* What is not there reads as 0. */
static uint64_t number_in(const struct json *number)
{
    uint64_t out = 0;
    cr_assert(number == NULL || json_u64(&out, number));
    return out;
}

static uint64_t of_account(const struct json *table, mm_bytes addr)
{
    char text[42] = "0x";
    cr_assert_eq(addr.len, 20);
    hex_encode(text + 2, addr);
    return number_in(find_key(table, mm_bytes_from(text, sizeof text)));
}

static mm_err read_vector(void *ctx, struct rule_value *value, bool *is_first,
                          const struct rule_reader *reader, const struct rule_value *args)
{
    const struct json *host = ctx;
    const struct json *kind = find_key(json_find(host, "history"), args[0].bytes);
    *is_first = true;
    switch ((enum rule_chain_read)reader->id) {
    case RULE_READ_TRAIT:
        cr_assert(vector_value(NULL, value, find_key(json_find(host, "trait"), args[0].bytes)));
        return MM_OK;
    case RULE_READ_HISTORY_COUNT:
        *value = rule_u64(number_in(json_find(kind, "count")));
        return MM_OK;
    case RULE_READ_HISTORY_WEIGHT:
        *value = rule_u64(number_in(json_find(kind, "weight")));
        return MM_OK;
    case RULE_READ_HISTORY_LAST:
        *value = rule_u64(number_in(json_find(kind, "last")));
        return MM_OK;
    case RULE_READ_HISTORY_LENGTH:
        *value = rule_u64(number_in(json_find(host, "length")));
        return MM_OK;
    case RULE_READ_CREDITS:
        *value = rule_u64(of_account(json_find(host, "credits"), args[0].bytes));
        return MM_OK;
    case RULE_READ_VOTES:
        *value = rule_u64(of_account(json_find(host, "votes"), args[0].bytes));
        return MM_OK;
    case RULE_READ_HISTORY_AUTHORS:
    case RULE_READ_HISTORY_COUNT_BY:
    case RULE_READ_TOKEN_CREDIT:
    case RULE_READ_BALANCE:
    case RULE_READ_APPROVED:
    case RULE_READ_SPEC_VERSION:
    case RULE_READ_COUNT:
        break;
    }
    cr_assert(false, "no vector reads %s", reader->name);
    return MM_ERR_INVALID;
}

static bool begins(mm_bytes text, const char *with)
{
    return text.len >= strlen(with) && memcmp(text.ptr, with, strlen(with)) == 0;
}

/* The chain's variables, and one of the vectors' own: a trait that is text. */
static void fill(struct mm_arena *arena, struct rule_variable *variables, struct rule_value *values,
                 const struct json *vars)
{
    memcpy(variables, RULE_CHAIN_VARIABLES, sizeof RULE_CHAIN_VARIABLES);
    variables[NEW_TEXT] = (struct rule_variable){ .name = "newText",
                                                  .type = rule_type_of(RULE_STRING),
                                                  .bytes_max = 256 };
    for (size_t i = 0; i < VARIABLES; i++) {
        const struct json *value = json_find(vars, variables[i].name);
        if (value != NULL)
            cr_assert(vector_value(arena, &values[i], value));
        else
            values[i] = rule_u64(0);
    }
}

static void run_vector(struct mm_arena *arena, const struct json *vector)
{
    struct rule_variable variables[VARIABLES];
    struct rule_value values[VARIABLES];
    struct rule_error error;
    struct rule_result result;
    const struct rule *rule;
    struct json host_json = *json_find(vector, "host");
    const mm_bytes target = json_find(vector, "target")->text;
    const bool is_number = begins(target, "price:") || begins(target, "effect:");
    const struct rule_traits traits = { .ctx = &host_json, .find = find_trait };
    struct rule_env env =
        rule_chain_env(is_number ? (unsigned)RULE_PLACE_ACTION : rule_place_of_target(target),
                       rule_type_of(RULE_UINT), &traits);
    const struct json *value = json_find(vector, "value");
    cr_assert_neq(env.place, 0);
    fill(arena, variables, values, json_find(vector, "vars"));
    env.variables = variables;
    env.variable_count = VARIABLES;
    const struct rule_options options = { .env = &env,
                                          .has_result = true,
                                          .result = rule_type_of(is_number ? RULE_UINT : RULE_BOOL),
                                          .cost_max = RULE_COST_MAX };
    const struct rule_host host = { .ctx = &host_json, .read = read_vector };
    const struct rule_inputs inputs = { .variables = values,
                                        .host = &host,
                                        .cost_limit = RULE_COST_MAX };
    cr_assert_eq(rule_compile(arena, &rule, &error, json_find(vector, "rule")->text, &options),
                 RULE_OK, "%.*s: %s", VECTOR_ID(vector), error.text);
    cr_assert_eq(rule_eval(arena, &result, rule, &inputs), MM_OK);
    cr_assert_leq(result.cost, rule_cost_max(rule));
    if (value == NULL)
        cr_assert_neq(result.fault, RULE_FAULT_NONE, "%.*s", VECTOR_ID(vector));
    else
        cr_assert(result.fault == RULE_FAULT_NONE && vector_equals(&result.value, value), "%.*s",
                  VECTOR_ID(vector));
}

Test(rules_vectors, rules_of_a_collection_decide_as_the_vectors_say)
{
    struct mm_arena arena;
    mm_arena_init(&arena, VECTOR_ARENA_BYTES_MAX);
    const struct json file = vector_own(&arena, "rules.json");
    for (size_t i = 0; i < file.count; i++) {
        const struct mm_arena_mark mark = mm_arena_mark(&arena);
        run_vector(&arena, &file.items[i]);
        mm_arena_rewind(&arena, mark);
    }
    printf("%zu rules\n", file.count);
    mm_arena_fini(&arena);
}
