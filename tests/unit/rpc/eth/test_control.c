/* Snapshots, impersonation and what the next block has, as clients ask for them. */
#include <criterion/criterion.h>

#include "door.h"

#define STRANGER "0xc1cadaffffffffffffffffffffffffffffffffff"
#define ZERO "0x0000000000000000000000000000000000000000"
#define HASH "0x00000000000000000000000000000000000000000000000000000000deadbeef"

static uint64_t head(struct door *door)
{
    return door_number(door_ask(door, "eth_blockNumber", " "));
}

static bool is_true(const struct json *value)
{
    return value->kind == JSON_TRUE;
}

static bool is_false(const struct json *value)
{
    return value->kind == JSON_FALSE;
}

static void set_balance(struct door *door, const char *addr, const char *wei)
{
    cr_assert(is_true(door_ask(door, "hardhat_setBalance", "\"%s\",\"%s\"", addr, wei)));
}

static uint64_t balance(struct door *door, const char *addr)
{
    return door_number(door_ask(door, "eth_getBalance", "\"%s\",\"latest\"", addr));
}

Test(control, goes_back_to_a_snapshot_and_drops_it_and_later_ones)
{
    struct door *door = door_open();
    const char *kept = door_mint(door, 1, "ipfs://kept");
    set_balance(door, STRANGER, "0x5");
    const char *first = door_string(door, door_ask(door, "evm_snapshot", " "));
    cr_assert_str_eq(first, "0x1");
    const char *lost = door_mint(door, 2, "ipfs://lost");
    set_balance(door, STRANGER, "0x6");
    const char *second = door_string(door, door_ask(door, "evm_snapshot", " "));
    (void)door_mint(door, 2, "ipfs://lost as well");
    cr_assert(is_false(door_ask(door, "evm_revert", "\"0x7\"")), "never given");
    cr_assert(is_false(door_ask(door, "evm_revert", "\"no id\"")));
    cr_assert_eq(head(door), 3, "nothing happened");
    cr_assert(is_true(door_ask(door, "evm_revert", "\"%s\"", first)));
    cr_assert_eq(head(door), 1);
    cr_assert_eq(balance(door, STRANGER), 5);
    cr_assert_eq(door_ask(door, "eth_getTransactionReceipt", "\"%s\"", lost)->kind, JSON_NULL);
    cr_assert_eq(door_ask(door, "eth_getTransactionByHash", "\"%s\"", lost)->kind, JSON_NULL);
    cr_assert(door_is(
        json_find(door_ask(door, "eth_getTransactionReceipt", "\"%s\"", kept), "status"), "0x1"));
    cr_assert(is_false(door_ask(door, "evm_revert", "\"%s\"", first)), "used up");
    cr_assert(is_false(door_ask(door, "evm_revert", "\"%s\"", second)), "later than it");
    cr_assert_eq(door_number(door_ask(door, "eth_getTransactionCount", "\"%s\",\"latest\"",
                                      door_account(door, 2))),
                 0);
    const char *again = door_mint(door, 2, "ipfs://new");
    cr_assert(door_is(
        json_find(door_ask(door, "eth_getTransactionReceipt", "\"%s\"", again), "blockNumber"),
        "0x2"));
    cr_assert_str_eq(door_string(door, door_ask(door, "evm_snapshot", " ")), "0x3",
                     "no id is given twice");
    door_close(door);
}

