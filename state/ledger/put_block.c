/* A block as it is stored: what the synced write has of it. */
#include "state/base/endian.h"
#include "state/ledger/ledger_internal.h"

void ledger_put_number(struct kv_batch *batch, const char *name, uint64_t value)
{
    uint8_t bytes[8];
    mm_put_be64(bytes, value);
    const struct ledger_key key = key_meta(name);
    kv_batch_put(batch, LEDGER_META, key_bytes(&key), MM_BYTES_OF(bytes));
}

void ledger_put_block_part(struct kv_batch *batch, uint64_t block_num, enum block_part part,
                           mm_bytes value)
{
    const struct ledger_key key = key_block_part(block_num, part);
    kv_batch_put(batch, LEDGER_BLOCK, key_bytes(&key), value);
}

/* Transactions in packs, so that one can be read without the others. */
static mm_err put_body(struct kv_batch *batch, struct mm_buf *data, struct mm_buf *packed,
                       const struct ledger_block *block)
{
    size_t ends[PACK_ITEMS];
    for (size_t from = 0; from < block->tx_count; from += PACK_ITEMS) {
        size_t count = 0;
        mm_buf_reset(data);
        mm_buf_reset(packed);
        for (; count < PACK_ITEMS && from + count < block->tx_count; count++) {
            mm_buf_add(data, block->txs[from + count].raw);
            ends[count] = mm_buf_bytes(data).len;
        }
        pack_encode(packed, mm_buf_bytes(data), ends, count);
        MM_TRY(mm_buf_err(data));
        MM_TRY(mm_buf_err(packed));
        const struct ledger_key key =
            key_body(block->header->number, (uint32_t)(from / PACK_ITEMS));
        kv_batch_put(batch, LEDGER_BLOCK, key_bytes(&key), mm_buf_bytes(packed));
    }
    return MM_OK;
}

mm_err ledger_put_block(struct kv_batch *batch, const struct ledger_block *block)
{
    struct mm_buf data;
    struct mm_buf packed;
    mm_buf_init(&data, 2 * MM_BLOCK_BYTES_MAX);
    mm_buf_init(&packed, 2 * MM_BLOCK_BYTES_MAX);
    header_encode(&data, block->header);
    ledger_put_block_part(batch, block->header->number, BLOCK_HEADER, mm_buf_bytes(&data));
    mm_err err = mm_buf_err(&data);
    if (block->certificate != NULL && err == MM_OK) {
        mm_buf_reset(&data);
        certificate_encode(&data, block->certificate);
        ledger_put_block_part(batch, block->header->number, BLOCK_CERTIFICATE, mm_buf_bytes(&data));
        err = mm_buf_err(&data);
    }
    if (block->edits.len > 0)
        ledger_put_block_part(batch, block->header->number, BLOCK_EDITS, block->edits);
    if (err == MM_OK)
        err = put_body(batch, &data, &packed, block);
    mm_buf_fini(&data);
    mm_buf_fini(&packed);
    return err;
}
