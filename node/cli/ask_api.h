/* Commands of /api/v0 that answer with JSON objects, a line each. */
#ifndef NODE_CLI_ASK_API_H
#define NODE_CLI_ASK_API_H

#include "node/cli/remote.h"

/* Told each object; borrowed for the call. A status other than CLI_OK ends it. */
typedef int ask_api_line_fn(void *ctx, const struct json *object, mm_bytes text);

/* POST /api/v0/{command}. A refusal is printed with the node's own words: CLI_REFUSED. */
MM_MUST_USE int ask_api(struct remote *remote, const char *command, ask_api_line_fn *line,
                        void *ctx);

/* A member's text or number; empty and 0 when it is not there. */
mm_bytes ask_api_text(const struct json *object, const char *key);
uint64_t ask_api_u64(const struct json *object, const char *key);
/* 12345678 as "11.8 MiB". */
const char *ask_api_bytes(char out[32], uint64_t bytes);

#endif
