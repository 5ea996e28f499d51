/* What the explorer Otterscan asks. */
#include <criterion/criterion.h>

#include "door.h"
#include "state/codec/hex.h"
#include "state/crypto/address.h"
#include "state/crypto/keccak.h"

#define STRANGER "0xc1cadaffffffffffffffffffffffffffffffffff"
#define NO_HASH "0x00000000000000000000000000000000000000000000000000000000deadbeef"

static bool is_true(const struct json *object, const char *key)
{
    const struct json *value = json_find(object, key);
    cr_assert(value != NULL && (value->kind == JSON_TRUE || value->kind == JSON_FALSE));
    return value->kind == JSON_TRUE;
}

/* Three blocks: five mints of account 1; one of account 2; four of account 1 and one of 2. */
static struct door *open_filled(void)
{
    struct door *door = door_open();
    (void)door_ask(door, "evm_setAutomine", "false");
    for (int i = 0; i < 5; i++)
        (void)door_mint(door, 1, "ipfs://a");
    (void)door_ask(door, "evm_mine", " ");
    (void)door_mint(door, 2, "ipfs://b");
    (void)door_ask(door, "evm_mine", " ");
    for (int i = 0; i < 4; i++)
        (void)door_mint(door, 1, "ipfs://c");
    (void)door_mint(door, 2, "ipfs://d");
    (void)door_ask(door, "evm_mine", " ");
    return door;
}

Test(ots, a_block_without_its_transactions)
{
    struct door *door = open_filled();
    const struct json *details = door_ask(door, "ots_getBlockDetails", "3");
    const struct json *block = json_find(details, "block");
    const struct json *whole = door_ask(door, "eth_getBlockByNumber", "\"0x3\",false");
    for (size_t i = 0; i < whole->count; i++) {
        const struct json_member *member = &whole->members[i];
        const char *key = mm_arena_text(&door->arena, member->key);
        if (strcmp(key, "transactions") == 0)
            cr_assert_null(json_find(block, key));
        else if (strcmp(key, "logsBloom") == 0)
            cr_assert_eq(json_find(block, key)->kind, JSON_NULL);
        else
            cr_assert(door_same(json_find(block, key), &member->value), "%s", key);
    }
    uint64_t count = 0;
    cr_assert(json_u64(&count, json_find(block, "transactionCount")));
    cr_assert_eq(count, 5);
    const struct json *receipts = door_ask(door, "eth_getBlockReceipts", "\"0x3\"");
    uint64_t fees = 0;
    for (size_t i = 0; i < receipts->count; i++)
        fees += door_number(json_find(&receipts->items[i], "gasUsed")) *
                door_number(json_find(&receipts->items[i], "effectiveGasPrice"));
    cr_assert_eq(door_number(json_find(details, "totalFees")), fees);
    cr_assert(door_is(json_find(json_find(details, "issuance"), "issuance"), "0x0"));
    static const char *const SAME[] = { "\"0x3\"", "\"3\"", "\"latest\"" };
    for (size_t i = 0; i < MM_COUNT_OF(SAME); i++)
        cr_assert(door_same(details, door_ask(door, "ots_getBlockDetails", "%s", SAME[i])));
    cr_assert(door_same(details, door_ask(door, "ots_getBlockDetailsByHash", "\"%s\"",
                                          door_member(door, whole, "hash"))));
    cr_assert_eq(door_ask(door, "ots_getBlockDetails", "4")->kind, JSON_NULL);
    cr_assert_eq(door_ask(door, "ots_getBlockDetailsByHash", "\"" NO_HASH "\"")->kind, JSON_NULL);
    cr_assert_eq(door_refused(door, "ots_getBlockDetails", "\"x\"").code, -32602);
    cr_assert_eq(door_refused(door, "ots_getBlockDetails", "1.5").code, -32602);
    cr_assert_eq(door_refused(door, "ots_getBlockDetailsByHash", "\"0x12\"").code, -32602);
    cr_assert(door_same(door_ask(door, "erigon_getHeaderByNumber", "3"),
                        door_ask(door, "eth_getHeaderByNumber", "\"0x3\"")));
    door_close(door);
}

