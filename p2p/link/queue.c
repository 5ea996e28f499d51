#include "p2p/link/queue.h"

#include "p2p/link/link.h"
#include "state/base/assert.h"
#include "state/base/heap.h"

_Static_assert((int)LINKS_QUEUE_CONSENSUS_BYTES >=
                   (int)MM_BLOCK_BYTES_MAX + (8 << 10) + (int)QUEUE_FRAME_COST,
               "a proposal must fit the queue of consensus");
_Static_assert((int)LINKS_QUEUE_BLOCKS_BYTES >= (int)FRAME_BYTES_MAX + (int)QUEUE_FRAME_COST,
               "the largest answer must fit the queue of blocks");
_Static_assert((int)LINKS_QUEUE_CONTENT_BYTES >= 3 * (int)FRAME_BYTES_MAX,
               "two answers to a WANT must fit the queue of content");

size_t queue_bytes_max(enum frame_class class)
{
    switch (class) {
    case FRAME_CONSENSUS:
        return LINKS_QUEUE_CONSENSUS_BYTES;
    case FRAME_BLOCKS:
        return LINKS_QUEUE_BLOCKS_BYTES;
    case FRAME_TXS:
        return LINKS_QUEUE_TXS_BYTES;
    case FRAME_CONTENT:
        return LINKS_QUEUE_CONTENT_BYTES;
    }
    MM_UNREACHABLE();
}

static size_t cost(const struct frame *frame)
{
    return frame->payload.len + QUEUE_FRAME_COST;
}

static struct frame *pop(struct queue_ring *ring)
{
    struct frame *frame = ring->items[ring->first];
    ring->first = (ring->first + 1) % ring->capacity;
    ring->count--;
    ring->bytes -= cost(frame);
    return frame;
}

/* Twice as long, with the first item at the start. */
static bool grow(struct queue_ring *ring)
{
    const size_t capacity = ring->capacity == 0 ? 16 : 2 * ring->capacity;
    struct frame **items = mm_heap_alloc(capacity * sizeof(struct frame *));
    if (items == NULL)
        return false;
    for (size_t i = 0; i < ring->count; i++)
        items[i] = ring->items[(ring->first + i) % ring->capacity];
    mm_heap_free(ring->items);
    ring->items = items;
    ring->capacity = capacity;
    ring->first = 0;
    return true;
}

enum queue_verdict queue_put(struct queue *queue, struct frame *frame)
{
    const enum frame_class class = frame_rule_of(frame->kind)->class;
    const size_t bytes_max = queue_bytes_max(class);
    struct queue_ring *ring = &queue->rings[class];
    MM_ASSERT(cost(frame) <= bytes_max);
    while (class == FRAME_TXS && ring->bytes + cost(frame) > bytes_max) {
        frame_unref(pop(ring));
        queue->dropped++;
    }
    if (ring->bytes + cost(frame) > bytes_max)
        return QUEUE_FULL;
    if (ring->count == ring->capacity && !grow(ring))
        return QUEUE_NO_MEMORY;
    ring->items[(ring->first + ring->count) % ring->capacity] = frame_ref(frame);
    ring->count++;
    ring->bytes += cost(frame);
    return QUEUE_OK;
}

struct frame *queue_take(struct queue *queue)
{
    for (size_t class = 0; class < FRAME_CLASSES; class ++) {
        if (queue->rings[class].count > 0)
            return pop(&queue->rings[class]);
    }
    return NULL;
}

void queue_clear(struct queue *queue)
{
    for (struct frame *frame = queue_take(queue); frame != NULL; frame = queue_take(queue))
        frame_unref(frame);
}

void queue_fini(struct queue *queue)
{
    queue_clear(queue);
    for (size_t class = 0; class < FRAME_CLASSES; class ++) {
        mm_heap_free(queue->rings[class].items);
        queue->rings[class] = (struct queue_ring){ .count = 0 };
    }
}
