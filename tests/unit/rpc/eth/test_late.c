/* eth_sendRawTransactionSync: answers that wait for a receipt. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <time.h>

#include "door.h"
#include "state/codec/hex.h"

static const char *text_of(struct door *door, const char *raw, const char *more)
{
    struct mm_buf text;
    mm_buf_init(&text, 1 << 20);
    mm_buf_printf(&text,
                  "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"eth_sendRawTransactionSync\","
                  "\"params\":[\"%s\"%s]}",
                  raw, more);
    const char *kept = mm_arena_text(&door->arena, mm_buf_bytes(&text));
    mm_buf_fini(&text);
    return kept;
}

static struct tx transfer(uint64_t nonce)
{
    return (struct tx){ .type = TX_DYNAMIC_FEE, .to = { { 0x11 } }, .nonce = nonce };
}

static const char *hash_text(struct door *door, const struct tx *tx)
{
    char text[67] = "0x";
    hex_encode(text + 2, mm_bytes_hash(&tx->hash));
    return mm_arena_text(&door->arena, mm_bytes_from(text, 66));
}

static void sleep_ms(long ms)
{
    (void)nanosleep(&(struct timespec){ 0, ms * 1000000 }, NULL);
}

/* Long before the deadlines here, which are a minute away. */
static const struct json *end_soon(struct door_later *later)
{
    for (int i = 0; i < 1000 && !door_is_done(later); i++)
        sleep_ms(10);
    cr_assert(door_is_done(later));
    return door_end(later);
}

static void check_receipt(struct door *door, const struct json *answer, const struct tx *tx)
{
    const struct json *receipt = json_find(answer, "result");
    cr_assert_not_null(receipt);
    cr_assert(door_is(json_find(answer, "id"), "a"));
    cr_assert(door_same(
        receipt, door_ask(door, "eth_getTransactionReceipt", "\"%s\"", hash_text(door, tx))));
}

static void check_error(struct door *door, const struct json *answer, const struct tx *tx,
                        const char *code)
{
    const struct json *error = json_find(answer, "error");
    cr_assert_not_null(error);
    cr_assert(door_is(json_find(answer, "id"), "a"));
    cr_assert(mm_bytes_equal(json_find(error, "code")->text, mm_bytes_str(code)));
    cr_assert(door_is(json_find(error, "data"), hash_text(door, tx)));
    cr_assert_null(json_find(answer, "result"));
}

Test(late, a_transaction_that_is_mined_is_answered_with_its_receipt)
{
    struct door *door = door_open();
    struct tx tx = transfer(0);
    const char *raw = door_sign(door, 0, &tx);
    check_receipt(door, door_json(door, text_of(door, raw, "")), &tx);
    const struct door_error error = door_refused(door, "eth_sendRawTransactionSync", "\"%s\"", raw);
    cr_assert_eq(error.code, -32000);
    cr_assert(strncmp(error.message, "nonce too low", 13) == 0);
    door_close(door);
}

Test(late, an_answer_waits_for_the_block)
{
    struct door *door = door_open();
    (void)door_ask(door, "evm_setAutomine", "false");
    struct tx txs[] = { transfer(0), transfer(1) };
    struct door_later *later[MM_COUNT_OF(txs)];
    for (size_t i = 0; i < MM_COUNT_OF(txs); i++)
        later[i] = door_begin(door, text_of(door, door_sign(door, 0, &txs[i]), ",\"0xea60\""));
    sleep_ms(60);
    cr_assert(!door_is_done(later[0]) && !door_is_done(later[1]));
    (void)door_ask(door, "evm_mine", " ");
    for (size_t i = 0; i < MM_COUNT_OF(txs); i++)
        check_receipt(door, end_soon(later[i]), &txs[i]);
    door_close(door);
}

