#include <criterion/criterion.h>

#include "collected.h"
#include "empty_heap.h"
#include "p2p/content/gc_internal.h"
#include "tests/lib/folder.h"
#include "tests/lib/random.h"

enum { CHUNKS = 40, FILE_BLOCKS = CHUNKS + 1 };

Test(gc, removes_what_no_pin_reaches_and_nothing_else)
{
    struct content *content = collected_open(NULL, 0);
    const struct cid kept = collected_add(content, 1, CHUNKS, CONTENT_PIN_USER, 0);
    const struct cid gone = collected_add(content, 2, CHUNKS, 0, 0);
    const struct content_totals before = content_totals(content);
    const struct content_gc_report report = collected_run(content, 1);
    cr_assert_eq(report.removed_blocks, FILE_BLOCKS);
    cr_assert_eq(report.kept_blocks, FILE_BLOCKS);
    cr_assert(collected_is_whole(content, &kept));
    cr_assert_not(collected_is_whole(content, &gone));
    const struct content_totals after = content_totals(content);
    cr_assert_eq(after.blocks, FILE_BLOCKS);
    cr_assert_eq(after.bytes + report.removed_bytes, before.bytes);
    cr_assert_eq(collected_run(content, 1).removed_blocks, 0);
    content_close(content);
}

Test(gc, keeps_what_every_kind_of_pin_holds)
{
    struct content *content = collected_open(NULL, 0);
    struct cid roots[3];
    for (uint32_t i = 0; i < 3; i++)
        roots[i] = collected_add(content, i, CHUNKS, (enum content_pin_kind)(i + 1), 0);
    cr_assert_eq(collected_run(content, 1).removed_blocks, 0);
    for (size_t i = 0; i < 3; i++)
        cr_assert(collected_is_whole(content, &roots[i]));
    content_close(content);
}

Test(gc, a_direct_pin_holds_the_one_block)
{
    struct content *content = collected_open(NULL, 0);
    const struct cid root = collected_add(content, 1, CHUNKS, 0, 0);
    const struct content_pin pin = { .root = root,
                                     .kind = CONTENT_PIN_USER,
                                     .depth = CONTENT_PIN_DIRECT };
    cr_assert_eq(content_pin_put(content, &pin), MM_OK);
    cr_assert_eq(collected_run(content, 1).removed_blocks, CHUNKS);
    uint64_t bytes;
    cr_assert_eq(content_find(content, &bytes, &root), MM_OK);
    content_close(content);
}

Test(gc, a_lease_that_ran_out_goes_with_what_it_held_and_not_a_moment_before)
{
    struct content *content = collected_open(NULL, 0);
    const struct cid root = collected_add(content, 1, CHUNKS, CONTENT_PIN_UPLOAD, 1000);
    cr_assert_eq(collected_run(content, 999).expired_pins, 0);
    cr_assert(collected_is_whole(content, &root));
    const struct content_gc_report report = collected_run(content, 1000);
    cr_assert_eq(report.expired_pins, 1);
    cr_assert_eq(report.removed_blocks, FILE_BLOCKS);
    cr_assert_eq(content_pin_del(content, &root, CONTENT_PIN_UPLOAD, MM_BYTES_LIT("")),
                 MM_ERR_NOT_FOUND);
    content_close(content);
}

Test(gc, a_record_of_a_root_that_nobody_pins_goes_before_its_blocks)
{
    struct content *content = collected_open(NULL, 0);
    struct content_root record = { .state = CONTENT_ROOT_WHOLE };
    record.cid = collected_add(content, 1, CHUNKS, 0, 0);
    cr_assert_eq(content_root_put(content, &record), MM_OK);
    struct content_root held = { .state = CONTENT_ROOT_WHOLE };
    held.cid = collected_add(content, 2, CHUNKS, CONTENT_PIN_CHAIN, 0);
    cr_assert_eq(content_root_put(content, &held), MM_OK);
    (void)collected_run(content, 1);
    cr_assert_eq(content_root_get(content, &record, &record.cid), MM_ERR_NOT_FOUND);
    cr_assert_eq(content_root_get(content, &held, &held.cid), MM_OK);
    content_close(content);
}

