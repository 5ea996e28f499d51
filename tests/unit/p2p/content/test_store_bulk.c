/* Files that are larger than a batch: their blocks reach the disk before anything says that they are there. */
#include <criterion/criterion.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "p2p/content/import.h"
#include "p2p/content/store.h"
#include "p2p/content/walk.h"
#include "tests/lib/folder.h"
#include "tests/lib/fork.h"
#include "tests/lib/random.h"

enum { FILE_BYTES = 2 * CONTENT_BATCH_BYTES + 70000 };

static struct content *open_at(const char *path, uint64_t quota_bytes)
{
    struct content *content;
    const struct content_options options = { .path = path, .quota_bytes = quota_bytes };
    cr_assert_eq(content_open(&content, &options, NULL), MM_OK);
    return content;
}

/* The file of a number, with a pin. */
static mm_err add_numbered(struct content *content, struct cid *root, uint32_t number)
{
    static uint8_t bytes[FILE_BYTES];
    struct test_random random = { number };
    test_random_fill(&random, bytes, sizeof bytes);
    struct content_writer *writer = content_writer_new(content);
    const struct block_sink sink = content_writer_sink(writer);
    struct import_file *file = import_file_new(CONTENT_PROFILE_DEFAULT, &sink);
    struct import_result result;
    mm_err err = import_file_write(file, MM_BYTES_OF(bytes));
    if (err == MM_OK)
        err = import_file_finish(file, &result);
    if (err == MM_OK) {
        *root = result.cid;
        const struct content_pin pin = { .root = result.cid,
                                         .kind = CONTENT_PIN_USER,
                                         .depth = CONTENT_PIN_RECURSIVE };
        err =
            content_writer_commit(writer, &(struct content_commit){ .pins = &pin, .pin_count = 1 });
    }
    import_file_free(file);
    content_writer_free(writer);
    return err;
}

static size_t whole_pins(struct content *content)
{
    const struct block_source source = content_source(content);
    struct content_pins *pins = content_pins_new(content, NULL);
    struct content_pin pin;
    struct walk_totals totals;
    size_t count = 0;
    while (content_pins_next(pins, &pin) == MM_OK) {
        cr_assert_eq(content_survey(&source, &totals, &pin.root), READ_OK);
        count++;
    }
    content_pins_free(pins);
    return count;
}

/* Runs in a child. */
static void add_until_killed(const char *path, int report)
{
    struct content *content = open_at(path, 0);
    struct cid root;
    for (uint32_t number = 1;; number++)
        if (add_numbered(content, &root, number) != MM_OK ||
            write(report, &number, sizeof number) != sizeof number)
            _exit(1);
}

Test(store_bulk, a_process_killed_while_it_adds_leaves_each_pin_whole_and_can_go_on)
{
    struct test_random random = { 8 };
    char path[FOLDER_PATH_BYTES];
    folder_make(path, "content");
    for (size_t round = 0; round < 4; round++) {
        int report[2];
        cr_assert_eq(pipe(report), 0);
        const pid_t child = test_fork();
        if (child == 0)
            add_until_killed(path, report[1]);
        (void)close(report[1]);
        uint32_t shown = 0, last = 0;
        while (shown <= round && read(report[0], &last, sizeof last) == sizeof last)
            shown = last;
        (void)usleep(
            (useconds_t)test_random_below(&random, 60000)); /* somewhere in the next file */
        cr_assert_eq(kill(child, SIGKILL), 0);
        cr_assert_eq(waitpid(child, NULL, 0), child);
        while (read(report[0], &last, sizeof last) == sizeof last)
            shown = last;
        (void)close(report[0]);
        struct content *content = open_at(path, 0);
        cr_assert_geq(whole_pins(content), shown);
        /* What the killed one had begun: blocks that are there without being known are written again. */
        struct cid root;
        struct walk_totals totals;
        const struct block_source source = content_source(content);
        cr_assert_eq(add_numbered(content, &root, shown + 1), MM_OK);
        cr_assert_eq(content_survey(&source, &totals, &root), READ_OK);
        cr_assert_eq(totals.bytes, content_totals(content).bytes / whole_pins(content));
        content_close(content);
    }
    folder_remove(path);
}

Test(store_bulk, the_quota_counts_what_writers_have_not_counted_yet)
{
    struct content *content = open_at(NULL, 3 * FILE_BYTES / 2);
    struct cid root;
    cr_assert_eq(add_numbered(content, &root, 1), MM_OK);
    const uint64_t before = content_totals(content).bytes;
    cr_assert_eq(add_numbered(content, &root, 2), MM_ERR_NO_SPACE);
    cr_assert_eq(content_totals(content).bytes, before);
    cr_assert_eq(add_numbered(content, &root, 1), MM_OK); /* it is there already */

    struct content_writer *writer = content_writer_new(content);
    struct multihasher *hasher = multihasher_new();
    const mm_bytes block = MM_BYTES_LIT("a small one has room again");
    struct cid cid = { .version = 1, .codec = CID_RAW };
    cr_assert_eq(multihasher_digest(hasher, &cid.hash, MULTIHASH_SHA2_256, &block, 1), MM_OK);
    cr_assert_eq(content_writer_put(writer, &cid, block), MM_OK);
    cr_assert_eq(content_writer_commit(writer, NULL), MM_OK);
    cr_assert_eq(content_totals(content).bytes, before + block.len);
    multihasher_free(hasher);
    content_writer_free(writer);
    content_close(content);
}

Test(store_bulk, a_block_that_another_writer_has_not_committed_is_written_again)
{
    struct content *content = open_at(NULL, 0);
    struct content_writer *first = content_writer_new(content);
    const struct block_sink sink = content_writer_sink(first);
    struct import_file *file = import_file_new(CONTENT_PROFILE_DEFAULT, &sink);
    static uint8_t bytes[FILE_BYTES];
    struct test_random random = { 1 };
    test_random_fill(&random, bytes, sizeof bytes);
    struct import_result result;
    cr_assert_eq(import_file_write(file, MM_BYTES_OF(bytes)), MM_OK);
    cr_assert_eq(import_file_finish(file, &result), MM_OK);
    cr_assert_eq(content_totals(content).blocks, 0);
    struct cid root;
    cr_assert_eq(add_numbered(content, &root, 1), MM_OK);
    cr_assert(cid_equal(&root, &result.cid));
    const struct content_totals once = content_totals(content);
    cr_assert_eq(content_writer_commit(first, NULL), MM_OK);
    cr_assert_eq(content_totals(content).bytes, once.bytes);
    cr_assert_eq(content_totals(content).blocks, once.blocks);
    cr_assert_eq(once.bytes, result.dag_bytes);
    import_file_free(file);
    content_writer_free(first);
    content_close(content);
}
