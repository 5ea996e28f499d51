/* What reaches the disk when: this program's own fdatasync and write stand before the C library's, so that RocksDB calls them. They
 * fail when told to. */
#include <errno.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "state/base/assert.h"
#include "tests/lib/folder.h"
#include "tests/lib/fork.h"
#include "tests/unit/state/store/fixture.h"

static size_t syncs;
static int sync_errno; /* 0: works */

int fdatasync(int fd)
{
    syncs++;
    if (sync_errno != 0) {
        errno = sync_errno;
        return -1;
    }
    return (int)syscall(SYS_fdatasync, fd);
}

static int write_errno; /* 0: works */

ssize_t write(int fd, const void *bytes, size_t len)
{
    if (write_errno != 0 && fd > STDERR_FILENO) {
        errno = write_errno;
        return -1;
    }
    return syscall(SYS_write, fd, bytes, len);
}

static mm_err write_one(struct fixture *f, enum kv_durability durability)
{
    kv_batch_reset(f->batch);
    kv_batch_put(f->batch, POINT, MM_BYTES_LIT("a"), MM_BYTES_LIT("1"));
    kv_batch_put(f->batch, RANGE, MM_BYTES_LIT("a"), MM_BYTES_LIT("1"));
    return kv_write(f->kv, f->batch, durability);
}

Test(kv_rocksdb, a_synced_batch_is_one_fdatasync_and_a_buffered_one_none)
{
    struct fixture f;
    fixture_init(&f, FIXTURE_ROCKSDB);
    syncs = 0;
    cr_assert_eq(write_one(&f, KV_BUFFERED), MM_OK);
    cr_assert_eq(syncs, 0);
    for (size_t i = 1; i <= 10; i++) {
        cr_assert_eq(write_one(&f, KV_SYNCED), MM_OK);
        cr_assert_eq(syncs, i);
    }
    fixture_fini(&f);
}

Test(kv_rocksdb, an_unsynced_store_syncs_no_batch)
{
    struct fixture f = { .kv = NULL };
    folder_make(f.path, "store");
    struct kv_options options = fixture_options;
    options.unsynced = true;
    cr_assert_eq(kv_open_rocksdb(&f.kv, f.path, &options, NULL), MM_OK);
    f.batch = kv_batch_new(f.kv);
    syncs = 0;
    cr_assert_eq(write_one(&f, KV_SYNCED), MM_OK);
    cr_assert_eq(syncs, 0);
    fixture_fini(&f);
}

static void check_failed_write(int number, mm_err expected)
{
    struct fixture f;
    fixture_init(&f, FIXTURE_ROCKSDB);
    put(&f, LARGE, "before", "1");
    sync_errno = number;
    cr_assert_eq(write_one(&f, KV_SYNCED), expected);
    sync_errno = 0;
    cr_assert_eq(write_one(&f, KV_SYNCED), expected,
                 "the disk works again, but what is on it is unknown");
    cr_assert_eq(write_one(&f, KV_BUFFERED), expected);
    CR_TEXT_EQ(get(&f, NULL, LARGE, "before"), "1");
    fixture_reopen(&f);
    CR_TEXT_EQ(get(&f, NULL, LARGE, "before"), "1");
    cr_assert_eq(write_one(&f, KV_SYNCED), MM_OK);
    fixture_fini(&f);
}

Test(kv_rocksdb, after_a_failed_sync_it_refuses_writes_until_it_is_opened_again)
{
    check_failed_write(EIO, MM_ERR_IO);
}

Test(kv_rocksdb, a_full_disk_is_no_space)
{
    check_failed_write(ENOSPC, MM_ERR_NO_SPACE);
}

Test(kv_rocksdb, cannot_be_made_on_a_full_disk)
{
    char path[FOLDER_PATH_BYTES];
    struct kv *kv;
    struct mm_reason reason = { "" };
    folder_make(path, "store");
    sync_errno = ENOSPC;
    cr_assert_eq(kv_open_rocksdb(&kv, path, &fixture_options, &reason), MM_ERR_NO_SPACE);
    sync_errno = 0;
    cr_assert_null(kv);
    cr_assert_not_null(strstr(reason.text, "No space left"), "%s", reason.text);
    cr_assert_eq(kv_open_rocksdb(&kv, path, &fixture_options, &reason), MM_OK, "%s", reason.text);
    kv_close(kv);
    folder_remove(path);
}

static void fail_an_append(const char *path)
{
    struct kv *kv = NULL;
    MM_ASSERT(kv_open_rocksdb(&kv, path, &fixture_options, NULL) == MM_OK);
    struct fixture f = { .kv = kv, .batch = kv_batch_new(kv) };
    MM_ASSERT(write_one(&f, KV_SYNCED) == MM_OK);
    write_errno = ENOSPC;
    MM_ASSERT(write_one(&f, KV_SYNCED) == MM_ERR_NO_SPACE);
    write_errno = 0;
    MM_ASSERT(write_one(&f, KV_SYNCED) == MM_ERR_NO_SPACE);
    kv_batch_free(f.batch);
    kv_close(kv);
}

/* A log that an append failed on must not be used again, closing included: RocksDB ends the process then. Whatever the folder is
 * called. In a process of its own, which ends with the database left open. */
static void check_failed_append(const char *name)
{
    char folder[FOLDER_PATH_BYTES];
    char path[128];
    int status = 0;
    folder_make(folder, "store");
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    const pid_t child = test_fork();
    cr_assert_geq(child, 0);
    if (child == 0) {
        fail_an_append(path);
        _exit(7);
    }
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 7, "status %d", status);
    folder_remove(path);
    folder_remove(folder);
}

Test(kv_rocksdb, closes_after_a_failed_append)
{
    check_failed_append("chain");
}

Test(kv_rocksdb, closes_after_a_failed_append_in_a_folder_with_sync_in_its_name)
{
    check_failed_append("sync");
}
