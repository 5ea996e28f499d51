/* Blocks, transactions, receipts, logs and state, over a chain that has some. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "door.h"
#include "rpc/eth/bloom_memo.h"
#include "state/base/heap.h"
#include "state/codec/hex.h"
#include "state/crypto/keccak.h"
#include "state/trie/proof.h"

#define STRANGER "0xc1cadaffffffffffffffffffffffffffffffffff"
#define TRANSFER "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
#define NO_HASH "0x00000000000000000000000000000000000000000000000000000000deadbeef"

static mm_bytes data_of(struct door *door, const struct json *value)
{
    size_t len;
    cr_assert(value != NULL && value->kind == JSON_STRING && hex_data_len(&len, value->text));
    uint8_t *bytes = mm_arena_alloc(&door->arena, len);
    cr_assert(hex_decode(bytes, mm_bytes_from(value->text.ptr + 2, value->text.len - 2)));
    return mm_bytes_from(bytes, len);
}

Test(chain, mines_a_mint_before_it_answers)
{
    struct door *door = door_open();
    const char *hash = door_mint(door, 1, "ipfs://x");
    const struct json *receipt = door_ask(door, "eth_getTransactionReceipt", "\"%s\"", hash);
    cr_assert(door_is(json_find(receipt, "status"), "0x1"));
    cr_assert(door_is(json_find(receipt, "transactionHash"), hash));
    cr_assert(door_is(json_find(receipt, "from"), door_account(door, 1)));
    cr_assert(door_is(json_find(receipt, "to"), DOOR_COLLECTION));
    cr_assert_eq(json_find(receipt, "contractAddress")->kind, JSON_NULL);
    const struct json *logs = json_find(receipt, "logs");
    cr_assert_eq(logs->count, 2); /* Transfer and MetadataUpdate */
    cr_assert(door_is(&json_find(&logs->items[0], "topics")->items[0], TRANSFER));
    const struct json *tx = door_ask(door, "eth_getTransactionByHash", "\"%s\"", hash);
    cr_assert(door_is(json_find(tx, "hash"), hash));
    cr_assert(door_is(json_find(tx, "type"), "0x2"));
    cr_assert(door_is(json_find(tx, "chainId"), "0x7a69"));
    cr_assert(door_same(json_find(tx, "gasPrice"), json_find(receipt, "effectiveGasPrice")));
    cr_assert(door_same(json_find(tx, "blockHash"), json_find(receipt, "blockHash")));
    cr_assert_eq(
        door_number(door_ask(door, "eth_getTransactionCount", "\"%s\"", door_account(door, 1))), 1);
    door_close(door);
}

Test(chain, gives_a_block_by_number_hash_and_tag_alike)
{
    struct door *door = door_open();
    (void)door_mint(door, 0, "ipfs://x");
    const struct json *block = door_ask(door, "eth_getBlockByNumber", "\"0x1\",true");
    const char *hash = door_member(door, block, "hash");
    static const char *const TAGS[] = { "latest", "safe", "finalized" };
    for (size_t i = 0; i < MM_COUNT_OF(TAGS); i++)
        cr_assert(door_same(block, door_ask(door, "eth_getBlockByNumber", "\"%s\",true", TAGS[i])));
    cr_assert(door_same(block, door_ask(door, "eth_getBlockByHash", "\"%s\",true", hash)));
    cr_assert(door_same(door_ask(door, "eth_getBlockByNumber", "\"earliest\",false"),
                        door_ask(door, "eth_getBlockByNumber", "\"0x0\"")));
    cr_assert_eq(door_ask(door, "eth_getBlockByNumber", "\"0x2\",true")->kind, JSON_NULL);
    cr_assert_eq(door_ask(door, "eth_getBlockByHash", "\"" NO_HASH "\",true")->kind, JSON_NULL);
    const struct json *bare = door_ask(door, "eth_getBlockByNumber", "\"0x1\",false");
    const struct json *txs = json_find(block, "transactions");
    cr_assert(
        door_same(&json_find(bare, "transactions")->items[0], json_find(&txs->items[0], "hash")));
    door_close(door);
}

