/* A chain followed over HTTP: from a server that tells the story of four validators, and gives one answer that it should not. */
#include "node/cli/follow.h"

#include <criterion/criterion.h>

#include "rpc/http/http.h"
#include "state/codec/hex.h"
#include "tests/lib/told_chain.h"

enum { HEAD = 7, JOINS = 2, LEAVES = 4 };

/* The answer to one question: JSON text behind "result": or "error":. */
struct lie {
    const char *method; /* NULL: none */
    uint64_t number;    /* UINT64_MAX: of any block */
    bool is_error;
    const char *text;
};

static struct told_chain chain;
static struct lie lie;
static size_t asked_for_sets;
static struct http_server *server;
static struct cli_run run;
static struct remote remote;
static struct follow follow;

/* ---- the server ---- */

static void add_info(struct json_writer *w)
{
    json_open_object(w);
    json_key(w, "genesisChainId");
    json_add_quantity(w, chain.domain.chain_id);
    json_key(w, "genesisHash");
    json_add_data(w, mm_bytes_hash(&chain.domain.genesis_hash));
    json_key(w, "blockNumber");
    json_add_quantity(w, chain.head);
    json_close_object(w);
}

static void add_set(struct json_writer *w, const struct validator_set *set)
{
    asked_for_sets++;
    json_open_array(w);
    for (size_t i = 0; i < set->count; i++)
        json_add_data(w, mm_bytes_addr(&set->addrs[i]));
    json_close_array(w);
}

/* A number, or the object with a hash; UINT64_MAX when there is no such block. */
static uint64_t block_of(const struct json *params)
{
    uint64_t number = UINT64_MAX;
    mm_hash32 hash;
    if (params == NULL || params->count == 0)
        return number;
    const struct json *by_hash = json_find(&params->items[0], "blockHash");
    if (by_hash == NULL) {
        cr_assert(hex_read_u64(&number, params->items[0].text));
        return number;
    }
    cr_assert(hex_read_hash(&hash, by_hash->text));
    for (uint64_t i = 0; i <= chain.head; i++)
        if (mm_hash_equal(&hash, &chain.blocks[i].hash))
            number = i;
    return number;
}

static void add_result(struct json_writer *w, const struct json *method, uint64_t number)
{
    if (json_is_text(method, "mintmark_nodeInfo")) {
        add_info(w);
        return;
    }
    cr_assert_leq(number, chain.head);
    const struct told *block = &chain.blocks[number];
    if (json_is_text(method, "debug_getRawHeader")) {
        json_add_data(w, told_header(block));
    } else if (json_is_text(method, "qbft_getValidators")) {
        add_set(w, &block->set);
    } else {
        cr_assert(json_is_text(method, "qbft_getCertificate"));
        json_open_object(w);
        json_key(w, "raw");
        json_add_data(w, told_certificate(block));
        json_close_object(w);
    }
}

static void add_answer(struct json_writer *w, const struct json *call)
{
    const struct json *method = json_find(call, "method");
    const uint64_t number = block_of(json_find(call, "params"));
    const bool lies = lie.method != NULL && json_is_text(method, lie.method) &&
                      (lie.number == UINT64_MAX || lie.number == number);
    json_open_object(w);
    json_key(w, "id");
    json_add_value(w, json_find(call, "id"));
    json_key(w, lies && lie.is_error ? "error" : "result");
    if (lies)
        json_add_raw(w, mm_bytes_str(lie.text));
    else
        add_result(w, method, number);
    json_close_object(w);
}

static void respond(void *context, struct http_request *request)
{
    struct http_response response;
    struct mm_arena arena;
    struct json body;
    const struct json_options options = { .unique_keys = true };
    (void)context;
    mm_arena_init(&arena, 16 << 20);
    cr_assert_eq(json_parse(&arena, &body, http_body(request), &options, NULL), JSON_OK);
    http_response_init(&response, 200, "application/json", 1 << 20);
    struct json_writer w = json_writer_over(&response.body);
    if (body.kind == JSON_ARRAY) {
        json_open_array(&w);
        for (size_t i = 0; i < body.count; i++)
            add_answer(&w, &body.items[i]);
        json_close_array(&w);
    } else {
        add_answer(&w, &body);
    }
    mm_arena_fini(&arena);
    http_answer(request, &response);
}

