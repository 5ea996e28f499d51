#include "tests/e2e/crash/wal.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "state/base/assert.h"
#include "state/base/endian.h"

enum { BLOCK = 32768, HEAD = 7, PATH_BYTES = 400, GARBAGE_MAX = 5000 };

enum record_type { RECORD_ZERO = 0, RECORD_FULL, RECORD_FIRST, RECORD_MIDDLE, RECORD_LAST };

struct log_file {
    char path[PATH_BYTES];
    uint8_t *bytes;
    size_t len;
};

static bool find_newest(struct log_file *log, const char *folder)
{
    char chain[PATH_BYTES - 40];
    unsigned long newest = 0;
    (void)snprintf(chain, sizeof chain, "%s/chain", folder);
    DIR *dir = opendir(chain);
    if (dir == NULL)
        return false;
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        char *end;
        const unsigned long number = strtoul(entry->d_name, &end, 10);
        if (end != entry->d_name && strcmp(end, ".log") == 0 && number > newest) {
            newest = number;
            (void)snprintf(log->path, sizeof log->path, "%s/%.20s", chain, entry->d_name);
        }
    }
    (void)closedir(dir);
    return newest > 0;
}

static void read_log(struct log_file *log)
{
    FILE *file = fopen(log->path, "rb");
    MM_ASSERT(file != NULL);
    MM_ASSERT(fseek(file, 0, SEEK_END) == 0);
    log->len = (size_t)ftell(file);
    log->bytes = malloc(log->len + 1);
    MM_ASSERT(fseek(file, 0, SEEK_SET) == 0);
    MM_ASSERT(fread(log->bytes, 1, log->len, file) == log->len);
    (void)fclose(file);
}

/* What a batch of the node is about. */
struct batch {
    bool has_head;
    uint64_t head;
    bool is_edits;
};

static struct batch look_at(const uint8_t *payload, size_t len)
{
    struct batch batch = { .has_head = false };
    static const char head[] = "\x04head\x08"; /* key and value with their lengths */
    const uint8_t *at = memmem(payload, len, head, 6);
    if (at != NULL && at + 6 + 8 <= payload + len) {
        batch.has_head = true;
        batch.head = mm_get_be64(at + 6);
    }
    /* Edits that wait: one row, number(8) 02 in the block family; sequence(8), count(4), tag, family, length 9 before it. */
    batch.is_edits =
        !batch.has_head && len > 24 && payload[8] == 1 && payload[14] == 9 && payload[23] == 2;
    return batch;
}

/* The end of the last record that must stay. False: no record in this log tells. */
static bool find_end(const struct log_file *log, uint64_t shown, size_t *end)
{
    uint8_t *payload = malloc(log->len + 1);
    size_t payload_len = 0;
    bool is_found = false;
    *end = 0;
    for (size_t at = 0; at + HEAD <= log->len;) {
        const size_t left = BLOCK - at % BLOCK;
        if (left < HEAD) {
            at += left;
            continue;
        }
        const uint8_t *record = log->bytes + at;
        const size_t len = record[4] | (size_t)record[5] << 8;
        const enum record_type type = record[6];
        if (type == RECORD_ZERO || type > RECORD_LAST || at + HEAD + len > log->len)
            break; /* what the kill left half written */
        if (type == RECORD_FULL || type == RECORD_FIRST)
            payload_len = 0;
        memcpy(payload + payload_len, record + HEAD, len);
        payload_len += len;
        at += HEAD + len;
        if (type != RECORD_FULL && type != RECORD_LAST)
            continue;
        const struct batch batch = look_at(payload, payload_len);
        if (batch.is_edits || (batch.has_head && batch.head <= shown)) {
            *end = at;
            is_found |= batch.has_head && batch.head == shown;
        }
    }
    free(payload);
    return is_found;
}

size_t wal_damage(const char *folder, uint64_t shown, enum wal_damage kind,
                  struct test_random *random)
{
    static const char *const names[] = { "cut", "zeros", "garbage" };
    struct log_file log = { .len = 0 };
    size_t end = 0;
    if (!find_newest(&log, folder))
        return 0;
    read_log(&log);
    if (!find_end(&log, shown, &end)) {
        free(log.bytes);
        return 0;
    }
    const size_t loose = log.len - end;
    const size_t from = end + (size_t)test_random_below(random, loose + 1);
    FILE *file = fopen(log.path, "r+b");
    MM_ASSERT(file != NULL);
    MM_ASSERT(ftruncate(fileno(file), (off_t)from) == 0);
    MM_ASSERT(fseek(file, 0, SEEK_END) == 0);
    const size_t added = kind == WAL_CUT ? 0 : (size_t)test_random_below(random, GARBAGE_MAX);
    for (size_t i = 0; i < log.len - from + added && kind != WAL_CUT; i++)
        (void)fputc(kind == WAL_ZEROS ? 0 : (int)test_random_below(random, 256), file);
    MM_ASSERT(fclose(file) == 0);
    (void)printf("    %s: %zu bytes behind block %llu, %zu of them gone, %zu more added\n",
                 names[kind], loose, (unsigned long long)shown, log.len - from, added);
    free(log.bytes);
    return log.len - from;
}
