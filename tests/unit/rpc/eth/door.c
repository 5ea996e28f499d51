#include "door.h"

#include <criterion/criterion.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stdio.h>

#include "state/base/heap.h"
#include "state/codec/hex.h"
#include "state/crypto/keccak.h"

const char DOOR_COLLECTION[] = "0x6d696e746d61726b000000000000000000000721";

struct door *door_open_with(const struct chain_fixture_options *chain,
                            const struct rpc_eth_options *options)
{
    struct door *door = mm_heap_zeroed(1, sizeof *door);
    cr_assert_not_null(door);
    chain_fixture_open(&door->chain, chain);
    cr_assert_eq(rpc_eth_new(&door->eth, &door->chain.backend, options), MM_OK);
    mm_arena_init(&door->arena, 1 << 30);
    return door;
}

struct door *door_open(void)
{
    return door_open_with(&(struct chain_fixture_options){ 0 }, &(struct rpc_eth_options){ 0 });
}

void door_close(struct door *door)
{
    rpc_eth_free(door->eth);
    chain_fixture_close(&door->chain);
    mm_arena_fini(&door->arena);
    mm_heap_free(door);
}

static const struct json *parse(struct door *door, mm_bytes text)
{
    struct json *value = MM_ARENA_NEW(&door->arena, struct json);
    struct mm_reason reason = { { 0 } };
    cr_assert_eq(json_parse(&door->arena, value, text, &(struct json_options){ true }, &reason),
                 JSON_OK, "%s in %.*s", reason.text, (int)text.len, (const char *)text.ptr);
    return value;
}

/* ---- answers that may come later ---- */

struct door_later {
    struct door *door;
    struct rpc_eth_answer answer;
    sem_t is_done;
};

static void later_done(void *arg)
{
    (void)sem_post(&((struct door_later *)arg)->is_done);
}

static struct door_later *begin(struct door *door, mm_bytes body)
{
    struct door_later *later = mm_heap_zeroed(1, sizeof *later);
    const struct rpc_eth_caller caller = { .is_trusted = !door->is_stranger };
    cr_assert_not_null(later);
    later->door = door;
    (void)sem_init(&later->is_done, 0, 0);
    cr_assert_eq(rpc_eth_serve(door->eth, &later->answer, body, &caller), MM_OK);
    later->answer.ticket = 0; /* the fixture has made the block */
    if (rpc_eth_settle(door->eth, &later->answer, later_done, later))
        later_done(later);
    return later;
}

struct door_later *door_begin(struct door *door, const char *body)
{
    return begin(door, mm_bytes_str(body));
}

bool door_is_done(struct door_later *later)
{
    int value = 0;
    (void)sem_getvalue(&later->is_done, &value);
    return value > 0;
}

static mm_bytes end(struct door_later *taken_later)
{
    mm_bytes copy;
    while (sem_wait(&taken_later->is_done) != 0)
        ;
    cr_assert_eq(
        mm_arena_copy(&taken_later->door->arena, &copy, mm_buf_bytes(&taken_later->answer.text)),
        MM_OK);
    rpc_eth_answer_fini(&taken_later->answer);
    (void)sem_destroy(&taken_later->is_done);
    mm_heap_free(taken_later);
    return copy;
}

const struct json *door_end(struct door_later *taken_later)
{
    struct door *door = taken_later->door;
    return parse(door, end(taken_later));
}

static mm_bytes serve(struct door *door, mm_bytes body)
{
    return end(begin(door, body));
}

const char *door_text(struct door *door, const char *body)
{
    return mm_arena_text(&door->arena, serve(door, mm_bytes_str(body)));
}

const struct json *door_json(struct door *door, const char *body)
{
    return parse(door, serve(door, mm_bytes_str(body)));
}

static const struct json *ask(struct door *door, const char *method, const char *params,
                              va_list args)
{
    struct mm_buf body;
    mm_buf_init(&body, 64 << 20);
    mm_buf_printf(&body, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":[", method);
    char *text = NULL;
    cr_assert(vasprintf(&text, params, args) >= 0);
    mm_buf_add_text(&body, text);
    free(text);
    mm_buf_add_text(&body, "]}");
    const struct json *answer = parse(door, serve(door, mm_buf_bytes(&body)));
    mm_buf_fini(&body);
    cr_assert_eq(answer->kind, JSON_OBJECT);
    cr_assert(door_is(json_find(answer, "jsonrpc"), "2.0"));
    return answer;
}

