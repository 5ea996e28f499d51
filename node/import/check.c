/* `db check`: what can be derived is derived again, block by block, then family by family.
 *
 * The rules between blocks are here; what the store's inside is needed for is in state/ledger/ledger_check.h. */
#include <stdarg.h>
#include <stdio.h>

#include "node/import/chain_internal.h"
#include "state/base/heap.h"
#include "state/ledger/ledger_check.h"
#include "state/trie/ordered.h"

enum { PROGRESS_BLOCKS = 64 };

/* A walk along the chain. */
struct walk {
    struct chain *chain;
    struct ledger_view *view;
    struct ledger_check *check;
    struct mm_arena arena; /* of the block in work */
    struct header parent;  /* of the block before, when has_parent */
    mm_hash32 parent_hash;
    bool has_parent;
    struct validator_set
        set; /* in the state of the block before: it sealed this one; when has_set */
    bool has_set;
};

static void report(struct walk *walk, uint64_t block_num, const char *format, ...) MM_PRINTF(3, 4);

static void report(struct walk *walk, uint64_t block_num, const char *format, ...)
{
    char line[512];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(line, sizeof line, format, args);
    va_end(args);
    ledger_check_report(walk->check, "block %llu: %s", (unsigned long long)block_num, line);
}

/* ---- header and certificate ---- */

static void check_header(struct walk *walk, const struct ledger_checked *block, uint64_t block_num)
{
    if (!block->has_header)
        return;
    if (block_num == 0) {
        const mm_hash32 genesis = ledger_genesis_hash(chain_ledger(walk->chain));
        if (!mm_hash_equal(&genesis, &block->hash))
            report(walk, block_num, "header: its hash is not that of the genesis");
        return;
    }
    if (!walk->has_parent)
        return; /* that was said when the parent was read */
    const struct header_overrides overrides = edits_overrides(block->edits, block->edit_count);
    const enum header_verdict verdict =
        header_check_with(&block->header, &walk->parent, &walk->parent_hash, &overrides);
    if (verdict != HEADER_OK)
        report(walk, block_num, "header: does not follow from its parent: %s",
               header_verdict_text(verdict));
}

static void check_certificate(struct walk *walk, const struct ledger_checked *block,
                              uint64_t block_num)
{
    if (!block->has_certificate || !block->has_header || !walk->has_parent || !walk->has_set)
        return;
    mm_hash32 commitment;
    memcpy(commitment.b, walk->parent.extra, sizeof commitment.b);
    const struct seal_domain domain = chain_seal_domain(walk->chain);
    const enum certificate_verdict verdict = certificate_check(
        &block->certificate, &domain, &walk->set, &commitment, block_num, &block->hash);
    if (verdict != CERTIFICATE_OK)
        report(walk, block_num, "certificate: %s", certificate_verdict_text(verdict));
}

/* The set in the state after this block, which seals the next one, and the header's commitment to it. */
static mm_err check_validators(struct walk *walk, const struct ledger_checked *block,
                               uint64_t block_num)
{
    const mm_err err = chain_validators_at(walk->view, &walk->set, block_num);
    walk->has_set = err == MM_OK;
    if (err == MM_ERR_CORRUPT || err == MM_ERR_IO) {
        report(walk, block_num, "validators: the set in the state cannot be read: %s",
               mm_err_text(err));
        return MM_OK;
    }
    MM_TRY(err);
    const mm_hash32 commitment = validators_commitment(&walk->set);
    if (block->has_header && memcmp(block->header.extra, commitment.b, sizeof commitment.b) != 0)
        report(walk, block_num,
               "header: extraData is not the commitment to the validator set after it");
    return MM_OK;
}

/* ---- transactions and receipts ---- */

