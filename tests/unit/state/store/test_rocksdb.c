/* The store on disk: what survives, and what an open says when it cannot. */
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "state/store/kv_rocksdb_internal.h"
#include "tests/lib/fork.h"
#include "tests/unit/state/store/fixture.h"

Test(kv_rocksdb, reopening_keeps_all_families)
{
    struct fixture f;
    fixture_init(&f, FIXTURE_ROCKSDB);
    put(&f, POINT, "a", "1");
    put(&f, RANGE, "b", "2");
    put(&f, LARGE, "c", "3");
    fixture_reopen(&f);
    fixture_reopen(&f);
    CR_TEXT_EQ(list(&f, NULL, POINT), "a=1 ");
    CR_TEXT_EQ(list(&f, NULL, RANGE), "b=2 ");
    CR_TEXT_EQ(list(&f, NULL, LARGE), "c=3 ");
    fixture_fini(&f);
}

Test(kv_rocksdb, makes_the_folders_above_the_database)
{
    char root[FOLDER_PATH_BYTES], path[128];
    folder_make(root, "store");
    (void)snprintf(path, sizeof path, "%s/data/chain", root);
    struct kv *kv;
    cr_assert_eq(kv_open_rocksdb(&kv, path, &fixture_options, NULL), MM_OK);
    kv_close(kv);
    folder_remove(root);
}

Test(kv_rocksdb, without_create_an_empty_folder_is_not_a_database_and_stays_empty)
{
    char path[FOLDER_PATH_BYTES];
    folder_make(path, "store");
    struct kv_options options = fixture_options;
    options.create = false;
    struct kv *kv;
    struct mm_reason reason;
    cr_assert_eq(kv_open_rocksdb(&kv, path, &options, &reason), MM_ERR_NOT_FOUND);
    cr_assert_null(kv);
    cr_assert_not_null(strstr(reason.text, path));
    cr_assert_eq(rmdir(path), 0, "nothing was left in it");
}

Test(kv_rocksdb, a_second_open_is_busy_and_says_so)
{
    struct fixture f;
    fixture_init(&f, FIXTURE_ROCKSDB);
    struct kv *second;
    struct mm_reason reason;
    cr_assert_eq(kv_open_rocksdb(&second, f.path, &fixture_options, &reason), MM_ERR_BUSY);
    cr_assert_null(second);
    put(&f, POINT, "a", "1"); /* the first goes on */
    CR_TEXT_EQ(get(&f, NULL, POINT, "a"), "1");
    fixture_fini(&f);
}

/* Runs in a child: opens the store of the fixture's folder, says so, and waits to be killed. */
static void hold_open(const char *path, int ready)
{
    struct kv *kv;
    const char answer = kv_open_rocksdb(&kv, path, &fixture_options, NULL) == MM_OK ? 'y' : 'n';
    if (write(ready, &answer, 1) == 1)
        (void)pause();
    _exit(1);
}

Test(kv_rocksdb, a_database_of_another_process_is_busy_until_it_ends)
{
    char path[FOLDER_PATH_BYTES], answer = 0;
    int ready[2];
    folder_make(path, "store");
    cr_assert_eq(pipe(ready), 0);
    const pid_t child = test_fork();
    if (child == 0)
        hold_open(path, ready[1]);
    cr_assert_eq(read(ready[0], &answer, 1), 1);
    cr_assert_eq(answer, 'y');
    struct kv *kv;
    struct mm_reason reason;
    cr_assert_eq(kv_open_rocksdb(&kv, path, &fixture_options, &reason), MM_ERR_BUSY);
    cr_assert_not_null(strstr(reason.text, "in use by another process"), "%s", reason.text);
    cr_assert_eq(kill(child, SIGKILL), 0);
    cr_assert_eq(waitpid(child, NULL, 0), child);
    cr_assert_eq(kv_open_rocksdb(&kv, path, &fixture_options, &reason), MM_OK);
    kv_close(kv);
    folder_remove(path);
}

/* Runs in a child: writes numbered batches over two families, and reports each one that kv_write said is synced. */
static void write_until_killed(const char *path, int report)
{
    struct kv *kv;
    if (kv_open_rocksdb(&kv, path, &fixture_options, NULL) != MM_OK)
        _exit(1);
    struct kv_batch *batch = kv_batch_new(kv);
    for (uint32_t number = 1;; number++) {
        const mm_bytes key = mm_bytes_from(&number, sizeof number);
        kv_batch_reset(batch);
        kv_batch_put(batch, POINT, key, key);
        kv_batch_put(batch, RANGE, key, key);
        if (kv_write(kv, batch, KV_SYNCED) != MM_OK)
            _exit(2);
        if (write(report, &number, sizeof number) != sizeof number)
            _exit(3);
    }
}