/* Goal: what clients recompute is what the hashes say. */
Test(chain, block_hash_and_size_are_those_of_its_rlp)
{
    struct door *door = door_open();
    (void)door_mint(door, 0, "ipfs://x");
    const struct json *block = door_ask(door, "eth_getBlockByNumber", "\"0x1\",false");
    const mm_bytes header = data_of(door, door_ask(door, "debug_getRawHeader", "\"0x1\""));
    const mm_bytes whole = data_of(door, door_ask(door, "debug_getRawBlock", "\"0x1\""));
    const mm_hash32 hash = keccak256(header);
    cr_assert(mm_bytes_equal(data_of(door, json_find(block, "hash")), mm_bytes_hash(&hash)));
    cr_assert_eq(door_number(json_find(block, "size")), whole.len);
    struct block decoded;
    struct block_problem problem;
    cr_assert(block_decode(&door->arena, &decoded, whole, &problem));
    cr_assert(mm_hash_equal(&decoded.hash, &hash));
    const mm_bytes raw =
        data_of(door, door_ask(door, "debug_getRawTransaction", "%s\"",
                               "\"0x00000"
                               "000000000000000000000000000000000000000000000000000deadbeef"));
    cr_assert_eq(raw.len, 0);
    door_close(door);
}

Test(chain, shows_the_next_block_as_pending)
{
    struct door *door = door_open();
    (void)door_ask(door, "evm_setAutomine", "false");
    const char *hash = door_mint(door, 0, "ipfs://x");
    const struct json *block = door_ask(door, "eth_getBlockByNumber", "\"pending\",false");
    cr_assert_eq(door_number(json_find(block, "number")), 1);
    cr_assert_eq(json_find(block, "hash")->kind, JSON_NULL);
    cr_assert(door_is(&json_find(block, "transactions")->items[0], hash));
    const struct json *tx = door_ask(door, "eth_getTransactionByHash", "\"%s\"", hash);
    cr_assert_eq(json_find(tx, "blockHash")->kind, JSON_NULL);
    cr_assert_eq(json_find(tx, "blockTimestamp")->kind, JSON_NULL);
    cr_assert(door_same(json_find(tx, "gasPrice"), json_find(tx, "maxFeePerGas")));
    cr_assert_eq(door_ask(door, "eth_getTransactionReceipt", "\"%s\"", hash)->kind, JSON_NULL);
    cr_assert_eq(door_number(door_ask(door, "eth_getTransactionCount", "\"%s\",\"pending\"",
                                      door_account(door, 0))),
                 1);
    cr_assert_eq(door_number(door_ask(door, "eth_getTransactionCount", "\"%s\",\"latest\"",
                                      door_account(door, 0))),
                 0);
    (void)door_ask(door, "evm_mine", " ");
    cr_assert_eq(door_ask(door, "eth_getTransactionReceipt", "\"%s\"", hash)->kind, JSON_OBJECT);
    door_close(door);
}

Test(chain, finds_transactions_of_the_pending_block_by_their_index)
{
    static const char METHOD[] = "eth_getTransactionByBlockNumberAndIndex";
    struct door *door = door_open();
    (void)door_ask(door, "evm_setAutomine", "false");
    for (unsigned i = 0; i < 2; i++)
        (void)door_mint(door, i, "ipfs://x");
    const struct json *block = door_ask(door, "eth_getBlockByNumber", "\"pending\",true");
    const struct json *txs = json_find(block, "transactions");
    cr_assert_eq(txs->count, 2);
    for (size_t i = 0; i < txs->count; i++)
        cr_assert(door_same(door_ask(door, METHOD, "\"pending\",%zu", i), &txs->items[i]));
    cr_assert_eq(door_ask(door, METHOD, "\"pending\",2")->kind, JSON_NULL);
    door_close(door);
}

