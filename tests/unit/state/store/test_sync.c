/* What reaches the disk when: this program's own fdatasync stands before the C library's, so that RocksDB calls it. It counts, and
 * fails when told to. */
#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

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
