#include "tests/lib/folder.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "state/base/assert.h"

void folder_make(char path[FOLDER_PATH_BYTES], const char *what)
{
    const int len = snprintf(path, FOLDER_PATH_BYTES, "/tmp/mintmark-%s-XXXXXX", what);
    MM_ASSERT(len > 0 && len < FOLDER_PATH_BYTES);
    MM_ASSERT(mkdtemp(path) != NULL);
}

static int remove_entry(const char *path, const struct stat *info, int flag, struct FTW *place)
{
    (void)info;
    (void)flag;
    (void)place;
    return remove(path);
}

void folder_remove(const char *path)
{
    MM_ASSERT(nftw(path, remove_entry, 8, FTW_DEPTH | FTW_PHYS) == 0 || access(path, F_OK) != 0);
}
