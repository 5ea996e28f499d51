#include "rpc/http/http_internal.h"

#include "rpc/http/worker.h"
#include "state/base/assert.h"
#include "state/base/heap.h"

/* A ticket is open while its request waits, and blank once the server answered for it. MHD does not look at the socket of a
 * suspended connection, so its request stays until somebody completes it, whether or not the client is still there. */

static void link_later(struct http_server *server, struct http_later *later)
{
    later->next = server->laters;
    if (later->next != NULL)
        later->next->prev = later;
    server->laters = later;
}

static void unlink_later(struct http_server *server, struct http_later *later)
{
    if (later->prev != NULL)
        later->prev->next = later->next;
    else
        server->laters = later->next;
    if (later->next != NULL)
        later->next->prev = later->prev;
    later->next = later->prev = NULL;
}

static void say_stopping(struct http_request *request)
{
    http_response_init(&request->answer, 503, "text/plain; charset=utf-8", 0);
    request->answer.fixed = MM_BYTES_LIT("the node is stopping\n");
    request->has_answer = true;
}

struct http_later *http_defer(struct http_request *request)
{
    MM_ASSERT(request->phase == PHASE_WORKING && !request->has_answer);
    struct http_later *later = mm_heap_zeroed(1, sizeof *later);
    if (later == NULL)
        return NULL;
    struct http_server *server = request->server;
    later->server = server;
    (void)pthread_mutex_lock(&server->mutex);
    server->references++;
    if (server->final) {
        say_stopping(request); /* the ticket is born blank */
    } else {
        later->request = request;
        request->later = later;
        request->phase = PHASE_LATER;
        link_later(server, later);
        MHD_suspend_connection(request->mhd);
    }
    (void)pthread_mutex_unlock(&server->mutex);
    return later;
}

/* With the mutex held. After MHD_resume_connection the request is its worker's again. */
static void resume(struct http_server *server, struct http_later *later)
{
    struct http_request *request = later->request;
    MM_ASSERT(request->later == later && request->has_answer);
    unlink_later(server, later);
    later->request = NULL;
    request->later = NULL;
    struct worker *worker = request->worker;
    MHD_resume_connection(request->mhd);
    worker_wake(
        worker); /* it lives: its server does not end while the list had this ticket and we have the mutex */
}

void http_complete(struct http_later *taken_later, struct http_response *taken_response)
{
    struct http_later *later = taken_later;
    struct http_server *server = later->server;
    bool is_blank = false;
    (void)pthread_mutex_lock(&server->mutex);
    if (later->request != NULL) {
        later->request->answer = *taken_response;
        later->request->has_answer = true;
        resume(server, later);
    } else {
        is_blank = true;
    }
    (void)pthread_mutex_unlock(&server->mutex);
    if (is_blank)
        http_response_fini(taken_response);
    *taken_response = (struct http_response){ 0 };
    mm_heap_free(later);
    server_unref(server);
}

void later_close_all(struct http_server *server)
{
    (void)pthread_mutex_lock(&server->mutex);
    server->final = true;
    while (server->laters != NULL) {
        struct http_later *later = server->laters;
        say_stopping(later->request);
        resume(server, later);
    }
    feed_close_all(server);
    (void)pthread_mutex_unlock(&server->mutex);
}
