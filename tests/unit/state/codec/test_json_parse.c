#include "state/codec/json.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "state/base/heap.h"
#include "state/base/limits.h"
#include "tests/lib/random.h"

static struct mm_arena arena;

static void setup(void)
{
    mm_arena_init(&arena, 64 << 20);
}

static void teardown(void)
{
    mm_arena_fini(&arena);
}

TestSuite(json_parse, .init = setup, .fini = teardown);

static void expect_same(const struct json *a, const struct json *b)
{
    cr_assert_eq(a->kind, b->kind);
    cr_assert_eq(a->count, b->count);
    cr_assert(mm_bytes_equal(a->text, b->text));
    for (size_t i = 0; i < a->count; i++) {
        if (a->kind == JSON_OBJECT)
            cr_assert(mm_bytes_equal(a->members[i].key, b->members[i].key));
        if (a->kind == JSON_OBJECT)
            expect_same(&a->members[i].value, &b->members[i].value);
        else
            expect_same(&a->items[i], &b->items[i]);
    }
}

/* Behind an escape the same text is read by the other parser, which must find the same. */
static void expect_same_behind_an_escape(const struct json *value, mm_bytes text,
                                         enum json_verdict verdict)
{
    struct json whole;
    struct mm_buf buf;
    mm_buf_init(&buf, SIZE_MAX / 2);
    mm_buf_add_text(&buf, "[\"\\u0041\",");
    mm_buf_add(&buf, text);
    mm_buf_add_byte(&buf, ']');
    const enum json_verdict behind = json_parse(&arena, &whole, mm_buf_bytes(&buf), NULL, NULL);
    const bool is_one = behind == JSON_OK && whole.count == 2;
    if (behind != JSON_TOO_DEEP) /* it is one level deeper */
        cr_assert_eq(is_one, verdict == JSON_OK, "%.*s", (int)text.len, (const char *)text.ptr);
    if (is_one)
        expect_same(value, &whole.items[1]);
    mm_buf_fini(&buf);
}

static enum json_verdict parse(struct json *value, mm_bytes text)
{
    /* A copy on the heap, gone afterwards: a read behind the end, or of the text after the call, is seen. */
    uint8_t *copy = malloc(text.len + (text.len == 0));
    cr_assert_not_null(copy);
    if (text.len > 0)
        memcpy(copy, text.ptr, text.len);
    struct mm_reason reason = { "" };
    const enum json_verdict verdict =
        json_parse(&arena, value, mm_bytes_from(copy, text.len), NULL, &reason);
    cr_assert_eq(verdict == JSON_OK, reason.text[0] == '\0');
    free(copy);
    expect_same_behind_an_escape(value, text, verdict);
    return verdict;
}

struct row {
    mm_bytes text;
    enum json_verdict verdict;
};
#define ROW(literal, verdict)                                                                      \
    {                                                                                              \
        { (const uint8_t *)literal, sizeof(literal) - 1 }, verdict                                 \
    }

static void check_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct json value = { .kind = JSON_TRUE };
        const enum json_verdict verdict = parse(&value, rows[i].text);
        cr_expect_eq(verdict, rows[i].verdict, "%.*s: %s", (int)rows[i].text.len,
                     (const char *)rows[i].text.ptr, json_verdict_text(verdict));
        if (verdict != JSON_OK)
            cr_expect_eq(value.kind, JSON_NULL);
        mm_arena_reset(&arena);
    }
}

