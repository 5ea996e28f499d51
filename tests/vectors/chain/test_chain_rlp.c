/* The 54 blocks of the RPC compatibility chain: from Frontier's 15 header fields to Prague's 21, transactions of every type. */
#include <criterion/criterion.h>

#include "state/base/limits.h"
#include "state/chain/block.h"
#include "state/trie/ordered.h"
#include "tests/vectors/chain/fixture.h"

static struct mm_arena arena;

static void open_arena(void)
{
    mm_arena_init(&arena, 256 << 20);
}

static void close_arena(void)
{
    mm_arena_fini(&arena);
}

TestSuite(chain_rlp, .init = open_arena, .fini = close_arena);

Test(chain_rlp, every_block_encodes_to_the_bytes_it_was_read_from)
{
    const struct fixture_chain *chain = fixture_chain(&arena);
    size_t of_ours = 0;
    for (size_t i = 0; i < FIXTURE_CHAIN_BLOCKS; i++) {
        const struct block *block = &chain->blocks[i];
        struct mm_buf buf;
        mm_buf_init(&buf, MM_BLOCK_BYTES_MAX);
        block_encode_whole(&buf, block);
        cr_assert_eq(mm_buf_err(&buf), MM_OK);
        cr_assert(mm_bytes_equal(mm_buf_bytes(&buf), chain->raws[i]), "block %zu", i + 1);
        if (block_has_only_txs(block)) {
            mm_buf_reset(&buf);
            block_encode(&buf, &block->header, block->txs, block->tx_count);
            cr_assert(mm_bytes_equal(mm_buf_bytes(&buf), chain->raws[i]), "block %zu", i + 1);
            cr_assert_eq(block_encoded_len(&block->header, block->txs, block->tx_count),
                         chain->raws[i].len);
            of_ours++;
        }
        mm_buf_fini(&buf);
    }
    cr_assert_gt(of_ours, 0);
}

Test(chain_rlp, each_block_names_the_hash_of_the_one_before)
{
    const struct fixture_chain *chain = fixture_chain(&arena);
    for (size_t i = 0; i < FIXTURE_CHAIN_BLOCKS; i++) {
        const struct block *block = &chain->blocks[i];
        const mm_hash32 hash = header_hash(&block->header);
        cr_assert(mm_hash_equal(&hash, &block->hash));
        cr_assert_eq(block->header.number, i + 1);
        if (i > 0)
            cr_assert(mm_hash_equal(&block->header.parent_hash, &chain->blocks[i - 1].hash));
    }
}

Test(chain_rlp, each_base_fee_follows_from_the_parent)
{
    const struct fixture_chain *chain = fixture_chain(&arena);
    size_t compared = 0;
    for (size_t i = 1; i < FIXTURE_CHAIN_BLOCKS; i++) {
        const struct header *header = &chain->blocks[i].header;
        if (header->field_count < HEADER_FIELDS_LONDON)
            continue;
        const mm_u256 fee = header_next_base_fee(&chain->blocks[i - 1].header);
        cr_assert(u256_equal(&fee, &header->base_fee), "block %zu", i + 1);
        compared++;
    }
    cr_assert_eq(compared, 28); /* London at block 27 */
}

Test(chain_rlp, each_transactions_root_is_that_of_the_envelopes)
{
    const struct fixture_chain *chain = fixture_chain(&arena);
    for (size_t i = 0; i < FIXTURE_CHAIN_BLOCKS; i++) {
        const struct block *block = &chain->blocks[i];
        mm_bytes *raws = MM_ARENA_ARRAY(&arena, mm_bytes, block->tx_count);
        for (size_t j = 0; j < block->tx_count; j++)
            raws[j] = block->txs[j].raw;
        mm_hash32 root;
        cr_assert_eq(trie_ordered_root(&arena, &root, raws, block->tx_count), MM_OK);
        cr_assert(mm_hash_equal(&root, &block->header.tx_root), "block %zu", i + 1);
    }
}

Test(chain_rlp, every_transaction_of_every_type_has_a_sender_and_encodes_again)
{
    const struct fixture_chain *chain = fixture_chain(&arena);
    size_t of_type[TX_SET_CODE + 1] = { 0 };
    struct mm_buf buf;
    mm_buf_init(&buf, MM_TX_BYTES_MAX);
    for (size_t i = 0; i < FIXTURE_CHAIN_BLOCKS; i++) {
        for (size_t j = 0; j < chain->blocks[i].tx_count; j++) {
            struct tx tx = chain->blocks[i].txs[j];
            cr_assert_eq(tx_recover(&tx, SECP_LOW_S), TX_OK);
            cr_assert_not(mm_addr_is_zero(&tx.sender));
            mm_buf_reset(&buf);
            tx_encode(&buf, &tx);
            cr_assert(mm_bytes_equal(mm_buf_bytes(&buf), tx.raw));
            of_type[tx.type]++;
        }
    }
    mm_buf_fini(&buf);
    for (size_t type = 0; type <= TX_SET_CODE; type++)
        cr_assert_gt(of_type[type], 0, "type %zu", type);
}
