/* JSON-RPC 2.0 itself: what is a request, what is a batch, what is echoed. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "door.h"
#include "state/base/heap.h"

#define ASK(id) "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"method\":\"eth_chainId\",\"params\":[]}"
#define TOLD(id) "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"result\":\"0x7a69\"}"
#define NOTE "{\"jsonrpc\":\"2.0\",\"method\":\"eth_chainId\"}"
#define INVALID(id)                                                                                \
    "{\"jsonrpc\":\"2.0\",\"id\":" id                                                              \
    ",\"error\":{\"code\":-32600,\"message\":\"invalid request\"}}"

static long code_of(struct door *door, const char *body)
{
    const struct json *answer = door_json(door, body);
    cr_assert_eq(json_find(answer, "id")->kind, JSON_NULL);
    return strtol(mm_arena_text(&door->arena, json_find(json_find(answer, "error"), "code")->text),
                  NULL, 10);
}

Test(envelope, echoes_an_id_as_it_came)
{
    struct door *door = door_open();
    cr_assert_str_eq(door_text(door, ASK("1")), TOLD("1"));
    cr_assert_str_eq(door_text(door, ASK("\"a\\\"b\\n\xc3\xa9\"")), TOLD("\"a\\\"b\\n\xc3\xa9\""));
    cr_assert_str_eq(door_text(door, ASK("null")), TOLD("null"));
    cr_assert_str_eq(door_text(door, ASK("-1.50e+300")), TOLD("-1.50e+300"));
    cr_assert_str_eq(door_text(door, ASK("123456789012345678901234567890")),
                     TOLD("123456789012345678901234567890"));
    door_close(door);
}

Test(envelope, answers_no_notification)
{
    struct door *door = door_open();
    cr_assert_str_eq(door_text(door, NOTE), "");
    cr_assert_str_eq(door_text(door, "{\"jsonrpc\":\"2.0\",\"method\":\"no_such\"}"), "");
    cr_assert_str_eq(door_text(door, "[" NOTE "," NOTE "]"), "");
    cr_assert_str_eq(door_text(door, "[" NOTE "," ASK("1") "," NOTE "]"), "[" TOLD("1") "]");
    door_close(door);
}

Test(envelope, runs_a_notification_all_the_same)
{
    struct door *door = door_open();
    cr_assert_str_eq(door_text(door, "{\"jsonrpc\":\"2.0\",\"method\":\"evm_mine\"}"), "");
    cr_assert_eq(door_number(door_ask(door, "eth_blockNumber", " ")), 1);
    door_close(door);
}

Test(envelope, refuses_what_is_no_request)
{
    struct door *door = door_open();
    cr_assert_str_eq(door_text(door, "1"), INVALID("null"));
    cr_assert_str_eq(door_text(door, "null"), INVALID("null"));
    cr_assert_str_eq(door_text(door, "{}"), INVALID("null"));
    cr_assert_str_eq(door_text(door, "{\"id\":7,\"method\":\"eth_chainId\"}"), INVALID("7"));
    cr_assert_str_eq(door_text(door, "{\"jsonrpc\":\"1.0\",\"id\":7,\"method\":\"eth_chainId\"}"),
                     INVALID("7"));
    cr_assert_str_eq(door_text(door, "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":1}"), INVALID("7"));
    cr_assert_str_eq(door_text(door, "{\"jsonrpc\":\"2.0\",\"id\":[],\"method\":\"eth_chainId\"}"),
                     INVALID("null"));
    door_close(door);
}

Test(envelope, calls_what_is_not_json_a_parse_error)
{
    static const char *const BAD[] = {
        "",
        "{",
        "{]",
        "[1,]",
        "nul",
        ASK("1") "x",
        ASK("1") ASK("2"),
        "/* */" ASK("1"),
        "{\"jsonrpc\":\"2.0\",\"id\":\"\x01\",\"method\":\"eth_chainId\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":\"\xff\",\"method\":\"eth_chainId\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":\"\\ud800\",\"method\":\"eth_chainId\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":NaN,\"method\":\"eth_chainId\"}",
    };
    struct door *door = door_open();
    for (size_t i = 0; i < MM_COUNT_OF(BAD); i++)
        cr_assert_eq(code_of(door, BAD[i]), -32700, "%s", BAD[i]);
    door_close(door);
}

Test(envelope, bounds_nesting)
{
    struct door *door = door_open();
    const size_t deep = 1000000;
    char *body = mm_heap_alloc(deep + 1);
    memset(body, '[', deep);
    body[deep] = '\0';
    cr_assert_eq(code_of(door, body), -32700);
    mm_heap_free(body);
    door_close(door);
}

