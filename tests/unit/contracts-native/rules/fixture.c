#include "tests/unit/contracts-native/rules/fixture.h"

#include <criterion/criterion.h>
#include <stdio.h>

static bool find_trait(void *ctx, struct rule_type *type, mm_bytes name)
{
    static const struct {
        const char *name;
        enum rule_kind kind;
    } traits[] = { { "level", RULE_UINT },
                   { "xp", RULE_UINT },
                   { "frozen", RULE_BOOL },
                   { "name", RULE_STRING },
                   { "mark", RULE_BYTES } };
    (void)ctx;
    for (size_t i = 0; i < MM_COUNT_OF(traits); i++) {
        if (mm_bytes_equal(name, mm_bytes_str(traits[i].name))) {
            *type = rule_type_of(traits[i].kind);
            return true;
        }
    }
    return false;
}

const struct rule_traits FIXTURE_TRAITS = { .find = find_trait };

const struct rule_env *fixture_env(enum rule_width width)
{
    static struct rule_env env;
    env = rule_chain_env(0, rule_type_of(RULE_UINT), &FIXTURE_TRAITS);
    env.width = width;
    return &env;
}

const struct rule_value *fixture_values(void)
{
    static struct rule_value values[RULE_VAR_COUNT];
    static struct rule_value args[3];
    static uint8_t addresses[RULE_VAR_COUNT][20];
    for (size_t i = 0; i < RULE_VAR_COUNT; i++) {
        memset(addresses[i], (int)(0x11 * (i + 1)), 20);
        values[i] = rule_type_is(RULE_CHAIN_VARIABLES[i].type, RULE_BYTES)
                        ? rule_bytes(MM_BYTES_OF(addresses[i]))
                        : rule_u64(i);
    }
    for (size_t i = 0; i < 3; i++)
        args[i] = rule_u64(7 + i);
    values[RULE_VAR_KIND] = rule_string(mm_bytes_str("chat"));
    values[RULE_VAR_ARGS] = rule_list(rule_type_of(RULE_UINT), args, 3);
    return values;
}

static mm_err read_fixture(void *ctx, struct rule_value *value, bool *is_first,
                           const struct rule_reader *reader, const struct rule_value *args)
{
    struct fixture_host *host = ctx;
    struct rule_type type = reader->result;
    uint64_t number = 0;
    for (size_t i = 0; i < reader->param_count; i++)
        number += args[i].bytes.len;
    if (reader->is_of_trait)
        cr_assert(find_trait(NULL, &type, args[0].bytes));
    *is_first = host->reads++ == 0;
    if (rule_type_is(type, RULE_BOOL))
        *value = rule_bool(false);
    else if (rule_type_is(type, RULE_STRING))
        *value = rule_string(mm_bytes_str("Ada"));
    else if (rule_type_is(type, RULE_BYTES))
        *value = rule_bytes(mm_bytes_str("0123456789abcdef0123456789abcdef"));
    else
        *value = rule_u64(number);
    return MM_OK;
}

struct rule_host fixture_host(struct fixture_host *host)
{
    return (struct rule_host){ .ctx = host, .read = read_fixture };
}

/* Both arenas are as large as the header says is enough. */
struct made {
    struct mm_arena compiled;
    struct mm_arena run;
    const struct rule *rule;
    struct rule_error error;
    struct rule_result result;
};

static void make(struct made *made, mm_bytes source, enum rule_width width)
{
    struct fixture_host state = { 0 };
    const struct rule_host host = fixture_host(&state);
    const struct rule_options options = { .env = fixture_env(width), .cost_max = RULE_COST_MAX };
    const struct rule_inputs inputs = { .variables = fixture_values(),
                                        .host = &host,
                                        .cost_limit = RULE_COST_MAX };
    mm_arena_init(&made->compiled, RULE_COMPILE_BYTES_MAX);
    mm_arena_init(&made->run, RULE_EVAL_BYTES_MAX);
    const enum rule_verdict verdict =
        rule_compile(&made->compiled, &made->rule, &made->error, source, &options);
    cr_assert_eq(verdict, made->error.verdict);
    cr_assert_eq(verdict == RULE_OK, made->rule != NULL);
    cr_assert_leq((size_t)made->error.offset + made->error.len, source.len);
    if (made->rule != NULL)
        cr_assert_eq(rule_eval(&made->run, &made->result, made->rule, &inputs), MM_OK);
}

static void unmake(struct made *made)
{
    mm_arena_fini(&made->compiled);
    mm_arena_fini(&made->run);
}

const char *said_in(const char *source, enum rule_width width)
{
    static uint8_t text[FIXTURE_TEXT_MAX];
    struct mm_buf out = mm_buf_over(text, sizeof text);
    struct made made;
    make(&made, mm_bytes_str(source), width);
    if (made.rule == NULL) {
        mm_buf_printf(&out, "%s at %u: %s", rule_verdict_word(made.error.verdict),
                      made.error.offset, made.error.text);
    } else if (made.result.fault != RULE_FAULT_NONE) {
        mm_buf_printf(&out, "fault %d at %u", made.result.fault, made.result.offset);
    } else {
        mm_buf_add_text(&out, "ok ");
        rule_value_print(&out, &made.result.value);
    }
    mm_buf_add_byte(&out, '\0');
    cr_assert_eq(mm_buf_err(&out), MM_OK);
    unmake(&made);
    return (const char *)text;
}

const char *said(const char *source)
{
    return said_in(source, RULE_WIDTH_256);
}

enum rule_verdict verdict_of(mm_bytes source, struct rule_error *error)
{
    struct made made;
    make(&made, source, RULE_WIDTH_256);
    *error = made.error;
    unmake(&made);
    return error->verdict;
}

struct fixture_cost cost_of(const char *source)
{
    struct made made;
    make(&made, mm_bytes_str(source), RULE_WIDTH_256);
    cr_assert(made.rule != NULL, "%s: %s", source, made.error.text);
    const struct fixture_cost cost = { made.result.cost, rule_cost_max(made.rule) };
    unmake(&made);
    return cost;
}
