#include <assert.h>
#include <stdalign.h>
#include <stddef.h>
#include <stdio.h>
#include <yajl/yajl_parse.h>

#include "state/base/assert.h"
#include "state/base/heap.h"
#include "state/codec/json_tree.h"

/* Memory for yajl. It uses what its allocator returns without looking, so the allocator must not fail: everything yajl can ask
 * for during one parse is reserved first, and handed out from there. Its objects take less than POOL_FIXED_BYTES (the stack
 * of states has room for 128 levels before it grows, and we stop it at MM_JSON_DEPTH_MAX). Its two buffers hold a decoded
 * string, and the token that the end of the text cuts off; each starts with 2048 bytes and doubles until it has more room
 * than it needs. The first no longer grows when the second begins, so each grows in place; and they hold different parts of
 * the text, so both together take at most twice the text above what they start with. */
enum {
    POOL_FIXED_BYTES = 1536,
    POOL_BUFFER_BYTES_MIN = 2048,
    POOL_SMALL_TEXT_BYTES = 2048, /* up to here the pool is on the C stack */
    POOL_ALIGNMENT = alignof(max_align_t),
};
#define POOL_BYTES(text_len) (POOL_FIXED_BYTES + 2 * POOL_BUFFER_BYTES_MIN + 2 * ((text_len) + 4))
static_assert(MM_JSON_DEPTH_MAX < 120, "yajl's stack of states must not grow");

struct pool {
    uint8_t *at;
    uint8_t *end;
    uint8_t *newest; /* this block grows in place */
};

struct block_header {
    alignas(POOL_ALIGNMENT) size_t size;
};

static size_t aligned(size_t size)
{
    return (size + POOL_ALIGNMENT - 1) & ~(size_t)(POOL_ALIGNMENT - 1);
}

static void *pool_alloc(void *ctx, size_t size)
{
    struct pool *pool = ctx;
    const size_t need = sizeof(struct block_header) + aligned(size);
    MM_ASSERT((size_t)(pool->end - pool->at) >= need);
    const struct block_header header = { .size = size };
    memcpy(pool->at, &header, sizeof header);
    pool->newest = pool->at + sizeof header;
    pool->at += need;
    return pool->newest;
}

static void *pool_resize(void *ctx, void *ptr, size_t size)
{
    struct pool *pool = ctx;
    if (ptr == NULL)
        return pool_alloc(ctx, size);
    struct block_header header;
    memcpy(&header, (uint8_t *)ptr - sizeof header, sizeof header);
    if (ptr == pool->newest) {
        MM_ASSERT((size_t)(pool->end - pool->newest) >= aligned(size));
        pool->at = pool->newest + aligned(size);
        header.size = size;
        memcpy(pool->newest - sizeof header, &header, sizeof header);
        return ptr;
    }
    void *moved = pool_alloc(ctx, size);
    memcpy(moved, ptr, header.size < size ? header.size : size);
    return moved;
}

static void pool_free(void *ctx, void *ptr)
{
    (void)ctx;
    (void)ptr;
}

struct parse {
    yajl_handle yajl;
    mm_bytes text;  /* the arena's copy: strings without escapes and numbers are parts of it */
    bool finishing; /* the text is over; yajl is at a space of its own */
    bool complete;  /* the root is on the stack */
    size_t root_end;
    struct json_tree tree;
};

static void note_complete(struct parse *p)
{
    if (p->tree.depth > 0)
        return;
    p->complete = true;
    p->root_end = p->finishing ? p->text.len : yajl_get_bytes_consumed(p->yajl);
}

static int add_scalar(struct parse *p, enum json_kind kind)
{
    if (json_tree_push(&p->tree, kind) == NULL)
        return 0;
    note_complete(p);
    return 1;
}

/* What yajl points at: a part of the text, or one of its buffers, which must be copied. */
static bool keep(struct parse *p, mm_bytes *kept, const void *ptr, size_t len)
{
    const uintptr_t start = (uintptr_t)p->text.ptr;
    const uintptr_t at = (uintptr_t)ptr;
    if (len > 0 && at >= start && at - start < p->text.len) {
        *kept = mm_bytes_from(ptr, len);
        return true;
    }
    if (mm_arena_copy(p->tree.arena, kept, mm_bytes_from(ptr, len)) == MM_OK)
        return true;
    p->tree.verdict = JSON_NO_MEMORY;
    return false;
}

