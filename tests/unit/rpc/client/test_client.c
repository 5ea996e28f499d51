/* The client against the server of rpc/http. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "rpc/client/jsonrpc.h"
#include "rpc/client/multipart.h"
#include "rpc/http/http.h"
#include "state/base/heap.h"

enum { SMALL_BODY_MAX = 1000, BIG_BYTES = 3 << 20 };

static struct http_server *server;
static struct client *client;

static void echo(void *context, struct http_request *request)
{
    struct http_response response;
    (void)context;
    http_response_init(&response, 200, "application/octet-stream", 0);
    response.body = http_body_take(request);
    http_answer(request, &response);
}

/* An answer of unknown length: chunks. */
static ptrdiff_t read_big(void *state, uint64_t offset, uint8_t *out, size_t capacity)
{
    (void)state;
    const size_t left = offset < BIG_BYTES ? (size_t)(BIG_BYTES - offset) : 0;
    const size_t len = left < capacity ? left : capacity;
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)((offset + i) * 31 >> 3);
    return (ptrdiff_t)len;
}

static void big(void *context, struct http_request *request)
{
    struct http_response response;
    (void)context;
    http_response_init(&response, 200, NULL, 0);
    response.reader = (struct http_reader){ .read = read_big, .length = HTTP_LENGTH_UNKNOWN };
    http_answer(request, &response);
}

static void answer_one(void *context, struct http_request *request)
{
    struct http_response response;
    (void)context;
    http_response_init(&response, 200, "application/json", 1000);
    mm_buf_add_text(&response.body, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"0x7a69\"}");
    http_answer(request, &response);
}

static void refuse(void *context, struct http_request *request)
{
    (void)context;
    http_answer_text(request, 403, "not for you");
}

static const struct http_route ROUTES[] = {
    { .path = "/echo", .methods = HTTP_POST, .respond = echo, .body_bytes_max = 64 << 20 },
    { .path = "/small", .methods = HTTP_POST, .respond = echo, .body_bytes_max = SMALL_BODY_MAX },
    { .path = "/big", .methods = HTTP_GET, .respond = big },
    { .path = "/", .methods = HTTP_POST, .respond = answer_one },
    { .path = "/refuse", .methods = HTTP_POST, .respond = refuse },
};

static struct url url_of(const char *path)
{
    char text[64];
    struct url url;
    snprintf(text, sizeof text, "http://127.0.0.1:%u%s", http_server_port(server), path);
    cr_assert_eq(url_parse(&url, mm_bytes_str(text)), URL_OK);
    return url;
}

static void set_up(void)
{
    const struct http_options options = { .threads = 2,
                                          .routes = ROUTES,
                                          .routes_count = MM_COUNT_OF(ROUTES) };
    struct mm_reason reason;
    cr_assert_eq(http_server_start(&server, &options, &reason), MM_OK, "%s", reason.text);
    const struct url url = url_of("");
    client = client_new(&url, NULL);
}

static void tear_down(void)
{
    client_free(client);
    http_server_stop(server);
}

TestSuite(client, .init = set_up, .fini = tear_down, .timeout = 60);

static enum client_verdict post(struct mm_buf *answer, unsigned *status, const char *target,
                                const struct client_part *parts, size_t count)
{
    struct mm_reason reason = { "" };
    const struct client_request request = { .method = "POST",
                                            .target = target,
                                            .content_type = "text/plain",
                                            .parts = parts,
                                            .part_count = count };
    return client_ask_all(client, status, answer, &request, &reason);
}

