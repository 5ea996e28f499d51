/* Whole files, read and written, with the reason when that fails.
 * Memory: what is read goes into the caller's buffer, whose bound is the file's. Threads: any. */
#ifndef NODE_FILES_H
#define NODE_FILES_H

#include "state/base/buf.h"
#include "state/base/err.h"

enum { FILE_PATH_BYTES = 4096 };

void file_path_in(char out[FILE_PATH_BYTES], const char *folder, const char *name);
/* It may be there already. */
MM_MUST_USE mm_err file_make_folder(const char *path, struct mm_reason *reason);
/* MM_ERR_NOT_FOUND, MM_ERR_LIMIT (longer than the buffer may be), MM_ERR_IO. */
MM_MUST_USE mm_err file_read(struct mm_buf *out, const char *path, struct mm_reason *reason);
/* Says so in the log when others can read a file that is for its owner's eyes. */
void file_warn_of_readers(const char *path);
/* For its owner's eyes; synced. */
MM_MUST_USE mm_err file_write(const char *path, mm_bytes text, struct mm_reason *reason);
/* Whole or not at all: half a file would be taken for the whole at the next start. A new file, for its owner's eyes, which takes the
 * place of what has that name, be it a link; PATH.new is in between. Synced, with its name. */
MM_MUST_USE mm_err file_replace(const char *path, mm_bytes text, struct mm_reason *reason);

#endif
