/* What rules do: logic that absorbs faults, loops, text, lists, and the host. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/lib/random.h"
#include "tests/unit/contracts-native/rules/fixture.h"

static void gives(const char *source, const char *expected)
{
    cr_assert_str_eq(said(source), expected, "%s\n  %s", source, said(source));
}

/* All nine pairs of true, false and a fault. */
Test(rule_eval, logic_absorbs_a_fault_when_the_other_side_decides)
{
    static const char *const sides[] = { "true", "false", "1 / 0 == 1" };
    for (size_t a = 0; a < 3; a++) {
        for (size_t b = 0; b < 3; b++) {
            char source[64];
            const bool some_true = a == 0 || b == 0;
            const bool some_false = a == 1 || b == 1;
            const bool some_fault = a == 2 || b == 2;
            (void)snprintf(source, sizeof source, "%s && %s", sides[a], sides[b]);
            cr_assert_eq(strncmp(said(source),
                                 some_false   ? "ok false"
                                 : some_fault ? "fault 2"
                                              : "ok true",
                                 7),
                         0, "%s: %s", source, said(source));
            (void)snprintf(source, sizeof source, "%s || %s", sides[a], sides[b]);
            cr_assert_eq(strncmp(said(source),
                                 some_true    ? "ok true"
                                 : some_fault ? "fault 2"
                                              : "ok false",
                                 7),
                         0, "%s: %s", source, said(source));
        }
    }
}

Test(rule_eval, the_first_fault_from_the_left_is_the_one_that_is_told)
{
    gives("1 / 0 + args[9]", "type at 6: '+' does not take int and uint: 1u is a uint, 1 an int; "
                             "uint(…) and int(…) convert");
    gives("1u / 0u + args[9]", "fault 2 at 3");
    gives("args[9] + 1u / 0u", "fault 3 at 4");
    gives("args[9] == 1u || 1 / 0 == 1", "fault 3 at 4");
    gives("[1 / 0, 2 % 0]", "fault 2 at 3");
    gives("1 / 0 == 1 ? args[9] : 2u", "fault 2 at 2");
    gives("string(b'\\xff')", "fault 6 at 0");
    gives("args[-1]", "fault 3 at 4");
    gives("args[18446744073709551616]", "fault 3 at 4");
}

Test(rule_eval, a_condition_runs_one_side_alone)
{
    gives("true ? 1 : 1 / 0", "ok 1");
    gives("false ? 1 / 0 : 2", "ok 2");
    gives("(false ? 1 / 0 : 2) == 2 ? 'a' : 'b'", "ok \"a\"");
}

Test(rule_eval, loops_are_those_of_cel)
{
    gives("args.all(x, x > 6u)", "ok true");
    gives("args.all(x, x > 7u)", "ok false");
    gives("args.exists(x, x == 9u)", "ok true");
    gives("args.exists(x, x == 1u)", "ok false");
    gives("args.exists_one(x, x > 8u)", "ok true");
    gives("args.exists_one(x, x > 7u)", "ok false");
    gives("args.existsOne(x, x > 8u)", "ok true");
    gives("args.filter(x, x != 8u)", "ok [7u, 9u]");
    gives("args.map(x, x * 2u)", "ok [14u, 16u, 18u]");
    gives("args.map(x, x > 7u, string(x))", "ok [\"8\", \"9\"]");
    gives("args.map(x, args.filter(y, y > x))", "ok [[8u, 9u], [9u], []]");
    gives("args.map(x, args.map(x, x)[0] + x)", "ok [14u, 15u, 16u]");
    gives("[[1], [2, 3]].map(x, x.size())", "ok [1, 2]");
    gives("args.filter(x, false)", "ok []");
    gives("args.map(x, false, x)", "ok []");
}

Test(rule_eval, all_and_exists_absorb_faults_and_the_others_do_not)
{
    gives("[1, 0, 2].all(x, 2 / x > 5)", "ok false");
    gives("[1, 0, 2].all(x, 2 / x > 0)", "fault 2 at 19");
    gives("[0, 1].exists(x, 1 / x == 1)", "ok true");
    gives("[0, 1].exists(x, 1 / x == 2)", "fault 2 at 19");
    gives("[1, 0].exists_one(x, 1 / x == 1)", "fault 2 at 23");
    gives("[1, 0].filter(x, 1 / x == 1)", "fault 2 at 19");
    gives("[1, 0].map(x, 1 / x)", "fault 2 at 16");
    gives("[1, 0].map(x, 1 / x > 0, x)", "fault 2 at 16");
    gives("[1, 0].map(x, x > 0, 1 / x)", "ok [1]");
    gives("[1 / 0].all(x, true)", "fault 2 at 3");
    gives("[0, 1].all(x, x == 0 ? 1 / x == 1 : args[9] == 1u)", "fault 2 at 25"); /* the first */
    gives("[1, 0].exists(x, x == 0 ? 1 / x == 1 : args[9] == 1u)", "fault 3 at 43");
}

