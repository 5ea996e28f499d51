/* A temporary folder for one test, removed with everything in it. */
#ifndef TESTS_UNIT_NODE_KEYS_FOLDER_H
#define TESTS_UNIT_NODE_KEYS_FOLDER_H

#include <criterion/criterion.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline int folder_remove_entry(const char *path, const struct stat *info, int flag,
                                      struct FTW *place)
{
    (void)info;
    (void)flag;
    (void)place;
    return remove(path);
}

struct folder {
    char path[64];
};

static inline struct folder folder_new(void)
{
    struct folder folder = { "/tmp/mintmark-keys-XXXXXX" };
    cr_assert_not_null(mkdtemp(folder.path));
    return folder;
}

static inline void folder_free(struct folder *folder)
{
    (void)nftw(folder->path, folder_remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

/* folder/name; valid until the next call. */
static inline const char *folder_at(const struct folder *folder, const char *name)
{
    static char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", folder->path, name);
    return path;
}

static inline void folder_put(const struct folder *folder, const char *name, const char *text,
                              size_t len)
{
    FILE *file = fopen(folder_at(folder, name), "wb");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(text, 1, len, file), len);
    cr_assert_eq(fclose(file), 0);
}

#endif
