/* Nodes that are linked and talk. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node.h"
#include "p2p/link/ban.h"
#include "tests/lib/random.h"

static struct node *a, *b;

static void open_two(void)
{
    a = node_new(1);
    b = node_new(2);
    node_open(a);
    node_open(b);
    node_dial(a, b);
    (void)node_wait(a, LINKS_UP, 1);
    (void)node_wait(b, LINKS_UP, 1);
}

static void free_two(void)
{
    node_free(a);
    node_free(b);
}

Test(links, two_nodes_come_up_and_know_each_other)
{
    open_two();
    const struct node_entry at_a = node_wait(a, LINKS_UP, 1);
    const struct node_entry at_b = node_wait(b, LINKS_UP, 1);
    cr_assert(node_id_equal(&at_a.id, &b->id) && node_id_equal(&at_b.id, &a->id));
    cr_assert(!at_a.is_inbound && at_b.is_inbound);
    cr_assert_str_eq(at_a.client, "test/1");
    cr_assert_eq(at_a.told_port, links_port(b->links, 0));
    struct links_peer peer;
    cr_assert_eq(links_list(b->links, &peer, 1), 1);
    cr_assert_str_eq(peer.host, "127.0.0.1");
    cr_assert_eq(strncmp(peer.address, "tcp://127.0.0.1:", 16), 0);
    cr_assert_eq(peer.peer, at_b.peer);
    cr_assert_eq(links_list(a->links, &peer, 1), 1);
    cr_assert_str_eq(peer.address, node_url(b));
    free_two();
}

Test(links, frames_go_both_ways_and_are_counted)
{
    open_two();
    cr_assert(links_send(a->links, node_peer(a), FRAME_STATUS, MM_BYTES_LIT("from a")));
    cr_assert(links_send(b->links, node_peer(b), FRAME_TX, MM_BYTES_LIT("from b")));
    node_wait_frames(a, 1);
    node_wait_frames(b, 1);
    struct links_peer peer;
    cr_assert_eq(links_list(a->links, &peer, 1), 1);
    cr_assert_gt(peer.bytes_in, 150);
    cr_assert_gt(peer.bytes_out, 150);
    cr_assert_not(links_send(a->links, 999, FRAME_STATUS, MM_BYTES_LIT("x")), "no such peer");
    free_two();
}

Test(links, the_largest_frame_arrives_whole)
{
    a = node_new(1);
    b = node_new(2);
    b->keeps_frames = true;
    node_open(a);
    node_open(b);
    node_dial(a, b);
    (void)node_wait(a, LINKS_UP, 1);
    uint8_t *bytes = malloc(FRAME_PAYLOAD_BYTES_MAX);
    struct test_random random = { 5 };
    test_random_fill(&random, bytes, FRAME_PAYLOAD_BYTES_MAX);
    const mm_bytes payload = mm_bytes_from(bytes, FRAME_PAYLOAD_BYTES_MAX);
    for (int i = 0; i < 2; i++)
        cr_assert(links_send(a->links, node_peer(a), FRAME_BODIES, payload));
    node_wait_frames(b, 2);
    cr_assert(mm_bytes_equal(b->kept[0]->payload, payload));
    cr_assert(mm_bytes_equal(b->kept[1]->payload, payload));
    free(bytes);
    free_two();
}

Test(links, a_frame_may_be_kept_longer_than_its_link)
{
    a = node_new(1);
    b = node_new(2);
    b->keeps_frames = true;
    node_open(a);
    node_open(b);
    node_dial(a, b);
    (void)node_wait(a, LINKS_UP, 1);
    cr_assert(links_send(a->links, node_peer(a), FRAME_STATUS, MM_BYTES_LIT("kept")));
    node_wait_frames(b, 1);
    node_close(a);
    node_close(b);
    cr_assert(mm_bytes_equal(b->kept[0]->payload, MM_BYTES_LIT("kept")));
    free_two();
}

/* Goal: nothing is lost and each class keeps its order, whatever is queued.
 * Method: 10 000 frames of three classes and many sizes, numbered within their class, sent as fast as the queues take them. */
Test(links, ten_thousand_frames_of_mixed_classes_arrive_in_the_order_of_their_class)
{
    static const enum frame_kind kinds[] = { FRAME_PROPOSAL, FRAME_BODIES, FRAME_TX };
    uint64_t sent[3] = { 0 }, seen[3] = { 0 };
    static uint8_t bytes[8192];
    struct test_random random = { 3 };
    a = node_new(1);
    b = node_new(2);
    b->keeps_frames = true;
    b->options.held_bytes_max = 1 << 30;
    node_open(a);
    node_open(b);
    node_dial(a, b);
    (void)node_wait(a, LINKS_UP, 1);
    const uint64_t peer = node_peer(a);
    for (size_t i = 0; i < 10000; i++) {
        const size_t class = test_random_below(&random, 3);
        const size_t len = 8 + test_random_below(&random, i % 50 == 0 ? 8184 : 300);
        struct links_peer state;
        memcpy(bytes, &sent[class], sizeof sent[class]);
        sent[class]++;
        cr_assert(links_send(a->links, peer, kinds[class], mm_bytes_from(bytes, len)));
        while (links_list(a->links, &state, 1) == 1 && state.queue_bytes[class] > 3 << 20)
            test_sleep_ms(1); /* a queue near its bound: this test is about order */
    }
    node_wait_frames(b, 10000);
    for (size_t i = 0; i < 10000; i++) {
        const struct frame *frame = b->kept[i];
        const size_t class = frame_rule_of(frame->kind)->class;
        uint64_t number;
        memcpy(&number, frame->payload.ptr, sizeof number);
        cr_assert_eq(number, seen[class]++);
    }
    cr_assert_arr_eq(sent, seen, sizeof sent);
    free_two();
}

