/* Memory that ends: every arena that is too small gives an error, and nothing else. */
#include <criterion/criterion.h>

#include "state/base/heap.h"
#include "tests/unit/contracts-native/rules/fixture.h"

static const char *const SOURCE =
    "caller == addr('0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266') || "
    "(args + [1u]).map(x, string(x) + '\\n').filter(t, t.contains('7')).size() == 1 && "
    "block.number > 1u";

/* Compiles, then runs; says how far it came. */
enum reached { NOT_COMPILED, NOT_RUN, DONE };

static enum reached run(struct mm_arena *arena)
{
    struct rule_error error;
    struct rule_result result;
    const struct rule *rule;
    const struct rule_options options = { .env = fixture_env(RULE_WIDTH_256),
                                          .cost_max = RULE_COST_MAX };
    const struct rule_inputs inputs = { .variables = fixture_values(),
                                        .cost_limit = RULE_COST_MAX };
    const enum rule_verdict verdict =
        rule_compile(arena, &rule, &error, mm_bytes_str(SOURCE), &options);
    if (verdict != RULE_OK) {
        cr_assert_eq(verdict, RULE_NO_MEMORY);
        cr_assert(rule == NULL);
        return NOT_COMPILED;
    }
    const mm_err err = rule_eval(arena, &result, rule, &inputs);
    if (err != MM_OK) {
        cr_assert_eq(err, MM_ERR_NO_MEMORY);
        return NOT_RUN;
    }
    cr_assert(result.fault == RULE_FAULT_NONE && result.value.is_true);
    return DONE;
}

Test(rule_memory, that_is_too_small_is_an_error_wherever_it_ends)
{
    size_t times[DONE + 1] = { 0 };
    for (size_t bytes_max = 0; times[DONE] == 0; bytes_max += 16) {
        struct mm_arena arena;
        cr_assert_lt(bytes_max, (size_t)RULE_COMPILE_BYTES_MAX);
        mm_arena_init(&arena, bytes_max);
        times[run(&arena)]++;
        mm_arena_fini(&arena);
    }
    cr_assert_gt(times[NOT_COMPILED], 0);
    cr_assert_gt(times[NOT_RUN], 0);
}

Test(rule_memory, that_the_heap_does_not_give_is_an_error)
{
    for (size_t successes = 0;; successes++) {
        struct mm_arena arena;
        mm_arena_init(&arena, RULE_EVAL_BYTES_MAX);
        mm_heap_fail_after(successes);
        const enum reached reached = run(&arena);
        mm_heap_fail_after(SIZE_MAX);
        mm_arena_fini(&arena);
        if (reached == DONE)
            break;
        cr_assert_lt(successes, 100);
    }
}
