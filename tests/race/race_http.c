/* Goal: deferred answers are completed from other threads, and some fed piece by piece, while clients come, leave early and the server
 * stops, without a data race, a lost answer or a leak.
 * Method: clients in several threads ask; two threads complete tickets, some at once, some after a while; half of the clients
 * close before they read; each round ends with a stop in the middle of it all, and completions after it. */
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "rpc/http/http.h"
#include "state/base/assert.h"

enum {
    ROUNDS = 6,
    CLIENT_THREADS = 4,
    COMPLETERS = 2,
    TICKETS_MAX = 1 << 16,
    ROUND_MS = 250,
    HELD_MAX = 3
};

static struct {
    pthread_mutex_t mutex;
    struct http_later *tickets[TICKETS_MAX];
    size_t head, tail;
} queue = { .mutex = PTHREAD_MUTEX_INITIALIZER };

static atomic_bool clients_end;
static atomic_bool completers_end;
static atomic_uint answered, unavailable, abandoned, completed, gone, begun;

static void *upload_begin(void *context, struct http_request *request)
{
    (void)context, (void)request;
    atomic_fetch_add(&begun, 1);
    return malloc(16);
}

static void upload_chunk(void *state, struct http_request *request, mm_bytes bytes)
{
    (void)request;
    *(unsigned char *)state = bytes.ptr[0];
}

static void defer(struct http_request *request)
{
    struct http_later *ticket = http_defer(request);
    MM_ASSERT(ticket != NULL);
    pthread_mutex_lock(&queue.mutex);
    MM_ASSERT(queue.tail < TICKETS_MAX);
    queue.tickets[queue.tail++] = ticket;
    pthread_mutex_unlock(&queue.mutex);
}

static void upload_end(void *state, struct http_request *request)
{
    (void)state;
    defer(request);
}

static void upload_gone(void *state)
{
    atomic_fetch_add(&gone, 1);
    free(state);
}

static void respond_later(void *context, struct http_request *request)
{
    (void)context;
    defer(request);
}

static const struct http_upload UPLOAD = { upload_begin, upload_chunk, upload_end, upload_gone };
static const struct http_route ROUTES[] = {
    { .path = "/later", .methods = HTTP_POST, .respond = respond_later },
    { .path = "/upload", .methods = HTTP_POST, .upload = &UPLOAD },
};

/* In pieces, with pauses in which nothing waits to be sent. */
static void finish_by_feed(struct http_later *ticket, unsigned turn)
{
    struct http_response response;
    struct http_feed *feed = http_feed_new(ticket, 1 << 10);
    MM_ASSERT(feed != NULL);
    http_response_init(&response, 200, "text/plain", 0);
    http_feed_answer(feed, ticket, &response);
    for (unsigned i = 0; i < turn % 4; i++) {
        if (i % 2 == 1)
            usleep(300);
        if (!http_feed_add(feed, MM_BYTES_LIT("word")))
            break;
    }
    http_feed_end(feed, turn % 8 != 0);
    atomic_fetch_add(&completed, 1);
}

static atomic_uint finished;

static void finish(struct http_later *ticket)
{
    struct http_response response;
    const unsigned turn = atomic_fetch_add(&finished, 1);
    if (turn % 3 == 0) {
        finish_by_feed(ticket, turn / 3);
        return;
    }
    http_response_init(&response, 200, "text/plain", 100);
    mm_buf_add_text(&response.body, "done");
    http_complete(ticket, &response);
    atomic_fetch_add(&completed, 1);
}

/* A few tickets of each round are kept until its server has stopped. Their clients get the server's own answer. */
static struct http_later *held[HELD_MAX];
static atomic_uint held_count;
static atomic_uint turns;