/* RFC 8259, section 6. */
Test(json_parse, takes_the_numbers_of_the_grammar_and_no_others)
{
    static const struct row rows[] = {
        ROW("0", JSON_OK),
        ROW("-0", JSON_OK),
        ROW("10", JSON_OK),
        ROW("0.0", JSON_OK),
        ROW("1e5", JSON_OK),
        ROW("1E+5", JSON_OK),
        ROW("-1.5e-300", JSON_OK),
        ROW("1E400", JSON_OK),
        ROW("123456789012345678901234567890123456789012345678901234567890", JSON_OK),
        ROW("01", JSON_SYNTAX),
        ROW("-01", JSON_SYNTAX),
        ROW("00", JSON_SYNTAX),
        ROW("1.", JSON_SYNTAX),
        ROW("[1.]", JSON_SYNTAX),
        ROW(".5", JSON_SYNTAX),
        ROW("+1", JSON_SYNTAX),
        ROW("-", JSON_SYNTAX),
        ROW("--1", JSON_SYNTAX),
        ROW("1e", JSON_SYNTAX),
        ROW("1e+", JSON_SYNTAX),
        ROW("1.e5", JSON_SYNTAX),
        ROW("0x10", JSON_SYNTAX),
        ROW("1_000", JSON_SYNTAX),
        ROW("NaN", JSON_SYNTAX),
        ROW("Infinity", JSON_SYNTAX),
        ROW("-Infinity", JSON_SYNTAX),
        ROW("nan", JSON_SYNTAX),
        ROW("1a", JSON_SYNTAX),
        ROW("[1a]", JSON_SYNTAX),
        ROW("[-]", JSON_SYNTAX),
    };
    check_rows(rows, MM_COUNT_OF(rows));
}

Test(json_parse, numbers_stay_as_written)
{
    static const char *const numbers[] = { "0", "-0", "1.50E+01", "18446744073709551616",
                                           "0.1000000000000000055511151231257827" };
    for (size_t i = 0; i < MM_COUNT_OF(numbers); i++) {
        struct json value;
        char list[100];
        cr_assert_eq(parse(&value, mm_bytes_str(numbers[i])), JSON_OK);
        cr_assert_eq(value.kind, JSON_NUMBER);
        cr_assert(mm_bytes_equal(value.text, mm_bytes_str(numbers[i])));
        (void)snprintf(list, sizeof list, "[%s ]", numbers[i]);
        cr_assert_eq(parse(&value, mm_bytes_str(list)), JSON_OK);
        cr_assert(mm_bytes_equal(value.items[0].text, mm_bytes_str(numbers[i])));
    }
}

/* RFC 8259, section 7. */
Test(json_parse, takes_the_strings_of_the_grammar_and_no_others)
{
    static const struct row rows[] = {
        ROW("\"\"", JSON_OK),
        ROW("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0000\\uFfFf\"", JSON_OK),
        ROW("\"\x7f\"", JSON_OK),
        ROW("\"\\ud83d\\ude00\"", JSON_OK),
        ROW("\"\\uDBFF\\uDFFF\"", JSON_OK),
        ROW("\"\\\\ud800\"", JSON_OK), /* a backslash, then letters */
        ROW("\"\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf\"", JSON_OK),
        ROW("\"\x01\"", JSON_SYNTAX),
        ROW("\"a\nb\"", JSON_SYNTAX),
        ROW("\"a\tb\"", JSON_SYNTAX),
        ROW("\"a\0b\"", JSON_SYNTAX),
        ROW("\"\\x\"", JSON_SYNTAX),
        ROW("\"\\'\"", JSON_SYNTAX),
        ROW("\"\\U0041\"", JSON_SYNTAX),
        ROW("\"\\u12\"", JSON_SYNTAX),
        ROW("\"\\u12g4\"", JSON_SYNTAX),
        ROW("\"\\u\"", JSON_SYNTAX),
        ROW("\"\\\"", JSON_SYNTAX),
        ROW("\"\\", JSON_SYNTAX),
        ROW("\"", JSON_SYNTAX),
        ROW("\"a", JSON_SYNTAX),
        ROW("'a'", JSON_SYNTAX),
        ROW("\\u0041", JSON_SYNTAX),
        ROW("[\"a\",\n\"b]", JSON_SYNTAX),
    };
    check_rows(rows, MM_COUNT_OF(rows));
}

