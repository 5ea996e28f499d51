/* Where a collection or verification runs: in a thread of its own, one at a time. Private to rpc/content. */
#ifndef RPC_CONTENT_JOB_H
#define RPC_CONTENT_JOB_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

struct api_job_room {
    pthread_mutex_t lock;
    pthread_t thread;
    bool has_thread; /* under the lock: to be joined */
    bool is_busy;    /* under the lock */
    atomic_bool is_ending;
};

void api_job_room_init(struct api_job_room *room);
/* Ends the one at work. */
void api_job_room_fini(struct api_job_room *room);

#endif
