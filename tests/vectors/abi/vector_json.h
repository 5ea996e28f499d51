/* Published JSON files from the shared folder. */
#ifndef TESTS_VECTORS_ABI_VECTOR_JSON_H
#define TESTS_VECTORS_ABI_VECTOR_JSON_H

#include "state/base/arena.h"
#include "state/codec/json.h"

/* The file below MINTMARK_SHARED, parsed. Skips the test when it is absent, but fails it in CI. */
struct json vector_json(struct mm_arena *arena, const char *path);

#endif
