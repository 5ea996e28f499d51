/* The handshake between honest nodes, and with somebody who changes bytes between them. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "pair.h"

static struct pair pair;

static void init(void)
{
    pair_init(&pair);
}

static void fini(void)
{
    pair_fini(&pair);
}

TestSuite(handshake, .init = init, .fini = fini);

static void expect(int who, enum handshake_verdict verdict)
{
    const struct session *session = pair.sessions[who];
    cr_assert_eq(session_verdict(session), SESSION_HANDSHAKE);
    cr_assert_eq(session_handshake_verdict(session), verdict, "%s, not %s",
                 handshake_verdict_text(session_handshake_verdict(session)),
                 handshake_verdict_text(verdict));
}

static void expect_up(void)
{
    for (int i = 0; i < 2; i++) {
        const node_id other = node_key_id(pair.keys[1 - i]);
        cr_assert(session_is_up(pair.sessions[i]));
        cr_assert_eq(pair.up_count[i], 1);
        cr_assert(node_id_equal(session_peer(pair.sessions[i]), &other));
        cr_assert_str_eq(session_hello(pair.sessions[i])->client, "test/1");
        cr_assert_eq(session_hello(pair.sessions[i])->listen_port, 30303);
        cr_assert_eq(session_hello(pair.sessions[i])->version, WIRE_VERSION);
    }
    cr_assert_eq(pair.met_count, 1);
}

Test(handshake, both_know_each_other_afterwards)
{
    pair_start(&pair);
    pair_run(&pair, 1 << 20);
    expect_up();
}

Test(handshake, pieces_of_any_size_do)
{
    for (size_t piece = 1; piece < 120; piece++) {
        pair_start(&pair);
        pair_run(&pair, piece);
        expect_up();
        pair_fini(&pair);
        pair_init(&pair);
    }
}

Test(handshake, in_plain_mode_nothing_is_sealed_and_both_are_proven)
{
    pair.options[PAIR_A].is_plain = pair.options[PAIR_B].is_plain = true;
    pair_start(&pair);
    pair_run(&pair, 7);
    expect_up();
}

Test(handshake, no_name_is_readable_on_a_sealed_wire)
{
    uint8_t seen[4096];
    size_t seen_len = 0;
    pair_start(&pair);
    for (int turn = 0; turn < 4; turn++) {
        const mm_bytes bytes = pair_take(&pair, turn % 2);
        cr_assert_leq(seen_len + bytes.len, sizeof seen);
        memcpy(seen + seen_len, bytes.ptr, bytes.len);
        seen_len += bytes.len;
        (void)pair_feed(&pair, 1 - turn % 2, bytes, bytes.len);
        free((void *)bytes.ptr);
    }
    expect_up();
    for (int i = 0; i < 2; i++) {
        const node_id id = node_key_id(pair.keys[i]);
        cr_assert_null(memmem(seen, seen_len, id.b, sizeof id.b));
    }
    cr_assert_null(memmem(seen, seen_len, "test/1", 6));
    cr_assert_null(memmem(seen, seen_len, pair.options[0].hello.domain.genesis_hash.b, 32));
}

Test(handshake, an_initiator_says_nothing_of_itself_before_its_owner_goes_on)
{
    pair_start(&pair);
    mm_bytes bytes = pair_take(&pair, PAIR_A);
    (void)pair_feed(&pair, PAIR_B, bytes, bytes.len);
    free((void *)bytes.ptr);
    bytes = pair_take(&pair, PAIR_B);
    mm_bytes in = bytes;
    struct frame *frame;
    cr_assert_eq(session_feed(pair.sessions[PAIR_A], &in, &frame, &pair.wire[PAIR_A]), SESSION_MET);
    const node_id other = node_key_id(pair.keys[PAIR_B]);
    cr_assert(node_id_equal(session_peer(pair.sessions[PAIR_A]), &other));
    cr_assert_eq(pair.wire[PAIR_A].len, 0);
    cr_assert_eq(session_feed(pair.sessions[PAIR_A], &in, &frame, &pair.wire[PAIR_A]),
                 SESSION_MORE);
    cr_assert_gt(pair.wire[PAIR_A].len, 100);
    free((void *)bytes.ptr);
}

Test(handshake, the_expected_node_is_taken_and_another_is_refused_before_a_word)
{
    const node_id b = node_key_id(pair.keys[PAIR_B]);
    const node_id a = node_key_id(pair.keys[PAIR_A]);
    pair.options[PAIR_A].expected = &b;
    pair.options[PAIR_B].expected = &a;
    pair_start(&pair);
    pair_run(&pair, 1 << 20);
    expect_up();
    pair_fini(&pair);

    node_id other = b;
    other.b[31] ^= 1;
    pair_init(&pair);
    pair.options[PAIR_A].expected = &other;
    pair_start(&pair);
    pair_run(&pair, 1 << 20);
    expect(PAIR_A, HANDSHAKE_WRONG_KEY);
    cr_assert_eq(session_verdict(pair.sessions[PAIR_B]), SESSION_OK, "it waits");
    cr_assert_eq(pair.met_count, 0);
    pair_fini(&pair);

    pair_init(&pair);
    pair.options[PAIR_B].expected = &other;
    pair_start(&pair);
    pair_run(&pair, 1 << 20);
    expect(PAIR_B, HANDSHAKE_WRONG_KEY);
}

Test(handshake, a_node_does_not_talk_to_itself)
{
    pair.options[PAIR_B].key = pair.keys[PAIR_A];
    pair_start(&pair);
    pair_run(&pair, 1 << 20);
    expect(PAIR_A, HANDSHAKE_OWN_KEY);
    cr_assert_not(session_is_up(pair.sessions[PAIR_B]));
}

Test(handshake, a_node_of_another_genesis_or_chain_id_cannot_read_a_word)
{
    for (int change = 0; change < 2; change++) {
        struct wire_domain *domain = &pair.options[PAIR_B].hello.domain;
        if (change == 0)
            domain->genesis_hash.b[31] ^= 1;
        else
            domain->chain_id++;
        pair_start(&pair);
        pair_run(&pair, 1 << 20);
        expect(PAIR_A, HANDSHAKE_UNDECIPHERABLE);
        cr_assert_not(session_is_up(pair.sessions[PAIR_B]));
        pair_fini(&pair);
        pair_init(&pair);
    }
}

Test(handshake, in_plain_mode_another_chain_is_named)
{
    pair.options[PAIR_A].is_plain = pair.options[PAIR_B].is_plain = true;
    pair.options[PAIR_B].hello.domain.chain_id++;
    pair_start(&pair);
    pair_run(&pair, 1 << 20);
    expect(PAIR_B, HANDSHAKE_WRONG_CHAIN);
}

Test(handshake, modes_do_not_mix)
{
    for (int who = 0; who < 2; who++) {
        pair.options[who].is_plain = true;
        pair_start(&pair);
        pair_run(&pair, 1 << 20);
        expect(PAIR_B, HANDSHAKE_MODE);
        pair_fini(&pair);
        pair_init(&pair);
    }
}

/* ---- changed bytes ---- */