Test(gc, a_block_that_two_roots_share_stays_while_one_is_pinned)
{
    struct content *content = collected_open(NULL, 0);
    const struct cid longer = collected_add(content, 1, CHUNKS, CONTENT_PIN_USER, 0);
    const struct cid shorter = collected_add(content, 1, CHUNKS - 1, CONTENT_PIN_USER, 0);
    collected_unpin(content, &longer, CONTENT_PIN_USER);
    cr_assert_eq(collected_run(content, 1).removed_blocks, 2); /* the last chunk, the root */
    cr_assert(collected_is_whole(content, &shorter));
    content_close(content);
}

/* ---- beside writers ---- */

static struct content_gc *begin(struct content *content)
{
    struct content_gc *gc;
    cr_assert_eq(content_gc_new(&gc, content, &(struct content_gc_options){ .now_ms = 1 }), MM_OK);
    return gc;
}

static bool step(struct content_gc *gc)
{
    bool is_over;
    cr_assert_eq(content_gc_step(gc, &is_over), MM_OK);
    return !is_over;
}

/* Steps of a collection of this store. */
static size_t count_steps(struct content *content)
{
    struct content_gc *gc;
    const struct content_gc_options options = { .now_ms = 1, .is_dry = true };
    cr_assert_eq(content_gc_new(&gc, content, &options), MM_OK);
    size_t steps = 0;
    while (step(gc))
        steps++;
    content_gc_free(gc);
    return steps;
}

Test(gc, what_a_writer_has_put_and_not_committed_stays)
{
    struct content *content = collected_open(NULL, 0);
    struct content_writer *writer = content_writer_new(content);
    /* More than the writer keeps to itself: some of it is stored and nobody's. */
    const struct cid root = collected_file(content_writer_sink(writer), 1, 3000);
    cr_assert_gt(content_totals(content).blocks, 1000);
    cr_assert_eq(collected_run(content, 1).removed_blocks, 0);
    cr_assert_eq(collected_run(content, 1).removed_blocks, 0);
    cr_assert_eq(content_writer_commit(writer, NULL), MM_OK);
    cr_assert(collected_is_whole(content, &root));
    content_writer_free(writer);
    content_close(content);
}

Test(gc, garbage_that_is_written_again_at_any_step_stays)
{
    struct content *content = collected_open(NULL, 0);
    for (uint32_t number = 10; number < 150; number++)
        (void)collected_add(content, number, 3, CONTENT_PIN_USER, 0);
    (void)collected_add(content, 1, 300, 0, 0);
    const size_t steps = count_steps(content);
    cr_assert_gt(steps, 5);
    for (size_t at = 0; at < steps; at++) {
        struct content_gc *gc = begin(content);
        for (size_t i = 0; i < at; i++)
            (void)step(gc);
        const struct cid root = collected_add(content, 1, 300, 0, 0);
        while (step(gc)) {
        }
        content_gc_free(gc);
        cr_assert(collected_is_whole(content, &root), "written again at step %zu", at);
    }
    content_close(content);
}

