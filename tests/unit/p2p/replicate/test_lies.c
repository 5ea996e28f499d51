/* What no honest node says. */
#include <stdlib.h>

#include "scene.h"

static struct scene begin(void)
{
    struct scene scene = scene_begin(2, 3);
    scene_ask(&scene);
    return scene;
}

/* The liar is gone; another one has the truth. */
static void end(struct scene *lie, enum replicate_verdict verdict)
{
    struct yard *yard = lie->yard;
    cr_assert_eq(yard->nodes[0].cuts, 1);
    cr_assert_eq(yard->nodes[0].verdict, verdict, "%s",
                 replicate_verdict_text(yard->nodes[0].verdict));
    cr_assert_eq(yard->nodes[0].cut_ms, REPLICATE_CUT_OFF_MS);
    cr_assert_eq(replicate_holders(yard->nodes[0].replicate, &lie->root), 0);
    yard_say_have(yard, 2, &lie->root);
    scene_answer_all(lie, 2, 4);
    yard_run(yard, 1000);
    cr_assert_eq(yard_state(yard, 0, &lie->root), CONTENT_ROOT_WHOLE);
    cr_assert_eq(yard->nodes[0].cuts, 1);
    scene_end(lie);
}

Test(lies, a_block_that_is_not_what_it_is_called)
{
    struct scene lie = begin();
    yard_say_block(lie.yard, 1, lie.asked.id, &lie.root, MM_BYTES_LIT("another one"));
    uint64_t bytes;
    cr_assert_eq(content_find(lie.yard->nodes[0].content, &bytes, &lie.root), MM_ERR_NOT_FOUND);
    end(&lie, REPLICATE_WRONG);
}

Test(lies, a_block_that_was_not_asked_for_in_an_answer)
{
    struct scene lie = begin();
    struct cid other = lie.root;
    other.hash.digest[0] ^= 1;
    yard_say_block(lie.yard, 1, lie.asked.id, &other, MM_BYTES_LIT("unasked"));
    end(&lie, REPLICATE_UNASKED);
}

Test(lies, the_same_block_twice)
{
    struct scene lie = begin();
    struct mm_buf block;
    mm_buf_init(&block, BLOCK_BYTES_MAX);
    cr_assert_eq(content_get(lie.elsewhere, &block, &lie.root), MM_OK);
    for (size_t i = 0; i < 2; i++)
        yard_say_block(lie.yard, 1, lie.asked.id, &lie.root, mm_buf_bytes(&block));
    mm_buf_fini(&block);
    end(&lie, REPLICATE_UNASKED);
}

Test(lies, an_answer_to_nothing)
{
    struct scene lie = begin();
    yard_say_block(lie.yard, 1, lie.asked.id + 1, &lie.root, MM_BYTES_LIT("x"));
    end(&lie, REPLICATE_UNASKED);
}

Test(lies, something_is_missing_that_was_not_asked_for)
{
    struct scene lie = begin();
    struct cid other = lie.root;
    other.hash.digest[0] ^= 1;
    yard_say_missing(lie.yard, 1, lie.asked.id, &other, 1);
    end(&lie, REPLICATE_UNASKED);
}

Test(lies, frames_that_do_not_decode)
{
    static const enum frame_kind kinds[] = { FRAME_HAVE, FRAME_WANT, FRAME_BLOCK, FRAME_MISSING };
    for (size_t i = 0; i < MM_COUNT_OF(kinds); i++) {
        struct scene lie = begin();
        yard_say(lie.yard, 1, kinds[i], MM_BYTES_LIT("\xc1\x02"));
        end(&lie, REPLICATE_FRAME);
    }
}

