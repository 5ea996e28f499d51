#include "state/chain/block.h"

#include "state/base/assert.h"
#include "state/base/limits.h"
#include "state/chain/chain_internal.h"
#include "state/crypto/keccak.h"

enum {
    TX_ITEM_BYTES_MIN = 1 + 9, /* a legacy list of nine items of a byte; typed ones are longer */
    HASHED_TOGETHER = 64,      /* transactions whose hashes are made in one call */
    LIST_FIRST_BYTE = 0xc0,    /* the lowest byte that begins an RLP list */
};

static const uint8_t EMPTY_LIST_ITEM[1] = { 0xc0 };

struct reader {
    struct mm_arena *arena;
    struct block_problem *problem;
};

/* One item of the list: a legacy transaction as it stands, the envelope inside a string for a typed one. Within a string, a list
 * would be a second way to write a legacy transaction. */
static enum tx_verdict read_tx(struct reader *reader, struct rlp *list, struct tx *tx)
{
    const bool is_legacy = rlp_next_is_list(list);
    const mm_bytes envelope = is_legacy ? rlp_read_raw(list) : rlp_read_string(list, SIZE_MAX);
    if (list->verdict != RLP_OK)
        return TX_OK; /* the list's error says it */
    if (!is_legacy && envelope.len > 0 && envelope.ptr[0] >= LIST_FIRST_BYTE)
        return TX_TYPE_UNKNOWN;
    enum rlp_verdict why;
    const enum tx_verdict verdict = chain_tx_read(reader->arena, tx, envelope, &why);
    if (verdict == TX_OK)
        tx->raw = envelope;
    return verdict;
}

static void read_txs(struct reader *reader, struct rlp *r, struct tx **txs, size_t *count)
{
    *txs = NULL;
    *count = 0;
    struct rlp list = rlp_read_list(r);
    if (!rlp_more(&list)) {
        (void)rlp_join(r, &list);
        return;
    }
    const size_t capacity = chain_room_for(&list, TX_ITEM_BYTES_MIN);
    *txs = mm_arena_alloc(reader->arena, capacity * sizeof **txs);
    if (*txs == NULL) {
        reader->problem->tx = TX_NO_MEMORY;
        return;
    }
    while (rlp_more(&list)) {
        MM_ASSERT(*count < capacity);
        reader->problem->tx = read_tx(reader, &list, &(*txs)[*count]);
        if (reader->problem->tx != TX_OK) {
            reader->problem->tx_index = *count;
            return;
        }
        (*count)++;
    }
    (void)rlp_join(r, &list);
}

static mm_bytes read_list_item(struct rlp *r)
{
    if (rlp_more(r) && !rlp_next_is_list(r))
        rlp_refuse(r, RLP_NOT_A_LIST);
    return rlp_read_raw(r);
}

/* Many at once, which is what the hash function is fast at. */
static void hash_txs(struct tx *txs, size_t count)
{
    mm_bytes raws[HASHED_TOGETHER];
    mm_hash32 hashes[HASHED_TOGETHER];
    for (size_t done = 0; done < count; done += HASHED_TOGETHER) {
        const size_t together = count - done < HASHED_TOGETHER ? count - done : HASHED_TOGETHER;
        for (size_t i = 0; i < together; i++)
            raws[i] = txs[done + i].raw;
        keccak256_many(hashes, raws, together);
        for (size_t i = 0; i < together; i++)
            txs[done + i].hash = hashes[i];
    }
}

static bool read_block(struct reader *reader, struct block *block, mm_bytes encoded)
{
    struct tx *txs = NULL;
    struct rlp whole = rlp_over(encoded);
    struct rlp parts = rlp_read_list(&whole);
    const struct rlp header_item = parts;
    header_read(&parts, &block->header);
    const size_t header_len = parts.at - header_item.at;
    if (parts.verdict == RLP_OK)
        read_txs(reader, &parts, &txs, &block->tx_count);
    if (reader->problem->tx != TX_OK)
        return false;
    block->ommers = read_list_item(&parts);
    if (block->header.field_count >= HEADER_FIELDS_SHANGHAI)
        block->withdrawals = read_list_item(&parts);
    (void)rlp_join(&whole, &parts);
    reader->problem->rlp = rlp_finish(&whole);
    if (reader->problem->rlp != RLP_OK)
        return false;
    hash_txs(txs, block->tx_count);
    block->txs = txs;
    /* The encoding is canonical, so the header's bytes are those that header_encode would write. */
    block->hash = keccak256(mm_bytes_from(header_item.in.ptr + header_item.at, header_len));
    return true;
}

