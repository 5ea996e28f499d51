/* Reading blocks, transactions and receipts back. */
#include "state/base/assert.h"
#include "state/base/endian.h"
#include "state/crypto/keccak.h"
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

/* ---- hash and time ---- */

struct stamp {
    mm_hash32 hash;
    uint64_t timestamp;
};

enum { STAMP_BYTES = 32 + 8 };

static void stamp_encode(uint8_t out[STAMP_BYTES], const struct stamp *stamp)
{
    memcpy(out, stamp->hash.b, 32);
    mm_put_be64(out + 32, stamp->timestamp);
}

/* Within an era a block does not change, so what is remembered of it under the era's number stays true. */
mm_err ledger_stamp(struct ledger_view *view, mm_hash32 *hash, uint64_t *timestamp,
                    uint64_t block_num)
{
    struct stamp stamp = { view->head_hash, view->header.timestamp };
    if (block_num > view->head)
        return MM_ERR_NOT_FOUND;
    if (block_num < view->head) {
        const struct pin *pin = view->pin;
        const struct ledger_key key = key_stamp(view->era->number, block_num);
        const uint64_t place = tail_hash(LEDGER_BLOCK, key_bytes(&key));
        struct flat_value known;
        if (flat_cache_find(pin->cache, &known, pin->turn, place, key_bytes(&key))) {
            MM_ASSERT(known.len == STAMP_BYTES);
            memcpy(stamp.hash.b, known.b, 32);
            stamp.timestamp = mm_get_be64(known.b + 32);
        } else {
            struct header header;
            uint8_t encoded[STAMP_BYTES];
            const mm_bytes value = MM_BYTES_OF(encoded);
            MM_TRY(ledger_header(view, &header, &stamp.hash, block_num));
            stamp.timestamp = header.timestamp;
            stamp_encode(encoded, &stamp);
            flat_cache_add(pin->cache, pin->turn, place, key_bytes(&key), &value);
        }
    }
    *hash = stamp.hash;
    *timestamp = stamp.timestamp;
    return MM_OK;
}

/* ---- lookups ---- */

struct place {
    uint64_t block_num;
    size_t index;
};

static mm_err see_place(void *ctx, mm_bytes value)
{
    struct place *place = ctx;
    return record_place_decode(&place->block_num, &place->index, value);
}

