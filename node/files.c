#include "node/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

mm_err file_make_folder(const char *path, struct mm_reason *reason)
{
    if (mkdir(path, 0700) == 0 || errno == EEXIST)
        return MM_OK;
    return mm_fail(reason, errno == ENOSPC ? MM_ERR_NO_SPACE : MM_ERR_IO,
                   "cannot make the folder %s: %s", path, strerror(errno));
}

mm_err file_read(struct mm_buf *out, const char *path, struct mm_reason *reason)
{
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return mm_fail(reason, errno == ENOENT ? MM_ERR_NOT_FOUND : MM_ERR_IO, "cannot read %s: %s",
                       path, strerror(errno));
    mm_err err = MM_OK;
    for (;;) {
        uint8_t piece[16384];
        const ssize_t got = read(file, piece, sizeof piece);
        if (got < 0)
            err = mm_fail(reason, MM_ERR_IO, "cannot read %s: %s", path, strerror(errno));
        if (got <= 0)
            break;
        mm_buf_add(out, mm_bytes_from(piece, (size_t)got));
        if (mm_buf_err(out) != MM_OK) /* too long already: it may have no end at all */
            break;
    }
    (void)close(file);
    MM_TRY(err);
    if (mm_buf_err(out) != MM_OK)
        return mm_fail(reason, MM_ERR_LIMIT, "%s is larger than %d MiB", path,
                       (int)(out->bytes_max >> 20));
    return MM_OK;
}

mm_err file_write(const char *path, mm_bytes text, struct mm_reason *reason)
{
    const int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0)
        return mm_fail(reason, MM_ERR_IO, "cannot write %s: %s", path, strerror(errno));
    const ssize_t written = write(file, text.ptr, text.len);
    const bool is_written = written == (ssize_t)text.len && fsync(file) == 0;
    const int why = errno;
    (void)close(file);
    if (!is_written)
        return mm_fail(reason, why == ENOSPC ? MM_ERR_NO_SPACE : MM_ERR_IO, "cannot write %s: %s",
                       path, strerror(why));
    return MM_OK;
}

void file_path_in(char out[FILE_PATH_BYTES], const char *folder, const char *name)
{
    (void)snprintf(out, FILE_PATH_BYTES, "%s/%s", folder, name);
}

/* Its name must last as well; without it the next start writes it again. */
static void sync_folder_of(const char *path)
{
    char folder[FILE_PATH_BYTES];
    (void)snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    if (slash == NULL)
        (void)snprintf(folder, sizeof folder, ".");
    else
        slash[slash == folder] = '\0';
    const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    (void)fsync(fd);
    (void)close(fd);
}

mm_err file_replace(const char *path, mm_bytes text, struct mm_reason *reason)
{
    char beside[FILE_PATH_BYTES];
    const int len = snprintf(beside, sizeof beside, "%s.new", path);
    if (len < 0 || len >= FILE_PATH_BYTES)
        return mm_fail(reason, MM_ERR_INVALID, "the path is too long: %s", path);
    MM_TRY(file_write(beside, text, reason));
    if (rename(beside, path) != 0)
        return mm_fail(reason, MM_ERR_IO, "cannot write %s: %s", path, strerror(errno));
    sync_folder_of(path);
    return MM_OK;
}