Test(gc, a_pin_put_at_any_step_holds_all_that_is_there_then)
{
    struct content *content = collected_open(NULL, 0);
    for (uint32_t number = 10; number < 150; number++)
        (void)collected_add(content, number, 3, CONTENT_PIN_USER, 0);
    (void)collected_add(content, 1, 300, 0, 0);
    const size_t steps = count_steps(content);
    size_t held = 0;
    for (size_t at = 0; at < steps + 20; at++) {
        const struct cid root = collected_add(content, 1, 300, 0, 0);
        (void)collected_add(content, 2, 300, 0,
                            0); /* so that there is always something to remove */
        struct content_gc *gc = begin(content);
        /* The collection's own epoch protects what was just written: age it. */
        gc->limit = content->epoch + 1;
        bool goes_on = true;
        for (size_t i = 0; i < at && goes_on; i++)
            goes_on = step(gc);
        const bool was_whole = collected_is_whole(content, &root);
        collected_pin(content, &root, CONTENT_PIN_USER, 0);
        while (goes_on && step(gc))
            goes_on = true;
        content_gc_free(gc);
        cr_assert_eq(collected_is_whole(content, &root), was_whole, "pinned at step %zu", at);
        held += was_whole;
        collected_unpin(content, &root, CONTENT_PIN_USER);
    }
    cr_assert_gt(held, 5);
    content_close(content);
}

Test(gc, what_was_missing_below_a_pin_is_followed_when_it_comes)
{
    struct content *content = collected_open(NULL, 0);
    const struct cid root = collected_add(content, 1, CHUNKS, CONTENT_PIN_USER, 0);
    struct mm_buf block;
    mm_buf_init(&block, BLOCK_BYTES_MAX);
    cr_assert_eq(content_get(content, &block, &root), MM_OK);
    collected_corrupt(content, &root);
    cr_assert_eq(content_drop_corrupt(content, &root), MM_OK);
    struct content_gc *gc = begin(content);
    while (gc->phase != GC_SWEEP)
        cr_assert(step(gc));
    struct content_writer *writer = content_writer_new(content);
    cr_assert_eq(content_writer_put(writer, &root, mm_buf_bytes(&block)), MM_OK);
    const struct content_pin pin = { .root = root,
                                     .kind = CONTENT_PIN_USER,
                                     .depth = CONTENT_PIN_RECURSIVE };
    cr_assert_eq(
        content_writer_commit(writer, &(struct content_commit){ .pins = &pin, .pin_count = 1 }),
        MM_OK);
    content_writer_free(writer);
    while (step(gc)) {
    }
    cr_assert_eq(content_gc_report(gc)->removed_blocks, 0);
    content_gc_free(gc);
    cr_assert(collected_is_whole(content, &root));
    mm_buf_fini(&block);
    content_close(content);
}

Test(gc, what_is_kept_by_a_writer_stays_at_any_step_or_is_said_to_be_gone)
{
    struct content *content = collected_open(NULL, 0);
    const size_t steps = count_steps(content) + 12;
    size_t kept = 0;
    for (size_t at = 0; at < steps; at++) {
        const struct cid root = collected_add(content, 1, 300, 0, 0);
        struct content_gc *gc = begin(content);
        bool goes_on = true;
        for (size_t i = 0; i < at && goes_on; i++)
            goes_on = step(gc);
        struct content_writer *writer = content_writer_new(content);
        const mm_err err = content_writer_keep(writer, &root);
        while (goes_on && step(gc))
            goes_on = true;
        content_gc_free(gc);
        uint64_t bytes;
        cr_assert_eq(content_find(content, &bytes, &root), err);
        kept += err == MM_OK;
        content_writer_free(writer);
    }
    cr_assert_gt(kept, 0);
    cr_assert_lt(kept, steps);
    content_close(content);
}

/* ---- ends ---- */

Test(gc, may_be_left_at_any_step_and_the_next_one_ends_it)
{
    struct content *content = collected_open(NULL, 0);
    struct cid kept[5];
    for (uint32_t i = 0; i < 5; i++)
        kept[i] = collected_add(content, 10 + i, 100, CONTENT_PIN_USER, 0);
    for (size_t at = 0;; at++) {
        (void)collected_add(content, 1, 100, 0, 0);
        struct content_gc *gc = begin(content);
        bool goes_on = true;
        for (size_t i = 0; i < at && goes_on; i++)
            goes_on = step(gc);
        content_gc_free(gc);
        (void)collected_run(content, 1);
        cr_assert_eq(content_totals(content).blocks, 5 * 101);
        if (!goes_on)
            break;
    }
    for (size_t i = 0; i < 5; i++)
        cr_assert(collected_is_whole(content, &kept[i]));
    struct kv_iter *marks = kv_iter_new(content->kv, NULL, FAMILY_MARK);
    kv_iter_seek(marks, MM_BYTES_LIT(""));
    cr_assert_not(kv_iter_valid(marks)); /* marks are not left behind */
    kv_iter_free(marks);
    content_close(content);
}

