/* Published vectors: files of the shared folder. Where it is absent a test is skipped, but not in CI. */
#ifndef TESTS_VECTORS_CONTENT_SHARED_H
#define TESTS_VECTORS_CONTENT_SHARED_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SHARED_IPFS MINTMARK_SHARED "/fixtures/ipfs/"

static inline void shared_or_skip(void)
{
    if (access(SHARED_IPFS "README.md", R_OK) == 0)
        return;
    cr_assert_null(getenv("CI"), "the shared vectors are missing");
    (void)fprintf(stderr, "SKIPPED: %s is absent\n", SHARED_IPFS);
    cr_skip_test("shared vectors absent");
}

#endif