static mm_err find_place(struct ledger_view *view, uint64_t *block_num, size_t *index,
                         const struct ledger_key *key)
{
    struct place place = { 0 };
    MM_TRY(view_look(view, LEDGER_LOOKUP, key_bytes(key), see_place, &place));
    *block_num = place.block_num;
    *index = place.index;
    return MM_OK;
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

/* Some items of a pack, copied out of it in one piece. */
struct items {
    struct mm_arena *arena;
    size_t first;
    size_t count_max;
    size_t count; /* of them that are there */
    mm_bytes all[PACK_ITEMS];
};

static mm_err see_items(void *ctx, mm_bytes packed)
{
    struct items *items = ctx;
    size_t in_pack = 0;
    mm_bytes copy;
    items->count = 0;
    MM_TRY(pack_count(packed, &in_pack));
    for (size_t i = 0; i < items->count_max && items->first + i < in_pack; i++) {
        MM_TRY(must_be_there(pack_item(packed, &items->all[i], items->first + i)));
        items->count++;
    }
    if (items->count == 0)
        return MM_OK;
    const uint8_t *begin = items->all[0].ptr; /* items follow one another without a gap */
    const mm_bytes last = items->all[items->count - 1];
    MM_TRY(mm_arena_copy(items->arena, &copy,
                         mm_bytes_from(begin, (size_t)(last.ptr + last.len - begin))));
    for (size_t i = 0; i < items->count; i++)
        items->all[i].ptr = copy.ptr + (items->all[i].ptr - begin);
    return MM_OK;
}

/* From place `first` of a chunk on, at most count_max: bodies and results side by side. Fewer: there are no more. */
struct part {
    struct items bodies;
    struct items results;
};

static mm_err read_chunk(struct ledger_view *view, struct part *part, uint64_t block_num,
                         uint32_t number)
{
    const struct ledger_key body = key_body(block_num, number);
    const struct ledger_key receipts = key_receipts(block_num, number);
    MM_TRY(era_look(view->era, view->ledger->kv, &body, see_items, &part->bodies));
    MM_TRY(must_be_there(
        view_look(view, LEDGER_RECEIPT, key_bytes(&receipts), see_items, &part->results)));
    return part->bodies.count == part->results.count ? MM_OK : MM_ERR_CORRUPT;
}

static mm_err open_tx(struct mm_arena *arena, struct ledger_tx *tx, const struct part *part,
                      size_t place, const mm_hash32 *hash)
{
    MM_TRY(ledger_tx_err(tx_decode_known(arena, &tx->tx, part->bodies.all[place], hash)));
    MM_TRY(record_result_decode(arena, tx, part->results.all[place]));
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

static mm_err see_count(void *ctx, mm_bytes packed)
{
    return pack_count(packed, ctx);
}

mm_err ledger_tx_count(struct ledger_view *view, size_t *count, uint64_t block_num)
{
    *count = 0;
    if (block_num > view->head)
        return MM_ERR_NOT_FOUND;
    MM_TRY(must_have_body(view, block_num));
    /* Only the last chunk is short. */
    for (uint32_t number = 0;; number++) {
        const struct ledger_key key = key_body(block_num, number);
        size_t in_chunk = 0;
        const mm_err err = era_look(view->era, view->ledger->kv, &key, see_count, &in_chunk);
        if (err == MM_ERR_NOT_FOUND)
            return MM_OK;
        MM_TRY(err);
        *count += in_chunk;
        if (in_chunk < PACK_ITEMS)
            return MM_OK;
    }
}

/* hash NULL: they are made. */
static mm_err read_txs(struct ledger_view *view, struct mm_arena *arena, struct ledger_tx *made,
                       uint64_t block_num, size_t index, size_t count, const mm_hash32 *hash)
{
    mm_hash32 hashes[PACK_ITEMS];
    for (size_t done = 0; done < count;) {
        const size_t place = (index + done) % PACK_ITEMS;
        size_t wanted = PACK_ITEMS - place;
        if (wanted > count - done)
            wanted = count - done;
        struct part part; /* not cleared: the items are named by their counts */
        part.bodies.arena = part.results.arena = arena;
        part.bodies.first = part.results.first = place;
        part.bodies.count_max = part.results.count_max = wanted;
        MM_TRY(read_chunk(view, &part, block_num, (uint32_t)((index + done) / PACK_ITEMS)));
        if (part.bodies.count < wanted)
            return MM_ERR_NOT_FOUND;
        if (hash == NULL)
            keccak256_many(hashes, part.bodies.all, wanted);
        for (size_t i = 0; i < wanted; i++)
            MM_TRY(open_tx(arena, &made[done + i], &part, i, hash == NULL ? &hashes[i] : hash));
        done += wanted;
    }
    return MM_OK;
}

static mm_err open_txs(struct ledger_view *view, struct mm_arena *arena,
                       const struct ledger_tx **txs, uint64_t block_num, size_t index, size_t count,
                       const mm_hash32 *hash)
{
    *txs = NULL;
    if (block_num > view->head)
        return MM_ERR_NOT_FOUND;
    MM_TRY(must_have_body(view, block_num));
    struct ledger_tx *made = MM_ARENA_ARRAY(arena, struct ledger_tx, count);
    if (made == NULL)
        return MM_ERR_NO_MEMORY;
    MM_TRY(read_txs(view, arena, made, block_num, index, count, hash));
    *txs = made;
    return MM_OK;
}

mm_err ledger_txs(struct ledger_view *view, struct mm_arena *arena, const struct ledger_tx **txs,
                  uint64_t block_num, size_t index, size_t count)
{
    return open_txs(view, arena, txs, block_num, index, count, NULL);
}

mm_err ledger_named_tx(struct ledger_view *view, struct mm_arena *arena,
                       const struct ledger_tx **tx, uint64_t block_num, size_t index,
                       const mm_hash32 *hash)
{
    return open_txs(view, arena, tx, block_num, index, 1, hash);
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
