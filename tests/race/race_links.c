/* Goal: nodes that dial each other, talk, leave, ban, forget and end, all from several threads at once, without a data race, a lost
 * frame of a link that lived, a second link to one node or a leak.
 * Method: four nodes on this machine, all dialing all. Threads send and broadcast frames of every class; others say goodbye to peers,
 * forget and dial again, look at lists; owners answer from within their event and keep frames that a third thread gives up. Each
 * round ends by closing one node after the other in the middle of it. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "p2p/link/link.h"
#include "tests/race/check.h"

enum { NODES = 4, ROUNDS = 4, ROUND_MS = 1200, KEPT_MAX = 256, PEERS_MAX = 64 };

struct node {
    struct links *links;
    struct node_key *key;
    node_id id;
    char url[64];
    pthread_mutex_t mutex;
    struct frame *kept[KEPT_MAX];
    size_t kept_count;
    atomic_uint ups, downs;
    atomic_size_t frames;
    uint64_t up[PEERS_MAX]; /* numbers of peers that are up; under mutex */
};

static struct node nodes[NODES];
static atomic_bool is_over;
static atomic_size_t all_ups, all_frames, all_refused;

static void nap(unsigned us)
{
    const struct timespec span = { 0, (long)us * 1000 };
    (void)nanosleep(&span, NULL);
}

/* Exchanges one number in the table of peers that are up. */
static bool replace(struct node *node, uint64_t old, uint64_t new)
{
    bool is_found = false;
    pthread_mutex_lock(&node->mutex);
    for (size_t i = 0; i < PEERS_MAX && !is_found; i++) {
        is_found = node->up[i] == old;
        if (is_found)
            node->up[i] = new;
    }
    pthread_mutex_unlock(&node->mutex);
    return is_found;
}

static void keep(struct node *node, struct frame *frame)
{
    struct frame *old = NULL;
    pthread_mutex_lock(&node->mutex);
    if (node->kept_count == KEPT_MAX)
        old = node->kept[--node->kept_count];
    node->kept[node->kept_count++] = frame_ref(frame);
    pthread_mutex_unlock(&node->mutex);
    frame_unref(old);
}

static bool has_peer(struct node *node, uint64_t peer)
{
    bool is_found = false;
    pthread_mutex_lock(&node->mutex);
    for (size_t i = 0; i < PEERS_MAX; i++)
        is_found |= node->up[i] == peer;
    pthread_mutex_unlock(&node->mutex);
    return is_found;
}

static void on_event(void *ctx, const struct links_event *event)
{
    struct node *node = ctx;
    switch (event->kind) {
    case LINKS_UP:
        CHECK(replace(node, 0, event->peer));
        atomic_fetch_add(&node->ups, 1);
        (void)links_send(node->links, event->peer, FRAME_STATUS, MM_BYTES_LIT("hello"));
        break;
    case LINKS_FRAME:
        CHECK(has_peer(node, event->peer)); /* after UP, before DOWN */
        atomic_fetch_add(&node->frames, 1);
        if (event->frame->payload.len % 4 == 0)
            keep(node, event->frame);
        if (event->frame->kind == FRAME_GET_HEADERS)
            (void)links_send(node->links, event->peer, FRAME_HEADERS, event->frame->payload);
        break;
    case LINKS_DOWN:
        CHECK(replace(node, event->peer, 0));
        atomic_fetch_add(&node->downs, 1);
        break;
    case LINKS_REFUSED:
        atomic_fetch_add(&all_refused, 1);
        break;
    }
}

static void *talker(void *context)
{
    static const enum frame_kind kinds[] = { FRAME_COMMIT, FRAME_TX, FRAME_GET_HEADERS,
                                             FRAME_BODIES };
    struct node *node = context;
    static const uint8_t bytes[20000];
    for (unsigned turn = 0; !atomic_load(&is_over); turn++) {
        const enum frame_kind kind = kinds[turn % 4];
        const size_t most = frame_rule_of(kind)->payload_bytes_max;
        const size_t len = turn * 37 % 20000 < most ? turn * 37 % 20000 : turn % most;
        (void)links_broadcast(node->links, kind, mm_bytes_from(bytes, len), turn % 5);
        if (turn % 16 == 0)
            nap(500);
    }
    return NULL;
}