static mm_err check_tx_root(struct walk *walk, const struct ledger_checked *block,
                            uint64_t block_num)
{
    mm_bytes *items = MM_ARENA_ARRAY(&walk->arena, mm_bytes, block->tx_count);
    mm_hash32 root;
    if (items == NULL)
        return MM_ERR_NO_MEMORY;
    for (size_t i = 0; i < block->tx_count; i++)
        items[i] = block->txs[i].raw;
    MM_TRY(trie_ordered_root(&walk->arena, &root, items, block->tx_count));
    if (!mm_hash_equal(&root, &block->header.tx_root))
        report(walk, block_num, "body: its transactions give another root than the header says");
    return MM_OK;
}

/* The stored result against the transaction and the results before it. */
static void check_result(struct walk *walk, const struct ledger_checked *block,
                         struct edit_senders *senders, size_t index, size_t first_log,
                         uint64_t block_num)
{
    const struct ledger_tx *result = &block->results[index];
    const uint64_t before = index == 0 ? 0 : block->results[index - 1].cumulative_gas;
    struct tx tx = block->txs[index];
    const uint64_t chain_id =
        edits_chain_id(senders->edits, senders->count, ledger_chain_id(chain_ledger(walk->chain)));
    enum tx_verdict verdict = tx_check(&tx, chain_id);
    if (verdict == TX_OK)
        verdict = edits_sender(senders, &tx, index);
    if (verdict != TX_OK) {
        report(walk, block_num, "transaction %zu: %s", index, tx_verdict_text(verdict));
        return;
    }
    if (!mm_addr_equal(&tx.sender, &result->tx.sender))
        report(walk, block_num, "result of transaction %zu: its sender did not sign it", index);
    if (result->cumulative_gas < before || result->cumulative_gas - before != result->gas_used)
        report(walk, block_num, "result of transaction %zu: gas used does not add up", index);
    if (result->first_log != first_log)
        report(walk, block_num, "result of transaction %zu: its first log has the wrong number",
               index);
    if (u256_compare(&tx.max_fee, &block->header.base_fee) < 0) {
        report(walk, block_num, "transaction %zu: pays less than the base fee", index);
        return;
    }
    const mm_u256 price = tx_gas_price(&tx, &block->header.base_fee);
    if (!u256_equal(&price, &result->gas_price))
        report(walk, block_num, "result of transaction %zu: its gas price is not what it pays",
               index);
}

static void encode_receipt(struct mm_buf *buf, struct bloom *all, const struct tx *tx,
                           const struct ledger_tx *result)
{
    struct receipt receipt = {
        .type = tx->type,
        .ok = result->ok,
        .cumulative_gas = result->cumulative_gas,
        .logs = result->logs,
        .log_count = result->log_count,
    };
    receipt_bloom(&receipt.bloom, receipt.logs, receipt.log_count);
    bloom_merge(all, &receipt.bloom);
    receipt_encode(buf, &receipt);
}

static mm_err receipts_root(struct walk *walk, const struct ledger_checked *block, mm_hash32 *root,
                            struct bloom *bloom)
{
    const size_t count = block->tx_count;
    mm_bytes *items = MM_ARENA_ARRAY(&walk->arena, mm_bytes, count);
    size_t *ends = MM_ARENA_ARRAY(&walk->arena, size_t, count);
    if (items == NULL || ends == NULL)
        return MM_ERR_NO_MEMORY;
    struct mm_buf encoded;
    mm_buf_init(&encoded, SIZE_MAX);
    for (size_t i = 0; i < count; i++) {
        encode_receipt(&encoded, bloom, &block->txs[i], &block->results[i]);
        ends[i] = mm_buf_bytes(&encoded).len;
    }
    mm_err err = mm_buf_err(&encoded);
    for (size_t i = 0; err == MM_OK && i < count; i++) {
        const size_t from = i == 0 ? 0 : ends[i - 1];
        items[i] = mm_bytes_from(mm_buf_bytes(&encoded).ptr + from, ends[i] - from);
    }
    if (err == MM_OK)
        err = trie_ordered_root(&walk->arena, root, items, count);
    mm_buf_fini(&encoded);
    return err;
}