static const struct cli_option OPTIONS[] = { CLI_OPTION_RPC, CLI_OPTION_TIMEOUT };
static const struct cli_command COMMAND = {
    .name = "try", .arguments = "", .options = OPTIONS, .option_count = MM_COUNT_OF(OPTIONS)
};

static void set_up(void)
{
    static const struct http_route routes[] = {
        { .path = "/", .methods = HTTP_POST, .respond = respond }
    };
    const struct http_options options = { .routes = routes, .routes_count = 1 };
    static char words[3][64] = { "try", "--rpc", "" };
    char *pointers[] = { words[0], words[1], words[2], NULL };
    struct mm_reason why;
    bool help = false;
    told_chain_story(&chain);
    cr_assert_eq(http_server_start(&server, &options, &why), MM_OK, "%s", why.text);
    (void)snprintf(words[2], sizeof words[2], "http://127.0.0.1:%u", http_server_port(server));
    run = (struct cli_run){ .command = &COMMAND };
    mm_arena_init(&run.arena, 16 << 20);
    cr_assert(cli_parse(&run, &help, 3, pointers, &why));
    cr_assert_eq(remote_open(&remote, &run), CLI_OK);
}

static void tear_down(void)
{
    remote_close(&remote);
    http_server_stop(server);
    mm_arena_fini(&run.arena);
    told_chain_fini(&chain);
}

TestSuite(follow, .init = set_up, .fini = tear_down, .timeout = 60);

/* ---- verbs ---- */

static int walk(uint64_t from, uint64_t to)
{
    const int status = follow_trust(&follow, &remote, &chain.blocks[from].hash);
    return status == CLI_OK ? follow_to(&follow, to) : status;
}

/* From genesis to the head with one lie; what is said about it. */
static void caught(const char *problem, const struct lie *told)
{
    lie = *told;
    cr_assert_eq(walk(0, HEAD), CLI_UNVERIFIED, "not: %s", problem);
    cr_assert_str_eq(follow.reason.text, problem);
}

/* ---- tests ---- */

Test(follow, goes_from_a_trusted_block_to_another)
{
    cr_assert_eq(walk(0, HEAD), CLI_OK, "%s", follow.reason.text);
    cr_assert_eq(follow.head, HEAD);
    cr_assert(follow.light.is_certified);
    cr_assert(mm_hash_equal(&follow.light.hash, &chain.blocks[HEAD].hash));
    cr_assert_eq(follow.light.counts.headers, HEAD);
    cr_assert_eq(follow.light.counts.certificates, 3);
    cr_assert_eq(asked_for_sets, 3);
    cr_assert_eq(walk(JOINS, LEAVES), CLI_OK, "%s", follow.reason.text);
    cr_assert_eq(follow.light.counts.headers, LEAVES - JOINS);
    cr_assert_eq(walk(HEAD, HEAD), CLI_OK);
    cr_assert_eq(follow.light.counts.certificates, 0);
}

Test(follow, asks_for_a_set_once_while_it_does_not_change)
{
    cr_assert_eq(follow_trust(&follow, &remote, &chain.blocks[0].hash), CLI_OK);
    follow.every_seal = true;
    cr_assert_eq(follow_to(&follow, HEAD), CLI_OK, "%s", follow.reason.text);
    cr_assert_eq(follow.light.counts.certificates, HEAD);
    cr_assert_eq(asked_for_sets, 3);
}

Test(follow, goes_on_from_where_it_stands)
{
    cr_assert_eq(walk(0, 3), CLI_OK);
    cr_assert_eq(follow_to(&follow, HEAD), CLI_OK, "%s", follow.reason.text);
    cr_assert_eq(follow.light.counts.headers, HEAD);
    cr_assert_eq(follow.light.counts.set_changes, 2);
}