/* A handshake in which byte `at` of message `number` (0 to 3) is changed. The message's length. */
static size_t run_with_change(unsigned number, size_t at, uint8_t change)
{
    size_t len = 0;
    pair_start(&pair);
    for (unsigned turn = 0; turn < 4; turn++) {
        const int from = turn % 2 == 0 ? PAIR_A : PAIR_B;
        const mm_bytes bytes = pair_take(&pair, from);
        if (turn == number) {
            len = bytes.len;
            if (at < len)
                ((uint8_t *)bytes.ptr)[at] ^= change;
        }
        (void)pair_feed(&pair, 1 - from, bytes, bytes.len + 1);
        free((void *)bytes.ptr);
    }
    return len;
}

static void no_link_after_change(unsigned number, size_t at, uint8_t change)
{
    (void)run_with_change(number, at, change);
    cr_assert_not(session_is_up(pair.sessions[number % 2 == 0 ? PAIR_B : PAIR_A]),
                  "message %u, byte %zu", number + 1, at);
    /* The responder is up when message 3 was right, whatever happens to the last. */
    if (number < 3)
        cr_assert_not(session_is_up(pair.sessions[PAIR_A]) && session_is_up(pair.sessions[PAIR_B]));
    pair_fini(&pair);
    pair_init(&pair);
}

Test(handshake, no_changed_byte_of_any_message_passes, .timeout = 60)
{
    for (unsigned number = 0; number < 4; number++) {
        const size_t len = run_with_change(number, SIZE_MAX, 0);
        pair_fini(&pair);
        pair_init(&pair);
        cr_assert_gt(len, 36);
        for (size_t at = 0; at < len; at++) {
            no_link_after_change(number, at, 0x01);
            no_link_after_change(number, at, 0xff);
        }
    }
}

Test(handshake, each_changed_part_has_its_verdict)
{
    const struct {
        unsigned number;
        size_t at;
        int who;
        enum handshake_verdict verdict;
    } cases[] = {
        { 0, 4, PAIR_B, HANDSHAKE_UNEXPECTED },     /* "mmk" */
        { 0, 7, PAIR_B, HANDSHAKE_UNEXPECTED },     /* the mode */
        { 0, 8, PAIR_B, HANDSHAKE_WRONG_VERSION },  /* the version */
        { 0, 9, PAIR_A, HANDSHAKE_UNDECIPHERABLE }, /* its ephemeral key: the keys differ */
        { 0, 0, PAIR_B, HANDSHAKE_TOO_LONG },       /* the length */
        { 1, 4, PAIR_A, HANDSHAKE_UNEXPECTED },
        { 1, 8, PAIR_A, HANDSHAKE_WRONG_VERSION },
        { 1, 9, PAIR_A, HANDSHAKE_UNDECIPHERABLE },
        { 1, 50, PAIR_A, HANDSHAKE_UNDECIPHERABLE }, /* the sealed id */
        { 2, 60, PAIR_B, HANDSHAKE_UNDECIPHERABLE },
        { 3, 60, PAIR_A, HANDSHAKE_UNDECIPHERABLE },
        { 3, 0, PAIR_A, HANDSHAKE_TOO_LONG },
    };
    for (size_t i = 0; i < MM_COUNT_OF(cases); i++) {
        (void)run_with_change(cases[i].number, cases[i].at, 0x80);
        expect(cases[i].who, cases[i].verdict);
        pair_fini(&pair);
        pair_init(&pair);
    }
}

