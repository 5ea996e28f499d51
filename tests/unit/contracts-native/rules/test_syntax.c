/* What is an expression, what is none, and what a person reads then. */
#include <criterion/criterion.h>
#include <string.h>

#include "tests/unit/contracts-native/rules/fixture.h"

struct expected {
    const char *source;
    const char *said;
};

static void expect(const struct expected *cases, size_t count)
{
    for (size_t i = 0; i < count; i++)
        cr_assert_str_eq(said(cases[i].source), cases[i].said, "%s\n  %s", cases[i].source,
                         said(cases[i].source));
}

Test(rule_syntax, operators_hold_as_strongly_as_in_cel)
{
    static const struct expected cases[] = {
        { "1 + 2 * 3 - 4 / 2", "ok 5" },
        { "7 - 2 - 1", "ok 4" },
        { "2 * 3 % 4", "ok 2" },
        { "-2 * -3", "ok 6" },
        { "- 2 + 3", "ok 1" },
        { "!true || true", "ok true" },
        { "true || false && false", "ok true" },
        { "1 < 2 == true", "ok true" },
        { "1 + 1 in [2]", "ok true" },
        { "true ? 1 : false ? 2 : 3", "ok 1" },
        { "false ? 1 : false ? 2 : 3", "ok 3" },
        { "true || true ? 1 : 2", "ok 1" },
        { "[1, 2, 3][1] + 1", "ok 3" },
        { "-[1, 2][1]", "ok -2" },
        { "!'abc'.startsWith('b')", "ok true" },
        { "--2", "ok 2" },
        { "!!true", "ok true" },
        { "[[1], [2, 3],][1][0]", "ok 2" },
        { "size('abc') == 'abc'.size()", "ok true" },
        { "1 // one\n + 2", "ok 3" },
        { "\t1\r\n+\f2 ", "ok 3" },
        { "block . number", "ok 7u" },
    };
    expect(cases, MM_COUNT_OF(cases));
}

Test(rule_syntax, errors_say_what_was_expected_and_where)
{
    static const struct expected cases[] = {
        { "", "syntax at 0: expected a value, but the rule ends" },
        { "  // nothing", "syntax at 12: expected a value, but the rule ends" },
        { "1 +", "syntax at 3: expected a value, but the rule ends" },
        { "1 + * 2", "syntax at 4: expected a value, found '*'" },
        { "1 2", "syntax at 2: expected an operator, found '2'" },
        { "caller owner", "syntax at 7: expected an operator, found 'owner'" },
        { "(1 + 2", "syntax at 6: expected ')' to close '(' at column 1, but the rule ends" },
        { "1 + (2 + [3)", "syntax at 11: expected ']' to close '[' at column 10, found ')'" },
        { "size('a' ]", "syntax at 9: expected ')' to close '(' at column 5, found ']'" },
        { "(1,\n 2)", "syntax at 2: expected ')' to close '(' at column 1, found ','" },
        { "(1\n ]", "syntax at 4: expected ')' to close '(' at line 1, column 1, found ']'" },
        { "1)", "syntax at 1: ')' closes no bracket" },
        { "()", "syntax at 1: expected a value, found ')'" },
        { "[1,,2]", "syntax at 3: expected a value, found ','" },
        { "[,]", "syntax at 1: expected a value, found ','" },
        { "size(1,)", "syntax at 7: expected a value, found ')'" },
        { "[1][]", "syntax at 4: expected a value, found ']'" },
        { "true ? 1", "syntax at 8: expected ':' for '?' at column 6, but the rule ends" },
        { "true ? false ? 1 : 2 : 3",
          "syntax at 13: a condition between '?' and ':' needs brackets around it" },
        { "1 : 2", "syntax at 2: ':' belongs to no '?'" },
        { "caller = owner", "syntax at 7: '=' is no operator; '==' compares" },
        { "true & false", "syntax at 5: '&' is no operator; 'and' is '&&'" },
        { "true | false", "syntax at 5: '|' is no operator; 'or' is '||'" },
        { "!-1 == 2", "type at 0: '!' does not take int" },
        { "!-caller", "syntax at 1: '!' and '-' need brackets between them" },
        { "-!true", "syntax at 1: '!' and '-' need brackets between them" },
        { "1 + $", "syntax at 4: unexpected '$'" },
        { "1 + ü", "syntax at 4: unexpected 'ü'" },
        { "for", "syntax at 0: 'for' is a reserved word and names nothing" },
        { "12ab", "syntax at 0: '12ab' is no number" },
        { "0x", "syntax at 0: '0x' is no number" },
        { "'abc", "syntax at 0: the text that begins here has no end: expected '" },
        { "'a\nb'", "syntax at 0: the text that begins here has no end: expected '" },
        { "\"\"\"abc\"\"", "syntax at 0: the text that begins here has no end: expected \"\"\"" },
        { "[1].map(x, x, x, x)", "unsupported at 15: macros of two variables are not supported" },
        { "args.", "syntax at 5: expected a name behind '.', but the rule ends" },
        { "args.3", "syntax at 4: expected an operator, found '.3'" },
    };
    expect(cases, MM_COUNT_OF(cases));
}

