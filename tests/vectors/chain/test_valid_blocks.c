/* BlockchainTests/ValidBlocks of ethereum/tests: genesis blocks and blocks with their headers and transactions in JSON. */
#include <criterion/criterion.h>

#include "state/base/limits.h"
#include "state/chain/block.h"
#include "state/crypto/keccak.h"
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

TestSuite(valid_blocks, .init = open_arena, .fini = close_arena);

static void expect_bytes(const char *test, const struct json *json, const char *key, mm_bytes ours)
{
    cr_assert(mm_bytes_equal(fixture_data(&arena, fixture_get(json, key)), ours), "%s: %s", test,
              key);
}

static void expect_u256(const char *test, const struct json *json, const char *key,
                        const mm_u256 *ours)
{
    const mm_u256 given = fixture_u256(&arena, fixture_get(json, key));
    cr_assert(u256_equal(&given, ours), "%s: %s", test, key);
}

static void expect_u64(const char *test, const struct json *json, const char *key, uint64_t ours)
{
    cr_assert_eq(fixture_u64(&arena, fixture_get(json, key)), ours, "%s: %s", test, key);
}

static void expect_header(const char *test, const struct block *block, const struct json *json)
{
    const struct header *header = &block->header;
    expect_bytes(test, json, "hash", mm_bytes_hash(&block->hash));
    expect_bytes(test, json, "parentHash", mm_bytes_hash(&header->parent_hash));
    expect_bytes(test, json, "uncleHash", mm_bytes_hash(&header->ommers_hash));
    expect_bytes(test, json, "coinbase", mm_bytes_addr(&header->coinbase));
    expect_bytes(test, json, "stateRoot", mm_bytes_hash(&header->state_root));
    expect_bytes(test, json, "transactionsTrie", mm_bytes_hash(&header->tx_root));
    expect_bytes(test, json, "receiptTrie", mm_bytes_hash(&header->receipts_root));
    expect_bytes(test, json, "bloom", MM_BYTES_OF(header->bloom.b));
    expect_u256(test, json, "difficulty", &header->difficulty);
    expect_u64(test, json, "number", header->number);
    expect_u64(test, json, "gasLimit", header->gas_limit);
    expect_u64(test, json, "gasUsed", header->gas_used);
    expect_u64(test, json, "timestamp", header->timestamp);
    expect_bytes(test, json, "extraData", mm_bytes_from(header->extra, header->extra_len));
    expect_bytes(test, json, "mixHash", mm_bytes_hash(&header->prev_randao));
    expect_bytes(test, json, "nonce", MM_BYTES_OF(header->nonce));
    expect_u256(test, json, "baseFeePerGas", &header->base_fee);
    cr_assert_eq(json_find(json, "withdrawalsRoot") != NULL,
                 header->field_count >= HEADER_FIELDS_SHANGHAI);
    cr_assert_eq(json_find(json, "blobGasUsed") != NULL,
                 header->field_count >= HEADER_FIELDS_CANCUN);
    if (header->field_count >= HEADER_FIELDS_SHANGHAI)
        expect_bytes(test, json, "withdrawalsRoot", mm_bytes_hash(&header->withdrawals_root));
    if (header->field_count >= HEADER_FIELDS_CANCUN) {
        expect_u64(test, json, "blobGasUsed", header->blob_gas_used);
        expect_u64(test, json, "excessBlobGas", header->excess_blob_gas);
        expect_bytes(test, json, "parentBeaconBlockRoot",
                     mm_bytes_hash(&header->parent_beacon_root));
    }
}

static void expect_access_list(const char *test, const struct tx *tx, const struct json *list)
{
    cr_assert_eq(tx->access_count, list->count, "%s", test);
    for (size_t i = 0; i < list->count; i++) {
        const struct tx_access *access = &tx->access_list[i];
        const struct json *slots = fixture_get(&list->items[i], "storageKeys");
        expect_bytes(test, &list->items[i], "address", mm_bytes_addr(&access->addr));
        cr_assert_eq(access->slot_count, slots->count);
        for (size_t j = 0; j < slots->count; j++)
            cr_assert(mm_bytes_equal(fixture_data(&arena, &slots->items[j]),
                                     mm_bytes_hash(&access->slots[j])));
    }
}