const struct json *door_ask(struct door *door, const char *method, const char *params, ...)
{
    va_list args;
    va_start(args, params);
    const struct json *answer = ask(door, method, params, args);
    va_end(args);
    const struct json *error = json_find(answer, "error");
    cr_assert_null(error, "%s: %s", method,
                   error == NULL ? "" : door_member(door, error, "message"));
    return json_find(answer, "result");
}

struct door_error door_refused(struct door *door, const char *method, const char *params, ...)
{
    va_list args;
    va_start(args, params);
    const struct json *answer = ask(door, method, params, args);
    va_end(args);
    const struct json *error = json_find(answer, "error");
    cr_assert_not_null(error, "%s gave a result", method);
    cr_assert_null(json_find(answer, "result"));
    const struct json *data = json_find(error, "data");
    struct door_error refused = { .message = door_member(door, error, "message") };
    refused.code = strtol(mm_arena_text(&door->arena, json_find(error, "code")->text), NULL, 10);
    if (data != NULL)
        refused.data = door_string(door, data);
    return refused;
}

const char *door_string(struct door *door, const struct json *value)
{
    cr_assert_not_null(value);
    cr_assert_eq(value->kind, JSON_STRING);
    return mm_arena_text(&door->arena, value->text);
}

const char *door_member(struct door *door, const struct json *object, const char *key)
{
    cr_assert_not_null(json_find(object, key), "no %s", key);
    return door_string(door, json_find(object, key));
}

uint64_t door_number(const struct json *value)
{
    uint64_t number = 0;
    cr_assert_not_null(value);
    cr_assert(value->kind == JSON_STRING && hex_read_u64(&number, value->text));
    return number;
}

bool door_is(const struct json *value, const char *text)
{
    return value != NULL && json_is_text(value, text);
}

bool door_same(const struct json *a, const struct json *b)
{
    struct mm_buf text[2];
    for (size_t i = 0; i < 2; i++) {
        mm_buf_init(&text[i], 64 << 20);
        struct json_writer w = json_writer_over(&text[i]);
        json_add_value(&w, i == 0 ? a : b);
    }
    const bool same = mm_bytes_equal(mm_buf_bytes(&text[0]), mm_buf_bytes(&text[1]));
    mm_buf_fini(&text[0]);
    mm_buf_fini(&text[1]);
    return same;
}

const char *door_account(struct door *door, unsigned index)
{
    char text[43] = "0x";
    hex_encode(text + 2, mm_bytes_addr(&door->chain.accounts[index].addr));
    return mm_arena_text(&door->arena, mm_bytes_from(text, 42));
}

const char *door_mint(struct door *door, unsigned from, const char *uri)
{
    uint8_t data[4 + 4 * 32] = { 0 };
    const mm_hash32 selector = keccak256(MM_BYTES_LIT("mint(address,string)"));
    const size_t len = strlen(uri);
    cr_assert(len <= 32);
    memcpy(data, selector.b, 4);
    memcpy(data + 4 + 12, door->chain.accounts[from].addr.b, 20);
    data[4 + 63] = 0x40;
    data[4 + 95] = (uint8_t)len;
    memcpy(data + 4 + 96, uri, len);
    char hex[2 * sizeof data + 1] = { 0 };
    hex_encode(hex, MM_BYTES_OF(data));
    return door_string(door, door_ask(door, "eth_sendTransaction",
                                      "{\"from\":\"%s\",\"to\":\"%s\",\"data\":\"0x%s\"}",
                                      door_account(door, from), DOOR_COLLECTION, hex));
}

const char *door_sign(struct door *door, unsigned from, struct tx *tx)
{
    if (!tx->has_chain_id) {
        tx->has_chain_id = true;
        tx->chain_id = u256_from_u64(31337);
    }
    if (u256_is_zero(&tx->max_fee)) {
        tx->max_fee = u256_from_u64(3000000000);
        tx->priority_fee = tx->type == TX_DYNAMIC_FEE ? u256_from_u64(1000000000) : tx->max_fee;
    }
    if (tx->gas_limit == 0)
        tx->gas_limit = 21000;
    cr_assert(tx_sign(&door->arena, tx, door->chain.accounts[from].secret));
    struct mm_buf hex;
    mm_buf_init(&hex, 1 << 20);
    hex_add_data(&hex, tx->raw);
    const char *text = mm_arena_text(&door->arena, mm_buf_bytes(&hex));
    mm_buf_fini(&hex);
    return text;
}