Test(envelope, answers_each_member_of_a_batch_in_its_place)
{
    struct door *door = door_open();
    cr_assert_str_eq(
        door_text(door, "[" ASK("2") ",1,[]," ASK("1") "," ASK("2") "]"),
        "[" TOLD("2") "," INVALID("null") "," INVALID("null") "," TOLD("1") "," TOLD("2") "]");
    door_close(door);
}

Test(envelope, refuses_an_empty_batch_with_one_object)
{
    struct door *door = door_open();
    cr_assert_eq(code_of(door, "[]"), -32600);
    door_close(door);
}

static char *batch_of(size_t count, const char *member)
{
    struct mm_buf body;
    mm_buf_init(&body, 64 << 20);
    mm_buf_add_byte(&body, '[');
    for (size_t i = 0; i < count; i++)
        mm_buf_printf(&body, "%s%s", i == 0 ? "" : ",", member);
    mm_buf_add_byte(&body, ']');
    mm_buf_add_byte(&body, '\0');
    size_t len;
    return (char *)mm_buf_take(&body, &len);
}

Test(envelope, takes_a_thousand_members_and_no_more)
{
    struct door *door = door_open();
    char *body = batch_of(1000, ASK("1"));
    cr_assert_eq(door_json(door, body)->count, 1000);
    mm_heap_free(body);
    body = batch_of(1001, ASK("1"));
    cr_assert_eq(code_of(door, body), -32600);
    mm_heap_free(body);
    door_close(door);
}

/* Goal: a batch whose results pass the limit still has an answer for every member, and no member runs whose answer is lost. */
Test(envelope, keeps_an_answer_for_each_member_when_results_pass_the_limit)
{
    struct door *door = door_open_with(&(struct chain_fixture_options){ 0 },
                                       &(struct rpc_eth_options){ .batch_bytes_max = 20000 });
    char *body = batch_of(100, "{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"eth_getBlockByNumber\","
                               "\"params\":[\"0x0\",false]}");
    const struct json *answers = door_json(door, body);
    cr_assert_eq(answers->count, 100);
    size_t results = 0;
    for (size_t i = 0; i < answers->count; i++) {
        const bool is_result = json_find(&answers->items[i], "result") != NULL;
        cr_assert(is_result || json_find(&answers->items[i], "error") != NULL);
        cr_assert(is_result == (i == results) || !is_result);
        results += is_result;
        cr_assert(mm_bytes_equal(json_find(&answers->items[i], "id")->text, MM_BYTES_LIT("5")));
    }
    cr_assert(results > 2 && results < 20, "%zu", results);
    mm_heap_free(body);
    body = batch_of(30, "{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"eth_getBlockByNumber\","
                        "\"params\":[\"0x0\",false]}");
    body[strlen(body) - 1] = '\0';
    char *with_mine = mm_heap_alloc(strlen(body) + 100);
    (void)sprintf(with_mine, "%s,{\"jsonrpc\":\"2.0\",\"id\":6,\"method\":\"evm_mine\"}]", body);
    const struct json *last = &door_json(door, with_mine)->items[30];
    cr_assert_not_null(json_find(last, "error"));
    cr_assert_eq(door_number(door_ask(door, "eth_blockNumber", " ")), 0);
    mm_heap_free(with_mine);
    mm_heap_free(body);
    door_close(door);
}

/* Goal: an id that is larger than what results may take is no way past the limit. */
Test(envelope, refuses_a_member_whose_id_leaves_no_room_for_a_result)
{
    struct door *door = door_open_with(&(struct chain_fixture_options){ 0 },
                                       &(struct rpc_eth_options){ .batch_bytes_max = 20000 });
    char id[30001];
    char *body = mm_heap_alloc(2 * sizeof id);
    memset(id, 'x', sizeof id - 1);
    id[sizeof id - 1] = '\0';
    (void)sprintf(body,
                  "[{\"jsonrpc\":\"2.0\",\"id\":\"%s\",\"method\":\"eth_getBlockByNumber\","
                  "\"params\":[\"0x0\",false]},{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":"
                  "\"evm_mine\"}]",
                  id);
    const struct json *answers = door_json(door, body);
    cr_assert_eq(answers->count, 2);
    for (size_t i = 0; i < 2; i++)
        cr_assert(door_is(json_find(json_find(&answers->items[i], "error"), "message"),
                          "response too large"));
    cr_assert_eq(json_find(&answers->items[0], "id")->text.len, sizeof id - 1);
    cr_assert_eq(door_number(door_ask(door, "eth_blockNumber", " ")), 0);
    mm_heap_free(body);
    door_close(door);
}

