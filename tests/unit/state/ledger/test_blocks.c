/* Blocks, transactions and receipts, read back from the tail and from the disk. */
#include "state/crypto/keccak.h"
#include "tests/unit/state/ledger/look.h"

struct made {
    mm_hash32 hash;
    mm_hash32 tx_hashes[DEV_PENDING_MAX];
    size_t tx_count;
};

enum { BLOCKS = 40 };
static struct made made[BLOCKS + 1];

static void make_block(struct dev_chain *dev, size_t tx_count)
{
    for (size_t i = 0; i < tx_count; i++)
        dev_chain_mint(dev, i % DEV_PEOPLE, (i + 1) % DEV_PEOPLE);
    struct made block = { .tx_count = tx_count };
    for (size_t i = 0; i < tx_count; i++)
        block.tx_hashes[i] = dev->pending[i].hash;
    const uint64_t block_num = dev_chain_block(dev);
    struct ledger_view *view = ledger_acquire(chain_ledger(dev->chain));
    block.hash = *ledger_head_hash(view);
    made[block_num] = block;
    ledger_release(view);
}

/* Every receipt, read in one go: cumulative gas, first logs and bloom must fit together and with the header. */
static void expect_receipts(struct ledger_view *view, struct mm_arena *arena, uint64_t block_num)
{
    const struct ledger_tx *txs = NULL;
    struct header header;
    struct bloom bloom = { { 0 } };
    mm_hash32 hash;
    uint64_t gas = 0;
    size_t logs = 0;
    cr_assert_eq(ledger_txs(view, arena, &txs, block_num, 0, made[block_num].tx_count), MM_OK);
    cr_assert_eq(ledger_header(view, &header, &hash, block_num), MM_OK);
    cr_assert(mm_hash_equal(&hash, &made[block_num].hash));
    for (size_t i = 0; i < made[block_num].tx_count; i++) {
        struct bloom of_tx;
        gas += txs[i].gas_used;
        cr_assert(txs[i].ok);
        cr_assert_eq(txs[i].cumulative_gas, gas);
        cr_assert_eq(txs[i].first_log, logs);
        cr_assert(mm_hash_equal(&txs[i].tx.hash, &made[block_num].tx_hashes[i]));
        cr_assert_gt(txs[i].log_count, 0);
        logs += txs[i].log_count;
        receipt_bloom(&of_tx, txs[i].logs, txs[i].log_count);
        bloom_merge(&bloom, &of_tx);
        struct tx tx = txs[i].tx;
        cr_assert_eq(tx_recover(&tx, SECP_LOW_S), TX_OK);
        cr_assert(mm_addr_equal(&tx.sender, &txs[i].tx.sender));
    }
    cr_assert_eq(header.gas_used, gas);
    cr_assert_eq(memcmp(&bloom, &header.bloom, sizeof bloom), 0);
}

static void expect_lookups(struct ledger_view *view, struct mm_arena *arena, uint64_t block_num)
{
    const struct made *block = &made[block_num];
    uint64_t found = 0;
    size_t index = 0;
    size_t count = 0;
    const struct ledger_tx *txs = NULL;
    cr_assert_eq(ledger_find_block(view, &found, &block->hash), MM_OK);
    cr_assert_eq(found, block_num);
    cr_assert_eq(ledger_tx_count(view, &count, block_num), MM_OK);
    cr_assert_eq(count, block->tx_count);
    for (size_t i = 0; i < count; i++) {
        cr_assert_eq(ledger_find_tx(view, &found, &index, &block->tx_hashes[i]), MM_OK);
        cr_assert(found == block_num && index == i);
        cr_assert_eq(ledger_txs(view, arena, &txs, block_num, i, 1), MM_OK);
        cr_assert(mm_hash_equal(&txs[0].tx.hash, &block->tx_hashes[i]));
    }
    /* A run over the edge of two packs, and past the end. */
    if (count > 40) {
        cr_assert_eq(ledger_txs(view, arena, &txs, block_num, 30, 10), MM_OK);
        for (size_t i = 0; i < 10; i++)
            cr_assert(mm_hash_equal(&txs[i].tx.hash, &block->tx_hashes[30 + i]));
    }
    cr_assert_eq(ledger_txs(view, arena, &txs, block_num, count, 1), MM_ERR_NOT_FOUND);
    cr_assert_eq(ledger_txs(view, arena, &txs, block_num, count + 1000, 1), MM_ERR_NOT_FOUND);
    cr_assert_eq(ledger_txs(view, arena, &txs, block_num, 0, count + 1), MM_ERR_NOT_FOUND);
    cr_assert_null(txs);
}