/* Runs in a child: bulk batches of one family, and behind each third a batch through the log that says how many there were. */
static void write_bulk_until_killed(const char *path, int report)
{
    struct kv *kv;
    static uint8_t value[20000];
    if (kv_open_rocksdb(&kv, path, &fixture_options, NULL) != MM_OK)
        _exit(1);
    struct kv_batch *batch = kv_batch_new(kv);
    for (uint32_t number = 1;; number++) {
        const mm_bytes key = mm_bytes_from(&number, sizeof number);
        kv_batch_reset(batch);
        kv_batch_put(batch, LARGE, key, MM_BYTES_OF(value));
        if (kv_write(kv, batch, KV_BULK) != MM_OK)
            _exit(2);
        if (number % 3 != 0)
            continue;
        kv_batch_reset(batch);
        kv_batch_put(batch, POINT, key, key);
        if (kv_write(kv, batch, number % 2 == 0 ? KV_SYNCED : KV_BUFFERED) != MM_OK)
            _exit(3);
        if (write(report, &number, sizeof number) != sizeof number)
            _exit(4);
    }
}

Test(kv_rocksdb, what_went_into_the_log_behind_a_bulk_batch_is_never_there_without_it)
{
    char path[FOLDER_PATH_BYTES];
    int report[2];
    folder_make(path, "store");
    cr_assert_eq(pipe(report), 0);
    const pid_t child = test_fork();
    if (child == 0)
        write_bulk_until_killed(path, report[1]);
    (void)close(report[1]);
    uint32_t shown = 0, last = 0;
    while (shown < 60 && read(report[0], &last, sizeof last) == sizeof last)
        shown = last;
    cr_assert_eq(kill(child, SIGKILL), 0);
    cr_assert_eq(waitpid(child, NULL, 0), child);
    while (read(report[0], &last, sizeof last) == sizeof last)
        shown = last;
    struct kv *kv;
    struct mm_buf value;
    mm_buf_init(&value, 20000);
    cr_assert_eq(kv_open_rocksdb(&kv, path, &fixture_options, NULL), MM_OK);
    size_t rows = 0;
    for (uint32_t number = 3;; number += 3, rows++) {
        if (kv_get(kv, NULL, POINT, mm_bytes_from(&number, sizeof number), &value) != MM_OK)
            break;
        for (uint32_t before = 1; before <= number; before++)
            cr_assert_eq(kv_get(kv, NULL, LARGE, mm_bytes_from(&before, sizeof before), &value),
                         MM_OK);
    }
    cr_assert_geq(3 * rows, shown); /* the process was killed, not the machine: the log has all */
    mm_buf_fini(&value);
    kv_close(kv);
    folder_remove(path);
}

Test(kv_rocksdb, a_familys_size_is_of_its_tables_alone)
{
    struct fixture f;
    fixture_init(&f, FIXTURE_ROCKSDB);
    for (uint32_t i = 0; i < 10000; i++)
        kv_batch_put(f.batch, POINT, mm_bytes_from(&i, sizeof i), mm_bytes_from(&i, sizeof i));
    write_batch(&f);
    cr_assert_eq(kv_family_bytes(f.kv, POINT), 0, "it is in memory");
    fixture_reopen(&f);
    cr_assert_gt(kv_family_bytes(f.kv, POINT), 10000 * sizeof(uint32_t));
    cr_assert_eq(kv_family_bytes(f.kv, RANGE), 0);
    for (size_t bytes = 16; bytes <= 16 << 20; bytes *= 1024) {
        kv_cache_resize(f.kv, bytes);
        struct mm_buf value;
        mm_buf_init(&value, sizeof(uint32_t));
        for (uint32_t i = 0; i < 10000; i += 100) {
            cr_assert_eq(kv_get(f.kv, NULL, POINT, mm_bytes_from(&i, sizeof i), &value), MM_OK);
            cr_assert(mm_bytes_equal(mm_buf_bytes(&value), mm_bytes_from(&i, sizeof i)));
        }
        mm_buf_fini(&value);
    }
    fixture_fini(&f);
}

