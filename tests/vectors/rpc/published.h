/* Published files of the shared folder. */
#ifndef TESTS_VECTORS_RPC_PUBLISHED_H
#define TESTS_VECTORS_RPC_PUBLISHED_H

#include "state/codec/json.h"

/* Skips the test when the folder is not there (a failure where CI is set). */
const struct json *published_json(struct mm_arena *arena, const char *name);

#endif
