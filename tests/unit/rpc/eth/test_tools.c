/* What explorers, routers and test clients ask beyond the libraries: configuration, accounts, access lists, frames, senders. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "door.h"
#include "state/codec/hex.h"
#include "state/crypto/keccak.h"

#define STRANGER "0xc1cadaffffffffffffffffffffffffffffffffff"
#define NO_HASH "0x00000000000000000000000000000000000000000000000000000000deadbeef"

/* ---- configuration ---- */

/* CRC-32 of genesis by the polynomial's table-free definition, written again: most significant bit first over reflected bytes. */
static uint32_t crc32_again(const uint8_t *bytes, size_t len)
{
    uint32_t crc = 0xffffffffu;
    for (size_t i = 0; i < 8 * len; i++) {
        const uint32_t bit = (bytes[i / 8] >> (i % 8)) & 1u;
        const uint32_t feedback = (crc ^ bit) & 1u;
        crc >>= 1;
        if (feedback != 0)
            crc ^= 0xedb88320u;
    }
    return crc ^ 0xffffffffu;
}

Test(tools, the_fork_id_is_the_checksum_of_genesis)
{
    struct door *door = door_open();
    cr_assert_eq(crc32_again((const uint8_t *)"123456789", 9), 0xcbf43926u);
    const mm_hash32 genesis = ledger_genesis_hash(door->chain.backend.ledger);
    char id[16];
    (void)snprintf(id, sizeof id, "0x%08x", crc32_again(genesis.b, sizeof genesis.b));
    const struct json *config = door_ask(door, "eth_config", " ");
    const struct json *current = json_find(config, "current");
    cr_assert(door_is(json_find(current, "forkId"), id));
    cr_assert(door_is(json_find(current, "chainId"), "0x7a69"));
    cr_assert_eq(json_find(current, "precompiles")->count, 0);
    cr_assert_eq(json_find(config, "next")->kind, JSON_NULL);
    cr_assert_eq(json_find(config, "last")->kind, JSON_NULL);
    cr_assert_eq(door_refused(door, "eth_config", "1").code, -32602);
    door_close(door);
}

Test(tools, capabilities_are_what_can_be_asked)
{
    struct door *door = door_open_with(&(struct chain_fixture_options){ .proof_window = 2 },
                                       &(struct rpc_eth_options){ 0 });
    (void)door_ask(door, "hardhat_mine", "\"0x5\"");
    const struct json *said = door_ask(door, "eth_capabilities", " ");
    cr_assert(door_is(json_find(json_find(said, "head"), "number"), "0x5"));
    const struct json *proofs = json_find(said, "stateproofs");
    const char *oldest = door_member(door, proofs, "oldestBlock");
    cr_assert_str_eq(oldest, "0x3");
    cr_assert(door_is(json_find(json_find(proofs, "deleteStrategy"), "retentionBlocks"), "0x2"));
    (void)door_ask(door, "eth_getProof", "\"%s\",[],\"%s\"", DOOR_COLLECTION, oldest);
    cr_assert_eq(door_refused(door, "eth_getProof", "\"%s\",[],\"0x2\"", DOOR_COLLECTION).code,
                 -32000);
    static const char *const KEPT[] = { "state", "tx", "logs", "receipts", "blocks" };
    for (size_t i = 0; i < MM_COUNT_OF(KEPT); i++) {
        cr_assert(door_is(json_find(json_find(said, KEPT[i]), "oldestBlock"), "0x0"));
        cr_assert_null(json_find(json_find(said, KEPT[i]), "deleteStrategy"));
    }
    door_close(door);
}

Test(tools, a_node_without_links_has_no_peers)
{
    struct door *door = door_open();
    const struct json *info = door_ask(door, "admin_nodeInfo", " ");
    const struct json *block = door_ask(door, "eth_getBlockByNumber", "\"latest\"");
    cr_assert(door_same(json_find(json_find(json_find(info, "protocols"), "eth"), "head"),
                        json_find(block, "hash")));
    cr_assert(door_is(json_find(info, "enode"), ""));
    cr_assert_eq(door_ask(door, "admin_peers", " ")->count, 0);
    cr_assert_eq(door_ask(door, "admin_peers", " ")->kind, JSON_ARRAY);
    door_close(door);
}