static void expect_all(const struct dev_chain *dev)
{
    struct ledger_view *view = ledger_acquire(chain_ledger(dev->chain));
    struct mm_arena arena;
    mm_arena_init(&arena, SIZE_MAX);
    for (uint64_t block_num = 1; block_num <= BLOCKS; block_num++) {
        expect_receipts(view, &arena, block_num);
        expect_lookups(view, &arena, block_num);
        mm_arena_reset(&arena);
    }
    mm_arena_fini(&arena);
    ledger_release(view);
}

static void run(enum dev_store store)
{
    /* Sizes around those of a pack. */
    static const size_t sizes[] = { 0, 1, 31, 32, 33, 63, 64, 65, 2, 5 };
    static struct dev_chain dev;
    dev_chain_init(&dev, store, 16);
    for (size_t i = 1; i <= BLOCKS; i++) {
        make_block(&dev, sizes[i % MM_COUNT_OF(sizes)]);
        if (i == BLOCKS / 2)
            dev_chain_flush(&dev);
    }
    (void)ledger_rotate(chain_ledger(dev.chain));
    expect_all(&dev);
    dev_chain_flush(&dev);
    expect_all(&dev);
    dev_chain_fini(&dev);
}

Test(ledger_blocks, are_read_back_as_they_were_made)
{
    run(DEV_MEMORY);
    run(DEV_ROCKSDB);
}

Test(ledger_blocks, an_old_view_does_not_know_later_blocks)
{
    static struct dev_chain dev;
    dev_chain_init(&dev, DEV_MEMORY, 16);
    make_block(&dev, 3);
    struct ledger_view *old = ledger_acquire(chain_ledger(dev.chain));
    make_block(&dev, 3);
    uint64_t found;
    size_t index;
    size_t count;
    struct header header;
    struct certificate certificate;
    mm_hash32 hash;
    const struct ledger_tx *txs;
    struct mm_arena arena;
    mm_arena_init(&arena, SIZE_MAX);
    for (int round = 0; round < 2; round++) {
        cr_assert_eq(ledger_find_block(old, &found, &made[1].hash), MM_OK);
        cr_assert_eq(ledger_find_block(old, &found, &made[2].hash), MM_ERR_NOT_FOUND);
        cr_assert_eq(ledger_find_tx(old, &found, &index, &made[2].tx_hashes[0]), MM_ERR_NOT_FOUND);
        cr_assert_eq(ledger_header(old, &header, &hash, 2), MM_ERR_NOT_FOUND);
        cr_assert_eq(ledger_tx_count(old, &count, 2), MM_ERR_NOT_FOUND);
        cr_assert_eq(ledger_txs(old, &arena, &txs, 2, 0, 1), MM_ERR_NOT_FOUND);
        cr_assert_eq(ledger_certificate(old, &certificate, 2), MM_ERR_NOT_FOUND);
        cr_assert_eq(ledger_certificate(old, &certificate, 0), MM_ERR_NOT_FOUND);
        cr_assert_eq(ledger_certificate(old, &certificate, 1), MM_OK);
        dev_chain_flush(&dev);
    }
    ledger_release(old);
    mm_arena_fini(&arena);
    dev_chain_fini(&dev);
}

Test(ledger_blocks, an_unknown_hash_is_not_found)
{
    static struct dev_chain dev;
    dev_chain_init(&dev, DEV_MEMORY, 16);
    make_block(&dev, 1);
    struct ledger_view *view = ledger_acquire(chain_ledger(dev.chain));
    const mm_hash32 nothing = { { 1 } };
    uint64_t block_num = 7;
    size_t index = 7;
    cr_assert_eq(ledger_find_block(view, &block_num, &nothing), MM_ERR_NOT_FOUND);
    cr_assert_eq(block_num, 0);
    cr_assert_eq(ledger_find_tx(view, &block_num, &index, &nothing), MM_ERR_NOT_FOUND);
    /* A block's hash names no transaction, nor the other way round. */
    cr_assert_eq(ledger_find_tx(view, &block_num, &index, &made[1].hash), MM_ERR_NOT_FOUND);
    cr_assert_eq(ledger_find_block(view, &block_num, &made[1].tx_hashes[0]), MM_ERR_NOT_FOUND);
    ledger_release(view);
    dev_chain_fini(&dev);
}
