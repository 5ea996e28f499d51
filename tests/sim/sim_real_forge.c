/* Blocks of liars: one more that is valid, from the same transactions at another time, or one with a field that is wrong. */
#include "state/base/assert.h"
#include "state/chain/block.h"
#include "tests/sim/sim_real_internal.h"

static void spoil_header(struct header *header, enum sim_spoil how)
{
    switch (how) {
    case SPOIL_ROOT:
        header->state_root.b[3] ^= 1;
        return;
    case SPOIL_RECEIPTS:
        header->receipts_root.b[3] ^= 1;
        return;
    case SPOIL_SET:
        header->extra[3] ^= 1;
        return;
    case SPOIL_PARENT:
        header->parent_hash.b[3] ^= 1;
        return;
    case SPOIL_TX_TWICE: /* what is in the block is not what the header says */
        header->tx_root.b[3] ^= 1;
        return;
    case SPOIL_TX_GAP:
        header->gas_used += 1;
        return;
    case SPOIL_TIME:
        header->timestamp += 3600;
        return;
    case SPOIL_NOTHING:
    case SPOIL_COUNT:
        return;
    }
}

static void respell(struct mm_buf *out, mm_bytes encoded, enum sim_spoil how)
{
    struct header header;
    struct rlp outer = rlp_over(encoded);
    struct rlp fields = rlp_read_list(&outer);
    header_read(&fields, &header);
    MM_ASSERT(fields.verdict == RLP_OK);
    spoil_header(&header, how);
    const size_t list = rlp_open_list(out);
    header_encode(out, &header);
    mm_buf_add(out, mm_bytes_from(fields.in.ptr + fields.at, fields.in.len - fields.at));
    rlp_close_list(out, list);
}

struct qbft_block *sim_real_forge(struct sim_node *node, enum sim_spoil spoil)
{
    struct sim *sim = node->sim;
    struct sim_real_node *r = node->real;
    const struct chain_proposal proposal = {
        .timestamp = sim_clock_wall_s(&node->clock, sim->now_us) + ++sim->distinctions % 8,
        .source = sim_real_source(r),
        .coinbase = &node->addr,
    };
    struct chain_candidate *candidate = NULL;
    struct qbft_block *block = NULL;
    enum rlp_verdict verdict;
    struct mm_buf spelled;
    mm_bytes encoded;
    MM_ASSERT(chain_build(r->dev.chain, &candidate, &proposal) == MM_OK);
    MM_ASSERT(chain_candidate_encoded(candidate, &encoded) == MM_OK);
    mm_buf_init(&spelled, MM_BLOCK_BYTES_MAX);
    respell(&spelled, encoded, spoil);
    MM_ASSERT(qbft_block_new(&block, mm_buf_bytes(&spelled), &verdict));
    mm_buf_fini(&spelled);
    chain_drop(r->dev.chain, candidate);
    return block;
}
