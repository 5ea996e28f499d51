/* The files of the page, as they stand in the program (rpc/http/file.h): all of the folder page/.
 * Nothing is read from the disk when the node runs, so the page is always the one that its node was built with. */
#ifndef RPC_WEB_FILES_H
#define RPC_WEB_FILES_H

#include "rpc/http/file.h"

extern const struct http_file web_files[];
extern const size_t web_files_count;

#endif