static void *meddler(void *context)
{
    struct node *node = context;
    struct links_peer peers[NODES * 2];
    for (unsigned turn = 0; !atomic_load(&is_over); turn++) {
        const size_t count = links_list(node->links, peers, MM_COUNT_OF(peers));
        const struct node *other = &nodes[turn % NODES];
        (void)links_stats(node->links);
        if (count > 0 && turn % 8 == 3)
            links_bye(node->links, peers[turn % (count < 8 ? count : 8)].peer, BYE_GOODBYE);
        if (turn % 16 == 5)
            links_ban(node->links, &other->id, "10.0.0.1", 20);
        if (other != node && turn % 8 == 7 && links_forget(node->links, other->url))
            (void)!links_dial(node->links, other->url, &other->id, NULL);
        nap(20000);
    }
    return NULL;
}

/* Gives up what the owners have kept. */
static void *releaser(void *context)
{
    (void)context;
    for (unsigned turn = 0; !atomic_load(&is_over); turn++) {
        struct node *node = &nodes[turn % NODES];
        struct frame *frames[KEPT_MAX];
        pthread_mutex_lock(&node->mutex);
        const size_t count = node->kept_count;
        memcpy(frames, node->kept, count * sizeof *frames);
        node->kept_count = 0;
        pthread_mutex_unlock(&node->mutex);
        for (size_t i = 0; i < count; i++)
            frame_unref(frames[i]);
        nap(3000);
    }
    return NULL;
}

static void open_node(size_t i)
{
    static const char *const url = "tcp://127.0.0.1:0";
    struct node *node = &nodes[i];
    const uint8_t seed[NODE_KEY_SEED_BYTES] = { (uint8_t)(i + 1) };
    memset(node, 0, sizeof *node);
    (void)pthread_mutex_init(&node->mutex, NULL);
    CHECK(node_key_new(&node->key, seed) == MM_OK);
    node->id = node_key_id(node->key);
    const struct links_options options = { .listen_urls = &url,
                                           .listen_count = 1,
                                           .key = node->key,
                                           .domain = { 31337, { { 1 } } },
                                           .client = "race",
                                           .held_bytes_max = 100000,
                                           .ctx = node,
                                           .event = on_event };
    CHECK(links_open(&node->links, &options, NULL) == MM_OK);
    (void)snprintf(node->url, sizeof node->url, "tcp://127.0.0.1:%u", links_port(node->links, 0));
}

static void dial_all(void)
{
    for (size_t i = 0; i < NODES; i++) {
        for (size_t j = 0; j < NODES; j++) {
            if (i != j)
                CHECK(links_dial(nodes[i].links, nodes[j].url, NULL, NULL) == MM_OK);
        }
    }
}

/* No more callers; one node after the other ends while the rest still is linked. */
static void close_all(void)
{
    for (size_t i = 0; i < NODES; i++)
        links_close(nodes[i].links);
    for (size_t i = 0; i < NODES; i++) {
        struct node *node = &nodes[i];
        CHECK(atomic_load(&node->ups) == atomic_load(&node->downs));
        atomic_fetch_add(&all_ups, atomic_load(&node->ups));
        atomic_fetch_add(&all_frames, atomic_load(&node->frames));
        for (size_t k = 0; k < node->kept_count; k++)
            frame_unref(node->kept[k]); /* longer than their links */
        node_key_free(node->key);
        (void)pthread_mutex_destroy(&node->mutex);
    }
}

static void round_of(void)
{
    pthread_t threads[2 * NODES + 1];
    atomic_store(&is_over, false);
    for (size_t i = 0; i < NODES; i++)
        open_node(i);
    for (size_t i = 0; i < NODES; i++) {
        CHECK(pthread_create(&threads[2 * i], NULL, talker, &nodes[i]) == 0);
        CHECK(pthread_create(&threads[2 * i + 1], NULL, meddler, &nodes[i]) == 0);
    }
    CHECK(pthread_create(&threads[2 * NODES], NULL, releaser, NULL) == 0);
    dial_all();
    for (unsigned i = 0; i < ROUND_MS / 10; i++)
        nap(10000);
    atomic_store(&is_over, true);
    for (size_t i = 0; i <= 2 * NODES; i++)
        (void)pthread_join(threads[i], NULL);
    close_all();
}

int main(void)
{
    for (unsigned i = 0; i < ROUNDS; i++)
        round_of();
    printf("links up %zu, frames %zu, refused %zu\n", atomic_load(&all_ups),
           atomic_load(&all_frames), atomic_load(&all_refused));
    CHECK(atomic_load(&all_ups) >= NODES * (NODES - 1));
    return 0;
}
