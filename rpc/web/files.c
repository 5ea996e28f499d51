#include "rpc/web/files.h"

#include <string.h>

/* Some sixty rows, and a page asks once for each. */
const struct embedded_file *web_file_find(mm_bytes path)
{
    for (size_t i = 0; i < web_files_count; i++) {
        if (mm_bytes_equal(path, mm_bytes_str(web_files[i].path)))
            return &web_files[i];
    }
    return NULL;
}
