/* Lines that someone outside causes do not fill the disk. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "node/log/log.h"
#include "tests/lib/folder.h"

static size_t allowed_of(struct log_limit *limit, size_t count, uint64_t now_ms)
{
    size_t allowed = 0;
    uint64_t left_out;
    for (size_t i = 0; i < count; i++)
        allowed += log_limit_allows(limit, &left_out, now_ms);
    return allowed;
}

Test(log, has_so_many_lines_of_a_kind_at_once_and_then_one_in_ten_seconds)
{
    struct log_limit limit = LOG_LIMIT;
    uint64_t now_ms = 5000;
    cr_assert_eq(allowed_of(&limit, 100000, now_ms), LOG_LINES_AT_ONCE);
    size_t allowed = 0;
    for (size_t s = 0; s < 86400; s++) /* a day of them */
        allowed += allowed_of(&limit, 100, now_ms += 1000);
    cr_assert_leq(allowed, 86400 / LOG_LINE_EVERY_S + 1, "%zu", allowed);
    cr_assert_geq(allowed, 86400 / LOG_LINE_EVERY_S - 1, "%zu", allowed);
    now_ms += 1000 * LOG_LINES_AT_ONCE * LOG_LINE_EVERY_S;
    cr_assert_eq(allowed_of(&limit, 1000, now_ms), LOG_LINES_AT_ONCE, "quiet again for long");
}

Test(log, counts_the_lines_that_were_left_out)
{
    struct log_limit limit = LOG_LIMIT;
    uint64_t left_out;
    (void)allowed_of(&limit, LOG_LINES_AT_ONCE + 7, 0);
    cr_assert(log_limit_allows(&limit, &left_out, 1000 * LOG_LINE_EVERY_S));
    cr_assert_eq(left_out, 7);
    cr_assert(log_limit_allows(&limit, &left_out, 1000 * LOG_LINE_EVERY_S * 3));
    cr_assert_eq(left_out, 0);
}

/* Lines in the file that standard error is. */
static size_t count_lines(const char *path, const char *word)
{
    char line[4096];
    size_t count = 0;
    FILE *file = fopen(path, "rb");
    cr_assert_not_null(file);
    while (fgets(line, sizeof line, file) != NULL)
        count += strstr(line, word) != NULL;
    cr_assert_eq(fclose(file), 0);
    return count;
}

Test(log, of_one_kind_does_not_keep_another_from_being_written)
{
    static struct log_limit peers = LOG_LIMIT, bans = LOG_LIMIT;
    char folder[FOLDER_PATH_BYTES];
    char path[FOLDER_PATH_BYTES + 8];
    folder_make(folder, "log");
    (void)snprintf(path, sizeof path, "%s/log", folder);
    const int err = dup(STDERR_FILENO);
    const int file = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
    cr_assert(err >= 0 && file >= 0 && dup2(file, STDERR_FILENO) >= 0);
    log_init(NODE_LOG_TEXT, false);
    for (size_t i = 0; i < 5000; i++)
        log_limited(&peers, LOG_INFO, "peer left", "id=%zu", i);
    log_limited(&bans, LOG_WARN, "a peer is banned", NULL);
    cr_assert(dup2(err, STDERR_FILENO) >= 0);
    cr_assert_eq(close(err), 0);
    cr_assert_eq(close(file), 0);
    cr_assert_leq(count_lines(path, "peer left"), LOG_LINES_AT_ONCE + 1);
    cr_assert_geq(count_lines(path, "peer left"), LOG_LINES_AT_ONCE);
    cr_assert_eq(count_lines(path, "a peer is banned"), 1);
    folder_remove(folder);
}
