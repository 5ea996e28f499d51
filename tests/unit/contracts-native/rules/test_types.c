/* Which types go together, and what is said when they do not. */
#include <criterion/criterion.h>
#include <string.h>

#include "tests/unit/contracts-native/rules/fixture.h"

static void gives(const char *source, const char *expected)
{
    cr_assert_str_eq(said(source), expected, "%s\n  %s", source, said(source));
}

Test(rule_types, nothing_is_converted_unasked)
{
    gives("1 + 1u",
          "type at 2: '+' does not take int and uint: 1u is a uint, 1 an int; uint(…) and "
          "int(…) convert");
    gives("1 == 1u", "type at 2: '==' does not take int and uint: 1u is a uint, 1 an int; uint(…) "
                     "and int(…) convert");
    gives("true + 'a'", "type at 5: '+' does not take bool and string");
    gives("'a' + 1", "type at 4: '+' does not take string and int");
    gives("'a' < b'a'", "type at 4: '<' does not take string and bytes");
    gives("[1] < [2]", "type at 4: '<' does not take list(int) and list(int)");
    gives("-1u", "type at 0: '-' does not take uint");
    gives("1 && true", "type at 2: '&&' takes bool on both sides, not int");
    gives("true || 'a'", "type at 5: '||' takes bool on both sides, not string");
    gives("1 ? 2 : 3", "type at 2: the condition before '?' must be bool, not int");
    gives("true ? 1 : 'a'", "type at 5: both sides of ':' must have one type, not int and string");
    gives("args[0u]", "type at 4: [] takes a list and an int, not list(uint) and uint");
    gives("1 in args", "type at 2: 'in' does not take int and list(uint)");
    gives("size(1)", "type at 0: size() does not take (int)");
    gives("'a'.contains(1)", "type at 4: string.contains() does not take (int)");
    gives("[1].exists(x, x)",
          "type at 4: the condition of all, exists, exists_one and filter is bool, not int");
    gives("caller.all(x, true)",
          "type at 7: all, exists, exists_one, filter and map take a list, not bytes");
    gives("history.all(x, true)", "type at 8: 'history' is no list");
}

Test(rule_types, an_empty_list_is_of_any_type)
{
    gives("[] == [1]", "ok false");
    gives("[] + ['a']", "ok [\"a\"]");
    gives("[[]] != [[1]]", "ok true");
    gives("[].map(x, x + 1) == []", "ok true");
    gives("[].all(x, x.startsWith('a'))", "ok true");
    gives("[][0]", "fault 3 at 2");
    gives("[[], [1]].map(x, x)", "ok [[], [1]]");
    gives("[1].map(x, x > 5, 'a') + ['b']", "ok [\"b\"]");
    gives("true ? [] : [1u]", "ok []");
    gives("1u in []", "ok false");
    gives("([][0] + [][1]).all(x, x)", "fault 3 at 3");
    gives("size([][0]) == 1", "fault 3 at 7");
}

Test(rule_types, unknown_names_come_with_a_guess)
{
    gives("calller == owner", "unknown at 0: no such name: 'calller'; is it 'caller'?");
    gives("block.nmber > 1u", "unknown at 0: no such name: 'block.nmber'; is it 'block.number'?");
    gives("something", "unknown at 0: no such name: 'something'");
    gives("siez('a')", "unknown at 0: no such function: siez(); is it 'size'?");
    gives("history.cuont('chat')", "unknown at 8: no such function: history.cuont()");
    gives("'a'.startWith('b')", "unknown at 4: no such function: startWith(); is it 'startsWith'?");
    gives("trait('nothing')", "unknown at 6: no such trait: \"nothing\"");
    gives("trait(kind)", "type at 0: trait() takes a literal: trait(\"name\")");
    gives("history.count(1)", "type at 8: it is history.count(string)");
    gives("history.countBy('chat')", "type at 8: it is history.countBy(string, bytes)");
    gives("args.all(1, true)",
          "unknown at 5: all needs a variable's name and a condition: xs.all(x, …)");
    gives("history", "unknown at 0: no such name: 'history'");
}

Test(rule_types, a_rule_must_give_what_is_asked_for)
{
    struct mm_arena arena;
    struct rule_error error;
    const struct rule *rule;
    const struct rule_options options = { .env = fixture_env(RULE_WIDTH_256),
                                          .has_result = true,
                                          .result = rule_type_of(RULE_BOOL),
                                          .cost_max = RULE_COST_MAX };
    mm_arena_init(&arena, RULE_COMPILE_BYTES_MAX);
    cr_assert_eq(rule_compile(&arena, &rule, &error, mm_bytes_str("1u"), &options), RULE_TYPE);
    cr_assert_str_eq(error.text, "the rule must give bool, not uint");
    cr_assert_eq(rule_compile(&arena, &rule, &error, mm_bytes_str("true"), &options), RULE_OK);
    cr_assert(rule_type_is(rule_result_type(rule), RULE_BOOL));
    mm_arena_fini(&arena);
}

Test(rule_types, a_rule_knows_which_variables_it_uses)
{
    struct mm_arena arena;
    struct rule_error error;
    const struct rule *rule;
    const struct rule_options options = { .env = fixture_env(RULE_WIDTH_256),
                                          .cost_max = RULE_COST_MAX };
    mm_arena_init(&arena, RULE_COMPILE_BYTES_MAX);
    cr_assert_eq(rule_compile(&arena, &rule, &error,
                              mm_bytes_str("caller == owner || args.all(token, token > 1u)"),
                              &options),
                 RULE_OK);
    for (size_t i = 0; i < RULE_VAR_COUNT; i++)
        cr_assert_eq(rule_uses(rule, i),
                     i == RULE_VAR_CALLER || i == RULE_VAR_OWNER || i == RULE_VAR_ARGS);
    cr_assert(!rule_uses(rule, 64));
    mm_arena_fini(&arena);
}
