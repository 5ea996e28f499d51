/* Content that is added, imported, minted, collected and verified by a process that is killed again and again: then every pin is whole,
 * what was acknowledged is held, and nothing is on disk that nobody counts.
 *
 *     cycle: a child with the threads of tests/race/keepers.h ─► kill -9 at a random moment ─► every pin verifies ─► a collection
 *
 * Usage: kept [CYCLES [SEED]] */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "p2p/content/gc.h"
#include "p2p/content/store_internal.h"
#include "tests/lib/folder.h"
#include "tests/lib/random.h"
#include "tests/race/check.h"
#include "tests/race/keepers.h"

enum { CYCLES_DEFAULT = 10, HELD_MAX = 4096, ALIVE_MS = 1500 };

/* By the last word about each. */
struct test {
    char path[FOLDER_PATH_BYTES];
    struct test_random random;
    struct keepers_word held[HELD_MAX];
    size_t count;
    size_t words;
};

static struct content *open_content(const struct test *test)
{
    struct content *content;
    struct mm_reason reason = { "" };
    if (content_open(&content, &(struct content_options){ .path = test->path }, &reason) != MM_OK) {
        (void)fprintf(stderr, "%s\n", reason.text);
        exit(1);
    }
    return content;
}

static void live(const struct test *test, int report)
{
    keepers_start(open_content(test), report);
    for (;;)
        (void)pause();
}

static void hear(struct test *test, const struct keepers_word *word)
{
    test->words++;
    size_t at = 0;
    while (at < test->count && !(test->held[at].owner == word->owner &&
                                 cid_same_block(&test->held[at].root, &word->root)))
        at++;
    if (at == test->count && word->is_held) {
        CHECK(test->count < HELD_MAX);
        test->held[test->count++] = *word;
    } else if (at < test->count && !word->is_held) {
        test->held[at] = test->held[--test->count];
    }
}

static void run_child(struct test *test)
{
    int report[2];
    CHECK(pipe(report) == 0);
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        (void)close(report[0]);
        live(test, report[1]);
    }
    (void)close(report[1]);
    (void)usleep((useconds_t)(20000 + test_random_below(&test->random, ALIVE_MS * 1000)));
    CHECK(kill(child, SIGKILL) == 0);
    int status;
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status)); /* else it had ended itself: something was not whole */
    struct keepers_word word;
    while (read(report[0], &word, sizeof word) == sizeof word)
        hear(test, &word);
    (void)close(report[0]);
}

static void must_be_held(struct content *content, const struct keepers_word *word)
{
    struct content_pins *pins = content_pins_new(content, &word->root);
    struct content_pin pin;
    bool found = false;
    while (!found && content_pins_next(pins, &pin) == MM_OK)
        found =
            pin.kind == CONTENT_PIN_USER && pin.owner.len == 1 && pin.owner.ptr[0] == word->owner;
    content_pins_free(pins);
    CHECK(found);
}

static uint64_t stored_blocks(struct content *content)
{
    struct kv_iter *iter = kv_iter_new(content->kv, NULL, FAMILY_BLK);
    uint64_t count = 0;
    for (kv_iter_seek(iter, MM_BYTES_LIT("")); kv_iter_valid(iter); kv_iter_next(iter))
        count++;
    kv_iter_free(iter);
    return count;
}

static void check(struct test *test, size_t cycle)
{
    struct content *content = open_content(test);
    const uint64_t before = stored_blocks(content);
    const struct content_totals counted = content_totals(content);
    keepers_verify(content);
    for (size_t i = 0; i < test->count; i++)
        must_be_held(content, &test->held[i]);
    keepers_collect(content);
    keepers_verify(content);
    CHECK(stored_blocks(content) == content_totals(content).blocks);
    printf("cycle %zu: %zu words so far, %zu pins held, %llu blocks, %llu of them strays\n", cycle,
           test->words, test->count, (unsigned long long)counted.blocks,
           (unsigned long long)(before - counted.blocks));
    (void)fflush(stdout);
    content_close(content);
}

int main(int argc, char **argv)
{
    static struct test test;
    const long cycles = argc > 1 ? strtol(argv[1], NULL, 10) : CYCLES_DEFAULT;
    test.random.state = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    folder_make(test.path, "content");
    for (long i = 0; i < cycles; i++) {
        run_child(&test);
        check(&test, (size_t)i + 1);
    }
    folder_remove(test.path);
    return 0;
}
