/* Files of the shared folder, read at run time. Where the folder is absent the test is skipped, but not in CI. */
#ifndef TESTS_VECTORS_CHAIN_FIXTURE_H
#define TESTS_VECTORS_CHAIN_FIXTURE_H

#include "state/base/arena.h"
#include "state/base/bytes.h"

/* The file's bytes, in the arena. `path` is relative to the shared folder. Does not return when there is no such file. */
mm_bytes fixture_read(struct mm_arena *arena, const char *path);

#endif
