/* The heap, through one door, so that tests can make the nth allocation fail and see that nothing is lost or leaked.
 *
 * Callers own what they get and give it back with mm_heap_free. Sizes of zero give a valid pointer. Products of two sizes
 * are checked for overflow. Threads: safe, as malloc is; the fault counter is for single-threaded tests. */
#ifndef STATE_BASE_HEAP_H
#define STATE_BASE_HEAP_H

#include <stddef.h>
#include <stdint.h>

/* NULL when there is no memory. Not cleared. */
void *mm_heap_alloc(size_t size);
/* NULL when there is no memory or count * size overflows. Cleared. */
void *mm_heap_zeroed(size_t count, size_t size);
/* As realloc; on NULL the old block still stands. */
void *mm_heap_resize(void *ptr, size_t size);
/* A larger array for one that is full: twice as long, `first` items when it was empty. NULL when there is no memory or a product
 * overflows; the old array still stands then, and *capacity says how long it is. */
void *mm_heap_grow(void *items, size_t *capacity, size_t first, size_t item_size);
void mm_heap_free(void *ptr);
/* Gives free memory back to the system, as far as it is whole pages: for quiet moments, since whoever allocates next pays for it
 * with page faults. Takes a millisecond or so for each ten megabytes. */
void mm_heap_trim(void);
/* The same if it is worth that: pages of so many bytes were touched anew since the last time. For who asks again and again. */
void mm_heap_trim_touched(size_t bytes);
/* At most so many heaps for all threads together, instead of eight a core, each of which keeps what its threads once needed: 20 000
 * mints and reads leave 15 MiB less behind with two. Before there are threads. */
void mm_heap_share(size_t heaps);
/* Blocks of so many bytes and more stand apart, and are the system's again as soon as they are freed. Left alone glibc raises
 * that bound to the largest block that was ever freed, up to 32 MiB, and from then on a long answer or a batch is a hole in a
 * heap that does not shrink. Each such block costs page faults anew, so what is made and freed all the time should be smaller.
 * Before there are threads. */
void mm_heap_set_apart(size_t bytes);

/* Tests: let `successes` allocations pass, then fail all that follow. SIZE_MAX: never fail (the default). Only builds with
 * MINTMARK_CHECKED look at it. */
void mm_heap_fail_after(size_t successes);

#endif