Test(control, tells_a_filter_the_blocks_that_took_the_place_of_old_ones)
{
    struct door *door = door_open();
    (void)door_mint(door, 1, "ipfs://1");
    const char *id = door_string(door, door_ask(door, "evm_snapshot", " "));
    (void)door_mint(door, 1, "ipfs://2");
    const char *blocks = door_string(door, door_ask(door, "eth_newBlockFilter", " "));
    const char *logs =
        door_string(door, door_ask(door, "eth_newFilter", "{\"address\":\"%s\"}", DOOR_COLLECTION));
    (void)door_mint(door, 1, "ipfs://3");
    cr_assert_eq(door_ask(door, "eth_getFilterChanges", "\"%s\"", blocks)->count, 1);
    cr_assert_eq(door_ask(door, "eth_getFilterChanges", "\"%s\"", logs)->count, 2);
    /* Back to 1, and then as many blocks as before: 2 and 3 are others now, which the numbers do not show. */
    cr_assert(is_true(door_ask(door, "evm_revert", "\"%s\"", id)));
    (void)door_mint(door, 2, "ipfs://other 2");
    (void)door_mint(door, 2, "ipfs://other 3");
    cr_assert_eq(head(door), 3);
    const struct json *told = door_ask(door, "eth_getFilterChanges", "\"%s\"", blocks);
    cr_assert_eq(told->count, 2);
    for (size_t i = 0; i < 2; i++) {
        const struct json *block = door_ask(door, "eth_getBlockByNumber", "\"0x%zx\",false", i + 2);
        cr_assert(door_is(&told->items[i], door_member(door, block, "hash")));
    }
    cr_assert_eq(door_ask(door, "eth_getFilterChanges", "\"%s\"", logs)->count, 4);
    cr_assert_eq(door_ask(door, "eth_getFilterChanges", "\"%s\"", blocks)->count, 0);
    door_close(door);
}

Test(control, begins_again_at_genesis)
{
    struct door *door = door_open();
    const char *genesis =
        door_member(door, door_ask(door, "eth_getBlockByNumber", "\"0x0\",false"), "hash");
    const char *before = door_member(door, door_ask(door, "hardhat_metadata", " "), "instanceId");
    const char *id = door_string(door, door_ask(door, "evm_snapshot", " "));
    (void)door_mint(door, 1, "ipfs://x");
    cr_assert_eq(door_refused(door, "hardhat_reset", "{\"forking\":{\"jsonRpcUrl\":\"x\"}}").code,
                 -32602);
    cr_assert(is_true(door_ask(door, "anvil_reset", "{\"forking\":{}}")));
    cr_assert_eq(head(door), 0);
    cr_assert(door_is(json_find(door_ask(door, "eth_getBlockByNumber", "\"latest\",false"), "hash"),
                      genesis));
    cr_assert(is_false(door_ask(door, "evm_revert", "\"%s\"", id)));
    cr_assert_str_neq(before,
                      door_member(door, door_ask(door, "hardhat_metadata", " "), "instanceId"));
    (void)door_mint(door, 1, "ipfs://y");
    cr_assert_eq(head(door), 1);
    cr_assert(is_true(door_ask(door, "hardhat_reset", " ")));
    cr_assert(is_true(door_ask(door, "hardhat_reset", "{\"forking\":{\"blockNumber\":null}}")));
    cr_assert_eq(door_refused(door, "hardhat_reset", "{\"forking\":{\"blockNumber\":1}}").code,
                 -32602);
    cr_assert_eq(door_refused(door, "hardhat_reset", "{\"forking\":true}").code, -32602);
    door_close(door);
}

static const char *send_as(struct door *door, const char *from)
{
    return door_string(door, door_ask(door, "eth_sendTransaction",
                                      "{\"from\":\"%s\",\"to\":\"" STRANGER "\",\"value\":\"0x1\"}",
                                      from));
}

static void expect_sent(struct door *door, const char *from, const char *hash)
{
    const struct json *receipt = door_ask(door, "eth_getTransactionReceipt", "\"%s\"", hash);
    const struct json *tx = door_ask(door, "eth_getTransactionByHash", "\"%s\"", hash);
    cr_assert(door_is(json_find(receipt, "status"), "0x1"));
    cr_assert(door_is(json_find(receipt, "from"), from));
    cr_assert(door_is(json_find(tx, "from"), from));
    cr_assert(door_is(json_find(tx, "r"), door_member(door, tx, "s")));
}