/* ---- accounts ---- */

Test(tools, an_account_is_what_its_proof_says)
{
    struct door *door = door_open();
    (void)door_mint(door, 0, "ipfs://x");
    (void)door_mint(door, 0, "ipfs://y");
    const char *const asked[] = { DOOR_COLLECTION, door_account(door, 0), STRANGER };
    static const char *const AT[] = { "latest", "0x1", "0x0" };
    for (size_t i = 0; i < MM_COUNT_OF(asked); i++) {
        for (size_t k = 0; k < MM_COUNT_OF(AT); k++) {
            const struct json *account =
                door_ask(door, "eth_getAccount", "\"%s\",\"%s\"", asked[i], AT[k]);
            const struct json *proof =
                door_ask(door, "eth_getProof", "\"%s\",[],\"%s\"", asked[i], AT[k]);
            cr_assert_eq(account->count, 4);
            cr_assert(door_same(json_find(account, "balance"), json_find(proof, "balance")));
            cr_assert(door_same(json_find(account, "nonce"), json_find(proof, "nonce")));
            cr_assert(door_same(json_find(account, "codeHash"), json_find(proof, "codeHash")));
            cr_assert(
                door_same(json_find(account, "storageRoot"), json_find(proof, "storageHash")));
        }
    }
    cr_assert_eq(door_refused(door, "eth_getAccount", "\"0x12\"").code, -32602);
    cr_assert_eq(door_refused(door, "eth_getAccount", "\"" STRANGER "\",\"0x99\"").code, -32000);
    door_close(door);
}

Test(tools, a_transaction_is_found_by_sender_and_nonce)
{
    struct door *door = door_open();
    const char *hashes[7];
    for (size_t i = 0; i < MM_COUNT_OF(hashes); i++) {
        (void)door_ask(door, "evm_mine", " "); /* blocks between */
        hashes[i] = door_mint(door, 2, "ipfs://x");
        (void)door_mint(door, 1, "ipfs://x");
    }
    const char *who = door_account(door, 2);
    for (size_t i = 0; i < MM_COUNT_OF(hashes); i++) {
        const struct json *tx =
            door_ask(door, "eth_getTransactionBySenderAndNonce", "\"%s\",\"0x%zx\"", who, i);
        cr_assert(door_same(tx, door_ask(door, "eth_getTransactionByHash", "\"%s\"", hashes[i])));
        cr_assert(door_is(
            door_ask(door, "ots_getTransactionBySenderAndNonce", "\"%s\",%zu", who, i), hashes[i]));
    }
    cr_assert_eq(door_ask(door, "eth_getTransactionBySenderAndNonce", "\"%s\",\"0x7\"", who)->kind,
                 JSON_NULL);
    cr_assert_eq(
        door_ask(door, "eth_getTransactionBySenderAndNonce", "\"" STRANGER "\",\"0x0\"")->kind,
        JSON_NULL);
    cr_assert_eq(door_refused(door, "eth_getTransactionBySenderAndNonce", "\"%s\"", who).code,
                 -32602);
    cr_assert_eq(door_refused(door, "ots_getTransactionBySenderAndNonce", "\"%s\",\"x\"", who).code,
                 -32602);
    door_close(door);
}

