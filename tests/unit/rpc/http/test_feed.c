/* Bodies that another thread makes while they are sent. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "tests/lib/http_client.h"
#include "tests/unit/rpc/http/house.h"

#define H "Host: localhost\r\n"
#define LATER "POST /later HTTP/1.1\r\n" H "Content-Length: 2\r\n\r\n{}"

enum { WAITING_BYTES = 1 << 20 };

static void wait_ms(long ms)
{
    (void)nanosleep(&(struct timespec){ .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 },
                    NULL);
}

/* A request whose answer has begun, and has no words yet. */
static struct http_feed *begin(struct client *client)
{
    struct http_response response;
    client_text(client, LATER);
    struct http_later *ticket = house_next_later(5000);
    cr_assert_not_null(ticket);
    struct http_feed *feed = http_feed_new(ticket, WAITING_BYTES);
    cr_assert_not_null(feed);
    http_response_init(&response, 200, "text/event-stream", 0);
    http_feed_answer(feed, ticket, &response);
    return feed;
}

/* So many bytes of what came are these. */
static bool has_come(struct client *client, const char *text)
{
    while (client->in_len == 0 || memmem(client->in, client->in_len, text, strlen(text)) == NULL) {
        if (!client_wait(client, client->in_len + 1))
            return false;
    }
    return true;
}

Test(feed, words_go_out_as_they_come, .timeout = 60)
{
    struct http_server *server = house_open((struct http_options){ .threads = 1 });
    struct client client = client_connect(http_server_port(server));
    struct http_feed *feed = begin(&client);
    cr_assert(has_come(&client, "text/event-stream"));
    for (int i = 0; i < 100; i++) {
        char word[32];
        (void)snprintf(word, sizeof word, "word %d.", i);
        cr_assert(http_feed_add(feed, mm_bytes_str(word)));
        cr_assert(has_come(&client, word));
        struct reply other = client_ask(http_server_port(server), "GET / HTTP/1.1\r\n" H "\r\n");
        cr_assert_eq(other.status, 200); /* by the one worker that there is */
        reply_free(&other);
    }
    http_feed_end(feed, true);
    struct reply reply = client_reply(&client, false);
    cr_assert(reply.ok);
    cr_assert_not_null(strstr((const char *)reply.body, "word 0.word 1.word 2."));
    reply_free(&reply);
    client_text(&client, "GET / HTTP/1.1\r\n" H "\r\n"); /* the connection is kept */
    reply = client_reply(&client, false);
    cr_assert(reply_body_is(&reply, "hello\n"));
    reply_free(&reply);
    client_close(&client);
    http_server_stop(server);
}

Test(feed, one_that_is_not_whole_is_cut, .timeout = 60)
{
    struct http_server *server = house_open((struct http_options){ 0 });
    struct client client = client_connect(http_server_port(server));
    struct http_feed *feed = begin(&client);
    cr_assert(http_feed_add(feed, MM_BYTES_LIT("half")));
    http_feed_end(feed, false);
    struct reply reply = client_reply(&client, false);
    cr_assert(!reply.ok);
    reply_free(&reply);
    client_close(&client);
    http_server_stop(server);
}

Test(feed, a_client_that_left_is_heard_of, .timeout = 60)
{
    struct http_server *server = house_open((struct http_options){ 0 });
    for (int i = 0; i < 60; i++) {
        struct client client = client_connect(http_server_port(server));
        struct http_feed *feed = begin(&client);
        if (i % 3 > 0)
            cr_assert(has_come(&client, "text/event-stream"));
        if (i % 3 > 1) /* half closed first: it may still read */
            (void)shutdown(client.fd, SHUT_WR);
        wait_ms(i % 5);
        client_close(&client);
        int words = 0;
        while (http_feed_add(feed, MM_BYTES_LIT("word")) && words++ < 2000)
            wait_ms(1);
        cr_assert_lt(words, 2000);
        http_feed_end(feed, true);
    }
    cr_assert_eq(http_server_stats(server).connections, 0);
    http_server_stop(server);
}

Test(feed, a_half_closed_client_still_reads, .timeout = 60)
{
    struct http_server *server = house_open((struct http_options){ 0 });
    struct client client = client_connect(http_server_port(server));
    struct http_feed *feed = begin(&client);
    (void)shutdown(client.fd, SHUT_WR);
    wait_ms(50);
    if (http_feed_add(feed, MM_BYTES_LIT("late"))) {
        http_feed_end(feed, true);
        cr_assert(has_come(&client, "late"));
    } else {
        http_feed_end(feed, true);
    }
    client_close(&client);
    http_server_stop(server);
}

Test(feed, what_a_slow_client_does_not_take_has_an_end, .timeout = 60)
{
    static const char word[64 << 10];
    struct http_server *server = house_open((struct http_options){ 0 });
    struct client client = client_connect(http_server_port(server));
    struct http_feed *feed = begin(&client);
    int words = 0;
    while (http_feed_add(feed, MM_BYTES_OF(word)) && words < 100000)
        words++;
    cr_assert_lt(words, 1000); /* what the kernel takes, and a mebibyte */
    http_feed_end(feed, true);
    client_close(&client);
    http_server_stop(server);
}

Test(feed, the_end_of_the_server_is_not_waited_for, .timeout = 60)
{
    struct http_server *server = house_open((struct http_options){ .stop_grace_ms = 50 });
    struct client clients[3];
    struct http_feed *feeds[3];
    for (int i = 0; i < 3; i++) {
        clients[i] = client_connect(http_server_port(server));
        feeds[i] = begin(&clients[i]);
        if (i > 0)
            cr_assert(has_come(&clients[i], "text/event-stream"));
        if (i > 1)
            cr_assert(http_feed_add(feeds[i], MM_BYTES_LIT("word")));
    }
    http_server_stop(server);
    for (int i = 0; i < 3; i++) {
        cr_assert(!http_feed_add(feeds[i], MM_BYTES_LIT("late")));
        http_feed_end(feeds[i], true);
        cr_assert(client_is_closed(&clients[i]) || clients[i].in_len > 0);
        client_close(&clients[i]);
    }
}

Test(feed, one_that_is_dropped_leaves_the_ticket, .timeout = 60)
{
    struct http_server *server = house_open((struct http_options){ 0 });
    struct client client = client_connect(http_server_port(server));
    client_text(&client, LATER);
    struct http_later *ticket = house_next_later(5000);
    struct http_feed *feed = http_feed_new(ticket, WAITING_BYTES);
    http_feed_drop(feed);
    house_complete(ticket, "done");
    struct reply reply = client_reply(&client, false);
    cr_assert(reply_body_is(&reply, "done"));
    reply_free(&reply);
    client_close(&client);
    http_server_stop(server);
}