Test(chain, log_index_runs_through_the_block)
{
    struct door *door = door_open();
    (void)door_ask(door, "evm_setAutomine", "false");
    for (unsigned i = 0; i < 3; i++)
        (void)door_mint(door, i, "ipfs://x");
    (void)door_ask(door, "evm_mine", " ");
    const struct json *receipts = door_ask(door, "eth_getBlockReceipts", "\"latest\"");
    cr_assert_eq(receipts->count, 3);
    uint64_t next = 0;
    uint64_t gas = 0;
    for (size_t i = 0; i < 3; i++) {
        const struct json *logs = json_find(&receipts->items[i], "logs");
        gas += door_number(json_find(&receipts->items[i], "gasUsed"));
        cr_assert_eq(door_number(json_find(&receipts->items[i], "cumulativeGasUsed")), gas);
        cr_assert_eq(door_number(json_find(&receipts->items[i], "transactionIndex")), i);
        for (size_t j = 0; j < logs->count; j++, next++)
            cr_assert_eq(door_number(json_find(&logs->items[j], "logIndex")), next);
        const char *hash = door_member(door, &receipts->items[i], "transactionHash");
        cr_assert(door_same(&receipts->items[i],
                            door_ask(door, "eth_getTransactionReceipt", "\"%s\"", hash)));
    }
    const struct json *all = door_ask(door, "eth_getLogs", "{}");
    cr_assert_eq(all->count, next);
    cr_assert(door_same(&all->items[0], &json_find(&receipts->items[0], "logs")->items[0]));
    const char *block_hash = door_member(door, &receipts->items[0], "blockHash");
    cr_assert(door_same(receipts, door_ask(door, "eth_getBlockReceipts", "\"%s\"", block_hash)));
    cr_assert(door_same(
        receipts, door_ask(door, "eth_getBlockReceipts", "{\"blockHash\":\"%s\"}", block_hash)));
    door_close(door);
}

Test(chain, finds_logs_by_block_address_and_topic)
{
    struct door *door = door_open();
    for (unsigned i = 0; i < 4; i++)
        (void)door_mint(door, i % 2, "ipfs://x");
    char who[67] = "0x000000000000000000000000";
    (void)strcat(who, door_account(door, 1) + 2);
    cr_assert_eq(door_ask(door, "eth_getLogs", "{\"fromBlock\":\"earliest\"}")->count, 8);
    cr_assert_eq(
        door_ask(door, "eth_getLogs", "{\"fromBlock\":\"0x0\",\"topics\":[\"" TRANSFER "\"]}")
            ->count,
        4);
    cr_assert_eq(
        door_ask(door, "eth_getLogs", "{\"fromBlock\":\"0x0\",\"topics\":[null,null,\"%s\"]}", who)
            ->count,
        2);
    cr_assert_eq(door_ask(door, "eth_getLogs",
                          "{\"fromBlock\":\"0x0\",\"topics\":[[\"" TRANSFER "\",\"" NO_HASH
                          "\"],[],[\"%s\"]],\"address\":[\"%s\",\"" STRANGER "\"]}",
                          who, DOOR_COLLECTION)
                     ->count,
                 2);
    cr_assert_eq(
        door_ask(door, "eth_getLogs", "{\"fromBlock\":\"0x0\",\"address\":\"" STRANGER "\"}")
            ->count,
        0);
    cr_assert_eq(
        door_ask(door, "eth_getLogs", "{\"fromBlock\":\"0x2\",\"toBlock\":\"0x3\",\"topics\":[]}")
            ->count,
        4);
    cr_assert_eq(door_ask(door, "eth_getLogs", "{\"fromBlock\":\"0x5\"}")->count, 0);
    const char *hash = door_member(door, door_ask(door, "eth_getBlockByNumber", "\"0x2\""), "hash");
    cr_assert_eq(door_ask(door, "eth_getLogs", "{\"blockHash\":\"%s\"}", hash)->count, 2);
    door_close(door);
}