Test(lies, more_than_an_answer_may_have)
{
    enum { LARGE_BYTES = 1 << 20, BLOCKS = 5 };
    struct yard *yard = yard_new(1, 1, 0);
    struct content *elsewhere = collected_open(NULL, 0);
    struct content_writer *writer = content_writer_new(elsewhere);
    struct block_sink sink = content_writer_sink(writer);
    struct import_file *file = import_file_new(CONTENT_PROFILE_DEFAULT, &sink);
    struct import_result result;
    struct yard_asked asked;
    uint8_t *bytes = calloc(1, LARGE_BYTES);
    for (uint8_t i = 0; i < BLOCKS; i++) {
        bytes[0] = i;
        cr_assert_eq(import_file_write(file, mm_bytes_from(bytes, LARGE_BYTES)), MM_OK);
    }
    cr_assert_eq(import_file_finish(file, &result), MM_OK);
    import_file_free(file);
    cr_assert_eq(content_writer_commit(writer, NULL), MM_OK);
    content_writer_free(writer);
    free(bytes);
    yard_want(yard, 0, &result.cid);
    yard_say_have(yard, 1, &result.cid);
    for (size_t i = 0; i < 2 && yard->nodes[0].cuts == 0; i++) {
        yard_run(yard, 1500);
        cr_assert(yard_asked(yard, 1, &asked));
        yard_answer(yard, 1, &asked, elsewhere);
    }
    cr_assert_eq(asked.count, BLOCKS);
    cr_assert_eq(yard->nodes[0].verdict, REPLICATE_TOO_MUCH);
    cr_assert_eq(yard_counts(yard, 0).fetched_blocks, 1 + 3, "what fits was taken");
    content_close(elsewhere);
    yard_free(yard);
}

Test(lies, each_time_it_is_cut_off_for_twice_as_long_and_a_day_at_most)
{
    struct yard *yard = yard_new(1, 2, 0);
    uint64_t ms = REPLICATE_CUT_OFF_MS;
    for (size_t i = 0; i < 14; i++) {
        yard_say(yard, 1, FRAME_HAVE, MM_BYTES_LIT("?"));
        cr_assert_eq(yard->nodes[0].cuts, i + 1);
        cr_assert_eq(yard->nodes[0].cut_ms,
                     ms < REPLICATE_CUT_OFF_MAX_MS ? ms : REPLICATE_CUT_OFF_MAX_MS);
        ms *= 2;
        yard_link(yard, 0, 1);
    }
    yard_say(yard, 2, FRAME_HAVE, MM_BYTES_LIT("?"));
    cr_assert_eq(yard->nodes[0].cut_ms, REPLICATE_CUT_OFF_MS, "of the one that lied alone");
    yard_free(yard);
}

Test(lies, an_answer_that_comes_late_is_none)
{
    struct scene lie = begin();
    struct yard *yard = lie.yard;
    yard_run(yard, 6000);
    cr_assert_eq(yard->nodes[0].slow, 1);
    yard_answer(yard, 1, &lie.asked, lie.elsewhere);
    cr_assert_eq(yard->nodes[0].cuts, 0);
    cr_assert_eq(yard_counts(yard, 0).fetched_blocks, 0, "it is dropped");
    scene_end(&lie);
}

Test(lies, an_empty_answer_is_as_good_as_none)
{
    struct scene lie = begin();
    struct yard *yard = lie.yard;
    yard_say_missing(yard, 1, lie.asked.id, NULL, 0);
    yard_run(yard, 500);
    cr_assert_not(yard_asked(yard, 1, &lie.asked), "it is not asked again at once");
    cr_assert(yard_asked(yard, 2, &lie.asked));
    scene_end(&lie);
}

Test(lies, roots_without_end_are_bounded)
{
    struct yard *yard = yard_new(1, 1, 0);
    for (size_t i = 0; i < 1200; i++) {
        struct mm_buf items, out;
        mm_buf_init(&items, 1 << 20);
        mm_buf_init(&out, 1 << 20);
        for (size_t k = 0; k < PAYLOAD_ROOTS_MAX; k++) {
            uint8_t hash[34] = { 0x12, 0x20 };
            const uint64_t number = i * PAYLOAD_ROOTS_MAX + k;
            memcpy(hash + 2, &number, sizeof number);
            payload_add_multihash(&items, MM_BYTES_OF(hash));
        }
        payload_have_encode(&out,
                            &(struct payload_have){ { mm_buf_bytes(&items), PAYLOAD_ROOTS_MAX } });
        yard_say(yard, 1, FRAME_HAVE, mm_buf_bytes(&out));
        mm_buf_fini(&items);
        mm_buf_fini(&out);
    }
    cr_assert_eq(yard_counts(yard, 0).known, REPLICATE_TOLD_MAX);
    cr_assert_eq(yard->nodes[0].cuts, 0);
    yard_unlink(yard, 0, 1);
    cr_assert_eq(yard_counts(yard, 0).known, 0);
    yard_free(yard);
}
