#include "state/exec/block_run.h"

#include "state/base/limits.h"
#include "state/crypto/keccak.h"
#include "state/trie/ordered.h"

enum {
    CAPACITY_MIN = 16,
    ROOM_FOR_LISTS = 64, /* list headers around header, transactions and the two empty lists */
};

struct block_run {
    struct mm_arena *arena;
    struct exec *exec;
    struct header header;
    struct tx *txs;
    struct tx_result *results;
    size_t count;
    size_t capacity;
    size_t bytes; /* of the block's RLP so far */
};

static struct header header_of(const struct block_run_options *options)
{
    const struct header_overrides overrides = edits_overrides(options->edits, options->edit_count);
    struct header header = {
        .field_count = HEADER_FIELDS_CANCUN,
        .parent_hash = options->parent_hash,
        .ommers_hash = KECCAK_EMPTY_LIST,
        .coinbase = options->coinbase,
        .tx_root = KECCAK_EMPTY_TRIE,
        .receipts_root = KECCAK_EMPTY_TRIE,
        .number = options->parent->number + 1,
        .gas_limit = overrides.has_gas_limit ? overrides.gas_limit : options->gas_limit,
        .timestamp = options->timestamp,
        .extra_len = MM_EXTRA_BYTES,
        .prev_randao = overrides.has_prev_randao ? overrides.prev_randao
                                                 : keccak256(mm_bytes_hash(&options->parent_hash)),
        .base_fee =
            overrides.has_base_fee ? overrides.base_fee : header_next_base_fee(options->parent),
        .withdrawals_root = KECCAK_EMPTY_TRIE,
    };
    return header;
}

mm_err block_run_new(struct mm_arena *arena, struct block_run **out,
                     const struct block_run_options *options)
{
    *out = NULL;
    struct block_run *run = MM_ARENA_NEW(arena, struct block_run);
    if (run == NULL)
        return MM_ERR_NO_MEMORY;
    run->arena = arena;
    run->header = header_of(options);
    run->bytes = block_encoded_len(&run->header, NULL, 0) + ROOM_FOR_LISTS;
    const struct exec_block block = {
        .number = run->header.number,
        .timestamp = run->header.timestamp,
        .gas_limit = run->header.gas_limit,
        .base_fee = run->header.base_fee,
        .coinbase = run->header.coinbase,
        .prev_randao = run->header.prev_randao,
        .chain_id = options->chain_id,
    };
    MM_TRY(exec_new(arena, &run->exec, options->view, options->natives, &block));
    MM_TRY(exec_apply_edits(run->exec, options->edits, options->edit_count));
    *out = run;
    return MM_OK;
}

static mm_err make_room(struct block_run *run)
{
    if (run->count < run->capacity)
        return MM_OK;
    const size_t capacity = run->capacity == 0 ? CAPACITY_MIN : 2 * run->capacity;
    struct tx *txs =
        mm_arena_grow(run->arena, run->txs, run->capacity * sizeof *txs, capacity * sizeof *txs);
    struct tx_result *results = mm_arena_grow(
        run->arena, run->results, run->capacity * sizeof *results, capacity * sizeof *results);
    if (txs == NULL || results == NULL)
        return MM_ERR_NO_MEMORY;
    run->txs = txs;
    run->results = results;
    run->capacity = capacity;
    return MM_OK;
}

mm_err block_run_add(struct block_run *run, struct exec_outcome *outcome, const struct tx *tx)
{
    *outcome = (struct exec_outcome){ .verdict = TX_BLOCK_GAS };
    const size_t bytes = tx->type == TX_LEGACY ? tx->raw.len : rlp_size_string(tx->raw);
    if (run->bytes + bytes > MM_BLOCK_BYTES_MAX)
        return MM_OK;
    MM_TRY(exec_transact(run->exec, outcome, tx, run->header.gas_limit - run->header.gas_used));
    if (outcome->verdict != TX_OK)
        return MM_OK;
    MM_TRY(make_room(run));
    run->bytes += bytes;
    run->header.gas_used += outcome->gas_used;
    struct tx_result *result = &run->results[run->count];
    *result = (struct tx_result){
        .receipt = {
            .type = tx->type,
            .ok = outcome->status == EXEC_OK,
            .cumulative_gas = run->header.gas_used,
            .logs = outcome->logs,
            .log_count = outcome->log_count,
        },
        .gas_used = outcome->gas_used,
        .gas_price = outcome->gas_price,
    };
    receipt_bloom(&result->receipt.bloom, outcome->logs, outcome->log_count);
    bloom_merge(&run->header.bloom, &result->receipt.bloom);
    run->txs[run->count] = *tx;
    run->count++;
    return MM_OK;
}

static mm_err roots(struct block_run *run)
{
    mm_bytes *items = MM_ARENA_ARRAY(run->arena, mm_bytes, run->count);
    if (items == NULL)
        return MM_ERR_NO_MEMORY;
    for (size_t i = 0; i < run->count; i++)
        items[i] = run->txs[i].raw;
    MM_TRY(trie_ordered_root(run->arena, &run->header.tx_root, items, run->count));

    struct mm_buf encoded;
    mm_buf_init(&encoded, SIZE_MAX); /* bounded by the block's gas: 8 gas a byte of log data */
    size_t *ends = MM_ARENA_ARRAY(run->arena, size_t, run->count);
    if (ends == NULL)
        return MM_ERR_NO_MEMORY;
    for (size_t i = 0; i < run->count; i++) {
        receipt_encode(&encoded, &run->results[i].receipt);
        ends[i] = mm_buf_bytes(&encoded).len;
    }
    mm_err err = mm_buf_err(&encoded);
    if (err == MM_OK) {
        const uint8_t *start = mm_buf_bytes(&encoded).ptr;
        for (size_t i = 0; i < run->count; i++) {
            const size_t from = i == 0 ? 0 : ends[i - 1];
            items[i] = mm_bytes_from(start + from, ends[i] - from);
        }
        err = trie_ordered_root(run->arena, &run->header.receipts_root, items, run->count);
    }
    mm_buf_fini(&encoded);
    return err;
}

mm_err block_run_finish(struct block_run *run, struct block_result *result)
{
    *result = (struct block_result){ 0 };
    if (run->count > 0)
        MM_TRY(roots(run));
    MM_TRY(exec_changes(run->exec, &result->changes));
    result->header = run->header;
    result->txs = run->txs;
    result->results = run->results;
    result->tx_count = run->count;
    return MM_OK;
}
