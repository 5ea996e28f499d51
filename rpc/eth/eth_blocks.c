/* Blocks, and counts of what is in them. */
#include "rpc/eth/handlers.h"
#include "state/crypto/keccak.h"

bool handle_eth_block_number(struct eth_request *r)
{
    json_add_quantity(&r->w, ledger_head(r->view));
    return true;
}

/* Writes one thing about a block that is there, or pending. */
typedef bool (*add_fn)(struct eth_request *r, const struct eth_block_ref *ref, uint64_t block_num);

/* That of the block, or null where there is no such block. */
static bool answer(struct eth_request *r, const struct eth_block_ref *ref, add_fn add)
{
    uint64_t block_num;
    bool found;
    if (!eth_find_block(r, &block_num, &found, ref))
        return false;
    if (found)
        return add(r, ref, block_num);
    json_add_null(&r->w);
    return true;
}

static bool answer_by_block(struct eth_request *r, add_fn add)
{
    return answer(r, &r->args[0].block, add);
}

static bool answer_by_hash(struct eth_request *r, add_fn add)
{
    const struct eth_block_ref ref = { .kind = ETH_BLOCK_HASH, .hash = r->args[0].hash };
    return answer(r, &ref, add);
}

/* A block with its transactions: a mined one, or the next one as far as it is known. */
struct shown {
    struct header header;
    mm_hash32 hash;
    bool is_pending;
    const struct ledger_tx *mined;
    const struct tx *txs; /* of both */
    size_t count;
};

static bool load_mined(struct eth_request *r, struct shown *block, uint64_t block_num)
{
    ETH_TRY(r, ledger_header(r->view, &block->header, &block->hash, block_num));
    ETH_TRY(r, ledger_tx_count(r->view, &block->count, block_num));
    ETH_TRY(r, ledger_txs(r->view, r->arena, &block->mined, block_num, 0, block->count));
    struct tx *txs = MM_ARENA_ARRAY(r->arena, struct tx, block->count);
    if (txs == NULL)
        return eth_fail_world(r, MM_ERR_NO_MEMORY);
    for (size_t i = 0; i < block->count; i++)
        txs[i] = block->mined[i].tx;
    block->txs = txs;
    return true;
}

bool eth_pending_txs(struct eth_request *r, const struct tx **txs, size_t *count)
{
    struct eth_pooled pool;
    if (!eth_load_pooled(r, &pool))
        return false;
    struct tx *ready = MM_ARENA_ARRAY(r->arena, struct tx, pool.count);
    if (ready == NULL)
        return eth_fail_world(r, MM_ERR_NO_MEMORY);
    *count = 0;
    for (size_t i = 0; i < pool.count; i++) {
        if (!pool.txs[i].is_queued)
            ready[(*count)++] = *pool.txs[i].tx;
    }
    *txs = ready;
    return true;
}

/* The pool's ready transactions on top of the head. What only execution says (roots, bloom, gas used) is what an empty block
 * would have; hash and nonce are null, as go-ethereum has them. */
static bool load_pending(struct eth_request *r, struct shown *block)
{
    const struct eth_block_ref pending = { .kind = ETH_BLOCK_PENDING };
    struct exec_block env;
    if (!eth_pending_txs(r, &block->txs, &block->count))
        return false;
    const struct header *head = ledger_head_header(r->view); /* which that renewed */
    if (!eth_block_env(r, &env, &pending, head->number + 1))
        return false;
    block->is_pending = true;
    block->header = *head;
    block->header.number = env.number;
    block->header.parent_hash = *ledger_head_hash(r->view);
    block->header.timestamp = env.timestamp;
    block->header.base_fee = env.base_fee;
    block->header.prev_randao = env.prev_randao;
    block->header.coinbase = env.coinbase;
    block->header.tx_root = KECCAK_EMPTY_TRIE;
    block->header.receipts_root = KECCAK_EMPTY_TRIE;
    block->header.gas_used = 0;
    memset(&block->header.bloom, 0, sizeof block->header.bloom);
    return true;
}

static void add_transactions(struct json_writer *w, const struct shown *block, bool is_hydrated)
{
    struct eth_place place = { .block_num = block->header.number,
                               .block_hash = block->hash,
                               .timestamp = block->header.timestamp };
    json_key(w, "transactions");
    json_open_array(w);
    for (size_t i = 0; i < block->count; i++) {
        place.index = i;
        if (!is_hydrated)
            json_add_data(w, mm_bytes_hash(&block->txs[i].hash));
        else if (block->is_pending)
            eth_add_tx(w, &block->txs[i], NULL, &block->txs[i].max_fee);
        else
            eth_add_tx(w, &block->txs[i], &place, &block->mined[i].gas_price);
    }
    json_close_array(w);
}