/* Page 0 is the end of the block; all pages together are the block. */
Test(ots, a_blocks_transactions_by_pages)
{
    struct door *door = open_filled();
    const struct json *whole =
        json_find(door_ask(door, "eth_getBlockByNumber", "\"0x3\",true"), "transactions");
    const struct json *receipts = door_ask(door, "eth_getBlockReceipts", "\"0x3\"");
    size_t left = whole->count;
    for (unsigned page = 0; page < 4; page++) {
        const struct json *answer = door_ask(door, "ots_getBlockTransactions", "3,%u,2", page);
        const struct json *txs = json_find(json_find(answer, "fullblock"), "transactions");
        const struct json *told = json_find(answer, "receipts");
        const size_t expected = left < 2 ? left : 2;
        cr_assert_eq(txs->count, expected);
        cr_assert_eq(told->count, expected);
        left -= expected;
        for (size_t i = 0; i < expected; i++) {
            const struct json *tx = &whole->items[left + i];
            const struct json *receipt = &receipts->items[left + i];
            cr_assert(door_same(json_find(&txs->items[i], "hash"), json_find(tx, "hash")));
            cr_assert_eq(json_find(&txs->items[i], "input")->text.len, 10);
            cr_assert(
                door_same(json_find(&told->items[i], "gasUsed"), json_find(receipt, "gasUsed")));
            cr_assert(door_same(json_find(&told->items[i], "transactionHash"),
                                json_find(receipt, "transactionHash")));
            cr_assert_eq(json_find(&told->items[i], "logs")->kind, JSON_NULL);
            cr_assert_eq(json_find(&told->items[i], "logsBloom")->kind, JSON_NULL);
        }
    }
    cr_assert_eq(left, 0);
    const struct json *beyond =
        door_ask(door, "ots_getBlockTransactions", "3,\"0xffffffffffffffff\",1000");
    cr_assert_eq(json_find(beyond, "receipts")->count, 0);
    cr_assert_eq(door_ask(door, "ots_getBlockTransactions", "9,0,2")->kind, JSON_NULL);
    cr_assert_eq(door_refused(door, "ots_getBlockTransactions", "3,0,0").code, -32602);
    cr_assert_eq(door_refused(door, "ots_getBlockTransactions", "3,0,1001").code, -32602);
    cr_assert_eq(door_refused(door, "ots_getBlockTransactions", "3,0").code, -32602);
    door_close(door);
}

/* ---- searches ---- */

struct expected {
    const char *method;
    const char *who;
    unsigned block, size;
    size_t count;
    uint64_t first_block; /* of the first in the answer */
    bool is_first, is_last;
};

static void check_search(struct door *door, const struct expected *e)
{
    const struct json *page = door_ask(door, e->method, "\"%s\",%u,%u", e->who, e->block, e->size);
    const struct json *txs = json_find(page, "txs");
    const struct json *receipts = json_find(page, "receipts");
    cr_assert_eq(txs->count, e->count, "%s(%s,%u,%u): %zu", e->method, e->who, e->block, e->size,
                 txs->count);
    cr_assert_eq(receipts->count, e->count);
    cr_assert_eq(is_true(page, "firstPage"), e->is_first, "%s %u", e->method, e->block);
    cr_assert_eq(is_true(page, "lastPage"), e->is_last, "%s %u", e->method, e->block);
    uint64_t before = UINT64_MAX;
    for (size_t i = 0; i < txs->count; i++) {
        const struct json *tx = &txs->items[i];
        const uint64_t at = (door_number(json_find(tx, "blockNumber")) << 32) +
                            door_number(json_find(tx, "transactionIndex"));
        cr_assert_lt(at, before);
        before = at;
        cr_assert(door_same(tx, door_ask(door, "eth_getTransactionByHash", "\"%s\"",
                                         door_member(door, tx, "hash"))));
        const struct json *whole =
            door_ask(door, "eth_getTransactionReceipt", "\"%s\"", door_member(door, tx, "hash"));
        for (size_t k = 0; k < whole->count; k++)
            cr_assert(door_same(&whole->members[k].value,
                                json_find(&receipts->items[i],
                                          mm_arena_text(&door->arena, whole->members[k].key))));
        cr_assert_eq(json_find(&receipts->items[i], "timestamp")->kind, JSON_NUMBER);
    }
    if (e->count > 0)
        cr_assert_eq(door_number(json_find(&txs->items[0], "blockNumber")), e->first_block);
}

#define BEFORE "ots_searchTransactionsBefore"
#define AFTER "ots_searchTransactionsAfter"

