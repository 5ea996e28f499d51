/* A temporary folder for one test, removed with everything in it. */
#ifndef TESTS_UNIT_NODE_KEYS_FOLDER_H
#define TESTS_UNIT_NODE_KEYS_FOLDER_H

#include <criterion/criterion.h>
#include <stdio.h>

#include "tests/lib/folder.h"

struct folder {
    char path[FOLDER_PATH_BYTES];
};

static inline struct folder folder_new(void)
{
    struct folder folder;
    folder_make(folder.path, "keys");
    return folder;
}

static inline void folder_free(struct folder *folder)
{
    folder_remove(folder->path);
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
