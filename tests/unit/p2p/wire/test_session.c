/* Frames over a session that is up. */
#include <criterion/criterion.h>
#include <sodium.h>
#include <stdlib.h>

#include "p2p/wire/keys_internal.h"
#include "pair.h"
#include "state/base/endian.h"
#include "state/base/heap.h"
#include "tests/lib/random.h"

static struct pair pair;

static void fini(void)
{
    pair_fini(&pair);
}

TestSuite(session, .fini = fini);

static void expect_end(int who, enum session_verdict verdict)
{
    const enum session_verdict seen = session_verdict(pair.sessions[who]);
    cr_assert_eq(seen, verdict, "%s, not %s", session_verdict_text(seen),
                 session_verdict_text(verdict));
}

/* Frames of every kind and many sizes, both ways, fed in pieces. */
static void exchange(bool is_plain, size_t piece)
{
    uint8_t bytes[3000];
    struct test_random random = { piece };
    struct {
        enum frame_kind kind;
        size_t len;
    } sent[36];
    size_t count;
    const struct frame_rule *rules = frame_rules(&count);
    test_random_fill(&random, bytes, sizeof bytes);
    pair_up(&pair, is_plain);
    for (size_t i = 0; i < MM_COUNT_OF(sent); i++) {
        const struct frame_rule *rule = &rules[i % count];
        const size_t most = rule->payload_bytes_max < 3000 ? rule->payload_bytes_max : 3000;
        sent[i].kind = rule->kind;
        sent[i].len = i < count ? most : test_random_below(&random, most + 1);
        pair_seal(&pair, i < 18 ? PAIR_A : PAIR_B, rule->kind, mm_bytes_from(bytes, sent[i].len));
    }
    pair_run(&pair, piece);
    cr_assert_eq(pair.frame_count, MM_COUNT_OF(sent));
    for (size_t i = 0; i < MM_COUNT_OF(sent); i++) {
        cr_assert_eq(pair.frames[i]->kind, sent[i].kind);
        cr_assert(mm_bytes_equal(pair.frames[i]->payload, mm_bytes_from(bytes, sent[i].len)));
    }
    pair_fini(&pair);
}

Test(session, frames_arrive_in_order_however_the_bytes_are_cut)
{
    for (int is_plain = 0; is_plain < 2; is_plain++) {
        for (size_t piece = 1; piece < 40; piece++)
            exchange(is_plain, piece);
        exchange(is_plain, 1000);
        exchange(is_plain, 1 << 20);
    }
    pair_up(&pair, false);
}

Test(session, the_last_handshake_message_and_the_first_frames_may_come_in_one_read)
{
    pair_init(&pair);
    pair_start(&pair);
    for (int turn = 0; turn < 3; turn++) {
        const mm_bytes bytes = pair_take(&pair, turn % 2);
        (void)pair_feed(&pair, 1 - turn % 2, bytes, bytes.len);
        free((void *)bytes.ptr);
    }
    cr_assert(session_is_up(pair.sessions[PAIR_B]) && !session_is_up(pair.sessions[PAIR_A]));
    pair_seal(&pair, PAIR_B, FRAME_STATUS, MM_BYTES_LIT("one"));
    pair_seal(&pair, PAIR_B, FRAME_TX, MM_BYTES_LIT("two"));
    pair_run(&pair, 1 << 20);
    cr_assert(session_is_up(pair.sessions[PAIR_A]));
    cr_assert_eq(pair.frame_count, 2);
    cr_assert(mm_bytes_equal(pair.frames[1]->payload, MM_BYTES_LIT("two")));
}

Test(session, the_largest_frame_passes)
{
    pair_up(&pair, false);
    uint8_t *bytes = calloc(FRAME_PAYLOAD_BYTES_MAX, 1);
    bytes[FRAME_PAYLOAD_BYTES_MAX - 1] = 9;
    const mm_bytes payload = mm_bytes_from(bytes, FRAME_PAYLOAD_BYTES_MAX);
    pair_seal(&pair, PAIR_A, FRAME_BODIES, payload);
    cr_assert_eq(pair.wire[PAIR_A].len, FRAME_LENGTH_BYTES + FRAME_BYTES_MAX);
    cr_assert_eq(session_sealed_bytes(pair.sessions[PAIR_A], payload.len),
                 FRAME_LENGTH_BYTES + FRAME_BYTES_MAX);
    pair_run(&pair, 65536);
    cr_assert_eq(pair.frame_count, 1);
    cr_assert(mm_bytes_equal(pair.frames[0]->payload, payload));
    free(bytes);
}

/* Hands B one frame whose bytes a test may have changed. */
static void feed_b(mm_bytes bytes, enum session_verdict verdict)
{
    (void)pair_feed(&pair, PAIR_B, bytes, bytes.len);
    expect_end(PAIR_B, verdict);
}

Test(session, no_changed_byte_of_a_frame_passes)
{
    for (size_t at = 0; at < 30; at++) {
        pair_up(&pair, false);
        pair_seal(&pair, PAIR_A, FRAME_STATUS, MM_BYTES_LIT("12345678"));
        const mm_bytes bytes = pair_take(&pair, PAIR_A);
        cr_assert_eq(bytes.len, 30);
        ((uint8_t *)bytes.ptr)[at] ^= 1;
        (void)pair_feed(&pair, PAIR_B, bytes, 30);
        cr_assert_eq(pair.frame_count, 0, "byte %zu", at);
        if (at >= 4)
            expect_end(PAIR_B, SESSION_FORGED);
        free((void *)bytes.ptr);
        pair_fini(&pair);
    }
    pair_up(&pair, false);
}