/* RFC 3629, and RFC 8259, section 8.2. */
Test(json_parse, refuses_text_that_is_not_utf8_and_lone_surrogates)
{
    static const struct row rows[] = {
        ROW("\"\x80\"", JSON_BAD_UTF8),
        ROW("\"\xff\"", JSON_BAD_UTF8),
        ROW("\"\xc0\x80\"", JSON_BAD_UTF8),
        ROW("\"\xc1\xbf\"", JSON_BAD_UTF8),
        ROW("\"\xe0\x9f\xbf\"", JSON_BAD_UTF8),
        ROW("\"\xf0\x8f\xbf\xbf\"", JSON_BAD_UTF8),
        ROW("\"\xed\xa0\x80\"", JSON_BAD_UTF8),
        ROW("\"\xed\xbf\xbf\"", JSON_BAD_UTF8),
        ROW("\"\xed\xa0\xbd\xed\xb8\x80\"", JSON_BAD_UTF8),
        ROW("\"\xf4\x90\x80\x80\"", JSON_BAD_UTF8),
        ROW("\"\xf5\x80\x80\x80\"", JSON_BAD_UTF8),
        ROW("\"\xc3\"", JSON_BAD_UTF8),
        ROW("\"\xe2\x82", JSON_BAD_UTF8),
        ROW("{\"\xff\":1}", JSON_BAD_UTF8),
        ROW("true\xa0", JSON_BAD_UTF8),
        ROW("\"\\ud800\"", JSON_BAD_UTF8),
        ROW("\"\\uD83Dx\"", JSON_BAD_UTF8),
        ROW("\"\\ud800\\n\"", JSON_BAD_UTF8),
        ROW("\"\\ud800\\u0041\"", JSON_BAD_UTF8),
        ROW("\"\\ud800\\ud800\"", JSON_BAD_UTF8),
        ROW("\"\\ud800\\udbff\"", JSON_BAD_UTF8),
        ROW("\"\\udc00\"", JSON_BAD_UTF8),
        ROW("\"\\udfff\\ud800\"", JSON_BAD_UTF8),
        ROW("\"\\ud83d\\ude00\\ude00\"", JSON_BAD_UTF8),
        ROW("\"\\\\\\ud800\"", JSON_BAD_UTF8), /* an escaped backslash, then an escape */
        ROW("{\"\\ud800\":1}", JSON_BAD_UTF8),
        ROW("\"\\ud800", JSON_BAD_UTF8),
        ROW("\"\\ud83d\\ude0", JSON_BAD_UTF8),
    };
    check_rows(rows, MM_COUNT_OF(rows));
}

Test(json_parse, takes_exactly_one_value)
{
    static const struct row rows[] = {
        ROW("null", JSON_OK),
        ROW(" \t\r\n[ ] \t\r\n", JSON_OK),
        ROW("{ }", JSON_OK),
        ROW("{\"a\" : [ true , false , null ] }", JSON_OK),
        ROW("", JSON_SYNTAX),
        ROW("  ", JSON_SYNTAX),
        ROW("\xef\xbb\xbf{}", JSON_SYNTAX), /* a byte order mark */
        ROW("{}\xef\xbb\xbf", JSON_SYNTAX),
        ROW("1 2", JSON_SYNTAX),
        ROW("{}{}", JSON_SYNTAX),
        ROW("[1]]", JSON_SYNTAX),
        ROW("{} x", JSON_SYNTAX),
        ROW("{} tru", JSON_SYNTAX),
        ROW("{} \"abc", JSON_SYNTAX),
        ROW("1 \"", JSON_SYNTAX),
        ROW("null \"", JSON_SYNTAX),
        ROW("\"a\" \"", JSON_SYNTAX),
        ROW("[1]\0", JSON_SYNTAX),
        ROW("\0", JSON_SYNTAX),
        ROW("1\0", JSON_SYNTAX),
        ROW("{},", JSON_SYNTAX),
        ROW("1,", JSON_SYNTAX),
        ROW("[\f1]", JSON_SYNTAX),
        ROW("[1\v]", JSON_SYNTAX),
        ROW("\xc2\xa0 1", JSON_SYNTAX), /* no-break space is no white space */
        ROW("/* */1", JSON_SYNTAX),
        ROW("1 /* */", JSON_SYNTAX),
        ROW("1 // x", JSON_SYNTAX),
        ROW("[1, /* */ 2]", JSON_SYNTAX),
        ROW("[", JSON_SYNTAX),
        ROW("]", JSON_SYNTAX),
        ROW("[1,]", JSON_SYNTAX),
        ROW("[,1]", JSON_SYNTAX),
        ROW("[1,,2]", JSON_SYNTAX),
        ROW("[1 2]", JSON_SYNTAX),
        ROW("[1}", JSON_SYNTAX),
        ROW("{", JSON_SYNTAX),
        ROW("{\"a\"}", JSON_SYNTAX),
        ROW("{\"a\":}", JSON_SYNTAX),
        ROW("{\"a\":1,}", JSON_SYNTAX),
        ROW("{,}", JSON_SYNTAX),
        ROW("{a:1}", JSON_SYNTAX),
        ROW("{1:1}", JSON_SYNTAX),
        ROW("{\"a\" 1}", JSON_SYNTAX),
        ROW("{\"a\":1 \"b\":2}", JSON_SYNTAX),
        ROW("{\"a\":1:2}", JSON_SYNTAX),
        ROW("[\"a\":1]", JSON_SYNTAX),
        ROW("True", JSON_SYNTAX),
        ROW("nul", JSON_SYNTAX),
        ROW("nulll", JSON_SYNTAX),
        ROW("truefalse", JSON_SYNTAX),
        ROW("undefined", JSON_SYNTAX),
    };
    check_rows(rows, MM_COUNT_OF(rows));
}

