/* Queues by class, and bans: both without a socket. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "p2p/link/ban.h"
#include "p2p/link/queue.h"
#include "state/base/heap.h"

static enum queue_verdict put(struct queue *queue, enum frame_kind kind, size_t len, uint8_t mark)
{
    uint8_t *bytes = mm_heap_zeroed(len + 1, 1);
    bytes[0] = mark;
    struct frame *frame = frame_of(kind, mm_bytes_from(bytes, len));
    const enum queue_verdict verdict = queue_put(queue, frame);
    frame_unref(frame);
    mm_heap_free(bytes);
    return verdict;
}

static int take(struct queue *queue)
{
    struct frame *frame = queue_take(queue);
    if (frame == NULL)
        return -1;
    const int mark = frame->payload.ptr[0];
    frame_unref(frame);
    return mark;
}

Test(queue, consensus_goes_before_blocks_before_transactions_before_content)
{
    struct queue queue = { .dropped = 0 };
    for (uint8_t i = 0; i < 40; i++) {
        cr_assert_eq(put(&queue, FRAME_BLOCK, 3, (uint8_t)(120 + i)), QUEUE_OK);
        cr_assert_eq(put(&queue, FRAME_TX, 3, (uint8_t)(80 + i)), QUEUE_OK);
        cr_assert_eq(put(&queue, FRAME_HEADERS, 3, (uint8_t)(40 + i)), QUEUE_OK);
        cr_assert_eq(put(&queue, FRAME_COMMIT, 3, i), QUEUE_OK);
    }
    for (int i = 0; i < 160; i++)
        cr_assert_eq(take(&queue), i);
    cr_assert_eq(take(&queue), -1);
    for (size_t class = 0; class < FRAME_CLASSES; class ++)
        cr_assert_eq(queue.rings[class].bytes, 0);
    queue_fini(&queue);
}

Test(queue, a_full_queue_of_consensus_blocks_or_content_says_so)
{
    struct queue queue = { .dropped = 0 };
    const enum frame_kind kinds[] = { FRAME_PROPOSAL, FRAME_BODIES, FRAME_BLOCK };
    for (size_t k = 0; k < MM_COUNT_OF(kinds); k++) {
        const enum frame_class class = frame_rule_of(kinds[k])->class;
        const size_t len = 1 << 20;
        size_t count = 0;
        while (put(&queue, kinds[k], len, (uint8_t)count) == QUEUE_OK)
            count++;
        cr_assert_eq(count, queue_bytes_max(class) / (len + QUEUE_FRAME_COST));
        cr_assert_leq(queue.rings[class].bytes, queue_bytes_max(class));
        cr_assert_eq(put(&queue, kinds[k], len, 0), QUEUE_FULL, "and stays as it is");
        cr_assert_eq(take(&queue), 0);
        cr_assert_eq(put(&queue, kinds[k], len, 9), QUEUE_OK);
        queue_clear(&queue);
    }
    cr_assert_eq(queue.dropped, 0);
    queue_fini(&queue);
}

Test(queue, a_full_queue_of_transactions_drops_its_oldest)
{
    struct queue queue = { .dropped = 0 };
    const size_t len = (LINKS_QUEUE_TXS_BYTES / 8) - QUEUE_FRAME_COST;
    for (uint8_t i = 0; i < 8; i++)
        cr_assert_eq(put(&queue, FRAME_TX, len, i), QUEUE_OK);
    cr_assert_eq(queue.dropped, 0);
    cr_assert_eq(put(&queue, FRAME_TX, 1, 8), QUEUE_OK);
    cr_assert_eq(queue.dropped, 1);
    cr_assert_eq(put(&queue, FRAME_TX, 2 * len, 9), QUEUE_OK);
    cr_assert_eq(queue.dropped, 3);
    for (int i = 3; i < 10; i++)
        cr_assert_eq(take(&queue), i);
    queue_fini(&queue);
}

Test(queue, very_many_very_small_frames_are_bounded_too)
{
    struct queue queue = { .dropped = 0 };
    for (size_t i = 0; i < 100000; i++)
        (void)put(&queue, FRAME_TX, 1, 0);
    cr_assert_eq(queue.rings[FRAME_TXS].count, LINKS_QUEUE_TXS_BYTES / (1 + QUEUE_FRAME_COST));
    queue_fini(&queue);
}

#ifdef MINTMARK_CHECKED
Test(queue, without_memory_a_frame_is_refused_and_the_others_stay)
{
    struct queue queue = { .dropped = 0 };
    struct frame *frame = frame_of(FRAME_TX, MM_BYTES_LIT("x"));
    for (int i = 0; i < 16; i++)
        cr_assert_eq(queue_put(&queue, frame), QUEUE_OK);
    mm_heap_fail_after(0);
    cr_assert_eq(queue_put(&queue, frame), QUEUE_NO_MEMORY);
    mm_heap_fail_after(SIZE_MAX);
    cr_assert_eq(queue.rings[FRAME_TXS].count, 16);
    frame_unref(frame);
    queue_fini(&queue);
}
#endif

Test(bans, last_as_long_as_they_were_given_and_are_never_shortened)
{
    static struct bans bans;
    const node_id one = { { 1 } }, two = { { 2 } };
    bans_add_node(&bans, &one, 1000);
    bans_add_node(&bans, &one, 500);
    bans_add_host(&bans, "10.0.0.1", 2000);
    cr_assert(bans_has_node(&bans, &one, 999));
    cr_assert_not(bans_has_node(&bans, &one, 1000));
    cr_assert_not(bans_has_node(&bans, &two, 1));
    cr_assert(bans_has_host(&bans, "10.0.0.1", 1999));
    cr_assert_not(bans_has_host(&bans, "10.0.0.1", 2000));
    cr_assert_not(bans_has_host(&bans, "10.0.0.2", 1));
    bans_add_node(&bans, &one, 3000);
    cr_assert(bans_has_node(&bans, &one, 2999));
}

Test(bans, the_one_that_ends_first_makes_room)
{
    static struct bans bans;
    for (uint64_t i = 0; i <= LINKS_BANS_MAX; i++) {
        const node_id id = { { (uint8_t)i, (uint8_t)(i >> 8) } };
        bans_add_node(&bans, &id, 1000 + (i + 50) % LINKS_BANS_MAX);
    }
    for (uint64_t i = 0; i <= LINKS_BANS_MAX; i++) {
        const node_id id = { { (uint8_t)i, (uint8_t)(i >> 8) } };
        cr_assert_eq(bans_has_node(&bans, &id, 1), i != LINKS_BANS_MAX - 50);
    }
}
