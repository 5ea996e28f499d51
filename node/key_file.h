/* Keys of nodes and validators in files: 64 hex digits, with or without 0x, and an end of line.
 * Memory: the caller's 32 bytes, to be wiped by the caller; what was read is wiped here. Threads: any. */
#ifndef NODE_KEY_FILE_H
#define NODE_KEY_FILE_H

#include <stdint.h>

#include "state/base/err.h"

enum { KEY_FILE_BYTES = 32 };

/* MM_ERR_NOT_FOUND, MM_ERR_INVALID, MM_ERR_IO. A file that others can read is remarked in the log. */
MM_MUST_USE mm_err key_file_read(uint8_t key[KEY_FILE_BYTES], const char *path,
                                 struct mm_reason *reason);
/* Whole or not at all, for its owner's eyes. */
MM_MUST_USE mm_err key_file_write(const char *path, const uint8_t key[KEY_FILE_BYTES],
                                  struct mm_reason *reason);

#endif