/* Lists of `depth` levels, or objects with a list in each. */
static mm_bytes nested(uint8_t *out, size_t depth, bool objects, bool closed)
{
    size_t len = 0;
    for (size_t i = 0; i < depth; i++) {
        if (objects && i % 2 == 0) {
            memcpy(out + len, "{\"\":", 4);
            len += 4;
        } else {
            out[len++] = '[';
        }
    }
    if (objects && depth % 2 == 1)
        out[len++] = '0';
    for (size_t i = depth; closed && i-- > 0;)
        out[len++] = objects && i % 2 == 0 ? '}' : ']';
    return mm_bytes_from(out, len);
}

Test(json_parse, nests_as_deep_as_the_limit_and_not_one_level_more)
{
    uint8_t *text = malloc(6000000);
    cr_assert_not_null(text);
    for (int objects = 0; objects < 2; objects++) {
        struct json value;
        cr_assert_eq(parse(&value, nested(text, MM_JSON_DEPTH_MAX, objects, true)), JSON_OK);
        static const size_t too_deep[] = { MM_JSON_DEPTH_MAX + 1, 1000, 1000000 };
        for (size_t i = 0; i < MM_COUNT_OF(too_deep); i++) {
            for (int closed = 0; closed < 2; closed++)
                cr_assert_eq(parse(&value, nested(text, too_deep[i], objects, closed)),
                             JSON_TOO_DEEP);
        }
    }
    free(text);
}

Test(json_parse, builds_the_tree_in_order)
{
    struct json value;
    cr_assert_eq(
        parse(&value, MM_BYTES_LIT("{\"b\":[1,[],{\"x\":null},\"s\"],\"a\":true,\"\":false}")),
        JSON_OK);
    cr_assert_eq(value.kind, JSON_OBJECT);
    cr_assert_eq(value.count, 3);
    cr_assert(mm_bytes_equal(value.members[0].key, MM_BYTES_LIT("b")));
    cr_assert(mm_bytes_equal(value.members[1].key, MM_BYTES_LIT("a")));
    cr_assert_eq(value.members[2].key.len, 0);
    const struct json *list = json_find(&value, "b");
    cr_assert_eq(list->kind, JSON_ARRAY);
    cr_assert_eq(list->count, 4);
    uint64_t number;
    cr_assert(json_u64(&number, &list->items[0]));
    cr_assert_eq(number, 1);
    cr_assert_eq(list->items[1].kind, JSON_ARRAY);
    cr_assert_eq(list->items[1].count, 0);
    cr_assert_eq(json_find(&list->items[2], "x")->kind, JSON_NULL);
    cr_assert(json_is_text(&list->items[3], "s"));
    cr_assert_not(json_is_text(&list->items[3], "t"));
    cr_assert_not(json_is_text(&list->items[0], "1"));
    cr_assert_eq(json_find(&value, "a")->kind, JSON_TRUE);
    cr_assert_eq(json_find(&value, "")->kind, JSON_FALSE);
    cr_assert_null(json_find(&value, "c"));
    cr_assert_null(json_find(list, "b"));
    cr_assert_null(json_find(NULL, "b"));
}

