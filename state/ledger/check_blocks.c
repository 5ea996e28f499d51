/* The rows of blocks: the block family itself, and what stands in receipts, lookups and index because of them. */
#include "state/base/assert.h"
#include "state/base/endian.h"
#include "state/crypto/keccak.h"
#include "state/ledger/check_internal.h"

/* ---- one block ---- */

static mm_err read_header(struct ledger_check *check, struct ledger_checked *block,
                          uint64_t block_num)
{
    const struct ledger_key key = key_block_part(block_num, BLOCK_HEADER);
    mm_bytes value;
    bool is_here;
    MM_TRY(check_must_find(check, &value, &is_here, LEDGER_BLOCK, key_bytes(&key)));
    if (is_here) {
        struct rlp r = rlp_over(value);
        header_read(&r, &block->header);
        block->has_header = rlp_finish(&r) == RLP_OK;
        if (!block->has_header)
            ledger_check_report(check, "block %llu: header: does not decode: %s",
                                (unsigned long long)block_num, rlp_verdict_text(r.verdict));
    }
    if (block->has_header && block->header.number != block_num) {
        ledger_check_report(check, "block %llu: header: it has the number %llu",
                            (unsigned long long)block_num,
                            (unsigned long long)block->header.number);
        block->has_header = false;
    }
    if (block->has_header)
        block->hash = header_hash(&block->header);
    else
        check->is_unsure[LEDGER_LOOKUP] = true;
    return MM_OK;
}

static mm_err read_certificate(struct ledger_check *check, struct ledger_checked *block,
                               uint64_t block_num)
{
    if (block_num == 0)
        return MM_OK;
    const struct ledger_key key = key_block_part(block_num, BLOCK_CERTIFICATE);
    mm_bytes value;
    bool is_here;
    MM_TRY(check_must_find(check, &value, &is_here, LEDGER_BLOCK, key_bytes(&key)));
    if (!is_here)
        return MM_OK;
    struct rlp r = rlp_over(value);
    certificate_read(&r, &block->certificate);
    block->has_certificate = rlp_finish(&r) == RLP_OK;
    if (!block->has_certificate)
        ledger_check_report(check, "block %llu: certificate: does not decode: %s",
                            (unsigned long long)block_num, rlp_verdict_text(r.verdict));
    return MM_OK;
}

/* Under head + 1: edits that wait. */
static mm_err read_edits(struct ledger_check *check, struct mm_arena *arena,
                         struct ledger_checked *block, uint64_t block_num)
{
    const struct ledger_key key = key_block_part(block_num, BLOCK_EDITS);
    mm_bytes value;
    bool is_here;
    const struct edit *edits = NULL;
    size_t count = 0;
    MM_TRY(check_find(check, &value, &is_here, LEDGER_BLOCK, key_bytes(&key)));
    if (!is_here)
        return MM_OK;
    const mm_err err = edits_decode(arena, &edits, &count, value);
    if (err == MM_ERR_CORRUPT || (err == MM_OK && count == 0)) {
        ledger_check_report(check, "block %llu: edits: %s", (unsigned long long)block_num,
                            err == MM_OK ? "are an empty list" : "do not decode");
        return MM_OK;
    }
    block->edits = edits;
    block->edit_count = count;
    return err;
}

/* A growing array in the arena. */
struct tx_list {
    struct tx *items;
    size_t capacity;
};

/* The transactions of one pack, behind those of the packs before. */
static mm_err read_pack(struct ledger_check *check, struct mm_arena *arena,
                        struct ledger_checked *block, struct tx_list *list, mm_bytes packed,
                        size_t *added, uint64_t block_num)
{
    const size_t before = block->tx_count;
    size_t count = 0;
    *added = 0;
    if (pack_count(packed, &count) != MM_OK || count == 0) {
        ledger_check_report(check, "block %llu: body pack %zu: is no pack",
                            (unsigned long long)block_num, before / PACK_ITEMS);
        block->has_txs = false;
        return MM_OK;
    }
    if (before + count > list->capacity) {
        const size_t capacity = list->capacity == 0 ? PACK_ITEMS : 2 * list->capacity;
        struct tx *items =
            mm_arena_grow(arena, list->items, before * sizeof *items, capacity * sizeof *items);
        if (items == NULL)
            return MM_ERR_NO_MEMORY;
        *list = (struct tx_list){ items, capacity };
    }
    for (size_t i = 0; i < count; i++) {
        mm_bytes raw;
        enum tx_verdict verdict = TX_EMPTY;
        if (pack_item(packed, &raw, i) == MM_OK)
            verdict = tx_decode(arena, &list->items[before + i], raw, NULL);
        if (verdict == TX_NO_MEMORY)
            return MM_ERR_NO_MEMORY;
        if (verdict != TX_OK) {
            ledger_check_report(check, "block %llu: transaction %zu: does not decode: %s",
                                (unsigned long long)block_num, before + i,
                                tx_verdict_text(verdict));
            block->has_txs = false;
        }
    }
    block->txs = list->items;
    block->tx_count += count;
    *added = count;
    return MM_OK;
}

