/* Two nodes on loopback, in one process: how long a vote takes there and back, alone and behind large frames, and how fast blocks
 * go. Prints one line a figure. Usage: bench-links. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "p2p/link/link.h"
#include "state/base/assert.h"
#include "tests/bench/lib/gauge.h"

enum { ROUNDS = 5000, BIG = 1 << 20, BLOCKS = 2000, VOTE_BYTES = 122 };

struct node {
    struct links *links;
    bool echoes;
    atomic_uint_fast64_t peer;
    atomic_size_t votes;
    atomic_size_t bytes;
};

static struct node nodes[2];

static void on_event(void *ctx, const struct links_event *event)
{
    struct node *node = ctx;
    if (event->kind == LINKS_UP)
        atomic_store(&node->peer, event->peer);
    if (event->kind != LINKS_FRAME)
        return;
    atomic_fetch_add(&node->bytes, event->frame->payload.len);
    if (event->frame->kind != FRAME_COMMIT)
        return;
    if (node->echoes)
        (void)links_send(node->links, event->peer, FRAME_COMMIT, event->frame->payload);
    atomic_fetch_add(&node->votes, 1);
}

static void ping(const char *what, bool has_blocks)
{
    static double times[ROUNDS];
    static const uint8_t vote[VOTE_BYTES], block[BIG];
    const uint64_t peer = atomic_load(&nodes[0].peer);
    for (size_t i = 0; i < ROUNDS; i++) {
        const size_t seen = atomic_load(&nodes[0].votes);
        const double start = gauge_now_ms() * 1e3;
        if (has_blocks)
            (void)links_send(nodes[0].links, peer, FRAME_BODIES, MM_BYTES_OF(block));
        MM_ASSERT(links_send(nodes[0].links, peer, FRAME_COMMIT, MM_BYTES_OF(vote)));
        while (atomic_load(&nodes[0].votes) == seen)
            ;
        times[i] = gauge_now_ms() * 1e3 - start;
    }
    gauge_sort(times, ROUNDS);
    printf("%-36s p50 %.0f us, p99 %.0f us\n", what, gauge_quantile(times, ROUNDS, 0.5),
           gauge_quantile(times, ROUNDS, 0.99));
}

static void stream(void)
{
    static const uint8_t block[BIG];
    const size_t before = atomic_load(&nodes[1].bytes);
    const double start = gauge_now_ms() * 1e3;
    const struct timespec nap = { 0, 200000 };
    for (size_t i = 0; i < BLOCKS;) {
        if (links_send(nodes[0].links, atomic_load(&nodes[0].peer), FRAME_BODIES,
                       MM_BYTES_OF(block)))
            i++;
        else
            (void)nanosleep(&nap, NULL);
    }
    while (atomic_load(&nodes[1].bytes) < before + (size_t)BLOCKS * BIG)
        (void)nanosleep(&nap, NULL);
    printf("%-36s %.0f MiB/s\n", "frames of 1 MiB",
           BLOCKS / ((gauge_now_ms() * 1e3 - start) / 1e6));
}

int main(void)
{
    static const char *const url = "tcp://127.0.0.1:0";
    struct node_key *keys[2];
    char to[64];
    for (uint8_t i = 0; i < 2; i++) {
        const uint8_t seed[NODE_KEY_SEED_BYTES] = { i };
        MM_ASSERT(node_key_new(&keys[i], seed) == MM_OK);
        const struct links_options options = { .listen_urls = &url,
                                               .listen_count = 1,
                                               .key = keys[i],
                                               .ctx = &nodes[i],
                                               .event = on_event };
        MM_ASSERT(links_open(&nodes[i].links, &options, NULL) == MM_OK);
    }
    nodes[1].echoes = true;
    (void)snprintf(to, sizeof to, "tcp://127.0.0.1:%u", links_port(nodes[1].links, 0));
    const double start = gauge_now_ms() * 1e3;
    MM_ASSERT(links_dial(nodes[0].links, to, NULL, NULL) == MM_OK);
    while (atomic_load(&nodes[0].peer) == 0)
        ;
    printf("%-36s %.0f us\n", "dialed and up", gauge_now_ms() * 1e3 - start);
    ping("a vote there and back", false);
    ping("a vote behind a block, there and back", true);
    stream();
    for (size_t i = 0; i < 2; i++) {
        links_close(nodes[i].links);
        node_key_free(keys[i]);
    }
    return 0;
}