Test(ots, an_accounts_transactions_by_pages_of_whole_blocks)
{
    struct door *door = open_filled();
    const char *one = door_account(door, 1);
    const char *two = door_account(door, 2);
    const struct expected CASES[] = {
        { BEFORE, one, 0, 25, 9, 3, true, true },
        { BEFORE, one, 0, 1, 4, 3, true, false }, /* the whole of block 3 */
        { BEFORE, one, 0, 4, 4, 3, true, false },
        { BEFORE, one, 0, 5, 9, 3, true, true },
        { BEFORE, one, 3, 4, 5, 1, false, true },
        { BEFORE, one, 1, 4, 0, 0, false, true },
        { BEFORE, one, 99, 4, 4, 3, true, false },
        { BEFORE, two, 0, 1, 1, 3, true, false },
        { BEFORE, two, 3, 1, 1, 2, false, true },
        { BEFORE, DOOR_COLLECTION, 3, 25, 6, 2, false, true },
        { BEFORE, STRANGER, 0, 25, 0, 0, true, true },
        { AFTER, one, 0, 1, 5, 1, false, true },
        { AFTER, one, 0, 6, 9, 3, true, true },
        { AFTER, one, 1, 1, 4, 3, true, false },
        { AFTER, one, 3, 1, 0, 0, true, false },
        { AFTER, two, 0, 1, 1, 2, false, true },
        { AFTER, two, 2, 1, 1, 3, true, false },
        { AFTER, STRANGER, 0, 25, 0, 0, true, true },
        { AFTER, DOOR_COLLECTION, 99, 25, 0, 0, true, false },
    };
    for (int flushed = 0; flushed < 2; flushed++) {
        for (size_t i = 0; i < MM_COUNT_OF(CASES); i++)
            check_search(door, &CASES[i]);
        dev_chain_flush(&door->chain.dev);
    }
    cr_assert_eq(door_refused(door, BEFORE, "\"%s\",0,0", one).code, -32602);
    cr_assert_eq(door_refused(door, AFTER, "\"%s\",0,1001", one).code, -32602);
    cr_assert_eq(door_refused(door, AFTER, "\"%s\",\"latest\",5", one).code, -32602);
    cr_assert_eq(door_refused(door, BEFORE, "\"0x12\",0,5").code, -32602);
    door_close(door);
}

/* More blocks than one look at the index gives. */
Test(ots, a_search_goes_on_behind_many_blocks)
{
    struct door *door = door_open();
    for (int i = 0; i < 150; i++)
        (void)door_mint(door, 1, "ipfs://a");
    const char *one = door_account(door, 1);
    check_search(door, &(struct expected){ BEFORE, one, 0, 140, 140, 150, true, false });
    check_search(door, &(struct expected){ BEFORE, one, 0, 151, 150, 150, true, true });
    check_search(door, &(struct expected){ BEFORE, one, 0, 128, 128, 150, true, false });
    check_search(door, &(struct expected){ AFTER, one, 0, 140, 140, 140, false, true });
    check_search(door, &(struct expected){ AFTER, one, 22, 128, 128, 150, true, false });
    door_close(door);
}

/* ---- contracts and failures ---- */

/* createCollection("A", "B", false), sent by account 4: the transaction's hash. */
static const char *make_collection(struct door *door)
{
    uint8_t data[4 + 7 * 32] = { 0 };
    char hex[2 * sizeof data + 1] = { 0 };
    char factory[41] = { 0 };
    const mm_hash32 selector = keccak256(MM_BYTES_LIT("createCollection(string,string,bool)"));
    memcpy(data, selector.b, 4);
    data[4 + 31] = 0x60;
    data[4 + 63] = 0xa0;
    data[4 + 3 * 32 + 31] = 1;
    data[4 + 4 * 32] = 'A';
    data[4 + 5 * 32 + 31] = 1;
    data[4 + 6 * 32] = 'B';
    hex_encode(hex, MM_BYTES_OF(data));
    hex_encode(factory, mm_bytes_addr(&DEV_FACTORY));
    return door_string(door, door_ask(door, "eth_sendTransaction",
                                      "{\"from\":\"%s\",\"to\":\"0x%s\",\"data\":\"0x%s\"}",
                                      door_account(door, 4), factory, hex));
}

