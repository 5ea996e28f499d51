/* WebSocket: the handshake, frames as RFC 6455 has them, and clients that are slow, silent or wrong. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include "tests/lib/websocket_client.h"
#include "tests/unit/rpc/http/house.h"

#define H "Host: localhost\r\n"
#define KEY "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define VERSION "Sec-WebSocket-Version: 13\r\n"
#define UPGRADE "Upgrade: websocket\r\nConnection: Upgrade\r\n"

static struct http_server *server;
static struct client client;

static void open_house(void)
{
    server = house_open((struct http_options){ .idle_timeout_s = 1 });
}

static void close_house(void)
{
    client_close(&client);
    http_server_stop(server);
    cr_assert_eq(atomic_load(&house_counts.opened), atomic_load(&house_counts.closed));
}

TestSuite(websocket, .init = open_house, .fini = close_house, .timeout = 60);

static void begin(void)
{
    client = ws_connect(http_server_port(server), "/socket");
    cr_assert_geq(client.fd, 0);
}

static void expect(enum ws_opcode opcode, const char *text)
{
    struct ws_frame frame = ws_read(&client);
    cr_assert(ws_is(&frame, opcode, text), "%d %.100s", (int)frame.opcode,
              frame.ok ? (const char *)frame.bytes : "(nothing)");
    ws_free(&frame);
}

static void expect_close(unsigned code)
{
    struct ws_frame frame = ws_read(&client);
    cr_assert(frame.ok && frame.opcode == WS_CLOSE);
    cr_assert_eq(frame.code, code, "%u", frame.code);
    ws_free(&frame);
}

static void sleep_ms(long ms)
{
    (void)nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000 }, NULL);
}

/* ---- handshake ---- */

