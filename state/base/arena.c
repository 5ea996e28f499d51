#include "state/base/arena.h"

#include <stdalign.h>
#include <stddef.h>

#include "state/base/assert.h"
#include "state/base/heap.h"

enum {
    CHUNK_BYTES_MIN = 4096,
    CHUNK_BYTES_DOUBLE_UNTIL = 1 << 20, /* chunks double in size up to here */
    ALIGNMENT = alignof(max_align_t),
};

struct mm_arena_chunk {
    struct mm_arena_chunk *older;
    size_t size; /* of data */
    alignas(ALIGNMENT) uint8_t data[];
};

static size_t aligned(size_t size)
{
    return (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
}

void mm_arena_init(struct mm_arena *arena, size_t bytes_max)
{
    *arena = (struct mm_arena){ .bytes_max = bytes_max };
}

void mm_arena_fini(struct mm_arena *arena)
{
    while (arena->newest != NULL) {
        struct mm_arena_chunk *older = arena->newest->older;
        mm_heap_free(arena->newest);
        arena->newest = older;
    }
    *arena = (struct mm_arena){ .bytes_max = arena->bytes_max };
}

static void enter(struct mm_arena *arena, struct mm_arena_chunk *chunk, uint8_t *at)
{
    arena->newest = chunk;
    arena->at = at;
    arena->end = chunk == NULL ? NULL : chunk->data + chunk->size;
}

void mm_arena_reset(struct mm_arena *arena)
{
    /* Chunks never shrink on the way, so the newest is the largest: keep that one. */
    struct mm_arena_chunk *kept = arena->newest;
    if (kept == NULL)
        return;
    for (struct mm_arena_chunk *chunk = kept->older; chunk != NULL;) {
        struct mm_arena_chunk *older = chunk->older;
        mm_heap_free(chunk);
        chunk = older;
    }
    kept->older = NULL;
    arena->total_bytes = kept->size;
    enter(arena, kept, kept->data);
}

struct mm_arena_mark mm_arena_mark(const struct mm_arena *arena)
{
    return (struct mm_arena_mark){ arena->newest, arena->at };
}

void mm_arena_rewind(struct mm_arena *arena, struct mm_arena_mark mark)
{
    if (mark.newest == NULL) {
        mm_arena_reset(arena);
        return;
    }
    while (arena->newest != mark.newest) {
        struct mm_arena_chunk *chunk = arena->newest;
        MM_ASSERT(chunk != NULL); /* a mark of this arena, not rewound past already */
        arena->newest = chunk->older;
        arena->total_bytes -= chunk->size;
        mm_heap_free(chunk);
    }
    enter(arena, mark.newest, mark.at);
}

static bool add_chunk(struct mm_arena *arena, size_t size)
{
    size_t want = CHUNK_BYTES_MIN;
    if (arena->newest != NULL) {
        want = arena->newest->size;
        if (want < CHUNK_BYTES_DOUBLE_UNTIL)
            want *= 2;
    }
    if (want < size)
        want = size;
    const size_t room = arena->bytes_max - arena->total_bytes;
    if (want > room)
        want = size; /* near the maximum: just what is needed */
    if (want > room)
        return false;
    struct mm_arena_chunk *chunk = mm_heap_alloc(sizeof *chunk + want);
    if (chunk == NULL)
        return false;
    chunk->older = arena->newest;
    chunk->size = want;
    arena->total_bytes += want;
    enter(arena, chunk, chunk->data);
    return true;
}

void *mm_arena_alloc(struct mm_arena *arena, size_t size)
{
    if (size > SIZE_MAX / 2)
        return NULL;
    const size_t need = aligned(size);
    if ((size_t)(arena->end - arena->at) < need || arena->newest == NULL) {
        if (!add_chunk(arena, need))
            return NULL;
    }
    uint8_t *ptr = arena->at;
    arena->at += need;
    return ptr;
}

void *mm_arena_zeroed(struct mm_arena *arena, size_t count, size_t size)
{
    size_t total;
    if (__builtin_mul_overflow(count, size, &total))
        return NULL;
    void *ptr = mm_arena_alloc(arena, total);
    if (ptr != NULL)
        memset(ptr, 0, total);
    return ptr;
}

void *mm_arena_grow(struct mm_arena *arena, void *old, size_t old_size, size_t new_size)
{
    MM_ASSERT(new_size >= old_size);
    if (old != NULL && new_size <= SIZE_MAX / 2 &&
        (uint8_t *)old + aligned(old_size) == arena->at) {
        const size_t more = aligned(new_size) - aligned(old_size);
        if ((size_t)(arena->end - arena->at) >= more) {
            arena->at += more;
            return old;
        }
    }
    void *ptr = mm_arena_alloc(arena, new_size);
    if (ptr != NULL && old_size > 0)
        memcpy(ptr, old, old_size);
    return ptr;
}

mm_err mm_arena_copy(struct mm_arena *arena, mm_bytes *copy, mm_bytes source)
{
    *copy = (mm_bytes){ NULL, 0 };
    if (source.len == 0)
        return MM_OK;
    uint8_t *ptr = mm_arena_alloc(arena, source.len);
    if (ptr == NULL)
        return MM_ERR_NO_MEMORY;
    memcpy(ptr, source.ptr, source.len);
    *copy = (mm_bytes){ ptr, source.len };
    return MM_OK;
}

char *mm_arena_text(struct mm_arena *arena, mm_bytes source)
{
    char *text = source.len == SIZE_MAX ? NULL : mm_arena_alloc(arena, source.len + 1);
    if (text == NULL)
        return NULL;
    if (source.len > 0)
        memcpy(text, source.ptr, source.len);
    text[source.len] = '\0';
    return text;
}
