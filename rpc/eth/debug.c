/* debug_getRaw…: what the hashes are hashes of. */
#include "rpc/eth/handlers.h"

enum { RAW_BYTES_MAX = 64 << 20 };

/* The block must be there. Pending is not: it has no encoding yet. */
static bool find_mined(struct eth_request *r, uint64_t *block_num)
{
    uint64_t state_num;
    if (r->args[0].block.kind == ETH_BLOCK_PENDING)
        return eth_fail(r, ETH_SERVER_ERROR, "the pending block has no encoding");
    return eth_find_state(r, block_num, &state_num, &r->args[0].block);
}

static bool answer_buf(struct eth_request *r, struct mm_buf *taken_buf)
{
    const mm_err err = mm_buf_err(taken_buf);
    if (err == MM_OK)
        json_add_data(&r->w, mm_buf_bytes(taken_buf));
    mm_buf_fini(taken_buf);
    return err == MM_OK || eth_fail_world(r, err);
}

bool handle_debug_raw_header(struct eth_request *r)
{
    uint64_t block_num;
    struct header header;
    mm_hash32 hash;
    if (!find_mined(r, &block_num))
        return false;
    ETH_TRY(r, ledger_header(r->view, &header, &hash, block_num));
    struct mm_buf buf;
    mm_buf_init(&buf, RAW_BYTES_MAX);
    header_encode(&buf, &header);
    return answer_buf(r, &buf);
}

static bool load_txs(struct eth_request *r, const struct ledger_tx **txs, size_t *count,
                     uint64_t block_num)
{
    ETH_TRY(r, ledger_tx_count(r->view, count, block_num));
    ETH_TRY(r, ledger_txs(r->view, r->arena, txs, block_num, 0, *count));
    return true;
}

bool handle_debug_raw_block(struct eth_request *r)
{
    uint64_t block_num;
    struct header header;
    mm_hash32 hash;
    const struct ledger_tx *mined;
    size_t count;
    if (!find_mined(r, &block_num) || !load_txs(r, &mined, &count, block_num))
        return false;
    ETH_TRY(r, ledger_header(r->view, &header, &hash, block_num));
    struct tx *txs = MM_ARENA_ARRAY(r->arena, struct tx, count);
    if (txs == NULL)
        return eth_fail_world(r, MM_ERR_NO_MEMORY);
    for (size_t i = 0; i < count; i++)
        txs[i] = mined[i].tx;
    struct mm_buf buf;
    mm_buf_init(&buf, RAW_BYTES_MAX);
    block_encode(&buf, &header, txs, count);
    return answer_buf(r, &buf);
}

bool handle_debug_raw_receipts(struct eth_request *r)
{
    uint64_t block_num;
    const struct ledger_tx *txs;
    size_t count;
    if (!find_mined(r, &block_num) || !load_txs(r, &txs, &count, block_num))
        return false;
    struct mm_buf buf;
    mm_buf_init(&buf, RAW_BYTES_MAX);
    json_open_array(&r->w);
    for (size_t i = 0; i < count; i++) {
        struct receipt receipt = {
            .type = txs[i].tx.type,
            .ok = txs[i].ok,
            .cumulative_gas = txs[i].cumulative_gas,
            .logs = txs[i].logs,
            .log_count = txs[i].log_count,
        };
        bloom_memo_of(r->blooms, &receipt.bloom, receipt.logs, receipt.log_count);
        mm_buf_reset(&buf);
        receipt_encode(&buf, &receipt);
        json_add_data(&r->w, mm_buf_bytes(&buf));
    }
    json_close_array(&r->w);
    const mm_err err = mm_buf_err(&buf);
    mm_buf_fini(&buf);
    return err == MM_OK || eth_fail_world(r, err);
}
