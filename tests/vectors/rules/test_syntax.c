/* cel-go's tests of its parser, checker and macros: what is no CEL is refused, what is CEL and outside the subset is refused for that
 * reason, and what is inside has the type that cel-go gives it. */
#include <stdio.h>

#include <criterion/criterion.h>

#include "tests/vectors/rules/vector_rules.h"

Test(rules_vectors, syntax_is_told_from_what_is_not_supported)
{
    struct mm_arena arena;
    size_t by_verdict[RULE_NO_MEMORY + 1] = { 0 };
    mm_arena_init(&arena, VECTOR_ARENA_BYTES_MAX);
    const struct json file = vector_published(&arena, "fixtures/cel/syntax.json");
    for (size_t i = 0; i < file.count; i++) {
        const struct json *vector = &file.items[i];
        const mm_bytes source = json_find(vector, "expr")->text;
        const struct json *type = json_find(vector, "static_type");
        const bool is_cel = json_find(vector, "ok")->kind == JSON_TRUE;
        const struct mm_arena_mark mark = mm_arena_mark(&arena);
        const struct vector_run run = vector_run(&arena, source, RULE_WIDTH_64, NULL);
        char text[RULE_TYPE_TEXT_MAX];
        by_verdict[run.verdict]++;
        if (!is_cel)
            cr_assert(run.verdict != RULE_OK && run.verdict != RULE_UNKNOWN, "%.*s",
                      (int)source.len, source.ptr);
        else
            cr_assert(run.verdict == RULE_OK || run.verdict == RULE_UNSUPPORTED ||
                          run.verdict == RULE_UNKNOWN || run.verdict == RULE_TYPE,
                      "%.*s: %s %s", (int)source.len, source.ptr, rule_verdict_word(run.verdict),
                      run.error.text);
        if (run.verdict == RULE_OK && type != NULL && run.type.kind != RULE_NONE)
            cr_assert(json_is_text(type, rule_type_text(text, run.type)), "%.*s: %s",
                      (int)source.len, source.ptr, text);
        mm_arena_rewind(&arena, mark);
    }
    for (size_t i = 0; i <= RULE_NO_MEMORY; i++)
        printf("%zu %s%s", by_verdict[i], rule_verdict_word((enum rule_verdict)i),
               i == RULE_NO_MEMORY ? "\n" : ", ");
    mm_arena_fini(&arena);
}
