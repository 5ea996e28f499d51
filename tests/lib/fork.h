/* fork for tests whose child goes on as a program of its own, without exec. */
#ifndef TESTS_LIB_FORK_H
#define TESTS_LIB_FORK_H

#include <sys/types.h>

/* As fork, once every other thread of the process rests. Criterion has some for its messages, which begin when a test does: one that
 * allocates just then leaves the heap locked in a child, where it is not any more (gcc 12's address sanitizer has no handler of forks). */
pid_t test_fork(void);

#endif