Test(client, sends_bytes_and_files_as_one_body)
{
    char path[] = "/tmp/mintmark-client-XXXXXX";
    const int fd = mkstemp(path);
    uint8_t *content = mm_heap_alloc(BIG_BYTES);
    for (size_t i = 0; i < BIG_BYTES; i++)
        content[i] = (uint8_t)(i * 7 >> 2);
    cr_assert_eq(write(fd, content, BIG_BYTES), BIG_BYTES);
    const struct client_part parts[] = { { .bytes = MM_BYTES_LIT("head ") },
                                         { .path = path, .len = BIG_BYTES },
                                         { .bytes = MM_BYTES_LIT(" tail") } };
    struct mm_buf answer;
    unsigned status;
    mm_buf_init(&answer, 2 * BIG_BYTES);
    cr_assert_eq(post(&answer, &status, "/echo", parts, 3), CLIENT_OK);
    cr_assert_eq(status, 200);
    cr_assert_eq(answer.len, BIG_BYTES + 10);
    cr_assert_eq(memcmp(answer.ptr, "head ", 5), 0);
    cr_assert_eq(memcmp(answer.ptr + 5, content, BIG_BYTES), 0);
    cr_assert_eq(memcmp(answer.ptr + 5 + BIG_BYTES, " tail", 5), 0);
    mm_buf_fini(&answer);
    mm_heap_free(content);
    close(fd);
    unlink(path);
}

Test(client, keeps_its_connection_between_requests)
{
    const struct client_part part = { .bytes = MM_BYTES_LIT("x") };
    for (int i = 0; i < 20; i++) {
        struct mm_buf answer;
        unsigned status;
        mm_buf_init(&answer, 100);
        cr_assert_eq(post(&answer, &status, "/echo", &part, 1), CLIENT_OK);
        cr_assert_eq(answer.len, 1);
        mm_buf_fini(&answer);
    }
    cr_assert_eq(http_server_stats(server).connections, 1);
}

Test(client, reads_an_answer_of_unknown_length)
{
    struct mm_buf answer;
    unsigned status;
    struct mm_reason reason;
    const struct client_request request = { .method = "GET", .target = "/big" };
    mm_buf_init(&answer, 2 * BIG_BYTES);
    cr_assert_eq(client_ask_all(client, &status, &answer, &request, &reason), CLIENT_OK);
    cr_assert_eq(answer.len, BIG_BYTES);
    for (size_t i = 0; i < BIG_BYTES; i++)
        cr_assert(answer.ptr[i] == (uint8_t)(i * 31 >> 3));
    mm_buf_fini(&answer);
}

Test(client, stops_at_the_bound_of_the_one_who_asks)
{
    struct mm_buf answer;
    unsigned status;
    struct mm_reason reason;
    const struct client_request request = { .method = "GET", .target = "/big" };
    mm_buf_init(&answer, 1000);
    cr_assert_eq(client_ask_all(client, &status, &answer, &request, &reason), CLIENT_SINK);
    cr_assert_eq(status, 0);
    mm_buf_fini(&answer);
    /* And is of use afterwards. */
    const struct client_part part = { .bytes = MM_BYTES_LIT("x") };
    mm_buf_init(&answer, 1000);
    cr_assert_eq(post(&answer, &status, "/echo", &part, 1), CLIENT_OK);
    mm_buf_fini(&answer);
}

Test(client, hears_a_refusal_while_it_still_sends)
{
    uint8_t *content = mm_heap_zeroed(1, 32 << 20);
    const struct client_part part = { .bytes = mm_bytes_from(content, 32 << 20) };
    struct mm_buf answer;
    unsigned status;
    mm_buf_init(&answer, 1000);
    cr_assert_eq(post(&answer, &status, "/small", &part, 1), CLIENT_OK);
    cr_assert_eq(status, 413);
    mm_buf_fini(&answer);
    mm_heap_free(content);
}