static bool add_block(struct eth_request *r, const struct eth_block_ref *ref, uint64_t block_num)
{
    const bool is_hydrated = r->args[1].is_given && r->args[1].flag;
    struct shown block = { .is_pending = false };
    if (ref->kind == ETH_BLOCK_PENDING ? !load_pending(r, &block)
                                       : !load_mined(r, &block, block_num))
        return false;
    struct json_writer *w = &r->w;
    json_open_object(w);
    eth_add_header(w, &block.header, block.is_pending ? NULL : &block.hash);
    eth_add_quantity_member(w, "size", block_encoded_len(&block.header, block.txs, block.count));
    add_transactions(w, &block, is_hydrated);
    json_key(w, "uncles");
    json_open_array(w);
    json_close_array(w);
    json_key(w, "withdrawals");
    json_open_array(w);
    json_close_array(w);
    json_close_object(w);
    return true;
}

bool handle_eth_get_block_by_number(struct eth_request *r)
{
    return answer_by_block(r, add_block);
}

bool handle_eth_get_block_by_hash(struct eth_request *r)
{
    return answer_by_hash(r, add_block);
}

static bool add_header(struct eth_request *r, const struct eth_block_ref *ref, uint64_t block_num)
{
    struct shown block = { .is_pending = false };
    if (ref->kind == ETH_BLOCK_PENDING) {
        if (!load_pending(r, &block))
            return false;
    } else {
        ETH_TRY(r, ledger_header(r->view, &block.header, &block.hash, block_num));
    }
    json_open_object(&r->w);
    eth_add_header(&r->w, &block.header, block.is_pending ? NULL : &block.hash);
    json_close_object(&r->w);
    return true;
}

bool handle_eth_get_header_by_number(struct eth_request *r)
{
    return answer_by_block(r, add_header);
}

bool handle_eth_get_header_by_hash(struct eth_request *r)
{
    return answer_by_hash(r, add_header);
}

/* ---- counts ---- */

static bool add_tx_count(struct eth_request *r, const struct eth_block_ref *ref, uint64_t block_num)
{
    struct shown block = { .is_pending = false };
    if (ref->kind == ETH_BLOCK_PENDING) {
        if (!load_pending(r, &block))
            return false;
    } else {
        ETH_TRY(r, ledger_tx_count(r->view, &block.count, block_num));
    }
    json_add_quantity(&r->w, block.count);
    return true;
}

bool handle_eth_tx_count_by_number(struct eth_request *r)
{
    return answer_by_block(r, add_tx_count);
}

bool handle_eth_tx_count_by_hash(struct eth_request *r)
{
    return answer_by_hash(r, add_tx_count);
}

/* Since the merge no block has uncles. */
static bool add_uncle_count(struct eth_request *r, const struct eth_block_ref *ref,
                            uint64_t block_num)
{
    (void)ref;
    (void)block_num;
    json_add_quantity(&r->w, 0);
    return true;
}

bool handle_eth_uncle_count_by_number(struct eth_request *r)
{
    return answer_by_block(r, add_uncle_count);
}

bool handle_eth_uncle_count_by_hash(struct eth_request *r)
{
    return answer_by_hash(r, add_uncle_count);
}

bool handle_eth_uncle_by_number(struct eth_request *r)
{
    json_add_null(&r->w);
    return true;
}

bool handle_eth_uncle_by_hash(struct eth_request *r)
{
    json_add_null(&r->w);
    return true;
}

/* ---- receipts ---- */

static bool add_receipts(struct eth_request *r, const struct eth_block_ref *ref, uint64_t block_num)
{
    struct header header;
    struct eth_place place = { .block_num = block_num };
    const struct ledger_tx *txs;
    size_t count;
    if (ref->kind == ETH_BLOCK_PENDING) { /* nothing has been executed */
        json_add_null(&r->w);
        return true;
    }
    ETH_TRY(r, ledger_header(r->view, &header, &place.block_hash, block_num));
    ETH_TRY(r, ledger_tx_count(r->view, &count, block_num));
    ETH_TRY(r, ledger_txs(r->view, r->arena, &txs, block_num, 0, count));
    place.timestamp = header.timestamp;
    json_open_array(&r->w);
    for (size_t i = 0; i < count; i++) {
        place.index = i;
        eth_add_receipt(r, &txs[i], &place);
    }
    json_close_array(&r->w);
    return true;
}

bool handle_eth_get_block_receipts(struct eth_request *r)
{
    return answer_by_block(r, add_receipts);
}
