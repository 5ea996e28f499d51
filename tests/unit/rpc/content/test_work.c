/* Work in threads of its own, behind a server whose handlers do nothing else. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "rpc/content/api_internal.h"
#include "tests/unit/rpc/content/doors.h"

static struct api_works works;
static struct http_server *server;
static atomic_bool may_end;

static void wait_and_answer(void *state, struct http_response *response)
{
    (void)state;
    while (!atomic_load(&may_end))
        (void)nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
    http_response_init(response, 200, "text/plain", 64);
}

static atomic_uint refused;

static void respond_beside(void *context, struct http_request *request)
{
    (void)context;
    refused += !api_defer(&works, request, wait_and_answer, NULL);
}

static void respond_alone(void *context, struct http_request *request)
{
    (void)context;
    refused += !api_defer_alone(&works, request, wait_and_answer, NULL);
}

static void open_all(void)
{
    static const struct http_route routes[] = {
        { .path = "/beside", .methods = HTTP_POST, .respond = respond_beside },
        { .path = "/alone", .methods = HTTP_POST, .respond = respond_alone },
    };
    struct mm_reason reason;
    const struct http_options http = { .routes = routes, .routes_count = MM_COUNT_OF(routes) };
    atomic_store(&may_end, false);
    api_works_init(&works);
    cr_assert_eq(http_server_start(&server, &http, &reason), MM_OK, "%s", reason.text);
}

static void close_all(void)
{
    atomic_store(&may_end, true);
    http_server_stop(server);
    api_works_fini(&works);
}

TestSuite(work, .init = open_all, .fini = close_all, .timeout = 60);

static struct client begin(const char *path)
{
    struct client client = client_connect(http_server_port(server));
    char text[256];
    (void)snprintf(text, sizeof text, "POST %s HTTP/1.1\r\n" H "Content-Length: 0\r\n\r\n", path);
    cr_assert(client.fd >= 0 && client_text(&client, text));
    return client;
}

static void ends_with(struct client *client, int status, const char *words)
{
    struct reply reply = client_reply(client, false);
    cr_assert_eq(reply.status, status, "%d %s", reply.status, reply.body);
    cr_assert_not_null(strstr((const char *)reply.body, words), "%s", reply.body);
    reply_free(&reply);
    client_close(client);
}

/* Until so many are at work. */
static void wait_for(unsigned count)
{
    for (bool is_so = false; !is_so;) {
        (void)pthread_mutex_lock(&works.mutex);
        is_so = works.count == count;
        (void)pthread_mutex_unlock(&works.mutex);
    }
}

Test(work, over_the_whole_store_is_alone)
{
    struct client first = begin("/alone");
    wait_for(1);
    struct client second = begin("/alone");
    ends_with(&second, 503, "is running already");
    cr_assert_eq(refused, 1);
    struct client other = begin("/beside");
    wait_for(2);
    atomic_store(&may_end, true);
    ends_with(&first, 200, "");
    ends_with(&other, 200, "");
    for (int i = 0; i < 50; i++) { /* whoever has an answer may ask for the next at once */
        struct client next = begin("/alone");
        ends_with(&next, 200, "");
    }
}

Test(work, is_of_so_many_and_no_more)
{
    struct client clients[CONTENT_API_WORKS_MAX];
    for (unsigned i = 0; i < CONTENT_API_WORKS_MAX; i++)
        clients[i] = begin(i == 0 ? "/alone" : "/beside");
    wait_for(CONTENT_API_WORKS_MAX);
    struct client late = begin("/beside");
    ends_with(&late, 503, "too many requests");
    atomic_store(&may_end, true);
    for (unsigned i = 0; i < CONTENT_API_WORKS_MAX; i++)
        ends_with(&clients[i], 200, "");
}
