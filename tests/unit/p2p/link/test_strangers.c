/* Who knocks and is no peer: garbage, other chains, half-open connections by the thousand, frames that lie. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "node.h"
#include "raw.h"

static struct node *node;

static void open_node(void)
{
    node = node_new(1);
    node_open(node);
}

static void expect_refused(enum session_verdict session, enum handshake_verdict handshake)
{
    const struct node_entry refused = node_wait(node, LINKS_REFUSED, 1);
    cr_assert_eq(refused.end, LINKS_END_PROTOCOL);
    cr_assert_eq(refused.session, session);
    cr_assert_eq(refused.handshake, handshake);
}

Test(strangers, a_browser_is_hung_up_on)
{
    open_node();
    const int fd = raw_connect(node);
    raw_write(fd, MM_BYTES_LIT("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    cr_assert(raw_is_closed(fd, 5000));
    expect_refused(SESSION_HANDSHAKE, HANDSHAKE_TOO_LONG);
    close(fd);
    node_free(node);
}

Test(strangers, who_says_nothing_is_hung_up_on_when_the_time_is_up)
{
    node = node_new(1);
    node->options.handshake_ms = 200;
    node_open(node);
    const uint64_t start_ms = test_clock_ms();
    const int fd = raw_connect(node);
    raw_write(fd, MM_BYTES_LIT("\0\0\0\x25mmk"));
    cr_assert(raw_is_closed(fd, 5000));
    cr_assert_geq(test_clock_ms() - start_ms, 190);
    cr_assert_eq(node_wait(node, LINKS_REFUSED, 1).end, LINKS_END_TIMEOUT);
    close(fd);
    node_free(node);
}

Test(strangers, a_node_of_another_chain_is_refused_by_both)
{
    open_node();
    struct node *other = node_new(2);
    other->options.domain.genesis_hash.b[0] ^= 1;
    node_open(other);
    node_dial(other, node);
    const struct node_entry at_dialer = node_wait(other, LINKS_REFUSED, 1);
    cr_assert_eq(at_dialer.handshake, HANDSHAKE_UNDECIPHERABLE);
    cr_assert_eq(node_wait(node, LINKS_REFUSED, 1).end, LINKS_END_LOST);
    cr_assert_eq(node_count(node, LINKS_UP), 0);
    node_free(other);
    node_free(node);
}

Test(strangers, a_plain_node_and_a_sealed_one_do_not_meet)
{
    open_node();
    struct node *other = node_new(2);
    other->options.is_plain = true;
    node_open(other);
    node_dial(other, node);
    expect_refused(SESSION_HANDSHAKE, HANDSHAKE_MODE);
    node_free(other);
    node_free(node);
}

/* Goal: half-open connections cost a bounded amount, and honest nodes come up among them.
 * Method: 1 000 connections that say nothing, held open by the other side as long as they are let. */
Test(strangers, a_thousand_half_open_connections_are_bounded_and_others_are_served, .timeout = 120)
{
    enum { STRANGERS = 1000 };
    static int fds[STRANGERS];
    const struct rlimit many = { 4096, 4096 };
    (void)setrlimit(RLIMIT_NOFILE, &many);
    open_node();
    struct node *honest = node_new(2);
    node_open(honest);
    size_t links_max = 0;
    for (size_t i = 0; i < STRANGERS; i++) {
        fds[i] = raw_connect(node);
        cr_assert_geq(fds[i], 0);
        if (i == STRANGERS / 2)
            node_dial(honest, node);
        const struct links_stats stats = links_stats(node->links);
        cr_assert_leq(stats.half_open, LINKS_HALF_OPEN_MAX);
        links_max = stats.links > links_max ? stats.links : links_max;
    }
    (void)node_wait(honest, LINKS_UP, 1);
    cr_assert(links_send(honest->links, node_peer(honest), FRAME_STATUS, MM_BYTES_LIT("x")));
    node_wait_frames(node, 1);
    cr_assert_leq(links_max, LINKS_PEERS_MAX + 2 * LINKS_HALF_OPEN_MAX);
    const uint64_t end_ms = test_clock_ms() + 20000;
    while (links_stats(node->links).accepted < STRANGERS && test_clock_ms() < end_ms)
        test_sleep_ms(5);
    cr_assert_geq(links_stats(node->links).accepted, STRANGERS);
    cr_assert_leq(links_stats(node->links).half_open, LINKS_HALF_OPEN_MAX);
    for (size_t i = 0; i < STRANGERS; i++)
        close(fds[i]);
    node_free(honest);
    node_free(node);
}

/* ---- peers that turn bad ---- */

static void expect_down(enum session_verdict verdict)
{
    const struct node_entry down = node_wait(node, LINKS_DOWN, 1);
    cr_assert_eq(down.end, LINKS_END_PROTOCOL);
    cr_assert_eq(down.session, verdict);
}

Test(strangers, a_frame_whose_length_lies_ends_the_link)
{
    open_node();
    struct raw raw = raw_up(node, 9);
    raw_write(raw.fd, MM_BYTES_LIT("\x00\x40\x00\x01"));
    cr_assert(raw_is_closed(raw.fd, 5000));
    expect_down(SESSION_TOO_LONG);
    raw_close(&raw);
    node_free(node);
}

Test(strangers, a_frame_that_does_not_open_ends_the_link)
{
    open_node();
    struct raw raw = raw_up(node, 9);
    raw_write(raw.fd, MM_BYTES_LIT("\x00\x00\x00\x14"
                                   "12345678901234567890"));
    cr_assert(raw_is_closed(raw.fd, 5000));
    expect_down(SESSION_FORGED);
    raw_close(&raw);
    node_free(node);
}

Test(strangers, a_claim_of_four_megabytes_waits_and_others_are_served)
{
    open_node();
    struct raw liar = raw_up(node, 9);
    struct raw honest = raw_up(node, 10);
    (void)node_wait(node, LINKS_UP, 2);
    raw_write(liar.fd, MM_BYTES_LIT("\x00\x40\x00\x00"
                                    "and nothing more"));
    raw_send(&honest, FRAME_STATUS, MM_BYTES_LIT("x"));
    node_wait_frames(node, 1);
    cr_assert_eq(links_stats(node->links).peers, 2);
    raw_close(&liar);
    cr_assert_eq(node_wait(node, LINKS_DOWN, 1).end, LINKS_END_LOST);
    raw_close(&honest);
    node_free(node);
}

Test(strangers, goodbye_with_a_payload_of_nonsense_is_goodbye_still)
{
    open_node();
    struct raw raw = raw_up(node, 9);
    raw_send(&raw, FRAME_BYE, MM_BYTES_LIT("\xff\xff"));
    const struct node_entry down = node_wait(node, LINKS_DOWN, 1);
    cr_assert_eq(down.end, LINKS_END_TOLD);
    cr_assert_eq(down.bye, BYE_GOODBYE);
    raw_close(&raw);
    node_free(node);
}
