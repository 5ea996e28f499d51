/* Generated expressions (README.md): 64 bits, where two other implementations agree, and 256 bits, against a model. */
#include <stdio.h>

#include <criterion/criterion.h>

#include "tests/vectors/rules/vector_rules.h"

/* A number that does not fit may be seen when the rule is compiled. */
static bool is_overflow(const struct vector_run *run)
{
    return run->verdict == RULE_BAD_NUMBER ||
           (run->was_run && (run->result.fault == RULE_FAULT_OVERFLOW ||
                             run->result.fault == RULE_FAULT_CONVERSION));
}

/* Without a checker, a misspelt name, a field or a wrong type is an error of evaluation. */
static bool is_ill_typed(const struct vector_run *run)
{
    return run->verdict == RULE_UNKNOWN || run->verdict == RULE_TYPE ||
           run->verdict == RULE_UNSUPPORTED;
}

static bool is_refused_text(const struct vector_run *run)
{
    return run->verdict == RULE_SYNTAX || is_ill_typed(run) || run->verdict == RULE_BAD_NUMBER ||
           run->verdict == RULE_BAD_TEXT;
}

static void expect_error(const struct json *vector, const struct json *error,
                         const struct vector_run *run)
{
    if (json_is_text(error, "overflow"))
        cr_assert(is_overflow(run), "%.*s", VECTOR_ID(vector));
    else if (json_is_text(error, "div0"))
        cr_assert(run->was_run && run->result.fault == RULE_FAULT_DIVISION, "%.*s",
                  VECTOR_ID(vector));
    else if (json_is_text(error, "parse"))
        cr_assert(is_refused_text(run), "%.*s", VECTOR_ID(vector));
    else
        cr_assert(run->verdict == RULE_BAD_NUMBER || is_ill_typed(run) ||
                      (run->was_run && run->result.fault != RULE_FAULT_NONE),
                  "%.*s: %s", VECTOR_ID(vector), run->error.text);
}

static void run_file(const char *name, enum rule_width width)
{
    struct mm_arena arena;
    size_t values = 0;
    size_t refused =
        0; /* a name or type that is wrong where nobody comes by: only a checker sees it */
    mm_arena_init(&arena, VECTOR_ARENA_BYTES_MAX);
    const struct json file = vector_own(&arena, name);
    for (size_t i = 0; i < file.count; i++) {
        const struct json *vector = &file.items[i];
        const struct json *value = json_find(vector, "value");
        const struct mm_arena_mark mark = mm_arena_mark(&arena);
        const struct vector_run run = vector_run(&arena, json_find(vector, "expr")->text, width,
                                                 json_find(vector, "bindings"));
        if (value == NULL) {
            expect_error(vector, json_find(vector, "error"), &run);
        } else if (run.verdict == RULE_UNKNOWN || run.verdict == RULE_TYPE) {
            refused++;
        } else {
            values++;
            cr_assert_eq(run.verdict, RULE_OK, "%.*s: %s", VECTOR_ID(vector), run.error.text);
            cr_assert_eq(run.result.fault, RULE_FAULT_NONE, "%.*s", VECTOR_ID(vector));
            cr_assert(vector_equals(&run.result.value, value), "%.*s", VECTOR_ID(vector));
        }
        mm_arena_rewind(&arena, mark);
    }
    printf("%zu vectors, %zu of them values, %zu refused\n", file.count, values, refused);
    cr_assert_leq(refused, file.count / 200);
    mm_arena_fini(&arena);
}

Test(rules_vectors, generated_expressions_of_64_bits_agree_with_two_implementations)
{
    run_file("differential64.json", RULE_WIDTH_64);
}

Test(rules_vectors, generated_arithmetic_of_256_bits_agrees_with_a_model)
{
    run_file("arith256.json", RULE_WIDTH_256);
}
