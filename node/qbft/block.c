#include "node/qbft/message.h"
#include "state/base/assert.h"
#include "state/base/heap.h"
#include "state/chain/header.h"
#include "state/crypto/keccak.h"

/* Of a block that is whole as far as the header; what else is in the list is for who executes it. */
static enum rlp_verdict read_header(mm_bytes encoded, struct header *header, mm_hash32 *hash)
{
    struct rlp outer = rlp_over(encoded);
    struct rlp fields = rlp_read_list(&outer);
    struct rlp again = fields;
    const mm_bytes raw = rlp_read_raw(&again);
    header_read(&fields, header);
    if (fields.verdict != RLP_OK)
        return fields.verdict;
    *hash = keccak256(raw); /* the same as header_hash: the encoding is canonical */
    return rlp_finish(&outer);
}

bool qbft_block_new(struct qbft_block **out, mm_bytes encoded, enum rlp_verdict *verdict)
{
    struct header header;
    mm_hash32 hash;
    *out = NULL;
    *verdict =
        encoded.len > MM_BLOCK_BYTES_MAX ? RLP_TOO_LARGE : read_header(encoded, &header, &hash);
    if (*verdict != RLP_OK)
        return false;
    struct qbft_block *block = mm_heap_alloc(sizeof *block + encoded.len);
    if (block == NULL)
        return false;
    atomic_init(&block->users, 1);
    block->hash = hash;
    block->height = header.number;
    block->timestamp = header.timestamp;
    block->builder = header.coinbase;
    block->len = encoded.len;
    memcpy(block->bytes, encoded.ptr, encoded.len);
    *out = block;
    return true;
}

struct qbft_block *qbft_block_ref(struct qbft_block *block)
{
    if (block != NULL)
        atomic_fetch_add_explicit(&block->users, 1, memory_order_relaxed);
    return block;
}

void qbft_block_unref(struct qbft_block *block)
{
    if (block != NULL && atomic_fetch_sub_explicit(&block->users, 1, memory_order_acq_rel) == 1)
        mm_heap_free(block);
}