/* What stands in blob files can be given back: a compaction on purpose leaves only what is wanted. */
Test(kv_rocksdb, compacting_gives_back_what_deleted_large_values_took)
{
    struct fixture f;
    fixture_init(&f, FIXTURE_ROCKSDB);
    static uint8_t value[100000];
    for (uint32_t i = 0; i < 100; i++) {
        memcpy(value, &i, sizeof i);
        kv_batch_put(f.batch, LARGE, mm_bytes_from(&i, sizeof i), MM_BYTES_OF(value));
    }
    cr_assert_eq(kv_write(f.kv, f.batch, KV_BULK), MM_OK);
    kv_batch_reset(f.batch);
    cr_assert_eq(kv_compact(f.kv, 0), MM_OK);
    const uint64_t full = kv_size_bytes(f.kv);
    for (uint32_t i = 0; i < 100; i++)
        if (i % 10 != 0)
            kv_batch_del(f.batch, LARGE, mm_bytes_from(&i, sizeof i));
    write_batch(&f);
    cr_assert_eq(kv_compact(f.kv, 0), MM_OK);
    cr_assert_lt(kv_size_bytes(f.kv), full / 2);
    struct mm_buf out;
    mm_buf_init(&out, sizeof value);
    for (uint32_t i = 0; i < 100; i += 10) {
        cr_assert_eq(kv_get(f.kv, NULL, LARGE, mm_bytes_from(&i, sizeof i), &out), MM_OK);
        cr_assert_eq(memcmp(mm_buf_bytes(&out).ptr, &i, sizeof i), 0);
    }
    mm_buf_fini(&out);
    fixture_fini(&f);
}

Test(kv_rocksdb, checksums_are_as_published_and_the_librarys_own_name_is_ours)
{
    cr_assert(disk_crc32c_check());
#if defined(__x86_64__)
    /* RFC 3720, appendix B.4 */
    uint8_t bytes[32];
    memset(bytes, 0, sizeof bytes);
    cr_assert_eq(disk_crc32c_extend(0, (const char *)bytes, 32), 0x8a9136aau);
    memset(bytes, 0xff, sizeof bytes);
    cr_assert_eq(disk_crc32c_extend(0, (const char *)bytes, 32), 0x62a8ab43u);
    for (uint8_t i = 0; i < 32; i++)
        bytes[i] = i;
    cr_assert_eq(disk_crc32c_extend(0, (const char *)bytes, 32), 0x46dd794eu);
    for (size_t cut = 0; cut <= 32; cut++)
        cr_assert_eq(disk_crc32c_extend(disk_crc32c_extend(0, (const char *)bytes, cut),
                                        (const char *)bytes + cut, 32 - cut),
                     0x46dd794eu);
    void *in_library = dlsym(RTLD_DEFAULT, "_ZN7rocksdb6crc32c6ExtendEjPKcm");
    cr_assert_eq((uintptr_t)in_library, (uintptr_t)&disk_crc32c_extend);
#endif
}

Test(kv_rocksdb, a_process_killed_after_synced_writes_lost_none_of_them)
{
    struct fixture f = { .kv = NULL };
    int report[2];
    folder_make(f.path, "store");
    cr_assert_eq(pipe(report), 0);
    const pid_t child = test_fork();
    if (child == 0)
        write_until_killed(f.path, report[1]);
    (void)close(report[1]);
    uint32_t shown = 0, last = 0;
    while (shown < 300 && read(report[0], &last, sizeof last) == sizeof last)
        shown = last;
    cr_assert_eq(shown, 300);
    cr_assert_eq(kill(child, SIGKILL), 0);
    cr_assert_eq(waitpid(child, NULL, 0), child);
    while (read(report[0], &last, sizeof last) == sizeof last)
        shown = last; /* it wrote on before the signal came */
    struct kv *kv;
    cr_assert_eq(kv_open_rocksdb(&kv, f.path, &fixture_options, NULL), MM_OK);
    struct mm_buf value;
    mm_buf_init(&value, 100);
    for (uint32_t number = 1; number <= shown; number++) {
        const mm_bytes key = mm_bytes_from(&number, sizeof number);
        cr_assert_eq(kv_get(kv, NULL, POINT, key, &value), MM_OK);
        cr_assert(mm_bytes_equal(mm_buf_bytes(&value), key));
        cr_assert_eq(kv_get(kv, NULL, RANGE, key, &value), MM_OK);
    }
    mm_buf_fini(&value);
    kv_close(kv);
    folder_remove(f.path);
}

