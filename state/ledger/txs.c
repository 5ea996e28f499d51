/* Transactions with what execution said of them, read back. */
#include "state/crypto/keccak.h"
#include "state/ledger/ledger_internal.h"

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
        MM_TRY(ledger_must_be_there(pack_item(packed, &items->all[i], items->first + i)));
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
    MM_TRY(ledger_must_be_there(
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