Test(client, says_when_a_file_is_gone_or_shorter_than_it_was)
{
    char path[] = "/tmp/mintmark-client-XXXXXX";
    const int fd = mkstemp(path);
    cr_assert_eq(write(fd, "short", 5), 5);
    const struct client_part shorter = { .path = path, .len = 6 };
    const struct client_part gone = { .path = "/nonexistent/file", .len = 6 };
    struct mm_buf answer;
    unsigned status;
    mm_buf_init(&answer, 1000);
    cr_assert_eq(post(&answer, &status, "/echo", &shorter, 1), CLIENT_FILE);
    cr_assert_eq(post(&answer, &status, "/echo", &gone, 1), CLIENT_FILE);
    mm_buf_fini(&answer);
    close(fd);
    unlink(path);
}

Test(client, says_when_nobody_is_there)
{
    struct url url;
    struct mm_buf answer;
    unsigned status;
    struct mm_reason reason;
    const struct client_request request = { .method = "GET", .target = "/" };
    cr_assert_eq(url_parse(&url, MM_BYTES_LIT("http://127.0.0.1:1")), URL_OK);
    struct client *other = client_new(&url, NULL);
    mm_buf_init(&answer, 1000);
    cr_assert_eq(client_ask_all(other, &status, &answer, &request, &reason), CLIENT_UNREACHABLE);
    cr_assert_not_null(strstr(reason.text, "http://127.0.0.1:1"));
    mm_buf_fini(&answer);
    client_free(other);
}

Test(client, calls_a_method)
{
    struct mm_arena arena;
    struct jsonrpc_reply reply;
    struct mm_reason reason;
    mm_arena_init(&arena, 1 << 20);
    cr_assert_eq(jsonrpc_call(client, &arena, &reply, &JSONRPC_CALL("eth_chainId", "[]"), &reason),
                 CLIENT_OK);
    cr_assert(json_is_text(&reply.result, "0x7a69"));
    mm_arena_fini(&arena);
}

Test(client, a_call_that_http_refuses_says_why)
{
    struct mm_arena arena;
    struct jsonrpc_reply reply;
    struct mm_reason reason;
    const struct url url = url_of("/refuse");
    struct client *other = client_new(&url, NULL);
    mm_arena_init(&arena, 1 << 20);
    cr_assert_eq(jsonrpc_call(other, &arena, &reply, &JSONRPC_CALL("eth_chainId", "[]"), &reason),
                 CLIENT_STATUS);
    cr_assert_not_null(strstr(reason.text, "403"));
    cr_assert_not_null(strstr(reason.text, "not for you"));
    mm_arena_fini(&arena);
    client_free(other);
}

Test(client, writes_multipart_bodies_with_escaped_names)
{
    struct mm_arena arena;
    struct multipart body;
    struct mm_buf answer;
    unsigned status;
    char expected[1024];
    mm_arena_init(&arena, 1 << 20);
    multipart_init(&body, &arena, 2);
    multipart_add_folder(&body, MM_BYTES_LIT("col"));
    multipart_add_bytes(&body, MM_BYTES_LIT("col/a \"b\"+.txt"), MM_BYTES_LIT("content"));
    cr_assert_eq(multipart_finish(&body), MM_OK);
    mm_buf_init(&answer, 4096);
    cr_assert_eq(post(&answer, &status, "/echo", body.parts, body.count), CLIENT_OK);
    const int len =
        snprintf(expected, sizeof expected,
                 "--%s\r\nContent-Disposition: form-data; name=\"file\"; filename=\"col\"\r\n"
                 "Content-Type: application/x-directory\r\n\r\n"
                 "\r\n--%s\r\nContent-Disposition: form-data; name=\"file\"; "
                 "filename=\"col%%2Fa%%20%%22b%%22%%2B.txt\"\r\n"
                 "Content-Type: application/octet-stream\r\n\r\ncontent\r\n--%s--\r\n",
                 body.boundary, body.boundary, body.boundary);
    cr_assert(mm_bytes_equal(mm_buf_bytes(&answer), mm_bytes_from(expected, (size_t)len)), "%.*s",
              (int)answer.len, (char *)answer.ptr);
    mm_buf_fini(&answer);
    mm_arena_fini(&arena);
}