Test(links, a_broadcast_reaches_all_but_one)
{
    struct node *nodes[6];
    for (uint8_t i = 0; i < 6; i++) {
        nodes[i] = node_new((uint8_t)(i + 1));
        node_open(nodes[i]);
        if (i > 0)
            node_dial(nodes[i], nodes[0]);
    }
    (void)node_wait(nodes[0], LINKS_UP, 5);
    struct links_peer peers[8];
    cr_assert_eq(links_list(nodes[0]->links, peers, 8), 5);
    for (size_t i = 1; i < 5; i++)
        cr_assert_lt(peers[i - 1].peer, peers[i].peer);
    cr_assert_eq(links_list(nodes[0]->links, peers, 2), 5, "as many as there are, not as fit");
    cr_assert_eq(links_broadcast(nodes[0]->links, FRAME_COMMIT, MM_BYTES_LIT("x"), peers[0].peer),
                 4);
    cr_assert_eq(links_broadcast(nodes[0]->links, FRAME_COMMIT, MM_BYTES_LIT("y"), 0), 5);
    for (size_t i = 1; i < 6; i++)
        node_wait_frames(nodes[i], node_id_equal(&nodes[i]->id, &peers[0].id) ? 1 : 2);
    for (size_t i = 0; i < 6; i++)
        node_free(nodes[i]);
}

Test(links, ipc_and_plain_mode_carry_the_same)
{
    char path[64];
    (void)snprintf(path, sizeof path, "ipc:///tmp/mintmark-link-%d", (int)getpid());
    for (int is_plain = 0; is_plain < 2; is_plain++) {
        a = node_new(1);
        b = node_new(2);
        a->options.is_plain = b->options.is_plain = is_plain != 0;
        b->url = path;
        node_open(a);
        node_open(b);
        node_dial(a, b);
        (void)node_wait(b, LINKS_UP, 1);
        (void)node_wait(a, LINKS_UP, 1);
        struct links_peer peer;
        struct stat about;
        cr_assert_eq(stat(path + strlen("ipc://"), &about), 0);
        cr_assert_eq(about.st_mode & 0777, 0600);
        cr_assert_eq(links_list(b->links, &peer, 1), 1);
        cr_assert_str_eq(peer.address, "ipc");
        cr_assert_str_eq(peer.host, "ipc");
        cr_assert(links_send(a->links, node_peer(a), FRAME_STATUS, MM_BYTES_LIT("1")));
        cr_assert(links_send(b->links, node_peer(b), FRAME_STATUS, MM_BYTES_LIT("2")));
        node_wait_frames(a, 1);
        node_wait_frames(b, 1);
        free_two();
    }
}

Test(links, plain_mode_does_not_leave_the_machine)
{
    struct mm_reason reason;
    a = node_new(1);
    a->options.is_plain = true;
    node_open(a);
    cr_assert_eq(links_dial(a->links, "tcp://192.0.2.1:30303", NULL, &reason), MM_ERR_INVALID);
    node_close(a);
    const char *url = "tcp://0.0.0.0:0";
    a->options.listen_urls = &url;
    cr_assert_eq(links_open(&a->links, &a->options, &reason), MM_ERR_INVALID);
    cr_assert_null(a->links);
    node_free(a);
}

Test(links, an_address_that_is_taken_or_makes_no_sense_is_an_error)
{
    struct mm_reason reason;
    a = node_new(1);
    node_open(a);
    b = node_new(2);
    const char *taken = node_url(a);
    const char *urls[] = { taken, "tls+tcp://127.0.0.1:0", "ws://127.0.0.1:0", "127.0.0.1:1" };
    b->options.listen_urls = &urls[0];
    cr_assert_eq(links_open(&b->links, &b->options, &reason), MM_ERR_BUSY);
    for (size_t i = 1; i < MM_COUNT_OF(urls); i++) {
        b->options.listen_urls = &urls[i];
        cr_assert_eq(links_open(&b->links, &b->options, &reason), MM_ERR_INVALID);
        cr_assert_eq(links_dial(a->links, urls[i], NULL, &reason), MM_ERR_INVALID);
    }
    cr_assert_eq(links_dial(a->links, "tcp://127.0.0.1:1", NULL, &reason), MM_OK);
    cr_assert_eq(links_dial(a->links, "tcp://127.0.0.1:1", NULL, &reason), MM_ERR_EXISTS);
    cr_assert(links_forget(a->links, "tcp://127.0.0.1:1"));
    cr_assert_not(links_forget(a->links, "tcp://127.0.0.1:1"));
    free_two();
}

