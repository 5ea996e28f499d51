/* What programs that kill nodes have in common: answers, and the check of what a kill left behind. All of them end the program
 * when something is wrong. */
#ifndef TESTS_E2E_CRASH_COMMON_H
#define TESTS_E2E_CRASH_COMMON_H

#include "tests/lib/door.h"

enum {
    CRASH_READY_MS = 60000,
    CRASH_FOLDER_BYTES = 64,
    CRASH_COPY_BYTES = CRASH_FOLDER_BYTES + 16,
};

void crash_fail(const char *what);
void crash_sleep_ms(uint64_t ms);

/* A node's folder, and where a copy of it is checked. */
struct crash_folder {
    char path[CRASH_FOLDER_BYTES];
    char copy[CRASH_COPY_BYTES];
};
void crash_folder_make(struct crash_folder *folder);
void crash_folder_remove(const struct crash_folder *folder);
/* `mintmark db check` on a copy, so that the node recovers by itself: recovery first, as any start does. */
void crash_folder_check(const struct crash_folder *folder, const char *binary, bool replay);

/* NULL: the answer is an error, which is printed. */
const struct json *crash_result(const struct json *answer);
uint64_t crash_quantity(const struct json *value);
/* The value's text, the caller's. */
char *crash_text(const struct json *value);

#endif
