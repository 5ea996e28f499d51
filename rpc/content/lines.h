/* The lines that an answer is made of once long work has ended, a JSON object each: up to API_LINES_BYTES_MAX of them, and of more it
 * is known how many were left out.
 * Memory: the lines. Threads: the work's. */
#ifndef RPC_CONTENT_LINES_H
#define RPC_CONTENT_LINES_H

#include "rpc/http/http.h"

enum {
    API_LINES_BYTES_MAX = 64 << 20, /* some 600 000 removed blocks */
    API_LINE_BYTES_MAX = 1024,
};

struct api_lines {
    struct mm_buf text;
    uint64_t left_out;
};

void api_lines_init(struct api_lines *lines);
/* For one line more; else it is counted. */
MM_MUST_USE bool api_lines_have_room(struct api_lines *lines);
/* *response is made of them, or, where the work failed, of the reason. The lines end. */
void api_lines_answer(struct http_response *response, struct api_lines *taken_lines, mm_err err,
                      const struct mm_reason *reason);

#endif
