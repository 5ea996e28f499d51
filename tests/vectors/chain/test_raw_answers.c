/* Raw RLP in the answers of the RPC compatibility tests, against the chain they are about; and the old transaction and genesis
 * vectors of ethereum/tests. */
#include <criterion/criterion.h>

#include "state/base/limits.h"
#include "state/chain/block.h"
#include "state/chain/receipt.h"
#include "state/codec/hex.h"
#include "state/crypto/secp.h"
#include "state/trie/ordered.h"
#include "tests/vectors/chain/fixture.h"

static struct mm_arena arena;

static void open_arena(void)
{
    mm_arena_init(&arena, 256 << 20);
}

static void close_arena(void)
{
    mm_arena_fini(&arena);
}

TestSuite(raw_answers, .init = open_arena, .fini = close_arena);

struct exchange {
    const struct json *params;
    const struct json *result;
};

/* The only exchange of the test of this name. */
static struct exchange find_exchange(const struct json *tests, const char *name)
{
    for (size_t i = 0; i < tests->count; i++) {
        if (!json_is_text(fixture_get(&tests->items[i], "name"), name))
            continue;
        const struct json *exchanges = fixture_get(&tests->items[i], "exchanges");
        cr_assert_eq(exchanges->count, 1);
        return (struct exchange){
            fixture_get(fixture_get(&exchanges->items[0], "request"), "params"),
            fixture_get(fixture_get(&exchanges->items[0], "response"), "result")
        };
    }
    cr_assert_fail("no test %s", name);
    return (struct exchange){ NULL, NULL };
}

static uint64_t param_number(const struct exchange *exchange)
{
    uint64_t number;
    cr_assert(hex_read_u64(&number, exchange->params->items[0].text));
    return number;
}

static void expect_header_raw(mm_bytes raw, struct header *header)
{
    struct rlp r = rlp_over(raw);
    header_read(&r, header);
    cr_assert_eq(rlp_finish(&r), RLP_OK);
    struct mm_buf buf;
    mm_buf_init(&buf, 4096);
    header_encode(&buf, header);
    cr_assert(mm_bytes_equal(mm_buf_bytes(&buf), raw));
    mm_buf_fini(&buf);
}

Test(raw_answers, raw_blocks_and_headers_are_those_of_the_chain)
{
    const struct fixture_chain *chain = fixture_chain(&arena);
    const struct json *tests = fixture_json(&arena, "rpc-compat/chain-vectors.json");
    struct header header;

    struct exchange exchange = find_exchange(tests, "debug_getRawBlock/get-block-n");
    const uint64_t number = param_number(&exchange);
    const mm_bytes raw_block = fixture_data(&arena, exchange.result);
    cr_assert(mm_bytes_equal(raw_block, chain->raws[number - 1]));

    exchange = find_exchange(tests, "debug_getRawHeader/get-block-n");
    cr_assert_eq(param_number(&exchange), number);
    expect_header_raw(fixture_data(&arena, exchange.result), &header);
    mm_hash32 hash = header_hash(&header);
    cr_assert(mm_hash_equal(&hash, &chain->blocks[number - 1].hash));

    exchange = find_exchange(tests, "debug_getRawHeader/get-genesis");
    expect_header_raw(fixture_data(&arena, exchange.result), &header);
    hash = header_hash(&header);
    cr_assert(mm_hash_equal(&hash, &chain->blocks[0].header.parent_hash));

    exchange = find_exchange(tests, "debug_getRawBlock/get-genesis");
    struct block genesis;
    struct block_problem problem;
    cr_assert(block_decode(&arena, &genesis, fixture_data(&arena, exchange.result), &problem));
    cr_assert(mm_hash_equal(&hash, &genesis.hash));
}

