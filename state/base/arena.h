/* Arenas: memory for one unit of work (a request, a block, a message, a test).
 *
 *     +--------+    +----------------+    +----------------+
 *     | chunk  | -> | chunk          | -> | chunk in use   |     allocation moves a pointer in the newest chunk;
 *     +--------+    +----------------+    +----------------+     a chunk is at least as large as the one before
 *
 * Nothing is freed singly: reset gives everything back but the largest chunk, so that the next unit of work does not
 * allocate at all. An arena is born with a maximum; what would pass it gets NULL, as when the heap is empty.
 * Memory from an arena is aligned for any object, and not cleared unless it says so. Threads: one at a time. */
#ifndef STATE_BASE_ARENA_H
#define STATE_BASE_ARENA_H

#include "state/base/bytes.h"
#include "state/base/err.h"

struct mm_arena_chunk;

struct mm_arena {
    struct mm_arena_chunk *newest; /* owned list, newest first */
    uint8_t *at;                   /* next free byte in newest */
    uint8_t *end;
    size_t total_bytes; /* of all chunks */
    size_t bytes_max;
};

/* A place to come back to: what was allocated after mm_arena_mark goes with mm_arena_rewind. */
struct mm_arena_mark {
    struct mm_arena_chunk *newest;
    uint8_t *at;
};

void mm_arena_init(struct mm_arena *arena, size_t bytes_max);
void mm_arena_fini(struct mm_arena *arena);
void mm_arena_reset(struct mm_arena *arena);

struct mm_arena_mark mm_arena_mark(const struct mm_arena *arena);
void mm_arena_rewind(struct mm_arena *arena, struct mm_arena_mark mark);

/* NULL when the maximum would be passed or the heap is empty. size may be 0. */
void *mm_arena_alloc(struct mm_arena *arena, size_t size);
void *mm_arena_zeroed(struct mm_arena *arena, size_t count, size_t size);
/* Grows an array made in this arena: in place where it is the newest allocation, else by a copy. Out: NULL on failure. */
void *mm_arena_grow(struct mm_arena *arena, void *old, size_t old_size, size_t new_size);
/* Copies the bytes into the arena. Out: *copy, empty on failure. */
MM_MUST_USE mm_err mm_arena_copy(struct mm_arena *arena, mm_bytes *copy, mm_bytes source);
/* A terminated copy, NULL on failure. */
char *mm_arena_text(struct mm_arena *arena, mm_bytes source);

#define MM_ARENA_NEW(arena, type) ((type *)mm_arena_zeroed(arena, 1, sizeof(type)))
#define MM_ARENA_ARRAY(arena, type, count) ((type *)mm_arena_zeroed(arena, count, sizeof(type)))

#endif
