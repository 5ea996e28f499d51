#include <assert.h>
#include <stdalign.h>
#include <stddef.h>
#include <stdio.h>
#include <yajl/yajl_parse.h>

#include "state/base/assert.h"
#include "state/base/heap.h"
#include "state/base/limits.h"
#include "state/codec/json_internal.h"

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

/* Values that are parsed but whose container is still open stand on a stack, with their keys; closing a container moves those
 * above it into an array of the arena. So every value is moved once, and arrays are exactly as long as they must be. */
enum { STACK_FEW = 32 };

struct parse {
    struct mm_arena *arena;
    yajl_handle yajl;
    mm_bytes text; /* the arena's copy: strings without escapes and numbers are parts of it */
    bool unique_keys;
    enum json_verdict verdict;
    mm_bytes duplicate;

    struct json_member *stack; /* few, or owned */
    size_t stack_count;
    size_t stack_capacity;
    size_t open[MM_JSON_DEPTH_MAX]; /* the containers' places on the stack */
    size_t depth;
    mm_bytes key; /* of the next value, where it is in an object; else left over */

    bool finishing; /* the text is over; yajl is at a space of its own */
    bool complete;  /* the root is on the stack */
    size_t root_end;
    struct json_member few[STACK_FEW];
};

static int refuse(struct parse *p, enum json_verdict verdict)
{
    p->verdict = verdict;
    return 0;
}

static bool grow_stack(struct parse *p)
{
    const size_t capacity = 2 * p->stack_capacity;
    /* All of them must still fit the arena: no need to hold more than it may. */
    if (p->stack_count > p->arena->bytes_max / sizeof(struct json))
        return false;
    struct json_member *stack =
        mm_heap_resize(p->stack == p->few ? NULL : p->stack, capacity * sizeof *stack);
    if (stack == NULL)
        return false;
    if (p->stack == p->few)
        memcpy(stack, p->few, sizeof p->few);
    p->stack = stack;
    p->stack_capacity = capacity;
    return true;
}

static void note_complete(struct parse *p)
{
    if (p->depth > 0)
        return;
    p->complete = true;
    p->root_end = p->finishing ? p->text.len : yajl_get_bytes_consumed(p->yajl);
}

/* On failure NULL, with the verdict set. */
static struct json *push(struct parse *p, enum json_kind kind)
{
    if (p->stack_count == p->stack_capacity && !grow_stack(p)) {
        p->verdict = JSON_NO_MEMORY;
        return NULL;
    }
    struct json_member *entry = &p->stack[p->stack_count++];
    *entry = (struct json_member){ .key = p->key, .value = { .kind = kind } };
    return &entry->value;
}

static int add_scalar(struct parse *p, enum json_kind kind)
{
    if (push(p, kind) == NULL)
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
    if (mm_arena_copy(p->arena, kept, mm_bytes_from(ptr, len)) == MM_OK)
        return true;
    p->verdict = JSON_NO_MEMORY;
    return false;
}

static int add_text(struct parse *p, enum json_kind kind, const void *ptr, size_t len)
{
    mm_bytes text;
    if (!keep(p, &text, ptr, len))
        return 0;
    struct json *value = push(p, kind);
    if (value == NULL)
        return 0;
    value->text = text;
    note_complete(p);
    return 1;
}

static int open_container(struct parse *p, enum json_kind kind)
{
    if (p->depth == MM_JSON_DEPTH_MAX)
        return refuse(p, JSON_TOO_DEEP);
    if (push(p, kind) == NULL)
        return 0;
    p->open[p->depth++] = p->stack_count - 1;
    return 1;
}

/* Takes the container's contents off the stack. Out: the container, or NULL without memory. */
static struct json *close_container(struct parse *p, size_t element_bytes, void **elements)
{
    MM_ASSERT(p->depth > 0);
    const size_t place = p->open[--p->depth];
    struct json *container = &p->stack[place].value;
    container->count = p->stack_count - place - 1;
    p->stack_count = place + 1;
    *elements = NULL;
    if (container->count == 0)
        return container;
    *elements = mm_arena_alloc(p->arena, container->count * element_bytes);
    if (*elements == NULL)
        p->verdict = JSON_NO_MEMORY;
    return *elements == NULL ? NULL : container;
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
    return keep(p, &p->key, ptr, len);
}

static int on_open_object(void *ctx)
{
    return open_container(ctx, JSON_OBJECT);
}

static int on_open_array(void *ctx)
{
    return open_container(ctx, JSON_ARRAY);
}

static int on_close_array(void *ctx)
{
    struct parse *p = ctx;
    void *elements;
    struct json *array = close_container(p, sizeof(struct json), &elements);
    if (array == NULL)
        return 0;
    struct json *items = elements;
    const struct json_member *contents = p->stack + p->stack_count;
    for (size_t i = 0; i < array->count; i++)
        items[i] = contents[i].value;
    array->items = items;
    note_complete(p);
    return 1;
}

