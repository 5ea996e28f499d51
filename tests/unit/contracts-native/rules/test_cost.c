/* What evaluation costs: exactly, as docs/RULES.md has it, and never more than the bound. */
#include <criterion/criterion.h>

#include "tests/unit/contracts-native/rules/fixture.h"

static void costs(const char *source, uint64_t measured, uint64_t bound)
{
    const struct fixture_cost cost = cost_of(source);
    cr_assert_eq(cost.measured, measured, "%s costs %llu", source,
                 (unsigned long long)cost.measured);
    cr_assert_eq(cost.bound, bound, "%s can cost %llu", source, (unsigned long long)cost.bound);
}

Test(rule_cost, is_that_of_the_table)
{
    costs("true", 5, 5);
    costs("1 + 2", 15, 15);
    costs("2 * 3", 20, 20);
    costs("caller == owner", 18, 18); /* three nodes, one word of text */
    costs("'a' + 'b'", 18, 18);
    costs("kind == 'chat'", 18, 18);
    costs("size(kind)", 13, 16);       /* a kind has up to 64 bytes */
    costs("string(token)", 13, 19);    /* 79 characters at most, of which 1 */
    costs("[1, 2, 3]", 35, 35);        /* four nodes, three elements */
    costs("[1, 2] == [1, 2]", 65, 65); /* seven nodes, four built, two compared */
    costs("2 in [1, 2, 3]", 55, 60);   /* found at the second */
    costs("[1, 2] + [3]", 60, 60);     /* six nodes, three built and three copied */
    costs("addr('0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266')", 5, 5);
    costs("history.count('chat')", 2110, 2110);
    costs("history.length() + history.length()", 2215, 4215); /* the second is warm */
}

Test(rule_cost, is_of_what_runs_and_the_bound_of_the_dearer_way)
{
    costs("false && 1 == 1", 10, 25);
    costs("true && 1 == 1", 25, 25);
    costs("true ? 1 : 2 * 3", 15, 30);
    costs("false ? 1 : 2 * 3", 30, 30);
}

Test(rule_cost, of_a_loop_is_that_of_its_turns)
{
    /* args: a variable and the macro; a turn: an element, three nodes. 3 elements are there, 16 can be. */
    costs("args.all(x, x > 1u)", 10 + 3 * 20, 10 + 16 * 20);
    costs("args.exists(x, x == 7u)", 10 + 20, 10 + 16 * 20);
    costs("args.map(x, x)", 10 + 3 * 15, 10 + 16 * 15);
    costs("args.filter(x, x > 8u)", 10 + 3 * 20 + 5, 10 + 16 * 25);
    costs("args.all(x, args.all(y, y > x))", 10 + 5 + 10 + 20, 10 + 16 * (5 + 10 + 16 * 20));
}

Test(rule_cost, above_the_maximum_is_refused_when_the_rule_is_compiled)
{
    struct rule_error error;
    const mm_bytes dear = mm_bytes_str("args.all(x, args.all(y, history.count(kind) > x + y))");
    cr_assert_eq(verdict_of(dear, &error), RULE_COSTLY);
    cr_assert_str_eq(error.text, "the rule can cost 546810, at most 100000 may be");
    cr_assert_eq(error.len, dear.len);
}

/* A limit of exactly the cost is enough, one less is not, and nothing absorbs that. */
Test(rule_cost, that_would_pass_the_limit_is_a_fault_that_nothing_absorbs)
{
    struct mm_arena arena;
    struct rule_error error;
    struct rule_result result;
    const struct rule *rule;
    const struct rule_options options = { .env = fixture_env(RULE_WIDTH_256),
                                          .cost_max = RULE_COST_MAX };
    struct rule_inputs inputs = { .variables = fixture_values(), .cost_limit = 40 };
    mm_arena_init(&arena, RULE_COMPILE_BYTES_MAX);
    cr_assert_eq(
        rule_compile(&arena, &rule, &error, mm_bytes_str("1 / 0 == 1 || token == 4u"), &options),
        RULE_OK);
    cr_assert_eq(rule_eval(&arena, &result, rule, &inputs), MM_OK);
    cr_assert(result.fault == RULE_FAULT_COST && result.cost == 40);
    inputs.cost_limit = rule_cost_max(rule);
    cr_assert_eq(rule_eval(&arena, &result, rule, &inputs), MM_OK);
    cr_assert(result.fault == RULE_FAULT_NONE && result.value.is_true);
    inputs.cost_limit = result.cost;
    cr_assert_eq(rule_eval(&arena, &result, rule, &inputs), MM_OK);
    cr_assert_eq(result.fault, RULE_FAULT_NONE);
    inputs.cost_limit = result.cost - 1;
    cr_assert_eq(rule_eval(&arena, &result, rule, &inputs), MM_OK);
    cr_assert_eq(result.fault, RULE_FAULT_COST);
    mm_arena_fini(&arena);
}