Test(chain, bounds_the_logs_of_an_answer)
{
    struct door *door = door_open_with(&(struct chain_fixture_options){ 0 },
                                       &(struct rpc_eth_options){ .logs_max = 3 });
    (void)door_mint(door, 0, "ipfs://x");
    cr_assert_eq(door_ask(door, "eth_getLogs", "{\"fromBlock\":\"0x0\"}")->count, 2);
    (void)door_mint(door, 0, "ipfs://x");
    const struct door_error error = door_refused(door, "eth_getLogs", "{\"fromBlock\":\"0x0\"}");
    cr_assert_eq(error.code, -32005);
    cr_assert_str_eq(error.message, "query returned more than 3 results");
    door_close(door);
}

Test(chain, reads_the_state_of_any_block)
{
    struct door *door = door_open();
    (void)door_mint(door, 3, "ipfs://x");
    const char *who = door_account(door, 3);
    const struct json *first = door_ask(door, "eth_getBalance", "\"%s\",\"0x0\"", who);
    cr_assert(door_is(first, "0x21e19e0c9bab2400000"));
    const struct json *now = door_ask(door, "eth_getBalance", "\"%s\"", who);
    cr_assert(!door_same(first, now));
    cr_assert(door_same(now, door_ask(door, "eth_getBalance", "\"%s\",\"0x1\"", who)));
    cr_assert(
        door_same(now, door_ask(door, "eth_getBalance", "\"%s\",{\"blockNumber\":\"0x1\"}", who)));
    const char *hash = door_member(door, door_ask(door, "eth_getBlockByNumber", "\"0x0\""), "hash");
    cr_assert(door_same(first, door_ask(door, "eth_getBalance",
                                        "\"%s\",{\"blockHash\":\"%s\",\"requireCanonical\":true}",
                                        who, hash)));
    cr_assert(door_same(now, door_ask(door, "eth_getBalance",
                                      "\"%s\",{\"blockNumber\":\"0x1\",\"blockHash\":null}", who)));
    struct door_error error = door_refused(door, "eth_getBalance", "\"%s\",\"0x2\"", who);
    cr_assert_eq(error.code, -32000);
    cr_assert_str_eq(error.message, "header not found");
    error = door_refused(door, "eth_getBalance", "\"%s\",{\"blockHash\":\"" NO_HASH "\"}", who);
    cr_assert_eq(error.code, -32001);
    error = door_refused(door, "eth_getBalance",
                         "\"%s\",{\"blockHash\":\"" NO_HASH "\",\"blockNumber\":\"0x0\"}", who);
    cr_assert_eq(error.code, -32602);
    door_close(door);
}

Test(chain, knows_nothing_of_strangers_without_an_error)
{
    struct door *door = door_open();
    cr_assert(door_is(door_ask(door, "eth_getBalance", "\"" STRANGER "\""), "0x0"));
    cr_assert(door_is(door_ask(door, "eth_getCode", "\"" STRANGER "\""), "0x"));
    cr_assert(door_is(door_ask(door, "eth_getTransactionCount", "\"" STRANGER "\""), "0x0"));
    cr_assert(door_is(door_ask(door, "eth_getStorageAt", "\"" STRANGER "\",\"0x0\""),
                      "0x0000000000000000000000000000000000000000000000000000000000000000"));
    door_close(door);
}

/* ---- blooms ---- */

