#include "tests/e2e/crash/common.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "state/base/assert.h"
#include "state/codec/hex.h"

void crash_fail(const char *what)
{
    (void)fprintf(stderr, "FAILED: %s\n", what);
    exit(1);
}

void crash_sleep_ms(uint64_t ms)
{
    (void)nanosleep(&(struct timespec){ (time_t)(ms / 1000), (long)(ms % 1000) * 1000000 }, NULL);
}

/* ---- folders ---- */

static void run(const char *command)
{
    MM_ASSERT(system(command) == 0);
}

void crash_folder_make(struct crash_folder *folder)
{
    (void)snprintf(folder->path, sizeof folder->path, "/tmp/mintmark-crash-XXXXXX");
    MM_ASSERT(mkdtemp(folder->path) != NULL);
    (void)snprintf(folder->copy, sizeof folder->copy, "%s-copy", folder->path);
}

void crash_folder_remove(const struct crash_folder *folder)
{
    char command[300];
    (void)snprintf(command, sizeof command, "rm -rf '%s' '%s'", folder->path, folder->copy);
    run(command);
}

void crash_folder_check(const struct crash_folder *folder, const char *binary, bool replay)
{
    char command[600];
    (void)snprintf(command, sizeof command, "rm -rf '%s' && cp -a '%s' '%s'", folder->copy,
                   folder->path, folder->copy);
    run(command);
    (void)fflush(stdout);
    (void)snprintf(command, sizeof command, "'%s' db check --data '%s'%s", binary, folder->copy,
                   replay ? " --replay" : "");
    if (system(command) != 0)
        crash_fail("db check found something in the killed node's folder");
}

/* ---- answers ---- */

const struct json *crash_result(const struct json *answer)
{
    const struct json *error = json_find(answer, "error");
    if (error != NULL) {
        const struct json *message = json_find(error, "message");
        (void)fprintf(stderr, "the node says: %.*s\n", (int)message->text.len,
                      (const char *)message->text.ptr);
        return NULL;
    }
    return json_find(answer, "result");
}

uint64_t crash_quantity(const struct json *value)
{
    uint64_t number = 0;
    MM_ASSERT(value != NULL && value->kind == JSON_STRING && hex_read_u64(&number, value->text));
    return number;
}

char *crash_text(const struct json *value)
{
    struct mm_buf buf;
    mm_buf_init(&buf, 16 << 20);
    struct json_writer writer = json_writer_over(&buf);
    json_add_value(&writer, value);
    mm_buf_add_byte(&buf, '\0');
    MM_ASSERT(mm_buf_err(&buf) == MM_OK);
    char *text = strdup((const char *)buf.ptr);
    mm_buf_fini(&buf);
    return text;
}