static mm_err read_body(struct ledger_check *check, struct mm_arena *arena,
                        struct ledger_checked *block, uint64_t block_num)
{
    struct tx_list list = { NULL, 0 };
    /* What came before the ledger's beginning has no body here, nor what follows from one. */
    if (block->has_header ? ledger_is_pruned(check->view->ledger, &block->header)
                          : block_num <= check->view->ledger->begins && block_num > 0)
        return MM_OK;
    block->has_txs = true;
    for (uint32_t number = 0;; number++) {
        const struct ledger_key key = key_body(block_num, number);
        mm_bytes value;
        mm_bytes packed;
        bool is_here;
        size_t count = 0;
        const bool was_unsure = check->is_unsure[LEDGER_BLOCK];
        check->is_unsure[LEDGER_BLOCK] = false;
        MM_TRY(check_find(check, &value, &is_here, LEDGER_BLOCK, key_bytes(&key)));
        if (check->is_unsure[LEDGER_BLOCK])
            block->has_txs = false; /* it is there and cannot be read */
        check->is_unsure[LEDGER_BLOCK] |= was_unsure;
        if (!is_here)
            break;
        MM_TRY(mm_arena_copy(arena, &packed, value));
        MM_TRY(read_pack(check, arena, block, &list, packed, &count, block_num));
        if (count < PACK_ITEMS) /* only the last pack is short */
            break;
    }
    if (!block->has_txs) {
        check->is_unsure[LEDGER_RECEIPT] = true;
        check->is_unsure[LEDGER_LOOKUP] = true;
        check->is_unsure[LEDGER_INDEX] = true;
    }
    return MM_OK;
}

/* ---- what follows from it ---- */

static mm_err read_result_pack(struct ledger_check *check, struct mm_arena *arena,
                               struct ledger_checked *block, struct ledger_tx *results, size_t from,
                               uint64_t block_num)
{
    const size_t wanted =
        block->tx_count - from < PACK_ITEMS ? block->tx_count - from : (size_t)PACK_ITEMS;
    const struct ledger_key key = key_receipts(block_num, (uint32_t)(from / PACK_ITEMS));
    mm_bytes value;
    mm_bytes packed;
    bool is_here;
    size_t count = 0;
    MM_TRY(check_must_find(check, &value, &is_here, LEDGER_RECEIPT, key_bytes(&key)));
    block->has_results &= is_here;
    if (!is_here)
        return MM_OK;
    MM_TRY(mm_arena_copy(arena, &packed, value));
    if (pack_count(packed, &count) != MM_OK || count != wanted) {
        ledger_check_report(check,
                            "block %llu: receipt pack %zu: has not the %zu results it must have",
                            (unsigned long long)block_num, from / PACK_ITEMS, wanted);
        block->has_results = false;
        return MM_OK;
    }
    for (size_t i = 0; i < count; i++) {
        mm_bytes item;
        mm_err err = pack_item(packed, &item, i);
        if (err == MM_OK)
            err = record_result_decode(arena, &results[from + i], item);
        if (err == MM_ERR_NO_MEMORY)
            return err;
        if (err != MM_OK) {
            ledger_check_report(check, "block %llu: result of transaction %zu: does not decode",
                                (unsigned long long)block_num, from + i);
            block->has_results = false;
        }
    }
    return MM_OK;
}

static mm_err read_results(struct ledger_check *check, struct mm_arena *arena,
                           struct ledger_checked *block, uint64_t block_num)
{
    if (!block->has_txs)
        return MM_OK;
    struct ledger_tx *results = MM_ARENA_ARRAY(arena, struct ledger_tx, block->tx_count);
    if (results == NULL)
        return MM_ERR_NO_MEMORY;
    block->has_results = true;
    for (size_t from = 0; from < block->tx_count; from += PACK_ITEMS)
        MM_TRY(read_result_pack(check, arena, block, results, from, block_num));
    block->results = results;
    if (!block->has_results)
        check->is_unsure[LEDGER_INDEX] = true;
    return MM_OK;
}