Test(json_parse, strings_are_decoded_and_may_hold_zero_bytes)
{
    struct json value;
    cr_assert_eq(
        parse(&value, MM_BYTES_LIT("[\"a\\u0000b\",\"\\u20ac\",\"\\ud83d\\ude00!\",\"\\/\\n\"]")),
        JSON_OK);
    cr_assert(mm_bytes_equal(value.items[0].text, MM_BYTES_LIT("a\0b")));
    cr_assert(json_is_text(&value.items[1], "\xe2\x82\xac"));
    cr_assert(json_is_text(&value.items[2], "\xf0\x9f\x98\x80!"));
    cr_assert(json_is_text(&value.items[3], "/\n"));
}

/* Every decoded string must survive the next one being decoded. Long ones make yajl's buffer grow. */
Test(json_parse, long_strings_with_escapes_arrive_whole)
{
    static const size_t lens[] = {
        1, 10, 1000, 2046, 2047, 2048, 2049, 5000, 8192, 1000000, 1 << 20
    };
    uint8_t *text = malloc(3000000);
    cr_assert_not_null(text);
    for (size_t i = 0; i < MM_COUNT_OF(lens); i++) {
        size_t len = 0;
        text[len++] = '[';
        for (int copies = 0; copies < 2; copies++) {
            text[len++] = '"';
            memset(text + len, 'a' + copies, lens[i]);
            len += lens[i];
            memcpy(text + len, "\\n\",", 4);
            len += 4;
        }
        text[len - 1] = ']';
        struct json value;
        cr_assert_eq(parse(&value, mm_bytes_from(text, len)), JSON_OK);
        for (size_t copies = 0; copies < 2; copies++) {
            const mm_bytes string = value.items[copies].text;
            cr_assert_eq(string.len, lens[i] + 1);
            for (size_t at = 0; at < lens[i]; at++)
                if (string.ptr[at] != 'a' + copies)
                    cr_assert_fail("%zu", at);
            cr_assert_eq(string.ptr[lens[i]], '\n');
        }
        /* Cut off inside the second string: yajl keeps the whole token. */
        cr_assert_eq(parse(&value, mm_bytes_from(text, len - 2)), JSON_SYNTAX);
        cr_assert_eq(parse(&value, mm_bytes_from(text, len - 3)), JSON_SYNTAX);
        mm_arena_reset(&arena);
    }
    free(text);
}

Test(json_parse, many_items_cost_no_more_than_their_number)
{
    enum { ITEMS = 300000 };
    char *text = malloc(ITEMS * 8);
    cr_assert_not_null(text);
    size_t len = 0;
    for (size_t i = 0; i < ITEMS; i++)
        len += (size_t)sprintf(text + len, "%c%zu", i == 0 ? '[' : ',', i);
    text[len++] = ']';
    struct json value;
    cr_assert_eq(parse(&value, mm_bytes_from(text, len)), JSON_OK);
    cr_assert_eq(value.count, ITEMS);
    for (size_t i = 0; i < ITEMS; i++) {
        uint64_t number;
        if (!json_u64(&number, &value.items[i]) || number != i)
            cr_assert_fail("%zu", i);
    }
    free(text);
}

