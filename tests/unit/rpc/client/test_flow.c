/* Many requests over a few connections, against the server of rpc/http. */
#include "rpc/client/flow.h"

#include <criterion/criterion.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "rpc/http/http.h"

static struct http_server *server;
static struct mm_arena arena;
static atomic_uint asked;

static void echo(void *context, struct http_request *request)
{
    struct http_response response;
    (void)context;
    atomic_fetch_add(&asked, 1);
    http_response_init(&response, 200, "application/json", 0);
    response.body = http_body_take(request);
    http_answer(request, &response);
}

/* Every third answer takes 20 ms. */
static void slow(void *context, struct http_request *request)
{
    (void)context;
    if (atomic_fetch_add(&asked, 1) % 3 == 0)
        (void)usleep(20000);
    http_answer_text(request, 200, "here");
}

static void refuse(void *context, struct http_request *request)
{
    (void)context;
    http_answer_text(request, 403, "not for you");
}

static const struct http_route ROUTES[] = {
    { .path = "/", .methods = HTTP_POST, .respond = echo, .body_bytes_max = 64 << 20 },
    { .path = "/slow", .methods = HTTP_POST, .respond = slow, .body_bytes_max = 1000 },
    { .path = "/refuse", .methods = HTTP_POST, .respond = refuse, .body_bytes_max = 1000 },
};

static void set_up(void)
{
    const struct http_options options = { .threads = 2,
                                          .routes = ROUTES,
                                          .routes_count = MM_COUNT_OF(ROUTES) };
    struct mm_reason reason;
    cr_assert_eq(http_server_start(&server, &options, &reason), MM_OK, "%s", reason.text);
    mm_arena_init(&arena, SIZE_MAX);
}

static void tear_down(void)
{
    mm_arena_fini(&arena);
    http_server_stop(server);
}

TestSuite(flow, .init = set_up, .fini = tear_down, .timeout = 60);

static struct url url_of(const char *path)
{
    char text[64];
    struct url url;
    (void)snprintf(text, sizeof text, "http://127.0.0.1:%u%s", http_server_port(server), path);
    cr_assert_eq(url_parse(&url, mm_bytes_str(text)), URL_OK);
    return url;
}

/* `lanes` lanes of `count` requests with this body. */
static struct flow_result run(const char *path, mm_bytes body, size_t lanes, size_t count,
                              uint64_t for_ms)
{
    const struct url url = url_of(path);
    struct flow_lane plan[8];
    struct flow_result result;
    struct mm_reason reason = { "" };
    cr_assert_leq(lanes, MM_COUNT_OF(plan));
    for (size_t i = 0; i < lanes; i++) {
        mm_bytes *requests = MM_ARENA_ARRAY(&arena, mm_bytes, count);
        for (size_t j = 0; j < count; j++)
            cr_assert_eq(flow_request(&arena, &requests[j], &url, body), MM_OK);
        plan[i] = (struct flow_lane){ requests, count };
    }
    const struct flow_options options = {
        .url = &url, .lanes = plan, .lane_count = lanes, .for_ms = for_ms
    };
    cr_assert_eq(flow_run(&result, &options, &reason), CLIENT_OK, "%s", reason.text);
    return result;
}

Test(flow, sends_each_request_once)
{
    const struct flow_result result = run("", MM_BYTES_LIT("{\"x\":1}"), 3, 50, 0);
    cr_assert_eq(atomic_load(&asked), 150u);
    cr_assert_eq(result.answers, 150u);
    cr_assert_eq(result.bytes, 150u * 7);
    cr_assert_eq(result.bad, 0u);
    cr_assert_gt(result.ns, 0u);
    cr_assert(result.p50_ns <= result.p99_ns && result.p50_ns > 0);
}

Test(flow, sends_and_receives_bodies_larger_than_a_socket_holds)
{
    enum { BYTES = 9 << 20 };
    uint8_t *body = mm_arena_alloc(&arena, BYTES);
    for (size_t i = 0; i < BYTES; i++)
        body[i] = (uint8_t)('a' + i % 26);
    const struct flow_result result = run("", mm_bytes_from(body, BYTES), 2, 2, 0);
    cr_assert_eq(result.answers, 4u);
    cr_assert_eq(result.bytes, 4u * BYTES);
    cr_assert_eq(result.bad, 0u);
}

Test(flow, goes_round_until_the_time_is_over)
{
    const struct flow_result result = run("", MM_BYTES_LIT("1"), 2, 3, 100);
    cr_assert_gt(result.answers, 6u);
    cr_assert_eq(result.answers, atomic_load(&asked));
    cr_assert_geq(result.ns, 100000000u);
    cr_assert_lt(result.ns, 30000000000u);
}

Test(flow, measures_how_long_each_answer_took)
{
    const struct flow_result result = run("/slow", MM_BYTES_LIT("1"), 1, 30, 0);
    cr_assert_geq(result.p99_ns, 20000000u * 31 / 32);
    cr_assert_geq(result.max_ns, 20000000u);
    cr_assert_lt(result.p50_ns, 20000000u);
}

Test(flow, counts_refusals_and_errors_and_keeps_the_first)
{
    struct flow_result result = run("/refuse", MM_BYTES_LIT("1"), 2, 5, 0);
    cr_assert_eq(result.bad, 10u);
    cr_assert_str_eq(result.first_bad, "not for you\n");
    result = run("", MM_BYTES_LIT("[{\"id\":1,\"error\":{\"code\":-32000}}]"), 1, 4, 0);
    cr_assert_eq(result.bad, 4u);
    cr_assert_str_eq(result.first_bad, "[{\"id\":1,\"error\":{\"code\":-32000}}]");
}

Test(flow, says_that_nobody_is_there)
{
    struct url url = url_of("");
    mm_bytes request;
    struct flow_result result;
    struct mm_reason reason = { "" };
    url.port = 1;
    cr_assert_eq(flow_request(&arena, &request, &url, MM_BYTES_LIT("1")), MM_OK);
    const struct flow_lane lane = { &request, 1 };
    const struct flow_options options = { .url = &url, .lanes = &lane, .lane_count = 1 };
    cr_assert_eq(flow_run(&result, &options, &reason), CLIENT_UNREACHABLE);
    cr_assert(strstr(reason.text, "nothing answers") != NULL, "%s", reason.text);
}

Test(flow, gives_up_on_a_server_that_is_silent)
{
    const struct url url = url_of("/slow");
    mm_bytes request;
    struct flow_result result;
    struct mm_reason reason = { "" };
    cr_assert_eq(flow_request(&arena, &request, &url, MM_BYTES_LIT("1")), MM_OK);
    const struct flow_lane lane = { &request, 1 };
    const struct flow_options options = {
        .url = &url, .lanes = &lane, .lane_count = 1, .timeout_ms = 5
    };
    cr_assert_eq(flow_run(&result, &options, &reason), CLIENT_LOST);
    cr_assert(strstr(reason.text, "no answer within 5 ms") != NULL, "%s", reason.text);
    cr_assert_eq(result.answers, 0u);
}