Test(gc, there_is_one_at_a_time)
{
    struct content *content = collected_open(NULL, 0);
    struct content_gc *gc = begin(content);
    struct content_gc *other;
    cr_assert_eq(content_gc_new(&other, content, &(struct content_gc_options){ .now_ms = 1 }),
                 MM_ERR_BUSY);
    content_gc_free(gc);
    gc = begin(content);
    content_gc_free(gc);
    content_close(content);
}

Test(gc, a_pinned_block_that_is_corrupt_ends_it_before_anything_is_removed)
{
    struct content *content = collected_open(NULL, 0);
    const struct cid root = collected_add(content, 1, CHUNKS, CONTENT_PIN_USER, 0);
    (void)collected_add(content, 2, CHUNKS, 0, 0);
    collected_corrupt(content, &root);
    struct content_gc_report report;
    cr_assert_eq(content_gc_run(content, &report, &(struct content_gc_options){ .now_ms = 1 }),
                 MM_ERR_CORRUPT);
    cr_assert_eq(report.damaged, 1);
    cr_assert(cid_same_block(&report.damaged_at, &root));
    cr_assert_eq(report.removed_blocks, 0);
    cr_assert_eq(content_totals(content).blocks, 2 * FILE_BLOCKS);
    content_close(content);
}

Test(gc, a_pinned_root_that_is_not_here_is_counted_and_does_no_harm)
{
    struct content *content = collected_open(NULL, 0);
    struct cid root = collected_add(content, 1, CHUNKS, CONTENT_PIN_USER, 0);
    root.hash.digest[0] ^= 1;
    collected_pin(content, &root, CONTENT_PIN_CHAIN, 0);
    const struct content_gc_report report = collected_run(content, 1);
    cr_assert_eq(report.missing, 1);
    cr_assert_eq(report.removed_blocks, 0);
    content_close(content);
}

/* ---- the list ---- */

struct told {
    uint64_t blocks;
    uint64_t bytes;
};

static void hear_removed(void *context, const struct cid *cid, uint64_t bytes)
{
    struct told *told = context;
    cr_assert_eq(cid->codec, CID_RAW);
    told->blocks++;
    told->bytes += bytes;
}

Test(gc, a_dry_run_tells_what_a_run_would_remove_and_removes_nothing)
{
    struct content *content = collected_open(NULL, 0);
    (void)collected_add(content, 1, CHUNKS, CONTENT_PIN_USER, 0);
    (void)collected_add(content, 2, CHUNKS, CONTENT_PIN_UPLOAD, 1);
    (void)collected_add(content, 3, CHUNKS, 0, 0);
    const struct content_totals before = content_totals(content);
    struct told dry = { .blocks = 0 };
    struct told wet = { .blocks = 0 };
    struct content_gc_options options = {
        .now_ms = 1, .is_dry = true, .removed = hear_removed, .context = &dry
    };
    cr_assert_eq(content_gc_run(content, NULL, &options), MM_OK);
    cr_assert_eq(content_totals(content).bytes, before.bytes);
    options.is_dry = false;
    options.context = &wet;
    cr_assert_eq(content_gc_run(content, NULL, &options), MM_OK);
    cr_assert_eq(dry.blocks, 2 * FILE_BLOCKS);
    cr_assert_eq(dry.blocks, wet.blocks);
    cr_assert_eq(dry.bytes, wet.bytes);
    cr_assert_eq(content_totals(content).bytes + wet.bytes, before.bytes);
    content_close(content);
}

