/* Answers that come later. */
#include <criterion/criterion.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "tests/lib/http_client.h"
#include "tests/unit/rpc/http/house.h"

#define H "Host: localhost\r\n"
#define LATER "POST /later HTTP/1.1\r\n" H "Content-Length: 2\r\n\r\n{}"

static double seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

Test(later, another_thread_answers, .timeout = 60)
{
    struct http_server *server = house_open((struct http_options){ 0 });
    struct client client = client_connect(http_server_port(server));
    for (int i = 0; i < 100; i++) {
        client_text(&client, LATER);
        struct http_later *ticket = house_next_later(5000);
        cr_assert_not_null(ticket);
        house_complete(ticket, "done");
        struct reply reply = client_reply(&client, false);
        cr_assert(reply_body_is(&reply, "done"));
        cr_assert(reply_has(&reply, "Access-Control-Allow-Origin: *"));
        reply_free(&reply);
    }
    client_close(&client);
    http_server_stop(server);
}

Test(later, may_be_at_once, .timeout = 60)
{
    struct http_server *server = house_open((struct http_options){ 0 });
    struct client client = client_connect(http_server_port(server));
    for (int i = 0; i < 100; i++) {
        client_text(&client, "POST /at-once HTTP/1.1\r\n" H "Content-Length: 0\r\n\r\n");
        struct reply reply = client_reply(&client, false);
        cr_assert(reply_body_is(&reply, "at once"));
        reply_free(&reply);
    }
    client_close(&client);
    http_server_stop(server);
}

Test(later, holds_up_the_answers_behind_it_and_nothing_else, .timeout = 60)
{
    struct http_server *server = house_open((struct http_options){ .threads = 1 });
    struct client client = client_connect(http_server_port(server));
    client_text(&client, LATER "GET / HTTP/1.1\r\n" H "\r\n"); /* pipelined */
    struct http_later *ticket = house_next_later(5000);
    struct reply other = client_ask(http_server_port(server), "GET / HTTP/1.1\r\n" H "\r\n");
    cr_assert_eq(other.status, 200);
    reply_free(&other);
    struct pollfd readable = { .fd = client.fd, .events = POLLIN };
    cr_assert_eq(poll(&readable, 1, 50), 0);
    house_complete(ticket, "first");
    struct reply reply = client_reply(&client, false);
    cr_assert(reply_body_is(&reply, "first"));
    reply_free(&reply);
    reply = client_reply(&client, false);
    cr_assert(reply_body_is(&reply, "hello\n"));
    reply_free(&reply);
    client_close(&client);
    http_server_stop(server);
}

Test(later, a_client_that_left_costs_nothing, .timeout = 60)
{
    struct http_server *server = house_open((struct http_options){ 0 });
    for (int i = 0; i < 50; i++) {
        struct client client = client_connect(http_server_port(server));
        client_text(&client, LATER);
        struct http_later *ticket = house_next_later(5000);
        client_close(&client);
        if (i % 2 == 0)
            usleep(1000);
        house_complete(ticket, "nobody");
    }
    for (int i = 0; i < 500 && http_server_stats(server).connections > 0; i++)
        usleep(2000);
    cr_assert_eq(http_server_stats(server).connections, 0);
    http_server_stop(server);
}

Test(later, a_thousand_wait_and_the_server_stops, .timeout = 60)
{
    enum { COUNT = 1000 };
    static struct client clients[COUNT];
    struct http_server *server =
        house_open((struct http_options){ .stop_grace_ms = 100, .connections_max = 2000 });
    for (int i = 0; i < COUNT; i++) {
        clients[i] = client_connect(http_server_port(server));
        cr_assert(client_text(&clients[i], LATER));
    }
    static struct http_later *tickets[COUNT];
    for (int i = 0; i < COUNT; i++) {
        tickets[i] = house_next_later(5000);
        cr_assert_not_null(tickets[i]);
    }
    for (int i = 0; i < 10; i++)
        house_complete(tickets[i], "in time");
    const double start = seconds();
    http_server_stop(server);
    cr_assert_lt(seconds() - start, 3.0);
    int in_time = 0;
    int stopped = 0;
    for (int i = 0; i < COUNT; i++) {
        struct reply reply = client_reply(&clients[i], false);
        in_time += reply.status == 200;
        stopped += reply.status == 503;
        reply_free(&reply);
        client_close(&clients[i]);
    }
    cr_assert_eq(in_time, 10);
    cr_assert_eq(stopped, COUNT - 10);
    for (int i = 10; i < COUNT; i++)
        house_complete(tickets[i], "too late"); /* blank tickets */
}

/* 128 ready connections of one thread and their multiples are where MHD's own loop waits for more (see http.h). All write
 * while the only worker is busy, so that it finds them ready at once, and all then wait for the answer. */
static void burst(unsigned threads, int count)
{
    struct http_server *server = house_open((struct http_options){ .threads = threads });
    const uint16_t port = http_server_port(server);
    struct client *clients = calloc((size_t)count, sizeof *clients);
    for (int i = 0; i < count; i++) {
        clients[i] = client_connect(port);
        client_text(&clients[i], "GET / HTTP/1.1\r\n" H "\r\n");
        struct reply reply = client_reply(&clients[i], false);
        cr_assert(reply.ok);
        reply_free(&reply);
    }
    struct client busy[2];
    for (unsigned t = 0; t < threads; t++) {
        busy[t] = client_connect(port);
        client_text(&busy[t], "GET /slow HTTP/1.1\r\n" H "\r\n");
    }
    usleep(50000);
    for (int i = 0; i < count; i++)
        client_text(&clients[i], "GET / HTTP/1.1\r\n" H "\r\n");
    const double start = seconds();
    for (int i = 0; i < count; i++) {
        struct reply reply = client_reply(&clients[i], false);
        cr_assert(reply.ok, "connection %d of %d", i, count);
        reply_free(&reply);
        client_close(&clients[i]);
    }
    cr_assert_lt(seconds() - start, 5.0, "stalled with %d connections on %u threads", count,
                 threads);
    for (unsigned t = 0; t < threads; t++)
        client_close(&busy[t]);
    free(clients);
    http_server_stop(server);
}

Test(burst, of_128_connections_on_one_thread, .timeout = 60)
{
    burst(1, 128);
}

Test(burst, of_256_connections_on_one_thread, .timeout = 60)
{
    burst(1, 256);
}

Test(burst, of_256_connections_on_two_threads, .timeout = 60)
{
    burst(2, 256);
}

Test(burst, of_1000_connections_on_two_threads, .timeout = 60)
{
    burst(2, 1000);
}
