/* A secret in a file, a line of it, so that it stands in no list of processes: tokens, keys, passwords of other programs.
 * Memory: the caller's buffer, to be wiped by the caller. Threads: any. */
#ifndef NODE_SECRET_FILE_H
#define NODE_SECRET_FILE_H

#include "state/base/buf.h"
#include "state/base/err.h"

/* Without what is blank at its end. */
mm_bytes secret_trimmed(mm_bytes text);
/* line: trimmed, borrowed from the buffer. MM_ERR_NOT_FOUND, MM_ERR_IO; MM_ERR_LIMIT: longer than the buffer, for the caller to say
 * in its own words. A file that others can read is remarked in the log. */
MM_MUST_USE mm_err secret_file_read(struct mm_buf *text, mm_bytes *line, const char *path,
                                    struct mm_reason *reason);

#endif
