/* What is accepted is written, read again and written again: the same text and the same tree. */
#include "state/base/assert.h"
#include "state/base/heap.h"
#include "state/base/limits.h"
#include "state/codec/json.h"
#include "state/codec/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool same_text(mm_bytes a, mm_bytes b)
{
    return mm_bytes_equal(a, b) && utf8_is_valid(a);
}

/* Both trees at once, with a stack instead of recursion. */
static void compare(const struct json *a, const struct json *b)
{
    struct {
        const struct json *a;
        const struct json *b;
        size_t next;
    } open[MM_JSON_DEPTH_MAX];
    size_t depth = 0;
    for (;;) {
        MM_ASSERT(a->kind == b->kind && a->count == b->count && same_text(a->text, b->text));
        if (a->count > 0) {
            MM_ASSERT(depth < MM_JSON_DEPTH_MAX);
            open[depth].a = a;
            open[depth].b = b;
            open[depth].next = 0;
            depth++;
        }
        while (depth > 0 && open[depth - 1].next == open[depth - 1].a->count)
            depth--;
        if (depth == 0)
            return;
        const struct json *in_a = open[depth - 1].a;
        const struct json *in_b = open[depth - 1].b;
        const size_t next = open[depth - 1].next++;
        if (in_a->kind == JSON_OBJECT)
            MM_ASSERT(same_text(in_a->members[next].key, in_b->members[next].key));
        a = in_a->kind == JSON_OBJECT ? &in_a->members[next].value : &in_a->items[next];
        b = in_b->kind == JSON_OBJECT ? &in_b->members[next].value : &in_b->items[next];
    }
}

static void write_value(struct mm_buf *buf, const struct json *value)
{
    struct json_writer w = json_writer_over(buf);
    json_add_value(&w, value);
    MM_ASSERT(w.depth == 0 && mm_buf_err(buf) == MM_OK);
}

static void round_trip(struct mm_arena *arena, const struct json *value)
{
    struct mm_buf first;
    struct mm_buf second;
    mm_buf_init(&first, 1 << 24);
    mm_buf_init(&second, 1 << 24);
    write_value(&first, value);
    struct json again;
    MM_ASSERT(json_parse(arena, &again, mm_buf_bytes(&first), NULL, NULL) == JSON_OK);
    compare(value, &again);
    write_value(&second, &again);
    MM_ASSERT(mm_bytes_equal(mm_buf_bytes(&first), mm_buf_bytes(&second)));
    mm_buf_fini(&first);
    mm_buf_fini(&second);
}

/* A text without escapes and beyond is read by a parser of its own; behind an escape the other one reads it, and finds the same. */
static void behind_an_escape(struct mm_arena *arena, const struct json *value, mm_bytes text,
                             enum json_verdict verdict)
{
    struct json whole;
    struct mm_buf buf;
    mm_buf_init(&buf, 1 << 24);
    mm_buf_add_text(&buf, "[\"\\u0041\",");
    mm_buf_add(&buf, text);
    mm_buf_add_byte(&buf, ']');
    const enum json_verdict behind = json_parse(arena, &whole, mm_buf_bytes(&buf), NULL, NULL);
    const bool is_one = behind == JSON_OK && whole.count == 2;
    MM_ASSERT(behind == JSON_TOO_DEEP || is_one == (verdict == JSON_OK));
    if (is_one)
        compare(value, &whole.items[1]);
    mm_buf_fini(&buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct json_options unique = { .unique_keys = true };
    const mm_bytes text = mm_bytes_from(data, size);
    struct mm_arena arena;
    mm_arena_init(&arena, 1 << 26);
    struct json value;
    struct mm_reason reason = { "" };
    const enum json_verdict strict = json_parse(&arena, &value, text, &unique, NULL);
    const enum json_verdict verdict = json_parse(&arena, &value, text, NULL, &reason);
    MM_ASSERT(strict == verdict || strict == JSON_DUPLICATE);
    MM_ASSERT((verdict == JSON_OK) == (reason.text[0] == '\0'));
    if (verdict == JSON_OK)
        round_trip(&arena, &value);
    behind_an_escape(&arena, &value, text, verdict);
    /* With no memory at some place it is refused for that, and nothing leaks. */
    mm_heap_fail_after(size % 8);
    mm_arena_reset(&arena);
    const enum json_verdict starved = json_parse(&arena, &value, text, NULL, NULL);
    mm_heap_fail_after(SIZE_MAX);
    MM_ASSERT(starved == verdict || starved == JSON_NO_MEMORY);
    mm_arena_fini(&arena);
    return 0;
}