Test(chain, remembered_blooms_are_those_of_the_logs)
{
    struct bloom_memo *memo = mm_heap_zeroed(1, sizeof *memo);
    struct log logs[3] = { { .topic_count = 4 }, { .topic_count = 1 }, { .topic_count = 0 } };
    uint64_t seed = 1;
    for (size_t round = 0; round < 5000; round++) {
        for (size_t i = 0; i < 3; i++) {
            seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
            logs[i].addr.b[19] = (uint8_t)(seed >> 60);
            for (size_t j = 0; j < logs[i].topic_count; j++)
                logs[i].topics[j].b[31 - j] = (uint8_t)(seed >> (40 + j));
        }
        struct bloom ours;
        struct bloom plain;
        bloom_memo_of(memo, &ours, logs, 3);
        receipt_bloom(&plain, logs, 3);
        cr_assert_arr_eq(ours.b, plain.b, sizeof plain.b);
    }
    mm_heap_free(memo);
}

/* ---- proofs ---- */

static void verify(struct door *door, const struct json *nodes, const mm_hash32 *root, mm_bytes key,
                   mm_bytes *value, enum proof_verdict verdict)
{
    mm_bytes list[64];
    cr_assert(nodes->count <= 64);
    const mm_hash32 hashed = keccak256(key);
    for (size_t i = 0; i < nodes->count; i++)
        list[i] = data_of(door, &nodes->items[i]);
    cr_assert_eq(trie_verify(&door->arena, value, root, mm_bytes_hash(&hashed), list, nodes->count),
                 verdict);
}

static mm_hash32 hash_of(struct door *door, const struct json *value)
{
    mm_hash32 hash;
    const mm_bytes bytes = data_of(door, value);
    cr_assert_eq(bytes.len, sizeof hash);
    memcpy(hash.b, bytes.ptr, sizeof hash);
    return hash;
}

Test(chain, proves_accounts_and_slots_against_the_state_root)
{
    struct door *door = door_open();
    (void)door_mint(door, 0, "ipfs://x");
    const mm_hash32 root =
        hash_of(door, json_find(door_ask(door, "eth_getBlockByNumber", "\"0x1\""), "stateRoot"));
    const struct json *proof =
        door_ask(door, "eth_getProof", "\"%s\",[\"0x0\",\"0x77\"],\"0x1\"", DOOR_COLLECTION);
    mm_bytes value;
    struct account account;
    verify(door, json_find(proof, "accountProof"), &root, mm_bytes_addr(&DEV_COLLECTION), &value,
           PROOF_PRESENT);
    cr_assert_eq(account_decode(&account, value), RLP_OK);
    cr_assert_eq(account.nonce, door_number(json_find(proof, "nonce")));
    const mm_hash32 storage = hash_of(door, json_find(proof, "storageHash"));
    cr_assert(mm_hash_equal(&storage, &account.storage_root));
    const mm_hash32 code_hash = hash_of(door, json_find(proof, "codeHash"));
    const mm_bytes code = data_of(door, door_ask(door, "eth_getCode", "\"%s\"", DOOR_COLLECTION));
    const mm_hash32 code_digest = keccak256(code);
    cr_assert(mm_hash_equal(&code_digest, &code_hash));
    cr_assert(mm_hash_equal(&account.code_hash, &code_hash));
    const struct json *slots = json_find(proof, "storageProof");
    const mm_hash32 zero = { { 0 } };
    mm_hash32 other = { { 0 } };
    other.b[31] = 0x77;
    verify(door, json_find(&slots->items[0], "proof"), &storage, mm_bytes_hash(&zero), &value,
           PROOF_PRESENT);
    cr_assert(door_is(json_find(&slots->items[0], "key"), "0x0"));
    cr_assert(!door_is(json_find(&slots->items[0], "value"), "0x0"));
    verify(door, json_find(&slots->items[1], "proof"), &storage, mm_bytes_hash(&other), &value,
           PROOF_ABSENT);
    cr_assert(door_is(json_find(&slots->items[1], "value"), "0x0"));
    door_close(door);
}

