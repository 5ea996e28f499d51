/* Peers that do not read, and owners that do not let go. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "node.h"
#include "raw.h"

enum { BIG = 1 << 20 };

static uint8_t bytes[BIG];

/* Fills what the sockets take, until some of it stays in the queue. */
static uint64_t block(struct node *node)
{
    struct links_peer peer;
    do {
        cr_assert_eq(links_list(node->links, &peer, 1), 1);
        if (peer.queue_bytes[FRAME_BLOCKS] < 4 * BIG)
            cr_assert(links_send(node->links, peer.peer, FRAME_BODIES, MM_BYTES_OF(bytes)));
        test_sleep_ms(20);
        cr_assert_eq(links_list(node->links, &peer, 1), 1);
    } while (peer.queue_bytes[FRAME_BLOCKS] < 3 * BIG);
    return peer.peer;
}

Test(pressure, a_full_consensus_queue_closes_the_link)
{
    struct node *node = node_new(1);
    node_open(node);
    struct raw raw = raw_up(node, 9); /* never reads again */
    (void)node_wait(node, LINKS_UP, 1);
    const uint64_t peer = block(node);
    size_t count = 0;
    while (links_send(node->links, peer, FRAME_PROPOSAL, MM_BYTES_OF(bytes)))
        count++;
    cr_assert_leq(count, LINKS_QUEUE_CONSENSUS_BYTES / BIG);
    cr_assert_geq(count, LINKS_QUEUE_CONSENSUS_BYTES / BIG - 1);
    cr_assert_eq(node_wait(node, LINKS_DOWN, 1).end, LINKS_END_TOO_SLOW);
    raw_close(&raw);
    node_free(node);
}

Test(pressure, a_full_blocks_queue_refuses_and_a_full_transactions_queue_drops)
{
    struct node *node = node_new(1);
    node_open(node);
    struct raw raw = raw_up(node, 9);
    (void)node_wait(node, LINKS_UP, 1);
    const uint64_t peer = block(node);
    size_t count = 0;
    while (links_send(node->links, peer, FRAME_BODIES, MM_BYTES_OF(bytes)))
        cr_assert_lt(count++, LINKS_QUEUE_BLOCKS_BYTES / BIG);
    for (int i = 0; i < 10; i++)
        cr_assert(links_send(node->links, peer, FRAME_TX, MM_BYTES_OF(bytes)));
    struct links_peer state;
    cr_assert_eq(links_list(node->links, &state, 1), 1);
    cr_assert_leq(state.queue_bytes[FRAME_BLOCKS], LINKS_QUEUE_BLOCKS_BYTES);
    cr_assert_leq(state.queue_bytes[FRAME_TXS], LINKS_QUEUE_TXS_BYTES);
    cr_assert_geq(state.dropped, 6);
    cr_assert_eq(node_count(node, LINKS_DOWN), 0, "the link lives");
    raw_close(&raw);
    node_free(node);
}

/* Goal: what waits goes out by class: all consensus, then all blocks, then all transactions.
 * Method: the receiver's owner holds frames until nothing is read any more; then 10 000 small frames of mixed classes are queued,
 * and the owner lets go. */