/* The newest file of the folder whose name ends so: RocksDB numbers its files. */
static void newest_file(const char *folder, const char *ending, char path[512])
{
    DIR *dir = opendir(folder);
    cr_assert_not_null(dir);
    char newest[256] = "";
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        const size_t len = strlen(entry->d_name);
        if (len > strlen(ending) && strcmp(entry->d_name + len - strlen(ending), ending) == 0 &&
            strcmp(entry->d_name, newest) > 0)
            (void)snprintf(newest, sizeof newest, "%s", entry->d_name);
    }
    (void)closedir(dir);
    cr_assert_neq(newest[0], '\0', "no *%s in %s", ending, folder);
    (void)snprintf(path, 512, "%s/%s", folder, newest);
}

enum { TORN_WRITES = 100 };

static void number_key(char key[16], int number)
{
    (void)snprintf(key, 16, "%04d", number);
}

/* Runs in a child: a hundred synced batches over two families, and no clean close, so that all of it stands in the log. */
static void write_and_die(const char *path)
{
    struct fixture f = { .kv = NULL };
    char key[16];
    if (kv_open_rocksdb(&f.kv, path, &fixture_options, NULL) != MM_OK)
        _exit(1);
    f.batch = kv_batch_new(f.kv);
    for (int i = 0; i < TORN_WRITES; i++) {
        number_key(key, i);
        kv_batch_reset(f.batch);
        kv_batch_put(f.batch, POINT, mm_bytes_str(key), mm_bytes_str(key));
        kv_batch_put(f.batch, RANGE, mm_bytes_str(key), mm_bytes_str(key));
        if (kv_write(f.kv, f.batch, KV_SYNCED) != MM_OK)
            _exit(2);
    }
    _exit(0);
}

/* Has a child write and die, hurts the end of the log, and opens again: what is there is a prefix, the same in both families,
 * and it lacks little. Then the store must take new writes and keep them. */
static void check_torn(void (*hurt)(int fd, off_t size), int least)
{
    struct fixture f = { .kv = NULL };
    char log[512], key[16];
    int status;
    folder_make(f.path, "store");
    const pid_t child = test_fork();
    if (child == 0)
        write_and_die(f.path);
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    newest_file(f.path, ".log", log);
    const int fd = open(log, O_RDWR);
    struct stat info;
    cr_assert_geq(fd, 0);
    cr_assert_eq(fstat(fd, &info), 0);
    hurt(fd, info.st_size);
    (void)close(fd);
    struct mm_reason reason = { "" };
    cr_assert_eq(kv_open_rocksdb(&f.kv, f.path, &fixture_options, &reason), MM_OK, "%s",
                 reason.text);
    f.batch = kv_batch_new(f.kv);
    int kept = 0;
    for (number_key(key, 0); kept < TORN_WRITES && get(&f, NULL, POINT, key) != NULL;
         number_key(key, kept)) {
        cr_assert_not_null(get(&f, NULL, RANGE, key));
        kept++;
    }
    cr_assert_geq(kept, least);
    cr_assert_lt(kept, TORN_WRITES, "the harm was seen");
    for (int i = kept; i < TORN_WRITES; i++) {
        number_key(key, i);
        cr_assert_null(get(&f, NULL, POINT, key), "a prefix has no holes");
        cr_assert_null(get(&f, NULL, RANGE, key));
    }
    put(&f, POINT, "after", "1");
    fixture_reopen(&f);
    CR_TEXT_EQ(get(&f, NULL, POINT, "after"), "1");
    number_key(key, kept - 1);
    cr_assert_not_null(get(&f, NULL, POINT, key));
    fixture_fini(&f);
}

static void cut_tail(int fd, off_t size)
{
    cr_assert_eq(ftruncate(fd, size - 5), 0);
}

static void garble_tail(int fd, off_t size)
{
    static const char garbage[] = "garbage";
    cr_assert_eq(pwrite(fd, garbage, 7, size - 9), 7);
}

static void garble_middle(int fd, off_t size)
{
    static const char garbage[] = "garbage";
    cr_assert_eq(pwrite(fd, garbage, 7, size / 2), 7);
}

Test(kv_rocksdb, opens_with_a_torn_log_and_lacks_only_the_torn_batch)
{
    check_torn(cut_tail, TORN_WRITES - 1);
}

Test(kv_rocksdb, opens_with_garbage_at_the_end_of_the_log)
{
    check_torn(garble_tail, TORN_WRITES - 1);
}

