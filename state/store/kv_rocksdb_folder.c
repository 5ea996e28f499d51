/* The folder of a database: made durably, measured, and looked at for room. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "state/store/kv_internal.h"
#include "state/store/kv_rocksdb_internal.h"

enum { PATH_BYTES_MAX = 4096 };

bool disk_has_room(const char *path, uint64_t bytes)
{
    struct statvfs info;
    if (statvfs(path, &info) != 0)
        return true; /* the write itself will say */
    return (uint64_t)info.f_bavail * info.f_frsize >= DISK_RESERVE_BYTES + bytes;
}

/* Syncs the folder that holds path[0..len): its entries, or a power cut could take a new database as a whole. */
static void sync_parent(const char *path, size_t len)
{
    char parent[PATH_BYTES_MAX] = ".";
    while (len > 0 && path[len - 1] != '/')
        len--;
    if (len > 0) {
        memcpy(parent, path, len);
        parent[len] = '\0';
    }
    const int fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return; /* a folder that we may write to, but not read: some other system's rule, not our failure */
    (void)fsync(fd);
    (void)close(fd);
}

mm_err disk_make_folders(const char *path, struct mm_reason *reason)
{
    char part[PATH_BYTES_MAX];
    const size_t len = strlen(path);
    if (len == 0 || len >= sizeof part)
        return mm_fail(reason, MM_ERR_INVALID, "the path of the database is empty or too long");
    for (size_t at = 1; at <= len; at++) {
        if (path[at] != '/' && path[at] != '\0')
            continue;
        memcpy(part, path, at);
        part[at] = '\0';
        if (mkdir(part, 0700) == 0)
            sync_parent(path, at);
        else if (errno != EEXIST)
            return mm_fail(reason, errno == ENOSPC ? MM_ERR_NO_SPACE : MM_ERR_IO,
                           "cannot make the folder %s: %s", part, strerror(errno));
    }
    return MM_OK;
}

bool disk_exists(const char *path)
{
    char current[PATH_BYTES_MAX];
    const int len = snprintf(current, sizeof current, "%s/CURRENT", path);
    return len > 0 && (size_t)len < sizeof current && access(current, F_OK) == 0;
}

uint64_t disk_size(const char *path)
{
    DIR *dir = opendir(path);
    if (dir == NULL)
        return 0;
    uint64_t size = 0;
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        struct stat info;
        if (fstatat(dirfd(dir), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISREG(info.st_mode))
            size += (uint64_t)info.st_blocks * 512;
    }
    (void)closedir(dir);
    return size;
}
