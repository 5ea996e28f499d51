#include "node/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/log/log.h"

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

static bool write_all(int file, mm_bytes text)
{
    while (text.len > 0) {
        const ssize_t written = write(file, text.ptr, text.len);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return false;
        text = mm_bytes_from(text.ptr + written, text.len - (size_t)written);
    }
    return true;
}

/* Takes the file, which could not be opened when it is negative. */
static mm_err write_synced(int file, const char *path, mm_bytes text, struct mm_reason *reason)
{
    const bool is_written = file >= 0 && write_all(file, text) && fsync(file) == 0;
    const int why = errno;
    if (file >= 0)
        (void)close(file);
    if (is_written)
        return MM_OK;
    return mm_fail(reason, why == ENOSPC ? MM_ERR_NO_SPACE : MM_ERR_IO, "cannot write %s: %s", path,
                   strerror(why));
}

void file_warn_of_readers(const char *path)
{
    struct stat status;
    if (stat(path, &status) == 0 && (status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        log_event(LOG_WARN, "a file with a secret can be read by others", "file=%s mode=%o", path,
                  (unsigned)(status.st_mode & 0777));
}

mm_err file_write(const char *path, mm_bytes text, struct mm_reason *reason)
{
    const int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    return write_synced(file, path, text, reason);
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

/* What an earlier try left, or someone else put there, may be readable by others, or lead elsewhere: this one's file is new. */
static int open_new(const char *path)
{
    (void)unlink(path);
    return open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
}

mm_err file_replace(const char *path, mm_bytes text, struct mm_reason *reason)
{
    char beside[FILE_PATH_BYTES];
    const int len = snprintf(beside, sizeof beside, "%s.new", path);
    if (len < 0 || len >= FILE_PATH_BYTES)
        return mm_fail(reason, MM_ERR_INVALID, "the path is too long: %s", path);
    const int file = open_new(beside);
    mm_err err = write_synced(file, beside, text, reason);
    if (err == MM_OK && rename(beside, path) != 0)
        err = mm_fail(reason, MM_ERR_IO, "cannot write %s: %s", path, strerror(errno));
    if (err != MM_OK && file >= 0)
        (void)unlink(beside);
    if (err == MM_OK)
        sync_folder_of(path);
    return err;
}