Test(handshake, a_length_just_above_the_limit_is_refused_at_once)
{
    pair_start(&pair);
    const uint8_t length[] = { 0, 0, (HANDSHAKE_BYTES_MAX + 1) >> 8,
                               (HANDSHAKE_BYTES_MAX + 1) & 0xff };
    cr_assert_eq(pair_feed(&pair, PAIR_B, MM_BYTES_OF(length), 4), SESSION_ENDED);
    expect(PAIR_B, HANDSHAKE_TOO_LONG);
}

Test(handshake, the_limit_holds_without_a_session_too)
{
    uint8_t message[HANDSHAKE_BYTES_MAX + 1] = { 0 };
    struct handshake *handshake;
    struct mm_buf out;
    mm_buf_init(&out, 4096);
    pair_start(&pair);
    for (size_t len = HANDSHAKE_BYTES_MAX; len <= HANDSHAKE_BYTES_MAX + 1; len++) {
        cr_assert_eq(handshake_new(&handshake, &pair.options[PAIR_B]), MM_OK);
        cr_assert_eq(handshake_take(handshake, message, len, &out), HANDSHAKE_FAILED);
        cr_assert_eq(handshake_verdict(handshake),
                     len > HANDSHAKE_BYTES_MAX ? HANDSHAKE_TOO_LONG : HANDSHAKE_UNEXPECTED);
        cr_assert_eq(out.len, 0);
        handshake_free(handshake);
    }
    mm_buf_fini(&out);
}

Test(handshake, an_opening_of_another_length_is_refused)
{
    for (int change = -1; change <= 1; change += 2) {
        pair_start(&pair);
        const mm_bytes bytes = pair_take(&pair, PAIR_A);
        uint8_t message[64] = { 0 };
        memcpy(message, bytes.ptr, bytes.len);
        message[3] = (uint8_t)(message[3] + change);
        (void)pair_feed(&pair, PAIR_B, mm_bytes_from(message, bytes.len + 1), 64);
        expect(PAIR_B, HANDSHAKE_UNEXPECTED);
        free((void *)bytes.ptr);
        pair_fini(&pair);
        pair_init(&pair);
    }
}

Test(handshake, what_comes_back_from_a_mirror_is_refused)
{
    pair_start(&pair);
    const mm_bytes bytes = pair_take(&pair, PAIR_A);
    (void)pair_feed(&pair, PAIR_A, bytes, bytes.len);
    expect(PAIR_A, HANDSHAKE_OWN_KEY);
    free((void *)bytes.ptr);
}

Test(handshake, a_recorded_handshake_opens_nothing_later)
{
    pair_start(&pair);
    const mm_bytes one = pair_take(&pair, PAIR_A);
    (void)pair_feed(&pair, PAIR_B, one, one.len);
    const mm_bytes two = pair_take(&pair, PAIR_B);
    (void)pair_feed(&pair, PAIR_A, two, two.len);
    const mm_bytes three = pair_take(&pair, PAIR_A);
    pair_fini(&pair);

    pair_init(&pair); /* the same nodes, new ephemeral keys */
    memset(pair.options[PAIR_A].ephemeral_secret, 55, HANDSHAKE_EPHEMERAL_BYTES);
    memset(pair.options[PAIR_B].ephemeral_secret, 66, HANDSHAKE_EPHEMERAL_BYTES);
    pair_start(&pair);
    (void)pair_feed(&pair, PAIR_B, one, one.len);
    (void)pair_feed(&pair, PAIR_B, three, three.len);
    expect(PAIR_B, HANDSHAKE_UNDECIPHERABLE);
    (void)pair_feed(&pair, PAIR_A, two, two.len);
    expect(PAIR_A, HANDSHAKE_UNDECIPHERABLE);
    free((void *)one.ptr);
    free((void *)two.ptr);
    free((void *)three.ptr);
}

Test(handshake, after_the_end_nothing_is_read_any_more)
{
    pair_start(&pair);
    (void)pair_feed(&pair, PAIR_B, MM_BYTES_LIT("GET / HTTP/1.1\r\n\r\n"), 100);
    expect(PAIR_B, HANDSHAKE_TOO_LONG);
    pair_run(&pair, 1 << 20);
    expect(PAIR_B, HANDSHAKE_TOO_LONG);
}