Test(control, sends_as_whoever_is_impersonated_and_nobody_else)
{
    static const char *const senders[] = { "0x00000000000000000000000000000000000a11ce",
                                           "0x6d696e746d61726b000000000000000000000721", ZERO };
    struct door *door = door_open();
    for (size_t i = 0; i < MM_COUNT_OF(senders); i++) {
        const char *from = senders[i];
        set_balance(door, from, "0xde0b6b3a7640000");
        const struct door_error refused = door_refused(
            door, "eth_sendTransaction", "{\"from\":\"%s\",\"to\":\"" STRANGER "\"}", from);
        cr_assert_str_eq(refused.message, "unknown account");
        cr_assert(is_true(door_ask(door, "hardhat_impersonateAccount", "\"%s\"", from)));
        expect_sent(door, from, send_as(door, from));
        const char *second = send_as(door, from);
        expect_sent(door, from, second);
        /* Its raw bytes are no signature of anyone's. */
        const char *raw =
            door_string(door, door_ask(door, "eth_getRawTransactionByHash", "\"%s\"", second));
        cr_assert_eq(door_refused(door, "eth_sendRawTransaction", "\"%s\"", raw).code, -32000);
        cr_assert_eq(door_refused(door, "eth_signTransaction",
                                  "{\"from\":\"%s\",\"to\":\"" STRANGER "\"}", from)
                         .code,
                     -32000);
        /* Told again by executing it again. */
        cr_assert(door_is(json_find(door_ask(door, "debug_traceTransaction",
                                             "\"%s\",{\"tracer\":\"callTracer\"}", second),
                                    "from"),
                          from));
        cr_assert(is_true(door_ask(door, "anvil_stopImpersonatingAccount", "\"%s\"", from)));
        cr_assert_eq(door_refused(door, "eth_sendTransaction",
                                  "{\"from\":\"%s\",\"to\":\"" STRANGER "\"}", from)
                         .code,
                     -32000);
    }
    cr_assert_eq(door_ask(door, "anvil_autoImpersonateAccount", "true")->kind, JSON_NULL);
    expect_sent(door, senders[0], send_as(door, senders[0]));
    cr_assert_eq(door_ask(door, "anvil_autoImpersonateAccount", "false")->kind, JSON_NULL);
    cr_assert_eq(door_refused(door, "eth_sendTransaction",
                              "{\"from\":\"%s\",\"to\":\"" STRANGER "\"}", senders[0])
                     .code,
                 -32000);
    cr_assert_eq(dev_chain_check(&door->chain.dev, CHAIN_CHECK_REPLAY), 0);
    door_close(door);
}

static const struct json *latest(struct door *door)
{
    return door_ask(door, "eth_getBlockByNumber", "\"latest\",false");
}

static void mine(struct door *door)
{
    cr_assert(door_is(door_ask(door, "evm_mine", " "), "0x0"));
}

