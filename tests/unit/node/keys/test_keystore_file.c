#include <dirent.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "node/keys/keystore.h"
#include "tests/unit/node/keys/folder.h"

static struct keystore some_keystore(void)
{
    uint8_t key[32] = { 5 };
    struct secp_secret *secret = secp_secret_new(key);
    struct keystore keystore;
    cr_assert_eq(keystore_encrypt(&keystore, secret, MM_BYTES_LIT("x"), KEYSTORE_LIGHT, NULL),
                 MM_OK);
    secp_secret_free(secret);
    return keystore;
}

static size_t files_in(const char *path)
{
    DIR *dir = opendir(path);
    cr_assert_not_null(dir);
    size_t count = 0;
    for (const struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir))
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    (void)closedir(dir);
    return count;
}

Test(keystore_file, is_saved_for_its_owner_alone_and_loads_again)
{
    struct folder folder = folder_new();
    char inner[128];
    (void)snprintf(inner, sizeof inner, "%s/keystore", folder.path);
    const struct keystore keystore = some_keystore();
    cr_assert_eq(keystore_save(&keystore, inner, "key", NULL), MM_OK);
    struct stat info;
    cr_assert_eq(stat(inner, &info), 0);
    cr_assert_eq(info.st_mode & 0777, 0700);
    cr_assert_eq(stat(folder_at(&folder, "keystore/key"), &info), 0);
    cr_assert_eq(info.st_mode & 0777, 0600);
    cr_assert_eq(files_in(inner), 1);
    struct keystore back;
    cr_assert_eq(keystore_load(&back, folder_at(&folder, "keystore/key"), NULL), MM_OK);
    cr_assert_str_eq(back.id, keystore.id);
    cr_assert(mm_hash_equal(&back.mac, &keystore.mac));
    folder_free(&folder);
}

Test(keystore_file, never_replaces_another)
{
    struct folder folder = folder_new();
    folder_put(&folder, "key", "precious", 8);
    const struct keystore keystore = some_keystore();
    struct mm_reason reason;
    cr_assert_eq(keystore_save(&keystore, folder.path, "key", &reason), MM_ERR_EXISTS);
    struct stat info;
    cr_assert_eq(stat(folder_at(&folder, "key"), &info), 0);
    cr_assert_eq(info.st_size, 8);
    cr_assert_eq(files_in(folder.path), 1);
    folder_free(&folder);
}

Test(keystore_file, a_write_that_fails_leaves_nothing_behind)
{
    struct folder folder = folder_new();
    const struct keystore keystore = some_keystore();
    /* Files of this process may not grow past 100 bytes: the write stops in the middle. */
    (void)signal(SIGXFSZ, SIG_IGN);
    struct rlimit old;
    cr_assert_eq(getrlimit(RLIMIT_FSIZE, &old), 0);
    const struct rlimit small = { 100, old.rlim_max };
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
    const mm_err err = keystore_save(&keystore, folder.path, "key", NULL);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &old), 0);
    cr_assert_eq(err, MM_ERR_IO);
    cr_assert_eq(files_in(folder.path), 0);
    folder_free(&folder);
}

Test(keystore_file, refuses_large_files_folders_pipes_and_absent_ones)
{
    struct folder folder = folder_new();
    static char large[KEYSTORE_FILE_BYTES_MAX + 1];
    memset(large, ' ', sizeof large);
    folder_put(&folder, "large", large, sizeof large);
    cr_assert_eq(mkfifo(folder_at(&folder, "pipe"), 0600), 0);
    struct keystore keystore;
    struct mm_reason reason;
    cr_assert_eq(keystore_load(&keystore, folder_at(&folder, "large"), &reason), MM_ERR_LIMIT);
    cr_assert_eq(keystore_load(&keystore, folder_at(&folder, "pipe"), &reason), MM_ERR_INVALID);
    cr_assert_eq(keystore_load(&keystore, folder.path, &reason), MM_ERR_INVALID);
    folder_put(&folder, "torn", "{\"version\":3", 12);
    cr_assert_neq(keystore_load(&keystore, folder_at(&folder, "torn"), &reason), MM_OK);
    cr_assert_not_null(strstr(reason.text, "/torn: "), "%s", reason.text);
    cr_assert_eq(keystore_load(&keystore, folder_at(&folder, "absent"), &reason), MM_ERR_NOT_FOUND);
    cr_assert_not_null(strstr(reason.text, "absent"));
    folder_free(&folder);
}

Test(keystore_file, does_not_make_more_than_one_folder)
{
    struct folder folder = folder_new();
    const struct keystore keystore = some_keystore();
    cr_assert_eq(keystore_save(&keystore, folder_at(&folder, "a/b"), "key", NULL),
                 MM_ERR_NOT_FOUND);
    folder_free(&folder);
}
