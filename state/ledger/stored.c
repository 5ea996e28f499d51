/* Blocks as they are stored, for re-execution: whatever is visible of them. */
#include "state/ledger/ledger_internal.h"

static mm_err stored_txs(struct ledger *ledger, struct mm_arena *arena, struct mm_buf *scratch,
                         struct block *block)
{
    struct tx *txs = NULL;
    size_t count = 0;
    size_t capacity = 0;
    for (uint32_t number = 0;; number++) {
        const struct ledger_key key = key_body(block->header.number, number);
        mm_bytes packed;
        size_t in_chunk = 0;
        const mm_err err = era_read(NULL, ledger->kv, scratch, &key);
        if (err == MM_ERR_NOT_FOUND)
            break;
        MM_TRY(err);
        MM_TRY(mm_arena_copy(arena, &packed, mm_buf_bytes(scratch)));
        MM_TRY(pack_count(packed, &in_chunk));
        if (count + in_chunk > capacity) {
            /* Doubled: what the transactions borrow lies between, so that each growth is a copy that stays in the arena. */
            const size_t larger = capacity == 0 ? PACK_ITEMS : 2 * capacity;
            txs = mm_arena_grow(arena, txs, count * sizeof *txs, larger * sizeof *txs);
            if (txs == NULL)
                return MM_ERR_NO_MEMORY;
            capacity = larger;
        }
        for (size_t i = 0; i < in_chunk; i++) {
            mm_bytes raw;
            MM_TRY(ledger_must_be_there(pack_item(packed, &raw, i)));
            MM_TRY(ledger_tx_err(tx_decode(arena, &txs[count + i], raw, NULL)));
        }
        count += in_chunk;
        if (in_chunk < PACK_ITEMS)
            break;
    }
    block->txs = txs;
    block->tx_count = count;
    return MM_OK;
}

mm_err ledger_stored_block(struct ledger *ledger, struct mm_arena *arena, struct block *block,
                           struct certificate *certificate, mm_bytes *edits, uint64_t block_num)
{
    *block = (struct block){ 0 };
    *certificate = (struct certificate){ 0 };
    *edits = (mm_bytes){ NULL, 0 };
    if (block_num > ledger->stored)
        return MM_ERR_NOT_FOUND;
    struct mm_buf scratch;
    mm_buf_init(&scratch, 64 << 20);
    mm_err err = block_read_header(ledger, NULL, &scratch, &block->header, block_num);
    if (err == MM_OK && ledger_is_pruned(ledger, &block->header))
        err = MM_ERR_PRUNED;
    if (err == MM_OK) {
        block->hash = header_hash(&block->header);
        err = stored_txs(ledger, arena, &scratch, block);
    }
    if (err == MM_OK && block_num > 0)
        err = block_read_certificate(ledger, NULL, &scratch, certificate, block_num);
    if (err == MM_OK)
        err = block_read_edits(ledger, NULL, arena, edits, block_num);
    mm_buf_fini(&scratch);
    return err;
}