static bool complete_next(bool may_hold)
{
    pthread_mutex_lock(&queue.mutex);
    struct http_later *ticket = queue.head < queue.tail ? queue.tickets[queue.head++] : NULL;
    pthread_mutex_unlock(&queue.mutex);
    if (ticket == NULL)
        return false;
    if (may_hold && atomic_fetch_add(&turns, 1) % 500 == 499) {
        const unsigned place = atomic_fetch_add(&held_count, 1);
        if (place < HELD_MAX) {
            held[place] = ticket;
            return true;
        }
    }
    finish(ticket);
    return true;
}

static void *completer(void *context)
{
    unsigned turn = (unsigned)(size_t)context;
    while (!atomic_load(&completers_end)) {
        if (!complete_next(true) || turn++ % 64 == 0)
            usleep(200);
    }
    return NULL;
}

static void ask(uint16_t port, unsigned turn)
{
    static const char *const texts[] = {
        "POST /later HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}",
        "POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nabcd",
    };
    const struct sockaddr_in address = { .sin_family = AF_INET,
                                         .sin_port = htons(port),
                                         .sin_addr = { htonl(INADDR_LOOPBACK) } };
    const struct timeval limit = { .tv_sec = 5 };
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    MM_ASSERT(fd >= 0);
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) == 0) {
        for (unsigned i = 0; i < 5; i++) {
            const char *text = texts[(turn + i) % 2];
            if (send(fd, text, strlen(text), MSG_NOSIGNAL) < 0)
                break;
            if (turn % 2 == 0 && i == turn % 5) {
                atomic_fetch_add(&abandoned, 1);
                break;
            }
            char in[1024];
            const ssize_t len = recv(fd, in, sizeof in, 0);
            if (len <= 12)
                break;
            atomic_fetch_add(memcmp(in + 9, "200", 3) == 0 ? &answered : &unavailable, 1);
        }
    }
    close(fd);
}

static void *client(void *context)
{
    const uint16_t port = *(const uint16_t *)context;
    for (unsigned turn = 0; !atomic_load(&clients_end); turn++)
        ask(port, turn);
    return NULL;
}

static void round_of(unsigned threads)
{
    struct http_server *server = NULL;
    const struct http_options options = { .routes = ROUTES,
                                          .routes_count = MM_COUNT_OF(ROUTES),
                                          .threads = threads,
                                          .stop_grace_ms = 20 };
    MM_ASSERT(http_server_start(&server, &options, NULL) == MM_OK);
    uint16_t port = http_server_port(server);
    pthread_t clients[CLIENT_THREADS];
    pthread_t completers[COMPLETERS];
    atomic_store(&clients_end, false);
    atomic_store(&completers_end, false);
    for (size_t i = 0; i < COMPLETERS; i++)
        MM_ASSERT(pthread_create(&completers[i], NULL, completer, (void *)i) == 0);
    for (size_t i = 0; i < CLIENT_THREADS; i++)
        MM_ASSERT(pthread_create(&clients[i], NULL, client, &port) == 0);
    usleep(ROUND_MS * 1000);
    (void)http_server_stats(server);
    http_server_stop(server); /* in the middle of it */
    atomic_store(&clients_end, true);
    for (size_t i = 0; i < CLIENT_THREADS; i++)
        pthread_join(clients[i], NULL);
    atomic_store(&completers_end, true);
    for (size_t i = 0; i < COMPLETERS; i++)
        pthread_join(completers[i], NULL);
    while (complete_next(false)) /* blank by now, as the held ones */
        continue;
    for (unsigned i = 0; i < HELD_MAX && i < atomic_load(&held_count); i++)
        finish(held[i]);
    atomic_store(&held_count, 0);
    queue.head = queue.tail = 0;
}

int main(void)
{
    for (unsigned i = 0; i < ROUNDS; i++)
        round_of(1 + i % 3);
    printf("answered %u, stopped %u, abandoned %u, completed %u, uploads %u\n",
           atomic_load(&answered), atomic_load(&unavailable), atomic_load(&abandoned),
           atomic_load(&completed), atomic_load(&begun));
    MM_ASSERT(atomic_load(&gone) == atomic_load(&begun));
    return atomic_load(&answered) > 0 ? 0 : 1;
}
