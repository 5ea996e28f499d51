/* Dialing: again and again, one link a node, the right node. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "node.h"
#include "raw.h"

Test(dialing, a_lost_connection_comes_back)
{
    struct node *a = node_new(1), *b = node_new(2);
    node_open(a);
    node_open(b);
    node_dial(a, b);
    for (size_t i = 1; i <= 3; i++) {
        (void)node_wait(a, LINKS_UP, i);
        (void)node_wait(b, LINKS_UP, i);
        links_bye(b->links, node_peer(b), BYE_TOO_SLOW);
        (void)node_wait(a, LINKS_DOWN, i);
    }
    (void)node_wait(a, LINKS_UP, 4);
    node_free(a);
    node_free(b);
}

Test(dialing, a_node_that_comes_later_or_again_is_found)
{
    struct node *a = node_new(1), *b = node_new(2);
    static char url[64];
    node_open(a);
    node_open(b);
    (void)snprintf(url, sizeof url, "%s", node_url(b));
    node_close(b);
    cr_assert_eq(links_dial(a->links, url, &b->id, NULL), MM_OK);
    test_sleep_ms(300);
    cr_assert_eq(node_count(a, LINKS_UP), 0);
    b->url = url;
    node_open(b);
    (void)node_wait(a, LINKS_UP, 1);
    node_close(b);
    (void)node_wait(a, LINKS_DOWN, 1);
    node_open(b);
    (void)node_wait(a, LINKS_UP, 2);
    node_free(a);
    node_free(b);
}

Test(dialing, a_forgotten_address_is_left_and_not_dialed_again)
{
    struct node *a = node_new(1), *b = node_new(2);
    node_open(a);
    node_open(b);
    node_dial(a, b);
    (void)node_wait(b, LINKS_UP, 1);
    (void)node_wait(a, LINKS_UP, 1);
    cr_assert(links_forget(a->links, node_url(b)));
    const struct node_entry down = node_wait(b, LINKS_DOWN, 1);
    cr_assert_eq(down.bye, BYE_GOODBYE);
    test_sleep_ms(700);
    cr_assert_eq(node_count(b, LINKS_UP), 1);
    node_free(a);
    node_free(b);
}

Test(dialing, another_node_than_expected_is_refused_before_it_hears_who_dials)
{
    struct node *a = node_new(1), *b = node_new(2);
    node_open(a);
    node_open(b);
    cr_assert_eq(links_dial(a->links, node_url(b), &a->id, NULL), MM_OK);
    const struct node_entry refused = node_wait(a, LINKS_REFUSED, 1);
    cr_assert_eq(refused.end, LINKS_END_PROTOCOL);
    cr_assert_eq(refused.session, SESSION_HANDSHAKE);
    cr_assert_eq(refused.handshake, HANDSHAKE_WRONG_KEY);
    cr_assert_eq(node_wait(b, LINKS_REFUSED, 1).end, LINKS_END_LOST);
    node_free(a);
    node_free(b);
}

Test(dialing, a_node_that_dials_itself_is_refused)
{
    struct node *a = node_new(1);
    node_open(a);
    node_dial(a, a);
    (void)node_wait(a, LINKS_REFUSED, 2);
    cr_assert_eq(node_count(a, LINKS_UP), 0);
    bool is_seen = false;
    for (size_t i = 0; i < a->log_count; i++)
        is_seen |= a->log[i].handshake == HANDSHAKE_OWN_KEY;
    cr_assert(is_seen);
    node_free(a);
}

/* How many peers the two have of each other, once nothing changes any more. */
static void expect_one_link(struct node *a, struct node *b)
{
    node_wait_peers(a, 1);
    node_wait_peers(b, 1);
    test_sleep_ms(600); /* dialers that were refused come back at their peril */
    cr_assert_eq(links_stats(a->links).peers, 1);
    cr_assert_eq(links_stats(b->links).peers, 1);
    const uint64_t end_ms = test_clock_ms() + 5000;
    while (links_stats(a->links).links + links_stats(b->links).links > 2 &&
           test_clock_ms() < end_ms)
        test_sleep_ms(5);
    cr_assert_eq(links_stats(a->links).links, 1);
    cr_assert_eq(links_stats(b->links).links, 1);
    struct links_peer at_a, at_b;
    cr_assert_eq(links_list(a->links, &at_a, 1), 1);
    cr_assert_eq(links_list(b->links, &at_b, 1), 1);
    cr_assert_neq(at_a.is_inbound, at_b.is_inbound, "it is the same one");
    cr_assert(links_send(a->links, at_a.peer, FRAME_STATUS, MM_BYTES_LIT("x")));
    node_wait_frames(b, 1);
}

Test(dialing, two_that_dial_each_other_at_once_have_one_link, .timeout = 120)
{
    for (unsigned turn = 0; turn < 12; turn++) {
        struct node *a = node_new((uint8_t)(1 + turn)), *b = node_new((uint8_t)(100 + turn));
        node_open(a);
        node_open(b);
        node_dial(a, b);
        if (turn % 3 == 1)
            test_sleep_ms(1);
        node_dial(b, a);
        expect_one_link(a, b);
        node_free(a);
        node_free(b);
    }
}

