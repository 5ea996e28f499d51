/* Reading blocks, transactions and receipts back. */
#include "state/base/assert.h"
#include "state/base/heap.h"
#include "state/ledger/ledger_internal.h"

/* Of a view's chain. */
static mm_err read_part(const struct ledger_view *view, struct mm_buf *value,
                        const struct ledger_key *key)
{
    return era_read(view->era, view->ledger->kv, value, key);
}

/* What a block up to the head must have: its absence is damage. */
static mm_err must_be_there(mm_err err)
{
    return err == MM_ERR_NOT_FOUND ? MM_ERR_CORRUPT : err;
}

mm_err block_read_header(struct ledger *ledger, struct era *era, struct mm_buf *scratch,
                         struct header *header, uint64_t block_num)
{
    const struct ledger_key key = key_block_part(block_num, BLOCK_HEADER);
    MM_TRY(must_be_there(era_read(era, ledger->kv, scratch, &key)));
    struct rlp r = rlp_over(mm_buf_bytes(scratch));
    header_read(&r, header);
    return rlp_finish(&r) == RLP_OK && header->number == block_num ? MM_OK : MM_ERR_CORRUPT;
}

mm_err ledger_header(struct ledger_view *view, struct header *header, mm_hash32 *hash,
                     uint64_t block_num)
{
    if (block_num > view->head)
        return MM_ERR_NOT_FOUND;
    if (block_num == view->head) {
        *header = view->header;
        *hash = view->head_hash;
        return MM_OK;
    }
    struct mm_buf scratch;
    mm_buf_init(&scratch, MM_BLOCK_BYTES_MAX);
    const mm_err err = block_read_header(view->ledger, view->era, &scratch, header, block_num);
    if (err == MM_OK)
        *hash = header_hash(header);
    mm_buf_fini(&scratch);
    return err;
}

/* ---- lookups ---- */

static mm_err find_place(struct ledger_view *view, uint64_t *block_num, size_t *index,
                         const struct ledger_key *key)
{
    struct ledger_state state;
    mm_bytes value;
    ledger_state_init(&state, view, view->head);
    mm_err err = view_read(&state, LEDGER_LOOKUP, key_bytes(key), &value);
    if (err == MM_OK)
        err = record_place_decode(block_num, index, value);
    ledger_state_fini(&state);
    return err;
}

mm_err ledger_find_block(struct ledger_view *view, uint64_t *block_num, const mm_hash32 *hash)
{
    const struct ledger_key key = key_block_hash(hash);
    size_t index;
    *block_num = 0;
    return find_place(view, block_num, &index, &key);
}

mm_err ledger_find_tx(struct ledger_view *view, uint64_t *block_num, size_t *index,
                      const mm_hash32 *hash)
{
    const struct ledger_key key = key_tx_hash(hash);
    *block_num = 0;
    *index = 0;
    return find_place(view, block_num, index, &key);
}

mm_err ledger_certificate(struct ledger_view *view, struct certificate *certificate,
                          uint64_t block_num)
{
    *certificate = (struct certificate){ 0 };
    if (block_num == 0 || block_num > view->head)
        return MM_ERR_NOT_FOUND;
    struct mm_buf value;
    mm_buf_init(&value, MM_BLOCK_BYTES_MAX);
    const struct ledger_key key = key_block_part(block_num, BLOCK_CERTIFICATE);
    mm_err err = must_be_there(read_part(view, &value, &key));
    if (err == MM_OK) {
        struct rlp r = rlp_over(mm_buf_bytes(&value));
        certificate_read(&r, certificate);
        err = rlp_finish(&r) == RLP_OK ? MM_OK : MM_ERR_CORRUPT;
    }
    mm_buf_fini(&value);
    return err;
}

static mm_err read_edits(struct ledger *ledger, struct era *era, struct mm_arena *arena,
                         mm_bytes *edits, uint64_t block_num)
{
    struct mm_buf value;
    mm_buf_init(&value, 64 << 20);
    const struct ledger_key key = key_block_part(block_num, BLOCK_EDITS);
    mm_err err = era_read(era, ledger->kv, &value, &key);
    *edits = (mm_bytes){ NULL, 0 };
    if (err == MM_OK)
        err = mm_arena_copy(arena, edits, mm_buf_bytes(&value));
    else if (err == MM_ERR_NOT_FOUND)
        err = MM_OK;
    mm_buf_fini(&value);
    return err;
}

mm_err ledger_edits(struct ledger_view *view, struct mm_arena *arena, mm_bytes *edits,
                    uint64_t block_num)
{
    return read_edits(view->ledger, view->era, arena, edits, block_num);
}

mm_err ledger_waiting_edits(struct ledger *ledger, struct mm_arena *arena, mm_bytes *edits)
{
    return read_edits(ledger, NULL, arena, edits, ledger->stored + 1);
}

/* ---- transactions ---- */

