/* Who asks, by a gate: whoever it knows is let in as himself, and nobody else. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "rpc/chat/chat.h"
#include "rpc/client/client.h"

static const mm_addr alice = { { 0xa1 } };
static const mm_addr bob = { { 0xb0 } };

static mm_addr signed_in; /* zero: nobody */
static struct rpc_backend backend;
static struct chat *chat;
static struct http_route route;
static struct http_server *server;
static struct client *client;

static uint64_t chain_id(void *ctx)
{
    (void)ctx;
    return 31337;
}

static bool who(void *ctx, mm_addr *addr, struct http_request *request)
{
    (void)ctx;
    (void)request;
    *addr = signed_in;
    return !mm_addr_is_zero(&signed_in);
}

static void begin(bool needs_no_key, unsigned rate_per_minute)
{
    static const struct chat_gate gate = { NULL, who };
    static struct url url;
    char text[64];
    backend.chain_id = chain_id;
    const struct chat_options options = { .backend = &backend,
                                          .needs_no_key = needs_no_key,
                                          .rate_per_minute = rate_per_minute,
                                          .gate = &gate };
    cr_assert_eq(chat_new(&chat, &options), MM_OK);
    route = chat_route(chat);
    const struct http_options http = { .routes = &route, .routes_count = 1 };
    cr_assert_eq(http_server_start(&server, &http, NULL), MM_OK);
    (void)snprintf(text, sizeof text, "http://127.0.0.1:%u", http_server_port(server));
    cr_assert_eq(url_parse(&url, mm_bytes_str(text)), URL_OK);
    client = client_new(&url, NULL);
    cr_assert_not_null(client);
}

static void end(void)
{
    client_free(client);
    http_server_stop(server);
    chat_free(chat);
    signed_in = (mm_addr){ { 0 } };
}

TestSuite(gate, .fini = end, .timeout = 60);

/* Whose conversation it is, is said where the author is another: one user's message and a reply that nobody signed. */
static const char conversation_of_alice[] =
    "{\"author\":\"0xa100000000000000000000000000000000000000\",\"deadline\":1,\"messages\":["
    "{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"assistant\",\"content\":\"b\",\"ainft\":{"
    "\"asker\":\"0xa100000000000000000000000000000000000000\",\"block\":1,\"specVersion\":1,"
    "\"promptHash\":\"0x1111111111111111111111111111111111111111111111111111111111111111\","
    "\"replyHash\":\"0x1111111111111111111111111111111111111111111111111111111111111111\","
    "\"signature\":\"0x111111111111111111111111111111111111111111111111111111111111111111111111"
    "1111111111111111111111111111111111111111111111111111111111\"}}]}";

/* Asks with a body as an API key's bearer (NULL: none) and expects a status and a word of the answer. */
static void expect(const char *bearer, const char *body, unsigned status, const char *word)
{
    const struct client_part part = { .bytes = mm_bytes_str(body) };
    const struct client_request request = {
        .method = "POST",
        .target = "/ainft/0x6d696e746d61726b000000000000000000000721/1/v1/prepare",
        .content_type = "application/json",
        .parts = &part,
        .part_count = 1,
    };
    struct mm_buf answer;
    unsigned got = 0;
    mm_buf_init(&answer, 64 << 10);
    client_set_bearer(client, bearer);
    cr_assert_eq(client_ask_all(client, &got, &answer, &request, NULL), CLIENT_OK);
    mm_buf_add_byte(&answer, 0);
    const char *text = (const char *)mm_buf_bytes(&answer).ptr;
    cr_expect_eq(got, status, "%u %s instead of %u %s", got, text, status, word);
    cr_expect_not_null(strstr(text, word), "%s is not in %s", word, text);
    mm_buf_fini(&answer);
}

Test(gate, lets_nobody_in_whom_it_does_not_know)
{
    begin(false, 100);
    expect(NULL, "{", 401, "no_session");
    expect("sk-whatever", "{", 401, "no_session");
    signed_in = alice;
    expect(NULL, "{", 400, "invalid_json");
    expect("sk-whatever", "{", 400, "invalid_json");
}

Test(gate, does_not_mend_a_key_that_does_not_hold)
{
    begin(false, 100);
    signed_in = alice;
    expect("mm1.nonsense", "{", 401, "malformed");
}

Test(gate, says_as_whom_one_asks)
{
    begin(false, 100);
    signed_in = bob;
    expect(NULL, conversation_of_alice, 400, "is not who asks");
    signed_in = alice;
    expect(NULL, conversation_of_alice, 400, "invalid_deadline");
}

Test(gate, comes_behind_an_address_that_a_development_node_believes)
{
    begin(true, 100);
    signed_in = bob;
    expect("0xa100000000000000000000000000000000000000", conversation_of_alice, 400,
           "invalid_deadline");
    expect(NULL, conversation_of_alice, 400, "is not who asks");
    signed_in = (mm_addr){ { 0 } };
    expect(NULL, conversation_of_alice, 400, "invalid_deadline");
}

Test(gate, gives_each_account_a_rate_of_its_own)
{
    begin(false, 1);
    signed_in = alice;
    expect(NULL, "{", 400, "invalid_json");
    expect(NULL, "{", 429, "rate_limit_exceeded");
    signed_in = bob;
    expect(NULL, "{", 400, "invalid_json");
}