Test(dialing, one_that_is_dialed_at_two_addresses_has_one_link)
{
    struct node *a = node_new(1), *b = node_new(2);
    char path[64];
    const char *urls[2] = { "tcp://127.0.0.1:0", path };
    (void)snprintf(path, sizeof path, "ipc:///tmp/mintmark-two-%d", (int)getpid());
    node_open(a);
    b->options.listen_urls = urls;
    b->options.listen_count = 2;
    cr_assert_eq(links_open(&b->links, &b->options, NULL), MM_OK);
    node_dial(a, b);
    cr_assert_eq(links_dial(a->links, path, NULL, NULL), MM_OK);
    expect_one_link(a, b);
    cr_assert_eq(node_count(a, LINKS_UP), 1, "and nothing came and went");
    node_free(a);
    node_free(b);
}

Test(dialing, a_node_that_lost_its_link_without_a_word_takes_its_place_again)
{
    struct node *b = node_new(2);
    node_open(b);
    struct raw old = raw_up(b, 9);
    const uint64_t first = node_wait(b, LINKS_UP, 1).peer;
    struct raw new = raw_up(b, 9); /* the same key; the first was never closed */
    const struct node_entry up = node_wait(b, LINKS_UP, 2);
    const struct node_entry down = node_wait(b, LINKS_DOWN, 1);
    cr_assert_eq(down.peer, first);
    cr_assert_eq(down.bye, BYE_DUPLICATE);
    cr_assert_neq(up.peer, first);
    raw_send(&new, FRAME_STATUS, MM_BYTES_LIT("x"));
    node_wait_frames(b, 1);
    raw_close(&old);
    raw_close(&new);
    node_free(b);
}

/* Goal: of two links with one node, one dialed by each, the smaller node id's stays.
 * Method: a peer that answers the node's dialing up to the last message, then dials the node and comes up, then says that message. */
Test(dialing, of_links_dialed_by_each_the_smaller_ids_stays)
{
    bool was_smaller[2] = { false, false };
    for (uint8_t seed = 2; !was_smaller[0] || !was_smaller[1]; seed++) {
        struct node *node = node_new(1);
        char url[64];
        const int listener = raw_listen(url);
        node_open(node);
        cr_assert_eq(links_dial(node->links, url, NULL, NULL), MM_OK);
        struct raw answered = raw_answer(node, listener, seed);
        struct raw dialed = raw_up(node, seed);
        (void)node_wait(node, LINKS_UP, 1);
        raw_flush(&answered);
        const node_id peer = node_key_id(dialed.key);
        const bool is_smaller = node_id_compare(&node->id, &peer) < 0;
        if (is_smaller) { /* what the node dialed takes over */
            cr_assert_not(node_wait(node, LINKS_UP, 2).is_inbound);
            const struct node_entry down = node_wait(node, LINKS_DOWN, 1);
            cr_assert(down.is_inbound && down.bye == BYE_DUPLICATE);
            cr_assert(raw_is_closed(dialed.fd, 5000));
        } else {
            const struct node_entry refused = node_wait(node, LINKS_REFUSED, 1);
            cr_assert(!refused.is_inbound && refused.bye == BYE_DUPLICATE);
            cr_assert(raw_is_closed(answered.fd, 5000));
            cr_assert_eq(node_count(node, LINKS_DOWN), 0);
        }
        was_smaller[is_smaller] = true;
        cr_assert_eq(links_stats(node->links).peers, 1);
        raw_close(&answered);
        raw_close(&dialed);
        close(listener);
        node_free(node);
    }
}

Test(dialing, who_never_answers_is_given_up_and_tried_again)
{
    struct node *a = node_new(1);
    char url[64];
    const int silent =
        raw_listen(url); /* connections come into its backlog, and nobody takes them */
    a->options.handshake_ms = 150;
    node_open(a);
    cr_assert_eq(links_dial(a->links, url, NULL, NULL), MM_OK);
    const struct node_entry refused = node_wait(a, LINKS_REFUSED, 2);
    cr_assert_eq(refused.end, LINKS_END_TIMEOUT);
    close(silent);
    node_free(a);
}

Test(dialing, a_connection_that_is_cut_without_a_word_comes_back)
{
    struct node *a = node_new(1);
    char url[64];
    const int listener = raw_listen(url);
    node_open(a);
    cr_assert_eq(links_dial(a->links, url, NULL, NULL), MM_OK);
    for (size_t i = 1; i <= 3; i++) {
        struct raw raw = raw_answer(a, listener, 9);
        raw_flush(&raw);
        (void)node_wait(a, LINKS_UP, i);
        raw_close(&raw);
        cr_assert_eq(node_wait(a, LINKS_DOWN, i).end, LINKS_END_LOST);
    }
    close(listener);
    node_free(a);
}

Test(dialing, again_waits_twice_as_long_each_time)
{
    struct node *a = node_new(1);
    char url[64];
    uint64_t times_ms[4];
    const int listener = raw_listen(url);
    node_open(a);
    cr_assert_eq(links_dial(a->links, url, NULL, NULL), MM_OK);
    for (size_t i = 0; i < MM_COUNT_OF(times_ms); i++) {
        const int fd = accept(listener, NULL, NULL);
        times_ms[i] = test_clock_ms();
        close(fd);
    }
    for (size_t i = 1; i < MM_COUNT_OF(times_ms); i++) {
        const uint64_t waited_ms = times_ms[i] - times_ms[i - 1];
        const uint64_t backoff_ms = (uint64_t)LINKS_BACKOFF_MS << (i - 1);
        cr_assert_geq(waited_ms, backoff_ms - 10);
        cr_assert_leq(waited_ms, backoff_ms * 5 / 4 + 1500, "a slow machine, not a longer wait");
    }
    close(listener);
    node_free(a);
}
