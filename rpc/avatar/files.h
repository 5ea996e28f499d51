/* avatar.js, embedded: the element <mintmark-avatar> for pages of any origin. */
#ifndef RPC_AVATAR_FILES_H
#define RPC_AVATAR_FILES_H

#include "rpc/http/file.h"

extern const struct http_file avatar_files[];
extern const size_t avatar_files_count;

#endif