Test(raw_answers, raw_receipts_encode_again_and_give_bloom_and_root_of_the_block)
{
    const struct fixture_chain *chain = fixture_chain(&arena);
    const struct json *tests = fixture_json(&arena, "rpc-compat/chain-vectors.json");
    const struct exchange exchange = find_exchange(tests, "debug_getRawReceipts/get-block-n");
    const struct header *header = &chain->blocks[param_number(&exchange) - 1].header;
    const size_t count = exchange.result->count;
    mm_bytes *raws = MM_ARENA_ARRAY(&arena, mm_bytes, count);
    struct bloom all = { { 0 } };
    uint64_t cumulative_gas = 0;
    cr_assert_eq(count, chain->blocks[header->number - 1].tx_count);
    for (size_t i = 0; i < count; i++) {
        struct receipt receipt;
        struct bloom bloom;
        raws[i] = fixture_data(&arena, &exchange.result->items[i]);
        cr_assert_eq(receipt_decode(&arena, &receipt, raws[i]), RLP_OK);
        receipt_bloom(&bloom, receipt.logs, receipt.log_count);
        cr_assert_eq(memcmp(&bloom, &receipt.bloom, sizeof bloom), 0);
        bloom_merge(&all, &bloom);
        cr_assert_gt(receipt.cumulative_gas, cumulative_gas);
        cumulative_gas = receipt.cumulative_gas;
        struct mm_buf buf;
        mm_buf_init(&buf, 1 << 20);
        receipt_encode(&buf, &receipt);
        cr_assert(mm_bytes_equal(mm_buf_bytes(&buf), raws[i]));
        mm_buf_fini(&buf);
    }
    mm_hash32 root;
    cr_assert_eq(trie_ordered_root(&arena, &root, raws, count), MM_OK);
    cr_assert(mm_hash_equal(&root, &header->receipts_root));
    cr_assert_eq(cumulative_gas, header->gas_used);
    cr_assert_eq(memcmp(&all, &header->bloom, sizeof all), 0);
}

/* A receipt from its JSON. */
static struct receipt receipt_from_json(const struct json *json)
{
    struct receipt receipt = { .type = TX_LEGACY };
    uint64_t number;
    cr_assert(hex_read_u64(&number, fixture_get(json, "type")->text));
    receipt.type = (enum tx_type)number;
    cr_assert(hex_read_u64(&receipt.cumulative_gas, fixture_get(json, "cumulativeGasUsed")->text));
    if (json_find(json, "root") != NULL) {
        receipt.has_post_state = true;
        cr_assert(hex_read_hash(&receipt.post_state, json_find(json, "root")->text));
    } else {
        cr_assert(hex_read_u64(&number, fixture_get(json, "status")->text));
        receipt.ok = number == 1;
    }
    const struct json *list = fixture_get(json, "logs");
    struct log *logs = MM_ARENA_ARRAY(&arena, struct log, list->count);
    for (size_t i = 0; i < list->count; i++) {
        const struct json *topics = fixture_get(&list->items[i], "topics");
        cr_assert(hex_read_addr(&logs[i].addr, fixture_get(&list->items[i], "address")->text));
        logs[i].data = fixture_data(&arena, fixture_get(&list->items[i], "data"));
        logs[i].topic_count = topics->count;
        cr_assert_leq(topics->count, LOG_TOPICS_MAX);
        for (size_t j = 0; j < topics->count; j++)
            cr_assert(hex_read_hash(&logs[i].topics[j], topics->items[j].text));
    }
    receipt.logs = logs;
    receipt.log_count = list->count;
    receipt_bloom(&receipt.bloom, logs, list->count);
    cr_assert(mm_bytes_equal(fixture_data(&arena, fixture_get(json, "logsBloom")),
                             MM_BYTES_OF(receipt.bloom.b)));
    return receipt;
}

/* The receipt as it stands in the trie; it must be read back and written the same. */
static mm_bytes encoded_receipt(const struct receipt *receipt)
{
    mm_bytes encoded = { NULL, 0 };
    struct mm_buf buf;
    mm_buf_init(&buf, 1 << 20);
    receipt_encode(&buf, receipt);
    cr_assert_eq(mm_arena_copy(&arena, &encoded, mm_buf_bytes(&buf)), MM_OK);
    struct receipt read;
    cr_assert_eq(receipt_decode(&arena, &read, encoded), RLP_OK);
    cr_assert_eq(read.type, receipt->type);
    mm_buf_reset(&buf);
    receipt_encode(&buf, &read);
    cr_assert(mm_bytes_equal(mm_buf_bytes(&buf), encoded));
    mm_buf_fini(&buf);
    return encoded;
}