Test(json_parse, the_last_of_two_keys_counts_unless_keys_must_be_unique)
{
    static const struct json_options unique = { .unique_keys = true };
    const mm_bytes twice = MM_BYTES_LIT("{\"a\":1,\"b\":2,\n\"\\u0061\":3}");
    struct json value;
    cr_assert_eq(parse(&value, twice), JSON_OK);
    cr_assert_eq(value.count, 3);
    uint64_t number;
    cr_assert(json_u64(&number, json_find(&value, "a")));
    cr_assert_eq(number, 3);
    struct mm_reason reason;
    cr_assert_eq(json_parse(&arena, &value, twice, &unique, &reason), JSON_DUPLICATE);
    cr_assert_not_null(strstr(reason.text, "line 2"), "%s", reason.text);
    cr_assert_not_null(strstr(reason.text, "\"a\""), "%s", reason.text);
    cr_assert_eq(value.kind, JSON_NULL);
    static const struct {
        const char *text;
        enum json_verdict verdict;
    } rows[] = {
        { "{\"a\":{\"a\":1},\"b\":[{\"a\":1},{\"a\":1}]}", JSON_OK },
        { "{\"a\":1,\"A\":2,\"aa\":3,\"\":4}", JSON_OK },
        { "{\"\":1,\"\":2}", JSON_DUPLICATE },
        { "[{\"x\":[{\"y\":1,\"z\":2,\"y\":3}]}]", JSON_DUPLICATE },
        { "{\"\\n\":1,\"\\n\":2}", JSON_DUPLICATE },
    };
    for (size_t i = 0; i < MM_COUNT_OF(rows); i++)
        cr_assert_eq(json_parse(&arena, &value, mm_bytes_str(rows[i].text), &unique, &reason),
                     rows[i].verdict, "%s", rows[i].text);
}

Test(json_parse, a_duplicate_is_found_among_many_keys)
{
    static const struct json_options unique = { .unique_keys = true };
    enum { KEYS = 20000 };
    char *text = malloc(KEYS * 16);
    cr_assert_not_null(text);
    for (int duplicate = 0; duplicate < 2; duplicate++) {
        size_t len = 0;
        for (size_t i = 0; i < KEYS; i++) {
            const size_t key = duplicate && i == KEYS - 1 ? KEYS / 2 : i;
            len += (size_t)sprintf(text + len, "%c\"%zu\":0", i == 0 ? '{' : ',', key);
        }
        text[len++] = '}';
        struct json value;
        cr_assert_eq(json_parse(&arena, &value, mm_bytes_from(text, len), &unique, NULL),
                     duplicate ? JSON_DUPLICATE : JSON_OK);
        mm_arena_reset(&arena);
    }
    free(text);
}

Test(json_parse, integers_of_64_bits_are_read_and_others_refused)
{
    static const struct {
        const char *text;
        bool ok;
        uint64_t value;
    } rows[] = {
        { "0", true, 0 },
        { "18446744073709551615", true, UINT64_MAX },
        { "18446744073709551616", false, 0 },
        { "184467440737095516150", false, 0 },
        { "-0", false, 0 },
        { "-1", false, 0 },
        { "1.0", false, 0 },
        { "1e3", false, 0 },
        { "\"1\"", false, 0 },
        { "true", false, 0 },
    };
    for (size_t i = 0; i < MM_COUNT_OF(rows); i++) {
        struct json value;
        uint64_t number = 7;
        cr_assert_eq(parse(&value, mm_bytes_str(rows[i].text)), JSON_OK);
        cr_assert_eq(json_u64(&number, &value), rows[i].ok, "%s", rows[i].text);
        cr_assert_eq(number, rows[i].value, "%s", rows[i].text);
    }
}

Test(json_parse, says_where_it_stopped)
{
    static const struct {
        const char *text;
        const char *place;
    } rows[] = {
        { "{\n  \"a\": tru,\n}", "line 2, column " },
        { "{\n\n\"a\": \"\xff\"}", "line 3, column 7" },
        { "[1,\n2", "line 2, column 2" },
        { "{}\n x", "line 2, column " },
        { "{} \"abc", "line 1, column 4" },
        { "", "line 1, column 1" },
    };
    for (size_t i = 0; i < MM_COUNT_OF(rows); i++) {
        struct json value;
        struct mm_reason reason;
        cr_assert_neq(json_parse(&arena, &value, mm_bytes_str(rows[i].text), NULL, &reason),
                      JSON_OK);
        cr_assert_eq(strncmp(reason.text, rows[i].place, strlen(rows[i].place)), 0, "%s",
                     reason.text);
        cr_assert_null(strchr(reason.text, '\n'));
    }
}

