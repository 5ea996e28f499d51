#include "state/base/assert.h"

#include <stdio.h>
#include <stdlib.h>

noreturn void mm_assert_failed(const char *condition, const char *file, int line)
{
    (void)fprintf(stderr, "mintmark: invariant broken: %s (%s:%d)\n", condition, file, line);
    (void)fflush(stderr);
    abort();
}
