#include "state/base/heap.h"

#include <limits.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "state/base/assert.h"

#ifdef MINTMARK_CHECKED
static size_t successes_left = SIZE_MAX;

static bool must_fail(void)
{
    if (successes_left == SIZE_MAX)
        return false;
    if (successes_left == 0)
        return true;
    successes_left--;
    return false;
}

void mm_heap_fail_after(size_t successes)
{
    successes_left = successes;
}
#else
static bool must_fail(void)
{
    return false;
}

void mm_heap_fail_after(size_t successes)
{
    (void)successes;
}
#endif

void *mm_heap_alloc(size_t size)
{
    return must_fail() ? NULL : malloc(size == 0 ? 1 : size);
}

void *mm_heap_zeroed(size_t count, size_t size)
{
    if (must_fail())
        return NULL;
    return count == 0 || size == 0 ? calloc(1, 1) : calloc(count, size);
}

void *mm_heap_resize(void *ptr, size_t size)
{
    return must_fail() ? NULL : realloc(ptr, size == 0 ? 1 : size);
}

void *mm_heap_grow(void *items, size_t *capacity, size_t first, size_t item_size)
{
    if (*capacity > SIZE_MAX / 2)
        return NULL;
    const size_t larger = *capacity == 0 ? first : 2 * *capacity;
    if (item_size != 0 && larger > SIZE_MAX / item_size)
        return NULL;
    void *grown = mm_heap_resize(items, larger * item_size);
    if (grown != NULL)
        *capacity = larger;
    return grown;
}

void mm_heap_free(void *ptr)
{
    free(ptr);
}

void mm_heap_share(size_t heaps)
{
#ifdef __GLIBC__
    MM_ASSERT(heaps > 0 && heaps <= INT_MAX);
    (void)mallopt(M_ARENA_MAX, (int)heaps);
#else
    (void)heaps;
#endif
}

void mm_heap_set_apart(size_t bytes)
{
#ifdef __GLIBC__
    MM_ASSERT(bytes > 0 && bytes <= INT_MAX / 2);
    (void)mallopt(M_MMAP_THRESHOLD, (int)bytes);
    /* Nor does it raise this any more, how much may be free at the end of a heap: twice the former is what it would take. */
    (void)mallopt(M_TRIM_THRESHOLD, (int)(2 * bytes));
#else
    (void)bytes;
#endif
}

/* Of the process: pages that it touched for the first time, or again after they were given back. */
static long pages_touched(void)
{
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? usage.ru_minflt : 0;
}

static atomic_long pages_at_trim;

void mm_heap_trim(void)
{
#ifdef __GLIBC__
    (void)malloc_trim(0);
#endif
    atomic_store(&pages_at_trim, pages_touched());
}

void mm_heap_trim_touched(size_t bytes)
{
    const long page_bytes = sysconf(_SC_PAGESIZE);
    const long pages = pages_touched() - atomic_load(&pages_at_trim);
    if (pages > 0 && (size_t)pages >= bytes / (size_t)page_bytes)
        mm_heap_trim();
}
