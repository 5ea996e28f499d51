/* A body that another thread makes while it is sent.
 *
 *     maker's thread                          worker's thread (MHD asks for the next bytes)
 *     http_feed_add ──► waiting bytes ──────► read: copies what waits
 *          │                                   └── nothing waits: the connection is suspended, and costs nobody anything
 *          └── it was suspended: resumed, and its worker woken
 *
 * Everything is under the server's mutex, as tickets are. The feed has two owners: the maker, until http_feed_end, and the answer,
 * until MHD has let it go. MHD does not look at the socket of a suspended connection; the worker does (worker_watch), and resumes one
 * whose client sends no more. It is suspended again when MHD goes on with it: a client may close his half and still read. */
#include "rpc/http/http_internal.h"
#include "rpc/http/worker.h"
#include "state/base/assert.h"
#include "state/base/heap.h"

struct http_feed {
    struct http_server *server;   /* counted */
    struct http_request *request; /* while its answer is sent */
    struct mm_buf waiting;
    size_t at; /* in it */
    bool is_ended;
    bool is_whole;
    bool is_gone; /* nobody takes the bytes any more */
    bool is_suspended;
    unsigned owners;
    struct http_feed *next, *prev; /* of those that are suspended */
};

struct http_feed *http_feed_new(struct http_later *later, size_t waiting_bytes_max)
{
    struct http_feed *feed = mm_heap_zeroed(1, sizeof *feed);
    if (feed == NULL)
        return NULL;
    feed->server = later->server;
    feed->owners = 2;
    mm_buf_init(&feed->waiting, waiting_bytes_max);
    (void)pthread_mutex_lock(&feed->server->mutex);
    feed->server->references++;
    (void)pthread_mutex_unlock(&feed->server->mutex);
    return feed;
}

static void unlink_feed(struct http_feed *feed)
{
    if (feed->prev != NULL)
        feed->prev->next = feed->next;
    else
        feed->server->feeds = feed->next;
    if (feed->next != NULL)
        feed->next->prev = feed->prev;
    feed->next = feed->prev = NULL;
}

/* With the mutex held. */
static void suspend(struct http_feed *feed)
{
    struct http_server *server = feed->server;
    MM_ASSERT(!feed->is_suspended);
    feed->is_suspended = true;
    feed->next = server->feeds;
    if (feed->next != NULL)
        feed->next->prev = feed;
    server->feeds = feed;
    MHD_suspend_connection(feed->request->mhd);
}

/* With the mutex held. */
static void wake(struct http_feed *feed)
{
    if (!feed->is_suspended)
        return;
    struct worker *worker = feed->request->worker;
    feed->is_suspended = false;
    unlink_feed(feed);
    MHD_resume_connection(feed->request->mhd);
    worker_wake(worker);
}

/* Of one owner. */
static void let_go(struct http_feed *feed)
{
    struct http_server *server = feed->server;
    (void)pthread_mutex_lock(&server->mutex);
    MM_ASSERT(feed->owners > 0);
    const unsigned left = --feed->owners;
    (void)pthread_mutex_unlock(&server->mutex);
    if (left > 0)
        return;
    mm_buf_fini(&feed->waiting);
    mm_heap_free(feed);
    server_unref(server);
}

/* ---- the answer's side ---- */

static ptrdiff_t read_feed(void *state, uint64_t offset, uint8_t *out, size_t capacity)
{
    struct http_feed *feed = state;
    ptrdiff_t result;
    (void)offset; /* asked for in order */
    (void)pthread_mutex_lock(&feed->server->mutex);
    const mm_bytes waiting = mm_buf_bytes(&feed->waiting);
    const size_t left = waiting.len - feed->at;
    if (left > 0) {
        const size_t len = left < capacity ? left : capacity;
        memcpy(out, waiting.ptr + feed->at, len);
        feed->at += len;
        if (feed->at == waiting.len) {
            mm_buf_reset(&feed->waiting);
            feed->at = 0;
        }
        result = (ptrdiff_t)len;
    } else if (feed->is_ended) {
        result = feed->is_whole ? 0 : HTTP_READ_FAILED;
    } else if (feed->server->final) {
        result = HTTP_READ_FAILED;
    } else {
        suspend(feed);
        result = HTTP_READ_LATER;
    }
    (void)pthread_mutex_unlock(&feed->server->mutex);
    return result;
}

static void free_feed(void *state)
{
    struct http_feed *feed = state;
    (void)pthread_mutex_lock(&feed->server->mutex);
    MM_ASSERT(!feed->is_suspended);
    feed->is_gone = true;
    if (feed->request != NULL)
        feed->request->feed = NULL;
    feed->request = NULL;
    (void)pthread_mutex_unlock(&feed->server->mutex);
    let_go(feed);
}

void feed_attach(struct http_request *request, const struct http_reader *reader)
{
    if (reader->read != read_feed)
        return;
    struct http_feed *feed = reader->state;
    (void)pthread_mutex_lock(&feed->server->mutex);
    feed->request = request;
    request->feed = feed;
    (void)pthread_mutex_unlock(&feed->server->mutex);
}

bool feed_look_again(struct http_request *request)
{
    struct http_feed *feed = request->feed;
    if (feed == NULL)
        return false;
    (void)pthread_mutex_lock(&feed->server->mutex);
    const bool was_suspended = feed->is_suspended;
    wake(feed);
    (void)pthread_mutex_unlock(&feed->server->mutex);
    return was_suspended;
}

/* ---- the maker's side ---- */

void http_feed_answer(struct http_feed *feed, struct http_later *taken_later,
                      struct http_response *taken_response)
{
    taken_response->reader =
        (struct http_reader){ read_feed, free_feed, feed, HTTP_LENGTH_UNKNOWN };
    http_complete(taken_later, taken_response);
}

void http_feed_drop(struct http_feed *taken_feed)
{
    let_go(taken_feed); /* the answer's share, which no answer took */
    let_go(taken_feed);
}

bool http_feed_add(struct http_feed *feed, mm_bytes piece)
{
    (void)pthread_mutex_lock(&feed->server->mutex);
    bool ok = !feed->is_gone && !feed->server->final;
    if (ok) {
        mm_buf_add(&feed->waiting, piece);
        ok = mm_buf_err(&feed->waiting) == MM_OK;
        if (!ok) { /* the client does not take what is there: what is lost is not hidden */
            feed->is_ended = true;
            feed->is_whole = false;
        }
        wake(feed);
    }
    (void)pthread_mutex_unlock(&feed->server->mutex);
    return ok;
}

void http_feed_end(struct http_feed *taken_feed, bool is_whole)
{
    struct http_feed *feed = taken_feed;
    (void)pthread_mutex_lock(&feed->server->mutex);
    if (!feed->is_ended) {
        feed->is_ended = true;
        feed->is_whole = is_whole;
    }
    wake(feed);
    (void)pthread_mutex_unlock(&feed->server->mutex);
    let_go(feed);
}

/* With the mutex held, when the server ends: who still waits is cut off. */
void feed_close_all(struct http_server *server)
{
    while (server->feeds != NULL) {
        struct http_feed *feed = server->feeds;
        feed->is_ended = true;
        feed->is_whole = false;
        wake(feed);
    }
}