/* Texts of tokens in any order, most of them wrong, some nearly right. */
Test(json_parse, plain_texts_are_read_as_others_are)
{
    static const char *const tokens[] = {
        "{", "}",    "[",     "]",   ",",  ":",   "\"a\"", "\"\"", "\"b\":",   "1",     "0",
        "-", "-0",   "01",    "1.5", "1.", "1e9", "2E-",   ".",    "true",     "nul",   "null",
        " ", "\t\n", "false", "\f",  "\"", "x",   "{}",    "[]",   "\xc3\xa9", "[1,2]",
    };
    struct test_random random = { 17 };
    size_t good = 0;
    for (size_t i = 0; i < 300000; i++) {
        char text[128] = "";
        struct json value;
        const size_t count = 1 + test_random_below(&random, 9);
        for (size_t j = 0; j < count; j++)
            strcat(text, tokens[test_random_below(&random, MM_COUNT_OF(tokens))]);
        good += parse(&value, mm_bytes_str(text)) == JSON_OK;
        mm_arena_reset(&arena);
    }
    cr_assert_gt(good, 5000);
}

Test(json_parse, an_arena_that_is_full_is_a_verdict_and_is_given_back)
{
    char text[4000];
    size_t len = 0;
    for (size_t i = 0; i < 900; i++)
        len += (size_t)sprintf(text + len, "%c%zu", i == 0 ? '[' : ',', i % 10);
    text[len++] = ']';
    struct mm_arena small;
    mm_arena_init(&small, 20000); /* the text fits, the tree does not */
    cr_assert_not_null(mm_arena_alloc(&small, 100));
    const struct mm_arena_mark before = mm_arena_mark(&small);
    struct json value;
    cr_assert_eq(json_parse(&small, &value, mm_bytes_from(text, len), NULL, NULL), JSON_NO_MEMORY);
    cr_assert_eq(mm_arena_mark(&small).at, before.at);
    cr_assert_eq(mm_arena_mark(&small).newest, before.newest);
    cr_assert_eq(json_parse(&small, &value, MM_BYTES_LIT("[1]"), NULL, NULL), JSON_OK);
    mm_arena_fini(&small);
    mm_arena_init(&small, 10);
    cr_assert_eq(json_parse(&small, &value, MM_BYTES_LIT("[1234567890]"), NULL, NULL),
                 JSON_NO_MEMORY);
    mm_arena_fini(&small);
}

#ifdef MINTMARK_CHECKED
/* Each allocation fails once, until none is left to fail. */
Test(json_parse, every_failed_allocation_is_a_verdict)
{
    static const struct json_options unique = { .unique_keys = true };
    char text[20000];
    size_t len = 0;
    for (size_t i = 0; i < 1000; i++)
        len += (size_t)sprintf(text + len, "%c\"k%zu\\n\":[{}]", i == 0 ? '{' : ',', i);
    text[len++] = '}';
    size_t failures = 0;
    for (;; failures++) {
        struct mm_arena fresh;
        mm_arena_init(&fresh, 64 << 20);
        struct json value;
        mm_heap_fail_after(failures);
        const enum json_verdict verdict =
            json_parse(&fresh, &value, mm_bytes_from(text, len), &unique, NULL);
        mm_heap_fail_after(SIZE_MAX);
        mm_arena_fini(&fresh);
        if (verdict == JSON_OK)
            break;
        cr_assert_eq(verdict, JSON_NO_MEMORY);
        cr_assert_eq(value.kind, JSON_NULL);
    }
    cr_assert_geq(failures, 5); /* the copy, yajl's pool, the stack, the tree, the index of keys */
}
#endif
