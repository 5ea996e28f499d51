#include "node.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

void test_sleep_ms(unsigned ms)
{
    const struct timespec span = { ms / 1000, (long)(ms % 1000) * 1000000 };
    (void)nanosleep(&span, NULL);
}

uint64_t test_clock_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void log_frame(struct node *node, struct frame *frame)
{
    node->frame_count++;
    node->frame_bytes += frame->payload.len;
    if (!node->keeps_frames)
        return;
    if (node->kept_count == node->kept_capacity) {
        node->kept_capacity = node->kept_capacity == 0 ? 64 : 2 * node->kept_capacity;
        node->kept = realloc(node->kept, node->kept_capacity * sizeof *node->kept);
    }
    node->kept[node->kept_count++] = frame_ref(frame);
}

static void on_event(void *ctx, const struct links_event *event)
{
    struct node *node = ctx;
    pthread_mutex_lock(&node->mutex);
    if (event->kind == LINKS_FRAME) {
        log_frame(node, event->frame);
    } else if (node->log_count < NODE_LOG_MAX) {
        struct node_entry *entry = &node->log[node->log_count++];
        *entry = (struct node_entry){ .kind = event->kind,
                                      .peer = event->peer,
                                      .id = event->id,
                                      .is_inbound = event->is_inbound,
                                      .end = event->end,
                                      .bye = event->bye,
                                      .session = event->session,
                                      .handshake = event->handshake };
        if (event->hello != NULL) {
            memcpy(entry->client, event->hello->client, sizeof entry->client);
            entry->told_port = event->hello->listen_port;
        }
    }
    pthread_cond_broadcast(&node->changed);
    pthread_mutex_unlock(&node->mutex);
}

struct node *node_new(uint8_t seed)
{
    uint8_t bytes[NODE_KEY_SEED_BYTES];
    struct node *node = calloc(1, sizeof *node);
    pthread_condattr_t attributes;
    memset(bytes, seed, sizeof bytes);
    cr_assert_eq(node_key_new(&node->key, bytes), MM_OK);
    node->id = node_key_id(node->key);
    node->url = "tcp://127.0.0.1:0";
    pthread_mutex_init(&node->mutex, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&node->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    node->options = (struct links_options){ .listen_count = 1,
                                            .key = node->key,
                                            .domain = { 31337, { { 1, 2, 3 } } },
                                            .client = "test/1",
                                            .ctx = node,
                                            .event = on_event };
    return node;
}

void node_open(struct node *node)
{
    struct mm_reason reason;
    node->options.listen_urls = &node->url;
    const mm_err err = links_open(&node->links, &node->options, &reason);
    cr_assert_eq(err, MM_OK, "%s", reason.text);
}

void node_close(struct node *node)
{
    links_close(node->links);
    node->links = NULL;
}

void node_free(struct node *node)
{
    node_close(node);
    node_release(node);
    free(node->kept);
    node_key_free(node->key);
    pthread_cond_destroy(&node->changed);
    pthread_mutex_destroy(&node->mutex);
    free(node);
}

const char *node_url(const struct node *node)
{
    static char urls[4][64];
    static size_t turn;
    char *url = urls[turn++ % 4];
    if (strncmp(node->url, "ipc", 3) == 0)
        return node->url;
    (void)snprintf(url, sizeof urls[0], "tcp://127.0.0.1:%u", links_port(node->links, 0));
    return url;
}

void node_dial(struct node *node, const struct node *to)
{
    struct mm_reason reason;
    const mm_err err = links_dial(node->links, node_url(to), NULL, &reason);
    cr_assert_eq(err, MM_OK, "%s", reason.text);
}

static size_t count_locked(const struct node *node, enum links_event_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < node->log_count; i++)
        count += node->log[i].kind == kind;
    return count;
}

size_t node_count(struct node *node, enum links_event_kind kind)
{
    pthread_mutex_lock(&node->mutex);
    const size_t count = count_locked(node, kind);
    pthread_mutex_unlock(&node->mutex);
    return count;
}

/* Under the lock; false: time is up. */
static bool wait_change(struct node *node, uint64_t end_ms)
{
    const struct timespec end = { (time_t)(end_ms / 1000), (long)(end_ms % 1000) * 1000000 };
    return pthread_cond_timedwait(&node->changed, &node->mutex, &end) == 0;
}

struct node_entry node_wait(struct node *node, enum links_event_kind kind, size_t count)
{
    const uint64_t end_ms = test_clock_ms() + NODE_WAIT_MS;
    struct node_entry entry = { .peer = 0 };
    pthread_mutex_lock(&node->mutex);
    bool is_time = true;
    while (is_time && count_locked(node, kind) < count)
        is_time = wait_change(node, end_ms);
    const size_t seen = count_locked(node, kind);
    for (size_t i = 0; i < node->log_count; i++) {
        if (node->log[i].kind == kind)
            entry = node->log[i];
    }
    pthread_mutex_unlock(&node->mutex);
    cr_assert_geq(seen, count, "event %d: %zu of %zu", kind, seen, count);
    return entry;
}

void node_wait_frames(struct node *node, size_t count)
{
    const uint64_t end_ms = test_clock_ms() + NODE_WAIT_MS;
    pthread_mutex_lock(&node->mutex);
    bool is_time = true;
    while (is_time && node->frame_count < count)
        is_time = wait_change(node, end_ms);
    const size_t seen = node->frame_count;
    pthread_mutex_unlock(&node->mutex);
    cr_assert_geq(seen, count, "%zu frames of %zu", seen, count);
}

size_t node_frames(struct node *node)
{
    pthread_mutex_lock(&node->mutex);
    const size_t count = node->frame_count;
    pthread_mutex_unlock(&node->mutex);
    return count;
}

void node_wait_peers(struct node *node, size_t count)
{
    const uint64_t end_ms = test_clock_ms() + NODE_WAIT_MS;
    size_t seen = links_stats(node->links).peers;
    while (seen != count && test_clock_ms() < end_ms) {
        test_sleep_ms(2);
        seen = links_stats(node->links).peers;
    }
    cr_assert_eq(seen, count);
}

uint64_t node_peer(struct node *node)
{
    struct links_peer peer;
    cr_assert_eq(links_list(node->links, &peer, 1), 1);
    return peer.peer;
}

void node_release(struct node *node)
{
    pthread_mutex_lock(&node->mutex);
    struct frame **kept = node->kept;
    const size_t count = node->kept_count;
    node->kept = NULL;
    node->kept_count = 0;
    node->kept_capacity = 0;
    node->keeps_frames = false;
    pthread_mutex_unlock(&node->mutex);
    for (size_t i = 0; i < count; i++)
        frame_unref(kept[i]);
    free(kept);
}
