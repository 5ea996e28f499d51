/* Key files on disk. */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/keys/keystore.h"
#include "state/base/assert.h"
#include "state/base/heap.h"
#include "state/codec/hex.h"

/* The error of errno, with the line for a person. */
static mm_err fail_errno(struct mm_reason *reason, const char *doing, const char *path)
{
    const int error = errno;
    const mm_err err = error == ENOENT                      ? MM_ERR_NOT_FOUND
                       : error == EEXIST                    ? MM_ERR_EXISTS
                       : error == ENOSPC || error == EDQUOT ? MM_ERR_NO_SPACE
                                                            : MM_ERR_IO;
    return mm_fail(reason, err, "%s %s: %s", doing, path, strerror(error));
}

/* Up to `size` bytes, fewer only at the end of the file. -1 with errno. */
static ssize_t read_up_to(int fd, uint8_t *out, size_t size)
{
    size_t len = 0;
    while (len < size) {
        const ssize_t got = read(fd, out + len, size - len);
        if (got == 0)
            break;
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        len += (size_t)got;
    }
    return (ssize_t)len;
}

static bool write_all(int fd, mm_bytes bytes)
{
    for (size_t at = 0; at < bytes.len;) {
        const ssize_t put = write(fd, bytes.ptr + at, bytes.len - at);
        if (put < 0 && errno != EINTR)
            return false;
        if (put > 0)
            at += (size_t)put;
    }
    return true;
}

mm_err keystore_load(struct keystore *out, const char *path, struct mm_reason *reason)
{
    memset(out, 0, sizeof *out);
    /* Not to wait for the other end, should it be a pipe. */
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return fail_errno(reason, "opening", path);
    struct stat info;
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        (void)close(fd);
        return mm_fail(reason, MM_ERR_INVALID, "%s is not a file", path);
    }
    /* One byte more than allowed, so that a file that is too large is seen to be, however it grew. */
    const size_t size = (size_t)KEYSTORE_FILE_BYTES_MAX + 1;
    uint8_t *text = mm_heap_alloc(size);
    const ssize_t len = text == NULL ? -1 : read_up_to(fd, text, size);
    struct mm_reason why = { .text = "" };
    mm_err err;
    if (text == NULL)
        err = mm_fail(reason, MM_ERR_NO_MEMORY, "no memory to read %s", path);
    else if (len < 0)
        err = fail_errno(reason, "reading", path);
    else
        err = keystore_verdict_err(keystore_parse(out, mm_bytes_from(text, (size_t)len), &why));
    if (why.text[0] != '\0')
        (void)mm_fail(reason, err, "%.100s: %s", path, why.text);
    mm_heap_free(text);
    (void)close(fd);
    return err;
}

/* The folder, made when it is not there. -1 with errno. */
static int open_folder(const char *folder)
{
    const bool is_new = mkdir(folder, 0700) == 0;
    if (!is_new && errno != EEXIST)
        return -1;
    const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0 && is_new) {
        /* The folder's own name must last as well. */
        const int parent = openat(fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (parent >= 0) {
            (void)fsync(parent);
            (void)close(parent);
        }
    }
    return fd;
}

/* Puts the finished file in its place unless something is there. A file system that cannot promise that gets a plain rename:
 * the name holds a time and an address, so nothing of another key can be there. */
static bool publish(int folder, const char *temporary, const char *name)
{
    if (renameat2(folder, temporary, folder, name, RENAME_NOREPLACE) == 0)
        return true;
    return (errno == EINVAL || errno == ENOSYS) && renameat(folder, temporary, folder, name) == 0;
}

static mm_err save_into(int folder, const char *name, mm_bytes text, struct mm_reason *reason)
{
    uint8_t suffix[8];
    randombytes_buf(suffix, sizeof suffix);
    char temporary[] = ".new-0123456789abcdef";
    hex_encode(temporary + 5, MM_BYTES_OF(suffix));
    const int fd =
        openat(folder, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return fail_errno(reason, "creating", name);
    bool done = write_all(fd, text) && fsync(fd) == 0;
    mm_err err = done ? MM_OK : fail_errno(reason, "writing", name);
    done = close(fd) == 0 && done;
    if (err == MM_OK && !(done && publish(folder, temporary, name)))
        err = fail_errno(reason, "naming", name);
    if (err != MM_OK) {
        (void)unlinkat(folder, temporary, 0);
        return err;
    }
    return fsync(folder) == 0 ? MM_OK : fail_errno(reason, "syncing the folder of", name);
}

mm_err keystore_save(const struct keystore *keystore, const char *folder, const char *name,
                     struct mm_reason *reason)
{
    MM_ASSERT(strchr(name, '/') == NULL);
    if (sodium_init() < 0)
        return mm_fail(reason, MM_ERR_CRYPTO, "no source of randomness");
    struct mm_buf buf;
    mm_buf_init(&buf, KEYSTORE_FILE_BYTES_MAX);
    keystore_write(&buf, keystore);
    mm_err err = mm_buf_err(&buf);
    if (err != MM_OK) {
        mm_buf_fini(&buf);
        return mm_fail(reason, err, "writing %s: %s", name, mm_err_text(err));
    }
    const int fd = open_folder(folder);
    if (fd < 0) {
        err = fail_errno(reason, "opening the folder", folder);
    } else {
        err = save_into(fd, name, mm_buf_bytes(&buf), reason);
        (void)close(fd);
    }
    mm_buf_fini(&buf);
    return err;
}
