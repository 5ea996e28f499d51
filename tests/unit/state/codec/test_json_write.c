#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "state/base/heap.h"
#include "state/base/limits.h"
#include "state/codec/json.h"

static struct mm_buf buf;

static void setup(void)
{
    mm_buf_init(&buf, 64 << 20);
}

static void teardown(void)
{
    mm_buf_fini(&buf);
}

TestSuite(json_write, .init = setup, .fini = teardown);

static void expect(const char *text)
{
    cr_assert_eq(mm_buf_err(&buf), MM_OK);
    const mm_bytes bytes = mm_buf_bytes(&buf);
    cr_assert(mm_bytes_equal(bytes, mm_bytes_str(text)), "%.*s", (int)bytes.len,
              (const char *)bytes.ptr);
    mm_buf_reset(&buf);
}

static void expect_string(mm_bytes string, const char *text)
{
    struct json_writer w = json_writer_over(&buf);
    json_add_string(&w, string);
    expect(text);
}

Test(json_write, commas_stand_between_and_nowhere_else)
{
    struct json_writer w = json_writer_over(&buf);
    json_open_object(&w);
    json_key(&w, "a");
    json_open_array(&w);
    json_add_u64(&w, 0);
    json_open_array(&w);
    json_close_array(&w);
    json_open_object(&w);
    json_close_object(&w);
    json_add_u64(&w, UINT64_MAX);
    json_close_array(&w);
    json_key_bytes(&w, MM_BYTES_LIT("\"\n"));
    json_add_bool(&w, true);
    json_key(&w, "c");
    json_add_bool(&w, false);
    json_key(&w, "d");
    json_add_null(&w);
    json_key(&w, "e");
    json_add_raw(&w, MM_BYTES_LIT("[1,2]"));
    json_key(&w, "f");
    json_add_text(&w, "x");
    json_close_object(&w);
    cr_assert_eq(w.depth, 0);
    expect("{\"a\":[0,[],{},18446744073709551615],\"\\\"\\n\":true,\"c\":false,\"d\":null,"
           "\"e\":[1,2],\"f\":\"x\"}");
}

Test(json_write, hex_values_are_quoted)
{
    const mm_u256 wide = { { 0, 1, 0, 0 } };
    struct json_writer w = json_writer_over(&buf);
    json_open_array(&w);
    json_add_data(&w, MM_BYTES_LIT("\x01\xff"));
    json_add_data(&w, MM_BYTES_LIT(""));
    json_add_quantity(&w, 0);
    json_add_quantity(&w, 255);
    json_add_quantity_u256(&w, &wide);
    json_close_array(&w);
    expect("[\"0x01ff\",\"0x\",\"0x0\",\"0xff\",\"0x10000000000000000\"]");
}

Test(json_write, escapes_what_json_demands_and_nothing_else)
{
    expect_string(MM_BYTES_LIT(""), "\"\"");
    expect_string(MM_BYTES_LIT("a\"b\\c/\x7f"), "\"a\\\"b\\\\c/\x7f\"");
    expect_string(MM_BYTES_LIT("\b\f\n\r\t"), "\"\\b\\f\\n\\r\\t\"");
    expect_string(MM_BYTES_LIT("\0\x01\x1f"), "\"\\u0000\\u0001\\u001f\"");
    expect_string(MM_BYTES_LIT("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"),
                  "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\"");
}