/* The receipts that one answer is about; none for other methods. */
static size_t answered_receipts(const struct json *test, const struct json **list)
{
    const struct json *exchange = &fixture_get(test, "exchanges")->items[0];
    const struct json *method = fixture_get(fixture_get(exchange, "request"), "method");
    const struct json *result = fixture_get(fixture_get(exchange, "response"), "result");
    if (json_is_text(method, "eth_getBlockReceipts") && result->kind == JSON_ARRAY) {
        *list = result->items;
        return result->count;
    }
    *list = result;
    return json_is_text(method, "eth_getTransactionReceipt") && result->kind == JSON_OBJECT;
}

/* Where an answer has the receipts of a whole block, the receipts root follows. There are three such answers. */
Test(raw_answers, receipts_in_json_give_the_receipts_root_of_their_block)
{
    const struct fixture_chain *chain = fixture_chain(&arena);
    const struct json *tests = fixture_json(&arena, "rpc-compat/chain-vectors.json");
    size_t roots = 0;
    bool has_type[TX_SET_CODE + 1] = { false };
    for (size_t i = 0; i < tests->count; i++) {
        const struct json *list;
        const size_t count = answered_receipts(&tests->items[i], &list);
        if (count == 0)
            continue;
        mm_bytes *encoded = MM_ARENA_ARRAY(&arena, mm_bytes, count);
        for (size_t j = 0; j < count; j++) {
            const struct receipt receipt = receipt_from_json(&list[j]);
            encoded[j] = encoded_receipt(&receipt);
            has_type[receipt.type] = true;
        }
        uint64_t number;
        cr_assert(hex_read_u64(&number, fixture_get(list, "blockNumber")->text));
        const struct block *block = &chain->blocks[number - 1];
        if (block->tx_count != count)
            continue; /* one receipt of a block with more */
        mm_hash32 root;
        cr_assert_eq(trie_ordered_root(&arena, &root, encoded, count), MM_OK);
        cr_assert(mm_hash_equal(&root, &block->header.receipts_root), "block %lu",
                  (unsigned long)number);
        roots++;
    }
    cr_assert_eq(roots, 3);
    for (size_t type = 0; type <= TX_SET_CODE; type++)
        cr_assert(has_type[type], "type %zu", type);
}

Test(raw_answers, the_raw_transaction_is_in_the_chain_under_its_hash)
{
    const struct fixture_chain *chain = fixture_chain(&arena);
    const struct json *tests = fixture_json(&arena, "rpc-compat/chain-vectors.json");
    const struct exchange exchange = find_exchange(tests, "debug_getRawTransaction/get-tx");
    const mm_bytes hash = fixture_data(&arena, &exchange.params->items[0]);
    const mm_bytes raw = fixture_data(&arena, exchange.result);
    struct tx tx;
    cr_assert_eq(tx_decode(&arena, &tx, raw, NULL), TX_OK);
    cr_assert(mm_bytes_equal(mm_bytes_hash(&tx.hash), hash));
    size_t found = 0;
    for (size_t i = 0; i < FIXTURE_CHAIN_BLOCKS; i++) {
        for (size_t j = 0; j < chain->blocks[i].tx_count; j++) {
            const struct tx *other = &chain->blocks[i].txs[j];
            if (mm_hash_equal(&other->hash, &tx.hash)) {
                cr_assert(mm_bytes_equal(other->raw, raw));
                found++;
            }
        }
    }
    cr_assert_eq(found, 1);
}

Test(raw_answers, transactions_that_were_sent_have_the_hash_that_was_answered)
{
    static const char *const names[] = {
        "eth_sendRawTransaction/send-access-list-transaction",
        "eth_sendRawTransaction/send-dynamic-fee-access-list-transaction",
        "eth_sendRawTransaction/send-dynamic-fee-transaction",
        "eth_sendRawTransaction/send-legacy-transaction",
    };
    const struct json *tests = fixture_json(&arena, "rpc-compat/chain-vectors.json");
    struct tx tx;
    for (size_t i = 0; i < MM_COUNT_OF(names); i++) {
        const struct exchange exchange = find_exchange(tests, names[i]);
        cr_assert_eq(tx_decode(&arena, &tx, fixture_data(&arena, &exchange.params->items[0]), NULL),
                     TX_OK);
        cr_assert(mm_bytes_equal(mm_bytes_hash(&tx.hash), fixture_data(&arena, exchange.result)));
        cr_assert_eq(tx_recover(&tx, SECP_LOW_S), TX_OK);
    }
    /* EIP-4844's form for the network wraps the transaction and its blobs; it is no form of a transaction here. */
    const struct exchange blob = find_exchange(tests, "eth_sendRawTransaction/send-blob-tx");
    enum rlp_verdict why;
    const mm_bytes wrapped = fixture_data(&arena, &blob.params->items[0]);
    const enum tx_verdict verdict = tx_decode(&arena, &tx, wrapped, &why);
    cr_assert(wrapped.len > MM_TX_BYTES_MAX ? verdict == TX_TOO_LARGE
                                            : verdict == TX_RLP && why == RLP_NOT_A_STRING);
}

