/* The 54 blocks of the RPC compatibility chain: from Frontier's 15 header fields to Prague's 21, transactions of every type. */
#include <criterion/criterion.h>

#include "state/base/limits.h"
#include "state/chain/block.h"
#include "tests/vectors/chain/fixture.h"

enum { BLOCKS = 54 };

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

static struct block *read_chain(mm_bytes *raws, size_t *count)
{
    struct rlp file = rlp_over(fixture_read(&arena, "fixtures/ethereum/rpc-compat/chain.rlp"));
    struct block *blocks = MM_ARENA_ARRAY(&arena, struct block, BLOCKS);
    cr_assert_not_null(blocks);
    for (*count = 0; rlp_more(&file); (*count)++) {
        cr_assert_lt(*count, BLOCKS);
        raws[*count] = rlp_read_raw(&file);
        struct block_problem problem;
        cr_assert(block_decode(&arena, &blocks[*count], raws[*count], &problem),
                  "block %zu: %s, transaction %zu: %s", *count, rlp_verdict_text(problem.rlp),
                  problem.tx_index, tx_verdict_text(problem.tx));
    }
    cr_assert_eq(rlp_finish(&file), RLP_OK);
    return blocks;
}

Test(chain_rlp, every_block_encodes_to_the_bytes_it_was_read_from)
{
    mm_bytes raws[BLOCKS];
    size_t count;
    const struct block *blocks = read_chain(raws, &count);
    cr_assert_eq(count, BLOCKS);
    for (size_t i = 0; i < count; i++) {
        struct mm_buf buf;
        mm_buf_init(&buf, MM_BLOCK_BYTES_MAX);
        block_encode_whole(&buf, &blocks[i]);
        cr_assert_eq(mm_buf_err(&buf), MM_OK);
        cr_assert(mm_bytes_equal(mm_buf_bytes(&buf), raws[i]), "block %zu", i);
        if (blocks[i].ommers.len == 1 && blocks[i].withdrawals.len <= 1) {
            mm_buf_reset(&buf);
            block_encode(&buf, &blocks[i].header, blocks[i].txs, blocks[i].tx_count);
            cr_assert(mm_bytes_equal(mm_buf_bytes(&buf), raws[i]), "block %zu", i);
            cr_assert_eq(block_encoded_len(&blocks[i].header, blocks[i].txs, blocks[i].tx_count),
                         raws[i].len);
        }
        mm_buf_fini(&buf);
    }
}

Test(chain_rlp, each_block_names_the_hash_of_the_one_before)
{
    mm_bytes raws[BLOCKS];
    size_t count;
    const struct block *blocks = read_chain(raws, &count);
    for (size_t i = 0; i < count; i++) {
        const mm_hash32 hash = header_hash(&blocks[i].header);
        cr_assert(mm_hash_equal(&hash, &blocks[i].hash));
        cr_assert_eq(blocks[i].header.number, i + 1);
        if (i > 0)
            cr_assert(mm_hash_equal(&blocks[i].header.parent_hash, &blocks[i - 1].hash));
    }
}

Test(chain_rlp, each_base_fee_follows_from_the_parent)
{
    mm_bytes raws[BLOCKS];
    size_t count;
    size_t compared = 0;
    const struct block *blocks = read_chain(raws, &count);
    for (size_t i = 1; i < count; i++) {
        if (blocks[i].header.field_count < HEADER_FIELDS_LONDON)
            continue;
        const mm_u256 fee = header_next_base_fee(&blocks[i - 1].header);
        cr_assert(u256_equal(&fee, &blocks[i].header.base_fee), "block %zu", i + 1);
        compared++;
    }
    cr_assert_eq(compared, 28); /* London at block 27 */
}

Test(chain_rlp, every_transaction_of_every_type_has_a_sender_and_encodes_again)
{
    mm_bytes raws[BLOCKS];
    size_t count;
    size_t of_type[TX_SET_CODE + 1] = { 0 };
    struct block *blocks = read_chain(raws, &count);
    struct mm_buf buf;
    mm_buf_init(&buf, MM_TX_BYTES_MAX);
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < blocks[i].tx_count; j++) {
            struct tx tx = blocks[i].txs[j];
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