Test(control, says_what_the_next_header_has)
{
    struct door *door = door_open();
    cr_assert(is_true(door_ask(door, "hardhat_setNextBlockBaseFeePerGas", "\"0x77\"")));
    cr_assert(is_true(door_ask(door, "hardhat_setPrevRandao", "\"" HASH "\"")));
    cr_assert(is_true(door_ask(door, "evm_setBlockGasLimit", "\"0x1c9c380\"")));
    cr_assert(is_true(door_ask(door, "anvil_setCoinbase", "\"" STRANGER "\"")));
    cr_assert(door_is(door_ask(door, "eth_baseFee", " "), "0x77"));
    cr_assert(door_is(door_ask(door, "eth_coinbase", " "), STRANGER));
    const struct json *fees = door_ask(door, "eth_feeHistory", "1,\"latest\",[]");
    cr_assert(door_is(&json_find(fees, "baseFeePerGas")->items[1], "0x77"));
    const struct json *pending = door_ask(door, "eth_getBlockByNumber", "\"pending\",false");
    cr_assert(door_is(json_find(pending, "baseFeePerGas"), "0x77"));
    cr_assert(door_is(json_find(pending, "mixHash"), HASH));
    mine(door);
    const struct json *block = latest(door);
    cr_assert(door_is(json_find(block, "baseFeePerGas"), "0x77"));
    cr_assert(door_is(json_find(block, "mixHash"), HASH));
    cr_assert(door_is(json_find(block, "gasLimit"), "0x1c9c380"));
    cr_assert(door_is(json_find(block, "miner"), STRANGER));
    fees = door_ask(door, "eth_feeHistory", "1,\"0x0\",[]");
    cr_assert(door_is(&json_find(fees, "baseFeePerGas")->items[1], "0x77"), "of the real block 1");
    mine(door);
    block = latest(door);
    cr_assert(door_is(json_find(block, "baseFeePerGas"), "0x69"), "EIP-1559 goes on from it");
    cr_assert_not(door_is(json_find(block, "mixHash"), HASH), "of one block");
    cr_assert(door_is(json_find(block, "gasLimit"), "0x1c9c380"), "stays");
    cr_assert(door_is(json_find(block, "miner"), STRANGER), "stays");
    const struct door_error low = door_refused(door, "evm_setBlockGasLimit", "\"0x1387\"");
    cr_assert_eq(low.code, -32602);
    cr_assert_eq(dev_chain_check(&door->chain.dev, CHAIN_CHECK_REPLAY), 0);
    door_close(door);
}

Test(control, changes_the_chain_id_of_transactions_from_now_on)
{
    struct door *door = door_open();
    const char *old = door_mint(door, 1, "ipfs://1");
    const char *snapshot = door_string(door, door_ask(door, "evm_snapshot", " "));
    cr_assert(is_true(door_ask(door, "evm_setAutomine", "false")));
    const char *waiting = door_mint(door, 1, "ipfs://2");
    cr_assert(is_true(door_ask(door, "evm_setAutomine", "true")));
    cr_assert_eq(door_ask(door, "anvil_setChainId", "12345")->kind, JSON_NULL);
    cr_assert(door_is(door_ask(door, "eth_chainId", " "), "0x3039"));
    cr_assert(door_is(door_ask(door, "net_version", " "), "12345"));
    cr_assert_eq(door_ask(door, "eth_getTransactionByHash", "\"%s\"", waiting)->kind, JSON_NULL);
    struct tx tx = { .nonce = 1 };
    const struct door_error refused =
        door_refused(door, "eth_sendRawTransaction", "\"%s\"", door_sign(door, 1, &tx));
    cr_assert_not_null(strstr(refused.message, "chain"));
    tx.chain_id = u256_from_u64(12345);
    const char *mined = door_string(
        door, door_ask(door, "eth_sendRawTransaction", "\"%s\"", door_sign(door, 1, &tx)));
    cr_assert(
        door_is(json_find(door_ask(door, "eth_getTransactionByHash", "\"%s\"", mined), "chainId"),
                "0x3039"));
    cr_assert(door_is(
        json_find(door_ask(door, "eth_getTransactionByHash", "\"%s\"", old), "chainId"), "0x7a69"));
    cr_assert_eq(dev_chain_check(&door->chain.dev, CHAIN_CHECK_REPLAY), 0);
    cr_assert_eq(door_ask(door, "hardhat_setChainId", "\"0x7a69\"")->kind, JSON_NULL);
    (void)door_mint(door, 1, "ipfs://4");
    cr_assert_eq(head(door), 3);
    cr_assert_eq(dev_chain_check(&door->chain.dev, CHAIN_CHECK_REPLAY), 0);
    cr_assert(is_true(door_ask(door, "evm_revert", "\"%s\"", snapshot)));
    door_close(door);
}

