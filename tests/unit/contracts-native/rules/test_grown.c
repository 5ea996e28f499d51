/* Properties over rules that are grown: each compiles or is too much, costs no more than its bound, and gives the same each time. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/lib/random.h"
#include "tests/unit/contracts-native/rules/fixture.h"
#include "tests/unit/contracts-native/rules/grow.h"

enum { RULES = 20000, RULES_SLOW = 2000000, SEED_BYTES_MAX = 256 };

struct counts {
    size_t run;
    size_t faults;
    size_t refused; /* by a limit */
    uint64_t measured;
    uint64_t bounds;
};

/* Runs with what it cost as its limit, and with one less. */
static void run_within(struct mm_arena *arena, const struct rule *rule, struct rule_inputs inputs,
                       const struct rule_result *first)
{
    struct rule_result again;
    struct fixture_host state = { 0 };
    const struct rule_host host = fixture_host(&state);
    inputs.host = &host;
    inputs.cost_limit = first->cost;
    cr_assert_eq(rule_eval(arena, &again, rule, &inputs), MM_OK);
    cr_assert(again.fault == first->fault && again.cost == first->cost &&
              again.offset == first->offset);
    if (first->fault == RULE_FAULT_NONE) {
        uint64_t units = 0;
        cr_assert(rule_value_equal(&first->value, &again.value, &units));
    }
    inputs.cost_limit = first->cost - 1;
    state.reads = 0;
    cr_assert_eq(rule_eval(arena, &again, rule, &inputs), MM_OK);
    cr_assert(again.fault == RULE_FAULT_COST && again.cost == first->cost - 1);
}

static void run(struct mm_arena *arena, struct counts *counts, mm_bytes source)
{
    struct rule_error error;
    struct rule_result result;
    const struct rule *rule;
    struct fixture_host state = { 0 };
    const struct rule_host host = fixture_host(&state);
    const struct rule_options options = { .env = fixture_env(RULE_WIDTH_256),
                                          .cost_max = RULE_COST_MAX };
    const struct rule_inputs inputs = { .variables = fixture_values(),
                                        .host = &host,
                                        .cost_limit = RULE_COST_MAX };
    const enum rule_verdict verdict = rule_compile(arena, &rule, &error, source, &options);
    if (verdict != RULE_OK) {
        cr_assert(verdict == RULE_COSTLY || verdict == RULE_TOO_LARGE || verdict == RULE_TOO_DEEP ||
                      verdict == RULE_TOO_LONG,
                  "%.*s\n%s", (int)source.len, source.ptr, error.text);
        counts->refused++;
        return;
    }
    cr_assert_eq(rule_eval(arena, &result, rule, &inputs), MM_OK);
    cr_assert_leq(result.cost, rule_cost_max(rule), "%.*s", (int)source.len, source.ptr);
    counts->run++;
    counts->faults += result.fault != RULE_FAULT_NONE;
    counts->measured += result.cost;
    counts->bounds += rule_cost_max(rule);
    run_within(arena, rule, inputs, &result);
}

Test(rule_grown, no_rule_costs_more_than_its_bound_and_each_gives_the_same_again)
{
    static uint8_t text[64 << 10];
    struct test_random random = { 20261126 };
    struct counts counts = { 0 };
    const size_t rules = getenv("MINTMARK_SLOW") == NULL ? RULES : RULES_SLOW;
    struct mm_arena arena;
    mm_arena_init(&arena, RULE_COMPILE_BYTES_MAX + 3 * RULE_EVAL_BYTES_MAX);
    for (size_t i = 0; i < rules; i++) {
        uint8_t seed[SEED_BYTES_MAX];
        struct mm_buf source = mm_buf_over(text, sizeof text);
        const size_t len = 1 + test_random_below(&random, SEED_BYTES_MAX);
        test_random_fill(&random, seed, len);
        grow_rule(&source, mm_bytes_from(seed, len));
        cr_assert_eq(mm_buf_err(&source), MM_OK);
        run(&arena, &counts, mm_buf_bytes(&source));
        mm_arena_reset(&arena);
    }
    printf("%zu run, %zu with a fault, %zu refused; cost %.0f %% of the bound\n", counts.run,
           counts.faults, counts.refused, 100.0 * (double)counts.measured / (double)counts.bounds);
    cr_assert_gt(counts.run, rules / 2);
    cr_assert_gt(counts.run - counts.faults, rules / 4);
    mm_arena_fini(&arena);
}