Test(websocket, answers_the_handshake_of_the_rfc)
{
    struct reply reply = { 0 };
    client = client_connect(http_server_port(server));
    client_text(&client, "GET /socket HTTP/1.1\r\n" H UPGRADE KEY VERSION "\r\n");
    reply = client_reply(&client, true);
    cr_assert_eq(reply.status, 101);
    cr_assert(reply_has(&reply, "Upgrade: websocket"));
    cr_assert(reply_has(&reply, "Connection: Upgrade"));
    cr_assert(reply_has(&reply, "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    reply_free(&reply);
}

Test(websocket, refuses_a_handshake_that_is_none)
{
    static const struct {
        const char *text;
        int status;
    } cases[] = {
        { "GET /socket HTTP/1.1\r\n" H "Upgrade: websocket\r\n" KEY VERSION "\r\n", 400 },
        { "GET /socket HTTP/1.1\r\n" H UPGRADE VERSION "\r\n", 400 },
        { "GET /socket HTTP/1.1\r\n" H UPGRADE VERSION "Sec-WebSocket-Key: short\r\n\r\n", 400 },
        { "GET /socket HTTP/1.1\r\n" H UPGRADE VERSION
          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j!!==\r\n\r\n",
          400 },
        { "GET /socket HTTP/1.1\r\n" H UPGRADE KEY "\r\n", 426 },
        { "GET /socket HTTP/1.1\r\n" H UPGRADE KEY "Sec-WebSocket-Version: 8\r\n\r\n", 426 },
        { "GET /socket HTTP/1.1\r\nHost: evil.example\r\n" UPGRADE KEY VERSION "\r\n", 403 },
        { "GET /nowhere HTTP/1.1\r\n" H UPGRADE KEY VERSION "\r\n", 404 },
        { "GET /socket HTTP/1.1\r\n" H "\r\n", 200 },               /* asks for none */
        { "GET / HTTP/1.1\r\n" H UPGRADE KEY VERSION "\r\n", 200 }, /* the route has none */
        { "GET /socket HTTP/1.1\r\n" H "Upgrade: h2c\r\n\r\n", 200 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct reply reply = client_ask(http_server_port(server), cases[i].text);
        cr_assert_eq(reply.status, cases[i].status, "%zu: %d", i, reply.status);
        cr_assert_eq(reply.status == 426, reply_has(&reply, "Sec-WebSocket-Version: 13"));
        reply_free(&reply);
    }
    cr_assert_eq(atomic_load(&house_counts.opened), 0);
}

Test(websocket, takes_frames_that_came_with_the_handshake)
{
    client = client_connect(http_server_port(server));
    client_text(&client, "GET /socket HTTP/1.1\r\n" H UPGRADE KEY VERSION "\r\n"
                         "\x81\x83\x01\x02\x03\x04"
                         "`ba");
    struct reply reply = client_reply(&client, true);
    cr_assert_eq(reply.status, 101);
    reply_free(&reply);
    expect(WS_TEXT, "a`b");
    ws_text(&client, "and on");
    expect(WS_TEXT, "and on");
}

Test(websocket, says_which_origins_are_trusted)
{
    static const struct {
        const char *origin;
        const char *answer;
    } cases[] = { { "", "yes" },
                  { "Origin: http://localhost:3000\r\n", "yes" },
                  { "Origin: https://evil.example\r\n", "no" } };
    for (size_t i = 0; i < 3; i++) {
        char text[512];
        (void)snprintf(text, sizeof text, "GET /socket HTTP/1.1\r\n" H UPGRADE KEY VERSION "%s\r\n",
                       cases[i].origin);
        client = client_connect(http_server_port(server));
        client_text(&client, text);
        struct reply reply = client_reply(&client, true);
        cr_assert_eq(reply.status, 101);
        reply_free(&reply);
        ws_text(&client, "trusted?");
        expect(WS_TEXT, cases[i].answer);
        client_close(&client);
    }
}

Test(websocket, ends_with_1011_when_the_handler_has_no_room)
{
    client = ws_connect(http_server_port(server), "/socket-full");
    cr_assert_geq(client.fd, 0);
    expect_close(1011);
    cr_assert(client_is_closed(&client));
}

/* ---- frames ---- */

Test(websocket, sends_messages_of_every_size_back)
{
    static const size_t sizes[] = { 0, 1, 125, 126, 127, 65535, 65536, 1000000, 4 << 20 };
    begin();
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        char *text = malloc(sizes[i] + 1);
        memset(text, 'a' + (int)i, sizes[i]);
        text[sizes[i]] = '\0';
        cr_assert(ws_text(&client, text));
        expect(WS_TEXT, text);
        free(text);
    }
}

Test(websocket, puts_fragments_together_with_a_ping_between_them)
{
    begin();
    ws_send(&client, WS_TEXT, MM_BYTES_LIT("one "), false);
    ws_send(&client, WS_CONTINUATION, MM_BYTES_LIT("two "), false);
    ws_send(&client, WS_PING, MM_BYTES_LIT("are you there"), true);
    ws_send(&client, WS_CONTINUATION, MM_BYTES_LIT("three"), true);
    expect(WS_PONG, "are you there");
    expect(WS_TEXT, "one two three");
}

Test(websocket, reads_a_message_byte_by_byte)
{
    static const char frame[] = "\x81\x83\x01\x02\x03\x04`ba";
    begin();
    for (size_t i = 0; i < sizeof frame - 1; i++) {
        client_send(&client, mm_bytes_from(frame + i, 1));
        sleep_ms(1);
    }
    expect(WS_TEXT, "a`b");
}

Test(websocket, answers_many_messages_in_their_order)
{
    char text[32];
    begin();
    for (int i = 0; i < 2000; i++) {
        (void)snprintf(text, sizeof text, "message %d", i);
        ws_text(&client, text);
    }
    for (int i = 0; i < 2000; i++) {
        (void)snprintf(text, sizeof text, "message %d", i);
        expect(WS_TEXT, text);
    }
}

Test(websocket, closes_when_the_client_does)
{
    begin();
    ws_send(&client, WS_CLOSE, MM_BYTES_LIT("\x03\xe8"), true);
    expect_close(1000);
    cr_assert(client_is_closed(&client));
}

Test(websocket, ends_at_once_when_the_client_ends_without_a_word)
{
    begin();
    ws_text(&client, "last words");
    (void)shutdown(client.fd, SHUT_WR);
    struct timespec from;
    struct timespec to;
    (void)clock_gettime(CLOCK_MONOTONIC, &from);
    expect(WS_TEXT, "last words");
    cr_assert(client_is_closed(&client));
    (void)clock_gettime(CLOCK_MONOTONIC, &to);
    cr_assert_lt(to.tv_sec - from.tv_sec, 2);
}

Test(websocket, closes_when_the_handler_does_after_what_was_sent)
{
    begin();
    ws_text(&client, "first");
    ws_text(&client, "close");
    expect(WS_TEXT, "first");
    expect_close(1000);
    ws_send(&client, WS_CLOSE, MM_BYTES_LIT("\x03\xe8"), true);
    cr_assert(client_is_closed(&client));
}

Test(websocket, ends_what_breaks_the_rules_with_its_code)
{
    static const struct {
        mm_bytes bytes;
        unsigned code;
    } cases[] = {
        { MM_BYTES_LIT("\x81\x03"
                       "abc"),
          1002 },                                           /* not masked */
        { MM_BYTES_LIT("\x80\x80\x01\x02\x03\x04"), 1002 }, /* continues nothing */
        { MM_BYTES_LIT("\x83\x80\x01\x02\x03\x04"), 1002 }, /* unknown kind */
        { MM_BYTES_LIT("\xc1\x80\x01\x02\x03\x04"), 1002 }, /* a reserved bit */
        { MM_BYTES_LIT("\x09\x80\x01\x02\x03\x04"), 0 }, /* a ping in pieces; wslay gives no code */
        { MM_BYTES_LIT("\x81\xfe\x00\x05\x00\x00\x00\x00hello"),
          0 }, /* a length that is not the shortest */
        { MM_BYTES_LIT("\x81\x82\x00\x00\x00\x00\xc3\x28"), 1007 }, /* no UTF-8 */
        { MM_BYTES_LIT("\x81\xff\x00\x00\x00\x00\x00\x40\x00\x01\x00\x00\x00\x00x"),
          1009 }, /* too long */
        { MM_BYTES_LIT("\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00x"), 1009 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin();
        client_send(&client, cases[i].bytes);
        struct ws_frame frame = ws_read(&client);
        cr_assert(frame.ok && frame.opcode == WS_CLOSE, "%zu", i);
        cr_assert_eq(frame.code, cases[i].code, "%zu: %u", i, frame.code);
        ws_free(&frame);
        cr_assert(client_is_closed(&client), "%zu", i);
        client_close(&client);
    }
}

/* ---- slow, silent, gone ---- */

Test(websocket, is_not_ended_by_the_idle_timeout_of_requests)
{
    begin();
    for (int i = 0; i < 6; i++) {
        sleep_ms(500);
        ws_send(&client, WS_PONG, MM_BYTES_LIT(""), true);
    }
    ws_text(&client, "still here");
    expect(WS_TEXT, "still here");
}

Test(websocket, asks_the_silent_and_lets_go_of_the_dead)
{
    begin();
    expect(WS_PING, "");
    cr_assert(client_is_closed(&client));
}

Test(websocket, cuts_a_client_that_does_not_read)
{
    begin();
    ws_text(&client, "keep");
    struct http_socket *socket = NULL;
    while ((socket = house_kept_socket()) == NULL)
        sleep_ms(1);
    size_t sent = 0;
    for (;; sent++) {
        struct mm_buf text;
        mm_buf_init(&text, 64 << 10);
        mm_buf_add_zeros(&text, 64 << 10);
        if (!http_socket_send(socket, &text))
            break;
        cr_assert_lt(sent, 4096, "256 MiB wait for a client that reads nothing");
        sleep_ms(1);
    }
    http_socket_unref(socket);
    while (atomic_load(&house_counts.closed) == 0)
        sleep_ms(1);
}

Test(websocket, reads_no_further_while_answers_wait_and_loses_none)
{
    enum { COUNT = 400 };
    begin();
    for (int i = 0; i < COUNT; i++) /* 25 MiB of answers */
        cr_assert(ws_text(&client, "flood"));
    sleep_ms(100);
    for (int i = 0; i < COUNT; i++) {
        struct ws_frame frame = ws_read(&client);
        if (frame.opcode == WS_PING) {
            i--;
        } else {
            cr_assert(frame.ok && frame.opcode == WS_TEXT && frame.len == 64 << 10, "%d", i);
        }
        ws_free(&frame);
    }
}

Test(websocket, pings_that_nobody_reads_the_answers_of_take_no_memory)
{
    begin();
    const struct timespec limit = { .tv_sec = 0 };
    (void)limit;
    uint8_t pings[6 * 1000];
    for (size_t i = 0; i < sizeof pings; i += 6)
        memcpy(pings + i, "\x89\x80\x00\x00\x00\x00", 6);
    size_t sent = 0;
    /* The server stops reading, and both sides' socket buffers fill up; then it takes us for gone. */
    while (client_send(&client, MM_BYTES_OF(pings)))
        cr_assert_lt(++sent, 20000);
    while (atomic_load(&house_counts.closed) == 0)
        sleep_ms(10);
}

Test(websocket, a_client_that_vanishes_is_let_go_of)
{
    for (int i = 0; i < 50; i++) {
        begin();
        if (i % 2 == 0)
            ws_send(&client, WS_TEXT, MM_BYTES_LIT("half a mess"), false);
        client_close(&client);
    }
    while (atomic_load(&house_counts.closed) < 50)
        sleep_ms(1);
}

Test(websocket, sends_from_another_thread_and_knows_when_it_is_closed)
{
    begin();
    ws_text(&client, "keep");
    struct http_socket *socket = NULL;
    while ((socket = house_kept_socket()) == NULL)
        sleep_ms(1);
    struct mm_buf text;
    mm_buf_init(&text, 100);
    mm_buf_add_text(&text, "news");
    cr_assert(http_socket_send(socket, &text));
    expect(WS_TEXT, "news");
    client_close(&client);
    while (atomic_load(&house_counts.closed) == 0)
        sleep_ms(1);
    mm_buf_add_text(&text, "more news");
    cr_assert_not(http_socket_send(socket, &text));
    cr_assert_eq(text.len, 0);
    http_socket_unref(socket);
}

Test(websocket, the_end_of_the_server_is_said)
{
    struct client other;
    begin();
    other = ws_connect(http_server_port(server), "/socket");
    ws_text(&other, "keep");
    struct http_socket *socket = NULL;
    while ((socket = house_kept_socket()) == NULL)
        sleep_ms(1);
    http_server_stop(server);
    server = NULL;
    expect_close(1001);
    cr_assert(client_is_closed(&client));
    client_close(&other);
    struct mm_buf text;
    mm_buf_init(&text, 100);
    mm_buf_add_text(&text, "too late");
    cr_assert_not(http_socket_send(socket, &text));
    http_socket_close(socket, WEBSOCKET_NORMAL);
    http_socket_unref(socket);
}
