#include "p2p/wire/payload_internal.h"

static mm_bytes read_tx(struct rlp *at)
{
    const mm_bytes tx = rlp_read_string(at, MM_TX_BYTES_MAX);
    if (at->verdict == RLP_OK && tx.len == 0)
        rlp_refuse(at, RLP_MISSING);
    return tx;
}

static void check_tx(struct rlp *at)
{
    (void)read_tx(at);
}

void payload_add_tx(struct mm_buf *items, mm_bytes tx)
{
    rlp_add_string(items, tx);
}

bool payload_next_tx(struct rlp *at, mm_bytes *tx)
{
    if (!rlp_more(at))
        return false;
    *tx = read_tx(at);
    return at->verdict == RLP_OK;
}

void payload_txs_encode(struct mm_buf *buf, const struct payload_txs *txs)
{
    payload_add_list(buf, &txs->txs);
}

enum rlp_verdict payload_txs_decode(struct payload_txs *txs, mm_bytes payload)
{
    struct rlp outer = rlp_over(payload);
    txs->txs = payload_read_list(&outer, PAYLOAD_TXS_MAX, check_tx);
    const enum rlp_verdict verdict = rlp_finish(&outer);
    if (verdict != RLP_OK)
        txs->txs = (struct payload_list){ .count = 0 };
    return verdict;
}

/* ---- announcements ---- */

static struct payload_announced read_announced(struct rlp *at)
{
    struct payload_announced announced;
    struct rlp list = rlp_read_list(at);
    const uint64_t type = rlp_read_u64(&list);
    const uint64_t size = rlp_read_u64(&list);
    announced.hash = rlp_read_hash(&list);
    /* EIP-2718: types are up to 0x7f. */
    if (type > 0x7f || size > MM_TX_BYTES_MAX)
        rlp_refuse(&list, RLP_TOO_LARGE);
    if (size == 0)
        rlp_refuse(&list, RLP_MISSING);
    announced.type = (uint8_t)type;
    announced.size = (uint32_t)size;
    (void)rlp_join(at, &list);
    return announced;
}

static void check_announced(struct rlp *at)
{
    (void)read_announced(at);
}

void payload_add_announced(struct mm_buf *items, const struct payload_announced *announced)
{
    const size_t list = rlp_open_list(items);
    rlp_add_u64(items, announced->type);
    rlp_add_u64(items, announced->size);
    rlp_add_hash(items, &announced->hash);
    rlp_close_list(items, list);
}

bool payload_next_announced(struct rlp *at, struct payload_announced *announced)
{
    if (!rlp_more(at))
        return false;
    *announced = read_announced(at);
    return at->verdict == RLP_OK;
}

void payload_tx_hashes_encode(struct mm_buf *buf, const struct payload_tx_hashes *hashes)
{
    payload_add_list(buf, &hashes->announced);
}

enum rlp_verdict payload_tx_hashes_decode(struct payload_tx_hashes *hashes, mm_bytes payload)
{
    struct rlp outer = rlp_over(payload);
    hashes->announced = payload_read_list(&outer, PAYLOAD_ANNOUNCED_MAX, check_announced);
    const enum rlp_verdict verdict = rlp_finish(&outer);
    if (verdict != RLP_OK)
        hashes->announced = (struct payload_list){ .count = 0 };
    return verdict;
}

void payload_get_txs_encode(struct mm_buf *buf, const struct payload_get_txs *get)
{
    payload_add_list(buf, &get->hashes);
}

enum rlp_verdict payload_get_txs_decode(struct payload_get_txs *get, mm_bytes payload)
{
    struct rlp outer = rlp_over(payload);
    get->hashes = payload_read_list(&outer, PAYLOAD_HASHES_MAX, payload_check_hash);
    const enum rlp_verdict verdict = rlp_finish(&outer);
    if (verdict != RLP_OK)
        get->hashes = (struct payload_list){ .count = 0 };
    return verdict;
}