static int add_text(struct parse *p, enum json_kind kind, const void *ptr, size_t len)
{
    mm_bytes text;
    if (!keep(p, &text, ptr, len))
        return 0;
    struct json *value = json_tree_push(&p->tree, kind);
    if (value == NULL)
        return 0;
    value->text = text;
    note_complete(p);
    return 1;
}

static int on_null(void *ctx)
{
    return add_scalar(ctx, JSON_NULL);
}

static int on_boolean(void *ctx, int value)
{
    return add_scalar(ctx, value ? JSON_TRUE : JSON_FALSE);
}

static int on_number(void *ctx, const char *ptr, size_t len)
{
    return add_text(ctx, JSON_NUMBER, ptr, len);
}

static int on_string(void *ctx, const unsigned char *ptr, size_t len)
{
    return add_text(ctx, JSON_STRING, ptr, len);
}

static int on_key(void *ctx, const unsigned char *ptr, size_t len)
{
    struct parse *p = ctx;
    return keep(p, &p->tree.key, ptr, len);
}

static int on_open_object(void *ctx)
{
    struct parse *p = ctx;
    return json_tree_open(&p->tree, JSON_OBJECT);
}

static int on_open_array(void *ctx)
{
    struct parse *p = ctx;
    return json_tree_open(&p->tree, JSON_ARRAY);
}

static int on_close(void *ctx)
{
    struct parse *p = ctx;
    if (!json_tree_close(&p->tree))
        return 0;
    note_complete(p);
    return 1;
}

static const yajl_callbacks CALLBACKS = {
    .yajl_null = on_null,
    .yajl_boolean = on_boolean,
    .yajl_number = on_number, /* as text: no integers, no doubles */
    .yajl_string = on_string,
    .yajl_start_map = on_open_object,
    .yajl_map_key = on_key,
    .yajl_end_map = on_close,
    .yajl_start_array = on_open_array,
    .yajl_end_array = on_close,
};

/* Writes the line for a person; `what` may be NULL for the verdict's own text. */
static enum json_verdict fail_at(struct mm_reason *reason, mm_bytes text, size_t offset,
                                 enum json_verdict verdict, const char *what)
{
    if (reason == NULL)
        return verdict;
    size_t line = 1;
    size_t line_start = 0;
    for (size_t i = 0; i < offset && i < text.len; i++) {
        if (text.ptr[i] == '\n') {
            line++;
            line_start = i + 1;
        }
    }
    (void)mm_fail(reason, MM_ERR_INVALID, "line %zu, column %zu: %s", line, offset - line_start + 1,
                  what != NULL ? what : json_verdict_text(verdict));
    return verdict;
}

/* yajl stopped: by a callback of ours, or because it does not like the text. */
static enum json_verdict explain(struct parse *p, struct mm_reason *reason)
{
    const size_t used = p->finishing ? p->text.len : yajl_get_bytes_consumed(p->yajl);
    if (p->tree.verdict == JSON_DUPLICATE && p->tree.duplicate.len <= 80 &&
        json_plain_run(p->tree.duplicate.ptr, p->tree.duplicate.len) == p->tree.duplicate.len) {
        char what[160];
        (void)snprintf(what, sizeof what,
                       "the key \"%.*s\" appears twice in the object that ends here",
                       (int)p->tree.duplicate.len, (const char *)p->tree.duplicate.ptr);
        return fail_at(reason, p->text, used, p->tree.verdict, what);
    }
    if (p->tree.verdict != JSON_OK)
        return fail_at(reason, p->text, used, p->tree.verdict, NULL);
    if (reason == NULL)
        return JSON_SYNTAX;
    unsigned char *message = yajl_get_error(p->yajl, 0, p->text.ptr, p->text.len);
    char *line = (char *)message;
    line[strcspn(line, "\n")] = '\0';
    const enum json_verdict verdict = fail_at(reason, p->text, used, JSON_SYNTAX, line);
    yajl_free_error(p->yajl, message);
    return verdict;
}