Test(links, goodbye_is_heard_with_its_reason)
{
    open_two();
    links_bye(a->links, node_peer(a), BYE_BAD_CERTIFICATE);
    const struct node_entry told = node_wait(b, LINKS_DOWN, 1);
    const struct node_entry said = node_wait(a, LINKS_DOWN, 1);
    cr_assert_eq(told.end, LINKS_END_TOLD);
    cr_assert_eq(told.bye, BYE_BAD_CERTIFICATE);
    cr_assert_eq(said.end, LINKS_END_SAID);
    cr_assert_eq(said.bye, BYE_BAD_CERTIFICATE);
    free_two();
}

Test(links, closing_says_so_to_every_peer)
{
    open_two();
    const uint64_t start_ms = test_clock_ms();
    node_close(a);
    cr_assert_lt(test_clock_ms() - start_ms, 5000);
    const struct node_entry told = node_wait(b, LINKS_DOWN, 1);
    cr_assert_eq(told.end, LINKS_END_TOLD);
    cr_assert_eq(told.bye, BYE_SHUTTING_DOWN);
    cr_assert_eq(node_count(a, LINKS_DOWN), 1, "who closes is told, too");
    free_two();
}

Test(links, one_more_peer_than_wanted_is_sent_away)
{
    struct node *c = node_new(3);
    a = node_new(1);
    b = node_new(2);
    a->options.peers_max = 1;
    node_open(a);
    node_open(b);
    node_open(c);
    node_dial(b, a);
    (void)node_wait(a, LINKS_UP, 1);
    node_dial(c, a);
    const struct node_entry down = node_wait(c, LINKS_DOWN, 1);
    cr_assert_eq(down.end, LINKS_END_TOLD);
    cr_assert_eq(down.bye, BYE_TOO_MANY_PEERS);
    cr_assert_eq(node_count(a, LINKS_UP), 1);
    free_two();
    node_free(c);
}

Test(links, who_is_banned_leaves_and_does_not_come_back)
{
    open_two();
    links_ban(b->links, &a->id, NULL, 700);
    const struct node_entry down = node_wait(a, LINKS_DOWN, 1);
    cr_assert_eq(down.end, LINKS_END_TOLD);
    cr_assert_eq(down.bye, BYE_BANNED);
    test_sleep_ms(400);
    cr_assert_eq(links_stats(b->links).peers, 0);
    (void)node_wait(b, LINKS_UP, 2); /* the ban is over */
    free_two();
}

Test(links, bans_of_the_owner_outlive_the_links)
{
    static struct bans bans;
    a = node_new(1);
    b = node_new(2);
    b->options.bans = &bans;
    node_open(a);
    node_open(b);
    links_ban(b->links, &a->id, NULL, 600000);
    node_close(b);
    node_open(b);
    node_dial(b, a);
    const struct node_entry refused = node_wait(b, LINKS_REFUSED, 1);
    cr_assert_eq(refused.end, LINKS_END_SAID);
    cr_assert_eq(refused.bye, BYE_BANNED);
    cr_assert_eq(node_count(b, LINKS_UP), 0);
    free_two();
}

Test(links, a_banned_address_is_closed_before_the_handshake)
{
    a = node_new(1);
    b = node_new(2);
    node_open(a);
    node_open(b);
    links_ban(b->links, NULL, "127.0.0.1", 600000);
    node_dial(a, b);
    const struct node_entry refused = node_wait(b, LINKS_REFUSED, 1);
    cr_assert_eq(refused.end, LINKS_END_SAID);
    cr_assert_eq(refused.bye, BYE_BANNED);
    cr_assert_eq(node_count(a, LINKS_UP), 0);
    free_two();
}

Test(links, a_silent_peer_is_left)
{
    a = node_new(1);
    b = node_new(2);
    b->options.idle_ms = 300;
    node_open(a);
    node_open(b);
    node_dial(a, b);
    (void)node_wait(a, LINKS_UP, 1);
    (void)node_wait(b, LINKS_UP, 1);
    for (int i = 0; i < 20; i++) { /* who speaks is not */
        (void)links_send(a->links, node_peer(a), FRAME_STATUS, MM_BYTES_LIT("x"));
        test_sleep_ms(30);
    }
    cr_assert_eq(node_count(b, LINKS_DOWN), 0);
    const uint64_t start_ms = test_clock_ms();
    cr_assert_eq(node_wait(b, LINKS_DOWN, 1).end, LINKS_END_IDLE);
    cr_assert_lt(test_clock_ms() - start_ms, 2000, "it is not the handshake's limit that ends it");
    free_two();
}

Test(links, every_end_has_words)
{
    for (unsigned end = 0; end <= LINKS_END_NO_MEMORY; end++)
        cr_assert_gt(strlen(links_end_text((enum links_end)end)), 4);
}