/* Whether a place names this transaction in a later block. A nonce that was set back from outside lets it in again, and its hash
 * leads to the last block that has it. */
static mm_err is_in_later_block(struct ledger_check *check, bool *is_later, mm_bytes place,
                                const mm_hash32 *hash, uint64_t block_num)
{
    uint64_t later = 0;
    size_t index = 0;
    mm_bytes raw = { NULL, 0 };
    *is_later = false;
    if (record_place_decode(&later, &index, place) != MM_OK || later <= block_num ||
        later > check->view->head)
        return MM_OK;
    const struct ledger_key key = key_body(later, (uint32_t)(index / PACK_ITEMS));
    const mm_err err =
        kv_get(check->kv, check->snapshot, LEDGER_BLOCK, key_bytes(&key), &check->value);
    if (err == MM_OK && pack_item(mm_buf_bytes(&check->value), &raw, index % PACK_ITEMS) == MM_OK) {
        const mm_hash32 found = keccak256(raw);
        *is_later = mm_hash_equal(&found, hash);
    }
    return err == MM_ERR_NO_MEMORY ? err : MM_OK;
}

static mm_err expect_tx_lookup(struct ledger_check *check, const mm_hash32 *hash, mm_bytes place,
                               uint64_t block_num)
{
    const struct ledger_key key = key_tx_hash(hash);
    mm_bytes value;
    bool is_here;
    bool is_later = false;
    MM_TRY(check_must_find(check, &value, &is_here, LEDGER_LOOKUP, key_bytes(&key)));
    if (!is_here || mm_bytes_equal(value, place))
        return MM_OK;
    MM_TRY(is_in_later_block(check, &is_later, value, hash, block_num));
    if (!is_later) {
        char name[CHECK_NAME_BYTES];
        check_name(name, LEDGER_LOOKUP, key_bytes(&key));
        ledger_check_report(check, "%s: is not what follows from the blocks and the state", name);
    } else if (!check->is_muted) {
        check->found[LEDGER_LOOKUP]--; /* that block counts it */
    }
    return MM_OK;
}

static mm_err expect_lookups(struct ledger_check *check, const struct ledger_checked *block,
                             uint64_t block_num)
{
    uint8_t place[12];
    if (block->has_header) {
        const struct ledger_key key = key_block_hash(&block->hash);
        record_place_encode(place, block_num, 0);
        MM_TRY(check_expect(check, LEDGER_LOOKUP, key_bytes(&key), MM_BYTES_OF(place)));
    }
    for (size_t i = 0; block->has_txs && i < block->tx_count; i++) {
        record_place_encode(place, block_num, (uint32_t)i);
        MM_TRY(expect_tx_lookup(check, &block->txs[i].hash, MM_BYTES_OF(place), block_num));
    }
    return MM_OK;
}

static mm_err expect_index(struct ledger_check *check, struct mm_arena *arena,
                           const struct ledger_checked *block, uint64_t block_num)
{
    if (!block->has_results)
        return MM_OK;
    struct log_source *sources = MM_ARENA_ARRAY(arena, struct log_source, block->tx_count);
    if (sources == NULL)
        return MM_ERR_NO_MEMORY;
    for (size_t i = 0; i < block->tx_count; i++) {
        const struct tx *tx = &block->txs[i];
        const struct ledger_tx *result = &block->results[i];
        sources[i] = (struct log_source){ &result->tx.sender, tx->creates ? NULL : &tx->to,
                                          result->logs, result->log_count };
    }
    const uint64_t *rows = NULL;
    size_t count = 0;
    MM_TRY(log_rows(arena, &rows, &count, sources, block->tx_count));
    for (size_t i = 0; i < count; i++) {
        const struct ledger_key key = key_log_index(rows[i], block_num);
        MM_TRY(check_expect(check, LEDGER_INDEX, key_bytes(&key), (mm_bytes){ NULL, 0 }));
    }
    return MM_OK;
}

mm_err ledger_check_block(struct ledger_check *check, struct mm_arena *arena,
                          struct ledger_checked *block, uint64_t block_num)
{
    *block = (struct ledger_checked){ 0 };
    MM_ASSERT(block_num <= check->view->head);
    MM_TRY(read_header(check, block, block_num));
    MM_TRY(read_certificate(check, block, block_num));
    MM_TRY(read_edits(check, arena, block, block_num));
    MM_TRY(read_body(check, arena, block, block_num));
    MM_TRY(read_results(check, arena, block, block_num));
    MM_TRY(expect_lookups(check, block, block_num));
    return expect_index(check, arena, block, block_num);
}

