/* Closing at every moment: nothing hangs, leaks or is told afterwards. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <unistd.h>

#include "node.h"
#include "raw.h"

static uint8_t bytes[1 << 20];

Test(closing, during_the_handshake)
{
    for (unsigned turn = 0; turn < 40; turn++) {
        struct node *a = node_new(1), *b = node_new(2);
        node_open(a);
        node_open(b);
        node_dial(a, b);
        usleep(turn * 50);
        node_close(turn % 2 == 0 ? a : b);
        node_close(turn % 2 == 0 ? b : a);
        cr_assert_eq(node_count(a, LINKS_UP), node_count(a, LINKS_DOWN));
        cr_assert_eq(node_count(b, LINKS_UP), node_count(b, LINKS_DOWN));
        node_free(a);
        node_free(b);
    }
}

Test(closing, while_connections_are_half_open)
{
    struct node *node = node_new(1);
    int fds[20];
    node_open(node);
    for (size_t i = 0; i < MM_COUNT_OF(fds); i++)
        fds[i] = raw_connect(node);
    const uint64_t start_ms = test_clock_ms();
    node_close(node);
    cr_assert_lt(test_clock_ms() - start_ms, 3000);
    for (size_t i = 0; i < MM_COUNT_OF(fds); i++)
        close(fds[i]);
    node_free(node);
}

Test(closing, while_much_is_being_sent)
{
    for (unsigned turn = 0; turn < 10; turn++) {
        struct node *a = node_new(1), *b = node_new(2);
        b->keeps_frames = turn % 2 == 0;
        node_open(a);
        node_open(b);
        node_dial(a, b);
        (void)node_wait(a, LINKS_UP, 1);
        const uint64_t peer = node_peer(a);
        for (int i = 0; i < 12; i++)
            (void)links_send(a->links, peer, FRAME_BODIES, MM_BYTES_OF(bytes));
        usleep(turn * 300);
        node_close(turn % 3 == 0 ? b : a);
        node_free(a);
        node_free(b);
    }
}

Test(closing, while_nobody_reads)
{
    struct node *node = node_new(1);
    node_open(node);
    struct raw raw = raw_up(node, 9);
    (void)node_wait(node, LINKS_UP, 1);
    for (int i = 0; i < 15; i++)
        (void)links_send(node->links, node_peer(node), FRAME_BODIES, MM_BYTES_OF(bytes));
    const uint64_t start_ms = test_clock_ms();
    node_close(node);
    cr_assert_lt(test_clock_ms() - start_ms, 3000);
    cr_assert_eq(node_count(node, LINKS_DOWN), 1);
    raw_close(&raw);
    node_free(node);
}

Test(closing, while_dialing_what_does_not_answer)
{
    struct node *a = node_new(1);
    node_open(a);
    for (unsigned turn = 0; turn < 30; turn++) {
        struct node *b = node_new(2);
        node_open(b);
        node_dial(b, a);
        cr_assert_eq(links_dial(b->links, "tcp://127.0.0.1:1", NULL, NULL), MM_OK);
        cr_assert_eq(links_dial(b->links, "ipc:///tmp/mintmark-nobody-is-here", NULL, NULL), MM_OK);
        cr_assert_eq(links_dial(b->links, "tcp://localhost:1", NULL, NULL), MM_OK);
        usleep(turn * 100);
        node_free(b);
    }
    node_free(a);
}

Test(closing, twice_or_never_opened_is_nothing)
{
    struct node *node = node_new(1);
    node_close(node);
    node_free(node);
}
