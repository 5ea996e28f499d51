/* Peers that say more than the network's thread listens to: it is stopped within a transaction that a peer sent. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <time.h>

#include "node/network/network_internal.h"
#include "tests/unit/node/network/linked.h"

enum {
    PATIENCE_MS = 20000,
    ONE_READ_BYTES = 64 << 10, /* what links may have read when they stop */
};

static struct linked node;
static uint64_t node_number; /* of the node, at the peer; under the gate */
static size_t downs;         /* likewise */

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool is_inside; /* the thread stands in submit */
static bool is_open;

static void pause_ms(long ms)
{
    (void)nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000 }, NULL);
}

static void submit(void *ctx, struct submit_outcome *outcome, struct tx *tx)
{
    (void)ctx;
    *outcome = (struct submit_outcome){ .hash = tx->hash, .verdict = SUBMIT_STOPPED };
    (void)pthread_mutex_lock(&gate);
    is_inside = true;
    (void)pthread_cond_broadcast(&changed);
    while (!is_open)
        (void)pthread_cond_wait(&changed, &gate);
    (void)pthread_mutex_unlock(&gate);
}

static void hear(void *ctx, const struct links_event *event)
{
    (void)ctx;
    (void)pthread_mutex_lock(&gate);
    if (event->kind == LINKS_UP)
        node_number = event->peer;
    downs += event->kind == LINKS_DOWN;
    (void)pthread_cond_broadcast(&changed);
    (void)pthread_mutex_unlock(&gate);
}

static void connect_peer(void)
{
    node_number = 0;
    linked_connect(&node, hear);
    (void)pthread_mutex_lock(&gate);
    while (node_number == 0)
        (void)pthread_cond_wait(&changed, &gate);
    (void)pthread_mutex_unlock(&gate);
}

static void begin(void)
{
    linked_init(&node, submit);
    linked_start(&node);
    connect_peer();
}

static void open_gate(void)
{
    (void)pthread_mutex_lock(&gate);
    is_open = true;
    (void)pthread_cond_broadcast(&changed);
    (void)pthread_mutex_unlock(&gate);
}

static void end(void)
{
    open_gate();
    linked_stop(&node);
    linked_fini(&node);
}

TestSuite(pressure, .init = begin, .fini = end, .timeout = 60);

/* With a transaction that the node does not come back from. */
static void stop_the_thread(void)
{
    uint8_t memory[1024], items_memory[512];
    struct mm_buf items = mm_buf_over(items_memory, sizeof items_memory);
    struct mm_buf payload = mm_buf_over(memory, sizeof memory);
    const struct tx tx =
        dev_chain_tx(&node.dev, 0, 0, &node.dev.addrs[1], 1, mm_bytes_from((const uint8_t *)"", 0));
    payload_add_tx(&items, tx.raw);
    payload_txs_encode(&payload, &(struct payload_txs){ { mm_buf_bytes(&items), 1 } });
    cr_assert(links_send(node.peer, node_number, FRAME_TX, mm_buf_bytes(&payload)));
    (void)pthread_mutex_lock(&gate);
    while (!is_inside)
        (void)pthread_cond_wait(&changed, &gate);
    (void)pthread_mutex_unlock(&gate);
}

static size_t waiting_count(void)
{
    size_t count = 0;
    (void)pthread_mutex_lock(&node.network->lock);
    for (size_t i = 0; i < FRAME_CLASSES; i++) {
        for (const struct event *event = node.network->queues[i].oldest; event; event = event->next)
            count += event->kind == EVENT_FRAME;
    }
    (void)pthread_mutex_unlock(&node.network->lock);
    return count;
}

/* What waits, with all that it takes. */
static size_t waiting_bytes(void)
{
    size_t bytes = 0;
    (void)pthread_mutex_lock(&node.network->lock);
    for (size_t i = 0; i < FRAME_CLASSES; i++) {
        for (const struct event *event = node.network->queues[i].oldest; event;
             event = event->next) {
            if (event->kind == EVENT_FRAME)
                bytes += sizeof *event + sizeof *event->frame + event->frame->size +
                         2 * NETWORK_HEAP_COST;
        }
    }
    (void)pthread_mutex_unlock(&node.network->lock);
    return bytes;
}

/* Sends until nothing is taken any more for a while, or so many were. */
static void send_tiny(size_t most)
{
    const uint8_t byte = 0xc0;
    struct links_peer state;
    size_t sent = 0;
    size_t last = 0;
    for (int quiet = 0; quiet < 30;) {
        cr_assert_eq(links_list(node.peer, &state, 1), 1);
        while (sent < most && links_list(node.peer, &state, 1) == 1 &&
               state.queue_bytes[FRAME_BLOCKS] < (1 << 20)) {
            for (int i = 0; i < 1000 && sent < most; i++)
                sent +=
                    links_send(node.peer, node_number, FRAME_GET_HEADERS, mm_bytes_from(&byte, 1));
        }
        pause_ms(20);
        const size_t count = waiting_count();
        quiet = count == last ? quiet + 1 : 0;
        last = count;
    }
}

/* Goal: frames of a few bytes do not take more than a peer may have here, with what is around them.
 * Method: 200 000 of them to a thread that stands still. */
Test(pressure, tiny_frames_that_wait_are_within_the_bound_of_a_peer)
{
    stop_the_thread();
    send_tiny(200000);
    cr_assert_geq(waiting_bytes(), LINKS_HELD_BYTES_MAX / 4, "%zu: they do wait", waiting_bytes());
    cr_assert_leq(waiting_bytes(), LINKS_HELD_BYTES_MAX + 16 * ONE_READ_BYTES, "%zu in %zu",
                  waiting_bytes(), waiting_count());
}

/* Goal: who comes back again and again has no more here than who stays. */
Test(pressure, what_a_peer_said_goes_when_it_leaves)
{
    stop_the_thread();
    for (int i = 0; i < 3; i++) {
        send_tiny(5000);
        cr_assert_eq(waiting_count(), 5000);
        links_close(node.peer);
        for (int ms = 0; waiting_count() > 0 && ms < PATIENCE_MS; ms += 10)
            pause_ms(10);
        cr_assert_eq(waiting_count(), 0);
        connect_peer();
    }
}