/* Chunk by chunk: the packs of bodies and of receipts side by side. */
struct chunk {
    mm_bytes body;
    mm_bytes receipts;
    size_t count;
};

static mm_err read_chunk(struct ledger_state *state, struct mm_arena *arena, struct chunk *chunk,
                         uint64_t block_num, uint32_t number)
{
    const struct ledger_key body = key_body(block_num, number);
    const struct ledger_key receipts = key_receipts(block_num, number);
    mm_bytes value;
    *chunk = (struct chunk){ 0 };
    MM_TRY(read_part(state->view, &state->scratch, &body));
    MM_TRY(mm_arena_copy(arena, &chunk->body, mm_buf_bytes(&state->scratch)));
    MM_TRY(must_be_there(view_read(state, LEDGER_RECEIPT, key_bytes(&receipts), &value)));
    MM_TRY(mm_arena_copy(arena, &chunk->receipts, value));
    return pack_count(chunk->body, &chunk->count);
}

static mm_err open_tx(struct mm_arena *arena, struct ledger_tx *tx, const struct chunk *chunk,
                      size_t place)
{
    mm_bytes raw;
    mm_bytes result;
    MM_TRY(must_be_there(pack_item(chunk->body, &raw, place)));
    MM_TRY(must_be_there(pack_item(chunk->receipts, &result, place)));
    MM_TRY(ledger_tx_err(tx_decode(arena, &tx->tx, raw, NULL)));
    MM_TRY(record_result_decode(arena, tx, result));
    tx->tx.is_impersonated = tx_is_signed_as(&tx->tx, &tx->tx.sender);
    return MM_OK;
}

/* MM_ERR_PRUNED: it is not here. */
static mm_err must_have_body(struct ledger_view *view, uint64_t block_num)
{
    struct header header;
    mm_hash32 hash;
    if (block_num > view->ledger->begins)
        return MM_OK;
    MM_TRY(ledger_header(view, &header, &hash, block_num));
    return ledger_is_pruned(view->ledger, &header) ? MM_ERR_PRUNED : MM_OK;
}

mm_err ledger_tx_count(struct ledger_view *view, size_t *count, uint64_t block_num)
{
    *count = 0;
    if (block_num > view->head)
        return MM_ERR_NOT_FOUND;
    MM_TRY(must_have_body(view, block_num));
    struct mm_buf value;
    mm_buf_init(&value, 2 * MM_BLOCK_BYTES_MAX);
    mm_err err = MM_OK;
    /* Only the last chunk is short. */
    for (uint32_t number = 0;; number++) {
        const struct ledger_key key = key_body(block_num, number);
        size_t in_chunk = 0;
        err = read_part(view, &value, &key);
        if (err == MM_OK)
            err = pack_count(mm_buf_bytes(&value), &in_chunk);
        if (err != MM_OK)
            break;
        *count += in_chunk;
        if (in_chunk < PACK_ITEMS)
            break;
    }
    mm_buf_fini(&value);
    return err == MM_ERR_NOT_FOUND ? MM_OK : err;
}

mm_err ledger_txs(struct ledger_view *view, struct mm_arena *arena, const struct ledger_tx **txs,
                  uint64_t block_num, size_t index, size_t count)
{
    *txs = NULL;
    if (block_num > view->head)
        return MM_ERR_NOT_FOUND;
    MM_TRY(must_have_body(view, block_num));
    struct ledger_tx *made = MM_ARENA_ARRAY(arena, struct ledger_tx, count);
    if (made == NULL)
        return MM_ERR_NO_MEMORY;
    struct ledger_state state;
    ledger_state_init(&state, view, view->head);
    mm_err err = MM_OK;
    struct chunk chunk = { 0 };
    for (size_t i = 0; i < count && err == MM_OK; i++) {
        const size_t place = (index + i) % PACK_ITEMS;
        if (i == 0 || place == 0)
            err =
                read_chunk(&state, arena, &chunk, block_num, (uint32_t)((index + i) / PACK_ITEMS));
        if (err == MM_OK)
            err = place < chunk.count ? open_tx(arena, &made[i], &chunk, place) : MM_ERR_NOT_FOUND;
    }
    ledger_state_fini(&state);
    MM_TRY(err);
    *txs = made;
    return MM_OK;
}

/* ---- for re-execution ---- */

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
            MM_TRY(must_be_there(pack_item(packed, &raw, i)));
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
    if (err == MM_OK && block_num > 0) {
        const struct ledger_key key = key_block_part(block_num, BLOCK_CERTIFICATE);
        err = must_be_there(era_read(NULL, ledger->kv, &scratch, &key));
        if (err == MM_OK) {
            struct rlp r = rlp_over(mm_buf_bytes(&scratch));
            certificate_read(&r, certificate);
            err = rlp_finish(&r) == RLP_OK ? MM_OK : MM_ERR_CORRUPT;
        }
    }
    if (err == MM_OK)
        err = read_edits(ledger, NULL, arena, edits, block_num);
    mm_buf_fini(&scratch);
    return err;
}
