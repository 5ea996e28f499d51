/* A token that opens a door (RFC 6750): a line of a file, so that it stands in no list of processes.
 * Memory: the caller's, to be wiped by the caller. Threads: any. */
#ifndef NODE_TOKEN_FILE_H
#define NODE_TOKEN_FILE_H

#include "state/base/err.h"

enum {
    TOKEN_FILE_MIN = 16, /* characters: what is shorter could be tried out */
    TOKEN_FILE_MAX = 512,
};

/* token: terminated. MM_ERR_NOT_FOUND; MM_ERR_INVALID: not one line of so many letters, digits and -._~+/ with = at the end; MM_ERR_IO.
 * A file that others can read is remarked in the log. */
MM_MUST_USE mm_err token_file_read(char token[TOKEN_FILE_MAX + 1], const char *path,
                                   struct mm_reason *reason);

#endif