/* ---- strays ---- */

static size_t stored_blocks(struct content *content)
{
    struct kv_iter *iter = kv_iter_new(content->kv, NULL, FAMILY_BLK);
    size_t count = 0;
    for (kv_iter_seek(iter, MM_BYTES_LIT("")); kv_iter_valid(iter); kv_iter_next(iter))
        count++;
    kv_iter_free(iter);
    return count;
}

Test(gc, blocks_that_a_killed_process_did_not_count_go)
{
    char path[FOLDER_PATH_BYTES];
    folder_make(path, "content");
    struct content *content = collected_open(path, 0);
    const struct cid kept = collected_add(content, 1, CHUNKS, CONTENT_PIN_USER, 0);
    struct kv_batch *batch = kv_batch_new(content->kv);
    struct cid stray = kept;
    stray.hash.digest[5] ^= 1;
    const struct store_key key = store_key_of(&stray);
    kv_batch_put(batch, FAMILY_BLK, store_key_bytes(&key), MM_BYTES_LIT("a stray"));
    cr_assert_eq(kv_write(content->kv, batch, KV_SYNCED), MM_OK);
    kv_batch_free(batch);
    (void)collected_run(content, 1);
    cr_assert_eq(stored_blocks(content), FILE_BLOCKS + 1); /* nothing says that there is one */
    cr_assert_eq(store_expect_strays(content), MM_OK);
    content->writes_strays = false; /* it is killed: the record stays */
    content_close(content);

    content = collected_open(path, 0);
    cr_assert_eq(collected_run(content, 1).strays, 1);
    cr_assert_eq(stored_blocks(content), FILE_BLOCKS);
    cr_assert(collected_is_whole(content, &kept));
    cr_assert_not(content->has_strays);
    content_close(content);
    content = collected_open(path, 0);
    cr_assert_not(content->has_strays);
    content_close(content);
    folder_remove(path);
}

static mm_err use_collection(void)
{
    struct content *content;
    MM_TRY(content_open(&content, &(struct content_options){ .path = NULL }, NULL));
    struct content_writer *writer = content_writer_new(content);
    mm_err err = writer == NULL ? MM_ERR_NO_MEMORY : MM_OK;
    const struct cid cid = { .version = 1,
                             .codec = CID_RAW,
                             .hash = { .code = MULTIHASH_SHA2_256, .len = 32 } };
    if (err == MM_OK)
        err = content_pin_put(content, &(struct content_pin){ .root = cid,
                                                              .kind = CONTENT_PIN_USER,
                                                              .depth = CONTENT_PIN_RECURSIVE });
    content_writer_free(writer);
    if (err == MM_OK)
        err = content_gc_run(content, NULL, &(struct content_gc_options){ .now_ms = 1 });
    content_close(content);
    return err;
}

Test(gc, an_empty_heap_is_an_error)
{
    cr_assert_gt(empty_heap_failures(use_collection), 5);
}

Test(gc, on_disk_what_was_pinned_at_one_collection_goes_with_the_next)
{
    char path[FOLDER_PATH_BYTES];
    folder_make(path, "content");
    struct content *content = collected_open(path, 0);
    const struct cid kept = collected_add(content, 1, CHUNKS, CONTENT_PIN_USER, 0);
    const struct cid gone = collected_add(content, 2, CHUNKS, CONTENT_PIN_USER, 0);
    cr_assert_eq(collected_run(content, 1).removed_blocks, 0);
    collected_unpin(content, &gone, CONTENT_PIN_USER);
    cr_assert_eq(collected_run(content, 1).removed_blocks, FILE_BLOCKS);
    cr_assert(collected_is_whole(content, &kept));
    content_close(content);
    content = collected_open(path, 0);
    cr_assert(collected_is_whole(content, &kept));
    cr_assert_eq(content_totals(content).blocks, FILE_BLOCKS);
    content_close(content);
    folder_remove(path);
}
