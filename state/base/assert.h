/* Assertions: the lane for bugs of our own.
 *
 * MM_ASSERT states an invariant. It stays on in every build: a node that stops is better than one that signs or stores
 * something wrong. A condition that outside bytes, a disk or a peer can make false is never an assertion; it is an error
 * (err.h) or a verdict of the module that checks it.
 * MM_DCHECK is for invariants that cost more than a compare; it is on in builds with MINTMARK_CHECKED.
 * MM_UNREACHABLE ends a switch over an enum whose cases all returned. */
#ifndef STATE_BASE_ASSERT_H
#define STATE_BASE_ASSERT_H

#include <stdnoreturn.h>

#define MM_ASSERT(condition)                                                                       \
    ((condition) ? (void)0 : mm_assert_failed(#condition, __FILE__, __LINE__))

#ifdef MINTMARK_CHECKED
#define MM_DCHECK(condition) MM_ASSERT(condition)
#else
#define MM_DCHECK(condition) ((void)sizeof(condition))
#endif

#define MM_UNREACHABLE() mm_assert_failed("unreachable", __FILE__, __LINE__)

/* Prints the condition and its place to standard error and aborts. */
noreturn void mm_assert_failed(const char *condition, const char *file, int line);

#endif
