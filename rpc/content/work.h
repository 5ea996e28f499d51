/* Work that would keep a worker of the server from its other connections: a walk over a whole DAG, the end of an import, a collection
 * or a verification of the store. It runs in a thread of its own; the request waits and is answered when it is done.
 *
 *     handler --api_defer--> ticket, thread --work--> response --http_complete--> client
 *
 * At most CONTENT_API_WORKS_MAX at the same time, one more is answered 503; of those over the whole store, one. Work asks api_is_ending now and then, and ends early when
 * the door is closed: content_api_free waits for it. What an answer is made of belongs to the work: the request is out of reach. */
#ifndef RPC_CONTENT_WORK_H
#define RPC_CONTENT_WORK_H

#include <pthread.h>
#include <stdatomic.h>

#include "rpc/http/http.h"

struct api_works {
    pthread_mutex_t mutex;
    pthread_cond_t done;
    unsigned count;
    bool has_alone;
    atomic_bool is_ending;
};

void api_works_init(struct api_works *works);
/* Returns when none is at work. */
void api_works_fini(struct api_works *works);
bool api_works_are_ending(const struct api_works *works);

/* Fills *response, which is empty. */
typedef void api_work_fn(void *state, struct http_response *response);

/* Only in a handler, or the end of an upload, that has not answered. True: work(state) runs now or soon, once, and the state is its own
 * to free. An upload's `gone` may come before it has ended, when the server stops: then both hold the state. False: answered, and
 * nothing runs. */
MM_MUST_USE bool api_defer(struct api_works *works, struct http_request *request, api_work_fn *work,
                           void *state);
/* The same for work over the whole store, of which one runs at a time. Its place is free before its client has the answer, who may
 * ask for the next. */
MM_MUST_USE bool api_defer_alone(struct api_works *works, struct http_request *request,
                                 api_work_fn *work, void *state);

#endif