Test(control, drops_transactions_that_wait)
{
    struct door *door = door_open();
    cr_assert(is_true(door_ask(door, "evm_setAutomine", "false")));
    cr_assert(is_false(door_ask(door, "hardhat_getAutomine", " ")));
    const char *first = door_mint(door, 1, "ipfs://1");
    const char *second = door_mint(door, 1, "ipfs://2");
    cr_assert(is_true(door_ask(door, "hardhat_dropTransaction", "\"%s\"", second)));
    cr_assert(is_false(door_ask(door, "hardhat_dropTransaction", "\"%s\"", second)));
    cr_assert_eq(door_ask(door, "eth_getTransactionByHash", "\"%s\"", second)->kind, JSON_NULL);
    mine(door);
    const struct door_error mined = door_refused(door, "anvil_dropTransaction", "\"%s\"", first);
    cr_assert_not_null(strstr(mined.message, "already mined"));
    (void)door_mint(door, 1, "ipfs://3");
    (void)door_mint(door, 2, "ipfs://4");
    cr_assert_eq(door_ask(door, "anvil_dropAllTransactions", " ")->kind, JSON_NULL);
    const struct json *status = door_ask(door, "txpool_status", " ");
    cr_assert(door_is(json_find(status, "pending"), "0x0"));
    mine(door);
    cr_assert_eq(json_find(latest(door), "transactions")->count, 0);
    cr_assert(is_true(door_ask(door, "evm_setAutomine", "true")));
    (void)door_mint(door, 1, "ipfs://5");
    cr_assert_eq(json_find(latest(door), "transactions")->count, 1);
    door_close(door);
}

Test(control, takes_intervals_in_the_unit_of_each_prefix)
{
    struct door *door = door_open();
    cr_assert(is_true(door_ask(door, "evm_setIntervalMining", "1500")));
    cr_assert_eq(door->chain.block_time_ms, 1500);
    cr_assert_eq(door_ask(door, "anvil_setIntervalMining", "2")->kind, JSON_NULL);
    cr_assert_eq(door->chain.block_time_ms, 2000);
    cr_assert(is_true(door_ask(door, "evm_setIntervalMining", "0")));
    cr_assert_eq(door->chain.block_time_ms, 0);
    cr_assert_eq(door_refused(door, "evm_setIntervalMining", "[1000,2000]").code, -32602);
    door_close(door);
}

Test(control, is_about_the_node_too)
{
    struct door *door = door_open();
    mine(door);
    const struct json *info = door_ask(door, "anvil_nodeInfo", " ");
    cr_assert(door_is(json_find(info, "currentBlockNumber"), "0x1"));
    cr_assert(door_is(json_find(json_find(info, "environment"), "chainId"), "0x7a69"));
    cr_assert_eq(json_find(json_find(info, "forkConfig"), "forkUrl")->kind, JSON_NULL);
    const struct json *metadata = door_ask(door, "hardhat_metadata", " ");
    cr_assert_eq(json_find(metadata, "chainId")->kind, JSON_NUMBER);
    cr_assert(mm_bytes_equal(json_find(metadata, "latestBlockNumber")->text, MM_BYTES_LIT("1")));
    door_close(door);
}

Test(control, is_for_no_page_of_another_origin)
{
    static const char *const methods[] = { "evm_snapshot", "evm_revert", "hardhat_reset",
                                           "hardhat_impersonateAccount", "anvil_dropTransaction" };
    struct door *door = door_open();
    door->is_stranger = true;
    for (size_t i = 0; i < MM_COUNT_OF(methods); i++)
        cr_assert_eq(door_refused(door, methods[i], "\"0x1\"").code, -32000, "%s", methods[i]);
    door_close(door);
    const struct chain_fixture_options network = { .is_network = true };
    const struct rpc_eth_options options = { 0 };
    door = door_open_with(&network, &options);
    for (size_t i = 0; i < MM_COUNT_OF(methods); i++)
        cr_assert_eq(door_refused(door, methods[i], "\"0x1\"").code, -32601, "%s", methods[i]);
    door_close(door);
}