static mm_err check_receipts(struct walk *walk, const struct ledger_checked *block,
                             uint64_t block_num)
{
    struct edit_senders senders = { block->edits, block->edit_count, 0 };
    size_t first_log = 0;
    for (size_t i = 0; i < block->tx_count; i++) {
        check_result(walk, block, &senders, i, first_log, block_num);
        first_log += block->results[i].log_count;
    }
    mm_hash32 root;
    struct bloom bloom = { { 0 } };
    MM_TRY(receipts_root(walk, block, &root, &bloom));
    if (!mm_hash_equal(&root, &block->header.receipts_root))
        report(walk, block_num, "results: they give another receipts root than the header says");
    if (memcmp(&bloom, &block->header.bloom, sizeof bloom) != 0)
        report(walk, block_num, "results: their logs give another bloom than the header says");
    const uint64_t gas =
        block->tx_count == 0 ? 0 : block->results[block->tx_count - 1].cumulative_gas;
    if (gas != block->header.gas_used)
        report(walk, block_num, "results: they used %llu gas, the header says %llu",
               (unsigned long long)gas, (unsigned long long)block->header.gas_used);
    return MM_OK;
}

/* ---- the walk ---- */

static mm_err check_block(struct walk *walk, uint64_t block_num)
{
    struct ledger_checked block;
    mm_arena_reset(&walk->arena);
    MM_TRY(ledger_check_block(walk->check, &walk->arena, &block, block_num));
    check_header(walk, &block, block_num);
    check_certificate(walk, &block, block_num);
    MM_TRY(check_validators(walk, &block, block_num));
    if (block.has_header && block.has_txs)
        MM_TRY(check_tx_root(walk, &block, block_num));
    if (block.has_header && block.has_results)
        MM_TRY(check_receipts(walk, &block, block_num));
    walk->has_parent = block.has_header;
    walk->parent = block.header;
    walk->parent_hash = block.hash;
    return MM_OK;
}

static mm_err check_all(struct walk *walk, enum chain_check_depth depth)
{
    const uint64_t head = ledger_head(walk->view);
    for (uint64_t block_num = 0; block_num <= head; block_num++) {
        if (block_num % PROGRESS_BLOCKS == 0)
            ledger_check_progress(walk->check, "blocks", block_num, head + 1);
        MM_TRY(check_block(walk, block_num));
    }
    ledger_check_progress(walk->check, "blocks", head + 1, head + 1);
    MM_TRY(ledger_check_rows(walk->check));
    MM_TRY(ledger_check_state(walk->check));
    MM_TRY(ledger_check_history(walk->check));
    return depth == CHAIN_CHECK_REPLAY ? chain_check_replay(walk->chain, walk->check) : MM_OK;
}

mm_err chain_check(struct chain *chain, uint64_t *problems, enum chain_check_depth depth,
                   const struct chain_problem_sink *sink)
{
    *problems = 0;
    MM_TRY(ledger_flush_all(chain->ledger));
    struct walk *walk = mm_heap_zeroed(1, sizeof *walk);
    if (walk == NULL)
        return MM_ERR_NO_MEMORY;
    const struct ledger_check_sink lines = { sink->ctx, sink->problem, sink->progress };
    walk->chain = chain;
    walk->view = ledger_acquire(chain->ledger);
    mm_arena_init(&walk->arena, SIZE_MAX);
    mm_err err = ledger_check_new(&walk->check, walk->view, &lines);
    if (err == MM_OK)
        err = check_all(walk, depth);
    if (walk->check != NULL)
        *problems = ledger_check_problems(walk->check);
    ledger_check_free(walk->check);
    ledger_release(walk->view);
    mm_arena_fini(&walk->arena);
    mm_heap_free(walk);
    return err;
}