Test(late, waiting_ends_with_the_hash)
{
    struct door *door = door_open();
    (void)door_ask(door, "evm_setAutomine", "false");
    struct tx tx = transfer(0);
    struct timespec before;
    struct timespec after;
    const char *body = text_of(door, door_sign(door, 0, &tx), ",50");
    (void)clock_gettime(CLOCK_MONOTONIC, &before);
    const struct json *answer = door_json(door, body);
    (void)clock_gettime(CLOCK_MONOTONIC, &after);
    check_error(door, answer, &tx, "4");
    const long ms =
        (after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000;
    cr_assert_geq(ms, 49);
    (void)door_ask(door, "evm_mine", " "); /* it was sent all the same */
    cr_assert_eq(door_ask(door, "eth_getTransactionReceipt", "\"%s\"", hash_text(door, &tx))->kind,
                 JSON_OBJECT);
    door_close(door);
}

Test(late, behind_a_gap_it_waits_and_says_so)
{
    struct door *door = door_open();
    struct tx early = transfer(1);
    struct tx late = transfer(2);
    struct tx first = transfer(0);
    check_error(door, door_json(door, text_of(door, door_sign(door, 0, &early), ",30")), &early,
                "5");
    struct door_later *later = door_begin(door, text_of(door, door_sign(door, 0, &late), ",60000"));
    sleep_ms(30);
    cr_assert(!door_is_done(later));
    check_receipt(door, door_json(door, text_of(door, door_sign(door, 0, &first), "")), &first);
    check_receipt(door, end_soon(later), &late);
    door_close(door);
}

/* Goal: gaps are filled where they are, beside what was written at once, and a notification leaves none. */
Test(late, members_of_a_batch_keep_their_places)
{
    struct door *door = door_open();
    (void)door_ask(door, "evm_setAutomine", "false");
    struct tx mined = transfer(0);
    struct tx queued = transfer(7);
    struct tx quiet = transfer(1);
    const char *first = text_of(door, door_sign(door, 0, &mined), ",60000");
    const char *second = text_of(door, door_sign(door, 0, &queued), ",30");
    struct mm_buf body;
    mm_buf_init(&body, 1 << 20);
    mm_buf_printf(&body,
                  "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_chainId\"},%s,"
                  "{\"jsonrpc\":\"2.0\",\"method\":\"eth_sendRawTransactionSync\",\"params\":"
                  "[\"%s\"]},{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"eth_nothing\"},%s,"
                  "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"eth_blockNumber\"}]",
                  first, door_sign(door, 0, &quiet), second);
    struct door_later *later = door_begin(door, mm_arena_text(&door->arena, mm_buf_bytes(&body)));
    mm_buf_fini(&body);
    sleep_ms(60);
    cr_assert(!door_is_done(later)); /* the second is over, the first is not */
    (void)door_ask(door, "evm_mine", " ");
    const struct json *answers = end_soon(later);
    cr_assert_eq(answers->count, 5);
    cr_assert(door_is(json_find(&answers->items[0], "result"), "0x7a69"));
    check_receipt(door, &answers->items[1], &mined);
    cr_assert_not_null(json_find(&answers->items[2], "error"));
    check_error(door, &answers->items[3], &queued, "5");
    cr_assert(door_is(json_find(&answers->items[4], "result"), "0x0"));
    cr_assert(door_is(
        json_find(door_ask(door, "eth_getTransactionReceipt", "\"%s\"", hash_text(door, &quiet)),
                  "status"),
        "0x1"));
    door_close(door);
}

Test(late, the_end_of_the_door_ends_waiting)
{
    struct door *door = door_open();
    (void)door_ask(door, "evm_setAutomine", "false");
    struct tx before = transfer(0);
    struct tx after = transfer(1);
    struct door_later *later =
        door_begin(door, text_of(door, door_sign(door, 0, &before), ",60000"));
    rpc_eth_stop(door->eth);
    check_error(door, end_soon(later), &before, "4");
    check_error(door, door_json(door, text_of(door, door_sign(door, 0, &after), ",60000")), &after,
                "4");
    door_close(door);
}

Test(late, what_is_wrong_is_said_at_once)
{
    struct door *door = door_open();
    (void)door_ask(door, "evm_setAutomine", "false");
    struct tx tx = transfer(0);
    const char *raw = door_sign(door, 0, &tx);
    static const char *const BAD[] = { "0", "\"0x0\"", "-1", "\"x\"", "1.5", "{}" };
    for (size_t i = 0; i < MM_COUNT_OF(BAD); i++)
        cr_assert_eq(
            door_refused(door, "eth_sendRawTransactionSync", "\"%s\",%s", raw, BAD[i]).code, -32602,
            "%s", BAD[i]);
    cr_assert_eq(door_refused(door, "eth_sendRawTransactionSync", " ").code, -32602);
    cr_assert_eq(door_refused(door, "eth_sendRawTransactionSync", "\"0x02\"").code, -32602);
    struct door_later *later = door_begin(door, text_of(door, raw, ""));
    const struct door_error again = door_refused(door, "eth_sendRawTransactionSync", "\"%s\"", raw);
    cr_assert_str_eq(again.message, "already known");
    (void)door_ask(door, "evm_mine", " ");
    check_receipt(door, end_soon(later), &tx);
    door_close(door);
}