Test(json_write, bytes_that_are_not_utf8_come_out_as_one_replacement_each)
{
    expect_string(MM_BYTES_LIT("a\xff"
                               "b"),
                  "\"a\xef\xbf\xbd"
                  "b\"");
    expect_string(MM_BYTES_LIT("\xc3"), "\"\xef\xbf\xbd\"");
    expect_string(MM_BYTES_LIT("\xe2\x82\""), "\"\xef\xbf\xbd\xef\xbf\xbd\\\"\"");
    expect_string(MM_BYTES_LIT("\xed\xa0\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
    expect_string(MM_BYTES_LIT("\xc0\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\"");
}

/* Each byte at each place of a text longer than a step of the fast path: what is written is read back as it was. */
Test(json_write, any_byte_anywhere_is_read_back_as_it_was)
{
    struct mm_arena arena;
    mm_arena_init(&arena, 1 << 20);
    for (unsigned byte = 0; byte < 0x80; byte++) {
        for (size_t at = 0; at < 20; at++) {
            uint8_t text[20];
            memset(text, 'x', sizeof text);
            text[at] = (uint8_t)byte;
            struct json_writer w = json_writer_over(&buf);
            json_add_string(&w, MM_BYTES_OF(text));
            struct json value;
            cr_assert_eq(json_parse(&arena, &value, mm_buf_bytes(&buf), NULL, NULL), JSON_OK);
            cr_assert(mm_bytes_equal(value.text, MM_BYTES_OF(text)), "%u at %zu", byte, at);
            mm_buf_reset(&buf);
            mm_arena_reset(&arena);
        }
    }
    mm_arena_fini(&arena);
}

Test(json_write, a_parsed_value_is_written_again_without_spaces)
{
    struct mm_arena arena;
    mm_arena_init(&arena, 1 << 20);
    static const char *const rows[][2] = {
        { " null ", "null" },
        { " [ ] ", "[]" },
        { "{ }", "{}" },
        { "[ [ ] , [ [ 1 ] , 2 ] , { } ]", "[[],[[1],2],{}]" },
        { "{ \"a\" : { \"b\" : [ true , { \"c\" : -1.50e+3 } ] } , \"a\" : \"\\u0041\\/\" }",
          "{\"a\":{\"b\":[true,{\"c\":-1.50e+3}]},\"a\":\"A/\"}" },
    };
    for (size_t i = 0; i < MM_COUNT_OF(rows); i++) {
        struct json value;
        cr_assert_eq(json_parse(&arena, &value, mm_bytes_str(rows[i][0]), NULL, NULL), JSON_OK);
        struct json_writer w = json_writer_over(&buf);
        json_add_value(&w, &value);
        expect(rows[i][1]);
    }
    mm_arena_fini(&arena);
}

Test(json_write, the_deepest_outside_value_fits_into_an_answer_of_ours)
{
    char text[2 * MM_JSON_DEPTH_MAX];
    memset(text, '[', MM_JSON_DEPTH_MAX);
    memset(text + MM_JSON_DEPTH_MAX, ']', MM_JSON_DEPTH_MAX);
    struct mm_arena arena;
    mm_arena_init(&arena, 1 << 20);
    struct json value;
    cr_assert_eq(json_parse(&arena, &value, MM_BYTES_OF(text), NULL, NULL), JSON_OK);
    struct json_writer w = json_writer_over(&buf);
    json_open_array(&w);
    json_open_object(&w);
    json_key(&w, "result");
    json_add_value(&w, &value);
    json_key(&w, "id");
    json_add_value(&w, &value);
    json_close_object(&w);
    json_add_null(&w);
    json_close_array(&w);
    char expected[1000];
    (void)snprintf(expected, sizeof expected, "[{\"result\":%.*s,\"id\":%.*s},null]",
                   (int)sizeof text, text, (int)sizeof text, text);
    expect(expected);
    mm_arena_fini(&arena);
}

Test(json_write, a_buffer_that_cannot_grow_says_so_once_at_the_end)
{
    struct mm_buf small;
    mm_buf_init(&small, 20);
    struct json_writer w = json_writer_over(&small);
    json_open_object(&w);
    json_key(&w, "a key that is too long for it");
    json_add_text(&w, "\n\xff");
    json_key(&w, "b");
    json_add_data(&w, MM_BYTES_LIT("abc"));
    json_close_object(&w);
    cr_assert_eq(mm_buf_err(&small), MM_ERR_LIMIT);
    cr_assert_eq(mm_buf_bytes(&small).len, 0);
    mm_buf_fini(&small);
#ifdef MINTMARK_CHECKED
    mm_buf_init(&small, 1000);
    w = json_writer_over(&small);
    mm_heap_fail_after(0);
    json_open_array(&w);
    json_close_array(&w);
    mm_heap_fail_after(SIZE_MAX);
    cr_assert_eq(mm_buf_err(&small), MM_ERR_NO_MEMORY);
    mm_buf_fini(&small);
#endif
}
