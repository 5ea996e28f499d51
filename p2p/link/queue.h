/* What waits to be sent to one peer: a queue a class, each bounded in bytes; classes are strict priorities.
 *
 * A frame counts with its payload and QUEUE_FRAME_COST, so that very many very small ones are bounded too. What happens when a
 * queue is full depends on its class (link.h); here the oldest transactions go, and the rest is the caller's.
 * Memory: references to frames, and rings that grow. Threads: one at a time. */
#ifndef P2P_LINK_QUEUE_H
#define P2P_LINK_QUEUE_H

#include "p2p/wire/frame.h"

enum { QUEUE_FRAME_COST = 128 }; /* the frame itself and its place */

struct queue_ring {
    struct frame **items; /* owned, with a reference each */
    size_t capacity;
    size_t first;
    size_t count;
    size_t bytes;
};

struct queue {
    struct queue_ring rings[FRAME_CLASSES];
    uint64_t dropped;
};

enum queue_verdict { QUEUE_OK = 0, QUEUE_FULL, QUEUE_NO_MEMORY };

size_t queue_bytes_max(enum frame_class class);
/* Takes a reference of its own. */
enum queue_verdict queue_put(struct queue *queue, struct frame *frame);
/* The next one; the reference is the caller's. NULL: nothing waits. */
struct frame *queue_take(struct queue *queue);
void queue_clear(struct queue *queue);
/* Clears it and frees the rings; it may be used again. */
void queue_fini(struct queue *queue);

#endif