static int on_close_object(void *ctx)
{
    struct parse *p = ctx;
    void *elements;
    struct json *object = close_container(p, sizeof(struct json_member), &elements);
    if (object == NULL)
        return 0;
    if (object->count > 0)
        memcpy(elements, p->stack + p->stack_count, object->count * sizeof(struct json_member));
    object->members = elements;
    note_complete(p);
    if (!p->unique_keys)
        return 1;
    enum json_verdict verdict;
    const struct json_member *duplicate = json_find_duplicate(&verdict, object);
    if (duplicate != NULL) {
        p->duplicate = duplicate->key;
        verdict = JSON_DUPLICATE;
    }
    return verdict == JSON_OK ? 1 : refuse(p, verdict);
}

static const yajl_callbacks CALLBACKS = {
    .yajl_null = on_null,
    .yajl_boolean = on_boolean,
    .yajl_number = on_number, /* as text: no integers, no doubles */
    .yajl_string = on_string,
    .yajl_start_map = on_open_object,
    .yajl_map_key = on_key,
    .yajl_end_map = on_close_object,
    .yajl_start_array = on_open_array,
    .yajl_end_array = on_close_array,
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
    if (p->verdict == JSON_DUPLICATE && p->duplicate.len <= 80 &&
        json_plain_run(p->duplicate.ptr, p->duplicate.len) == p->duplicate.len) {
        char what[160];
        (void)snprintf(what, sizeof what,
                       "the key \"%.*s\" appears twice in the object that ends here",
                       (int)p->duplicate.len, (const char *)p->duplicate.ptr);
        return fail_at(reason, p->text, used, p->verdict, what);
    }
    if (p->verdict != JSON_OK)
        return fail_at(reason, p->text, used, p->verdict, NULL);
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
    MM_ASSERT(p->complete && p->stack_count == 1);
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
    struct parse p; /* not cleared: `few` is large, and the rest is set here */
    memset(&p, 0, offsetof(struct parse, few));
    p.arena = arena;
    p.text = text;
    p.unique_keys = options != NULL && options->unique_keys;
    p.stack = p.few;
    p.stack_capacity = STACK_FEW;
    yajl_alloc_funcs functions = { pool_alloc, pool_resize, pool_free, pool };
    /* Comments, trailing bytes, several values and cut-off ones are refused unless it is told otherwise. */
    p.yajl = yajl_alloc(&CALLBACKS, &functions, &p);
    MM_ASSERT(p.yajl != NULL);
    const int configured = yajl_config(p.yajl, yajl_dont_validate_strings, 1); /* json_scan did */
    MM_ASSERT(configured != 0);
    const enum json_verdict verdict = run_yajl(&p, reason);
    if (verdict == JSON_OK)
        *value = p.stack[0].value;
    yajl_free(p.yajl);
    if (p.stack != p.few)
        mm_heap_free(p.stack);
    return verdict;
}

static enum json_verdict parse_scanned(struct mm_arena *arena, struct json *value, mm_bytes text,
                                       const struct json_options *options, struct mm_reason *reason)
{
    mm_bytes copy;
    if (mm_arena_copy(arena, &copy, text) != MM_OK)
        return fail_at(reason, text, 0, JSON_NO_MEMORY, NULL);
    if (text.len <= POOL_SMALL_TEXT_BYTES) {
        alignas(POOL_ALIGNMENT) uint8_t memory[POOL_BYTES(POOL_SMALL_TEXT_BYTES)];
        struct pool pool = { memory, memory + sizeof memory, NULL };
        return parse_with(&pool, arena, value, copy, options, reason);
    }
    const size_t size = POOL_BYTES(text.len);
    uint8_t *memory = mm_heap_alloc(size);
    if (memory == NULL)
        return fail_at(reason, text, 0, JSON_NO_MEMORY, NULL);
    struct pool pool = { memory, memory + size, NULL };
    const enum json_verdict verdict = parse_with(&pool, arena, value, copy, options, reason);
    mm_heap_free(memory);
    return verdict;
}

enum json_verdict json_parse(struct mm_arena *arena, struct json *value, mm_bytes text,
                             const struct json_options *options, struct mm_reason *reason)
{
    *value = (struct json){ .kind = JSON_NULL };
    if (text.len > SIZE_MAX / 8)
        return fail_at(reason, text, 0, JSON_NO_MEMORY, NULL);
    size_t offset;
    enum json_verdict verdict = json_scan(&offset, text);
    if (verdict != JSON_OK)
        return fail_at(reason, text, offset, verdict, NULL);
    const struct mm_arena_mark mark = mm_arena_mark(arena);
    verdict = parse_scanned(arena, value, text, options, reason);
    if (verdict != JSON_OK)
        mm_arena_rewind(arena, mark);
    return verdict;
}
