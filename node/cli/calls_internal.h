/* Between calls (calls.c) and transactions (calls_send.c). */
#ifndef NODE_CLI_CALLS_INTERNAL_H
#define NODE_CLI_CALLS_INTERNAL_H

#include "node/cli/calls.h"

enum { CALLS_REQUEST_BYTES_MAX = 1 << 20 };

/* [{call}, block]; from NULL: nobody; block NULL: left out. In the arena. */
MM_MUST_USE int calls_params(struct cli_run *run, mm_bytes *params, const mm_addr *from,
                             const mm_addr *to, mm_bytes data, const char *block);

#endif
