/* Filters that are polled. */
#include <criterion/criterion.h>

#include "door.h"

#define TRANSFER "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"

static const char *make(struct door *door, const char *method, const char *params)
{
    return door_string(door, door_ask(door, method, "%s", params));
}

static const struct json *poll(struct door *door, const char *id)
{
    return door_ask(door, "eth_getFilterChanges", "\"%s\"", id);
}

Test(filters, tell_logs_once)
{
    struct door *door = door_open();
    (void)door_mint(door, 0, "ipfs://x");
    const char *id = make(door, "eth_newFilter", "{\"topics\":[\"" TRANSFER "\"]}");
    cr_assert_eq(poll(door, id)->count, 0);
    const char *hash = door_mint(door, 1, "ipfs://x");
    (void)door_mint(door, 2, "ipfs://x");
    const struct json *news = poll(door, id);
    cr_assert_eq(news->count, 2);
    cr_assert(door_is(json_find(&news->items[0], "transactionHash"), hash));
    cr_assert_eq(poll(door, id)->count, 0);
    door_close(door);
}

Test(filters, give_all_logs_of_their_range_when_asked)
{
    struct door *door = door_open();
    (void)door_mint(door, 0, "ipfs://x");
    const char *id =
        make(door, "eth_newFilter", "{\"fromBlock\":\"0x0\",\"topics\":[\"" TRANSFER "\"]}");
    (void)door_mint(door, 0, "ipfs://x");
    cr_assert_eq(door_ask(door, "eth_getFilterLogs", "\"%s\"", id)->count, 2);
    cr_assert_eq(poll(door, id)->count, 1);
    cr_assert_eq(door_ask(door, "eth_getFilterLogs", "\"%s\"", id)->count, 2);
    door_close(door);
}

Test(filters, keep_to_their_range)
{
    struct door *door = door_open();
    const char *id = make(door, "eth_newFilter", "{\"fromBlock\":\"0x2\",\"toBlock\":\"0x3\"}");
    for (unsigned i = 0; i < 5; i++)
        (void)door_mint(door, i, "ipfs://x");
    const struct json *news = poll(door, id);
    cr_assert_eq(news->count, 4);
    cr_assert(door_is(json_find(&news->items[0], "blockNumber"), "0x2"));
    cr_assert(door_is(json_find(&news->items[3], "blockNumber"), "0x3"));
    door_close(door);
}

Test(filters, tell_each_block_once)
{
    struct door *door = door_open();
    const char *id = make(door, "eth_newBlockFilter", " ");
    cr_assert_eq(poll(door, id)->count, 0);
    (void)door_ask(door, "hardhat_mine", "3");
    const struct json *news = poll(door, id);
    cr_assert_eq(news->count, 3);
    const struct json *head = door_ask(door, "eth_getBlockByNumber", "\"latest\"");
    cr_assert(mm_bytes_equal(news->items[2].text, json_find(head, "hash")->text));
    cr_assert_eq(poll(door, id)->count, 0);
    door_close(door);
}

/* Goal: each transaction is told once, whether it was seen in the pool, in a block, or in both. */
Test(filters, tell_each_transaction_once)
{
    struct door *door = door_open();
    (void)door_ask(door, "evm_setAutomine", "false");
    (void)door_mint(door, 0, "ipfs://x"); /* before the filter: no news */
    const char *id = make(door, "eth_newPendingTransactionFilter", " ");
    const char *whole = make(door, "eth_newPendingTransactionFilter", "true");
    const char *first = door_mint(door, 1, "ipfs://x");
    const struct json *news = poll(door, id);
    cr_assert_eq(news->count, 1);
    cr_assert(door_is(&news->items[0], first));
    (void)door_ask(door, "evm_mine", " ");
    cr_assert_eq(poll(door, id)->count, 0);
    (void)door_ask(door, "evm_setAutomine", "true");
    const char *second = door_mint(door, 2, "ipfs://x"); /* never seen in the pool */
    news = poll(door, id);
    cr_assert_eq(news->count, 1);
    cr_assert(door_is(&news->items[0], second));
    cr_assert_eq(poll(door, id)->count, 0);
    news = poll(door, whole);
    cr_assert_eq(news->count, 2);
    cr_assert(door_is(json_find(&news->items[0], "hash"), first));
    cr_assert(door_is(json_find(&news->items[1], "hash"), second));
    door_close(door);
}

/* Goal: one poll tells what was mined meanwhile before what came after it and waits. */
Test(filters, tell_transactions_in_the_order_in_which_they_came)
{
    struct door *door = door_open();
    const char *id = make(door, "eth_newPendingTransactionFilter", " ");
    const char *mined = door_mint(door, 1, "ipfs://x");
    (void)door_ask(door, "evm_setAutomine", "false");
    const char *waiting = door_mint(door, 2, "ipfs://x");
    const struct json *news = poll(door, id);
    cr_assert_eq(news->count, 2);
    cr_assert(door_is(&news->items[0], mined));
    cr_assert(door_is(&news->items[1], waiting));
    (void)door_ask(door, "evm_mine", " ");
    cr_assert_eq(poll(door, id)->count, 0);
    door_close(door);
}

Test(filters, are_not_found_when_they_are_gone)
{
    struct door *door = door_open();
    const char *id = make(door, "eth_newBlockFilter", " ");
    cr_assert_eq(door_ask(door, "eth_uninstallFilter", "\"%s\"", id)->kind, JSON_TRUE);
    cr_assert_eq(door_ask(door, "eth_uninstallFilter", "\"%s\"", id)->kind, JSON_FALSE);
    static const char *const METHODS[] = { "eth_getFilterChanges", "eth_getFilterLogs" };
    for (size_t i = 0; i < MM_COUNT_OF(METHODS); i++) {
        const struct door_error error = door_refused(door, METHODS[i], "\"%s\"", id);
        cr_assert_eq(error.code, -32000);
        cr_assert_str_eq(error.message, "filter not found");
    }
    id = make(door, "eth_newBlockFilter", " ");
    cr_assert_str_eq(door_refused(door, "eth_getFilterLogs", "\"%s\"", id).message,
                     "filter not found"); /* it has none */
    cr_assert_eq(door_refused(door, "eth_newFilter", "{\"topics\":[1]}").code, -32602);
    door_close(door);
}

Test(filters, are_bounded)
{
    struct door *door = door_open();
    for (size_t i = 0; i < 4096; i++)
        (void)make(door, "eth_newBlockFilter", " ");
    cr_assert_str_eq(door_refused(door, "eth_newBlockFilter", " ").message, "too many filters");
    door_close(door);
}

/* Goal: an answer that could not be given is given by the next poll. */
Test(filters, lose_nothing_when_an_answer_is_too_large)
{
    struct door *door = door_open_with(&(struct chain_fixture_options){ 0 },
                                       &(struct rpc_eth_options){ .logs_max = 3 });
    const char *id = make(door, "eth_newFilter", "{\"topics\":[\"" TRANSFER "\"]}");
    for (unsigned i = 0; i < 4; i++)
        (void)door_mint(door, 0, "ipfs://x");
    for (unsigned i = 0; i < 2; i++)
        cr_assert_eq(door_refused(door, "eth_getFilterChanges", "\"%s\"", id).code, -32005);
    door_close(door);
}