/* ---- all of them ---- */

static mm_err all_blocks(struct ledger_check *check)
{
    struct mm_arena arena;
    mm_arena_init(&arena, SIZE_MAX);
    mm_err err = MM_OK;
    for (uint64_t block_num = 0; err == MM_OK && block_num <= check->view->head; block_num++) {
        struct ledger_checked block;
        err = ledger_check_block(check, &arena, &block, block_num);
        mm_arena_reset(&arena);
    }
    if (err == MM_OK)
        err = read_edits(check, &arena, &(struct ledger_checked){ 0 }, check->view->head + 1);
    mm_arena_fini(&arena);
    return err;
}

/* ---- named values ---- */

static mm_err expect_meta(struct ledger_check *check, const char *name, mm_bytes expected)
{
    const struct ledger_key key = key_meta(name);
    return check_expect(check, LEDGER_META, key_bytes(&key), expected);
}

static mm_err expect_number(struct ledger_check *check, const char *name, uint64_t expected)
{
    uint8_t bytes[8];
    mm_put_be64(bytes, expected);
    return expect_meta(check, name, MM_BYTES_OF(bytes));
}

/* Notes are the node's, and what validator sets say is held against headers (node/import/check.c): not judged here. */
static mm_err all_under(struct ledger_check *check, const struct ledger_key *begin)
{
    const struct ledger_key first = *begin;
    struct kv_iter *iter = kv_iter_new(check->kv, check->snapshot, LEDGER_META);
    if (iter == NULL)
        return MM_ERR_NO_MEMORY;
    mm_err err = MM_OK;
    for (kv_iter_seek(iter, key_bytes(&first)); err == MM_OK && kv_iter_valid(iter);
         kv_iter_next(iter)) {
        const mm_bytes key = kv_iter_key(iter);
        mm_bytes value;
        bool is_here;
        if (key.len < first.len || memcmp(key.ptr, first.b, first.len) != 0)
            break;
        err = check_find(check, &value, &is_here, LEDGER_META, key);
    }
    if (err == MM_OK)
        err = kv_iter_err(iter);
    kv_iter_free(iter);
    return err;
}

static mm_err all_meta(struct ledger_check *check)
{
    const struct ledger *ledger = check->view->ledger;
    /* What was read at the start, and what the running ledger has made of it since. */
    MM_TRY(expect_number(check, "version", LEDGER_VERSION));
    MM_TRY(expect_number(check, "chain-id", ledger->chain_id));
    MM_TRY(expect_number(check, "head", check->view->head));
    MM_TRY(expect_number(check, "flushed", check->view->pin->flushed));
    MM_TRY(expect_number(check, "proofs-from", ledger->proofs_from));
    MM_TRY(expect_number(check, "epoch", ledger->first_epoch));
    MM_TRY(expect_meta(check, "genesis", mm_bytes_hash(&ledger->genesis_hash)));
    const struct ledger_key notes = key_note("");
    const struct ledger_key sets = key_meta("set/");
    MM_TRY(expect_number(check, "begins", ledger->begins));
    MM_TRY(all_under(check, &notes));
    if (ledger->begins > 0)
        MM_TRY(all_under(check, &sets));
    if (ledger->proofs_from > check->view->head)
        ledger_check_report(check, "meta: 'proofs-from': is above the head");
    else if (ledger->first_epoch > (ledger->proofs_from + 1) / EPOCH_BLOCKS)
        ledger_check_report(check, "meta: 'epoch': history that proofs need is said to be gone");
    return MM_OK;
}

mm_err ledger_check_rows(struct ledger_check *check)
{
    struct mm_arena arena;
    mm_arena_init(&arena, SIZE_MAX);
    mm_err err = read_edits(check, &arena, &(struct ledger_checked){ 0 }, check->view->head + 1);
    mm_arena_fini(&arena);
    MM_TRY(err);
    MM_TRY(all_meta(check));
    MM_TRY(check_strangers(check, LEDGER_META, all_meta));
    MM_TRY(check_strangers(check, LEDGER_BLOCK, all_blocks));
    MM_TRY(check_strangers(check, LEDGER_RECEIPT, all_blocks));
    MM_TRY(check_strangers(check, LEDGER_LOOKUP, all_blocks));
    return check_strangers(check, LEDGER_INDEX, all_blocks);
}
