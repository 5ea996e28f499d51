/* Files that are written whole. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/files.h"
#include "tests/lib/folder.h"

enum { PATH_BYTES = 128 };

static char folder[FOLDER_PATH_BYTES];
static char path[PATH_BYTES], beside[PATH_BYTES], other[PATH_BYTES];
static struct mm_reason reason;

static void begin(void)
{
    folder_make(folder, "files");
    (void)snprintf(path, sizeof path, "%s/key", folder);
    (void)snprintf(beside, sizeof beside, "%s/key.new", folder);
    (void)snprintf(other, sizeof other, "%s/other", folder);
}

static void end(void)
{
    folder_remove(folder);
}

TestSuite(files, .init = begin, .fini = end);

static void put(const char *name, const char *text, mode_t mode)
{
    FILE *file = fopen(name, "wb");
    cr_assert_not_null(file);
    cr_assert_geq(fputs(text, file), 0);
    cr_assert_eq(fclose(file), 0);
    cr_assert_eq(chmod(name, mode), 0);
}

static void expect(const char *name, const char *text)
{
    uint8_t memory[64];
    struct mm_buf buf = mm_buf_over(memory, sizeof memory);
    cr_assert_eq(file_read(&buf, name, &reason), MM_OK, "%s", reason.text);
    cr_assert(mm_bytes_equal(mm_buf_bytes(&buf), mm_bytes_str(text)));
}

/* It is a file of its owner's alone, and nothing is left beside it. */
static void replace(void)
{
    struct stat status;
    cr_assert_eq(file_replace(path, MM_BYTES_LIT("secret"), &reason), MM_OK, "%s", reason.text);
    expect(path, "secret");
    cr_assert_eq(lstat(path, &status), 0);
    cr_assert(S_ISREG(status.st_mode));
    cr_assert_eq(status.st_mode & 0777, 0600, "%o", (unsigned)status.st_mode);
    cr_assert_eq(lstat(beside, &status), -1);
}

Test(files, are_replaced_whole)
{
    replace();
    replace();
}

Test(files, that_an_earlier_try_left_beside_do_not_lend_their_mode)
{
    put(beside, "half", 0666);
    put(path, "old", 0644);
    replace();
}

/* Whoever made the link would read the key, or have a file of its owner's overwritten. */
Test(files, that_are_links_are_not_followed)
{
    put(other, "untouched", 0644);
    cr_assert_eq(symlink(other, beside), 0);
    replace();
    expect(other, "untouched");
    cr_assert_eq(unlink(path), 0);
    cr_assert_eq(symlink(other, path), 0);
    replace();
    expect(other, "untouched");
}

/* Who holds it open would read what is written next. */
Test(files, that_an_earlier_try_left_beside_are_not_written_into)
{
    char text[8];
    put(beside, "", 0666);
    const int file = open(beside, O_RDONLY);
    cr_assert_geq(file, 0);
    replace();
    cr_assert_eq(read(file, text, sizeof text), 0);
    cr_assert_eq(close(file), 0);
}

Test(files, that_cannot_be_replaced_stay_as_they_were)
{
    put(path, "old", 0600);
    cr_assert_eq(mkdir(beside, 0700), 0);
    cr_assert_eq(file_replace(path, MM_BYTES_LIT("secret"), &reason), MM_ERR_IO);
    cr_assert_not_null(strstr(reason.text, beside));
    expect(path, "old");
}
