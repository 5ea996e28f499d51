/* RocksDB's C API reports errors as text: "Kind: detail: path: strerror". The kinds are few and have been the same for ten
 * years; what is not known is an input/output error. */
#include <string.h>

#include "state/store/kv_rocksdb_internal.h"

static bool starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

mm_err disk_err(const char *text)
{
    if (text == NULL)
        return MM_OK;
    if (starts_with(text, "Corruption: "))
        return MM_ERR_CORRUPT;
    if (starts_with(text, "Invalid argument: Column families not opened"))
        return MM_ERR_VERSION;
    if (starts_with(text, "Invalid argument: ") || starts_with(text, "Not implemented: "))
        return MM_ERR_INVALID;
    if (strstr(text, "No space left on device") != NULL || strstr(text, "Space limit") != NULL ||
        strstr(text, "Disk quota exceeded") != NULL)
        return MM_ERR_NO_SPACE;
    /* Another process: "While lock file: …/LOCK: Resource temporarily unavailable". This one: "lock hold by current process". */
    if (starts_with(text, "IO error: ") &&
        (strstr(text, "lock hold by current process") != NULL ||
         (strstr(text, "While lock file") != NULL &&
          strstr(text, "Resource temporarily unavailable") != NULL)))
        return MM_ERR_BUSY;
    return MM_ERR_IO;
}

mm_err disk_err_take(char *taken_text)
{
    const mm_err err = disk_err(taken_text);
    rocksdb_free(taken_text);
    return err;
}

mm_err disk_err_explain(struct mm_reason *reason, const char *path, char *taken_text)
{
    const mm_err err = disk_err(taken_text);
    if (err == MM_ERR_BUSY)
        (void)mm_fail(reason, err, "the database %s is in use by another process", path);
    else if (err == MM_ERR_VERSION)
        (void)mm_fail(reason, err, "the database %s was written by another version: %s", path,
                      strchr(taken_text, ':') + 2);
    else if (err != MM_OK)
        (void)mm_fail(reason, err, "cannot open the database %s: %s", path, taken_text);
    rocksdb_free(taken_text);
    return err;
}