Test(kv_rocksdb, has_nothing_behind_damage_in_the_log)
{
    check_torn(garble_middle, TORN_WRITES / 4);
}

Test(kv_rocksdb, a_damaged_table_is_corrupt)
{
    struct fixture f;
    char table[512];
    fixture_init(&f, FIXTURE_ROCKSDB);
    for (int i = 0; i < 1000; i++) {
        char key[16];
        number_key(key, i);
        kv_batch_put(f.batch, POINT, mm_bytes_str(key), mm_bytes_str(key));
    }
    write_batch(&f);
    cr_assert_eq(kv_compact(f.kv, 0), MM_OK);
    kv_batch_free(f.batch);
    kv_close(f.kv);
    newest_file(f.path, ".sst", table);
    const int fd = open(table, O_RDWR);
    cr_assert_eq(pwrite(fd, "garbage", 7, 100), 7);
    (void)close(fd);
    mm_err err = kv_open_rocksdb(&f.kv, f.path, &fixture_options, NULL);
    if (err == MM_OK) { /* only the data block is hurt, so it may be seen at the first read */
        struct mm_buf value;
        mm_buf_init(&value, 100);
        err = kv_get(f.kv, NULL, POINT, MM_BYTES_LIT("0000"), &value);
        cr_assert_eq(value.len, 0);
        mm_buf_fini(&value);
        struct kv_iter *iter = kv_iter_new(f.kv, NULL, POINT);
        kv_iter_seek(iter, MM_BYTES_LIT(""));
        cr_assert_not(kv_iter_valid(iter));
        cr_assert_eq(kv_iter_err(iter), MM_ERR_CORRUPT);
        kv_iter_free(iter);
        kv_close(f.kv);
    }
    cr_assert_eq(err, MM_ERR_CORRUPT);
    folder_remove(f.path);
}

Test(kv_rocksdb, a_missing_table_stops_the_open)
{
    struct fixture f;
    char table[512];
    fixture_init(&f, FIXTURE_ROCKSDB);
    put(&f, POINT, "a", "1");
    cr_assert_eq(kv_compact(f.kv, 0), MM_OK);
    kv_batch_free(f.batch);
    kv_close(f.kv);
    newest_file(f.path, ".sst", table);
    cr_assert_eq(unlink(table), 0);
    struct mm_reason reason = { "" };
    cr_assert_eq(kv_open_rocksdb(&f.kv, f.path, &fixture_options, &reason), MM_ERR_CORRUPT);
    cr_assert_null(f.kv);
    cr_assert_neq(reason.text[0], '\0');
    folder_remove(f.path);
}

Test(kv_rocksdb, a_family_it_does_not_know_is_another_version)
{
    struct fixture f;
    fixture_init(&f, FIXTURE_ROCKSDB);
    kv_batch_free(f.batch);
    kv_close(f.kv);
    struct kv_options fewer = fixture_options;
    fewer.family_count--;
    struct mm_reason reason;
    cr_assert_eq(kv_open_rocksdb(&f.kv, f.path, &fewer, &reason), MM_ERR_VERSION);
    cr_assert_not_null(strstr(reason.text, "large"), "%s", reason.text);
    folder_remove(f.path);
}

Test(kv_rocksdb, a_family_that_is_missing_is_made)
{
    struct fixture f = { .kv = NULL };
    folder_make(f.path, "store");
    struct kv_options fewer = fixture_options;
    fewer.family_count--;
    cr_assert_eq(kv_open_rocksdb(&f.kv, f.path, &fewer, NULL), MM_OK);
    kv_close(f.kv);
    cr_assert_eq(kv_open_rocksdb(&f.kv, f.path, &fixture_options, NULL), MM_OK);
    f.batch = kv_batch_new(f.kv);
    put(&f, LARGE, "a", "1");
    fixture_reopen(&f);
    CR_TEXT_EQ(get(&f, NULL, LARGE, "a"), "1");
    fixture_fini(&f);
}

Test(kv_rocksdb, a_path_that_is_a_file_is_an_error_with_a_reason)
{
    struct kv *kv;
    struct mm_reason reason = { "" };
    cr_assert_eq(kv_open_rocksdb(&kv, "/proc/version/chain", &fixture_options, &reason), MM_ERR_IO);
    cr_assert_not_null(strstr(reason.text, "/proc/version"), "%s", reason.text);
}
