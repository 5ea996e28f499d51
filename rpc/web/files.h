/* The files of the page, as they stand in the program: scripts/cmake/embed_files.cmake makes the table from the folder page/.
 *
 * Nothing is read from the disk when the node runs, so the page is always the one that its node was built with. Each file is there
 * twice, plain and packed by gzip, because packing it for each request would cost more than keeping it (docs/WEB.md has the sizes).
 * Memory: read-only data of the program. Threads: any. */
#ifndef RPC_WEB_FILES_H
#define RPC_WEB_FILES_H

#include "state/base/bytes.h"

struct embedded_file {
    const char *path; /* below page/: "view/token.js" */
    const char *type;
    const char *etag; /* weak, as HTTP writes it: plain and packed share it */
    mm_bytes plain;
    mm_bytes packed; /* by gzip */
};

extern const struct embedded_file web_files[];
extern const size_t web_files_count;

/* NULL: there is no such file. */
const struct embedded_file *web_file_find(mm_bytes path);

#endif
