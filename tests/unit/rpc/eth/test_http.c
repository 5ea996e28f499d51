/* The door over real HTTP: answers that wait for their block. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "door.h"

struct house {
    struct door *door;
    struct http_route route;
    struct http_server *server;
};

static struct house open_house(const struct rpc_eth_options *options)
{
    struct house house = { .door = door_open_with(&(struct chain_fixture_options){ 0 }, options) };
    static struct http_route route;
    struct mm_reason reason = { { 0 } };
    route = rpc_eth_route(house.door->eth, "/");
    const struct http_options http = { .routes = &route, .routes_count = 1, .threads = 1 };
    cr_assert_eq(http_server_start(&house.server, &http, &reason), MM_OK, "%s", reason.text);
    return house;
}

static void close_house(struct house *house)
{
    http_server_stop(house->server);
    door_close(house->door);
}

static int dial(const struct house *house)
{
    const struct sockaddr_in addr = { .sin_family = AF_INET,
                                      .sin_port = htons(http_server_port(house->server)),
                                      .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert(fd >= 0 && connect(fd, (const struct sockaddr *)&addr, sizeof addr) == 0);
    return fd;
}

static void post(int fd, const char *headers, const char *body)
{
    char *request;
    const int len =
        asprintf(&request, "POST / HTTP/1.1\r\nHost: localhost\r\n%sContent-Length: %zu\r\n\r\n%s",
                 headers, strlen(body), body);
    cr_assert(len > 0 && write(fd, request, (size_t)len) == len);
    free(request);
}

static bool is_answered(int fd, int wait_ms)
{
    struct pollfd waiting = { .fd = fd, .events = POLLIN };
    return poll(&waiting, 1, wait_ms) == 1;
}

/* Until the body is as long as its head says. */
static const char *reply(struct house *house, int fd)
{
    char *text = mm_arena_alloc(&house->door->arena, 1 << 20);
    size_t len = 0;
    for (;;) {
        text[len] = '\0';
        const char *body = strstr(text, "\r\n\r\n");
        const char *length = strstr(text, "Content-Length: ");
        if (body != NULL && length != NULL && strlen(body + 4) >= strtoul(length + 16, NULL, 10))
            return text;
        const ssize_t got = read(fd, text + len, (1 << 20) - 1 - len);
        cr_assert(got > 0, "closed after: %s", text);
        len += (size_t)got;
    }
}

static bool has(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

Test(http, holds_the_answer_to_a_transaction_until_its_block_has_settled)
{
    struct house house = open_house(&(struct rpc_eth_options){ 0 });
    struct tx tx = { .type = TX_DYNAMIC_FEE, .to = { { 1 } } };
    char body[2000];
    (void)snprintf(
        body, sizeof body,
        "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_sendRawTransaction\",\"params\":"
        "[\"%s\"]},{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"eth_chainId\"}]",
        door_sign(house.door, 0, &tx));
    house.door->chain.holds = true;
    const int fd = dial(&house);
    const int other = dial(&house);
    post(fd, "", body);
    cr_assert(!is_answered(fd, 200));
    /* The thread is free for others meanwhile: there is only one. */
    post(other, "", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_blockNumber\"}");
    cr_assert(has(reply(&house, other), "\"result\":\"0x1\""));
    cr_assert(!is_answered(fd, 50));
    chain_fixture_let_go(&house.door->chain);
    const char *text = reply(&house, fd);
    cr_assert(has(text, "HTTP/1.1 200") && has(text, "application/json"));
    cr_assert(has(text, "[{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"0x"));
    cr_assert(has(text, "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":\"0x7a69\"}]"));
    (void)close(fd);
    (void)close(other);
    close_house(&house);
}

Test(http, nobody_waits_with_whoever_waits_for_a_receipt)
{
    struct house house = open_house(&(struct rpc_eth_options){ 0 });
    struct tx tx = { .type = TX_DYNAMIC_FEE, .to = { { 1 } } };
    char body[2000];
    (void)snprintf(
        body, sizeof body,
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_sendRawTransactionSync\",\"params\":"
        "[\"%s\",60000]}",
        door_sign(house.door, 0, &tx));
    house.door->chain.is_automine = false;
    const int fd = dial(&house);
    const int other = dial(&house);
    post(fd, "", body);
    cr_assert(!is_answered(fd, 100));
    post(other, "", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_blockNumber\"}");
    cr_assert(has(reply(&house, other), "\"result\":\"0x0\""));
    cr_assert(!is_answered(fd, 50));
    post(other, "", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"evm_mine\"}");
    cr_assert(has(reply(&house, other), "\"result\":\"0x0\""));
    const char *text = reply(&house, fd);
    cr_assert(has(text, "\"result\":{\"type\":\"0x2\",\"status\":\"0x1\""));
    (void)close(fd);
    (void)close(other);
    close_house(&house);
}

Test(http, answers_errors_with_status_200_and_for_every_page)
{
    struct house house = open_house(&(struct rpc_eth_options){ .body_bytes_max = 1000 });
    int fd = dial(&house);
    post(fd, "Origin: https://elsewhere.example\r\n", "{");
    const char *text = reply(&house, fd);
    cr_assert(has(text, "HTTP/1.1 200") && has(text, "-32700") && has(text, "parse error"));
    cr_assert(has(text, "Access-Control-Allow-Origin: *"));
    post(fd, "Origin: https://elsewhere.example\r\n",
         "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"evm_mine\"}");
    cr_assert(has(reply(&house, fd), "-32000"));
    post(fd, "Origin: http://localhost:3000\r\n",
         "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"evm_mine\"}");
    cr_assert(has(reply(&house, fd), "\"result\":\"0x0\""));
    post(fd, "", "{\"jsonrpc\":\"2.0\",\"method\":\"evm_mine\"}");
    text = reply(&house, fd);
    cr_assert(has(text, "HTTP/1.1 200") && has(text, "Content-Length: 0"));
    (void)close(fd);
    fd = dial(&house);
    char large[1500];
    memset(large, ' ', sizeof large - 1);
    large[sizeof large - 1] = '\0';
    post(fd, "", large);
    cr_assert(has(reply(&house, fd), "HTTP/1.1 413"));
    (void)close(fd);
    close_house(&house);
}
