/* ots_…: blocks as the explorer Otterscan wants them, without what it does not show. Shapes: custom-jsonrpc.md in its documentation;
 * where that leaves something open, as Erigon answers. */
#include "rpc/eth/ots.h"
#include "rpc/eth/handlers.h"

enum { API_LEVEL = 8, SELECTOR_BYTES = 4 };

bool handle_ots_get_api_level(struct eth_request *r)
{
    json_add_u64(&r->w, API_LEVEL);
    return true;
}

bool handle_ots_has_code(struct eth_request *r)
{
    uint64_t block_num;
    uint64_t state_num;
    struct account account;
    if (!eth_find_state(r, &block_num, &state_num, &r->args[1].block) ||
        !eth_read_account(r, &account, state_num, &r->args[0].addr))
        return false;
    json_add_bool(&r->w, account_has_code(&account));
    return true;
}

/* ---- blocks ---- */

struct ots_block {
    struct header header;
    mm_hash32 hash;
    const struct ledger_tx *txs;
    size_t count;
};

static bool load(struct eth_request *r, struct ots_block *block, uint64_t block_num)
{
    ETH_TRY(r, ledger_header(r->view, &block->header, &block->hash, block_num));
    ETH_TRY(r, ledger_tx_count(r->view, &block->count, block_num));
    ETH_TRY(r, ledger_txs(r->view, r->arena, &block->txs, block_num, 0, block->count));
    return true;
}

static bool size_of(struct eth_request *r, const struct ots_block *block, size_t *bytes)
{
    *bytes = 0;
    struct tx *txs = MM_ARENA_ARRAY(r->arena, struct tx, block->count);
    if (txs == NULL)
        return eth_fail_world(r, MM_ERR_NO_MEMORY);
    for (size_t i = 0; i < block->count; i++)
        txs[i] = block->txs[i].tx;
    *bytes = block_encoded_len(&block->header, txs, block->count);
    return true;
}

static void add_empty_list(struct json_writer *w, const char *key)
{
    json_key(w, key);
    json_open_array(w);
    json_close_array(w);
}

/* The members that both answers have, in an open object. */
static bool add_outline(struct eth_request *r, const struct ots_block *block)
{
    size_t bytes;
    if (!size_of(r, block, &bytes))
        return false;
    eth_add_header_without_bloom(&r->w, &block->header, &block->hash);
    eth_add_quantity_member(&r->w, "size", bytes);
    json_key(&r->w, "transactionCount");
    json_add_u64(&r->w, block->count);
    add_empty_list(&r->w, "uncles");
    add_empty_list(&r->w, "withdrawals");
    return true;
}

static bool total_fees(mm_u256 *fees, const struct ots_block *block)
{
    *fees = u256_from_u64(0);
    for (size_t i = 0; i < block->count; i++) {
        const mm_u256 gas = u256_from_u64(block->txs[i].gas_used);
        mm_u256 fee;
        if (!u256_mul(&fee, &gas, &block->txs[i].gas_price) || !u256_add(fees, fees, &fee))
            return false;
    }
    return true;
}

static bool add_details(struct eth_request *r, uint64_t block_num)
{
    struct json_writer *w = &r->w;
    struct ots_block block;
    mm_u256 fees;
    if (!load(r, &block, block_num))
        return false;
    if (!total_fees(&fees, &block))
        return eth_fail_world(r, MM_ERR_CORRUPT); /* nobody could have paid it */
    json_open_object(w);
    json_key(w, "block");
    json_open_object(w);
    if (!add_outline(r, &block))
        return false;
    json_close_object(w);
    json_key(w, "issuance"); /* nothing is issued: validators live on tips */
    json_open_object(w);
    eth_add_quantity_member(w, "blockReward", 0);
    eth_add_quantity_member(w, "uncleReward", 0);
    eth_add_quantity_member(w, "issuance", 0);
    json_close_object(w);
    eth_add_u256_member(w, "totalFees", &fees);
    json_close_object(w);
    return true;
}

/* The block that is meant, if it is there and mined. */
static bool find_mined(struct eth_request *r, uint64_t *block_num, bool *found,
                       const struct eth_block_ref *ref)
{
    if (!eth_find_block(r, block_num, found, ref))
        return false;
    *found = *found && ref->kind != ETH_BLOCK_PENDING;
    if (!*found)
        json_add_null(&r->w);
    return true;
}

static bool answer_details(struct eth_request *r, const struct eth_block_ref *ref)
{
    uint64_t block_num;
    bool found;
    return find_mined(r, &block_num, &found, ref) && (!found || add_details(r, block_num));
}

bool handle_ots_get_block_details(struct eth_request *r)
{
    return answer_details(r, &r->args[0].block);
}

bool handle_ots_get_block_details_by_hash(struct eth_request *r)
{
    const struct eth_block_ref ref = { .kind = ETH_BLOCK_HASH, .hash = r->args[0].hash };
    return answer_details(r, &ref);
}

/* ---- a block's transactions, by pages ---- */

static struct eth_place place_of(const struct ots_block *block)
{
    return (struct eth_place){
        .block_num = block->header.number,
        .block_hash = block->hash,
        .timestamp = block->header.timestamp,
    };
}

static void add_page_txs(struct eth_request *r, const struct ots_block *block, size_t from,
                         size_t to)
{
    struct eth_place place = place_of(block);
    json_key(&r->w, "transactions");
    json_open_array(&r->w);
    for (size_t i = from; i < to; i++) {
        struct tx tx = block->txs[i].tx;
        if (tx.data.len > SELECTOR_BYTES)
            tx.data.len = SELECTOR_BYTES;
        place.index = i;
        eth_add_tx(&r->w, &tx, &place, &block->txs[i].gas_price);
    }
    json_close_array(&r->w);
}

static void add_page_receipts(struct eth_request *r, const struct ots_block *block, size_t from,
                              size_t to)
{
    struct json_writer *w = &r->w;
    struct eth_place place = place_of(block);
    json_key(w, "receipts");
    json_open_array(w);
    for (size_t i = from; i < to; i++) {
        place.index = i;
        json_open_object(w);
        eth_add_receipt_outline(w, &block->txs[i], &place);
        json_key(w, "logs");
        json_add_null(w);
        json_key(w, "logsBloom");
        json_add_null(w);
        json_close_object(w);
    }
    json_close_array(w);
}

bool ots_check_page_size(struct eth_request *r, size_t index)
{
    const uint64_t size = r->args[index].count;
    if (size == 0)
        return eth_fail_arg(r, index, "a page of no transactions");
    if (size > OTS_PAGE_MAX)
        return eth_fail_arg(r, index, "more than 1000 transactions a page");
    return true;
}

/* Pages count from the block's end: page 0 has its last transactions, in the block's order. */
bool handle_ots_get_block_txs(struct eth_request *r)
{
    const uint64_t page = r->args[1].count;
    const uint64_t size = r->args[2].count;
    struct ots_block block;
    uint64_t block_num;
    bool found;
    if (!ots_check_page_size(r, 2) || !find_mined(r, &block_num, &found, &r->args[0].block))
        return false;
    if (!found)
        return true;
    if (!load(r, &block, block_num))
        return false;
    const size_t to = page > block.count / size ? 0 : block.count - (size_t)(page * size);
    const size_t from = to > size ? to - (size_t)size : 0;
    json_open_object(&r->w);
    json_key(&r->w, "fullblock");
    json_open_object(&r->w);
    if (!add_outline(r, &block))
        return false;
    add_page_txs(r, &block, from, to);
    json_close_object(&r->w);
    add_page_receipts(r, &block, from, to);
    json_close_object(&r->w);
    return true;
}
