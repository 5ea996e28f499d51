/* What stands in receipts, lookups and index because of a block. */
#include "state/crypto/keccak.h"
#include "state/ledger/check_internal.h"

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

mm_err check_follows(struct ledger_check *check, struct mm_arena *arena,
                     struct ledger_checked *block, uint64_t block_num)
{
    MM_TRY(read_results(check, arena, block, block_num));
    MM_TRY(expect_lookups(check, block, block_num));
    return expect_index(check, arena, block, block_num);
}
