/* Memory of the heap that was used and is free again, for tests of what becomes of it.
 *
 * Of glibc's heap only; GARBAGE_IS_LEFT is 0 where another allocator is, a sanitizer's. */
#ifndef TESTS_LIB_GARBAGE_H
#define TESTS_LIB_GARBAGE_H

#include <criterion/criterion.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "state/base/heap.h"

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define GARBAGE_IS_LEFT 1
#else
#define GARBAGE_IS_LEFT 0
#endif

struct garbage {
    uintptr_t at;
    size_t bytes;
};

/* Blocks of this size must not stand apart (mm_heap_set_apart). */
static inline struct garbage garbage_leave(size_t bytes)
{
    uint8_t *block = mm_heap_alloc(bytes);
    const struct garbage garbage = { (uintptr_t)block, bytes };
    cr_assert_not_null(block);
    memset(block, 1, bytes);
    mm_heap_free(block);
    return garbage;
}

/* Whether the page in its middle is in memory. The end of a heap may be no memory of the process any more. */
static inline bool garbage_is_resident(const struct garbage *garbage)
{
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    const uintptr_t middle = (garbage->at + garbage->bytes / 2) & ~(page - 1);
    unsigned char there = 0;
    if (mincore((void *)middle, (size_t)page, &there) != 0) {
        cr_assert_eq(errno, ENOMEM);
        return false;
    }
    return (there & 1) != 0;
}

#endif
