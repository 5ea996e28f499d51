#include <criterion/criterion.h>
#include <stdio.h>

#include "node/log/log.h"
#include "node/token_file.h"
#include "state/base/bytes.h"
#include "tests/lib/folder.h"

static char folder[FOLDER_PATH_BYTES], path[FOLDER_PATH_BYTES + 16];
static char token[TOKEN_FILE_MAX + 1];
static struct mm_reason reason;

static void begin(void)
{
    log_init(NODE_LOG_TEXT, true);
    folder_make(folder, "token");
    (void)snprintf(path, sizeof path, "%s/token", folder);
}

static void end(void)
{
    folder_remove(folder);
}

TestSuite(token_file, .init = begin, .fini = end);

static mm_err read_text(const char *text)
{
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    cr_assert_geq(fputs(text, file), 0);
    cr_assert_eq(fclose(file), 0);
    return token_file_read(token, path, &reason);
}

Test(token_file, is_one_line)
{
    cr_assert_eq(read_text("abcdefghijklmnop\n"), MM_OK, "%s", reason.text);
    cr_assert_str_eq(token, "abcdefghijklmnop");
    cr_assert_eq(read_text("AZaz09-._~+/AZaz09=="), MM_OK);
    cr_assert_str_eq(token, "AZaz09-._~+/AZaz09==");
}

Test(token_file, of_other_characters_or_another_length_is_none)
{
    static const char *const texts[] = { "",
                                         "abcdefghijklmno",
                                         "abcdefgh ijklmnop",
                                         "abcdefghijklmnop\nabcdefghijklmnop",
                                         "abcdefgh=ijklmnop",
                                         "================",
                                         "abcdefghijklmn\xc3\xa4",
                                         "abcdefghijklmnop\r\nX: y" };
    char longest[TOKEN_FILE_MAX + 2];
    for (size_t i = 0; i < MM_COUNT_OF(texts); i++) {
        cr_assert_eq(read_text(texts[i]), MM_ERR_INVALID, "%zu", i);
        cr_assert_not_null(strstr(reason.text, path), "%s", reason.text);
    }
    memset(longest, 'x', sizeof longest);
    longest[TOKEN_FILE_MAX + 1] = '\0';
    cr_assert_eq(read_text(longest), MM_ERR_INVALID);
    longest[TOKEN_FILE_MAX] = '\0';
    cr_assert_eq(read_text(longest), MM_OK);
}

Test(token_file, that_is_not_there_is_named)
{
    cr_assert_eq(token_file_read(token, "/nowhere/token", &reason), MM_ERR_NOT_FOUND);
    cr_assert_not_null(strstr(reason.text, "/nowhere/token"));
}
