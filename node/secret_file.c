#include "node/secret_file.h"

#include <string.h>

#include "node/files.h"

mm_bytes secret_trimmed(mm_bytes text)
{
    while (text.len > 0 && strchr(" \t\r\n", text.ptr[text.len - 1]) != NULL)
        text.len--;
    return text;
}

mm_err secret_file_read(struct mm_buf *text, mm_bytes *line, const char *path,
                        struct mm_reason *reason)
{
    *line = mm_bytes_from(NULL, 0);
    MM_TRY(file_read(text, path, reason));
    *line = secret_trimmed(mm_buf_bytes(text));
    file_warn_of_readers(path);
    return MM_OK;
}