static enum json_verdict run_yajl(struct parse *p, struct mm_reason *reason)
{
    yajl_status status = yajl_parse(p->yajl, p->text.ptr, p->text.len);
    if (status == yajl_status_ok && !p->complete) {
        p->finishing = true; /* a number ends only with the text; everything else was cut off */
        status = yajl_complete_parse(p->yajl);
    }
    if (status != yajl_status_ok)
        return explain(p, reason);
    MM_ASSERT(p->complete && p->tree.stack_count == 1);
    /* yajl does not look at the beginning of a string behind the value: only white space may follow. */
    for (size_t i = p->root_end; i < p->text.len; i++) {
        if (strchr(" \t\n\r", p->text.ptr[i]) == NULL || p->text.ptr[i] == '\0')
            return fail_at(reason, p->text, i, JSON_SYNTAX, "bytes behind the value");
    }
    return JSON_OK;
}

/* With the pool and the copy of the text made. */
static enum json_verdict parse_with(struct pool *pool, struct mm_arena *arena, struct json *value,
                                    mm_bytes text, const struct json_options *options,
                                    struct mm_reason *reason)
{
    struct parse p;
    p.text = text;
    p.finishing = false;
    p.complete = false;
    json_tree_init(&p.tree, arena, options != NULL && options->unique_keys);
    yajl_alloc_funcs functions = { pool_alloc, pool_resize, pool_free, pool };
    /* Comments, trailing bytes, several values and cut-off ones are refused unless it is told otherwise. */
    p.yajl = yajl_alloc(&CALLBACKS, &functions, &p);
    MM_ASSERT(p.yajl != NULL);
    const int configured = yajl_config(p.yajl, yajl_dont_validate_strings, 1); /* json_scan did */
    MM_ASSERT(configured != 0);
    const enum json_verdict verdict = run_yajl(&p, reason);
    if (verdict == JSON_OK)
        *value = p.tree.stack[0].value;
    yajl_free(p.yajl);
    json_tree_fini(&p.tree);
    return verdict;
}

/* copy: the text, in the arena. */
static enum json_verdict parse_any(struct mm_arena *arena, struct json *value, mm_bytes copy,
                                   const struct json_options *options, struct mm_reason *reason)
{
    if (copy.len <= POOL_SMALL_TEXT_BYTES) {
        alignas(POOL_ALIGNMENT) uint8_t memory[POOL_BYTES(POOL_SMALL_TEXT_BYTES)];
        struct pool pool = { memory, memory + sizeof memory, NULL };
        return parse_with(&pool, arena, value, copy, options, reason);
    }
    const size_t size = POOL_BYTES(copy.len);
    uint8_t *memory = mm_heap_alloc(size);
    if (memory == NULL)
        return fail_at(reason, copy, 0, JSON_NO_MEMORY, NULL);
    struct pool pool = { memory, memory + size, NULL };
    const enum json_verdict verdict = parse_with(&pool, arena, value, copy, options, reason);
    mm_heap_free(memory);
    return verdict;
}

static bool parse_plain(struct mm_arena *arena, struct json *value, mm_bytes copy,
                        const struct json_options *options)
{
    struct json_tree tree;
    const struct mm_arena_mark mark = mm_arena_mark(arena);
    json_tree_init(&tree, arena, options != NULL && options->unique_keys);
    const bool is_plain = json_plain_parse(&tree, copy);
    if (is_plain)
        *value = tree.stack[0].value;
    else
        mm_arena_rewind(arena, mark);
    json_tree_fini(&tree);
    return is_plain;
}

enum json_verdict json_parse(struct mm_arena *arena, struct json *value, mm_bytes text,
                             const struct json_options *options, struct mm_reason *reason)
{
    *value = (struct json){ .kind = JSON_NULL };
    if (text.len > SIZE_MAX / 8)
        return fail_at(reason, text, 0, JSON_NO_MEMORY, NULL);
    mm_bytes copy;
    const struct mm_arena_mark mark = mm_arena_mark(arena);
    const bool has_room = mm_arena_copy(arena, &copy, text) == MM_OK;
    if (has_room && parse_plain(arena, value, copy, options))
        return JSON_OK;
    size_t offset;
    enum json_verdict verdict = json_scan(&offset, text);
    if (verdict == JSON_OK && !has_room) {
        verdict = JSON_NO_MEMORY;
        offset = 0;
    }
    if (verdict == JSON_OK)
        verdict = parse_any(arena, value, copy, options, reason);
    else
        verdict = fail_at(reason, text, offset, verdict, NULL);
    if (verdict != JSON_OK)
        mm_arena_rewind(arena, mark);
    return verdict;
}