Test(ots, a_contract_has_the_transaction_that_made_it)
{
    struct door *door = open_filled();
    (void)door_ask(door, "evm_setAutomine", "true");
    char text[43] = "0x";
    char factory[43] = "0x";
    uint64_t nonce = 1;
    hex_encode(factory + 2, mm_bytes_addr(&DEV_FACTORY));
    nonce = door_number(door_ask(door, "eth_getTransactionCount", "\"%s\"", factory));
    const mm_addr addr = address_of_create(&DEV_FACTORY, nonce);
    hex_encode(text + 2, mm_bytes_addr(&addr));
    cr_assert_eq(door_ask(door, "ots_getContractCreator", "\"%s\"", text)->kind, JSON_NULL);
    const char *hash = make_collection(door);
    cr_assert(door_is(
        json_find(door_ask(door, "eth_getTransactionReceipt", "\"%s\"", hash), "status"), "0x1"));
    (void)door_mint(door, 1, "ipfs://z"); /* a head above it */
    const struct json *creator = door_ask(door, "ots_getContractCreator", "\"%s\"", text);
    cr_assert(door_is(json_find(creator, "hash"), hash));
    cr_assert(door_is(json_find(creator, "creator"), factory));
    cr_assert_eq(door_ask(door, "ots_hasCode", "\"%s\",\"latest\"", text)->kind, JSON_TRUE);
    cr_assert_eq(door_ask(door, "ots_hasCode", "\"%s\",3", text)->kind, JSON_FALSE);
    cr_assert_eq(door_ask(door, "ots_hasCode", "\"%s\"", door_account(door, 1))->kind, JSON_FALSE);
    cr_assert_eq(door_ask(door, "ots_getContractCreator", "\"%s\"", DOOR_COLLECTION)->kind,
                 JSON_NULL); /* genesis */
    cr_assert_eq(door_ask(door, "ots_getContractCreator", "\"" STRANGER "\"")->kind, JSON_NULL);
    /* The new contract logged: its making is among its transactions. */
    check_search(door, &(struct expected){ BEFORE, text, 0, 25, 1, 4, true, true });
    cr_assert_eq(door_refused(door, "ots_getContractCreator", "\"0x12\"").code, -32602);
    cr_assert_eq(door_refused(door, "ots_hasCode", "\"%s\",\"0x99\"", text).code, -32000);
    door_close(door);
}

Test(ots, a_failed_transaction_has_its_revert_data)
{
    struct door *door = door_open();
    (void)door_ask(door, "evm_setAutomine", "false");
    const char *good = door_mint(door, 1, "ipfs://x");
    /* ownerOf(99): ERC721NonexistentToken(99) */
    uint8_t data[36] = { 0x63, 0x52, 0x21, 0x1e };
    data[35] = 99;
    struct tx tx = {
        .type = TX_DYNAMIC_FEE, .to = DEV_COLLECTION, .gas_limit = 100000, .data = MM_BYTES_OF(data)
    };
    const char *bad = door_string(
        door, door_ask(door, "eth_sendRawTransaction", "\"%s\"", door_sign(door, 0, &tx)));
    (void)door_ask(door, "evm_mine", " ");
    const struct door_error error = door_refused(
        door, "eth_call", "{\"to\":\"%s\",\"data\":\"0x6352211e%064x\"}", DOOR_COLLECTION, 99);
    cr_assert(door_is(door_ask(door, "ots_getTransactionError", "\"%s\"", bad), error.data));
    cr_assert_gt(strlen(error.data), 2);
    cr_assert(door_is(door_ask(door, "ots_getTransactionError", "\"%s\"", good), "0x"));
    cr_assert_eq(door_ask(door, "ots_getTransactionError", "\"" NO_HASH "\"")->kind, JSON_NULL);
    cr_assert_eq(door_ask(door, "ots_getInternalOperations", "\"%s\"", good)->count, 0);
    const struct json *calls = door_ask(door, "ots_traceTransaction", "\"%s\"", bad);
    cr_assert_eq(calls->count, 1);
    cr_assert(door_is(json_find(&calls->items[0], "output"), error.data));
    cr_assert(door_is(json_find(&calls->items[0], "to"), DOOR_COLLECTION));
    cr_assert_eq(door_refused(door, "ots_getTransactionError", "\"0x12\"").code, -32602);
    cr_assert_eq(door_refused(door, "ots_getInternalOperations", " ").code, -32602);
    uint64_t level = 0;
    cr_assert(json_u64(&level, door_ask(door, "ots_getApiLevel", " ")));
    cr_assert_eq(level, 8);
    door_close(door);
}
