#include "tests/lib/fork.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE_MS = 5000, PATH_BYTES = 300, LINE_BYTES = 512 };

/* The state stands behind the name, which may have anything in it but is in parentheses. */
static bool rests(const char *thread)
{
    char path[PATH_BYTES];
    char line[LINE_BYTES] = "";
    (void)snprintf(path, sizeof path, "/proc/self/task/%s/stat", thread);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return true; /* it has ended */
    const bool has_line = fgets(line, sizeof line, file) != NULL;
    (void)fclose(file);
    const char *end = has_line ? strrchr(line, ')') : NULL;
    return end != NULL && end[1] == ' ' && end[2] != 'R';
}

static bool all_rest(void)
{
    DIR *threads = opendir("/proc/self/task");
    bool rest = threads != NULL;
    for (struct dirent *entry; rest && (entry = readdir(threads)) != NULL;) {
        if (entry->d_name[0] != '.' && strtol(entry->d_name, NULL, 10) != gettid())
            rest = rests(entry->d_name);
    }
    if (threads != NULL)
        (void)closedir(threads);
    return rest;
}

pid_t test_fork(void)
{
    for (int ms = 0; ms < PATIENCE_MS && !all_rest(); ms++)
        (void)nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
    return fork();
}