Test(tools, a_pooled_transaction_is_found_by_sender_and_nonce)
{
    struct door *door = door_open();
    struct tx queued = { .type = TX_DYNAMIC_FEE, .to = DEV_COLLECTION, .nonce = 3 };
    queued.to.b[0] ^= 1;
    const char *hash = door_string(
        door, door_ask(door, "eth_sendRawTransaction", "\"%s\"", door_sign(door, 0, &queued)));
    const struct json *tx = door_ask(door, "eth_getTransactionBySenderAndNonce", "\"%s\",\"0x3\"",
                                     door_account(door, 0));
    cr_assert(door_is(json_find(tx, "hash"), hash));
    cr_assert_eq(json_find(tx, "blockHash")->kind, JSON_NULL);
    cr_assert_eq(
        door_ask(door, "ots_getTransactionBySenderAndNonce", "\"%s\",3", door_account(door, 0))
            ->kind,
        JSON_NULL);
    door_close(door);
}

/* Goal: a nonce that was moved from outside gives no other transaction than the one with it. */
Test(tools, a_nonce_that_was_skipped_has_no_transaction)
{
    struct door *door = door_open();
    const char *who = door_account(door, 2);
    const char *first = door_mint(door, 2, "ipfs://x");
    (void)door_ask(door, "hardhat_setNonce", "\"%s\",\"0x10\"", who);
    const char *second = door_mint(door, 2, "ipfs://y");
    cr_assert(
        door_is(door_ask(door, "ots_getTransactionBySenderAndNonce", "\"%s\",0", who), first));
    cr_assert(
        door_is(door_ask(door, "ots_getTransactionBySenderAndNonce", "\"%s\",16", who), second));
    cr_assert_eq(door_ask(door, "ots_getTransactionBySenderAndNonce", "\"%s\",5", who)->kind,
                 JSON_NULL);
    door_close(door);
}

/* ---- access lists ---- */

static const char *mint_call(struct door *door)
{
    uint8_t data[4 + 4 * 32] = { 0 };
    char hex[2 * sizeof data + 1] = { 0 };
    const mm_hash32 selector = keccak256(MM_BYTES_LIT("mint(address,string)"));
    memcpy(data, selector.b, 4);
    memcpy(data + 4 + 12, door->chain.accounts[3].addr.b, 20);
    data[4 + 63] = 0x40;
    data[4 + 95] = 3;
    memcpy(data + 4 + 96, "abc", 3);
    hex_encode(hex, MM_BYTES_OF(data));
    return mm_arena_text(&door->arena, mm_bytes_from(hex, sizeof hex - 1));
}

/* Goal: what is listed is what the transaction then accesses, so that the gas comes out the same. */
Test(tools, a_transaction_with_its_access_list_uses_the_gas_that_was_said)
{
    struct door *door = door_open();
    const char *data = mint_call(door);
    const char *from = door_account(door, 3);
    const struct json *made =
        door_ask(door, "eth_createAccessList", "{\"from\":\"%s\",\"to\":\"%s\",\"data\":\"0x%s\"}",
                 from, DOOR_COLLECTION, data);
    cr_assert_null(json_find(made, "error"));
    const struct json *list = json_find(made, "accessList");
    cr_assert_eq(list->count, 1); /* the recipient, for its slots alone */
    cr_assert(door_is(json_find(&list->items[0], "address"), DOOR_COLLECTION));
    cr_assert_gt(json_find(&list->items[0], "storageKeys")->count, 3);
    struct mm_buf text;
    mm_buf_init(&text, 1 << 20);
    struct json_writer w = json_writer_over(&text);
    json_add_value(&w, list);
    const char *hash = door_string(
        door, door_ask(door, "eth_sendTransaction",
                       "{\"from\":\"%s\",\"to\":\"%s\",\"data\":\"0x%s\",\"accessList\":%s}", from,
                       DOOR_COLLECTION, data, mm_arena_text(&door->arena, mm_buf_bytes(&text))));
    mm_buf_fini(&text);
    const struct json *receipt = door_ask(door, "eth_getTransactionReceipt", "\"%s\"", hash);
    cr_assert(door_is(json_find(receipt, "status"), "0x1"));
    cr_assert(door_same(json_find(receipt, "gasUsed"), json_find(made, "gasUsed")));
    door_close(door);
}

