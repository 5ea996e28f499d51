/* Each limit at both of its sides. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/contracts-native/rules/fixture.h"

/* `before` count times, then `middle`, then `after` count times. */
static enum rule_verdict verdict_around(const char *before, size_t count, const char *middle,
                                        const char *after)
{
    uint8_t text[FIXTURE_TEXT_MAX];
    struct mm_buf out = mm_buf_over(text, sizeof text);
    struct rule_error error;
    for (size_t i = 0; i < count; i++)
        mm_buf_add_text(&out, before);
    mm_buf_add_text(&out, middle);
    for (size_t i = 0; i < count; i++)
        mm_buf_add_text(&out, after);
    cr_assert_eq(mm_buf_err(&out), MM_OK);
    return verdict_of(mm_buf_bytes(&out), &error);
}

Test(rule_limits, of_nesting)
{
    cr_assert_eq(verdict_around("(", RULE_DEPTH_MAX, "1", ")"), RULE_OK);
    cr_assert_eq(verdict_around("(", RULE_DEPTH_MAX + 1, "1", ")"), RULE_TOO_DEEP);
    cr_assert_eq(verdict_around("!", RULE_DEPTH_MAX, "true", ""), RULE_OK);
    cr_assert_eq(verdict_around("!", RULE_DEPTH_MAX + 1, "true", ""), RULE_TOO_DEEP);
    cr_assert_eq(verdict_around("true?1:", RULE_DEPTH_MAX, "2", ""), RULE_OK);
    cr_assert_eq(verdict_around("true?1:", RULE_DEPTH_MAX + 1, "2", ""), RULE_TOO_DEEP);
    cr_assert_eq(verdict_around("int(", RULE_DEPTH_MAX, "1", ")"), RULE_OK);
    cr_assert_eq(verdict_around("int(", RULE_DEPTH_MAX + 1, "1", ")"), RULE_TOO_DEEP);
    cr_assert_eq(verdict_around("[", RULE_LIST_DEPTH_MAX, "1", "]"), RULE_OK);
    cr_assert_eq(verdict_around("[", RULE_LIST_DEPTH_MAX + 1, "1", "]"), RULE_TOO_DEEP);
    cr_assert_eq(verdict_around("[0][", RULE_DEPTH_MAX, "0", "]"), RULE_OK);
    cr_assert_eq(verdict_around("args.all(x, ", RULE_LOOPS_MAX, "true", ")"), RULE_OK);
    cr_assert_eq(verdict_around("args.all(x, ", RULE_LOOPS_MAX + 1, "true", ")"), RULE_TOO_DEEP);
    /* All that can wait between brackets waits. */
    cr_assert_eq(verdict_around("true||true&&1u<1u+1u*size((", 12, "1", "))"), RULE_TYPE);
    cr_assert_eq(verdict_around("true||true&&true==(", RULE_DEPTH_MAX, "true", ")"), RULE_OK);
}

Test(rule_limits, of_parts)
{
    cr_assert_eq(verdict_around("1+", (RULE_NODES_MAX - 1) / 2, "1", ""), RULE_OK);
    cr_assert_eq(verdict_around("1+", RULE_NODES_MAX / 2, "1", ""), RULE_TOO_LARGE);
    cr_assert_eq(verdict_around("token+", (RULE_NODES_MAX - 1) / 2, "token", ""), RULE_OK);
    cr_assert_eq(verdict_around("true||", RULE_NODES_MAX / 2 - 1, "true", ""), RULE_OK);
    cr_assert_eq(verdict_around("true||", RULE_NODES_MAX / 2, "true", ""), RULE_TOO_LARGE);
}

Test(rule_limits, of_items)
{
    uint8_t text[FIXTURE_TEXT_MAX];
    struct mm_buf out = mm_buf_over(text, sizeof text);
    struct rule_error error;
    mm_buf_add_byte(&out, '[');
    for (size_t i = 0; i < RULE_ITEMS_MAX; i++)
        mm_buf_add_text(&out, "1,");
    mm_buf_add_byte(&out, ']');
    cr_assert_eq(verdict_of(mm_buf_bytes(&out), &error), RULE_OK);
    mm_buf_cut(&out, out.len - 1);
    mm_buf_add_text(&out, "1]");
    cr_assert_eq(verdict_of(mm_buf_bytes(&out), &error), RULE_TOO_LARGE);
    mm_buf_reset(&out);
    mm_buf_add_text(&out, "size(");
    for (size_t i = 0; i < RULE_ITEMS_MAX; i++)
        mm_buf_add_text(&out, "1,");
    mm_buf_add_text(&out, "1)");
    cr_assert_eq(verdict_of(mm_buf_bytes(&out), &error), RULE_TOO_LARGE);
}

Test(rule_limits, of_the_source)
{
    cr_assert_eq(verdict_around(" ", RULE_SOURCE_BYTES_MAX - 1, "1", ""), RULE_OK);
    cr_assert_eq(verdict_around(" ", RULE_SOURCE_BYTES_MAX, "1", ""), RULE_TOO_LONG);
    cr_assert_eq(verdict_around("", 0, "", ""), RULE_SYNTAX);
}

Test(rule_limits, of_what_is_put_together)
{
    /* Text that doubles: 64 bytes, then 4096, which fits; one more does not. */
    const char *line = "['0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef']"
                       ".map(a, a+a+a+a+a+a+a+a).map(b, b+b+b+b+b+b+b+b)";
    char source[512];
    (void)snprintf(source, sizeof source, "size(%s[0])", line);
    cr_assert_str_eq(said(source), "ok 4096", "%s", said(source));
    (void)snprintf(source, sizeof source, "size(%s[0] + 'x')", line);
    cr_assert_eq(strncmp(said(source), "fault 5", 7), 0, "%s", said(source));
    (void)snprintf(source, sizeof source, "true || size(%s[0] + 'x') == 1", line);
    cr_assert_str_eq(said(source), "ok true");
    /* Lists that double: 16, then 1024, which fits. */
    const char *list = "[[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16]]"
                       ".map(a, a+a+a+a+a+a+a+a).map(b, b+b+b+b+b+b+b+b)[0]";
    (void)snprintf(source, sizeof source, "size(%s)", list);
    cr_assert_str_eq(said(source), "ok 1024", "%s", said(source));
    (void)snprintf(source, sizeof source, "size(%s + [1])", list);
    cr_assert_eq(strncmp(said(source), "fault 5", 7), 0, "%s", said(source));
}