bool block_decode(struct mm_arena *arena, struct block *block, mm_bytes encoded,
                  struct block_problem *problem)
{
    const struct mm_arena_mark mark = mm_arena_mark(arena);
    mm_bytes copy;
    *block = (struct block){ .tx_count = 0 };
    *problem = (struct block_problem){ .rlp = RLP_MISSING };
    if (encoded.len == 0)
        return false;
    problem->rlp = encoded.len > MM_BLOCK_BYTES_MAX ? RLP_TOO_LARGE : RLP_OK;
    if (problem->rlp != RLP_OK)
        return false;
    if (mm_arena_copy(arena, &copy, encoded) != MM_OK) {
        problem->tx = TX_NO_MEMORY;
        return false;
    }
    struct reader reader = { .arena = arena, .problem = problem };
    if (read_block(&reader, block, copy))
        return true;
    *block = (struct block){ .tx_count = 0 };
    mm_arena_rewind(arena, mark);
    return false;
}

bool block_has_only_txs(const struct block *block)
{
    const mm_bytes empty = MM_BYTES_OF(EMPTY_LIST_ITEM);
    return mm_bytes_equal(block->ommers, empty) && mm_bytes_equal(block->withdrawals, empty);
}

static size_t txs_payload(const struct tx *txs, size_t tx_count)
{
    size_t size = 0;
    for (size_t i = 0; i < tx_count; i++) {
        MM_ASSERT(txs[i].raw.len > 0);
        size += txs[i].type == TX_LEGACY ? txs[i].raw.len : rlp_size_string(txs[i].raw);
    }
    return size;
}

/* What stands in a block, by reference. */
struct parts {
    const struct header *header;
    const struct tx *txs;
    size_t tx_count;
    mm_bytes ommers;
    mm_bytes withdrawals;
};

static struct parts parts_around(const struct header *header, const struct tx *txs, size_t tx_count)
{
    const mm_bytes empty = MM_BYTES_OF(EMPTY_LIST_ITEM);
    const bool has_withdrawals = header->field_count >= HEADER_FIELDS_SHANGHAI;
    return (struct parts){ .header = header,
                           .txs = txs,
                           .tx_count = tx_count,
                           .ommers = empty,
                           .withdrawals = has_withdrawals ? empty : mm_bytes_from(NULL, 0) };
}

static size_t parts_payload(const struct parts *parts, size_t txs_len)
{
    return chain_header_size(parts->header) + rlp_size_list(txs_len) + parts->ommers.len +
           parts->withdrawals.len;
}

static void encode_parts(struct mm_buf *buf, const struct parts *parts)
{
    const size_t txs_len = txs_payload(parts->txs, parts->tx_count);
    rlp_add_list_header(buf, parts_payload(parts, txs_len));
    header_encode(buf, parts->header);
    rlp_add_list_header(buf, txs_len);
    for (size_t i = 0; i < parts->tx_count; i++) {
        if (parts->txs[i].type == TX_LEGACY)
            mm_buf_add(buf, parts->txs[i].raw);
        else
            rlp_add_string(buf, parts->txs[i].raw);
    }
    mm_buf_add(buf, parts->ommers);
    mm_buf_add(buf, parts->withdrawals);
}

void block_encode(struct mm_buf *buf, const struct header *header, const struct tx *txs,
                  size_t tx_count)
{
    const struct parts parts = parts_around(header, txs, tx_count);
    encode_parts(buf, &parts);
}

size_t block_encoded_len(const struct header *header, const struct tx *txs, size_t tx_count)
{
    const struct parts parts = parts_around(header, txs, tx_count);
    return rlp_size_list(parts_payload(&parts, txs_payload(txs, tx_count)));
}

void block_encode_whole(struct mm_buf *buf, const struct block *block)
{
    const struct parts parts = { .header = &block->header,
                                 .txs = block->txs,
                                 .tx_count = block->tx_count,
                                 .ommers = block->ommers,
                                 .withdrawals = block->withdrawals };
    encode_parts(buf, &parts);
}