Test(tools, an_access_list_of_a_call_that_reverts_says_so)
{
    struct door *door = door_open();
    /* ownerOf(99) */
    const struct json *made =
        door_ask(door, "eth_createAccessList",
                 "{\"to\":\"%s\",\"data\":\"0x6352211e%064x\"},\"latest\"", DOOR_COLLECTION, 99);
    cr_assert(door_is(json_find(made, "error"), "execution reverted"));
    cr_assert_eq(json_find(made, "accessList")->count, 1);
    const struct json *plain = door_ask(door, "eth_createAccessList", "{\"to\":\"%s\"}", STRANGER);
    cr_assert_eq(json_find(plain, "accessList")->count, 0);
    cr_assert(door_is(json_find(plain, "gasUsed"), "0x5208"));
    cr_assert_eq(
        door_refused(door, "eth_createAccessList", "{\"to\":\"%s\",\"gas\":\"0x1\"}", STRANGER)
            .code,
        -32000);
    cr_assert_eq(door_refused(door, "eth_createAccessList", "\"x\"").code, -32602);
    cr_assert_eq(
        door_refused(door, "eth_createAccessList", "{\"to\":\"%s\"},\"0x99\"", STRANGER).code,
        -32000);
    door_close(door);
}

/* ---- frames ---- */

Test(tools, trace_block_has_a_frame_for_each_transaction)
{
    struct door *door = door_open();
    (void)door_ask(door, "evm_setAutomine", "false");
    struct tx bad = { .type = TX_DYNAMIC_FEE, .to = DEV_COLLECTION, .gas_limit = 50000 };
    (void)door_ask(door, "eth_sendRawTransaction", "\"%s\"", door_sign(door, 0, &bad));
    (void)door_mint(door, 1, "ipfs://x");
    (void)door_ask(door, "evm_mine", " ");
    const struct json *frames = door_ask(door, "trace_block", "\"latest\"");
    const struct json *block = door_ask(door, "eth_getBlockByNumber", "\"latest\",true");
    const struct json *receipts = door_ask(door, "eth_getBlockReceipts", "\"latest\"");
    const struct json *txs = json_find(block, "transactions");
    cr_assert_eq(frames->count, 2);
    for (size_t i = 0; i < 2; i++) {
        const struct json *frame = &frames->items[i];
        const struct json *action = json_find(frame, "action");
        const bool is_ok = door_is(json_find(&receipts->items[i], "status"), "0x1");
        cr_assert(door_same(json_find(frame, "blockHash"), json_find(block, "hash")));
        cr_assert(
            door_same(json_find(frame, "transactionHash"), json_find(&txs->items[i], "hash")));
        cr_assert(door_same(json_find(action, "from"), json_find(&txs->items[i], "from")));
        cr_assert(door_same(json_find(action, "input"), json_find(&txs->items[i], "input")));
        cr_assert_eq(json_find(frame, "traceAddress")->count, 0);
        cr_assert_eq(is_ok, json_find(frame, "error") == NULL);
        if (!is_ok) {
            cr_assert(door_is(json_find(frame, "error"), "Reverted"));
        } else {
            const uint64_t gap = door_number(json_find(&txs->items[i], "gas")) -
                                 door_number(json_find(action, "gas"));
            cr_assert_gt(gap, 21000); /* intrinsic */
            cr_assert_eq(door_number(json_find(json_find(frame, "result"), "gasUsed")) + gap,
                         door_number(json_find(&receipts->items[i], "gasUsed")));
        }
    }
    cr_assert(door_same(frames, door_ask(door, "trace_block", "\"0x1\"")));
    cr_assert_eq(door_ask(door, "trace_block", "\"0x0\"")->count, 0);
    cr_assert_eq(door_ask(door, "trace_block", "\"0x99\"")->kind, JSON_NULL);
    cr_assert_eq(door_refused(door, "trace_block", "\"x\"").code, -32602);
    door_close(door);
}
