/* Shrinking: gives what collections removed back to the disk (p2p/content/gc.h), in a thread of its own that lives as long as that
 * takes, so that nobody waits for it.
 *
 * When half of the store's files is nobody's, once an hour at most. What is left must have room beside what is there, or it is said
 * in the log and tried later. Threads: all from the owner. */
#ifndef NODE_CONTENT_SHRINK_H
#define NODE_CONTENT_SHRINK_H

#include <pthread.h>
#include <stdatomic.h>

#include "p2p/content/store.h"

enum {
    SHRINK_LOOK_EVERY_MS = 60 * 1000, /* a look costs the size of each file */
    SHRINK_EVERY_MS = 60 * 60 * 1000,
};

struct shrink {
    struct content *content; /* borrowed, outlives it */
    pthread_t thread;
    bool has_thread;
    atomic_bool is_at_work;
    uint64_t look_ms; /* not before: a look costs */
    uint64_t rest_ms; /* not before: the last one is not long ago */
    atomic_uint_fast64_t count;
};

/* Something was removed: the next look may see it. */
void shrink_look_soon(struct shrink *shrink);
/* If it is time and worth it. */
void shrink_look(struct shrink *shrink, uint64_t now_ms);
/* Ends one at work. */
void shrink_stop(struct shrink *shrink);

#endif