static void expect_tx(const char *test, const struct tx *given, const struct json *json)
{
    struct tx tx = *given;
    const mm_u256 r = u256_from_hash(&tx.signature.r);
    const mm_u256 s = u256_from_hash(&tx.signature.s);
    expect_u64(test, json, "nonce", tx.nonce);
    expect_u64(test, json, "gasLimit", tx.gas_limit);
    expect_u256(test, json, "value", &tx.value);
    expect_bytes(test, json, "data", tx.data);
    expect_bytes(test, json, "to", tx.creates ? mm_bytes_from(NULL, 0) : mm_bytes_addr(&tx.to));
    expect_u256(test, json, "r", &r);
    expect_u256(test, json, "s", &s);
    expect_u256(test, json, tx.type >= TX_DYNAMIC_FEE ? "maxFeePerGas" : "gasPrice", &tx.max_fee);
    if (tx.type >= TX_DYNAMIC_FEE)
        expect_u256(test, json, "maxPriorityFeePerGas", &tx.priority_fee);
    if (tx.type != TX_LEGACY) {
        expect_u64(test, json, "type", tx.type);
        expect_u256(test, json, "chainId", &tx.chain_id);
        expect_u64(test, json, "v", tx.signature.parity);
        expect_access_list(test, &tx, fixture_get(json, "accessList"));
    } else {
        expect_u64(test, json, "v",
                   tx.signature.parity + (tx.has_chain_id ? 35 + 2 * tx.chain_id.limb[0] : 27));
    }
    if (tx.type == TX_BLOB) {
        const struct json *hashes = fixture_get(json, "blobVersionedHashes");
        expect_u256(test, json, "maxFeePerBlobGas", &tx.max_blob_fee);
        cr_assert_eq(hashes->count, tx.blob_count);
        for (size_t i = 0; i < hashes->count; i++)
            cr_assert(mm_bytes_equal(fixture_data(&arena, &hashes->items[i]),
                                     mm_bytes_hash(&tx.blob_hashes[i])));
    }
    cr_assert_eq(tx_recover(&tx, SECP_LOW_S), TX_OK, "%s", test);
    if (json_find(json, "sender") != NULL) /* two of them do not say */
        expect_bytes(test, json, "sender", mm_bytes_addr(&tx.sender));
    const mm_hash32 hash = keccak256(tx.raw);
    cr_assert(mm_hash_equal(&hash, &tx.hash));
}

static struct block read_block(const char *test, const struct json *rlp)
{
    struct block block;
    struct block_problem problem;
    const mm_bytes raw = fixture_data(&arena, rlp);
    cr_assert(block_decode(&arena, &block, raw, &problem), "%s: %s, transaction %zu: %s", test,
              rlp_verdict_text(problem.rlp), problem.tx_index, tx_verdict_text(problem.tx));
    const mm_hash32 hash = header_hash(&block.header);
    cr_assert(mm_hash_equal(&hash, &block.hash), "%s", test);
    struct mm_buf buf;
    mm_buf_init(&buf, MM_BLOCK_BYTES_MAX);
    block_encode_whole(&buf, &block);
    cr_assert(mm_bytes_equal(mm_buf_bytes(&buf), raw), "%s", test);
    mm_buf_fini(&buf);
    return block;
}

static void expect_tx_root(const char *test, const struct block *block)
{
    mm_bytes *raws = MM_ARENA_ARRAY(&arena, mm_bytes, block->tx_count);
    for (size_t i = 0; i < block->tx_count; i++)
        raws[i] = block->txs[i].raw;
    mm_hash32 root;
    cr_assert_eq(trie_ordered_root(&arena, &root, raws, block->tx_count), MM_OK);
    cr_assert(mm_hash_equal(&root, &block->header.tx_root), "%s", test);
}

static void expect_base_fee(const char *test, const struct header *header,
                            const struct block *known, size_t known_count)
{
    for (size_t i = 0; i < known_count; i++) {
        if (!mm_hash_equal(&known[i].hash, &header->parent_hash))
            continue;
        const mm_u256 fee = header_next_base_fee(&known[i].header);
        cr_assert(u256_equal(&fee, &header->base_fee), "%s: base fee", test);
        return;
    }
    cr_assert_fail("%s: a block without a parent", test);
}

enum { BLOCKS_A_TEST_MAX = 64 };

Test(valid_blocks, headers_and_transactions_are_read_as_given_and_written_again)
{
    const struct json *tests = fixture_json(&arena, "blocks/valid_blocks.json");
    struct block *known = MM_ARENA_ARRAY(&arena, struct block, BLOCKS_A_TEST_MAX);
    size_t blocks = 0;
    size_t txs = 0;
    cr_assert_eq(tests->count, 186);
    for (size_t i = 0; i < tests->count; i++) {
        const struct json *vector = &tests->items[i];
        const char *test = mm_arena_text(&arena, fixture_get(vector, "name")->text);
        known[0] = read_block(test, fixture_get(vector, "genesisRlp"));
        expect_header(test, &known[0], fixture_get(vector, "genesisHeader"));
        const struct json *children = fixture_get(vector, "blocks");
        cr_assert_lt(children->count, BLOCKS_A_TEST_MAX);
        for (size_t j = 0; j < children->count; j++) {
            const struct json *child = &children->items[j];
            const struct json *list = fixture_get(child, "transactions");
            known[j + 1] = read_block(test, fixture_get(child, "rlp"));
            expect_header(test, &known[j + 1], fixture_get(child, "header"));
            expect_base_fee(test, &known[j + 1].header, known, j + 1);
            expect_tx_root(test, &known[j + 1]);
            cr_assert_eq(known[j + 1].tx_count, list->count, "%s", test);
            for (size_t k = 0; k < list->count; k++)
                expect_tx(test, &known[j + 1].txs[k], &list->items[k]);
            txs += list->count;
            blocks++;
        }
    }
    cr_assert_eq(blocks, 234);
    cr_assert_eq(txs, 343);
}