Test(rule_eval, text_is_searched_as_written)
{
    gives("'abcabd'.contains('abd')", "ok true");
    gives("'aaab'.contains('aab')", "ok true");
    gives("'ababac'.contains('abac')", "ok true");
    gives("'abc'.contains('abcd')", "ok false");
    gives("''.contains('')", "ok true");
    gives("'abc'.contains('')", "ok true");
    gives("'abc'.startsWith('ab')", "ok true");
    gives("'abc'.startsWith('abcd')", "ok false");
    gives("'abc'.endsWith('bc')", "ok true");
    gives("'abc'.endsWith('')", "ok true");
    gives("size('añ😀')", "ok 3");
    gives("size(bytes('añ😀'))", "ok 7");
    gives("string(b'abc') + 'd'", "ok \"abcd\"");
    gives("b'a' + b'\\x00'", "ok 0x6100");
    gives("'é' > 'z' && 'a' < 'ab' && b'\\x00' < b'\\x00\\x00'", "ok true");
}

/* Over two letters, the text made of beginnings of the needle: where a search that goes back too far misses it. */
Test(rule_eval, a_text_is_found_wherever_the_c_library_finds_it)
{
    struct test_random random = { 20261126 };
    size_t found = 0;
    for (size_t i = 0; i < 20000; i++) {
        char text[64] = "";
        char needle[10] = "";
        char source[128];
        const size_t needle_len = 1 + test_random_below(&random, sizeof needle - 1);
        size_t text_len = 0;
        for (size_t j = 0; j < needle_len; j++)
            needle[j] = test_random_below(&random, 2) == 0 ? 'a' : 'b';
        while (text_len + needle_len < sizeof text - 1 && test_random_below(&random, 8) > 0) {
            const size_t len = test_random_below(&random, needle_len + 1);
            memcpy(text + text_len, needle, len);
            text_len += len;
        }
        (void)snprintf(source, sizeof source, "'%s'.contains('%s')", text, needle);
        gives(source, strstr(text, needle) != NULL ? "ok true" : "ok false");
        found += strstr(text, needle) != NULL;
    }
    cr_assert(found > 5000 && found < 15000, "%zu", found);
}

Test(rule_eval, lists_are_compared_element_by_element)
{
    gives("[1, 2] == [1, 2]", "ok true");
    gives("[1, 2] == [2, 1]", "ok false");
    gives("[[1], [2]] == [[1], [2]]", "ok true");
    gives("[[1], [2]] != [[1], [3]]", "ok true");
    gives("[[1], []] == [[1], [2]]", "ok false");
    gives("[2] in [[1], [2]]", "ok true");
    gives("args + [10u] == [7u, 8u, 9u, 10u]", "ok true");
    gives("caller in [owner, creator]", "ok false");
}

Test(rule_eval, the_host_is_asked_for_what_is_named)
{
    gives("history.count('chat')", "ok 4u");
    gives("history.countBy('chat', caller)", "ok 24u");
    gives("history.length()", "ok 0u");
    gives("trait('level') + trait(\"xp\")", "ok 7u");
    gives("trait('frozen') ? 1 : 2", "ok 2");
    gives("trait('name') + '!'", "ok \"Ada!\"");
    gives("size(trait('mark'))", "ok 32");
    gives("credits(caller) + tokenCredit()", "ok 20u");
    gives("['chat', 'gift'].map(k, history.count(k))", "ok [4u, 4u]");
    gives("approved(caller) || spec.version() == 0u", "ok true");
}

static mm_err fail(void *ctx, struct rule_value *value, bool *is_first,
                   const struct rule_reader *reader, const struct rule_value *args)
{
    (void)ctx;
    (void)value;
    (void)is_first;
    (void)reader;
    (void)args;
    return MM_ERR_IO;
}

Test(rule_eval, an_error_of_the_host_ends_it_and_is_not_absorbed)
{
    struct mm_arena arena;
    struct rule_error error;
    struct rule_result result;
    const struct rule *rule;
    const struct rule_host host = { .read = fail };
    const struct rule_options options = { .env = fixture_env(RULE_WIDTH_256),
                                          .cost_max = RULE_COST_MAX };
    const struct rule_inputs inputs = { .variables = fixture_values(),
                                        .host = &host,
                                        .cost_limit = RULE_COST_MAX };
    mm_arena_init(&arena, RULE_COMPILE_BYTES_MAX);
    cr_assert_eq(rule_compile(&arena, &rule, &error, mm_bytes_str("history.length() > 0u || true"),
                              &options),
                 RULE_OK);
    cr_assert_eq(rule_eval(&arena, &result, rule, &inputs), MM_ERR_IO);
    mm_arena_fini(&arena);
}