/* basic/txtest.json: keys, fields, the unsigned list of nine fields and the signed transaction. Its signatures use another nonce than
 * RFC 6979 gives, so the signed bytes are read, and what we sign must recover to the same sender. */
Test(raw_answers, old_transactions_are_signed_by_their_keys)
{
    const struct json *tests = fixture_json(&arena, "basic/txtest.json");
    cr_assert_eq(tests->count, 2);
    for (size_t i = 0; i < tests->count; i++) {
        const struct json *vector = &tests->items[i];
        struct secp_secret *secret =
            secp_secret_new(fixture_data(&arena, fixture_get(vector, "key")).ptr);
        const mm_addr signer = secp_secret_addr(secret);
        const mm_bytes raw = fixture_data(&arena, fixture_get(vector, "signed"));
        struct tx tx;
        cr_assert_eq(tx_decode(&arena, &tx, raw, NULL), TX_OK);
        cr_assert_not(tx.has_chain_id);
        uint64_t number;
        cr_assert(json_u64(&number, fixture_get(vector, "nonce")) && number == tx.nonce);
        cr_assert(json_u64(&number, fixture_get(vector, "gasprice")) &&
                  number == tx.max_fee.limb[0]);
        cr_assert(json_u64(&number, fixture_get(vector, "startgas")) && number == tx.gas_limit);
        cr_assert(json_u64(&number, fixture_get(vector, "value")) && number == tx.value.limb[0]);
        cr_assert(mm_bytes_equal(fixture_data(&arena, fixture_get(vector, "data")), tx.data));
        const mm_bytes to = fixture_data(&arena, fixture_get(vector, "to"));
        cr_assert(tx.creates ? to.len == 0 : mm_bytes_equal(to, mm_bytes_addr(&tx.to)));
        /* v, r and s are empty: no signature that could be read. */
        struct tx unsigned_tx;
        cr_assert_eq(tx_decode(&arena, &unsigned_tx,
                               fixture_data(&arena, fixture_get(vector, "unsigned")), NULL),
                     TX_SIGNATURE_VALUES);
        cr_assert_eq(tx_recover(&tx, SECP_ANY_S), TX_OK);
        cr_assert(mm_addr_equal(&tx.sender, &signer));
        cr_assert(tx_sign(&arena, &tx, secret));
        cr_assert_eq(tx_recover(&tx, SECP_LOW_S), TX_OK);
        cr_assert(mm_addr_equal(&tx.sender, &signer));
        secp_secret_free(secret);
    }
}

Test(raw_answers, mainnets_genesis_has_the_hash_everyone_knows)
{
    const struct json *vector = fixture_json(&arena, "basic/genesishashestest.json");
    struct block block;
    struct block_problem problem;
    const mm_bytes raw = fixture_data(&arena, fixture_get(vector, "genesis_rlp_hex"));
    cr_assert(block_decode(&arena, &block, raw, &problem));
    cr_assert_eq(block.header.field_count, HEADER_FIELDS_FRONTIER);
    cr_assert(mm_bytes_equal(fixture_data(&arena, fixture_get(vector, "genesis_hash")),
                             mm_bytes_hash(&block.hash)));
    cr_assert(mm_bytes_equal(fixture_data(&arena, fixture_get(vector, "genesis_state_root")),
                             mm_bytes_hash(&block.header.state_root)));
    struct mm_buf buf;
    mm_buf_init(&buf, 4096);
    block_encode(&buf, &block.header, NULL, 0);
    cr_assert(mm_bytes_equal(mm_buf_bytes(&buf), raw));
    mm_buf_fini(&buf);
}
