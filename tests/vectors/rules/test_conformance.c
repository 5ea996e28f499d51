/* google/cel-spec's conformance vectors in the 64-bit profile: those that rules can say give the value or the error; those that need
 * what rules have not are refused, each for its reason. */
#include <stdio.h>

#include <criterion/criterion.h>

#include "tests/vectors/rules/vector_rules.h"

struct counts {
    size_t passed;
    size_t unsupported; /* maps, null, dyn, fields */
    size_t mixed;       /* lists of several types, which are dyn unsaid */
    size_t mistyped;    /* run without a checker there: refused by ours */
};

static bool needs_unsupported(const struct json *vector)
{
    static const char *const features[] = { "map", "null", "fn:dyn", "select", "has" };
    for (size_t i = 0; i < MM_COUNT_OF(features); i++) {
        if (vector_has_feature(vector, features[i]))
            return true;
    }
    return false;
}

static void run_vector(struct mm_arena *arena, struct counts *counts, const struct json *vector)
{
    const mm_bytes source = json_find(vector, "expr")->text;
    const struct json *value = json_find(vector, "value");
    const struct json *static_error = json_find(vector, "static_error");
    const struct vector_run run =
        vector_run(arena, source, RULE_WIDTH_64, json_find(vector, "bindings"));
    if (run.verdict == RULE_UNSUPPORTED && strstr(run.error.text, "lists of different types")) {
        counts->mixed++;
    } else if (needs_unsupported(vector)) {
        /* A variable that is a map cannot be bound, so its name is not known. */
        cr_assert(run.verdict == RULE_UNSUPPORTED || run.verdict == RULE_UNKNOWN, "%.*s: %s %s",
                  VECTOR_ID(vector), rule_verdict_word(run.verdict), run.error.text);
        counts->unsupported++;
    } else if (static_error != NULL && static_error->kind == JSON_TRUE) {
        cr_assert_eq(run.verdict, RULE_TYPE, "%.*s: %s", VECTOR_ID(vector),
                     rule_verdict_word(run.verdict));
        counts->mistyped++;
    } else if (value == NULL) {
        cr_assert(!run.was_run || run.result.fault != RULE_FAULT_NONE, "%.*s", VECTOR_ID(vector));
        counts->passed++;
    } else {
        cr_assert_eq(run.verdict, RULE_OK, "%.*s: %s", VECTOR_ID(vector), run.error.text);
        cr_assert_eq(run.result.fault, RULE_FAULT_NONE, "%.*s: %s", VECTOR_ID(vector),
                     rule_fault_text(run.result.fault));
        cr_assert(vector_equals(&run.result.value, value), "%.*s", VECTOR_ID(vector));
        counts->passed++;
    }
}

Test(rules_vectors, conformance_vectors_pass_or_are_refused_for_what_they_need)
{
    struct mm_arena arena;
    struct counts counts = { 0 };
    mm_arena_init(&arena, VECTOR_ARENA_BYTES_MAX);
    const struct json file = vector_published(&arena, "fixtures/cel/conformance.json");
    for (size_t i = 0; i < file.count; i++) {
        const struct mm_arena_mark mark = mm_arena_mark(&arena);
        if (json_find(&file.items[i], "container") == NULL) /* a scope of names */
            run_vector(&arena, &counts, &file.items[i]);
        mm_arena_rewind(&arena, mark);
    }
    printf(
        "%zu pass, %zu refused as unsupported, %zu for lists of several types, %zu as mistyped\n",
        counts.passed, counts.unsupported, counts.mixed, counts.mistyped);
    cr_assert_gt(counts.passed, 300);
    cr_assert_lt(counts.mixed, 20);
    mm_arena_fini(&arena);
}