Test(rule_syntax, what_cel_has_and_rules_have_not_is_called_unsupported)
{
    static const struct expected cases[] = {
        { "1.5", "unsupported at 0: numbers with a fraction or exponent are not supported" },
        { "1e3", "unsupported at 0: numbers with a fraction or exponent are not supported" },
        { ".5", "unsupported at 0: numbers with a fraction or exponent are not supported" },
        { "null", "unsupported at 0: null and what may be null are not supported" },
        { "{1: 2}", "unsupported at 0: maps ('{') are not supported" },
        { "Msg{a: 1}", "unsupported at 3: messages ('{') are not supported" },
        { ".caller", "unsupported at 0: names that begin with '.' are not supported" },
        { "args[?0]", "unsupported at 5: optional elements ('[?') are not supported" },
        { "caller.?x", "unsupported at 7: optional fields ('.?') are not supported" },
        { "caller.x",
          "unsupported at 0: values have no fields: '.x' behind 'caller' is not supported" },
        { "(caller).x", "unsupported at 9: values have no fields: '.x' is not supported" },
        { "caller.`x`", "unsupported at 7: names in backquotes are not supported" },
        { "dyn(1)", "unsupported at 0: dyn() is not supported" },
        { "has(caller.x)",
          "unsupported at 4: values have no fields: '.x' behind 'caller' is not supported" },
        { "'a'.matches('b')", "unsupported at 4: matches() is not supported" },
        { "args.all(i, x, x > 0u)",
          "unsupported at 13: macros of two variables are not supported" },
        { "[1, 'a']",
          "unsupported at 0: lists of different types are not supported: int and string" },
    };
    expect(cases, MM_COUNT_OF(cases));
}

Test(rule_syntax, literals_are_those_of_cel)
{
    static const struct expected cases[] = {
        { "0x10", "ok 16" },
        { "0xFfu", "ok 255u" },
        { "007", "ok 7" },
        { "5U", "ok 5u" },
        { "'a\\n\\t\\x41\\u00e9\\U0001F600\\101\\'\\\"\\?\\`'", "ok \"a\\x0a\\x09Aé😀A'\\\"?`\"" },
        { "r'a\\n'", "ok \"a\\\\n\"" },
        { "R\"\"\"a\"b\"\"\"", "ok \"a\\\"b\"" },
        { "'''a\nb'''", "ok \"a\\x0ab\"" },
        { "b'\\xff\\377é'", "ok 0xffffc3a9" },
        { "br'\\xff'", "ok 0x5c786666" },
        { "'\\q'", "text at 1: no such escape" },
        { "'\\x4'",
          "text at 1: too few hexadecimal digits in the escape: \\x41, \\u0041, \\U00000041" },
        { "'\\18'", "text at 1: an octal escape has three digits: \\033" },
        { "'\\477'", "text at 1: no such escape" },
        { "'\\ud800'", "text at 1: the escape is no code point of Unicode" },
        { "'\\U00110000'", "text at 1: the escape is no code point of Unicode" },
        { "b'\\u0041'", "text at 2: bytes have no code points: write \\x41" },
        { "addr('0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266')",
          "ok 0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266" },
        { "addr('0xF39Fd6e51aad88F6F4ce6aB8827279cffFb92266')",
          "text at 5: the checksum of the address is wrong (EIP-55): a digit was mistyped" },
        { "addr('0x12')", "text at 5: no address: 0x and 40 hexadecimal digits" },
        { "addr(kind)", "type at 0: addr() takes a literal: addr(\"0x…\")" },
    };
    expect(cases, MM_COUNT_OF(cases));
}

Test(rule_syntax, a_place_is_a_line_and_a_column_in_characters)
{
    struct rule_error error;
    cr_assert_eq(verdict_of(mm_bytes_str("caller == owner &&\n  'é' == 1"), &error), RULE_TYPE);
    cr_assert_eq(error.offset, 26);
    cr_assert_eq(error.len, 2);
    cr_assert_eq(error.line, 2);
    cr_assert_eq(error.column, 7);
}

Test(rule_syntax, text_must_be_utf8_and_may_hold_zeros)
{
    struct rule_error error;
    static const uint8_t bad[] = { '1', ' ', 0xff };
    static const uint8_t zero[] = { '1', 0, '2' };
    static const uint8_t inside[] = { '\'', 0, '\'' };
    static const uint8_t overlong[] = { '\'', 0xc0, 0x80, '\'' };
    cr_assert_eq(verdict_of(MM_BYTES_OF(bad), &error), RULE_NOT_UTF8);
    cr_assert_eq(error.offset, 2);
    cr_assert_eq(verdict_of(MM_BYTES_OF(overlong), &error), RULE_NOT_UTF8);
    cr_assert_eq(verdict_of(MM_BYTES_OF(zero), &error), RULE_SYNTAX);
    cr_assert_eq(error.offset, 1);
    cr_assert_eq(verdict_of(MM_BYTES_OF(inside), &error), RULE_OK);
}