Test(pressure, what_waits_goes_out_by_class_and_nothing_is_lost, .timeout = 120)
{
    enum { FRAMES = 10000 };
    static const enum frame_kind kinds[] = { FRAME_TX, FRAME_HEADERS, FRAME_COMMIT };
    struct node *a = node_new(1), *b = node_new(2);
    b->keeps_frames = true;
    b->options.held_bytes_max = BIG;
    node_open(a);
    node_open(b);
    node_dial(a, b);
    (void)node_wait(a, LINKS_UP, 1);
    (void)node_wait(b, LINKS_UP, 1);
    const uint64_t peer = block(a);
    struct links_peer state;
    for (unsigned i = 0; i < FRAMES; i++)
        cr_assert(links_send(a->links, peer, kinds[i % 3], mm_bytes_from(&i, sizeof i)));
    cr_assert_eq(links_list(a->links, &state, 1), 1);
    cr_assert_eq(state.dropped, 0);
    cr_assert_gt(state.queue_bytes[FRAME_CONSENSUS], FRAMES / 3 * 100, "it waits");
    pthread_mutex_lock(&b->mutex);
    b->keeps_frames = false;
    struct frame **kept = b->kept;
    const size_t kept_count = b->kept_count;
    b->kept = NULL;
    b->kept_count = b->kept_capacity = 0;
    b->keeps_frames = true;
    pthread_mutex_unlock(&b->mutex);
    for (size_t i = 0; i < kept_count; i++)
        frame_unref(kept[i]);
    free(kept);
    /* What comes now is kept, and let go bit by bit, so that reading goes on. */
    enum frame_class class = FRAME_CONSENSUS;
    unsigned last[FRAME_CLASSES] = { 0 };
    size_t small = 0;
    const uint64_t end_ms = test_clock_ms() + 60000;
    while (small < FRAMES && test_clock_ms() < end_ms) {
        pthread_mutex_lock(&b->mutex);
        kept = b->kept;
        const size_t count = b->kept_count;
        b->kept = NULL;
        b->kept_count = b->kept_capacity = 0;
        pthread_mutex_unlock(&b->mutex);
        for (size_t i = 0; i < count; i++) {
            unsigned number;
            const bool is_small = kept[i]->payload.len == sizeof number;
            if (is_small) {
                const enum frame_class own = frame_rule_of(kept[i]->kind)->class;
                memcpy(&number, kept[i]->payload.ptr, sizeof number);
                cr_assert_geq(own, class, "frame %u of class %d after one of class %d", number, own,
                              class);
                cr_assert(number >= last[own]);
                last[own] = number;
                class = own;
                small++;
            }
            frame_unref(kept[i]);
        }
        free(kept);
        test_sleep_ms(1);
    }
    cr_assert_eq(small, FRAMES);
    node_free(a);
    node_free(b);
}

Test(pressure, an_owner_that_holds_frames_stops_the_reading_and_starts_it_again)
{
    struct node *a = node_new(1), *b = node_new(2);
    b->keeps_frames = true;
    b->options.held_bytes_max = 2 * BIG;
    b->options.idle_ms = 400; /* a link that is not read is not idle */
    node_open(a);
    node_open(b);
    node_dial(a, b);
    (void)node_wait(a, LINKS_UP, 1);
    (void)node_wait(b, LINKS_UP, 1);
    const uint64_t peer = node_peer(a);
    for (int i = 0; i < 12; i++)
        cr_assert(links_send(a->links, peer, FRAME_BODIES, MM_BYTES_OF(bytes)));
    node_wait_frames(b, 2);
    test_sleep_ms(900);
    struct links_peer state;
    cr_assert_eq(links_list(b->links, &state, 1), 1);
    cr_assert_gt(state.held_bytes, 2 * BIG);
    cr_assert_leq(state.held_bytes, 3 * BIG + (64 << 10));
    cr_assert_eq(node_count(b, LINKS_DOWN), 0);
    node_release(b);
    node_wait_frames(b, 12);
    cr_assert_eq(b->frame_bytes, 12 * BIG);
    node_free(a);
    node_free(b);
}

/* Goal: very many very small frames take no more memory than few large ones.
 * Method: an owner that keeps them, and counts more than their bytes for each. */
Test(pressure, an_owner_holds_no_more_of_small_frames_than_of_large_ones)
{
    enum { FRAMES = 20000, HELD_MAX = BIG, ONE_READ = 32 << 10, SMALLEST = 22 };
    struct node *a = node_new(1), *b = node_new(2);
    b->keeps_frames = true;
    b->options.held_bytes_max = HELD_MAX;
    node_open(a);
    node_open(b);
    node_dial(a, b);
    (void)node_wait(a, LINKS_UP, 1);
    (void)node_wait(b, LINKS_UP, 1);
    const uint64_t peer = node_peer(a);
    for (int i = 0; i < FRAMES; i++)
        cr_assert(links_send(a->links, peer, FRAME_PREPARE, mm_bytes_from(bytes, 1)));
    size_t count = 0;
    size_t last = 0;
    do { /* until nothing is read any more */
        last = count;
        test_sleep_ms(300);
        count = node_frames(b);
    } while (count != last || count == 0);
    const size_t each = sizeof(struct frame) + LINKS_HELD_FRAME_COST;
    cr_assert_gt(count, HELD_MAX / (2 * each), "%zu", count);
    cr_assert_leq(count, HELD_MAX / each + ONE_READ / SMALLEST + 1, "%zu", count);
    node_release(b);
    node_wait_frames(b, FRAMES);
    node_free(a);
    node_free(b);
}