Test(envelope, bounds_the_memory_of_a_dense_body)
{
    struct door *door = door_open();
    const size_t len = RPC_ETH_BODY_BYTES_DEFAULT;
    char *body = mm_heap_alloc(len + 1);
    body[0] = '[';
    body[1] = '0';
    body[2] = ',';
    for (size_t i = 3; i < len; i++)
        body[i] = "0,"[(i - 3) % 2];
    body[len - 2] = '0';
    body[len - 1] = ']';
    body[len] = '\0';
    cr_assert_eq(code_of(door, body), -32600);
    mm_heap_free(body);
    door_close(door);
}

Test(envelope, names_a_method_that_is_not_there)
{
    struct door *door = door_open();
    const struct door_error error = door_refused(door, "eth_noSuch", " ");
    cr_assert_eq(error.code, -32601);
    cr_assert_str_eq(error.message, "the method eth_noSuch does not exist/is not available");
    door_close(door);
}

Test(envelope, counts_and_types_parameters)
{
    static const struct {
        const char *method, *params, *message;
    } CASES[] = {
        { "eth_getBalance", " ", "missing value for required argument 0" },
        { "eth_getBalance", "null", "missing value for required argument 0" },
        { "eth_getProof", "\"0x6d696e746d61726b000000000000000000000721\"",
          "missing value for required argument 1" },
        { "eth_chainId", "1", "too many arguments, want at most 0" },
        { "eth_getBalance", "1", "invalid argument 0: not a hex string" },
        { "eth_getBalance", "\"6d\"", "invalid argument 0: hex string without 0x prefix" },
        { "eth_getBalance", "\"0x123\"", "invalid argument 0: hex string of odd length" },
        { "eth_getBalance", "\"0x12\"",
          "invalid argument 0: hex string has another length than the 40 digits of an address" },
        { "eth_getBalance", "\"0x6d696e746d61726b0000000000000000000007zz\"",
          "invalid argument 0: invalid hex string" },
        { "eth_getBlockByNumber", "\"0x01\"",
          "invalid argument 0: hex number with leading zero digits" },
        { "eth_getBlockByNumber", "\"0x\"", "invalid argument 0: hex string \"0x\"" },
        { "eth_getBlockByNumber", "\"\"", "invalid argument 0: empty hex string" },
        { "eth_getBlockByNumber", "\"0x10000000000000000\"",
          "invalid argument 0: hex number > 64 bits" },
        { "eth_getBlockByNumber", "\"latest\",1", "invalid argument 1: not a boolean" },
    };
    struct door *door = door_open();
    for (size_t i = 0; i < MM_COUNT_OF(CASES); i++) {
        const struct door_error error = door_refused(door, CASES[i].method, "%s", CASES[i].params);
        cr_assert_eq(error.code, -32602);
        cr_assert_str_eq(error.message, CASES[i].message);
    }
    const struct json *named =
        door_json(door, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_chainId\",\"params\":{}}");
    cr_assert(door_is(json_find(json_find(named, "error"), "message"), "non-array args"));
    door_close(door);
}

Test(envelope, keeps_pages_of_other_origins_from_keys_and_control)
{
    struct door *door = door_open();
    door->is_stranger = true;
    cr_assert_eq(door_refused(door, "evm_mine", " ").code, -32000);
    cr_assert_eq(door_refused(door, "anvil_setBalance", "\"%s\",\"0x1\"", DOOR_COLLECTION).code,
                 -32000);
    cr_assert_eq(door_refused(door, "personal_sign", "\"x\",\"%s\"", door_account(door, 0)).code,
                 -32000);
    cr_assert_eq(door_number(door_ask(door, "eth_blockNumber", " ")), 0);
    door_close(door);
}

Test(envelope, has_no_keys_and_no_control_in_network_mode)
{
    struct door *door = door_open_with(&(struct chain_fixture_options){ .is_network = true },
                                       &(struct rpc_eth_options){ 0 });
    cr_assert_eq(door_refused(door, "evm_mine", " ").code, -32601);
    cr_assert_eq(door_refused(door, "hardhat_setNonce", "\"%s\",1", DOOR_COLLECTION).code, -32601);
    cr_assert_eq(door_refused(door, "eth_sendTransaction", "{}").code, -32601);
    cr_assert_eq(door_ask(door, "eth_accounts", " ")->count, 0);
    cr_assert_null(json_find(door_ask(door, "rpc_modules", " "), "hardhat"));
    door_close(door);
}