Test(follow, says_what_is_missing_and_of_which_block)
{
    caught("block 5: the node has no header of it: header not found",
           &(struct lie){ "debug_getRawHeader", 5, true, "{\"message\":\"header not found\"}" });
    caught("block 5: no header", &(struct lie){ "debug_getRawHeader", 5, false, "null" });
    caught("block 5: no header", &(struct lie){ "debug_getRawHeader", 5, false, "\"0xc\"" });
    caught("block 5: no header", &(struct lie){ "debug_getRawHeader", 5, false, "\"0x\"" });
    caught("block 7: the node has no certificate of it",
           &(struct lie){ "qbft_getCertificate", HEAD, false, "null" });
    caught("block 2: the node has no certificate of it",
           &(struct lie){ "qbft_getCertificate", JOINS, true, "{\"code\":-32000}" });
    caught("block 2: no certificate",
           &(struct lie){ "qbft_getCertificate", JOINS, false, "{\"raw\":\"0xc0\"}" });
}

Test(follow, believes_no_set_that_is_none)
{
    static const char one[] = "\"0x7e5f4552091a69125d5dfcb7b8c2659029395bdf\"";
    static const char *const lists[] = { "null", "{}", "\"0x\"", "[1]", "[\"0x12\"]", "[null]" };
    for (size_t i = 0; i < MM_COUNT_OF(lists); i++)
        caught("block 2: the node names no validators",
               &(struct lie){ "qbft_getValidators", UINT64_MAX, false, lists[i] });
    caught("block 2: the node names no validators",
           &(struct lie){ "qbft_getValidators", JOINS, true, "{\"code\":-32000}" });
    caught("block 2: another set: the block before does not commit to these validators",
           &(struct lie){ "qbft_getValidators", JOINS, false, "[]" });
    char many[17 * sizeof one + 4] = "[";
    for (size_t i = 0; i < 17; i++)
        strcat(strcat(many, i == 0 ? "" : ","), one);
    caught("block 2: the node names no validators",
           &(struct lie){ "qbft_getValidators", JOINS, false, strcat(many, "]") });
}

Test(follow, says_which_rule_a_header_breaks)
{
    struct header header;
    struct rlp r = rlp_over(told_header(&chain.blocks[3]));
    header_read(&r, &header);
    header.timestamp = 0;
    told_set_header(&chain.blocks[3], &header);
    caught("block 3: the header breaks a rule: timestamp before the parent's",
           &(struct lie){ .method = NULL });
}

Test(follow, does_not_begin_with_a_block_that_the_node_does_not_know)
{
    lie = (struct lie){ "debug_getRawHeader", UINT64_MAX, true, "{\"code\":-32001}" };
    cr_assert_eq(walk(0, HEAD), CLI_UNVERIFIED);
    cr_assert_not_null(strstr(follow.reason.text, "does not know the trusted block"));
    lie = (struct lie){ "debug_getRawHeader", UINT64_MAX, false, "null" };
    cr_assert_eq(walk(0, HEAD), CLI_UNVERIFIED);
    cr_assert_str_eq(follow.reason.text, "the trusted block: no header");
}

Test(follow, tells_another_kind_of_node_from_one_that_lies)
{
    lie = (struct lie){ "debug_getRawHeader", UINT64_MAX, true, "{\"code\":-32601}" };
    cr_assert_eq(walk(0, HEAD), CLI_FAILED);
    lie = (struct lie){ "mintmark_nodeInfo", UINT64_MAX, true, "{\"code\":-32601}" };
    cr_assert_eq(walk(0, HEAD), CLI_FAILED);
    lie = (struct lie){ "mintmark_nodeInfo", UINT64_MAX, false, "{}" };
    cr_assert_eq(walk(0, HEAD), CLI_FAILED);
}