Test(session, repeated_left_out_reordered_and_reflected_frames_are_forged)
{
    for (int way = 0; way < 4; way++) {
        mm_bytes frames[2];
        pair_up(&pair, false);
        for (int i = 0; i < 2; i++) {
            pair_seal(&pair, PAIR_A, FRAME_STATUS, MM_BYTES_LIT("same"));
            frames[i] = pair_take(&pair, PAIR_A);
        }
        if (way == 0) { /* repeated */
            feed_b(frames[0], SESSION_OK);
            feed_b(frames[0], SESSION_FORGED);
        } else if (way == 1) { /* the first left out, the order changed */
            feed_b(frames[1], SESSION_FORGED);
        } else if (way == 2) { /* back to who sent it */
            (void)pair_feed(&pair, PAIR_A, frames[0], frames[0].len);
            expect_end(PAIR_A, SESSION_FORGED);
        } else { /* as they should be */
            feed_b(frames[0], SESSION_OK);
            feed_b(frames[1], SESSION_OK);
        }
        for (int i = 0; i < 2; i++)
            free((void *)frames[i].ptr);
        pair_fini(&pair);
    }
    pair_up(&pair, false);
}

Test(session, a_frame_of_another_session_is_forged)
{
    pair_up(&pair, false);
    pair_seal(&pair, PAIR_A, FRAME_STATUS, MM_BYTES_LIT("old"));
    const mm_bytes old = pair_take(&pair, PAIR_A);
    pair_fini(&pair);
    pair_init(&pair);
    memset(pair.options[PAIR_B].ephemeral_secret, 55, HANDSHAKE_EPHEMERAL_BYTES);
    pair_start(&pair);
    pair_run(&pair, 1000);
    cr_assert(session_is_up(pair.sessions[PAIR_B]));
    feed_b(old, SESSION_FORGED);
    free((void *)old.ptr);
}

static void feed_length(bool is_plain, uint32_t len, enum session_verdict verdict)
{
    uint8_t length[FRAME_LENGTH_BYTES];
    mm_put_be32(length, len);
    pair_up(&pair, is_plain);
    feed_b(MM_BYTES_OF(length), verdict);
    pair_fini(&pair);
}

Test(session, a_length_is_judged_before_memory_is_taken)
{
    feed_length(false, FRAME_BYTES_MAX, SESSION_OK);
    feed_length(false, FRAME_BYTES_MAX + 1, SESSION_TOO_LONG);
    feed_length(false, UINT32_MAX, SESSION_TOO_LONG);
    feed_length(false, FRAME_SEAL_BYTES + 1, SESSION_OK);
    feed_length(false, FRAME_SEAL_BYTES, SESSION_TOO_SHORT);
    feed_length(false, 0, SESSION_TOO_SHORT);
    feed_length(true, 1, SESSION_OK);
    feed_length(true, 0, SESSION_TOO_SHORT);
    pair_up(&pair, false);
}

/* A frame in plain mode, as no sealing function would make it. */
static void feed_plain(unsigned kind, size_t len, enum session_verdict verdict)
{
    uint8_t *bytes = calloc(FRAME_LENGTH_BYTES + 1 + len, 1);
    mm_put_be32(bytes, (uint32_t)(1 + len));
    bytes[FRAME_LENGTH_BYTES] = (uint8_t)kind;
    pair_up(&pair, true);
    feed_b(mm_bytes_from(bytes, FRAME_LENGTH_BYTES + 1 + len), verdict);
    free(bytes);
    pair_fini(&pair);
}

Test(session, an_unknown_kind_ends_it_and_so_does_a_payload_above_its_kinds_limit)
{
    size_t count;
    const struct frame_rule *rules = frame_rules(&count);
    for (unsigned kind = 0; kind < 256; kind++) {
        if (frame_rule_of(kind) == NULL)
            feed_plain(kind, 3, SESSION_UNKNOWN_KIND);
    }
    for (size_t i = 0; i < count; i++) {
        feed_plain(rules[i].kind, rules[i].payload_bytes_max, SESSION_OK);
        if (rules[i].payload_bytes_max < FRAME_PAYLOAD_BYTES_MAX)
            feed_plain(rules[i].kind, rules[i].payload_bytes_max + 1, SESSION_ABOVE_LIMIT);
    }
    pair_up(&pair, false);
}

#ifdef MINTMARK_CHECKED
Test(session, without_memory_for_a_frame_it_ends)
{
    pair_up(&pair, false);
    pair_seal(&pair, PAIR_A, FRAME_STATUS, MM_BYTES_LIT("abc"));
    const mm_bytes bytes = pair_take(&pair, PAIR_A);
    mm_heap_fail_after(0);
    mm_bytes in = bytes;
    struct frame *frame;
    cr_assert_eq(session_feed(pair.sessions[PAIR_B], &in, &frame, &pair.wire[PAIR_B]),
                 SESSION_ENDED);
    mm_heap_fail_after(SIZE_MAX);
    expect_end(PAIR_B, SESSION_NO_MEMORY);
    free((void *)bytes.ptr);
}
#endif
