/* Blocks of the chain as they travel. */
#include "node/network/network_internal.h"
#include "state/base/heap.h"

static bool copy(struct network *network, mm_bytes *out, struct mm_buf *buf)
{
    const bool fits = mm_buf_err(buf) == MM_OK &&
                      mm_arena_copy(&network->block_arena, out, mm_buf_bytes(buf)) == MM_OK;
    mm_buf_fini(buf);
    return fits;
}

static mm_bytes rest_of(const struct rlp *fields)
{
    return mm_bytes_from(fields->in.ptr + fields->at, fields->in.len - fields->at);
}

/* The body is the list of what follows the header. */
static bool take_apart(struct network *network, struct travelling *block)
{
    struct mm_buf body;
    struct rlp outer = rlp_over(block->block);
    struct rlp fields = rlp_read_list(&outer);
    block->header = rlp_read_raw(&fields);
    const mm_bytes rest = rest_of(&fields);
    mm_buf_init(&body, MM_BLOCK_BYTES_MAX);
    rlp_add_list_header(&body, rest.len);
    mm_buf_add(&body, rest);
    return copy(network, &block->body, &body);
}

bool network_read_block(struct network *network, struct travelling *block, uint64_t block_num)
{
    struct block stored;
    struct certificate certificate;
    struct mm_buf encoded;
    mm_bytes edits;
    *block = (struct travelling){ 0 };
    mm_arena_reset(&network->block_arena);
    if (block_num == 0 || ledger_stored_block(network->options.ledger, &network->block_arena,
                                              &stored, &certificate, &edits, block_num) != MM_OK)
        return false;
    mm_buf_init(&encoded, MM_BLOCK_BYTES_MAX);
    block_encode(&encoded, &stored.header, stored.txs, stored.tx_count);
    if (!copy(network, &block->block, &encoded))
        return false;
    mm_buf_init(&encoded, 4096);
    certificate_encode(&encoded, &certificate);
    return copy(network, &block->certificate, &encoded) && take_apart(network, block);
}

uint8_t *network_join_block(mm_bytes header, mm_bytes body, size_t *len)
{
    struct mm_buf joined;
    struct rlp outer = rlp_over(body);
    struct rlp fields = rlp_read_list(&outer);
    const mm_bytes rest = rest_of(&fields);
    uint8_t *bytes = NULL;
    mm_buf_init(&joined, MM_BLOCK_BYTES_MAX);
    rlp_add_list_header(&joined, header.len + rest.len);
    mm_buf_add(&joined, header);
    mm_buf_add(&joined, rest);
    *len = mm_buf_bytes(&joined).len;
    if (mm_buf_err(&joined) == MM_OK)
        bytes = mm_heap_alloc(*len);
    if (bytes != NULL)
        memcpy(bytes, mm_buf_bytes(&joined).ptr, *len);
    mm_buf_fini(&joined);
    return bytes;
}