Test(chain, proves_that_an_account_is_not_there)
{
    struct door *door = door_open();
    const mm_hash32 root =
        hash_of(door, json_find(door_ask(door, "eth_getBlockByNumber", "\"0x0\""), "stateRoot"));
    const struct json *proof = door_ask(door, "eth_getProof", "\"" STRANGER "\",[]");
    mm_addr stranger;
    mm_bytes value;
    cr_assert(hex_read_addr(&stranger, mm_bytes_str(STRANGER)));
    verify(door, json_find(proof, "accountProof"), &root, mm_bytes_addr(&stranger), &value,
           PROOF_ABSENT);
    cr_assert(door_is(json_find(proof, "balance"), "0x0"));
    door_close(door);
}

Test(chain, keeps_proofs_within_the_window)
{
    struct door *door = door_open_with(&(struct chain_fixture_options){ .proof_window = 2 },
                                       &(struct rpc_eth_options){ 0 });
    (void)door_ask(door, "hardhat_mine", "\"0x5\"");
    (void)door_ask(door, "eth_getProof", "\"%s\",[],\"0x4\"", DOOR_COLLECTION);
    const struct door_error error =
        door_refused(door, "eth_getProof", "\"%s\",[],\"0x1\"", DOOR_COLLECTION);
    cr_assert_eq(error.code, -32000);
    cr_assert_str_eq(error.message, "distance to target block exceeds maximum proof window");
    door_close(door);
}

/* ---- fees ---- */

Test(chain, fee_history_has_a_base_fee_more_than_ratios)
{
    struct door *door = door_open();
    (void)door_mint(door, 0, "ipfs://x");
    (void)door_ask(door, "evm_mine", " ");
    const struct json *history =
        door_ask(door, "eth_feeHistory", "\"0x400\",\"latest\",[0,50.5,100]");
    cr_assert(door_is(json_find(history, "oldestBlock"), "0x0"));
    cr_assert_eq(json_find(history, "baseFeePerGas")->count, 4);
    cr_assert_eq(json_find(history, "gasUsedRatio")->count, 3);
    const struct json *rewards = json_find(history, "reward");
    cr_assert_eq(rewards->count, 3);
    cr_assert(door_is(&rewards->items[0].items[0], "0x0"));
    cr_assert(door_is(&rewards->items[1].items[2], "0x3b9aca00"));
    cr_assert_null(json_find(door_ask(door, "eth_feeHistory", "1,\"latest\",[]"), "reward"));
    cr_assert_null(json_find(door_ask(door, "eth_feeHistory", "2,\"0x1\""), "reward"));
    static const char *const BAD[] = { "[50,40]", "[101]", "[-1]", "[\"5\"]" };
    for (size_t i = 0; i < MM_COUNT_OF(BAD); i++)
        cr_assert_eq(door_refused(door, "eth_feeHistory", "1,\"latest\",%s", BAD[i]).code, -32602);
    door_close(door);
}

Test(chain, asks_for_a_gas_price_that_it_takes)
{
    struct door *door = door_open();
    const uint64_t price = door_number(door_ask(door, "eth_gasPrice", " "));
    const uint64_t tip = door_number(door_ask(door, "eth_maxPriorityFeePerGas", " "));
    const uint64_t base = door_number(door_ask(door, "eth_baseFee", " "));
    cr_assert_eq(price, base + tip);
    struct tx tx = { .type = TX_LEGACY, .to = DEV_COLLECTION };
    tx.to.b[19] = 1;
    tx.max_fee = u256_from_u64(price);
    tx.priority_fee = tx.max_fee;
    const struct json *hash =
        door_ask(door, "eth_sendRawTransaction", "\"%s\"", door_sign(door, 0, &tx));
    const struct json *receipt =
        door_ask(door, "eth_getTransactionReceipt", "\"%s\"", door_string(door, hash));
    cr_assert(door_is(json_find(receipt, "status"), "0x1"));
    door_close(door);
}
